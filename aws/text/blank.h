/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of text, and what counts as blank at their ends: what Python's
 * str.strip() takes away, because the shared files are read as Python reads
 * them.
 */
#ifndef AWS_TEXT_BLANK_H
#define AWS_TEXT_BLANK_H

#include <stdbool.h>
#include <stddef.h>

/* n bytes of UTF-8 that somebody else owns. */
struct span {
	const char *p;
	size_t n;
};

struct span span_trim(struct span s);
struct span span_trim_end(struct span s);
/* The next line out of *rest, as str.splitlines() has them; false at its end. */
bool span_line(struct span *rest, struct span *ret);

#endif
