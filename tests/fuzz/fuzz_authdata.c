/* SPDX-License-Identifier: Apache-2.0 */
/* Authenticator data, and the COSE key in it; or the input as a COSE key. */
#include "token/attest/authdata.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void load(const uint8_t *p, size_t n)
{
	static const unsigned char sig[64] = { 0x30, 0x06, 2, 1, 1, 2, 1, 1 };
	unsigned char point[65];
	EVP_PKEY *key = NULL;
	int alg = 0;

	if (cose_key_load(p, n, &key, &alg, NULL) == 0) {
		if (cose_verify(key, alg, p, n, NULL, 0, sig, 8) ||
			cose_verify(key, alg, p, n, p, n, sig, sizeof(sig)))
			abort();
		if (alg == COSE_ALG_ES256 &&
			(cose_key_point(p, n, point) < 0 || point[0] != 4))
			abort();
		EVP_PKEY_free(key);
	} else if (key) {
		abort();
	}
	(void)cose_key_point(p, n, point);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct authdata a;

	if (authdata_parse(p, n, &a, NULL) == 0) {
		if (!a.aaguid != !(a.flags & AUTHDATA_AT) ||
			a.credential_id_n + a.public_key_n > n)
			abort();
		if (a.public_key)
			load(a.public_key, a.public_key_n);
	}
	load(p, n);
	return 0;
}
