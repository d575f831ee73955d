/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that `registry adopt` made of AWS's list alone: nobody has seen the token.
 * When it is enrolled it has a row of its own, by what it proved.
 */
#ifndef BRIDGE_MFA_BARE_H
#define BRIDGE_MFA_BARE_H

#include "bridge/verify/record.h"

/* Whether nothing is known of the token but that somebody has it. Pure. */
bool bare_is_row(const struct registry_token *t);

/*
 * Whether the device may become another row's: no binding in force has it but
 * those of bare rows that nobody has, or `holder`. ERROR_CONFLICT.
 */
int bare_check_device(struct registry *reg, const char *device,
	const char *holder, struct error *err);

/*
 * The device is the verified token's of `binding` now: takes away what a bare row
 * has of it, and retires that row. A repeat changes nothing.
 */
int bare_supersede(struct record *record, const char *device,
	const char *binding, struct error *err);

#endif
