/* SPDX-License-Identifier: Apache-2.0 */
/* The device that a person names. */
#ifndef BRIDGE_REVOKE_NAMED_H
#define BRIDGE_REVOKE_NAMED_H

#include "bridge/revoke/work.h"

/*
 * `text` is a device of the IAM user (its serial number or the name at its
 * end), or a token by its label or its own serial number: then the device of
 * the user that the registry binds to it, or has bound. ret_serial is the device's
 * serial number, or `text` where no token goes by it. ERROR_REFUSED, with both
 * shown, where it means two devices in two ways; ERROR_USAGE where a token has
 * several of the user's.
 */
int named_device(struct revoke_work *w, const char *user, const char *text,
	char ret_serial[IAM_SERIAL_MAX + 1], struct error *err);

#endif
