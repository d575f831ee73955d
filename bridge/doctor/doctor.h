/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `doctor` finds: rows that say how it stands, what about, and what to do.
 */
#ifndef BRIDGE_DOCTOR_DOCTOR_H
#define BRIDGE_DOCTOR_DOCTOR_H

#include "base/error.h"
#include "base/node.h"

#include <stdint.h>
#include <sys/types.h>

enum finding_status {
	FINDING_OK,
	FINDING_WARN,
	FINDING_FAIL,
	FINDING_UNKNOWN, /* could not be read: neither good nor bad */
	FINDING_STATUSES,
};

struct finding {
	enum finding_status status;
	const char *check; /* "pam-control", a constant */
	char subject[160]; /* service, file, user */
	char text[ERROR_TEXT_MAX];
	char remedy[512];  /* what to do, "" where there is nothing */
};

struct findings {
	struct finding *rows; /* owned */
	size_t n;
	bool failed; /* no memory for one of them */
};

void findings_done(struct findings *f);

/* remedy may be NULL. Control characters become '?'. */
void findings_add(struct findings *f, enum finding_status status,
	const char *check, const char *subject, const char *remedy,
	const char *fmt, ...) PRINTF(6, 7);

/* A group's name, or its number where it has none. */
void findings_group_name(gid_t gid, char *ret, size_t size);

/* Whether something was found of that subject by that check. */
bool findings_have(const struct findings *f, const char *check,
	const char *subject);

/*
 * Check "node": who may open it. `more` stands behind what is well. Nothing
 * where that was said already.
 */
void findings_add_node(struct findings *f, const struct node *n,
	const char *more);

size_t findings_count(const struct findings *f, enum finding_status status);

/* "ok", "warn", "fail", "unknown" */
const char *finding_status_name(enum finding_status status);

/* ---- who could change a file ---- */

#define PATH_STEPS_MAX 64

/* A file and each directory above it, "/" last. */
struct path_step {
	char path[256];
	uid_t uid;
	mode_t mode;
};

/*
 * The first of them that does not belong to root or that others may write, -1
 * where there is none. Pure.
 */
int path_steps_bad(const struct path_step *steps, size_t n);

/* ---- logging in ---- */

/* What is looked at; everything is borrowed. */
struct doctor_login_request {
	const char *user;       /* NULL: nobody in particular */
	const char *service;    /* of PAM; NULL: all of them */
	const char *login_db;   /* where a PAM line names no other */
	const char *pam_dir;    /* NULL: the system's own */
	const char *sshd_config;
	bool sshd_config_named; /* by a person: it has to be there */
	uint64_t max_age;       /* of login.db, in seconds; 0: no limit */
	const char *greeter_units, *locker_services; /* lists of words */
};

/*
 * Adds what it finds in everything that logging in rests on. Opens no token and
 * changes nothing. Fails only for what is no finding: memory, a service that is
 * not there; ERROR_USAGE for what is no name of a user or a service.
 */
int doctor_login(const struct doctor_login_request *q, struct findings *f,
	struct error *err);

/* ---- tokens ---- */

struct token;

/* The tokens that are plugged in; borrowed. */
struct doctor_tokens_request {
	const struct token *tokens;
	size_t n;
	bool any_card; /* pcscd is looked at though no card is here */
};

/*
 * Adds why a token cannot be used by whoever asks: looks at each one's node and
 * at the rest of this machine. Changes nothing. Fails only for want of memory.
 */
int doctor_tokens(const struct doctor_tokens_request *q, struct findings *f,
	struct error *err);

#endif
