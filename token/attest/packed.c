/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation statements of the format packed. */
#include "token/attest/private.h"

/* Section 8.2: basic, or self where there is no certificate. */
bool attest_verify_packed(struct verification *c)
{
	const struct attestation *a = c->a;
	struct statement *st = &c->st;
	const char *defect;

	if (!st->sig || !st->has_alg)
		return statement_malformed(c,
			"a packed statement without alg or sig");
	/* SHA-1 is known, and not good enough for anything but a TPM */
	if (st->alg != COSE_ALG_RS1 && statement_is_open(c)) {
		defect = st->leaf ? leaf_packed_defect(st->leaf) : NULL;
		return defect ? statement_malformed(c, defect) :
				statement_unjudged(c);
	}
	if (!cose_verify(st->leaf ? X509_get0_pubkey(st->leaf) : c->key,
		    (int)st->alg, a->auth_data.p, a->auth_data.n,
		    c->client_data_hash, 32, st->sig, st->sig_n) ||
		(!st->leaf && !cose_is_same(st->alg, c->facts->alg)))
		return statement_forged(c);
	if (!st->leaf) {
		statement_passes(c, "the new credential itself");
		return true;
	}
	defect = leaf_packed_defect(st->leaf);
	if (defect)
		return statement_malformed(c, defect);
	statement_passes(c, "its attestation certificate");
	return true;
}
