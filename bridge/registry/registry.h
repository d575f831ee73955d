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

#include "bridge/hash/chain.h"
#include "bridge/registry/event.h"

#include <stddef.h>

#define REGISTRY_WAIT_MS 10000
#define REGISTRY_EVIDENCE_MAX 1048576
#define REGISTRY_RESERVE_MAX 86400 /* seconds */

/* Words of events and rows, in the order of the enumerators, NULL behind. */

enum registry_state {
	REGISTRY_ADOPTED,     /* found at AWS on the first day */
	REGISTRY_STOCK,
	REGISTRY_ASSIGNED,
	REGISTRY_HANDED_OVER, /* the holder has proved to have it */
	REGISTRY_LOST,
	REGISTRY_RETIRED,
};
extern const char *const registry_state_names[];

enum registry_basis { /* weakest first */
	REGISTRY_SELF_REPORTED,
	REGISTRY_ATTESTED,
	REGISTRY_PROVED,
};
extern const char *const registry_basis_names[];

enum registry_holder_kind {
	REGISTRY_PERSON,
	REGISTRY_PLACE,
};
extern const char *const registry_holder_kind_names[];

enum registry_binding_kind {
	REGISTRY_AWS,
	REGISTRY_PAM,
	REGISTRY_SSH,
	REGISTRY_OATH,
};
extern const char *const registry_binding_kind_names[];

enum registry_method { /* NONE first: of a binding that is not `aws` */
	REGISTRY_METHOD_NONE,
	REGISTRY_FIDO,
	REGISTRY_TOTP,
	REGISTRY_HARDWARE_TOTP,
	REGISTRY_VIRTUAL,
};
extern const char *const registry_method_names[]; /* [0] is "none" */

/* Kinds of identifiers that this program writes; others may occur. */
#define REGISTRY_ID_SERIAL "serial"
#define REGISTRY_ID_AAGUID "aaguid"
#define REGISTRY_ID_OATH_DEVICE "oath-device-id"
#define REGISTRY_ID_USB_SERIAL "usb-serial"
#define REGISTRY_ID_CREDENTIAL "credential" /* sha of the credential id */
#define REGISTRY_ID_ATTESTATION "attestation-cert" /* sha of the leaf */
#define REGISTRY_ID_LOT "lot" /* of the delivery's list: nobody proves it */

/* RP ids that no web site can claim. */
#define REGISTRY_RP_ID "tokenbridge:id"
#define REGISTRY_RP_LOGIN "tokenbridge:login"

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
 * REGISTRY_READ changes nothing but what SQLite must to undo a write that a
 * crash cut short; where it may not do that either (read-only medium, no
 * permission) the open fails and says so.
 *
 * A file that is not there: success with *ret_absent = true and *ret = NULL
 * where ret_absent is not NULL, else ERROR_FAILED with the command to run.
 */
int registry_open(struct registry **ret, const char *path,
	enum registry_mode mode, bool *ret_absent, struct error *err);
void registry_free(struct registry **reg);

/* Borrowed; valid until registry_free. */
const char *registry_path(const struct registry *reg);
/* Id of this station, which is its stream. */
const char *registry_station(const struct registry *reg);
bool registry_is_rehearsal(const struct registry *reg);

/* ---- events ---- */

/* The position in a stream: what syslog, receipts and bundles show. */
struct registry_head {
	char stream[ID_LEN];
	uint64_t seq;
	unsigned char hash[CHAIN_LEN];
};

#define REGISTRY_HEAD_LEN 120
/* "stream:seq:hash" in lower-case hex. */
void registry_head_format(const struct registry_head *head,
	char ret[REGISTRY_HEAD_LEN]);
/* ERROR_USAGE. */
int registry_head_parse(const char *s, struct registry_head *ret,
	struct error *err);

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
	unsigned char ret_sha[CHAIN_LEN], struct error *err);
/*
 * Into b (reset first). Not there (never put, pruned) is success with
 * *ret_absent = true. Bytes that do not match their name: ERROR_CORRUPT.
 */
