/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the registry: what they may say, how they are written down and how
 * they are read back.
 *
 * An event is UTF-8 JSON of at most EVENT_MAX bytes with exactly the members
 *
 *   v        1
 *   stream   id of the station that wrote it
 *   seq      0, 1, 2 ... within the stream
 *   journal  id of the sequence of steps it belongs to
 *   step     number within the journal; (journal, step) names the event
 *   time     UTC, ISO 8601, seconds
 *   type     a name from the table below
 *   actor    {uid, host?, caller?, ticket?}: the login uid as a number, the
 *            others as ids of `names` rows
 *   body     an object, by type
 *
 * It is written once and kept as written; the hash chain (chain.h) runs over
 * those bytes. Because it can never be changed again it holds nothing personal:
 * names, ARNs, hosts, labels, tickets and reasons are ids of rows in `names`.
 *
 * Bodies. An id is 32 lower-case hex digits (16 random bytes), a sha 64; bytes
 * are base64url without padding; a word is [a-z0-9-], 1 to 32 characters; text
 * passes utf8_is_clean() and has 1 to TEXT_MAX bytes; `?` marks members that
 * may be missing (never null). Members that are not listed are allowed and
 * kept. AWS user ids are unique ids (AIDA...), for root the account id itself.
 *
 *   registry.init       rehearsal (bool), program? (text)
 *   registry.restored   seq, hash (sha): the last event that was brought back;
 *                       lost_first?, lost_last? (numbers), reason? (id)
 *   holder.added        holder (id, also its `names` row of kind holder),
 *                       kind (person|place), custodians? (ids), bag? (text)
 *   token.added         token (id, also its `names` row of kind label),
 *                       state (see registry_state_names), holder? (id), FACTS
 *   token.identified    token, FACTS
 *   token.assigned      token, holder, reason? (id): state becomes assigned
 *   token.state         token, state, evidence? (sha), reason? (id); `stock`
 *                       takes the holder away
 *   token.verified      token, verdict (0 or 20 to 27), evidence? (sha),
 *                       advisories? (list of text), FACTS
 *   credential.added    token, rp (text), credential (bytes), public_key
 *                       (bytes, COSE), alg (COSE number), counter, resident
 *                       (bool), uv? (bool: made with user verification),
 *                       aaguid? (32 hex digits), evidence? (sha), reason? (id)
 *   credential.used     token, rp, credential, counter, evidence? (sha)
 *   credential.removed  token, rp, credential, reason? (id)
 *   binding.added       binding (id), kind (aws|pam|ssh|oath), user (text: AWS
 *                       unique id, or local uid in digits), token? (id; none
 *                       for a phone app), account? (12 digits), device? (id of
 *                       `names` kind aws-device), method? (fido|totp|
 *                       hardware-totp|virtual), rp? (text), credential?
 *                       (bytes), local_user? (id), oath_account? (id),
 *                       ssh_key? (bytes: the public key as ssh sends it),
 *                       verify_required? (bool: login wants the user
 *                       verified, by PIN or biometry),
 *                       basis? (word: what it rests on), evidence? (sha),
 *                       reason? (id)
 *   binding.removed     binding, evidence? (sha), reason? (id)
 *   name.erased         names (list of {kind (word), id (text)}), reason? (id)
 *   checkpoint          seq, hash (sha): everything up to here was pruned
 *
 *   FACTS               model? (text), aaguid? (32 hex digits), firmware?
 *                       (text), firmware_signed? (bool), identifiers? (list of
 *                       {kind (word), value (text), basis (self-reported|
 *                       attested|proved)}), joins? (list of {a, b (fido|otp|
 *                       ccid), by (same-serial|same-usb-parent)})
 *
 * Types and words are for ever; a new word in a closed list raises the schema
 * version, so that an older program refuses the file instead of misreading it.
 */
#ifndef BRIDGE_REGISTRY_EVENT_H
#define BRIDGE_REGISTRY_EVENT_H

#include "base/buf.h"

#include <jansson.h>
#include <stdint.h>
#include <time.h>

#define EVENT_VERSION 1
#define EVENT_MAX 65536
#define EVENT_ID_LEN 33  /* 32 hex digits and a NUL */
#define EVENT_SHA_LEN 65
#define EVENT_SEQ_MAX INT64_C(9007199254740991) /* exact in every JSON reader */
#define EVENT_BYTES_MAX 4096 /* decoded size of a `bytes` member */

enum event_type {
	EVENT_UNKNOWN = -1, /* of a newer program: kept, not projected */
	EVENT_REGISTRY_INIT,
	EVENT_REGISTRY_RESTORED,
	EVENT_HOLDER_ADDED,
	EVENT_TOKEN_ADDED,
	EVENT_TOKEN_IDENTIFIED,
	EVENT_TOKEN_ASSIGNED,
	EVENT_TOKEN_STATE,
	EVENT_TOKEN_VERIFIED,
	EVENT_CREDENTIAL_ADDED,
	EVENT_CREDENTIAL_USED,
	EVENT_CREDENTIAL_REMOVED,
	EVENT_BINDING_ADDED,
	EVENT_BINDING_REMOVED,
	EVENT_NAME_ERASED,
	EVENT_CHECKPOINT,
	EVENT_TYPE_COUNT,
};

/* Who did it. Ids are "" where there is none. */
struct event_actor {
	uint32_t uid;
	char host[EVENT_ID_LEN];   /* `names` row of kind host */
	char caller[EVENT_ID_LEN]; /* of kind caller (the caller's ARN) */
	char ticket[EVENT_ID_LEN]; /* of kind ticket */
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
	char stream[EVENT_ID_LEN];
	uint64_t seq;
	char journal[EVENT_ID_LEN];
	uint32_t step;
	time_t time;
	struct event_actor actor;
	json_t *body; /* owned */
};

#define EVENT_INIT { .type = EVENT_UNKNOWN }

void event_done(struct event *e);

/* "token.added"; NULL for EVENT_UNKNOWN. */
const char *event_type_name(enum event_type type);
enum event_type event_type_of(const char *name);

/*
 * A new random id, in hex. ERROR_FAILED where the kernel gives no randomness.
 */
int event_id_new(char ret[EVENT_ID_LEN], struct error *err);
/* Whether s is exactly 32 lower-case hex digits. */
bool event_id_is_valid(const char *s);

/*
 * Whether `body` is one that `type` may have. ERROR_MALFORMED, naming the
 * member: a body is built by this program, or comes from a damaged file.
 */
int event_check_body(enum event_type type, const json_t *body,
	struct error *err);

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

/* Access to a body that has passed event_check_body. */
const char *event_str(const json_t *body, const char *name);     /* or NULL */
int64_t event_int(const json_t *body, const char *name, int64_t otherwise);
bool event_bool(const json_t *body, const char *name);           /* or false */
/* Bytes of a `bytes` member into b (reset first); empty where missing. */
void event_bytes(const json_t *body, const char *name, struct buf *b);

/* A `bytes` member's value; NULL without memory. */
json_t *event_bytes_new(const void *p, size_t n);

#endif
