/* SPDX-License-Identifier: Apache-2.0 */
/* PAM's files: from bytes to lines. */
#include "bridge/doctor/pam-file.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
} control_words[] = {
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

	for (i = 0; i < ARRAY_LEN(control_words); i++) {
		if (strcasecmp(control_words[i].name, control) != 0)
			continue;
		actions[RETURN_SUCCESS] = control_words[i].success;
		actions[RETURN_NEW_AUTHTOK_REQD] = control_words[i].success;
		actions[RETURN_IGNORE] = control_words[i].ignore;
		set_unset(actions, control_words[i].otherwise);
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

static int pam_line_parse(struct pam_line *line, char *p, bool with_service,
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
	return pam_line_parse(&grown[file->n++], p, with_service, err);
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

/* ---- modules ---- */

const char *pam_module_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool pam_line_is_ours(const struct pam_line *line)
{
	return line->kind == PAM_LINE_MODULE && line->module &&
		strcmp(pam_module_name(line->module), PAM_MODULE_NAME) == 0;
}
