/* SPDX-License-Identifier: Apache-2.0 */
/* Enterprise attestation with a libfido2 that can ask for it. */
#include "token/fido/newer/enterprise.h"

int enterprise_ask(fido_cred_t *c, struct error *err)
{
	return fido_cred_set_entattest(c, FIDO_ENTATTEST_PLATFORM) == FIDO_OK ?
		0 : error_set(err, ERROR_FAILED,
			"libfido2 takes no enterprise attestation");
}
