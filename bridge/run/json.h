/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of JSON that are written the same way everywhere. All are new
 * references, NULL without memory; json_pack takes a NULL and becomes NULL as a
 * whole, so that nobody prints half of a thing.
 */
#ifndef BRIDGE_RUN_JSON_H
#define BRIDGE_RUN_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A string, null where there is none or it is empty. */
json_t *json_of_text(const char *s);
/* UTC in RFC 3339, null for 0. */
json_t *json_of_time(time_t t);
/* null where it is not known. */
json_t *json_of_number(bool known, uint64_t n);
json_t *json_of_flag(bool known, bool flag);
/* The words of a text, which stand between blanks. */
json_t *json_of_words(const char *s);

/*
 * Adds to a list or an object, and takes `value`. What finds no memory, or is
 * NULL, makes *o NULL, and so it stays: one test at the end is enough.
 */
void json_row(json_t **o, json_t *value);
void json_member(json_t **o, const char *name, json_t *value);

#endif
