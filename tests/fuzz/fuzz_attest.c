/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attestation object from anybody, judged with a vendor's root as anchor.
 * The seeds hold statements that the vendor's token signed for one credential;
 * whatever becomes of them, no other credential may ever be genuine.
 */
#include "token/attest/attest.h"

#include "tests/unit/vendor.h"

#include <stdlib.h>
#include <string.h>

static struct vendor vendor;
static struct anchors anchors;
static struct buf key;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	vendor_init(&vendor);
	vendor_anchors(&anchors, &vendor.root, 1);
	buf_init(&key, 1024);
	vendor_cose_key(&key, vendor.credential_key, COSE_ALG_ES256);
	return 0;
}

static bool is(const struct buf *b, const void *p, size_t n)
{
	return b->n == n && memcmp(b->p, p, n) == 0;
}

static void check(const struct attestation *a, const struct steps *steps,
	const struct attest_facts *f)
{
	static const char id[] = "credential of alice";
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (!steps->rows[i].text[0] ||
			strpbrk(steps->rows[i].text, "\n\x1b"))
			abort();
	if (f->aaguid_proved && !f->attested)
		abort();
	if (steps_verdict(steps) != VERDICT_GENUINE)
		return;
	if (!f->attested || !f->has_leaf || !(f->flags & AUTHDATA_UP) ||
		(strcmp(a->fmt, "packed") != 0 && strcmp(a->fmt, "tpm") != 0 &&
			strcmp(a->fmt, "fido-u2f") != 0))
		abort();
	if (!is(&f->credential_id, id, sizeof(id) - 1))
		abort();
	/* U2F signs the point, not the other members of the key */
	if (strcmp(a->fmt, "fido-u2f") != 0 &&
		!is(&f->public_key, key.p, key.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct attest_facts facts;
	struct steps steps = { .n = 0 };
	struct attestation a;

	attestation_init(&a);
	attest_facts_init(&facts);
	if (attestation_parse_object(p, n, &a, NULL) == 0) {
		strcpy(a.rp_id, VENDOR_RP_ID);
		buf_put_str(&a.client_data, "{\"type\":\"webauthn.create\"}");
		attest_verify(&a, &anchors, NULL, VENDOR_AT, &steps, &facts);
		check(&a, &steps, &facts);
	}
	attest_facts_done(&facts);
	attestation_done(&a);
	return 0;
}
