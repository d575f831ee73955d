/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of options and settings. It drives the command line, the
 * configuration files, --help and the manual's check; it says for each where
 * it may come from. Security settings come from the system's file only.
 *
 * Order: command line, environment, ~/.config/tokenbridge.conf,
 * /etc/tokenbridge.conf (--config FILE stands for the latter), default.
 * Environment and user's file are ignored where uid and effective uid differ.
 */
#ifndef BRIDGE_SETTINGS_OPTION_H
#define BRIDGE_SETTINGS_OPTION_H

#include "base/error.h"

#include <stdint.h>

enum option_id {
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_VERBOSE,
	OPTION_CONFIG,
	OPTION_JSON,
	OPTION_FORMAT,
	OPTION_WIDE,
	OPTION_UNFINISHED,
	OPTION_COLUMNS,
	OPTION_TOKEN,
	OPTION_READERS,
	OPTION_REGISTRY,
	OPTION_PROFILE,
	OPTION_REGION,
	OPTION_ENDPOINT_URL,
	OPTION_ACCOUNT,
	OPTION_PIN_FD,
	OPTION_NEW_PIN_FD,
	OPTION_OATH_PASSWORD_FD,
	OPTION_CODES_FD,
	OPTION_TOUCH_TIMEOUT,
	OPTION_METHOD,
	OPTION_SERIAL,
	OPTION_ALLOW_VIRTUAL,
	OPTION_TEMPLATE,
	OPTION_EXACT_NAME,
	OPTION_ALSO,
	OPTION_INITIAL_PIN,
	OPTION_OPEN,
	OPTION_WAIT,
	OPTION_DEVICE,
	OPTION_CODE_OF,
	OPTION_HOLDER,
	OPTION_PLACE,
	OPTION_LABEL,
	OPTION_FORCE,
	OPTION_TICKET,
	OPTION_REASON,
	OPTION_LAST,
	OPTION_ALL,
	OPTION_LEAVER,
	OPTION_ORPHANS,
	OPTION_CUT_ACCESS,
	OPTION_YES,
	OPTION_ROLE,
	OPTION_STOLEN,
	OPTION_EVIDENCE,
	OPTION_FROM,
	OPTION_FROM_AWS,
	OPTION_AT,
	OPTION_SHA256,
	OPTION_RECORD,
	OPTION_FRESH,
	OPTION_REPORT,
	OPTION_GENERATED,
	OPTION_CHECKS,
	OPTION_STATUS,
	OPTION_SEVERITY,
	OPTION_FAIL_ON,
	OPTION_SUMMARY,
	OPTION_VERIFY,
	OPTION_HEAD,
	OPTION_PERSON,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_NAMES,
	OPTION_BUNDLE,
	OPTION_WHOLE,
	OPTION_REHEARSAL,
	OPTION_OUTPUT,
	OPTION_LOGIN_DB,
	OPTION_STATION,
	OPTION_VERIFY_REQUIRED,
	OPTION_USER,
	OPTION_ORIGIN,
	OPTION_APPID,
	OPTION_LOCAL,
	OPTION_PAM_DIR,
	OPTION_SSHD_CONFIG,
	OPTION_MDS,
	OPTION_STATE,
	OPTION_OWN_PIN,
	OPTION_SHOW,
	OPTION_LENGTH,
	OPTION_NO_FORCE,
	OPTION_FILE,
	OPTION_REMOVE,
	OPTION_DRY_RUN,
	OPTION_ONCE,
	OPTION_REGISTERED,
	OPTION_CREDENTIALS,
	OPTION_ENTERPRISE,
	OPTION_RESULT,
	OPTION_LABELS,
	OPTION_INITIAL_PINS,
	OPTION_STICK,
	OPTION_PACK,
	OPTION_SPLIT,
	OPTION_CHECK,
	OPTION_WITHOUT_API,
	OPTION_STATED,
	OPTION_AT_SIGN_IN,
	OPTION_BAG,
	OPTION_CUSTODIAN,
	OPTION_PAGE,
	OPTION_ASSUME_ROOT,
	OPTION_REMOVE_CREDENTIALS,
	OPTION_CONFIRM,
	OPTION_ACCOUNTS,
	OPTION_INVENTORY,
	OPTION_LIST_CHECKS,
	OPTION_MUTE,
	OPTION_PLAN,
	OPTION_OTHER_VERSION,
	OPTION_MAX_AGE,
	OPTION_ONLY_ACCOUNT,
	OPTION_WITHOUT,
	/* settings without an option */
	OPTION_TRUST_DIR,
	OPTION_MDS_ANCHORS,
	OPTION_ADVISORIES,
	OPTION_POLICY,
	OPTION_CA_BUNDLE,
	OPTION_PROXY,
	OPTION_LOGIN_MAX_AGE,
	OPTION_GREETER_UNITS,
	OPTION_LOCKER_SERVICES,
	OPTION_RETURN_ADDRESS,
	OPTION_AUDIT_RATE,
	OPTION_COUNT,
};

/* Where a value may come from */
enum option_source {
	FROM_COMMAND_LINE = 1,
	FROM_ENVIRONMENT = 2,
	FROM_USER_FILE = 4,
	FROM_SYSTEM_FILE = 8,
};

/* Who has an option, and where it is explained. */
enum option_scope {
	OPTION_OWN,        /* some verbs; by the help of each */
	OPTION_SHARED,     /* many verbs; once for all of them */
	OPTION_EVERYWHERE, /* every verb */
};

struct option_row {
	const char *name;     /* "touch-timeout": the option --touch-timeout */
	char letter;          /* short form, 0: none */
	const char *argument; /* name of its argument; NULL: none */
	const char *setting;  /* name in files; NULL: none */
	const char *variable; /* of the environment; NULL: none */
	const char *fallback; /* default, NULL: none */
	unsigned from;        /* option_source bits */
	enum option_scope scope;
	const char *help;     /* fits in a line behind the option */
	bool repeats;         /* given again its value is one more line */
};

extern const struct option_row option_rows[OPTION_COUNT];

struct options {
	char *value[OPTION_COUNT]; /* owned; NULL: not set; "1" for flags */
	unsigned from[OPTION_COUNT]; /* option_source, 0: default */
	char **arguments;          /* owned array of borrowed strings, NULL at
	                              the end; [0] is the command */
	int argument_count;
};

/* Copies a value, in place of the one before. */
int option_set(struct options *o, enum option_id id, const char *value,
	unsigned from, struct error *err);
/* Adds what environment and files say, then defaults. */
int options_load(struct options *o, struct error *err);
/*
 * Only the system's file and defaults: for programs of the login side, which
 * no person's settings concern.
 */
int options_load_system(struct options *o, struct error *err);
void options_done(struct options *o);

static inline const char *option(const struct options *o, enum option_id id)
{
	return o->value[id];
}

static inline bool option_is_set(const struct options *o, enum option_id id)
{
	return o->value[id] != NULL;
}

/* As a number of at most max; ERROR_USAGE names the option. */
int option_number(const struct options *o, enum option_id id, uint64_t max,
	uint64_t *ret, struct error *err);

/*
 * Parses a configuration file's bytes into *o where nothing better is set.
 * `from` is FROM_USER_FILE or FROM_SYSTEM_FILE. Errors name file and line; an
 * unknown setting, and one that may not stand in this file, are errors. Pure.
 */
int options_parse_file(struct options *o, const char *p, size_t n,
	const char *name, enum option_source from, struct error *err);

#endif
