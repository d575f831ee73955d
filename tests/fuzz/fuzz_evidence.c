/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An evidence file from anybody: what is taken says the same when it is
 * written again, and no verdict on it is genuine without trust data.
 */
#include "token/evidence.h"

#include "token/fido/proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool same(const struct buf *a, const struct buf *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

static void write_again(const struct evidence *e)
{
	struct evidence again;
	struct buf b;

	evidence_init(&again);
	buf_init(&b, 4 * EVIDENCE_MAX); /* indentation grows */
	if (evidence_write(e, &b, NULL) < 0)
		abort();
	if (b.n <= EVIDENCE_MAX &&
		(evidence_parse(b.p, b.n, &again, NULL) < 0 ||
			!same(&again.attestation.auth_data,
				&e->attestation.auth_data) ||
			!same(&again.attestation.att_stmt,
				&e->attestation.att_stmt) ||
			!same(&again.attestation.client_data,
				&e->attestation.client_data) ||
			!same(&again.assertion.signature,
				&e->assertion.signature) ||
			strcmp(again.attestation.fmt, e->attestation.fmt) ||
			again.made_at != e->made_at ||
			again.verdict != e->verdict ||
			again.claimed_serial != e->claimed_serial))
		abort();
	buf_done(&b);
	evidence_done(&again);
}

static void judge(const struct evidence *e)
{
	const struct anchors none = { NULL, 0 };
	struct proof_facts proof = { 0 };
	struct attest_facts facts;
	struct steps steps = { .n = 0 };

	attest_facts_init(&facts);
	attest_verify(&e->attestation, &none, NULL, e->made_at, &steps, &facts);
	if (e->has_assertion)
		proof_verify(&e->assertion, facts.public_key.p,
			facts.public_key.n, -1, &steps, &proof);
	if (facts.attested || steps_verdict(&steps) == VERDICT_GENUINE)
		abort();
	attest_facts_done(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct evidence e;

	evidence_init(&e);
	if (evidence_parse(p, n, &e, NULL) == 0) {
		judge(&e);
		if (e.made_at >= 0 && e.made_at < 253402300800)
			write_again(&e);
	}
	evidence_done(&e);
	return 0;
}
