/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `doctor` finds: rows that say how it stands, what about, and what to do.
 */
#ifndef BRIDGE_DOCTOR_DOCTOR_H
#define BRIDGE_DOCTOR_DOCTOR_H

#include "base/error.h"
#include "base/node.h"

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
	char text[512];
	char remedy[256];  /* what to do, "" where there is nothing */
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

/*
 * Check "node": who may open it. `more` stands behind what is well.
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

struct options;

/*
 * Looks at everything that logging in rests on. `user` and `service` may be
 * NULL. Opens no token and changes nothing. Fails only for what is no finding:
 * memory, a service that is not there.
 */
int doctor_login(struct findings *f, const struct options *o, const char *user,
	const char *service, struct error *err);

/* ---- tokens ---- */

struct run;
struct wanted;

/*
 * Why a token cannot be used by whoever asks: each one is asked who it is, as
 * `list` does, and the rest of this machine is looked at. Changes nothing.
 */
int doctor_tokens(struct findings *f, const struct run *run,
	const struct wanted *w, struct error *err);

#endif
