/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A way through large JSON text (RFC 8259) without building a tree: members
 * and elements as ranges of the text. It finds ends and checks brackets and
 * strings; what is between them is for a parser to judge.
 */
#ifndef TOKEN_TRUST_JSONSCAN_H
#define TOKEN_TRUST_JSONSCAN_H

#include "base/util.h"

#include <stddef.h>

#define JSONSCAN_DEPTH_MAX 64

struct jsonscan_range {
	const char *p; /* into the text */
	size_t n;
};

/* Where a walk through one object or array stands. */
struct jsonscan {
	const char *at; /* after a failure: where */
	const char *end;
	char closing;   /* '}' or ']' */
	bool begun;
};

/*
 * Begins to walk through the object ('{') or array ('[') that the range holds;
 * false where it holds none.
 */
bool jsonscan_begin(struct jsonscan *s, struct jsonscan_range text,
	char opening);

/*
 * The next member: its name without quotes, escapes as they stand, and its
 * value. 1, 0 behind the last, -1 where the text is malformed.
 */
int jsonscan_member(struct jsonscan *s, struct jsonscan_range *ret_name,
	struct jsonscan_range *ret_value);
/* The next element of an array; likewise. */
int jsonscan_element(struct jsonscan *s, struct jsonscan_range *ret);

/* A member that is looked for. */
struct jsonscan_member {
	const char *name;
	struct jsonscan_range value; /* p NULL: not there */
};

/*
 * Finds members in an object that fills the text. -1 with *ret_at and *ret_why
 * (constant) where it is none, is malformed, or has one of them twice; those
 * that are not looked for are passed over. Both may be NULL.
 */
int jsonscan_find(struct jsonscan_range text, struct jsonscan_member *members,
	size_t n, const char **ret_at, const char **ret_why);

/* Whether only white space is behind the walk, which has come to its end. */
bool jsonscan_is_last(const struct jsonscan *s);

/* Inside of a string without escapes; false where it is no such value. */
bool jsonscan_string(struct jsonscan_range value, struct jsonscan_range *ret);

bool jsonscan_is(struct jsonscan_range r, const char *text);

#endif
