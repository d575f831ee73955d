/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reply of a service: of the query protocol (IAM, STS) the result element of
 * a success, of the JSON protocol its object, or code and message of a refusal.
 *
 * Errors come as ErrorResponse/Error, ErrorResponse/Errors/Error and
 * Response/Errors/Error, with Message or message, RequestId or RequestID.
 */
#ifndef AWS_QUERY_REPLY_H
#define AWS_QUERY_REPLY_H

#include "aws/query/xml.h"

#include <jansson.h>

struct reply {
	struct xml *xml;              /* owned */
	json_t *json;                 /* owned; of the JSON protocol */
	const struct xml_node *result; /* ACTIONResult; NULL where the action
	                                  has none */
	char request_id[64];
};

/* A refusal, cleaned for printing. */
struct refusal {
	char code[64];
	char message[4096]; /* names of what it is about are up to 2048 */
	char request_id[64];
};

/*
 * Reads a body. Returns 1 with *ret filled for ACTIONResponse, 0 with
 * *ret_refusal filled for an error document; ERROR_MALFORMED for everything
 * else, with what it seems to be ("HTML: '<html>...'"). `action` is the
 * operation ("ListUsers"). On failure nothing is touched.
 */
int reply_read(const void *p, size_t n, const char *action, struct reply *ret,
	struct refusal *ret_refusal, struct error *err);
/*
 * The same for the JSON protocol: an object is a success where `good`, else a
 * refusal by its `__type` and `message`. Depth and size are jansson's and the
 * caller's; a member twice is malformed.
 */
int reply_read_json(const void *p, size_t n, bool good, struct reply *ret,
	struct refusal *ret_refusal, struct error *err);
/* Wipes. */
void reply_done(struct reply *r);

#endif
