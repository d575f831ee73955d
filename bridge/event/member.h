/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of an event: how long they may be, and access to them by name. The
 * forms themselves are in body.h.
 */
#ifndef BRIDGE_EVENT_MEMBER_H
#define BRIDGE_EVENT_MEMBER_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define EVENT_SHA_LEN 65
#define EVENT_SEQ_MAX INT64_C(9007199254740991) /* exact in every JSON reader */
#define EVENT_BYTES_MAX 4096 /* decoded size of a `bytes` member */

/* Access to a body that has passed event_check_body. */
const char *event_str(const json_t *body, const char *name);     /* or NULL */
int64_t event_int(const json_t *body, const char *name, int64_t otherwise);
bool event_bool(const json_t *body, const char *name);           /* or false */
/* Bytes of a `bytes` member into b (reset first); empty where missing. */
void event_bytes(const json_t *body, const char *name, struct buf *b);

/* A `bytes` member's value; NULL without memory. */
json_t *event_bytes_new(const void *p, size_t n);

#endif
