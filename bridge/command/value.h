/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an argument or an option's value may be: how it is completed, and which
 * option a stray word probably belongs to.
 */
#ifndef BRIDGE_COMMAND_VALUE_H
#define BRIDGE_COMMAND_VALUE_H

#include "bridge/settings/option.h"

enum value {
	VALUE_TEXT,       /* anything: nothing to offer */
	VALUE_IAM_USER,   /* a name that IAM takes: nothing to offer */
	VALUE_WORDS,      /* one of a few; see value_words */
	VALUE_FILE,
	VALUE_FOLDER,
	VALUE_TOKEN,      /* attached tokens, and those of the registry */
	VALUE_REGISTERED, /* those of the registry */
	VALUE_PERSON,     /* holders of the registry */
	VALUE_PLACE,
	VALUE_LOCAL_USER,
	VALUE_ROLE,       /* that a person has */
	VALUE_ANY_ROLE,   /* also one that nobody has: of `policy print` */
	VALUE_COMMAND,    /* of this program */
	VALUE_VERB,       /* of the command before it */
};

/* What an option takes. */
struct value_taken {
	enum option_id id;
	enum value value;
	const char *words; /* of VALUE_WORDS, divided by blanks; else NULL */
};

/* What it takes of most verbs; see verb_takes() for those with a row of their
 * own. */
struct value_taken value_of(enum option_id id);

/* Whether `word` is one of `words`, which blanks divide. */
bool value_has_word(const char *words, const char *word);

/*
 * The option, of those that `has` says yes to, whose value `word` looks like
 * (digits: a token's serial number, a word of its few ...); 0 where none.
 */
enum option_id value_looks_like(const char *word,
	bool (*has)(const void *arg, enum option_id id), const void *arg);

/* "a token is named by": how a sentence about such an option begins. */
const char *value_phrase(enum option_id id);

#endif
