/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a PAM line: ours, and those that users of pam_u2f know. */
#include "bridge/login/pam/options.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_S 30
#define TIMEOUT_MAX_S 300

enum kind {
	FLAG,      /* NAME */
	SWITCH,    /* NAME=0, NAME=1; bare is 1 */
	SECONDS,   /* NAME=N, in milliseconds afterwards */
	PATH,      /* NAME=/... */
	TEXT,      /* NAME=... */
	REMOTE,    /* NAME=allow|deny */
	SEAT,      /* NAME=greeter|peer|unlock, each of which may be said */
	NOTHING,   /* understood, and changes nothing: `text` says why */
	REFUSED,   /* `text` says why */
};

#define AT(member) offsetof(struct pam_options, member)

static const struct {
	const char *name;
	enum kind kind;
	size_t at;
	const char *text;
} rows[] = {
	{ "nouserok", FLAG, AT(no_user_ok), NULL },
	{ "debug", FLAG, AT(debug), NULL },
	{ "remote", REMOTE, AT(remote_allowed), NULL },
	{ "seat", SEAT, AT(seats), NULL },
	{ "timeout", SECONDS, AT(timeout_ms), NULL },
	{ "wait", SECONDS, AT(wait_ms), NULL },
	{ "login_db", PATH, AT(login_db), NULL },
	{ "cue_prompt", TEXT, AT(prompt), NULL },
	{ "userverification", SWITCH, AT(verify), NULL },
	{ "pinverification", SWITCH, AT(verify), NULL },
	{ "cue", NOTHING, 0, "the touch prompt is always given" },
	{ "userpresence", NOTHING, 0, "a touch is always demanded" },
	{ "nodetect", NOTHING, 0, "only the user's token is ever asked" },
	{ "max_devices", NOTHING, 0, "login.db has its own limit" },
	{ "origin", NOTHING, 0, "it is fixed at pam-enroll" },
	{ "appid", NOTHING, 0, "it is fixed at pam-enroll" },
	{ "authfile", NOTHING, 0, "keys come from login.db alone" },
	{ "expand", NOTHING, 0, "keys come from login.db alone" },
	{ "openasuser", NOTHING, 0, "keys come from login.db alone" },
	{ "interactive", REFUSED, 0, "use wait=SECONDS" },
	{ "prompt", REFUSED, 0, "use wait=SECONDS" },
	{ "alwaysok", REFUSED, 0, "it lets everybody in" },
	{ "manual", REFUSED, 0, "it checks less than it seems to" },
	{ "sshformat", REFUSED, 0, "keys come from login.db alone" },
	{ "conf", REFUSED, 0, "settings stand in this line and in the "
		"system's tokenbridge.conf" },
	{ "debug_file", REFUSED, 0, "the log is syslog's" },
	{ "authpending_file", REFUSED, 0,
		"no file is made for others at login" },
	{ "require", REFUSED, 0,
		"this version has no recorded audits to ask" },
};

static int options_refuse(const char *arg, const char *why, struct error *err)
{
	return error_set(err, ERROR_USAGE, "argument '%.60s' is refused: %s",
		arg, why);
}

/* Whether `arg` is row i; *ret_value is behind its '=', NULL without one. */
static bool is_row(size_t i, const char *arg, const char **ret_value)
{
	size_t n = strlen(rows[i].name);

	if (strncmp(arg, rows[i].name, n) != 0 || (arg[n] && arg[n] != '='))
		return false;
	*ret_value = arg[n] ? arg + n + 1 : NULL;
	return true;
}

static int take_seconds(const char *arg, const char *value, uint32_t *ret,
	struct error *err)
{
	uint64_t seconds;

	if (!value || text_parse_u64(value, TIMEOUT_MAX_S, &seconds) < 0)
		return options_refuse(arg,
			"a number of seconds up to 300 is wanted", err);
	*ret = (uint32_t)seconds * 1000;
	return 0;
}

