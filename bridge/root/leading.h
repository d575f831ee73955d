/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One way through the console: what its parts share. A step is told and then
 * seen; a key goes through several; lead.c goes from key to key.
 */
#ifndef BRIDGE_ROOT_LEADING_H
#define BRIDGE_ROOT_LEADING_H

#include "bridge/root/lead.h"
#include "bridge/root/watch.h"

struct leading {
	const struct run *run;
	const struct root_request *q;
	struct root_receipt *ret;
	struct watch watch;
	struct root_place place;
	struct root_progress p;   /* of the key that is under way */
	bool resumed;             /* p comes from an earlier run */
	bool signed_in;           /* with a key, in this run */
	unsigned step;            /* number of the step told last */
	char first[ID_LEN];       /* the token before; "" none */
};

/* What is still to be done, for the receipt. */
void leading_open(struct leading *l, const char *fmt, ...) PRINTF(2, 3);

/* The steps of a sequence, numbered on from the last one; `device` is what is to
 * be marked in the console, NULL: none. */
int leading_tell(struct leading *l, const char *sequence, const char *device,
	struct error *err);
/*
 * Waits until AWS shows it; what it does not show, or not in time, is asked, and
 * is a person's word then. *ret: it is so.
 */
int leading_see(struct leading *l, watch_fn *look, const char *what,
	const char *question, enum root_event event, bool *ret,
	struct error *err);
/* A new l->p: of the account, with ids for the registry. */
int leading_begin(struct leading *l, struct error *err);
/* Writes down how far it has come. */
int leading_point(struct leading *l, enum root_point point,
	struct error *err);

/* One key, from the plug to the registry; *ret: it went to its end. */
int leading_key(struct leading *l, bool *ret, struct error *err);

#endif
