/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment of a token as an MFA device of an IAM user by `totp`: a journaled
 * sequence of which every prefix can be undone or finished by a later run.
 */
#ifndef BRIDGE_MFA_TOTP_H
#define BRIDGE_MFA_TOTP_H

#include "bridge/mfa/sequence.h"
#include "bridge/verify/verify.h"

struct enrolment {
	struct app *app;
	struct cloud cloud;
	struct registry *reg;       /* owned */
	struct attached attached;
	const struct token *token;  /* borrowed from attached */
	struct fido *fido;          /* owned */
	struct verification verification;
	struct journal journal;
	struct event_actor actor;
	struct iam_user user;
	const char *method;         /* borrowed */
	const char *holder;         /* borrowed */
	enum registry_holder_kind holder_kind;
	struct secret seed;         /* between create and enable only */
	bool confirmed;             /* AWS lists the device */
	struct registry_head head;
};

void enrolment_init(struct enrolment *e, struct app *app);
void enrolment_done(struct enrolment *e);

/*
 * The whole of it. On failure what was begun is undone, or owed in the
 * journal and said. ERROR_VERDICT with the verdict where it is refused.
 */
int enrolment_run(struct enrolment *e, struct error *err);

/* What was done, on standard output. */
int enrolment_show(const struct enrolment *e, struct error *err);

#endif
