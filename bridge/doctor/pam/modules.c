/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each module may return, out of the sources of Linux-PAM 1.5 and of the
 * others. A module that is not here may return anything.
 */
#include "bridge/doctor/pam/modules.h"

#include "base/text.h"
#include "bridge/login/pam/options.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define R(code) PAM_RETURNS(RETURN_##code)

#define GOOD R(SUCCESS)
#define IGNORED R(IGNORE)
/* Of a module that asked, and was told wrong or not at all, or asks others than
 * this person: who answers has a choice, as where no try or no line is left. */
#define REFUSED (PAM_ANY_RETURN & ~(R(SUCCESS) | R(IGNORE) | \
	R(NEW_AUTHTOK_REQD)))

/* Of a module that wants nothing of the person, but may fail */
#define HELPS (PAM_ANY_RETURN & ~R(NEW_AUTHTOK_REQD))

/* What the line's module returns by its arguments. */
typedef pam_returns module_judge(const struct pam_stack *stack,
	const struct pam_line *line);

static bool has_word(const struct pam_line *line, const char *word)
{
	int i;

	for (i = 0; i < line->argument_count; i++)
		if (strcmp(line->arguments[i], word) == 0)
			return true;
	return false;
}

/* What stands behind NAME=; the last one; NULL without. */
static const char *value_of(const struct pam_line *line, const char *name)
{
	const char *value = NULL;
	size_t n = strlen(name);
	int i;

	for (i = 0; i < line->argument_count; i++)
		if (strncmp(line->arguments[i], name, n) == 0)
			value = line->arguments[i] + n;
	return value;
}

/* ---- one judge for each module that looks at who logs in ---- */

static pam_returns judge_usertype(const struct pam_stack *s,
	const struct pam_line *line)
{
	pam_returns r = R(SERVICE_ERR);
	int i;

	(void)s;
	for (i = 0; i < line->argument_count; i++) {
		if (strcmp(line->arguments[i], "isregular") == 0)
			r = GOOD;
		else if (strcmp(line->arguments[i], "issystem") == 0)
			r = R(AUTH_ERR);
	}
	/* of whoever runs the program, who may be root */
	return has_word(line, "use_uid") && r != R(SERVICE_ERR) ?
		GOOD | R(AUTH_ERR) : r;
}

/* Where the file is there it is not known for how long. */
static pam_returns judge_nologin(const struct pam_stack *s,
	const struct pam_line *line)
{
	static const char *const usual[] = { "/var/run/nologin",
		"/etc/nologin" };
	pam_returns r = has_word(line, "successok") ? GOOD : IGNORED;
	const char *file = value_of(line, "file=");
	bool closed = file && (!s->has_file || s->has_file(file));
	size_t i;

	for (i = 0; !closed && !file && s->has_file && i < ARRAY_LEN(usual);
		i++)
		closed = s->has_file(usual[i]);
	return closed ? r | R(AUTH_ERR) : r;
}

/* Nobody is locked out, and what failed before is not known. */
static pam_returns judge_faillock(const struct pam_stack *s,
	const struct pam_line *line)
{
	const char *conf = value_of(line, "conf=");

	if (conf && (!s->has_file || !s->has_file(conf)))
		return PAM_ANY_RETURN;
	return has_word(line, "authfail") ? IGNORED : GOOD;
}

static pam_returns judge_wheel(const struct pam_stack *s,
	const struct pam_line *line)
{
	pam_returns member = has_word(line, "trust") ? GOOD : IGNORED;

	(void)s;
	if (has_word(line, "root_only"))
		member |= IGNORED;
	return member | IGNORED | R(PERM_DENIED) | R(AUTH_ERR) |
		R(SERVICE_ERR);
}

/* A list of those who are kept out does not have an ordinary person. */
static pam_returns judge_listfile(const struct pam_stack *s,
	const struct pam_line *line)
{
	const char *item = value_of(line, "item="), *file =
		value_of(line, "file="), *sense = value_of(line, "sense="),
		*error = value_of(line, "onerr=");
	pam_returns failed = error && strcmp(error, "succeed") == 0 ? GOOD :
		R(SERVICE_ERR);

	if (value_of(line, "apply=") || !s->has_file)
		return GOOD | R(AUTH_ERR) | R(SERVICE_ERR) | IGNORED;
	if (error && strcmp(error, "succeed") != 0 && strcmp(error, "fail") != 0)
		return R(SERVICE_ERR);
	if (!item || !file || !sense)
		return failed;
	if (strcmp(item, "user") != 0 || !s->has_file(file))
		return GOOD | R(AUTH_ERR) | R(SERVICE_ERR);
	return strcmp(sense, "deny") == 0 ? GOOD : GOOD | R(AUTH_ERR) |
		R(SERVICE_ERR);
}

/* By a list of people, who get in with nothing where SELinux is enforcing. */
static pam_returns judge_sepermit(const struct pam_stack *s,
	const struct pam_line *line)
{
	static const char list[] = "/etc/security/sepermit.conf";

	(void)line; /* its `conf` does nothing */
	return !s->has_words || !s->has_file(list) || s->has_words(list) ?
		GOOD | IGNORED | R(AUTH_ERR) | R(SERVICE_ERR) : IGNORED;
}

