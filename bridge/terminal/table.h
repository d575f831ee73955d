/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table on standard output. On a terminal it fits: the last column goes on in
 * the next line, and where that has no room the column that is missed least is
 * left out, and said so on standard error. Everywhere else it is whole.
 */
#ifndef BRIDGE_TERMINAL_TABLE_H
#define BRIDGE_TERMINAL_TABLE_H

#include "base/error.h"

#define TABLE_COLUMNS_MAX 12

struct table_column {
	const char *head; /* capitals */
	unsigned rank;    /* 0: never left out; the largest goes first */
};

/* How a person wants it; all 0: as it fits. */
struct table_view {
	bool wide;           /* nothing is left out or broken */
	const char *columns; /* "SERIAL,PRODUCT": these, in this order; any
	                        case; NULL: all */
};

struct table;

/* Columns are borrowed. NULL without memory, which the others take. */
struct table *table_new(const struct table_column *columns, size_t n);
/* Copies a string a column, made clean; NULL and "" read as "-". */
void table_row(struct table *t, const char *const *cells);
/* Prints, then frees. */
void table_print(struct table **t, const struct table_view *view);

/* ERROR_USAGE where view->columns names one that there is not. */
int table_check_view(const struct table_column *columns, size_t n,
	const struct table_view *view, struct error *err);

#endif
