/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of a sequence that must not be left half-done: one local file a
 * sequence, a line of JSON a commit point, each synced before the act that it
 * announces. No secrets. Its owner holds a lock that dies with the process.
 *
 * Files stand in PATH.journal/ beside the registry PATH (the system's in
 * /var/lib/tokenbridge/journal/) and are named by the journal's id. A finished
 * sequence's file is removed. docs/FORMATS.md has the members.
 */
#ifndef BRIDGE_JOURNAL_JOURNAL_H
#define BRIDGE_JOURNAL_JOURNAL_H

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"

#include <stdint.h>
#include <time.h>

enum journal_kind {
	JOURNAL_ENROLL,
	JOURNAL_REVOKE,
	JOURNAL_REVOKE_USER, /* all that an IAM user has; each device of it has
	                        a journal of its own, too */
	JOURNAL_REPLACE, /* one device by another: an enrollment and a
	                    revocation, each with a journal of its own */
	JOURNAL_PIN, /* an initial PIN: nothing of it is at AWS */
	JOURNAL_REMOVE_ROOT, /* what a member account's root signs in with */
};

/* Commit points, in order. "-sent" is written before the request leaves. */
enum journal_point {
	JOURNAL_INTENT,
	/* enroll */
	JOURNAL_IDENTITY,
	JOURNAL_CREATE_SENT,
	JOURNAL_CREATED,
	JOURNAL_PUT_SENT,
	JOURNAL_PROVED,
	JOURNAL_ENABLE_SENT,
	JOURNAL_ENABLED,
	JOURNAL_UNDO, /* undo began: never go forward any more */
	/* revoke */
	JOURNAL_DEACTIVATE_SENT,
	JOURNAL_DEACTIVATED,
	JOURNAL_DELETED,
	JOURNAL_ACCOUNT_GONE, /* from the token */
	/* either: all is done but that the unassigned device is deleted */
	JOURNAL_ORPHAN,
	/* pin */
	JOURNAL_SEALED,   /* the file is complete, beside its name */
	JOURNAL_PIN_SENT, /* it has its name */
};

/* What a sequence itself did, bits of facts.did. */
enum journal_deed {
	JOURNAL_DID_DEACTIVATE = 1,
	JOURNAL_DID_DELETE = 2,
	JOURNAL_DID_ACCOUNT = 4, /* took it out of the token */
	JOURNAL_CUTS_ACCESS = 8, /* revoke-user: that was asked for */
	JOURNAL_EXACT_NAME = 16, /* enroll: others may give the device's name,
	                            too: it has no digits of ours */
	JOURNAL_DID_CREATE = 32, /* ... and AWS has said that it made it */
};

/* What root signs in with, bits of facts.takes and facts.tells. */
enum journal_root_way {
	JOURNAL_ROOT_KEYS = 1,
	JOURNAL_ROOT_CERTIFICATES = 2,
	JOURNAL_ROOT_PASSWORD = 4,
	JOURNAL_ROOT_DEVICES = 8,
};


/* Everything that another run needs to go on or to undo. "" where unknown. */
struct journal_facts {
	enum journal_kind kind;
	char account[13];
	char partition[16];
	char endpoint[256];      /* overridden IAM endpoint, "" AWS's own */
	char user[129];
	char user_id[129];
	char device_name[129];   /* of a virtual device: ends in hex of the id */
	char serial[257];        /* the AWS device */
	char before[2112];       /* fido: the user's FIDO devices that were there
	                            before, with blanks between */
	uint32_t token_serial;   /* of the token, 0: none is touched */
	char oath_id[24];        /* applet id */
	char oath_account[65];
	char token[ID_LEN];   /* registry row */
	char binding[ID_LEN]; /* registry binding */
	char told_in[ID_LEN]; /* remove-root: journal of the event that is to
	                         tell of it */
	char holder[257];
	char holder_kind[16];    /* a word of registry_holder_kind_names, or "" */
	char evidence[65];       /* hex, "" none */
	char method[16];         /* of enroll, as --method has it; "" totp */
	char basis[16];          /* what the binding rests on; "" not yet */
	char reason[257];
	char request[64];        /* AWS's id of the request that enabled, or
	                            deactivated; "" not told */
	char enabled[TEXT_TIME_LEN]; /* revoke: when AWS had enabled what is
	                            taken away, "" not told */
	char after[24];          /* replace, and the revoke that is a part of
	                            one: the number of the last event when
	                            it began, in digits; "" of none */
	char taken[2112];        /* remove-root: root's virtual devices that were
	                            taken away, with blanks between: whoever
	                            can deletes them */
	char output[512];       /* pin: the file with what was encrypted */
	char file[64];           /* which file that is, "" not yet */
	unsigned did;            /* enum journal_deed */
	unsigned takes;          /* remove-root, enum journal_root_way: sent, or
	                            about to be, and told in no event yet */
	unsigned tells;          /* ... of these, what an event tells that may
	                            have been written */
};