static pam_returns judge_shells(const struct pam_stack *s,
	const struct pam_line *line)
{
	(void)line;
	return !s->has_file || s->has_file("/etc/shells") ? GOOD : R(AUTH_ERR);
}

/* A name that it does not know changes nothing. */
static pam_returns judge_debug(const struct pam_stack *s,
	const struct pam_line *line)
{
	int i, code;

	(void)s;
	for (i = 0; i < line->argument_count; i++) {
		if (strncmp(line->arguments[i], "auth=", 5) != 0)
			continue;
		code = pam_return_of(line->arguments[i] + 5);
		return code < 0 ? GOOD : PAM_RETURNS(code);
	}
	return GOOD;
}

/* ---- the table ---- */

enum module_kind {
	UNKNOWN, /* `returns` */
	ASKS,    /* for something that only the person has or knows */
	FIXED,   /* `returns`, for everybody */
	GATE,    /* `judge`, else `returns`: by who asks */
	ROOT,    /* content with root */
};

static const struct module_row {
	const char *name;
	enum module_kind kind;
	pam_returns returns;
	module_judge *judge;
} modules[] = {
	{ "pam_permit.so", FIXED, GOOD, NULL },
	{ "pam_deny.so", FIXED, R(AUTH_ERR), NULL },
	{ "pam_selinux.so", FIXED, R(AUTH_ERR), NULL },
	{ "pam_env.so", FIXED, IGNORED, NULL },
	{ "pam_faildelay.so", FIXED, IGNORED, NULL },
	{ "pam_group.so", FIXED, IGNORED, NULL },
	{ "pam_keyinit.so", FIXED, IGNORED, NULL },
	{ "pam_mail.so", FIXED, IGNORED, NULL },
	{ "pam_warn.so", FIXED, IGNORED, NULL },
	{ "pam_cap.so", FIXED, GOOD | IGNORED, NULL },
	{ "pam_echo.so", FIXED, GOOD | IGNORED, NULL },
	{ "pam_issue.so", FIXED, IGNORED | R(SERVICE_ERR), NULL },
	{ "pam_ecryptfs.so", FIXED, HELPS, NULL },
	{ "pam_fscrypt.so", FIXED, HELPS, NULL },
	{ "pam_gnome_keyring.so", FIXED, HELPS, NULL },
	{ "pam_kwallet.so", FIXED, HELPS, NULL },
	{ "pam_kwallet5.so", FIXED, HELPS, NULL },
	{ "pam_mount.so", FIXED, HELPS, NULL },
	{ "pam_access.so", GATE, GOOD | R(PERM_DENIED) | R(ABORT), NULL },
	{ "pam_debug.so", GATE, 0, judge_debug },
	{ "pam_faillock.so", GATE, 0, judge_faillock },
	{ "pam_lastlog.so", GATE, GOOD | IGNORED | R(AUTH_ERR), NULL },
	{ "pam_listfile.so", GATE, 0, judge_listfile },
	{ "pam_localuser.so", GATE, GOOD | R(PERM_DENIED) | R(SERVICE_ERR),
		NULL },
	{ "pam_nologin.so", GATE, 0, judge_nologin },
	{ "pam_rhosts.so", GATE, GOOD | R(AUTH_ERR), NULL },
	{ "pam_rootok.so", ROOT, R(AUTH_ERR), NULL },
	{ "pam_securetty.so", GATE, GOOD, NULL }, /* it is for root */
	{ "pam_selinux_permit.so", GATE, 0, judge_sepermit }, /* Fedora's name */
	{ "pam_sepermit.so", GATE, 0, judge_sepermit },
	{ "pam_shells.so", GATE, 0, judge_shells },
	{ "pam_succeed_if.so", GATE, 0, pam_judge_succeed_if },
	{ "pam_timestamp.so", GATE, GOOD | R(AUTH_ERR), NULL },
	{ "pam_usertype.so", GATE, 0, judge_usertype },
	{ "pam_wheel.so", GATE, 0, judge_wheel },
	{ "pam_unix.so", ASKS, 0, NULL },
	{ "pam_unix_auth.so", ASKS, 0, NULL },
	{ "pam_fprintd.so", ASKS, 0, NULL },
	{ "pam_google_authenticator.so", ASKS, 0, NULL },
	{ "pam_krb5.so", ASKS, 0, NULL },
	{ "pam_ldap.so", ASKS, 0, NULL },
	{ "pam_oath.so", ASKS, 0, NULL },
	{ "pam_p11.so", ASKS, 0, NULL },
	{ "pam_pkcs11.so", ASKS, 0, NULL },
	{ "pam_poldi.so", ASKS, 0, NULL },
	{ "pam_radius_auth.so", ASKS, 0, NULL },
	{ "pam_sss.so", ASKS, 0, NULL },
	{ "pam_systemd_home.so", ASKS, 0, NULL },
	{ "pam_u2f.so", ASKS, 0, NULL },
	{ "pam_userdb.so", ASKS, 0, NULL },
	{ "pam_winbind.so", ASKS, 0, NULL },
	{ "pam_yubico.so", ASKS, 0, NULL },
};

