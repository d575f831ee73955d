/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudTrail as the witness of what a person registered in the console. A
 * binding that rests on name and time rests on AWS's own event once that is
 * told, which may take a quarter of an hour: who asks later finds it, too. It
 * says that this device was enabled in that time, never which key it is.
 */
#ifndef BRIDGE_MFA_WITNESS_H
#define BRIDGE_MFA_WITNESS_H

#include "aws/api/cloudtrail.h"
#include "bridge/account/account.h"
#include "bridge/event/event.h"
#include "bridge/verify/record.h"

#define WITNESS_MEMORY_S (90 * 24 * 3600) /* of LookupEvents */
#define WITNESS_SLACK_S 60                /* that servers' clocks may differ */

/* A binding that may be witnessed. */
struct witness_wanted {
	char serial[IAM_SERIAL_MAX + 1];
	char account[13];
	time_t begun; /* the run, by AWS's clock */
	time_t bound; /* when the binding was written */
	bool of_root; /* root alone is who enables it */
};

/* Whether the event is that device's enabling: exactly this ARN, within the
 * run, and not refused. Pure. */
bool witness_fits(const struct witness_wanted *w,
	const struct cloudtrail_event *e);

/*
 * How many bindings of `account` (NULL: of any) rest on less than an event of
 * CloudTrail's, whose memory is 90 days, might still tell: FIDO devices by name
 * and time, and root's whose ARN is known.
 */
size_t witness_unsettled(const struct registry_bindings *list,
	const char *account);

/* Whether the event is root's sign-in with that device: exactly this serial
 * number, and, where it may be given again, behind its registration. Pure. */
bool witness_fits_sign_in(const char *serial, const char *account,
	time_t bound, const struct cloudtrail_event *e);

/*
 * Keeps the event as evidence, and appends binding.witnessed to record's journal
 * as that step: body, which is taken over, with the evidence's hash as "trail".
 */
int witness_keep(struct record *record, enum record_step step, json_t *body,
	const struct cloudtrail_event *e, struct error *err);

struct witnessed {
	size_t waiting;      /* bindings that rest on less still */
	size_t found;        /* that CloudTrail told of now */
	bool own;            /* `own` is one of these */
	struct registry_head head; /* with found: after that */
	struct error why;    /* CloudTrail was not asked; code 0: it was */
};

/*
 * Asks CloudTrail once for all bindings of the account that are unsettled;
 * nothing where there is none. Each event that fits is kept as evidence and
 * recorded; one that is told twice changes nothing. What CloudTrail does not
 * answer is no error. `own`: the binding that was made just now; NULL: none.
 */
int witness_all(struct account *aws, struct registry *reg,
	const struct event_actor *actor, const char *own,
	struct witnessed *ret, struct error *err);

/* The same by the way, behind what is done already: what came of it is said,
 * nothing where nothing was wanted, and a failure is a warning. */
void witness_look(const struct run *run, struct account *aws,
	struct registry *reg, const struct event_actor *actor, const char *own,
	struct witnessed *ret);

/*
 * Asks CloudTrail, in the regions where root's sign-ins are told, for one with
 * each device of root's that the registry has and for which none was seen; the
 * event is kept as evidence and recorded. What came of it is said; one that is
 * not seen yet, or cannot be asked for, fails nothing.
 */
void witness_sign_ins(const struct run *run, struct account *aws,
	struct registry *reg, const struct event_actor *actor,
	struct witnessed *ret);

#endif
