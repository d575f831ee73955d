/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching what AWS shows of a step that a person takes in the console: several
 * witnesses, each asked as often as it may be, the strongest that has something
 * to say is believed.
 */
#ifndef BRIDGE_ROOT_WATCH_H
#define BRIDGE_ROOT_WATCH_H

#include "aws/api/cloudtrail.h"
#include "bridge/registry/registry.h"
#include "bridge/root/progress.h"
#include "bridge/root/sight.h"

struct watch {
	const struct run *run;       /* borrowed */
	struct aws_session *session; /* borrowed; NULL: nobody is asked */
	struct registry *reg;        /* borrowed: keeps what CloudTrail tells */
	const char *account;
	bool by_root;
	/* owned; made when needed */
	struct aws_session *trail[CLOUDTRAIL_SIGN_IN_REGIONS];
	bool trail_denied;           /* or it is not there */
	deadline_t next_trail;       /* not asked before */
	struct root_sight sight;     /* the newest look */
	bool blind;                  /* no witness answers at all */
	char note[200];              /* why CloudTrail is not asked; "" */
};

void watch_init(struct watch *w, const struct run *run,
	struct aws_session *session, struct registry *reg,
	const char *account, bool by_root);
void watch_done(struct watch *w);

/* What is counted before a device is added, into *p. */
int watch_before(struct watch *w, struct root_progress *p, struct error *err);

/*
 * Each asks once, and adds what it sees to *p: *ret_found. Errors are an
 * interruption, want of memory and a registry that does not keep an event's
 * bytes.
 */
typedef int watch_fn(struct watch *w, struct root_progress *p,
	bool *ret_found, struct error *err);
/* The new device is enabled. One of another kind than the method's is told, and
 * is not it. */
int watch_enabled(struct watch *w, struct root_progress *p, bool *ret_found,
	struct error *err);
/* Root signed in with the device of p. */
int watch_signed_in(struct watch *w, struct root_progress *p,
	bool *ret_found, struct error *err);
/* Looks in CloudTrail once more for what was seen by less than that. */
int watch_strengthen(struct watch *w, struct root_progress *p,
	struct error *err);
/* The device p->serial is gone. */
int watch_removed(struct watch *w, struct root_progress *p, bool *ret_found,
	struct error *err);

/*
 * Asks with growing pauses until it is found, or `until`, where *ret_found is
 * false. `what` is told meanwhile: "the new device". ERROR_INTERRUPTED.
 */
int watch_wait(struct watch *w, watch_fn *look, const char *what,
	deadline_t until, struct root_progress *p, bool *ret_found,
	struct error *err);

#endif