static const struct module_row *row_of(const struct pam_line *line)
{
	static const struct module_row unknown = { "", UNKNOWN, PAM_ANY_RETURN,
		NULL };
	const char *name = pam_module_name(line->module ? line->module : "");
	size_t i;

	for (i = 0; i < ARRAY_LEN(modules); i++)
		if (strcmp(modules[i].name, name) == 0)
			return &modules[i];
	return &unknown;
}

/* Arguments by which a module that asks lets somebody pass who said nothing,
 * or passes over a person whom it does not know. */
static pam_returns loosened(const struct pam_line *line)
{
	static const struct {
		const char *begins;
		pam_returns more;
	} rows[] = {
		{ "alwaysok", GOOD },
		{ "nouserok", GOOD | IGNORED },
		{ "nullok", GOOD | IGNORED },
		{ "allow_missing", GOOD | IGNORED },
		{ "grace_period", GOOD },
		{ "ignore_", IGNORED },
		{ "minimum_uid", IGNORED },
		{ "localifdown", IGNORED },
	};
	/* whose nullok is for people without a password */
	bool unix_like = strncmp(pam_module_name(line->module), "pam_unix",
		8) == 0;
	pam_returns more = 0;
	size_t k;
	int i;

	for (i = 0; !unix_like && i < line->argument_count; i++)
		for (k = 0; k < ARRAY_LEN(rows); k++)
			if (strncmp(line->arguments[i], rows[k].begins,
				    strlen(rows[k].begins)) == 0)
				more |= rows[k].more;
	return more;
}

static pam_returns asked_returns(const struct pam_line *line,
	enum pam_asked asked)
{
	switch (asked) {
	case ASKED_GOOD:
		return GOOD;
	case ASKED_BAD:
		return REFUSED | loosened(line);
	case ASKED_EITHER:
		break;
	}
	return (PAM_ANY_RETURN & ~IGNORED) | loosened(line);
}

void pam_ignore_note(const char *text, void *arg)
{
	(void)text;
	(void)arg;
}

static pam_returns our_returns(const struct pam_line *line,
	const struct pam_world *w)
{
	struct pam_options o;

	if (pam_options_parse(line->argument_count, line->arguments, &o,
			pam_ignore_note, NULL, NULL) < 0)
		return R(SERVICE_ERR);
	if (w->unbound)
		return o.no_user_ok ? IGNORED : R(USER_UNKNOWN);
	return PAM_RETURNS(w->ours);
}

pam_returns pam_entry_returns(const struct pam_stack *stack,
	const struct pam_entry *e, const struct pam_world *w)
{
	const struct module_row *row = row_of(e->line);

	if (e->wrong)
		return R(PERM_DENIED);
	if (e->missing)
		return R(MODULE_UNKNOWN);
	if (pam_line_is_ours(e->line))
		return our_returns(e->line, w);
	if (row->kind == ASKS)
		return asked_returns(e->line, w->asked);
	if (row->kind == ROOT)
		return w->root ? GOOD : row->returns;
	return row->judge ? row->judge(stack, e->line) : row->returns;
}

/* ---- names ---- */

static void add_name(char *ret, size_t size, const char *name)
{
	size_t n = strlen(ret);
	const char *at = strstr(ret, name);

	if (!at)
		snprintf(ret + n, size - n, "%s%s", n ? ", " : "", name);
}

/* Whether one refusal is as good as another. */
static bool refusals_end_alike(const struct pam_line *line)
{
	int i, first = -1;

	for (i = 0; i < RETURNS; i++) {
		if (!(REFUSED & PAM_RETURNS(i)))
			continue;
		first = first < 0 ? i : first;
		if (line->actions[i] != line->actions[first])
			return false;
	}
	return true;
}

static bool is_unsure(const struct pam_stack *s, const struct pam_entry *e)
{
	const struct pam_world w = { .ours = RETURN_AUTH_ERR };
	pam_returns may;

	if (e->line->kind != PAM_LINE_MODULE || !e->line->module)
		return false;
	may = pam_entry_returns(s, e, &w);
	return (may & (may - 1)) != 0 || (row_of(e->line)->kind == ASKS &&
		(loosened(e->line) != 0 || !refusals_end_alike(e->line)));
}

void pam_stack_unsure(const struct pam_stack *s, char *ret, size_t size)
{
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < s->n; i++)
		if (is_unsure(s, &s->entries[i]))
			add_name(ret, size,
				pam_module_name(s->entries[i].line->module));
}

const char *pam_stack_gate(const struct pam_stack *stack)
{
	const char *name = "";
	size_t i;

	for (i = 0; i < stack->n; i++) {
		const struct pam_line *line = stack->entries[i].line;
		enum module_kind kind = row_of(line)->kind;

		if (pam_line_is_ours(line))
			break;
		if (line->kind == PAM_LINE_MODULE && line->module &&
			(kind == GATE || kind == ROOT || kind == UNKNOWN))
			name = pam_module_name(line->module);
	}
	return name;
}