int registry_evidence_get(struct registry *reg,
	const unsigned char sha[CHAIN_LEN], struct buf *b, bool *ret_absent,
	struct error *err);

/* ---- reservations ---- */

/*
 * Reserves (kind, key), e.g. ("token", id), ("user", "ACCOUNT/USERID"), for
 * `owner` (an id, e.g. of the journal) for 1 to REGISTRY_RESERVE_MAX seconds.
 * The owner itself may call again and gets the new expiry. ERROR_BUSY, naming
 * station and time left, while another owner has it.
 */
int registry_reserve(struct registry *reg, const char *kind, const char *key,
	const char *owner, unsigned seconds, struct error *err);
/* Gives it back; not having it is success. */
int registry_release(struct registry *reg, const char *kind, const char *key,
	const char *owner, struct error *err);

/* ---- what the events add up to ---- */

struct registry_holder {
	char id[ID_LEN];
	enum registry_holder_kind kind;
	time_t since;
	char *name; /* NULL once erased */
	char *bag;  /* of a place; NULL if none */
};

struct registry_identifier {
	char *kind;
	char *value;
	enum registry_basis basis;
	time_t seen;
};

struct registry_join {
	char *a;  /* fido, otp, ccid */
	char *b;
	char *by; /* same-serial, same-usb-parent */
};

struct registry_credential {
	char token[ID_LEN];
	char *rp;
	unsigned char *id; /* owned */
	size_t id_n;
	unsigned char *public_key; /* owned, COSE */
	size_t public_key_n;
	int alg;
	char aaguid[ID_LEN]; /* "" if unknown */
	uint32_t counter;          /* highest seen */
	bool resident;
	bool uv;                   /* made with user verification */
	bool has_evidence;
	unsigned char evidence[CHAIN_LEN];
	time_t since;
	time_t removed;            /* 0: in use */
};

struct registry_binding {
	char id[ID_LEN];
	char token[ID_LEN];  /* "" for a phone app */
	enum registry_binding_kind kind;
	char account[13];          /* AWS account id or "" */
	char *user;                /* AWS unique id, or local uid in digits */
	char *user_name;           /* IAM or local user; NULL once erased */
	char *device;              /* AWS serial or ARN; NULL if none, erased */
	enum registry_method method;
	char *rp;                  /* with credential; else NULL */
	unsigned char *credential; /* owned; NULL if none */
	size_t credential_n;
	char *oath_account;        /* NULL if none, erased */
	unsigned char *ssh_key;    /* owned, as ssh sends it; NULL if none */
	size_t ssh_key_n;
	bool verify_required;      /* login wants the user verified */
	char *basis;               /* NULL if not said */
	bool has_evidence;
	unsigned char evidence[CHAIN_LEN];
	time_t since;
	time_t removed;            /* 0: in force */
};

struct registry_bindings {
	struct registry_binding *p;
	size_t n;
};

struct registry_token {
	char id[ID_LEN];
	enum registry_state state;
	time_t since;               /* of the state */
	char holder[ID_LEN];  /* "" if none */
	enum registry_holder_kind holder_kind;
	char *holder_name;          /* NULL if none or erased */
	char *label;                /* NULL if none or erased */
	char *model;                /* NULL if unknown */
	char aaguid[ID_LEN];  /* "" if unknown */
	char *firmware;             /* NULL if unknown */
	bool firmware_signed;
	int verdict;                /* -1: never verified */
	time_t verdict_time;
	bool has_evidence;          /* of that verdict */
	unsigned char evidence[CHAIN_LEN];
	struct registry_identifier *identifiers;
	size_t identifiers_n;
	struct registry_join *joins;
	size_t joins_n;
	struct registry_credential *credentials; /* removed ones too */
	size_t credentials_n;
	struct registry_bindings bindings;       /* removed ones too */
	time_t seen;                /* last proof by it; 0: none */
	char *seen_host;            /* where; NULL if unknown or erased */
};

struct registry_tokens {
	struct registry_token *p;
	size_t n;
};

struct registry_holders {
	struct registry_holder *p;
	size_t n;
};

