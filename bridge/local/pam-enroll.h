/* SPDX-License-Identifier: Apache-2.0 */
/* Binding a token to a local account for PAM. */
#ifndef BRIDGE_LOCAL_PAM_ENROLL_H
#define BRIDGE_LOCAL_PAM_ENROLL_H

#include "bridge/login/user.h"
#include "bridge/verify/verify.h"

struct login_enrolment {
	struct app *app;
	struct registry *reg;              /* owned */
	struct attached attached;
	const struct token *token;         /* borrowed from attached */
	struct fido *fido;                 /* owned */
	struct local_user user;
	const char *holder;                /* borrowed */
	struct registry_bindings bindings; /* the user's, removed ones too */
	struct event_actor actor;
	struct verification verification;
	struct evidence evidence;          /* of the login credential */
	struct attest_facts facts;         /* ... */
	bool verify_required;
	char binding[EVENT_ID_LEN];
	char row[EVENT_ID_LEN];            /* the token's */
	struct registry_head head;
};

void login_enrolment_init(struct login_enrolment *e, struct app *app);
void login_enrolment_done(struct login_enrolment *e);

/*
 * Identity, an assertion by a token that the user has already, the login
 * credential, the record, login.db. What fails leaves the record as it was;
 * where only login.db could not be made, the error says so.
 */
int login_enrolment_run(struct login_enrolment *e, struct error *err);

#endif
