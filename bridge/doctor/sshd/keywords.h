/* SPDX-License-Identifier: Apache-2.0 */
/* The keywords of sshd_config(5), as sshd 9.2 of Debian has them. */
#ifndef BRIDGE_DOCTOR_SSHD_KEYWORDS_H
#define BRIDGE_DOCTOR_SSHD_KEYWORDS_H

#include <stdbool.h>

/* Between words where a form is of several: no word has it. */
#define SSHD_WORD_END "\n"

enum sshd_setting {
	SSHD_KEYS_COMMAND,
	SSHD_KEYS_COMMAND_USER,
	SSHD_PUBKEY,
	SSHD_PUBKEY_OPTIONS,
	SSHD_PUBKEY_ALGORITHMS,
	SSHD_HOSTBASED_ALGORITHMS,
	SSHD_HOST_KEY_ALGORITHMS,
	SSHD_CA_ALGORITHMS,
	SSHD_FINGERPRINT_HASH,
	SSHD_USE_PAM,
	SSHD_KEYS_FILE,
	SSHD_METHODS,
	SSHD_CA_KEYS,
	SSHD_REVOKED,
	SSHD_PASSWORD,
	SSHD_KEYBOARD,
	SSHD_HOSTBASED,
	SSHD_GSSAPI,
	SSHD_ROOT_LOGIN,
	SSHD_DENY_USERS,
	SSHD_ALLOW_USERS,
	SSHD_DENY_GROUPS,
	SSHD_ALLOW_GROUPS,
	SSHD_CHROOT,
	SSHD_PRINCIPALS_COMMAND,
	SSHD_PRINCIPALS_USER,
	SSHD_SETTINGS, /* none that is looked at */
};

/* What its value is. */
enum sshd_kind {
	KIND_ANY,     /* not checked */
	KIND_RAW,     /* something, to the end of the line */
	KIND_FLAG,    /* yes, no */
	KIND_WORD,
	KIND_CHOICE,  /* one of `choices` */
	KIND_FORM,    /* words, SSHD_WORD_END between, of the form `choices` */
	KIND_EACH,    /* words, each of that form */
	KIND_NAMES,   /* a list of `choices`; another sshd may have more */
	KIND_BARE_NAMES, /* ... which takes no + - ^ */
	KIND_ADDRESS, /* the same form, of an address or a host's name */
	KIND_STARTUPS, /* 10, 10:30:100 */
	KIND_SUBSYSTEM, /* a name, and its command to the end of the line */
	KIND_NUMBER,  /* or one of `choices` */
	KIND_MASK,    /* 0177 */
	KIND_BLOCK,   /* 32, 32:128 */
	KIND_REKEY,   /* 1G, and a time */
	KIND_QUALITY, /* one or two numbers, or `choices` */
	KIND_VERBOSE, /* words, or none */
	KIND_TIME,    /* 90, 1m30s */
	KIND_WORDS,
	KIND_LIST,    /* words, and those of each further line */
	KIND_USERS,   /* the same: patterns of users, some with @HOST */
	KIND_COMMAND, /* an absolute path to the end of the line, or none */
	KIND_ALGORITHMS,
	KIND_HASH,
	KIND_PUBKEY_OPTIONS,
	KIND_METHODS,
	KIND_INCLUDE,
	KIND_MATCH,
};

struct sshd_keyword {
	const char *name;
	bool in_match; /* may stand in a Match block */
	enum sshd_kind kind;
	enum sshd_setting setting;
	const char *choices; /* with blanks between, or an extended regular
	                      * expression; NULL */
};

/* In any case of letters; NULL where there is none. */
const struct sshd_keyword *sshd_keyword_find(const char *name);

const char *sshd_setting_name(enum sshd_setting setting);

#endif
