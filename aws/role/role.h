/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in: what a recipe has beside its keys, roles and a web identity, is
 * made here by calls of STS, and renewed before it ends.
 */
#ifndef AWS_ROLE_ROLE_H
#define AWS_ROLE_ROLE_H

#include "aws/api/sts.h"

/* Less than that is left to no act, in seconds. */
#define ROLE_LEFT_MIN 300

/* Who gives the codes of MFA devices: a token that is touched, a person. */
struct mfa_codes {
	/*
	 * The device's code now, six digits, and not `used` ("" where any
	 * will do): AWS takes each once. `purpose` ends a sentence for
	 * people: "to assume role 'ARN'". The caller wipes it.
	 */
	int (*get)(void *self, const char *serial, const char *purpose,
		const char *used, char ret[STS_CODE_LEN + 1],
		struct error *err);
	void *self;
};

/* How a session is signed in; borrowed for the calls. */
struct sign_in {
	const struct mfa_codes *codes; /* NULL: ERROR_UNSUPPORTED where one is
	                                  needed */
	bool lasting; /* it may outlive the role's keys: a code is then given
	                 for one session with MFA, from which the role is
	                 assumed as often as it takes */
};

/*
 * Assumes the roles of the session's recipe, one from the other; its requests
 * are signed with the last one's keys from then on. Nothing where there are
 * none. Errors as of every call, and those of codes->get. On failure the session
 * stays as it was.
 */
int role_sign_in(struct aws_session *s, const struct sign_in *how,
	struct error *err);

/*
 * Where less than ROLE_LEFT_MIN is left of what requests are signed with, gets
 * new keys by the same settings; to be called between two acts, and
 * GetCallerIdentity to be asked where *ret_renewed. ERROR_FAILED where these
 * cannot be renewed, ERROR_REFUSED where the settings lead elsewhere by now;
 * else as above.
 */
int role_renew(struct aws_session *s, const struct sign_in *how,
	bool *ret_renewed, struct error *err);

#endif
