/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until a token is unplugged and plugged in again. */
#ifndef BRIDGE_PROMPT_REPLUG_H
#define BRIDGE_PROMPT_REPLUG_H

#include "bridge/attached/attached.h"

/*
 * Asks for the token to be unplugged and plugged in again, and waits until it
 * is gone and there again: by its serial number in any port, or where it has
 * none in the same port. Another token that comes meanwhile is told about and
 * left alone. *ret is the token as it is now. ERROR_TIMEOUT after `ms` ms;
 * ERROR_BUSY, ERROR_PERMISSION ... where it is there and cannot be used for
 * some seconds. Asks no token that was there before. `label` is how people call
 * it, or NULL.
 */
int replug_wait(const struct run *run, const struct token *t,
	const char *label, unsigned ms, struct token *ret, struct error *err);

#endif
