/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways of attesting, right and wrong, for whoever judges them: the unit test
 * of our verifier, and the comparison with those of others.
 */
#ifndef TESTS_SCENES_H
#define TESTS_SCENES_H

#include "tests/unit/vendor.h"

/* A maker, and one of the same names and models with keys of his own. */
extern struct maker maker, stranger;

void scenes_init(void);
void scenes_done(void);

/* What a row may spoil: the answer, the anchors, the moment. */
struct scene {
	struct maker_answer w;
	X509 *anchors[4];
	size_t anchors_n;
	time_t at;
	X509 *owned[4];       /* freed behind the row */
	EVP_PKEY *owned_key;
	void (*late)(struct attestation *); /* on the finished answer */
};

struct scene_row {
	const char *name; /* what holds of it */
	void (*spoil)(struct scene *);
	enum verdict verdict;
	const char *step; /* that must stand in the list ... */
	enum step_status status; /* ... with this status */
};

extern const struct scene_row scenes[], scenes_tpm[];
extern const size_t scenes_n, scenes_tpm_n;

/* Keeps a certificate until scene_done(). */
X509 *scene_own(struct scene *s, X509 *cert);

/* The answer of a row, both to be done with; a needs no init. */
void scene_build(const struct scene_row *row, struct scene *ret,
	struct attestation *a);
void scene_done(struct scene *s);

#endif
