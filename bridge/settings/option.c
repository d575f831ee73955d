/* SPDX-License-Identifier: Apache-2.0 */
/* Options and settings. */
#include "bridge/settings/option.h"

#include "base/file.h"
#include "base/keyvalue.h"
#include "base/paths.h"
#include "base/text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_MAX 65536

#define ANYWHERE (FROM_COMMAND_LINE | FROM_ENVIRONMENT | FROM_USER_FILE | \
	FROM_SYSTEM_FILE)
#define LINE FROM_COMMAND_LINE

const struct option_row option_rows[OPTION_COUNT] = {
	[OPTION_HELP] = { "help", 'h', NULL, NULL, NULL, NULL, LINE, true,
		"show help; with a command, its help" },
	[OPTION_VERSION] = { "version", 0, NULL, NULL, NULL, NULL, LINE, true,
		"show the version" },
	[OPTION_VERBOSE] = { "verbose", 'v', NULL, NULL, NULL, NULL, LINE, true,
		"say more about what is done" },
	[OPTION_CONFIG] = { "config", 0, "FILE", NULL, NULL, NULL, LINE, true,
		"read FILE in place of /etc/tokenbridge.conf" },
	[OPTION_JSON] = { "json", 0, NULL, NULL, NULL, NULL, LINE, true,
		"print one JSON object on standard output" },
	[OPTION_FORMAT] = { "format", 0, "FORMAT", NULL, NULL, "text", LINE,
		true, "text or json" },
	[OPTION_TOKEN] = { "token", 't', "TOKEN", "token", "TOKENBRIDGE_TOKEN",
		NULL, ANYWHERE, true,
		"which token: serial number, label or /dev/hidrawN (-d too)" },
	[OPTION_READERS] = { "readers", 0, NULL, NULL, NULL, NULL, LINE, true,
		"look for tokens on NFC and smart-card readers too" },
	[OPTION_REGISTRY] = { "registry", 0, "PATH", "registry",
		"TOKENBRIDGE_REGISTRY", PATH_REGISTRY,
		ANYWHERE, true, "the registry to use" },
	[OPTION_PROFILE] = { "profile", 0, "NAME", "profile", NULL, NULL,
		ANYWHERE & ~FROM_ENVIRONMENT, true,
		"AWS profile; credentials in the environment are then ignored" },
	[OPTION_REGION] = { "region", 0, "REGION", "region", NULL, NULL,
		ANYWHERE & ~FROM_ENVIRONMENT, true,
		"AWS region, which also says the partition" },
	[OPTION_ENDPOINT_URL] = { "endpoint-url", 0, "URL", NULL, NULL, NULL,
		LINE, true, "send AWS requests to URL (plain http: only to "
		"this machine)" },
	[OPTION_ACCOUNT] = { "account", 0, "ID", "account", NULL, NULL,
		ANYWHERE & ~FROM_ENVIRONMENT, true,
		"refuse every AWS account but this one" },
	[OPTION_PIN_FD] = { "pin-fd", 0, "N", NULL, NULL, NULL, LINE, false,
		"read the token's PIN from file descriptor N" },
	[OPTION_NEW_PIN_FD] = { "new-pin-fd", 0, "N", NULL, NULL, NULL, LINE,
		false, "read the token's new PIN from file descriptor N" },
	[OPTION_TOUCH_TIMEOUT] = { "touch-timeout", 0, "SECONDS",
		"touch_timeout", "TOKENBRIDGE_TOUCH_TIMEOUT", "30", ANYWHERE,
		false, "how long to wait for a touch" },
	[OPTION_METHOD] = { "method", 0, "METHOD", "method", NULL, NULL,
		ANYWHERE & ~FROM_ENVIRONMENT, false,
		"how to register: totp" },
	[OPTION_HOLDER] = { "holder", 0, "NAME", NULL, NULL, NULL, LINE, false,
		"the person who has the token; default: the user's name" },
	[OPTION_PLACE] = { "place", 0, "NAME", NULL, NULL, NULL, LINE, false,
		"the place where the token lies, instead of a person" },
	[OPTION_LABEL] = { "label", 0, "TEXT", NULL, NULL, NULL, LINE, false,
		"a name for the token in the registry" },
	[OPTION_FORCE] = { "force", 0, "REASON", NULL, NULL, NULL, LINE, false,
		"accept what is refused by default or by the policy; REASON "
		"is recorded (of verdicts never for forged, compromised, "
		"not-this-token)" },
	[OPTION_TICKET] = { "ticket", 0, "TEXT", NULL, NULL, NULL, LINE, false,
		"a ticket number for the record" },
	[OPTION_REASON] = { "reason", 0, "TEXT", NULL, NULL, NULL, LINE, false,
		"why, for the record" },
	[OPTION_LAST] = { "last", 0, NULL, NULL, NULL, NULL, LINE, false,
		"also a user's last device while there is a password or an "
		"active access key; needs --reason" },
	[OPTION_EVIDENCE] = { "evidence", 0, "FILE", NULL, NULL, NULL, LINE,
		false, "save the evidence in a new FILE" },
	[OPTION_FROM] = { "from", 0, "FILE", NULL, NULL, NULL, LINE, false,
		"check the evidence in FILE again, without a token" },
	[OPTION_AT] = { "at", 0, "WHEN", NULL, NULL, "now", LINE, false,
		"judge certificates as of `now`, a time, or with --from "
		"`made`" },
	[OPTION_SHA256] = { "sha256", 0, "HASH", NULL, NULL, NULL, LINE, false,
		"with --from: what the file's SHA-256 must be" },
	[OPTION_RECORD] = { "record", 0, NULL, NULL, NULL, NULL, LINE, false,
		"write the result into the registry" },
	[OPTION_FRESH] = { "fresh", 0, NULL, NULL, NULL, NULL, LINE, false,
		"ask a known token for a new attestation too (second touch)" },
	[OPTION_REPORT] = { "report", 0, "FILE", NULL, NULL, NULL, LINE, false,
		"read the credential report from FILE (- is standard input) "
		"and ask AWS nothing" },
	[OPTION_GENERATED] = { "generated", 0, "TIME", NULL, NULL, NULL, LINE,
		false, "when the report was made (a CSV does not say)" },
	[OPTION_CHECKS] = { "checks", 0, "LIST", "checks", NULL, NULL,
		ANYWHERE & ~FROM_ENVIRONMENT, false,
		"benchmark, house, or names of findings with commas" },
	[OPTION_VERIFY] = { "verify", 0, NULL, NULL, NULL, NULL, LINE, false,
		"check the whole chain, the evidence and the projections" },
	[OPTION_HEAD] = { "head", 0, "HEAD", NULL, NULL, NULL, LINE, false,
		"with --verify: a head written down earlier "
		"(stream:number:hash)" },
	[OPTION_REHEARSAL] = { "rehearsal", 0, NULL, NULL, NULL, NULL, LINE,
		false, "mark the registry for ever as one for tests" },
	[OPTION_OUTPUT] = { "output", 'o', "PATH", NULL, NULL, NULL, LINE,
		false, "the new file to make" },
	[OPTION_LOGIN_DB] = { "login-db", 0, "PATH", "login_db", NULL,
		PATH_STATE "/login.db", LINE | FROM_SYSTEM_FILE, false,
		"the file that PAM and sshd read" },
	[OPTION_VERIFY_REQUIRED] = { "verify-required", 0, NULL, NULL, NULL,
		NULL, LINE, false,
		"logging in also takes the token's PIN" },
	[OPTION_USER] = { "user", 0, "LOCALUSER", NULL, NULL, NULL, LINE,
		false, "the local user whose keys they are" },
	[OPTION_LOCAL] = { "local", 0, NULL, NULL, NULL, NULL, LINE, false,
		"USER is a local user: take away what lets him in by PAM and "
		"ssh" },
	[OPTION_PAM_DIR] = { "pam-dir", 0, "DIR", NULL, NULL, NULL, LINE,
		false, "the folder of PAM's services; default: /etc/pam.d, or "
		"/etc/pam.conf" },
	[OPTION_SSHD_CONFIG] = { "sshd-config", 0, "FILE", NULL, NULL,
		"/etc/ssh/sshd_config", LINE, false, "sshd's settings" },
	[OPTION_MDS] = { "mds", 0, "FILE|URL", NULL, NULL, NULL, LINE, false,
		"with update: where the blob is; default: FIDO's own service" },
	[OPTION_STATE] = { "state", 0, "STATE", NULL, NULL, NULL, LINE, false,
		"what becomes of the token: stock or lost" },
	[OPTION_OWN_PIN] = { "own-pin", 0, NULL, NULL, NULL, NULL, LINE, false,
		"the holder has set a PIN that nobody else knows (else that is "
		"asked)" },
	[OPTION_DRY_RUN] = { "dry-run", 0, NULL, NULL, NULL, NULL, LINE, false,
		"only say what would be done" },
	[OPTION_ONCE] = { "once", 0, NULL, NULL, NULL, NULL, LINE, false,
		"show what is there now, and end" },
	[OPTION_REGISTERED] = { "registered", 0, NULL, NULL, NULL, NULL, LINE,
		false, "only tokens with the serial number of a row in "
		"use" },
	[OPTION_LOGIN_MAX_AGE] = { NULL, 0, NULL, "login_max_age", NULL, "0",
		FROM_SYSTEM_FILE, true,
		"days after which login.db lets nobody in; 0: no limit" },
	[OPTION_CREDENTIALS] = { "credentials", 0, NULL, NULL, NULL, NULL,
		LINE, false, "ask for the PIN, and list what the token keeps" },
	[OPTION_ENTERPRISE] = { "enterprise", 0, NULL, NULL, NULL, NULL, LINE,
		false, "ask for enterprise attestation, which proves the "
		"serial number" },
	[OPTION_TRUST_DIR] = { NULL, 0, NULL, "trust_dir", NULL,
		PATH_STATE "/trust", FROM_SYSTEM_FILE, true,
		"directory of trusted makers' certificates" },
	[OPTION_MDS_ANCHORS] = { NULL, 0, NULL, "mds_anchors", NULL,
		"/usr/share/ca-certificates/mozilla/"
		"GlobalSign_Root_CA_-_R3.crt "
		"/usr/share/ca-certificates/mozilla/"
		"GlobalSign_Root_R46.crt", FROM_SYSTEM_FILE, true,
		"certificates that FIDO's metadata may be signed under: files "
		"with blanks between them, of which some may be absent" },
	[OPTION_ADVISORIES] = { NULL, 0, NULL, "advisories", NULL, NULL,
		FROM_SYSTEM_FILE, true,
		"a table of firmware advisories beside the built-in one" },
	[OPTION_POLICY] = { NULL, 0, NULL, "policy", NULL, NULL,
		FROM_SYSTEM_FILE, true,
		"the policy file: which tokens may be registered" },
};

