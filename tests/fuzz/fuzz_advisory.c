/* SPDX-License-Identifier: Apache-2.0 */
/* A table of advisories: what is taken is in order, bounded and judges. */
#include "token/model/advisory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_row(const struct advisory *a)
{
	if (a->from >= a->before || a->before > PRODUCT_FIRMWARE_MAX + 1 ||
		!a->link[0] || !a->concerns || a->serial_from > a->serial_to)
		abort();
	if (a->aaguids_n > ADVISORY_IDS_MAX || a->devices_n > ADVISORY_IDS_MAX)
		abort();
	if (!product_by_name(a->product) && !a->aaguids_n && !a->devices_n)
		abort();
}

/* A vulnerable subject stays so however many rows come before. */
static void judge(const struct advisories *t, const struct advisory_subject *s)
{
	struct steps steps = { .n = 0 };
	bool counts = false, is = false;
	size_t i;

	for (i = 0; i < t->n; i++)
		counts = counts || ((t->rows[i].concerns & ADVISORY_USED) &&
			strcmp(t->rows[i].severity, "none") != 0 &&
			advisory_match(&t->rows[i], s) == ADVISORY_YES);
	advisory_check(t, s, &steps);
	for (i = 0; i < steps.n; i++)
		is = is || steps.rows[i].verdict == VERDICT_VULNERABLE;
	if (is != counts)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct advisory_subject known = { .product = "yubikey-5",
		.basis = ADVISORY_SIGNED, .low = 0x050403, .high = 0x050403 };
	const struct advisory_subject unknown = { .product = "yubikey-5",
		.high = PRODUCT_FIRMWARE_MAX };
	struct advisories t = { 0 }, whole = { 0 };
	size_t i;

	if (advisory_parse((const char *)p, n, "FILE", &t, NULL) < 0) {
		if (t.rows || t.models)
			abort();
		return 0;
	}
	for (i = 0; i < t.n; i++) {
		check_row(&t.rows[i]);
		if (i && strcmp(t.rows[i - 1].id, t.rows[i].id) > 0)
			abort();
	}
	judge(&t, &known);
	judge(&t, &unknown);
	if (advisories_load(NULL, &whole, NULL) < 0 ||
		advisories_overlay(&whole, &t, "FILE", NULL) < 0)
		abort();
	judge(&whole, &known);
	judge(&whole, &unknown);
	advisories_done(&whole);
	advisories_done(&t);
	return 0;
}
