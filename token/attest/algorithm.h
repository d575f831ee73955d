/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE algorithms that are not verified here (IANA's registry "COSE
 * Algorithms"): what they are called, and whether a key can be one of theirs.
 * What is not supported is not forged; what contradicts itself is. Pure.
 */
#ifndef TOKEN_ATTEST_ALGORITHM_H
#define TOKEN_ATTEST_ALGORITHM_H

#include "base/error.h"

#include <openssl/x509.h>
#include <stdint.h>

/* "ML-DSA-44 (-48)"; the number alone where it has no name here. */
#define ALGORITHM_NAME_LEN 40
void algorithm_name(int64_t alg, char ret[ALGORITHM_NAME_LEN]);

/*
 * The algorithm of a COSE_Key that cose_key_load() does not support.
 * ERROR_MALFORMED where the key's type or curve is not the algorithm's; of one
 * that has no name here nothing contradicts that.
 */
int algorithm_of_key(const unsigned char *p, size_t n, int *ret_alg,
	struct error *err);

/*
 * Whether a certificate's key can be of an algorithm that is not verified here.
 * One that has no name here fits only a key whose type has none either: all
 * algorithms of the others are known.
 */
bool algorithm_fits(int64_t alg, X509 *cert);

#endif