#define LONG_BASE 256

static void set(struct options *o, enum option_id id, const char *value,
	unsigned from, struct error *err, int *ret)
{
	char *copy = strdup(value);

	if (!copy) {
		*ret = error_memory(err);
		return;
	}
	free(o->value[id]);
	o->value[id] = copy;
	o->from[id] = from;
}

static int unknown(char **argv, int code, struct error *err)
{
	const char *what = argv[optind - 1];

	if (code == ':')
		return error_set(err, ERROR_USAGE, "'%s' needs a value", what);
	if (optopt && optopt < LONG_BASE)
		return error_set(err, ERROR_USAGE, "unknown option '-%c'",
			optopt);
	if (optopt >= LONG_BASE)
		return error_set(err, ERROR_USAGE, "'%.*s' takes no value",
			(int)strcspn(what, "="), what);
	return error_set(err, ERROR_USAGE, "unknown option '%.*s'",
		(int)strcspn(what, "="), what);
}

static enum option_id option_of(int code)
{
	int i;

	if (code >= LONG_BASE)
		return (enum option_id)(code - LONG_BASE);
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].letter == code)
			return (enum option_id)i;
	return OPTION_TOKEN; /* -d, as ykman has it */
}

static void make_tables(struct option *longs, char *shorts)
{
	size_t n = 0;
	int i;

	*shorts++ = ':';
	for (i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		if (!row->name)
			continue;
		longs[n++] = (struct option){ row->name,
			row->argument ? required_argument : no_argument, NULL,
			LONG_BASE + i };
		if (row->letter) {
			*shorts++ = row->letter;
			if (row->argument)
				*shorts++ = ':';
		}
	}
	memcpy(shorts, "d:", 3);
	longs[n] = (struct option){ NULL, 0, NULL, 0 };
}

