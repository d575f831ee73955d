/* SPDX-License-Identifier: Apache-2.0 */
/* Enterprise attestation with a libfido2 older than 1.16. */
#include "token/fido/newer/enterprise.h"

int enterprise_ask(fido_cred_t *c, struct error *err)
{
	(void)c;
	return error_set(err, ERROR_UNSUPPORTED,
		"enterprise attestation needs libfido2 1.16 or newer, and this "
		"program was built with an older one");
}
