/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a statement into structs, by a table that names the member for each
 * column, in the statement's order.
 */
#ifndef BRIDGE_REGISTRY_SQLITE_FIELDS_H
#define BRIDGE_REGISTRY_SQLITE_FIELDS_H

#include "bridge/registry/sqlite/file/store.h"

#include <stddef.h>

enum field_type {
	FIELD_END,
	FIELD_CHARS,       /* char[more]; "" for NULL */
	FIELD_TEXT,        /* char *, owned; NULL for NULL */
	FIELD_BYTES,       /* owned, a size_t at `more`; NULL, 0 if empty */
	FIELD_SHA,         /* SHA256_LEN bytes from hex; the bool at `more` says
	                      whether there are any */
	FIELD_TIME,        /* time_t; 0 for NULL */
	FIELD_BOOL,
	FIELD_U32,
	FIELD_INT,
	FIELD_INT_OR_NONE, /* -1 for NULL */
	FIELD_WORD,        /* an enumerator from its word in `words` */
	FIELD_WORD_OR_NONE,/* the first for NULL */
	FIELD_RANK,        /* an enumerator, stored as its number */
};

struct field {
	enum field_type type;
	size_t offset; /* of the member in the struct */
	size_t more;   /* of a second one, or the size */
	const char *const *words;
};

#define FIELD(type, s, member) { FIELD_##type, offsetof(s, member), 0, NULL }
#define FIELD_OF_CHARS(s, member)                                              \
	{ FIELD_CHARS, offsetof(s, member), sizeof(((s *)NULL)->member), NULL }
#define FIELD_WITH(type, s, member, second)                                    \
	{ FIELD_##type, offsetof(s, member), offsetof(s, second), NULL }
#define FIELD_IN(type, s, member, words)                                       \
	{ FIELD_##type, offsetof(s, member), 0, words }

/* A struct and its table, which FIELD_END ends. */
struct fields {
	size_t size;
	const struct field *list;
};

/* An array of such structs, owned; NULL and 0 where there are none. */
struct rows {
	void *p;
	size_t n;
};

/*
 * All rows of a query. Members that no column fills are zero. *ret is untouched
 * on failure: ERROR_CORRUPT where a column holds no word of its list.
 */
int rows_read(struct registry *reg, const struct fields *fields,
	const char *sql, const struct value *values, struct rows *ret,
	struct error *err);

#endif