static int take_text(const char *arg, const char *value, char *ret,
	size_t size, struct error *err)
{
	if (!value || !*value || strlen(value) >= size ||
		!utf8_is_clean(value, strlen(value)))
		return options_refuse(arg,
			"its value is empty, too long or not text", err);
	snprintf(ret, size, "%s", value);
	return 0;
}

/* Strictest wins: nothing switches off what something else switched on. */
static int take_switch(const char *arg, const char *value, bool *ret,
	struct error *err)
{
	if (value && strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return options_refuse(arg, "0 or 1 is wanted", err);
	*ret = *ret || !value || value[0] == '1';
	return 0;
}

/* Strictest wins here too. */
static int take_remote(const char *arg, const char *value,
	struct pam_options *o, struct error *err)
{
	if (!value || (strcmp(value, "allow") != 0 &&
			      strcmp(value, "deny") != 0))
		return options_refuse(arg,
			"remote=allow or remote=deny is wanted", err);
	o->remote_denied = o->remote_denied || value[0] == 'd';
	o->remote_allowed = !o->remote_denied;
	return 0;
}

static int take_seat(const char *arg, const char *value, uint32_t *ret,
	struct error *err)
{
	static const struct {
		const char *name;
		enum login_flag flag;
	} seats[] = {
		{ "greeter", LOGIN_SEAT_GREETER },
		{ "peer", LOGIN_SEAT_PEER },
		{ "unlock", LOGIN_SEAT_UNLOCK },
	};
	size_t i;

	for (i = 0; value && i < ARRAY_LEN(seats); i++)
		if (strcmp(seats[i].name, value) == 0) {
			*ret |= (uint32_t)seats[i].flag;
			return 0;
		}
	return options_refuse(arg, "seat=greeter, seat=peer or seat=unlock is "
		"wanted", err);
}

static int options_take(size_t i, const char *arg, const char *value,
	struct pam_options *ret, struct error *err)
{
	void *at = (char *)ret + rows[i].at;

	switch (rows[i].kind) {
	case FLAG:
		*(bool *)at = true;
		return value ? options_refuse(arg, "it takes no value", err)
			     : 0;
	case SWITCH:
		return take_switch(arg, value, at, err);
	case SECONDS:
		return take_seconds(arg, value, at, err);
	case PATH:
		if (!value || value[0] != '/')
			return options_refuse(arg, "an absolute path is wanted",
				err);
		return take_text(arg, value, at, LOGIN_PATH_LEN, err);
	case TEXT:
		return take_text(arg, value, at, LOGIN_ITEM_LEN, err);
	case REMOTE:
		return take_remote(arg, value, ret, err);
	case SEAT:
		return take_seat(arg, value, at, err);
	case NOTHING:
		return 0;
	case REFUSED:
		break;
	}
	return options_refuse(arg, rows[i].text, err);
}

static int parse_one(const char *arg, struct pam_options *ret,
	pam_options_note *note, void *note_arg, struct error *err)
{
	char text[160];
	const char *value;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (!is_row(i, arg, &value))
			continue;
		r = options_take(i, arg, value, ret, err);
		if (r == 0 && rows[i].kind == NOTHING) {
			snprintf(text, sizeof(text),
				"argument '%s' changes nothing: %s",
				rows[i].name, rows[i].text);
			note(text, note_arg);
		}
		return r;
	}
	return options_refuse(arg, "it is unknown", err);
}

int pam_options_parse(int argc, const char *const *argv,
	struct pam_options *ret, pam_options_note *note, void *arg,
	struct error *err)
{
	struct pam_options o = { .timeout_ms = TIMEOUT_S * 1000 };
	int i, r = 0;

	for (i = 0; r == 0 && i < argc; i++)
		r = parse_one(argv[i], &o, note, arg, err);
	if (r == 0 && o.timeout_ms == 0)
		r = options_refuse("timeout=0", "nobody can touch that fast",
			err);
	if (r == 0)
		*ret = o;
	return r;
}
