/* SPDX-License-Identifier: Apache-2.0 */
/* PAM's files: from bytes to lines. */
#include "bridge/doctor/pam/file.h"

#include "base/text.h"
#include "bridge/login/pam/lines.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define JUMP_MAX 100000
#define SPACES " \t\n\v\f\r"  /* within brackets */
#define OUR_NAME "tokenbridge"

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

int pam_return_of(const char *name)
{
	int i;

	for (i = 0; i < RETURNS; i++)
		if (strcmp(return_names[i], name) == 0)
			return i;
	return -1;
}

/* Whether *p begins with it, which is then behind *p. */
static bool take_prefix(const char **p, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(*p, name, n) != 0)
		return false;
	*p += n;
	return true;
}

/* RETURNS: the default; -1: it is none. As PAM has it, nothing need stand
 * behind a name. */
static int take_return(const char **p)
{
	int i;

	for (i = 0; i < RETURNS; i++)
		if (take_prefix(p, return_names[i]))
			return i;
	return take_prefix(p, "default") ? RETURNS : -1;
}

/* ACTION_UNSET: it is none */
static int take_action(const char **p)
{
	static const char *const names[] = { "ignore", "ok", "done", "bad",
		"die", "reset" };
	size_t i, n;
	uint64_t jump;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (take_prefix(p, names[i]))
			return -(int)i;
	n = strspn(*p, "0123456789");
	if (text_parse_u64_n(*p + strspn(*p, "0"), n - strspn(*p, "0"),
			JUMP_MAX, &jump) < 0 || jump == 0)
		return ACTION_UNSET;
	*p += n;
	return (int)jump;
}

/* The next NAME=ACTION; its end, or NULL where it is none. */
static const char *take_pair(int actions[RETURNS], const char *p)
{
	int name = take_return(&p), action;

	p += strspn(p, SPACES);
	if (name < 0 || *p != '=')
		return NULL;
	p++;
	p += strspn(p, SPACES);
	action = take_action(&p);
	if (action == ACTION_UNSET)
		return NULL;
	if (name == RETURNS)
		set_unset(actions, action);
	else
		actions[name] = action;
	return p;
}

/* One that PAM does not understand makes the line refuse, whatever its module
 * says: also success. */
static bool take_control(int actions[RETURNS], const char *control)
{
	const char *p = control + strspn(control, SPACES);
	size_t i;

	for (i = 0; i < RETURNS; i++)
		actions[i] = ACTION_UNSET;
	if (take_word(actions, control))
		return true;
	while (p && *p) {
		p = take_pair(actions, p);
		if (p)
			p += strspn(p, SPACES);
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

static int take_arguments(struct pam_line *line, char *p, struct error *err)
{
	const char **grown;
	char *token;

	while ((token = pam_text_word(&p))) {
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

	line->quiet = token && *token == '-';
	if (line->quiet)
		token++;
	if (token && strcasecmp(token, "@include") == 0) {
		line->kind = PAM_LINE_FILE;
		return true;
	}
	for (i = 0; token && i < PAM_TYPES; i++)
		if (strcasecmp(token, pam_type_name((enum pam_type)i)) == 0) {
			line->type = (enum pam_type)i;
			return true;
		}
	line->type_unknown = true;
	line->wrong = "its type is none of auth, account, password, session";
	return false;
}

static void pam_take_control(struct pam_line *line, const char *control)
{
	line->control = control ? control : "";
	if (strcasecmp(line->control, "include") == 0)
		line->kind = PAM_LINE_INCLUDE;
	else if (strcasecmp(line->control, "substack") == 0)
		line->kind = PAM_LINE_SUBSTACK;
	else if (!take_control(line->actions, line->control) || !control)
		line->wrong = "its control is not understood";
}

/* libpam wants a name to log by, which it makes of the file's: without its
 * folder and what stands behind the last dot. */
static bool has_log_name(const char *path)
{
	const char *name = pam_module_name(path), *dot = strrchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);

	return n > 0 && !(n == 1 && name[0] == '?');
}

static void judge_name(struct pam_line *line)
{
	if (!line->module && line->kind == PAM_LINE_MODULE)
		line->wrong = "it names no module";
	else if (!line->module)
		line->fatal = "it names no file, and libpam crashes";
	else if (line->kind != PAM_LINE_INCLUDE && line->kind != PAM_LINE_FILE
			&& !has_log_name(line->module))
		line->fatal = "libpam makes no name for its log of that";
	if (line->fatal)
		line->wrong = line->fatal;
}

static int pam_line_parse(struct pam_line *line, char *p, bool with_service,
	struct error *err)
{
	line->mentions = strcasestr(p, OUR_NAME) != NULL;
	(void)take_control(line->actions, "required");
	line->control = "";
	if (with_service)
		line->service = pam_text_word(&p);
	(void)take_type(line, pam_text_word(&p));
	if (line->kind != PAM_LINE_FILE)
		pam_take_control(line, pam_text_word(&p));
	line->module = pam_text_word(&p);
	judge_name(line);
	return line->kind == PAM_LINE_MODULE ? take_arguments(line, p, err) :
		0;
}

static int add_line(struct pam_file *file, char *p, unsigned number,
	bool with_service, struct error *err)
{
	struct pam_line *grown;

	grown = reallocarray(file->lines, file->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	file->lines = grown;
	grown[file->n] = (struct pam_line){ .number = number };
	return pam_line_parse(&grown[file->n++], p, with_service, err);
}

/* One line of the file, and what it makes whole. */
static int feed_line(struct pam_file *file, struct pam_text *t, const char *p,
	size_t n, unsigned number, bool with_service, struct error *err)
{
	const bool whole = pam_text_take(t, p, n, number);
	const unsigned first = t->first;

	if (t->cut && file->cut_number == 0)
		file->cut_number = number;
	return whole ? add_line(file, pam_text_end(t), first, with_service,
		err) : 0;
}

int pam_file_parse(const unsigned char *p, size_t n, bool with_service,
	struct pam_file *ret, struct error *err)
{
	CLEANUP(pam_file_done) struct pam_file file = { 0 };
	struct pam_text text = { .first = 0 };
	unsigned number = 0;
	int r = 0;

	file.text = text.begin = text.to = malloc(n + 2);
	if (!file.text)
		return error_memory(err);
	while (r == 0 && n > 0) {
		const unsigned char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) + 1 : n;

		r = feed_line(&file, &text, (const char *)p, len, ++number,
			with_service, err);
		p += len;
		n -= len;
	}
	if (r < 0)
		return r;
	if (text.first > 0) {
		file.fatal = "the file ends behind a backslash";
		file.fatal_number = text.first;
	}
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
