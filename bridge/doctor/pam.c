/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a service, and what they decide. */
#include "bridge/doctor/pam.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEVELS_MAX 16    /* of includes, as PAM has it */
#define ENTRIES_MAX 1024

/* ---- stacks ---- */

void pam_stack_done(struct pam_stack *stack)
{
	free(stack->entries);
	*stack = (struct pam_stack){ 0 };
}

struct build {
	struct pam_stack *stack;
	const char *service;
	enum pam_type type;
	pam_file_get *get;
	void *arg;
	size_t files; /* read so far */
};

static int too_many(const struct build *b, struct error *err)
{
	return error_set(err, ERROR_FAILED,
		"PAM's service '%s' has senselessly many lines and includes",
		b->service);
}

static int add_entry(struct build *b, const struct pam_line *line,
	const char *file, unsigned level, const char *wrong, struct error *err)
{
	struct pam_stack *s = b->stack;
	struct pam_entry *grown;

	if (s->n == ENTRIES_MAX)
		return too_many(b, err);
	grown = reallocarray(s->entries, s->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	s->entries = grown;
	grown[s->n++] = (struct pam_entry){ line, file, level, wrong };
	return 0;
}

static int add_file(struct build *b, const char *name, unsigned depth,
	unsigned level, bool *ret_there, struct error *err);

static int add_include(struct build *b, const struct pam_line *line,
	const char *file, unsigned depth, unsigned level, struct error *err)
{
	unsigned inner = level + (line->kind == PAM_LINE_SUBSTACK);
	bool there = false;
	int r = 0;

	/* a jump counts a substack as one line, this one */
	if (line->kind == PAM_LINE_SUBSTACK)
		r = add_entry(b, line, file, level, NULL, err);
	if (r == 0 && line->module)
		r = add_file(b, line->module, depth + 1, inner, &there, err);
	if (r < 0 || there)
		return r;
	return add_entry(b, line, file, level,
		"the file that it includes cannot be read", err);
}

static int add_file(struct build *b, const char *name, unsigned depth,
	unsigned level, bool *ret_there, struct error *err)
{
	const struct pam_file *file = NULL;
	const char *shown = name;
	size_t i;
	int r = 0;

	if (b->files++ == ENTRIES_MAX)
		return too_many(b, err);
	if (depth < LEVELS_MAX)
		file = b->get(name, b->arg, &shown);
	*ret_there = file != NULL;
	for (i = 0; r == 0 && file && i < file->n; i++) {
		const struct pam_line *line = &file->lines[i];

		if (line->service && strcasecmp(line->service, b->service) != 0)
			continue;
		if (line->kind == PAM_LINE_FILE)
			r = add_include(b, line, shown, depth, level, err);
		else if (line->type != b->type)
			continue;
		else if (line->kind == PAM_LINE_MODULE)
			r = add_entry(b, line, shown, level, line->wrong, err);
		else
			r = add_include(b, line, shown, depth, level, err);
	}
	return r;
}

int pam_stack_build(struct pam_stack *ret, const char *file,
	const char *service, enum pam_type type, pam_file_get *get, void *arg,
	struct error *err)
{
	CLEANUP(pam_stack_done) struct pam_stack stack = { 0 };
	struct build b = { &stack, service, type, get, arg, 0 };
	bool there;
	int r = add_file(&b, file, 0, 0, &there, err);

	if (r < 0)
		return r;
	*ret = stack;
	stack = (struct pam_stack){ 0 };
	return 0;
}

const struct pam_line *pam_stack_ours(const struct pam_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->n; i++)
		if (pam_line_is_ours(stack->entries[i].line))
			return stack->entries[i].line;
	return NULL;
}

/* ---- running them ---- */

enum module_kind {
	ASKS,    /* everything that is not below */
	NEUTRAL, /* returns ignore */
	PERMITS,
	DENIES,
	GATE,    /* content or not, by who asks and from where */
};

static const struct {
	const char *name;
	enum module_kind kind;
} modules[] = {
	{ "pam_permit.so", PERMITS },
	{ "pam_deny.so", DENIES },
	{ "pam_cap.so", NEUTRAL },
	{ "pam_echo.so", NEUTRAL },
	{ "pam_env.so", NEUTRAL },
	{ "pam_faildelay.so", NEUTRAL },
	{ "pam_gnome_keyring.so", NEUTRAL },
	{ "pam_group.so", NEUTRAL },
	{ "pam_issue.so", NEUTRAL },
	{ "pam_keyinit.so", NEUTRAL },
	{ "pam_kwallet.so", NEUTRAL },
	{ "pam_kwallet5.so", NEUTRAL },
	{ "pam_nologin.so", NEUTRAL },
	{ "pam_warn.so", NEUTRAL },
	{ "pam_access.so", GATE },
	{ "pam_debug.so", GATE },
	{ "pam_ecryptfs.so", GATE },
	{ "pam_exec.so", GATE },
	{ "pam_faillock.so", GATE },
	{ "pam_fscrypt.so", GATE },
	{ "pam_listfile.so", GATE },
	{ "pam_localuser.so", GATE },
	{ "pam_mount.so", GATE },
	{ "pam_rootok.so", GATE },
	{ "pam_securetty.so", GATE },
	{ "pam_shells.so", GATE },
	{ "pam_succeed_if.so", GATE },
	{ "pam_tally2.so", GATE },
	{ "pam_time.so", GATE },
	{ "pam_usertype.so", GATE },
	{ "pam_wheel.so", GATE },
};

