/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry: who has which token, what it is bound to, and on what evidence
 * that rests.
 *
 * One ledger of events (event.h) is the truth. Rows about tokens, holders,
 * credentials and bindings are projections of it: they can be thrown away and
 * made again. Three things stand beside the events because they must be
 * removable without touching them: `names` (everything personal), evidence
 * (named by its SHA-256) and reservations (they expire).
 *
 * There is no transaction over several calls. Whoever writes more than one
 * thing writes evidence and names first and the event last: what is killed in
 * between leaves rows that nothing points to, never an event that points to
 * nothing. Every call that returns success is durable.
 *
 * A handle is for one thread and is not carried over a fork. Lists and structs
 * that are handed out belong to the caller (registry_*_done), and strings in
 * them are owned by them unless said otherwise. Times are UTC.
 *
 * Errors, where not said otherwise: ERROR_BUSY when another process keeps the
 * file locked for longer than REGISTRY_WAIT_MS, ERROR_CORRUPT when the file is
 * damaged (it is left as it is), ERROR_PERMISSION when it may not be read or
 * written, ERROR_FAILED for a full disk and the like (nothing was written).
 */
#ifndef BRIDGE_REGISTRY_REGISTRY_H
#define BRIDGE_REGISTRY_REGISTRY_H

#include "bridge/event/event.h"
#include "bridge/registry/head.h"
#include "bridge/registry/rows.h"

#include <stddef.h>

#define REGISTRY_WAIT_MS 10000
#define REGISTRY_EVIDENCE_MAX 1048576
#define REGISTRY_RESERVE_MAX 86400 /* seconds */

/* ---- opening ---- */

struct registry;

enum registry_mode {
	REGISTRY_READ,
	REGISTRY_WRITE,
};

/*
 * Makes a registry: a new file (0600; missing directories 0700) whose event 0
 * carries the rehearsal mark for ever. ERROR_CONFLICT where path exists;
 * nothing is left behind on failure.
 */
int registry_init(const char *path, bool rehearsal, struct error *err);

/*
 * Opens a registry. The file and its directory must belong to root or the
 * effective user and be writable by nobody else (ERROR_PERMISSION). A later
 * schema is ERROR_UNSUPPORTED. Damage that shows without reading everything
 * (structure, first and last event, last link of the chain) is ERROR_CORRUPT.
 *
 * REGISTRY_READ changes nothing but what the store must to undo a write that a
 * crash cut short; where it may not do that either (read-only medium, no
 * permission) the open fails and says so.
 *
 * A file that is not there: success with *ret_absent = true and *ret = NULL
 * where ret_absent is not NULL, else ERROR_FAILED with the command to run.
 */
int registry_open(struct registry **ret, const char *path,
	enum registry_mode mode, bool *ret_absent, struct error *err);
void registry_free(struct registry **reg);

/* Whether it is there, as far as that can be seen, and may not be read. */
bool registry_is_closed(const char *path);

/* Borrowed; valid until registry_free. */
const char *registry_path(const struct registry *reg);
/* Id of this station, which is its stream. */
const char *registry_station(const struct registry *reg);
bool registry_is_rehearsal(const struct registry *reg);

/* ---- events ---- */

/*
 * Fills an actor: login uid (/proc/self/loginuid, else the real uid), host
 * name, and where not NULL the caller's ARN and the ticket, all put into
 * `names`.
 */
int registry_actor(struct registry *reg, const char *caller_arn,
	const char *ticket, struct event_actor *ret, struct error *err);

/*
 * Appends one event. Where (journal, step) has been written before, with the
 * same type and body, nothing changes and the call succeeds; with others it is
 * ERROR_CONFLICT. ret_head (or NULL) is the head at that event.
 */
int registry_append(struct registry *reg, const struct event_draft *draft,
	struct registry_head *ret_head, struct error *err);

/*
 * Everything that `act` writes, names, events and evidence of one thing or of
 * one file, or nothing of it, also where the process dies in between; it is
 * flushed once. It is done without asking anybody: others wait as long as it
 * takes. What it returns is returned. Not within another.
 */
typedef int registry_act_fn(void *data, struct error *err);
int registry_together(struct registry *reg, registry_act_fn *act, void *data,
	struct error *err);

int registry_head(struct registry *reg, struct registry_head *ret,
	struct error *err);

/*
 * Calls `each` for the station's events from number `first` on, in order,
 * until it returns non-zero, which is then returned (negative: it has filled
 * in err). `bytes` are the event as written. Everything is borrowed for the
 * length of the call. A damaged event ends it with ERROR_CORRUPT. The chain is
 * not checked: see registry_verify.
 */
typedef int registry_event_fn(const struct event *event,
	const struct registry_head *head, const unsigned char *bytes, size_t n,
	void *arg, struct error *err);
int registry_events(struct registry *reg, uint64_t first,
	registry_event_fn *each, void *arg, struct error *err);

/* ---- names ---- */

/*
 * Kinds: with their own id, the same value giving the same id:
 *   host, holder, caller, ticket, reason, local-user, aws-device,
 *   oath-account, bag
 * and under an id that the caller has:
 *   label     token id
 *   aws-user  ACCOUNT/USERID -> user name
 *   account   ACCOUNT -> alias
 *   recipients  holder id -> the keys that the holder's secrets are encrypted
 *             for (bridge/seal/recipient.h), at most 8192 bytes
 */

