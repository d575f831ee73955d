/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with MFA, and their codes. */
#ifndef AWS_ROLE_MFA_H
#define AWS_ROLE_MFA_H

#include "aws/role/role.h"

/* A code; it is kept as the one that was used last. */
int mfa_code(struct aws_session *s, const struct sign_in *how,
	const char *serial, const char *purpose, char ret[STS_CODE_LEN + 1],
	struct error *err);

/*
 * Makes a session with MFA of the device, or goes on with the one that there
 * is, and signs with it. *ret_made is false, and nothing is changed, where AWS
 * does not allow the caller to make one.
 */
int mfa_open(struct aws_session *s, const struct sign_in *how,
	const char *serial, bool *ret_made, struct error *err);

/* Seconds that are left of keys by AWS's clock; INT64_MAX where not known. */
int64_t mfa_left(const struct aws_session *s, const struct aws_credentials *c);

#endif
