/* SPDX-License-Identifier: Apache-2.0 */
/* The structures of a TPM: an input is read as each of the two. */
#include "token/attest/tpm-structures.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool inside(const unsigned char *part, size_t part_n, const uint8_t *p,
	size_t n)
{
	return part >= p && part_n <= n && part <= p + n - part_n;
}

static void try_public(const uint8_t *p, size_t n)
{
	struct tpm_public a = { .type = 4711 };
	EVP_PKEY *none = EVP_PKEY_new();

	if (tpm_public_parse(p, n, &a, NULL) < 0) {
		if (a.type != 4711)
			abort();
	} else {
		if (!inside(a.x, a.x_n, p, n) || a.x_n > 512 ||
			(a.type == TPM_ECC && !inside(a.y, a.y_n, p, n)) ||
			(a.type == TPM_RSA && a.x_n * 8 != a.bits))
			abort();
		if (tpm_public_is(&a, none) ||
			tpm_name_is(&a, p, n, p, n < 34 ? n : 34))
			abort();
	}
	EVP_PKEY_free(none);
}

static void try_certify(const uint8_t *p, size_t n)
{
	struct tpm_certify c;

	if (tpm_certify_parse(p, n, &c, NULL) == 0 &&
		(!inside(c.extra, c.extra_n, p, n) ||
			!inside(c.name, c.name_n, p, n) ||
			memcmp(p, "\xffTCG\x80\x17", 6) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	try_public(p, n);
	try_certify(p, n);
	return 0;
}
