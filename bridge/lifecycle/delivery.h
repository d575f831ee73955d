/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of a delivery, or of keys that others kept: CSV (RFC 4180) with a
 * line of column names.
 *
 * Columns, in any order and case: `serial` (digits), `label` (the sticker of a
 * key that has no serial number), `aaguid`, `product`, `lot`, and of kept keys
 * `holder`; others are passed over. One of serial and label must be in each row
 * (of kept keys the serial), and none twice in the list. A comma or a semicolon
 * separates, whichever the first line has; a byte order mark and CRLF are taken.
 * Refused are: control characters (a line end in quotes too), what is not UTF-8,
 * a field that a spreadsheet takes for a formula, rows that are longer or
 * shorter than the first.
 */
#ifndef BRIDGE_LIFECYCLE_DELIVERY_H
#define BRIDGE_LIFECYCLE_DELIVERY_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define INTAKE_FILE_MAX 4194304
#define INTAKE_ROWS_MAX 20000
#define INTAKE_COLUMNS_MAX 32

enum intake_kind {
	INTAKE_DELIVERY,
	INTAKE_KEPT, /* with a holder; each with a serial number */
};

struct intake_row {
	size_t line;
	bool has_serial;
	uint32_t serial;
	char *label;   /* owned, as the next three; NULL if none */
	char *holder;
	char *product;
	char *lot;
	bool has_aaguid;
	uint8_t aaguid[16];
};

struct intake_list {
	struct intake_row *p; /* owned */
	size_t n;
	char ignored[200]; /* names of columns that are passed over */
};

void intake_list_done(struct intake_list *list);

/*
 * Reads a whole list, of one row or more. ERROR_MALFORMED names the line, and
 * the column where it is one field's. Pure; *ret is untouched on failure.
 */
int intake_list_parse(const char *p, size_t n, enum intake_kind kind,
	struct intake_list *ret, struct error *err);

/* The same of a file; errors name it too. *ret is empty before. */
int intake_list_read(const char *path, enum intake_kind kind,
	struct intake_list *ret, struct error *err);

#endif
