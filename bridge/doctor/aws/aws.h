/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS, for `doctor aws`: where credentials come from, whose they are, what they
 * lack, and which runs are not finished. All add findings, and fail only where
 * it is said.
 */
#ifndef BRIDGE_DOCTOR_AWS_AWS_H
#define BRIDGE_DOCTOR_AWS_AWS_H

#include "aws/query/session.h"
#include "bridge/doctor/doctor.h"

/*
 * Checks "credentials", "endpoint", "ca-bundle" and "proxy". A source that
 * cannot be used is a failure, with its own words. AWS is not asked. *ret is
 * the session, which the caller frees, NULL where there is none; ret may be
 * NULL. Negative only for ERROR_INTERRUPTED and without memory.
 */
int doctor_credentials(const struct aws_options *options,
	struct aws_session **ret, struct findings *f, struct error *err);

/*
 * Checks "account", "clock" and "rights": signs in and asks AWS, which changes
 * nothing there. A role that wants a code of an MFA device is not asked for one:
 * then the account is unknown. With `role` (a person's of account/role.h) that
 * it lacks something is a failure; NULL: a warning, of each of those that work
 * with users' devices. Negative for ERROR_INTERRUPTED and without memory.
 */
int doctor_account(struct aws_session *s, const char *role,
	struct findings *f, struct error *err);

/*
 * Check "unfinished-run": the runs of this registry that are not finished at
 * AWS, and what ends them. AWS is not asked. Negative only without memory.
 */
int doctor_runs(const char *registry, struct findings *f, struct error *err);

#endif
