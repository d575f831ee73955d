/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out where a test wants it: allocation number n fails, alone
 * or with all that follow. What allocates asks scarce_fails() first; SQLite is
 * made to.
 */
#ifndef TESTS_UNIT_SCARCE_H
#define TESTS_UNIT_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

struct scarce {
	long countdown; /* until one fails, that one counted; 0: none does */
	bool onwards;   /* all behind it fail, too */
	bool met;       /* one has failed */
};

extern struct scarce scarce;

/* Counts one allocation: does it fail? */
bool scarce_fails(void);

/* What memory is really taken from. */
struct scarce_heap {
	void *(*take)(size_t n);
	void *(*resize)(void *p, size_t n);
	void (*give)(void *p);
};

/* SQLite's memory is this one's; before any other call of SQLite. */
bool scarce_sqlite(struct scarce_heap heap);

#endif