void registry_holder_done(struct registry_holder *h);
void registry_holders_done(struct registry_holders *list);
void registry_token_done(struct registry_token *t);
void registry_tokens_done(struct registry_tokens *list);
void registry_binding_done(struct registry_binding *b);
void registry_bindings_done(struct registry_bindings *list);

/* The state, or basis, ... of a word; -1 where it is none of them. */
int registry_word(const char *const *names, const char *word);

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

/* A credential that an attached token may have. */
struct registry_candidate {
	char token[ID_LEN];
	unsigned char *id; /* owned */
	size_t id_n;
};

struct registry_candidates {
	struct registry_candidate *p;
	size_t n;
};

void registry_candidates_done(struct registry_candidates *list);

/*
 * The credentials of rp, removed ones not, of all tokens with this identifier,
 * in the order in which it is worth asking for them: tokens without a serial
 * number first, then those of this firmware (NULL: unknown), then those seen
 * last. `without_serial`: no others. Nothing else is read.
 */
int registry_candidates(struct registry *reg, const char *rp, const char *kind,
	const char *value, const char *firmware, bool without_serial,
	struct registry_candidates *ret, struct error *err);

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
/* pam and ssh bindings of a local user, by name. */
int registry_bindings_by_local_user(struct registry *reg, const char *name,
	struct registry_bindings *ret, struct error *err);

int registry_holders_all(struct registry *reg, struct registry_holders *ret,
	struct error *err);
/* By id; *ret_found = false where there is none. */
int registry_holder_get(struct registry *reg, const char *id,
	struct registry_holder *ret, bool *ret_found, struct error *err);

/* ---- care ---- */

struct registry_report {
	uint64_t events;           /* read and found good */
	uint64_t evidence;         /* pieces that match their names */
	uint64_t evidence_absent;  /* named by an event, not here (pruned) */
	uint64_t problems;
	bool has_bad_seq;
	uint64_t bad_seq;          /* first event that is wrong */
	struct registry_head head; /* as far as the chain holds; stream "" if
	                              not even event 0 */
};

/* One sentence for each problem, borrowed. */
typedef void registry_problem_fn(const char *text, void *arg);

/*
 * Reads everything: SQLite's own check, every event and link of the chain,
 * evidence against its names, and the projections against ones made anew.
 * With `expected` (a head that was written down elsewhere) also that the
 * stream still holds exactly that event: a chain rewritten or cut throughout
 * shows only so. ERROR_CORRUPT with the first problem where there is one;
 * *ret is filled in then, too. `each` may be NULL.
 */
int registry_verify(struct registry *reg, const struct registry_head *expected,
	registry_problem_fn *each, void *arg, struct registry_report *ret,
	struct error *err);

/* Makes all projections anew from the events. Needs REGISTRY_WRITE. */
int registry_rebuild(struct registry *reg, struct error *err);

/*
 * A consistent copy with everything in it as a new file (0600), synced, and
 * opened once to see that it holds. ERROR_CONFLICT where path exists.
 */
int registry_backup(struct registry *reg, const char *path, struct error *err);

struct registry_restored {
	bool has_backup;
	struct registry_head backup; /* head of the backup */
	struct registry_head head;   /* head of the result */
	bool has_lost;
	uint64_t lost_first, lost_last; /* numbers that could not be brought
	                                   back: unreadable, or behind one */
	uint64_t lost_readable; /* how many of these can be read, but hang on
	                           one that cannot */
	uint64_t evidence; /* pieces and names taken from the damaged file */
	uint64_t names;
};

/*
 * Makes a new registry at `output`: everything in the backup (NULL: there is
 * none), and whatever `damaged` still yields behind it: events as long as the
 * chain is unbroken, evidence that matches its name, names that were not
 * erased. Neither input is written to. ERROR_CONFLICT where output exists or
 * the backup is of another registry, ERROR_CORRUPT where the backup itself is
 * damaged or, without one, event 0 cannot be read.
 */
int registry_restore(const char *damaged, const char *backup,
	const char *output, struct registry_restored *ret, struct error *err);

#endif