/*
 * The id of `value` in a kind of the first sort, made where there is none yet.
 * ERROR_USAGE where the value fails text_check (ARNs may be 2048 bytes long).
 */
int registry_name_put(struct registry *reg, const char *kind,
	const char *value, char ret_id[ID_LEN], struct error *err);
/* Writes or replaces the value under an id, in a kind of either sort. */
int registry_name_set(struct registry *reg, const char *kind, const char *id,
	const char *value, struct error *err);
/* *ret is a new string, NULL where there is none (erased, never put). */
int registry_name_get(struct registry *reg, const char *kind, const char *id,
	char **ret, struct error *err);
/* The id of a value, "" where there is none; of several the oldest. */
int registry_name_find(struct registry *reg, const char *kind,
	const char *value, char ret_id[ID_LEN], struct error *err);
/* Overwrites and removes; a name that is not there is success. */
int registry_name_delete(struct registry *reg, const char *kind,
	const char *id, struct error *err);

/* ---- evidence ---- */

/* Keeps n bytes (1 to REGISTRY_EVIDENCE_MAX, else ERROR_USAGE). */
int registry_evidence_put(struct registry *reg, const void *p, size_t n,
	unsigned char ret_sha[SHA256_LEN], struct error *err);
/*
 * Into b (reset first). Not there (never put, pruned) is success with
 * *ret_absent = true. Bytes that do not match their name: ERROR_CORRUPT.
 */
int registry_evidence_get(struct registry *reg,
	const unsigned char sha[SHA256_LEN], struct buf *b, bool *ret_absent,
	struct error *err);

/* ---- reservations ---- */

/*
 * Reserves (kind, key), e.g. ("token", id), ("user", "ACCOUNT/USERID"), for
 * `owner` (an id, e.g. of the journal) for 1 to REGISTRY_RESERVE_MAX seconds.
 * The owner itself may call again and gets the new expiry. ERROR_BUSY, naming
 * what it is (`called`, what people call it; NULL: kind and key), whose and until
 * when, while another owner has it. Those that are over are forgotten.
 */
int registry_reserve(struct registry *reg, const char *kind, const char *key,
	const char *called, const char *owner, unsigned seconds,
	struct error *err);
/* Whether anybody has it, whoever that is. */
int registry_is_reserved(struct registry *reg, const char *kind,
	const char *key, bool *ret, struct error *err);
/* Gives it back; not having it is success. */
int registry_release(struct registry *reg, const char *kind, const char *key,
	const char *owner, struct error *err);

/* ---- what the events add up to ---- */

/*
 * Lists of whole tokens; none found is success with n = 0. Found is not
 * proved: look at the identifier's basis.
 */
int registry_tokens_all(struct registry *reg, struct registry_tokens *ret,
	struct error *err);
/* By id or the first digits of one (at least 4, else ERROR_USAGE). */
int registry_tokens_by_id(struct registry *reg, const char *prefix,
	struct registry_tokens *ret, struct error *err);
int registry_tokens_by_identifier(struct registry *reg, const char *kind,
	const char *value, struct registry_tokens *ret, struct error *err);
/* rp NULL: any. Removed credentials do not count. */
int registry_tokens_by_credential(struct registry *reg, const char *rp,
	const void *id, size_t n, struct registry_tokens *ret,
	struct error *err);

/* What makes a row likely; NULL: not known. Everything is borrowed. */
struct registry_likely {
	const char *firmware;
	const char *holder; /* a name */
};

/*
 * The credentials of rp, removed ones not, of all tokens with this identifier,
 * in the order in which it is worth asking for them: tokens without a serial
 * number first; of these the holder's, then those of the firmware, then those
 * of the lot that was seen last of all (a delivery is gone through in one go),
 * then those seen last. `without_serial`: no others. Nothing else is read.
 */
int registry_candidates(struct registry *reg, const char *rp, const char *kind,
	const char *value, const struct registry_likely *likely,
	bool without_serial, struct registry_candidates *ret,
	struct error *err);

int registry_tokens_by_holder(struct registry *reg, const char *holder,
	struct registry_tokens *ret, struct error *err);
int registry_tokens_by_label(struct registry *reg, const char *label,
	struct registry_tokens *ret, struct error *err);

/* Bindings, removed ones too, oldest first. */
int registry_bindings_all(struct registry *reg, struct registry_bindings *ret,
	struct error *err);
int registry_bindings_by_user(struct registry *reg, const char *account,
	const char *user, struct registry_bindings *ret, struct error *err);
/* By AWS serial number or ARN. */
int registry_bindings_by_device(struct registry *reg, const char *device,
	struct registry_bindings *ret, struct error *err);
/* pam and ssh bindings of a local user, under each of up to three names. */
int registry_bindings_by_local_user(struct registry *reg,
	const char *const *names, size_t n, struct registry_bindings *ret,
	struct error *err);

/*
 * From here on the handle's tokens, holders, credentials and bindings are those
 * that the events up to `when`, by the time that each carries, add up to. Their
 * names are those of today: names are no part of the events. For a handle of
 * REGISTRY_READ.
 */
int registry_go_back(struct registry *reg, time_t when, struct error *err);

int registry_holders_all(struct registry *reg, struct registry_holders *ret,
	struct error *err);
/* By id; *ret_found = false where there is none. */
int registry_holder_get(struct registry *reg, const char *id,
	struct registry_holder *ret, bool *ret_found, struct error *err);

#endif
