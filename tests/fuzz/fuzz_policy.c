/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file: what is taken has lines, and never lets a forged token in. */
#include "bridge/verify/policy.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void judge(const struct policy *policy, const struct policy_facts *f)
{
	struct policy_refusals r;
	size_t i;

	policy_decide(policy, f, &r);
	if (r.n > POLICY_KEY_COUNT || r.never != (!f->claims_only &&
					      policy_is_never(f->verdict)))
		abort();
	if (r.never && r.n == 0)
		abort();
	for (i = 0; i < r.n; i++)
		if (!r.rows[i].text[0] || !utf8_is_clean(r.rows[i].text,
						  strlen(r.rows[i].text)))
			abort();
}

static void judge_all(const struct policy *policy)
{
	struct policy_facts f = { .subject = { .product = "yubikey-5",
		.product_signed = true, .has_aaguid = true,
		.basis = ADVISORY_SELF_REPORTED, .low = 0x050403,
		.high = 0x050403 }, .method = "totp" };
	int v;

	for (v = VERDICT_VULNERABLE; v <= VERDICT_NOT_THIS_TOKEN; v++) {
		f.verdict = (enum verdict)v;
		judge(policy, &f);
	}
	f.claims_only = true;
	judge(policy, &f);
	f = (struct policy_facts){ .verdict = VERDICT_FORGED };
	judge(policy, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct policy policy;
	size_t i;

	policy_init(&policy);
	if (policy_parse((const char *)p, n, "FILE", &policy, NULL) == 0) {
		for (i = 0; i < POLICY_KEY_COUNT; i++)
			if (!policy.value[i] != !policy.line[i])
				abort();
		judge_all(&policy);
	} else if (policy.file) {
		abort();
	}
	policy_done(&policy);
	return 0;
}
