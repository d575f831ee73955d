/* SPDX-License-Identifier: Apache-2.0 */
/* How the new key of a replacement is registered. */
#ifndef BRIDGE_COMMAND_REPLACE_H
#define BRIDGE_COMMAND_REPLACE_H

#include "bridge/command/command.h"
#include "bridge/enroll/enroll.h"

/* Of a new key, divided by blanks. */
#define REPLACE_METHODS "fido totp hardware-totp"

/*
 * --method, else the policy's, with what goes with it, into *q, whose ->trust is
 * there. ERROR_USAGE: no method, an app, which is no key, or --serial without
 * hardware-totp; ERROR_REFUSED by the policy. Nothing is asked of AWS.
 */
int replace_method(const struct app *app, struct mfa_request *q,
	struct error *err);

#endif
