/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sshd_config(5), as far as sk keys out of login.db rest on it. Nothing here
 * opens a file.
 */
#ifndef BRIDGE_DOCTOR_SSHD_H
#define BRIDGE_DOCTOR_SSHD_H

#include "bridge/doctor/doctor.h"

#define SSHD_FILE_MAX 1048576
#define SSHD_WORD_MAX 1024 /* of a pattern or a setting's value */

enum sshd_setting {
	SSHD_KEYS_COMMAND,
	SSHD_KEYS_COMMAND_USER,
	SSHD_PUBKEY,
	SSHD_PUBKEY_OPTIONS,
	SSHD_PUBKEY_ALGORITHMS,
	SSHD_FINGERPRINT_HASH,
	SSHD_USE_PAM,
	SSHD_SETTINGS,
};

struct sshd_config {
	char *value[SSHD_SETTINGS]; /* owned; the first one; NULL: not set */
	bool in_match;              /* while it is read */
	bool has_match;             /* a Match block sets one of them */
	unsigned depth;             /* of Include */
};

void sshd_config_done(struct sshd_config *c);

/*
 * A pattern of an Include that counts: reads those files into *c by
 * sshd_config_parse.
 */
typedef int sshd_include(const char *pattern, struct sshd_config *c, void *arg,
	struct error *err);

/*
 * Adds a file's bytes to *c, which begins as zeros. The first value wins. What
 * stands in Match blocks, but `Match all`, is left out. A block ends with its
 * file. Fails for want of memory, or as `include` does.
 */
int sshd_config_parse(const unsigned char *p, size_t n, struct sshd_config *c,
	sshd_include *include, void *arg, struct error *err);

/*
 * Cuts a value into its words, quotes taken off; the words point into `value`,
 * which is changed. Their number, at most max.
 */
size_t sshd_words(char *value, char **words, size_t max);

/* What the machine says about the settings. */
struct sshd_facts {
	const char *expected;          /* where our command is installed */
	const char *group;             /* that reads login.db */
	const struct path_step *steps; /* the command's, as resolved */
	size_t steps_n;                /* 0: it is not there */
	bool executable;
	bool user_known;               /* AuthorizedKeysCommandUser exists */
	uid_t user_uid;
	bool in_group;
};

/* Whether the command is ours. */
bool sshd_judge(const struct sshd_config *c, const struct sshd_facts *facts,
	struct findings *f);

#endif
