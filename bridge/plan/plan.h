/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a rollout: a CSV whose first line names the columns.
 *
 * `account`, `user`, `holder`, `method` and `label` must be there, in any order
 * and case; `serial` may be, which is a number, but with `hardware-totp` what
 * stands on the back of the token. An empty holder is the user, an empty label none;
 * account, user and method stand in every row. Other columns are kept, and
 * written back to the result. Pure.
 */
#ifndef BRIDGE_PLAN_PLAN_H
#define BRIDGE_PLAN_PLAN_H

#include "bridge/plan/csv.h"

#define PLAN_ROWS_MAX 20000
#define PLAN_PROBLEMS_MAX 50 /* so many are told; all are counted */

enum plan_column {
	PLAN_OTHER,
	PLAN_ACCOUNT,
	PLAN_USER,
	PLAN_HOLDER,
	PLAN_METHOD,
	PLAN_LABEL,
	PLAN_SERIAL,
	PLAN_COLUMNS,
};

/* The word of the first line. */
const char *plan_column_name(enum plan_column c);

struct plan_row {
	size_t line;
	char **fields; /* owned: as many as columns, as they were read */
	/* of these, borrowed; label "": none */
	const char *account, *user, *holder, *method, *label;
	const char *printed; /* of method hardware-totp: the serial as it stands,
	                        "" none; checked by who knows AWS's form */
	bool has_serial;     /* of the others */
	uint32_t serial;
};

struct plan_problem {
	size_t line;
	size_t column; /* from 1; 0: of the whole row */
	char text[240];
};

struct plan {
	char *names[CSV_COLUMNS_MAX]; /* owned: of the columns */
	size_t columns_n;
	size_t where[PLAN_COLUMNS];   /* which one it is, from 1; 0: none */
	struct plan_row *rows;        /* owned */
	size_t n;
	struct plan_problem problems[PLAN_PROBLEMS_MAX];
	size_t problems_n; /* all of them: may be more than are kept */
};

void plan_done(struct plan *p);

/*
 * Reads a whole plan of one row or more. What is wrong with single rows becomes
 * problems, so that all are told at once; what cannot be read as a table at all
 * is ERROR_MALFORMED with line and column, and *ret is untouched then.
 */
int plan_parse(const char *p, size_t n, struct plan *ret, struct error *err);
/* The same of a file; errors name it. */
int plan_read(const char *path, struct plan *ret, struct error *err);

/* Adds one about a row; column PLAN_OTHER: about the whole. */
void plan_complain(struct plan *p, const struct plan_row *row,
	enum plan_column c, const char *fmt, ...) PRINTF(4, 5);

/* "line 3, column 2 (user): ..." */
void plan_problem_text(const struct plan *p, const struct plan_problem *x,
	char *ret, size_t size);

/*
 * What names the first n rows, whatever the other columns say: digest of
 * account, user, holder, method, label and serial of each.
 */
int plan_digest(const struct plan *p, size_t n, char ret[65],
	struct error *err);

#endif
