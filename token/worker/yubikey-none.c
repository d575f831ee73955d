/* SPDX-License-Identifier: Apache-2.0 */
/* A build without libykpers. */
#include "token/worker/yubikey.h"

int yubikey_read(const struct otp_place *place,
	struct otp_interface ret[OTP_INTERFACES_MAX], size_t *ret_n,
	struct error *err)
{
	(void)place;
	(void)ret;
	(void)ret_n;
	return error_set(err, ERROR_UNSUPPORTED,
		"this build has no libykpers, so OTP slots cannot be read");
}
