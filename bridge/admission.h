/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a token may be registered for anything. */
#ifndef BRIDGE_ADMISSION_H
#define BRIDGE_ADMISSION_H

#include "bridge/verify.h"

/*
 * A genuine token is admitted, a vulnerable one with a warning, others only by
 * --force; forged, compromised and not-this-token never. ERROR_VERDICT.
 */
int admission_check(const struct app *app, enum verdict v, struct error *err);

/*
 * Whether the registry lets a token's row go to this holder: not lost, not
 * retired, nobody else's. ERROR_REFUSED.
 */
int admission_check_row(const struct registry_token *row, const char *holder,
	struct error *err);

#endif
