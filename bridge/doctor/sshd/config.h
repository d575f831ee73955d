/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sshd_config(5), as far as sk keys out of login.db rest on it, read as sshd 9.2
 * reads it. Nothing here opens a file.
 */
#ifndef BRIDGE_DOCTOR_SSHD_CONFIG_H
#define BRIDGE_DOCTOR_SSHD_CONFIG_H

#include "bridge/doctor/sshd/keywords.h"
#include "bridge/doctor/sshd/words.h"

#define SSHD_FILE_MAX 1048576

/* What a line says. */
struct sshd_value {
	char *text;         /* owned; NULL: not set; a list's words in lines */
	char file[256];
	unsigned number;
};

/* Who logs in; everything is borrowed. */
struct sshd_person {
	const char *name;          /* NULL: nobody in particular */
	const char *const *groups; /* that the person is in; NULL: not known */
	size_t groups_n;
};

enum sshd_truth {
	SSHD_NO,
	SSHD_YES,
	SSHD_MAYBE,
};

struct sshd_config {
	/* What counts for the person. Of one that may be set otherwise, by a
	 * Match block that is not known to match, unsure[] is true. */
	struct sshd_value value[SSHD_SETTINGS];
	bool unsure[SSHD_SETTINGS];
	/* What counts before anybody is known: sshd starts by that. */
	struct sshd_value global[SSHD_SETTINGS];
	struct sshd_value wrong;   /* why sshd does not start */
	struct sshd_value unknown; /* what sshd may not know, or take */
	struct sshd_value passed;  /* another AuthorizedKeysCommand, which names
	                            * the wanted program and does not count */

	/* While it is read. */
	const struct sshd_person *person; /* NULL: for the global ones */
	const char *wanted;               /* name of a program; borrowed */
	struct sshd_value subsystems;     /* names, in lines */
	struct sshd_value matched[SSHD_SETTINGS];
	enum sshd_truth active;           /* lines count */
	bool match_only, never;           /* of the file that is read */
	unsigned depth;                   /* of Include */
};

void sshd_config_done(struct sshd_config *c);

/*
 * A pattern of an Include: reads those files into *c by sshd_config_parse, also
 * where c->active is SSHD_NO.
 */
typedef int sshd_include(const char *pattern, struct sshd_config *c, void *arg,
	struct error *err);

/*
 * Adds the bytes of a file to *c. sshd reads all twice: for what counts for
 * everybody, then for what Match blocks set. So it begins as zeros and
 * sshd_config_begin; once all is read, sshd_config_match, and all again; then
 * sshd_config_end. Fails for want of memory, or as `include` does.
 */
void sshd_config_begin(struct sshd_config *c, const char *wanted);
void sshd_config_match(struct sshd_config *c, const struct sshd_person *who);
int sshd_config_parse(const unsigned char *p, size_t n, const char *file,
	struct sshd_config *c, sshd_include *include, void *arg,
	struct error *err);
int sshd_config_end(struct sshd_config *c, struct error *err);

/* Name of the program of a command's first word; false without one. */
bool sshd_command_is(const char *command, const char *program);

/* ---- parts (values.c, forms.c, match.c, algorithms.c, admits.c) ---- */

/* Why sshd refuses the words of a line, whose `rest` stands behind the keyword;
 * NULL: it takes them. */
const char *sshd_value_wrong(const struct sshd_keyword *keyword,
	const char *rest, const struct sshd_words *words);

/* Whether the words, SSHD_WORD_END between, are of the form: an extended regular
 * expression over all of it. */
bool sshd_words_fit(const struct sshd_words *words, const char *form);

/* Whether sshd takes such a MaxStartups: 10, or 10:30:100. */
bool sshd_is_startups(const char *word);

/* ... such a time: 90, 1m30s. */
bool sshd_is_time(const char *word);

/* ... such a number, at least 0: as strtonum(3) takes it. */
bool sshd_is_number(const char *word);

/* ... such a StreamLocalBindMask: octal, up to 0777. */
bool sshd_is_mask(const char *word);

/* ... such a PerSourceNetBlockSize: bits of IPv4, or of both. */
bool sshd_is_block(const char *word);

/* ... such an amount of RekeyLimit: 1G; 0, or at least 16 bytes. */
bool sshd_is_amount(const char *word);

/* ... such a number of IPQoS. */
bool sshd_is_quality(const char *word);

/* Whether the host of a ListenAddress is known without asking anybody: an
 * address, or localhost. */
bool sshd_host_known(const char *word);

/* Whether each name of a list, with + - ^ before it or not (bare), is one of
 * `names`, which have blanks between. */
bool sshd_names_known(const char *list, const char *names, bool bare);

/* Whether none of them is empty. */
bool sshd_words_full(const struct sshd_words *words);

/*
 * Whether a Match line's criteria, which are changed, hold for the person; NULL:
 * as sshd sees them before anybody is known. *ret_why: sshd refuses the line.
 * *ret_newer: a criterion that only newer ones know, and what follows is not
 * looked at.
 */
enum sshd_truth sshd_match(char *criteria, const struct sshd_person *who,
	const char **ret_why, const char **ret_newer);

/* Whether sshd takes such a list of addresses, names and patterns. */
bool sshd_addresses_valid(const char *list);

/* Whether sshd takes such a list of key types. */
bool sshd_algorithms_valid(const char *list);

/* Whether a key of that type may sign. */
bool sshd_algorithms_have(const char *list, const char *type);

/*
 * Whether no type is left, of those of certificates or without them. Then sshd
 * does not start, but where the list takes types away (-): for want of any it
 * takes the default.
 */
bool sshd_algorithms_none(const char *list, bool certificates);

/*
 * Whether one of the lists of AuthenticationMethods can be met by what is
 * switched on; `with_key`: one that asks for a key, and by what Linux has behind
 * it. Without the setting any will do.
 */
bool sshd_methods_met(const struct sshd_value values[SSHD_SETTINGS],
	bool with_key);

/*
 * Whether the lists of those who may log in at all have the person, once all is
 * read; *ret_by is the setting that decides where it is not a yes. Maybe: where
 * the person comes from decides, or the person's groups.
 */
enum sshd_truth sshd_admits(const struct sshd_config *c,
	const struct sshd_person *who, enum sshd_setting *ret_by);

#endif
