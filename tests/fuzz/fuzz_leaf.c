/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate in DER that a token sends. */
#include "token/trust/certificate.h"

#include "base/text.h"
#include "token/attest/authdata.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* One byte becomes 0, and none the second time. */
static void check_repair(const uint8_t *p, size_t n)
{
	unsigned char *copy = malloc(n + 1);
	size_t i, changed = 0;

	if (n)
		memcpy(copy, p, n);
	if (leaf_clear_unused_bits(copy, n) &&
		leaf_clear_unused_bits(copy, n))
		abort();
	for (i = 0; i < n; i++)
		changed += copy[i] != p[i];
	if (changed > 1)
		abort();
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const unsigned char sig[8] = { 0x30, 0x06, 2, 1, 1, 2, 1, 1 };
	struct leaf l;
	X509 *cert = NULL;

	check_repair(p, n);
	if (leaf_load(p, n, &cert, &l, NULL) < 0) {
		if (cert)
			abort();
		return 0;
	}
	if (strlen(l.sha256) != 64 ||
		!utf8_is_clean(l.subject, strlen(l.subject)) ||
		!utf8_is_clean(l.device_id, strlen(l.device_id)))
		abort();
	if (l.serial_n > sizeof(l.serial))
		abort();
	/* no certificate can be of both forms: one wants a subject */
	if (!leaf_packed_defect(cert) && !leaf_tpm_defect(cert))
		abort();
	if (cose_verify(X509_get0_pubkey(cert), COSE_ALG_ES256, p, n, NULL, 0,
		    sig, sizeof(sig)))
		abort();
	X509_free(cert);
	return 0;
}
