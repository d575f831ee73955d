/* SPDX-License-Identifier: Apache-2.0 */
/* Words and patterns of sshd_config(5), as sshd 9.2 cuts and matches them. */
#ifndef BRIDGE_DOCTOR_SSHD_WORDS_H
#define BRIDGE_DOCTOR_SSHD_WORDS_H

#include "base/error.h"

struct sshd_words {
	char *text;  /* owned */
	char **word; /* owned; they point into the text */
	size_t n;
};

void sshd_words_done(struct sshd_words *words);

/*
 * The next word of *p, which it changes and goes on behind: cut at blanks and
 * one `=`; quotes hold one together. NULL at the end, and where a quote is left
 * open; then nothing behind it is read. *p is NULL behind the last one.
 */
char *sshd_next_word(char **p);

/*
 * Cuts a value into words, quotes and backslashes taken off; with `comments`
 * what begins with # ends it. *ret_whole: no quote is left open.
 */
int sshd_split(const char *value, bool comments, struct sshd_words *ret,
	bool *ret_whole, struct error *err);

/* The words, with that between; owned by the caller, NULL without memory. */
char *sshd_words_join(const struct sshd_words *words, char between);

/* Whether the word matches a list of patterns with * and ?: -1 where one that
 * begins with ! does, 1, or 0. */
int sshd_match_list(const char *word, const char *patterns);

#endif
