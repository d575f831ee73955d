/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity and Access Management as root's own keys, or a session of
 * AssumeRoot, see it: what root has, and taking it away. All of them are about
 * the caller. Errors as in iam.h.
 */
#ifndef AWS_API_IAM_ROOT_H
#define AWS_API_IAM_ROOT_H

#include "aws/api/iam.h"

/* Signing certificates: how many, and each one's id. */
#define IAM_CERTIFICATE_ID_MAX 129
typedef int (*iam_certificate_fn)(void *data,
	const char id[IAM_CERTIFICATE_ID_MAX], struct error *err);
int iam_root_list_certificates(struct aws_session *s, iam_certificate_fn fn,
	void *data, struct error *err);

/* When a key was used last; 0: never, or not in AWS's memory. */
int iam_root_key_last_used(struct aws_session *s, const char *id,
	time_t *ret, struct error *err);

/* GetLoginProfile without a name. */
int iam_root_has_password(struct aws_session *s, bool *ret, struct error *err);

/* What is gone already is success: only that it is gone was wanted. */
int iam_root_delete_key(struct aws_session *s, const char *id,
	struct error *err);
int iam_root_delete_certificate(struct aws_session *s, const char *id,
	struct error *err);
int iam_root_delete_password(struct aws_session *s, struct error *err);
int iam_root_deactivate(struct aws_session *s, const char *serial,
	struct error *err);

#endif
