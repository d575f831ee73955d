/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways of attesting, right and wrong, for whoever judges them: the unit test
 * of our verifier, and the comparison with those of others.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "tests/unit/vendor.h"

/* A vendor, and one of the same names and models with keys of its own. */
extern struct vendor vendor, untrusted;

void vectors_init(void);
void vectors_done(void);

/* What a row may spoil: the answer, the anchors, the moment. */
struct vector {
	struct vendor_answer w;
	X509 *anchors[4];
	size_t anchors_n;
	time_t at;
	X509 *owned[4];       /* freed behind the row */
	EVP_PKEY *owned_key;
	void (*late)(struct attestation *); /* on the finished answer */
};

struct vector_row {
	const char *name; /* what holds of it */
	void (*spoil)(struct vector *);
	enum verdict verdict;
	const char *step; /* that must stand in the list ... */
	enum step_status status; /* ... with this status */
};

extern const struct vector_row vectors[], vectors_tpm[], vectors_algorithms[];
extern const size_t vectors_n, vectors_tpm_n, vectors_algorithms_n;

/* Keeps a certificate until vector_done(). */
X509 *vector_own(struct vector *s, X509 *cert);

/* The answer of a row, both to be done with; a needs no init. */
void vector_build(const struct vector_row *row, struct vector *ret,
	struct attestation *a);
void vector_done(struct vector *s);

#endif
