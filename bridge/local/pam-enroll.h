/* SPDX-License-Identifier: Apache-2.0 */
/* Binding a token to a local user for PAM. */
#ifndef BRIDGE_LOCAL_PAM_ENROLL_H
#define BRIDGE_LOCAL_PAM_ENROLL_H

#include "bridge/attached/attached.h"
#include "bridge/login/user.h"
#include "bridge/registry/registry.h"
#include "bridge/verify/trust.h"

/* Who is to be let in by which token; everything is borrowed. */
struct pam_request {
	struct registry *reg;  /* writable */
	const struct trust *trust;
	struct wanted wanted;
	const char *login_db;  /* where it is published; NULL: nowhere */
	const char *user;      /* local user */
	const char *holder;    /* NULL: the local user, as NSS names it */
	const char *label;     /* NULL: none */
	const char *force;     /* the reason; NULL: what is refused stays so */
	bool verify_required;  /* the PIN at each login */
	bool fresh, enterprise; /* as in struct verify_request */
};

struct pam_enrolled {
	struct token token;
	struct local_user user;
	enum verdict verdict;
	bool verify_required;
	bool published; /* login.db knows it; false: this registry has none */
	char binding[ID_LEN];
	char row[ID_LEN]; /* the token's */
	struct registry_head head;
};

/*
 * Identity, an assertion by a token that the user has already, the login
 * credential, the record, login.db. What fails leaves the record as it was;
 * where only login.db could not be made, the error says so.
 */
int pam_enroll(const struct run *run, const struct pam_request *q,
	struct pam_enrolled *ret, struct error *err);

#endif