static enum module_kind module_kind_of(const struct pam_line *line)
{
	const char *name = pam_module_name(line->module ? line->module : "");
	size_t i;

	for (i = 0; i < ARRAY_LEN(modules); i++)
		if (strcmp(modules[i].name, name) == 0)
			return modules[i].kind;
	return ASKS;
}

const char *pam_stack_gate(const struct pam_stack *stack)
{
	const char *name = "";
	size_t i;

	for (i = 0; i < stack->n; i++) {
		const struct pam_line *line = stack->entries[i].line;

		if (pam_line_is_ours(line))
			break;
		if (module_kind_of(line) == GATE)
			name = pam_module_name(line->module);
	}
	return name;
}

static int result_of(const struct pam_entry *e, const struct pam_world *w)
{
	if (e->wrong)
		return RETURN_PERM_DENIED;
	if (pam_line_is_ours(e->line))
		return (int)w->ours;
	switch (module_kind_of(e->line)) {
	case ASKS:
		break;
	case NEUTRAL:
		return RETURN_IGNORE;
	case PERMITS:
		return RETURN_SUCCESS;
	case DENIES:
		return RETURN_AUTH_ERR;
	case GATE:
		return w->gates ? RETURN_SUCCESS : RETURN_AUTH_ERR;
	}
	return (int)w->asking;
}

static int action_for(const struct pam_entry *e, int result)
{
	/* an include that failed has no control of its own */
	return e->line->kind != PAM_LINE_MODULE ? ACTION_BAD :
		e->line->actions[result];
}

/* The place where a substack begins, which does nothing itself. */
static bool is_mark(const struct pam_entry *e)
{
	return e->line->kind == PAM_LINE_SUBSTACK && !e->wrong;
}

struct state {
	int impression; /* -1 bad, 0 none yet, 1 good */
	int status;
};

/* The last line that a jump or a decision in entry i skips. */
static size_t skip_level(const struct pam_stack *s, size_t i, int *count)
{
	unsigned level = s->entries[i].level;

	while (i + 1 < s->n && s->entries[i + 1].level >= level &&
		*count != 0) {
		do
			i++;
		while (i + 1 < s->n && s->entries[i + 1].level > level);
		--*count;
	}
	return i;
}

static bool take_result(struct state *now, int action, int result)
{
	bool good = now->impression == 0 ||
		(now->impression > 0 && now->status == RETURN_SUCCESS);

	if ((action == ACTION_OK || action == ACTION_DONE) && good) {
		now->impression = 1;
		now->status = result;
	}
	if ((action == ACTION_BAD || action == ACTION_DIE) &&
		now->impression >= 0) {
		now->impression = -1;
		now->status = result == RETURN_IGNORE ? RETURN_PERM_DENIED :
			result;
	}
	return action == ACTION_DIE ||
		(action == ACTION_DONE && now->impression > 0);
}

struct pam_outcome pam_stack_run(const struct pam_stack *s,
	const struct pam_world *w)
{
	struct state now = { 0, RETURN_PERM_DENIED }, saved[LEVELS_MAX + 1];
	struct pam_outcome ret = { RETURN_PERM_DENIED, false };
	unsigned level, before = 0;
	int result, action, all = -1;
	size_t i;

	saved[0] = now;
	for (i = 0; i < s->n; before = level, i++) {
		level = s->entries[i].level;
		for (; before < level; before++)
			saved[before + 1] = now;
		if (is_mark(&s->entries[i]))
			continue;
		result = result_of(&s->entries[i], w);
		action = action_for(&s->entries[i], result);
		ret.reached = ret.reached ||
			pam_line_is_ours(s->entries[i].line);
		if (action == ACTION_RESET)
			now = saved[level];
		else if (action > 0)
			i = skip_level(s, i, &action);
		else if (take_result(&now, action, result))
			i = skip_level(s, i, &all);
		if (action > 0) /* a jump beyond the end */
			now = (struct state){ -1, RETURN_PERM_DENIED };
	}
	ret.result = now.status;
	if (now.status == RETURN_SUCCESS && now.impression <= 0)
		ret.result = RETURN_PERM_DENIED;
	return ret;
}
