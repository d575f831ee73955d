/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate in DER that a token sends. */
#include "token/leaf.h"

#include "base/text.h"
#include "token/authdata.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const unsigned char sig[8] = { 0x30, 0x06, 2, 1, 1, 2, 1, 1 };
	struct leaf l;
	X509 *cert = NULL;

	if (leaf_load(p, n, &cert, &l, NULL) < 0) {
		if (cert)
			abort();
		return 0;
	}
	if (strlen(l.sha256) != 64 ||
		!text_is_clean(l.subject, strlen(l.subject)) ||
		!text_is_clean(l.device_id, strlen(l.device_id)))
		abort();
	(void)leaf_packed_defect(cert);
	if (cose_verify(X509_get0_pubkey(cert), COSE_ALG_ES256, p, n, NULL, 0,
		    sig, sizeof(sig)))
		abort();
	X509_free(cert);
	return 0;
}