#define JOURNAL_CAUSE_LEN sizeof(((struct error *)NULL)->text)

struct journal {
	char id[ID_LEN];
	char *path;  /* owned */
	int fd;      /* locked; -1: none */
	enum journal_point point; /* the last one written */
	time_t since;             /* of that point */
	time_t begun;             /* by AWS's clock where the sequence knew it */
	char cause[JOURNAL_CAUSE_LEN]; /* why it could not go on; "" */
	char remedy[JOURNAL_CAUSE_LEN]; /* what ends it then; "" */
	struct journal_facts facts;
};

/* The folder of a registry's journals; free() it. NULL without memory. */
char *journal_directory(const char *registry_path);

/*
 * Begins one whose id (id_new) stands in j->id: makes the directory
 * (0700) and the file (0600) with the point INTENT. j->begun 0: now.
 * ERROR_PERMISSION, ERROR_FAILED (full disk): nothing is left.
 */
int journal_begin(struct journal *j, const char *registry_path,
	const struct journal_facts *facts, struct error *err);

/*
 * Writes a commit point with j->facts as they are now, and syncs. On failure
 * the act that was to follow must not be done. A file that has grown long by
 * being resumed is replaced by one that holds this line alone.
 */
int journal_point(struct journal *j, enum journal_point point,
	struct error *err);

/* Writes down why it cannot go on from where it stands, and what ends it
 * (NULL: what journal_command gives); twice the same changes nothing. */
int journal_stuck(struct journal *j, const struct error *why,
	const char *remedy, struct error *err);

/*
 * The command that ends it, complete: what was written down, else the one that
 * takes a run of its kind up again.
 */
void journal_command(const struct journal *j, char ret[JOURNAL_CAUSE_LEN]);

/* Removes the file: nothing is owed any more. */
int journal_end(struct journal *j, struct error *err);

/* Closes and forgets; the file, if it is still there, is owed. */
void journal_done(struct journal *j);

/* Unfinished sequences that no living process owns; locked by us now. */
struct journal_list {
	struct journal *p; /* owned */
	size_t n;
	size_t owned_by_others;
	struct error unread; /* of journal_open_sound; code 0: all were read */
};

/* ERROR_CORRUPT names a file that cannot be read. */
int journal_open_all(struct journal_list *ret, const char *registry_path,
	struct error *err);
/*
 * The same, past those that cannot be read: the first one stands in
 * ret->unread. Nothing may be begun then that it may concern, which nobody
 * knows; what takes away goes on.
 */
int journal_open_sound(struct journal_list *ret, const char *registry_path,
	struct error *err);
void journal_list_done(struct journal_list *list);

/*
 * The same for who only wants to look: nothing is locked longer than it takes
 * to ask who has the lock, and nothing is changed. `running` says that a living
 * process owns it. No fd is kept.
 */
struct journal_seen {
	struct journal journal;
	bool running;
};

struct journal_sights {
	struct journal_seen *p; /* owned */
	size_t n;
	struct error unread; /* code 0: all were read */
};


int journal_see_all(struct journal_sights *ret, const char *registry_path,
	struct error *err);
void journal_sights_done(struct journal_sights *list);

const char *journal_point_name(enum journal_point point);
const char *journal_kind_name(enum journal_kind kind);
/* "an enrollment", "a revocation", "a revocation of everything",
 * "a replacement", ... */
const char *journal_kind_text(enum journal_kind kind);

/*
 * Parses a journal's bytes. The last line may be cut off (a crash while
 * writing); any other damage is ERROR_CORRUPT. Pure.
 */
int journal_parse(const char *p, size_t n, struct journal *ret,
	struct error *err);

#endif
