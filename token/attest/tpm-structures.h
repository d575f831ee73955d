/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two structures of a TPM that a `tpm` statement holds (TPM 2.0 Library,
 * part 2: TPMT_PUBLIC in 12.2.4, TPMS_ATTEST in 10.12.12). Pure: bytes in,
 * pointers into those bytes out; every byte must be accounted for.
 */
#ifndef TOKEN_ATTEST_TPM_STRUCTURES_H
#define TOKEN_ATTEST_TPM_STRUCTURES_H

#include "base/error.h"

#include <openssl/evp.h>
#include <stdint.h>

enum tpm_alg {
	TPM_RSA = 0x0001,
	TPM_SHA256 = 0x000b,
	TPM_SHA384 = 0x000c,
	TPM_SHA512 = 0x000d,
	TPM_NULL = 0x0010,
	TPM_RSASSA = 0x0014,
	TPM_RSAPSS = 0x0016,
	TPM_ECDSA = 0x0018,
	TPM_ECC = 0x0023,
};

enum tpm_attribute {
	TPM_FIXED_TPM = 1 << 1,      /* cannot be duplicated */
	TPM_FIXED_PARENT = 1 << 4,   /* nor moved */
	TPM_SENSITIVE_ORIGIN = 1 << 5, /* was made in the TPM */
};

/* A public area: the key that the TPM certifies. */
struct tpm_public {
	uint16_t type;     /* TPM_RSA, TPM_ECC */
	uint16_t name_alg;
	uint32_t attributes;
	uint16_t bits;     /* RSA */
	uint32_t exponent; /* RSA; never 0, which stands for 65537 */
	uint16_t curve;    /* ECC */
	const unsigned char *x; /* ECC, or RSA's modulus */
	size_t x_n;
	const unsigned char *y; /* ECC */
	size_t y_n;
};

/*
 * A signing key of RSA or ECC. ERROR_MALFORMED names what is wrong and leaves
 * *ret untouched.
 */
int tpm_public_parse(const unsigned char *p, size_t n, struct tpm_public *ret,
	struct error *err);

/* What a TPM certifies of a key (TPM_ST_ATTEST_CERTIFY). */
struct tpm_certify {
	const unsigned char *extra; /* that it was asked to sign with it */
	size_t extra_n;
	const unsigned char *name; /* of the key */
	size_t name_n;
};

/* ERROR_MALFORMED as above: the magic and the type are part of the form. */
int tpm_certify_parse(const unsigned char *p, size_t n,
	struct tpm_certify *ret, struct error *err);

/* nameAlg || hash of the area's n bytes; SHA-1 is no name. */
bool tpm_name_is(const struct tpm_public *area, const unsigned char *p,
	size_t n, const unsigned char *name, size_t name_n);

/* Whether the area holds the very numbers of key. */
bool tpm_public_is(const struct tpm_public *area, EVP_PKEY *key);

#endif
