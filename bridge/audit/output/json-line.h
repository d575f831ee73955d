/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects, one a line, into a large buffer: millions of them, whose texts
 * are nearly all plain. What is written is to the byte what jansson and
 * ui_put_json make of the same values.
 */
#ifndef BRIDGE_AUDIT_OUTPUT_JSON_LINE_H
#define BRIDGE_AUDIT_OUTPUT_JSON_LINE_H

#include "bridge/run/json.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

struct json_line;

/* NULL without memory. `to` is borrowed. */
struct json_line *json_line_new(FILE *to);
/* Writes what is left; accepts NULL at both levels. */
void json_line_free(struct json_line **l);
/* So that others may write to the stream. */
void json_line_flush(struct json_line *l);

/* An object in a line of its own; `between` stands before it. */
void json_line_begin(struct json_line *l, const char *between);
void json_line_end(struct json_line *l);

/* A member of it. A text that is "" or NULL is null. */
void json_line_text(struct json_line *l, const char *name, const char *s);
void json_line_string(struct json_line *l, const char *name, const char *s);
void json_line_time(struct json_line *l, const char *name, time_t t);
void json_line_number(struct json_line *l, const char *name, bool known,
	uint64_t n);
/* Strings, as many as there are before a NULL, max at most. */
void json_line_strings(struct json_line *l, const char *name,
	const char *const *s, size_t max);
/* Anything; its reference is taken; NULL: null. */
void json_line_value(struct json_line *l, const char *name, json_t *value);

#endif
