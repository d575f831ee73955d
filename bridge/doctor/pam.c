/* SPDX-License-Identifier: Apache-2.0 */
/* PAM's files: from bytes to lines, from lines to what they decide. */
#include "bridge/doctor/pam.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEVELS_MAX 16    /* of includes, as PAM has it */
#define ENTRIES_MAX 1024
#define JUMP_MAX 100000
#define BLANKS " \t\r\n"

/* ---- controls ---- */

static const char *const return_names[RETURNS] = {
	"success", "open_err", "symbol_err", "service_err", "system_err",
	"buf_err", "perm_denied", "auth_err", "cred_insufficient",
	"authinfo_unavail", "user_unknown", "maxtries", "new_authtok_reqd",
	"acct_expired", "session_err", "cred_unavail", "cred_expired",
	"cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete",
};
#define RETURN_NEW_AUTHTOK_REQD 12

static const struct {
	const char *name;
	int success, ignore, otherwise;
} words[] = {
	{ "required", ACTION_OK, ACTION_IGNORE, ACTION_BAD },
	{ "requisite", ACTION_OK, ACTION_IGNORE, ACTION_DIE },
	{ "optional", ACTION_OK, ACTION_IGNORE, ACTION_IGNORE },
	{ "sufficient", ACTION_DONE, ACTION_IGNORE, ACTION_IGNORE },
};

static void set_unset(int actions[RETURNS], int action)
{
	size_t i;

	for (i = 0; i < RETURNS; i++)
		if (actions[i] == ACTION_UNSET)
			actions[i] = action;
}

static bool take_word(int actions[RETURNS], const char *control)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (strcasecmp(words[i].name, control) != 0)
			continue;
		actions[RETURN_SUCCESS] = words[i].success;
		actions[RETURN_NEW_AUTHTOK_REQD] = words[i].success;
		actions[RETURN_IGNORE] = words[i].ignore;
		set_unset(actions, words[i].otherwise);
		return true;
	}
	return false;
}

static int return_of(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < RETURNS; i++)
		if (strlen(return_names[i]) == n &&
			memcmp(return_names[i], p, n) == 0)
			return (int)i;
	return n == 7 && memcmp(p, "default", 7) == 0 ? RETURNS : -1;
}

/* ACTION_UNSET: it is none */
static int action_of(const char *p, size_t n)
{
	static const char *const names[] = { "ignore", "ok", "done", "bad",
		"die", "reset" };
	uint64_t jump;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && memcmp(names[i], p, n) == 0)
			return -(int)i;
	if (text_parse_u64_n(p, n, JUMP_MAX, &jump) < 0 || jump == 0)
		return ACTION_UNSET;
	return (int)jump;
}

/* The next NAME=ACTION; its end, or NULL where it is none. */
static const char *take_pair(int actions[RETURNS], const char *p)
{
	size_t name_n = strcspn(p, "=" BLANKS), action_n;
	int name = return_of(p, name_n), action;

	p += name_n;
	p += strspn(p, BLANKS);
	if (name < 0 || *p != '=')
		return NULL;
	p++;
	p += strspn(p, BLANKS);
	action_n = strcspn(p, BLANKS);
	action = action_of(p, action_n);
	if (action == ACTION_UNSET)
		return NULL;
	if (name == RETURNS)
		set_unset(actions, action);
	else
		actions[name] = action;
	return p + action_n;
}

/* One that PAM does not understand makes the line refuse, whatever its module
 * says: also success. */
static bool take_control(int actions[RETURNS], const char *control)
{
	const char *p = control + strspn(control, BLANKS);
	size_t i;

	for (i = 0; i < RETURNS; i++)
		actions[i] = ACTION_UNSET;
	if (take_word(actions, control))
		return true;
	while (p && *p) {
		p = take_pair(actions, p);
		if (p)
			p += strspn(p, BLANKS);
	}
	for (i = 0; !p && i < RETURNS; i++)
		actions[i] = ACTION_BAD;
	set_unset(actions, ACTION_BAD);
	return p != NULL;
}

/* ---- lines ---- */

void pam_file_done(struct pam_file *file)
{
	size_t i;

	for (i = 0; i < file->n; i++)
		free(file->lines[i].arguments);
	free(file->lines);
	free(file->text);
	*file = (struct pam_file){ 0 };
}

/*
 * The next token of *p, which is cut into pieces; NULL at the end. [ ] hold
 * one together, and \] is a bracket inside.
 */
