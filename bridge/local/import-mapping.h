/* SPDX-License-Identifier: Apache-2.0 */
/* registry import: the mapping files of pam_u2f and pam_yubico. */
#ifndef BRIDGE_LOCAL_IMPORT_MAPPING_H
#define BRIDGE_LOCAL_IMPORT_MAPPING_H

#include "bridge/login/user.h"
#include "bridge/registry/registry.h"
#include "bridge/run/run.h"

/* Everything is borrowed. */
struct mapping_request {
	struct registry *reg;  /* writable, unless only_look */
	const char *path;
	const char *user;      /* whose file it is; NULL: everybody's */
	const char *origin;    /* of pam_u2f; NULL: its default on this host */
	const char *appid;     /* ... for the old form; NULL: the origin */
	const char *login_db;  /* where it is published; NULL: nowhere */
	const char *force;     /* the reason; NULL: what is refused stays so */
	bool verify;           /* each wants the user verified */
	bool only_look;
};

enum mapped_what {
	MAPPED_BOUND,   /* lets the user in from now on, or would */
	MAPPED_CLAIMED, /* is recorded as what the file says, and lets nobody in */
	MAPPED_PRESENT, /* was there already */
};
/* "bound", "claimed", "present" */
const char *mapped_name(enum mapped_what what);

struct mapped {
	size_t line;
	char user[LOCAL_USER_LEN]; /* as NSS has it */
	enum mapped_what what;
	bool verify;
	const char *rp;      /* borrowed of mapped_list; NULL: none */
	char token[ID_LEN];  /* the row; "": would be made */
};

struct mapped_list {
	struct mapped *p; /* owned */
	size_t n;
	size_t count[MAPPED_PRESENT + 1];
	char *origin, *appid; /* owned; NULL where the format has none */
	bool published;       /* in a login.db */
	struct registry_head head;
};

void mapped_list_done(struct mapped_list *list);

/*
 * The keys of pam_u2f. Each becomes a token that nobody has verified, assigned
 * to the user, and a binding with basis `imported`, held to what the file wants
 * or more; a resident one, whose id the file does not say, a token alone. A key
 * that two users have is one token.
 *
 * The file is read and held against NSS and the registry as a whole before
 * anything is written: ERROR_MALFORMED, ERROR_UNSUPPORTED, ERROR_CONFLICT,
 * ERROR_REFUSED and the errors of local_user_find name file and line.
 * ERROR_REFUSED: a key is one that is lost or retired; or the user has another
 * one already, and there is no force. A file of everybody's that others may
 * write, or one user's that is not his or root's, is ERROR_PERMISSION.
 * Publishes; *ret is filled also where only that failed, and all zeros before.
 */
int import_u2f(const struct run *run, const struct mapping_request *q,
	struct mapped_list *ret, struct error *err);

/*
 * The public ids of one-time passwords, in the same way: each becomes a token
 * that nobody has seen, assigned to the user. It lets nobody in.
 */
int import_otp(const struct run *run, const struct mapping_request *q,
	struct mapped_list *ret, struct error *err);

/* ---- what both do ---- */

/* Reads the file, where it is to be trusted, into ret, which `parse` fills; what
 * that refuses is said with the file's name. */
typedef int mapping_load_fn(const char *p, size_t n, void *ret,
	struct error *err);
int mapping_load(const struct mapping_request *q, mapping_load_fn *parse,
	void *ret, struct error *err);

/* "'FILE', line 3: TEXT" */
int mapping_bad(const struct mapping_request *q, size_t line,
	const struct error *why, struct error *err);

/* The user of a line, who is the one that the request names. */
int mapping_user(const struct mapping_request *q, size_t line,
	const char *spelled, struct local_user *ret, struct error *err);

/* Room for n rows. */
int mapped_list_make(struct mapped_list *list, size_t n, struct error *err);

#endif
