/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a reply's element, copied into a struct by a table. */
#ifndef AWS_QUERY_FIELD_H
#define AWS_QUERY_FIELD_H

#include "aws/query/call.h"

enum field_type {
	FIELD_IS_STRING, /* char[size]; "" where absent */
	FIELD_IS_TIME,   /* time_t; 0 where absent */
	FIELD_IS_COUNT,  /* int64_t; -1 where absent */
	FIELD_IS_BOOL,   /* bool; false where absent */
};

struct field {
	const char *name; /* of the child element */
	enum field_type type;
	bool required;
	void *room;
	size_t size;
};

#define FIELD_STRING(name, array, required)                                    \
	{ name, FIELD_IS_STRING, required, array, sizeof(array) }
#define FIELD_TIME(name, room)                                                 \
	{ name, FIELD_IS_TIME, false, room, sizeof(*(room)) }
#define FIELD_COUNT(name, room)                                                \
	{ name, FIELD_IS_COUNT, false, room, sizeof(*(room)) }
#define FIELD_BOOL(name, room)                                                 \
	{ name, FIELD_IS_BOOL, false, room, sizeof(*(room)) }

/*
 * Fills every field's room. ERROR_MALFORMED where node is NULL, a required
 * child is missing or empty, a child comes twice, a text is too long or
 * unclean, a time, number or boolean cannot be read; `op` names the answer.
 */
int field_read(const struct xml_node *node, const struct field *fields,
	size_t count, const struct operation *op, struct error *err);

/*
 * For what was asked for by name: ERROR_MALFORMED where the answer names
 * another one, so that nothing is ever done to what nobody asked about. Names of
 * IAM differ by more than case. `told` "" (not told) passes, `asked` NULL too.
 */
int field_names(const struct operation *op, const char *field,
	const char *told, const char *asked, struct error *err);

/* One text by the type's rules, for values that are no child element. */
int field_set(const struct field *field, const char *text,
	const struct operation *op, struct error *err);

#endif