/*
 * getopt_long takes any unambiguous beginning of a name: `--pin=...` would
 * silently be --pin-fd. Scripts and PINs deserve better. `word` is what was
 * typed for the long option `name`; its value is never repeated.
 */
static int refuse_abbreviation(const char *word, const char *name,
	struct error *err)
{
	size_t n = strcspn(word + 2, "=");

	if (n == strlen(name) && memcmp(word + 2, name, n) == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"unknown option '%.*s' (--%s is written out)", (int)n + 2, word,
		name);
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	struct option longs[OPTION_COUNT + 1];
	char shorts[2 * OPTION_COUNT + 4];
	const char *word;
	int code, r = 0;

	make_tables(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		enum option_id id;

		if (code == '?' || code == ':')
			return unknown(argv, code, err);
		id = option_of(code);
		word = argv[optind - (optarg && optarg == argv[optind - 1] ?
			2 : 1)];
		if (code >= LONG_BASE)
			r = refuse_abbreviation(word, option_rows[id].name,
				err);
		if (r < 0)
			return r;
		if (o->value[id] && option_rows[id].argument)
			return error_set(err, ERROR_USAGE,
				"--%s is given twice", option_rows[id].name);
		set(o, id, option_rows[id].argument ? optarg : "1",
			FROM_COMMAND_LINE, err, &r);
		if (r < 0)
			return r;
	}
	o->argument_count = argc - optind;
	o->arguments = calloc((size_t)o->argument_count + 1, sizeof(char *));
	if (!o->arguments)
		return error_memory(err);
	memcpy(o->arguments, argv + optind,
		(size_t)o->argument_count * sizeof(char *));
	return 0;
}

