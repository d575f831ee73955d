/* SPDX-License-Identifier: Apache-2.0 */
/* Enterprise attestation, which libfido2 asks for since 1.16. */
#ifndef TOKEN_FIDO_NEWER_ENTERPRISE_H
#define TOKEN_FIDO_NEWER_ENTERPRISE_H

#include "base/error.h"

#include <fido.h>

/* Asks it for this credential (CTAP 2.1 section 6.1.2, enterpriseAttestation
 * 2: managed by the platform). ERROR_UNSUPPORTED with an older libfido2. */
int enterprise_ask(fido_cred_t *c, struct error *err);

#endif
