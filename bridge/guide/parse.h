/* SPDX-License-Identifier: Apache-2.0 */
/* A file of steps in memory: for this room. */
#ifndef BRIDGE_GUIDE_PARSE_H
#define BRIDGE_GUIDE_PARSE_H

#include "bridge/guide/guide.h"

#define GUIDE_SEQUENCES_MAX 64
#define GUIDE_LINKS_MAX 32

struct guide_entry {
	char *text;   /* owned; of a step */
	int needs;    /* the word that has to be known; -1: none */
};

struct guide_rows {
	char name[GUIDE_NAME_MAX];
	struct guide_entry *p; /* owned */
	size_t n;
};

struct guide_link {
	enum guide_word word;
	char partition[24];
	char *url; /* owned */
};

struct guide {
	char checked[GUIDE_DATE_LEN];
	struct guide_rows sequences[GUIDE_SEQUENCES_MAX];
	size_t n;
	struct guide_link links[GUIDE_LINKS_MAX];
	size_t links_n;
};

/* The word of these n bytes; -1: none. */
int guide_word_find(const char *p, size_t n);
const char *guide_word_name(enum guide_word word);

/* NULL where there is none. */
const struct guide_rows *guide_find(const struct guide *g, const char *name);

#endif
