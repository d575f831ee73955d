/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of `name = value` lines, as our own settings and policies are: blanks
 * around either do not count, empty lines and those that begin with # neither.
 */
#ifndef BASE_KEYVALUE_H
#define BASE_KEYVALUE_H

#include "base/error.h"

/* Where the reading stands; bytes and name are borrowed. */
struct keyvalue_reader {
	const char *p;
	size_t n;
	const char *file; /* for errors */
	size_t line;      /* that was read last, from 1; 0 at the beginning */
};

/* One line; the parts point into the bytes and have no NUL behind them. */
struct keyvalue {
	const char *name; /* at least a byte */
	size_t name_n;
	const char *value; /* may be empty */
	size_t value_n;
	size_t line;
};

/*
 * The next line that says something into *ret. 1 where there is one, 0 at the
 * end. ERROR_USAGE, which names file and line, where one has no =, no name, or
 * characters that utf8_is_clean refuses. *ret is untouched but for 1.
 */
int keyvalue_next(struct keyvalue_reader *r, struct keyvalue *ret,
	struct error *err);

#endif
