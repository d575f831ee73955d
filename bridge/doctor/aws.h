/* SPDX-License-Identifier: Apache-2.0 */
/* Where AWS credentials come from, for `doctor aws`. */
#ifndef BRIDGE_DOCTOR_AWS_H
#define BRIDGE_DOCTOR_AWS_H

#include "aws/query/session.h"
#include "bridge/doctor/doctor.h"

/*
 * Checks "credentials", "endpoint", "ca-bundle" and "proxy". A source that
 * cannot be used is a failure, with its own words. Negative only for
 * ERROR_INTERRUPTED and without memory.
 */
int doctor_credentials(const struct aws_options *options, struct findings *f,
	struct error *err);

#endif