static char *next_token(char **p)
{
	char *begin = *p + strspn(*p, BLANKS), *from, *to;

	if (!*begin) {
		*p = begin;
		return NULL;
	}
	if (*begin != '[') {
		from = begin + strcspn(begin, BLANKS);
		*p = from + (*from != '\0');
		*from = '\0';
		return begin;
	}
	for (from = to = ++begin; *from && *from != ']'; from++) {
		if (from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	*p = from + (*from != '\0');
	*to = '\0';
	return begin;
}

static int take_arguments(struct pam_line *line, char *p, struct error *err)
{
	const char **grown;
	char *token;

	while ((token = next_token(&p))) {
		grown = reallocarray(line->arguments,
			(size_t)line->argument_count + 1, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		line->arguments = grown;
		line->arguments[line->argument_count++] = token;
	}
	return 0;
}

const char *pam_type_name(enum pam_type type)
{
	static const char *const names[PAM_TYPES] = { "auth", "account",
		"password", "session" };

	return names[type];
}

static bool take_type(struct pam_line *line, const char *token)
{
	int i;

	if (token && *token == '-')
		token++;
	for (i = 0; token && i < PAM_TYPES; i++)
		if (strcasecmp(token, pam_type_name((enum pam_type)i)) == 0) {
			line->type = (enum pam_type)i;
			return true;
		}
	line->wrong = "its type is none of auth, account, password, session";
	return false;
}

/* The control word and what it is about, behind the type. */
static int take_rest(struct pam_line *line, char *p, struct error *err)
{
	const char *control = next_token(&p);

	line->control = control ? control : "";
	if (strcasecmp(line->control, "include") == 0)
		line->kind = PAM_LINE_INCLUDE;
	else if (strcasecmp(line->control, "substack") == 0)
		line->kind = PAM_LINE_SUBSTACK;
	else if (!take_control(line->actions, line->control) || !control)
		line->wrong = "its control is not understood";
	line->module = next_token(&p);
	if (!line->module)
		line->wrong = "it names no module";
	return line->kind == PAM_LINE_MODULE ? take_arguments(line, p, err) :
		0;
}

static int parse_line(struct pam_line *line, char *p, bool with_service,
	struct error *err)
{
	char *token;

	(void)take_control(line->actions, "required");
	line->control = "";
	if (with_service)
		line->service = next_token(&p);
	token = next_token(&p);
	if (token && strcmp(token, "@include") == 0) {
		line->kind = PAM_LINE_FILE;
		line->module = next_token(&p);
		return 0;
	}
	(void)take_type(line, token);
	return take_rest(line, p, err);
}

static int add_line(struct pam_file *file, char *p, unsigned number,
	bool with_service, struct error *err)
{
	struct pam_line *grown;

	p += strspn(p, BLANKS);
	if (!*p)
		return 0;
	grown = reallocarray(file->lines, file->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	file->lines = grown;
	grown[file->n] = (struct pam_line){ .number = number };
	return parse_line(&grown[file->n++], p, with_service, err);
}

/*
 * Takes one line of the file: without its comment and blanks at its end.
 * Whether the next one belongs to it.
 */
static bool take_physical(const unsigned char *p, size_t n, char **to)
{
	const unsigned char *comment = memchr(p, '#', n);
	char *begin = *to;
	size_t i;

	if (comment)
		n = (size_t)(comment - p);
	for (i = 0; i < n; i++)
		*(*to)++ = p[i] ? (char)p[i] : '?';
	while (*to > begin && strchr(BLANKS, (*to)[-1]))
		--*to;
	if (comment || *to == begin || (*to)[-1] != '\\')
		return false;
	(*to)[-1] = ' ';
	return true;
}

int pam_file_parse(const unsigned char *p, size_t n, bool with_service,
	struct pam_file *ret, struct error *err)
{
	CLEANUP(pam_file_done) struct pam_file file = { 0 };
	unsigned number = 0, first = 1;
	char *to, *line;
	int r = 0;

	file.text = to = line = malloc(n + 2);
	if (!file.text)
		return error_memory(err);
	while (r == 0 && n > 0) {
		const unsigned char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n;
		bool more = take_physical(p, len, &to);

		number++;
		len += end != NULL;
		p += len;
		n -= len;
		if (more && n > 0)
			continue;
		*to++ = '\0';
		r = add_line(&file, line, first, with_service, err);
		line = to;
		first = number + 1;
	}
	if (r < 0)
		return r;
	*ret = file;
	file = (struct pam_file){ 0 };
	return 0;
}

/* ---- stacks ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool pam_line_is_ours(const struct pam_line *line)
{
	return line->kind == PAM_LINE_MODULE && line->module &&
		strcmp(base_name(line->module), PAM_MODULE_NAME) == 0;
}

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

static enum module_kind kind_of(const struct pam_line *line)
{
	const char *name = base_name(line->module ? line->module : "");
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
		if (kind_of(line) == GATE)
			name = base_name(line->module);
	}
	return name;
}

static int result_of(const struct pam_entry *e, const struct pam_world *w)
{
	if (e->wrong)
		return RETURN_PERM_DENIED;
	if (pam_line_is_ours(e->line))
		return (int)w->ours;
	switch (kind_of(e->line)) {
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
