/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OTP interface by libykpers. Only in tokenbridge-worker: the library is
 * process-global and detaches the keyboard driver. yubikey-none.c takes its
 * place in a build without it.
 */
#ifndef TOKEN_WORKER_YUBIKEY_H
#define TOKEN_WORKER_YUBIKEY_H

#include "token/worker/otp.h"

/*
 * Fills up to OTP_INTERFACES_MAX rows, of the key at that place. The caller
 * blocks signals: killed between claim and close, the keyboard would stay
 * detached.
 */
int yubikey_read(const struct otp_place *place,
	struct otp_interface ret[OTP_INTERFACES_MAX], size_t *ret_n,
	struct error *err);

#endif
