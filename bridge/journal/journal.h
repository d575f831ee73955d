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

#include <stdint.h>
#include <time.h>

enum journal_kind {
	JOURNAL_ENROLL,
	JOURNAL_REVOKE,
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
	uint32_t token_serial;   /* of the token, 0: none is touched */
	char oath_id[24];        /* applet id */
	char oath_account[65];
	char token[ID_LEN];   /* registry row */
	char binding[ID_LEN]; /* registry binding */
	char holder[257];
	char evidence[65];       /* hex, "" none */
	char basis[16];          /* what the binding rests on; "" not yet */
	char reason[257];
};

struct journal {
	char id[ID_LEN];
	char *path;  /* owned */
	int fd;      /* locked; -1: none */
	enum journal_point point; /* the last one written */
	time_t since;             /* of that point */
	struct journal_facts facts;
};

/*
 * Begins one whose id (id_new) stands in j->id: makes the directory
 * (0700) and the file (0600) with the point INTENT. ERROR_PERMISSION,
 * ERROR_FAILED (full disk): nothing is left.
 */
int journal_begin(struct journal *j, const char *registry_path,
	const struct journal_facts *facts, struct error *err);

/*
 * Writes a commit point with j->facts as they are now, and syncs. On failure
 * the act that was to follow must not be done.
 */
int journal_point(struct journal *j, enum journal_point point,
	struct error *err);

/* Removes the file: nothing is owed any more. */
int journal_end(struct journal *j, struct error *err);

/* Closes and forgets; the file, if it is still there, is owed. */
void journal_done(struct journal *j);

/* Unfinished sequences that no living process owns; locked by us now. */
struct journal_list {
	struct journal *p; /* owned */
	size_t n;
	size_t owned_by_others;
};

/* ERROR_CORRUPT names a file that cannot be read: nothing may be begun then. */
int journal_open_all(struct journal_list *ret, const char *registry_path,
	struct error *err);
void journal_list_done(struct journal_list *list);

const char *journal_point_name(enum journal_point point);

/*
 * Parses a journal's bytes. The last line may be cut off (a crash while
 * writing); any other damage is ERROR_CORRUPT. Pure.
 */
int journal_parse(const char *p, size_t n, struct journal *ret,
	struct error *err);

#endif