void options_done(struct options *o)
{
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		free(o->value[i]);
	free(o->arguments);
	memset(o, 0, sizeof(*o));
}

static int setting_of(const char *p, size_t n)
{
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].setting &&
			strlen(option_rows[i].setting) == n &&
			memcmp(option_rows[i].setting, p, n) == 0)
			return i;
	return -1;
}

static int take_setting(struct options *o, const struct keyvalue *kv,
	const char *name, enum option_source from, bool *seen,
	struct error *err)
{
	CLEANUP(free_p) char *copy = NULL;
	int id, r = 0;

	id = setting_of(kv->name, kv->name_n);
	if (id < 0)
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: unknown setting '%.*s'", name,
			kv->line, (int)kv->name_n, kv->name);
	if (!(option_rows[id].from & from))
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: '%s' may stand only in %s", name,
			kv->line, option_rows[id].setting, PATH_SYSTEM_FILE);
	if (kv->value_n == 0 || seen[id])
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: '%s' is %s", name, kv->line,
			option_rows[id].setting,
			seen[id] ? "set twice" : "empty");
	seen[id] = true;
	copy = strndup(kv->value, kv->value_n);
	if (!copy)
		return error_memory(err);
	if (!o->value[id])
		set(o, (enum option_id)id, copy, from, err, &r);
	return r;
}

int options_parse_file(struct options *o, const char *p, size_t n,
	const char *name, enum option_source from, struct error *err)
{
	struct keyvalue_reader reader = { p, n, name, 0 };
	bool seen[OPTION_COUNT] = { false };
	struct keyvalue kv;
	int r;

	while ((r = keyvalue_next(&reader, &kv, err)) > 0) {
		r = take_setting(o, &kv, name, from, seen, err);
		if (r < 0)
			break;
	}
	return r;
}

static int load_file(struct options *o, const char *path,
	enum option_source from, bool must_exist, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool absent;
	int r;

	buf_init(&b, CONFIG_MAX);
	r = file_read(path, FILE_TRUSTED, &b, must_exist ? NULL : &absent,
		err);
	if (r < 0)
		return r;
	return options_parse_file(o, buf_str(&b), b.n, path, from, err);
}

static int load_environment(struct options *o, struct error *err)
{
	const char *value;
	int i, r = 0;

	for (i = 0; r == 0 && i < OPTION_COUNT; i++) {
		if (!option_rows[i].variable || o->value[i])
			continue;
		value = secure_getenv(option_rows[i].variable);
		if (value && *value)
			set(o, (enum option_id)i, value, FROM_ENVIRONMENT, err,
				&r);
	}
	return r;
}

static int load_user_file(struct options *o, struct error *err)
{
	const char *config = secure_getenv("XDG_CONFIG_HOME");
	const char *home = secure_getenv("HOME");
	CLEANUP(free_p) char *path = NULL;

	if (config && config[0] == '/')
		path = text_format("%s/tokenbridge.conf", config);
	else if (home && home[0] == '/')
		path = text_format("%s/.config/tokenbridge.conf", home);
	else
		return 0;
	if (!path)
		return error_memory(err);
	return load_file(o, path, FROM_USER_FILE, false, err);
}

static int set_fallbacks(struct options *o, struct error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < OPTION_COUNT; i++)
		if (!o->value[i] && option_rows[i].fallback)
			set(o, (enum option_id)i, option_rows[i].fallback, 0,
				err, &r);
	return r;
}

int options_load_system(struct options *o, struct error *err)
{
	int r = load_file(o, PATH_SYSTEM_FILE, FROM_SYSTEM_FILE, false, err);

	return r < 0 ? r : set_fallbacks(o, err);
}

int options_load(struct options *o, struct error *err)
{
	bool same = getuid() == geteuid() && getgid() == getegid();
	const char *system = PATH_SYSTEM_FILE;
	int r = 0;

	if (same && o->value[OPTION_CONFIG])
		system = o->value[OPTION_CONFIG];
	if (same)
		r = load_environment(o, err);
	if (r == 0 && same)
		r = load_user_file(o, err);
	if (r == 0)
		r = load_file(o, system, FROM_SYSTEM_FILE,
			strcmp(system, PATH_SYSTEM_FILE) != 0,
			err);
	return r < 0 ? r : set_fallbacks(o, err);
}

int option_number(const struct options *o, enum option_id id, uint64_t max,
	uint64_t *ret, struct error *err)
{
	if (text_parse_u64(o->value[id], max, ret) == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%s' for %s: a number of at most %llu is wanted",
		o->value[id], option_rows[id].name,
		(unsigned long long)max);
}
