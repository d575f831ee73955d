/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the registry: how they are written down and read back. What they
 * may say is in body.h.
 *
 * An event is UTF-8 JSON of at most EVENT_MAX bytes with exactly the members
 *
 *   v        1
 *   stream   id of the station that wrote it
 *   seq      0, 1, 2 ... within the stream
 *   journal  id of the sequence of steps it belongs to
 *   step     number within the journal; (journal, step) names the event
 *   time     UTC, ISO 8601, seconds
 *   type     a name from the table in body.h
 *   actor    {uid, host?, caller?, ticket?}: the login uid as a number, the
 *            others as ids of `names` rows
 *   body     an object, by type: body.h
 *
 * It is written once and kept as written; the hash chain (chain.h) runs over
 * those bytes. Because it can never be changed again it holds nothing personal:
 * names, ARNs, hosts, labels, tickets and reasons are ids of rows in `names`.
 */
#ifndef BRIDGE_EVENT_EVENT_H
#define BRIDGE_EVENT_EVENT_H

#include "base/id.h"
#include "bridge/event/body.h"

#include <stdint.h>
#include <time.h>

#define EVENT_VERSION 1
#define EVENT_MAX 65536

/* Who did it. Ids are "" where there is none. */
struct event_actor {
	uint32_t uid;
	char host[ID_LEN];   /* `names` row of kind host */
	char caller[ID_LEN]; /* of kind caller (the caller's ARN) */
	char ticket[ID_LEN]; /* of kind ticket */
};

/* What a caller wants written; nothing in it is owned. */
struct event_draft {
	enum event_type type;
	const char *journal; /* NULL: an event by itself, gets a new journal */
	uint32_t step;
	time_t time;         /* 0: now */
	struct event_actor actor;
	const json_t *body;
};

/* An event read back. */
struct event {
	enum event_type type;
	char type_name[33];
	char stream[ID_LEN];
	uint64_t seq;
	char journal[ID_LEN];
	uint32_t step;
	time_t time;
	struct event_actor actor;
	json_t *body; /* owned */
};

#define EVENT_INIT { .type = EVENT_UNKNOWN }

void event_done(struct event *e);

/*
 * Appends the bytes of an event to b (whose maximum should be EVENT_MAX):
 * checks the draft first. The draft's journal must be set, its time not 0.
 */
int event_build(struct buf *b, const char *stream, uint64_t seq,
	const struct event_draft *draft, struct error *err);

/*
 * Reads an event strictly: size, UTF-8, no duplicate and no unknown member at
 * the top, no control characters in any string, depth, every member's form,
 * and the body by its type. Any other type name that is well formed is
 * EVENT_UNKNOWN and only its body's being an object is checked.
 * ERROR_MALFORMED; ERROR_UNSUPPORTED where v is a later version.
 */
int event_parse(const unsigned char *p, size_t n, struct event *ret,
	struct error *err);

/*
 * Whether the event says what the draft says: type and body. Time and actor
 * are not compared, since a repeated step runs later.
 */
bool event_says(const struct event *e, const struct event_draft *draft);

#endif
