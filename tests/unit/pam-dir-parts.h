/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at PAM's services, without what judges them. */
#ifndef TESTS_PAM_DIR_PARTS_H
#define TESTS_PAM_DIR_PARTS_H

#include "bridge/doctor/gather.h"
#include "bridge/doctor/pam-rules.h"

#include "tests/unit/pam-place.h"

#include <dirent.h>

#define OURS "auth required pam_tokenbridge.so\n"
#define OTHERS "auth required pam_unix.so\n"

/* ---- what judges them ---- */

static char steps[4096];
static struct pam_services services;
static struct doctor_login_request q;
static bool called;
static UNUSED bool (*has_file)(const char *), (*has_words)(const char *);

static PRINTF(1, 2) void step(const char *fmt, ...)
{
	size_t n = strlen(steps);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(steps + n, sizeof(steps) - n, fmt, ap);
	va_end(ap);
}

WRAP(bool, host_is_called, void)
{
	return called;
}

WRAP(void, pam_modules_mark, struct pam_stack *stack, enum pam_type type)
{
	size_t i;

	if (strcmp(stack->service, "marked") == 0)
		step("%s/%zu ", pam_type_name(type), stack->n);
	for (i = 0; i < stack->n; i++)
		assert_int_equal(stack->entries[i].line->type, type);
}

WRAP(void, pam_judge, const char *service, const struct pam_program *program,
	const struct pam_stack *stack, struct findings *f)
{
	assert_ptr_equal(f, &found);
	assert_string_equal(stack->service, service);
	assert_int_equal(program->called, called);
	step("%s", service);
	if (program->host != HOST_OTHER || program->listed)
		step(":%d%s", (int)program->host, program->listed ? "l" : "");
	if (stack->n != 1)
		step("/%zu", stack->n);
	if (stack->trouble)
		step("(%s:%u %s)", stack->trouble_file, stack->trouble_number,
			stack->trouble);
	step(" ");
	has_file = stack->has_file;
	has_words = stack->has_words;
}

WRAP(void, pam_judge_type, const char *service, enum pam_type type,
	const struct pam_stack *stack, struct findings *f)
{
	assert_ptr_equal(f, &found);
	if (stack->n > 0)
		step("%s.%s/%zu ", service, pam_type_name(type), stack->n);
}

WRAP(void, pam_modules_judge, const struct pam_stack *stack,
	struct findings *f)
{
	assert_ptr_equal(f, &found);
	step("+%s ", stack->service);
}

int __real_scandir64(const char *dir, struct dirent ***ret,
	int (*want)(const struct dirent *),
	int (*order)(const struct dirent **, const struct dirent **));

/* What it takes is given back by who calls it. */
WRAP(int, scandir64, const char *dir, struct dirent ***ret,
	int (*want)(const struct dirent *),
	int (*order)(const struct dirent **, const struct dirent **))
{
	int n = __real_scandir64(here(dir), ret, want, order);

	held += n < 0 ? 0 : n + 1;
	return n;
}

/* ---- looking ---- */

static UNUSED void asks(const char *folder, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	write_text(path, OURS);
}

static int look(void)
{
	pam_services_done(&services);
	forget();
	steps[0] = '\0';
	return pam_services_look(&services, &q, &found, &err);
}

/* They are judged in that order, and those with + stand in the list. */
static UNUSED void looks(const char *want)
{
	OK(look());
	assert_string_equal(steps, want);
}

static int begin(void **state)
{
	(void)state;
	begin_place();
	q = (struct doctor_login_request){ .greeter_units = "",
		.locker_services = "", .pam_dir = "/mine" };
	called = false;
	memset(&services, 0, sizeof(services));
	return 0;
}

static int end(void **state)
{
	(void)state;
	pam_services_done(&services);
	assert_null(services.list);
	assert_null(services.folder);
	assert_int_equal(services.n, 0);
	end_place();
	return 0;
}

#endif
