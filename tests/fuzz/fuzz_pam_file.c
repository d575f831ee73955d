/* SPDX-License-Identifier: Apache-2.0 */
/* A file of PAM: parsed, run and judged; its includes are itself. */
#include "bridge/doctor/pam-rules.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const struct pam_file *get(const char *name, void *arg,
	const char **ret_name)
{
	*ret_name = name;
	return strcmp(name, "none") == 0 ? NULL : arg;
}

static void check_file(const struct pam_file *file)
{
	size_t i;
	int k;

	for (i = 0; i < file->n; i++) {
		const struct pam_line *l = &file->lines[i];

		if (!l->control || l->number == 0 ||
			(l->kind == PAM_LINE_MODULE && !l->module && !l->wrong))
			abort();
		for (k = 0; k < RETURNS; k++)
			if (l->actions[k] <= ACTION_UNSET)
				abort();
		for (k = 0; k < l->argument_count; k++)
			(void)strlen(l->arguments[k]);
	}
}

static void judge(const struct pam_stack *s)
{
	const struct pam_person who = { .name = "alice", .credentials = 1,
		.tokens = "1a2b3c4d" };
	struct pam_program program = { .listed = true, .called = true };
	struct findings f = { 0 };
	size_t i;
	int host;

	for (host = 0; host < HOSTS; host++) {
		program.host = (enum pam_host)host;
		pam_judge("sudo", &program, s, &f);
		pam_foresee("sudo", &program, s, &who, &f);
	}
	pam_judge_type("sudo", PAM_TYPE_SESSION, s, &f);
	if (f.n == 0)
		abort();
	for (i = 0; i < f.n; i++)
		if (!utf8_is_clean(f.rows[i].subject,
			    strlen(f.rows[i].subject)))
			abort();
	findings_done(&f);
}

/* Every end is one that PAM knows. */
static void run(const struct pam_stack *s)
{
	struct pam_world w = { .ours = RETURN_AUTH_ERR, .asked = ASKED_BAD };
	struct pam_outcome o = pam_stack_run(s, &w);

	if (o.results == 0)
		abort();
	if (o.reached && !pam_stack_ours(s) && o.results != PAM_ANY_RETURN)
		abort();
}

static void parse(const uint8_t *p, size_t n, bool with_service)
{
	struct pam_file file = { 0 };
	struct pam_stack s = { 0 };
	int type;

	if (pam_file_parse(p, n, with_service, &file, NULL) < 0)
		return;
	check_file(&file);
	for (type = 0; type < PAM_TYPES; type++) {
		if (pam_stack_build(&s, "sudo", "sudo", (enum pam_type)type,
			    get, &file, NULL) < 0)
			continue;
		run(&s);
		judge(&s);
		pam_stack_done(&s);
	}
	pam_file_done(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n > PAM_FILE_MAX)
		return 0;
	parse(p, n, false);
	parse(p, n, true);
	return 0;
}
