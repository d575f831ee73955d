/* SPDX-License-Identifier: Apache-2.0 */
/* Which advisories a token falls under. */
#include "token/model/advisory.h"

#include <stdio.h>
#include <string.h>

#define HITS_MAX 8 /* steps for rows; the list of steps is bounded */

/* ---- what is known of a token ---- */

static uint32_t firmware_number(const uint8_t v[3])
{
	return (uint32_t)v[0] << 16 | (uint32_t)v[1] << 8 | v[2];
}

static void take_claim(struct advisory_subject *s,
	const struct advisory_source *source)
{
	uint8_t told[3];
	const uint8_t *v = source->info->has_version ? source->info->version :
		product_getinfo_firmware(source->vendor,
			source->getinfo_version, told) ? told :
		product_hid_firmware(source->vendor, source->hid_version);

	s->has_claim = v != NULL;
	s->claim = v ? firmware_number(v) : 0;
	s->uncompared = v ? 0 : source->getinfo_version;
}

/* What the certificate proves before what the token says. */
static void take_serial(struct advisory_subject *s,
	const struct advisory_source *source)
{
	uint64_t proved = source->leaf ? leaf_serial(source->leaf) : 0;
	bool fits = proved && proved <= UINT32_MAX;

	s->has_serial = fits || source->info->has_serial;
	s->serial = fits ? (uint32_t)proved : source->info->serial;
}

static const struct advisory_model *model_of(const struct advisories *t,
	const uint8_t *aaguid)
{
	size_t i;

	for (i = 0; i < t->models_n; i++)
		if (memcmp(t->models[i].aaguid, aaguid, 16) == 0)
			return &t->models[i];
	return NULL;
}

static void take_proof(struct advisory_subject *s, const struct advisories *t,
	const struct advisory_source *source)
{
	const struct advisory_model *m = NULL;

	if (source->leaf && source->leaf->has_firmware) {
		s->proof = ADVISORY_SIGNED;
		s->proof_low = firmware_number(source->leaf->firmware);
		s->proof_high = s->proof_low;
		return;
	}
	if (source->aaguid && source->aaguid_proved)
		m = model_of(t, source->aaguid);
	if (m) {
		s->proof = ADVISORY_BY_AAGUID;
		s->proof_low = m->from;
		s->proof_high = m->before - 1;
	}
}

/* What it says of itself is believed where nothing proved contradicts it. */
static void settle_firmware(struct advisory_subject *s)
{
	bool fits = s->has_claim && (!s->proof || (s->claim >= s->proof_low &&
					     s->claim <= s->proof_high));

	if (s->proof != ADVISORY_SIGNED && fits) {
		s->basis = ADVISORY_SELF_REPORTED;
		s->low = s->high = s->claim;
	} else if (s->proof) {
		s->basis = s->proof;
		s->low = s->proof_low;
		s->high = s->proof_high;
	} else {
		s->high = PRODUCT_FIRMWARE_MAX;
	}
}

struct advisory_subject advisory_subject(const struct advisories *t,
	const struct advisory_source *source)
{
	static const uint8_t none[16];
	struct advisory_subject s = { .device = { source->vendor,
		source->usb_product } };

	s.product = product_identify(source->leaf, source->info,
		source->vendor, source->usb_product, &s.product_signed);
	take_serial(&s, source);
	s.has_aaguid = source->aaguid && memcmp(source->aaguid, none, 16) != 0;
	if (s.has_aaguid)
		memcpy(s.aaguid, source->aaguid, 16);
	take_claim(&s, source);
	take_proof(&s, t, source);
	settle_firmware(&s);
	return s;
}

/* ---- words ---- */

const char *advisory_basis_name(enum advisory_basis basis)
{
	static const char *const names[] = {
		[ADVISORY_UNKNOWN] = "unknown",
		[ADVISORY_SELF_REPORTED] = "self-reported",
		[ADVISORY_BY_AAGUID] = "aaguid",
		[ADVISORY_SIGNED] = "signed",
	};

	return names[basis];
}

static void describe_firmware(enum advisory_basis basis, uint32_t low,
	uint32_t high, char ret[ADVISORY_BASIS_LEN])
{
	char a[PRODUCT_FIRMWARE_LEN], b[PRODUCT_FIRMWARE_LEN];

	product_firmware_format(low, a);
	product_firmware_format(high + 1, b);
	if (basis == ADVISORY_UNKNOWN)
		snprintf(ret, ADVISORY_BASIS_LEN, "unknown firmware");
	else if (basis != ADVISORY_BY_AAGUID)
		snprintf(ret, ADVISORY_BASIS_LEN, "%s firmware %s",
			advisory_basis_name(basis), a);
	else if (high >= PRODUCT_FIRMWARE_MAX)
		snprintf(ret, ADVISORY_BASIS_LEN,
			"firmware %s or later (by its AAGUID)", a);
	else
		snprintf(ret, ADVISORY_BASIS_LEN,
			"firmware %s to before %s (by its AAGUID)", a, b);
}

void advisory_subject_describe(const struct advisory_subject *s,
	char ret[ADVISORY_BASIS_LEN])
{
	describe_firmware(s->basis, s->low, s->high, ret);
}

/* ---- rows ---- */

static bool is_listed(const struct advisory *a,
	const struct advisory_subject *s)
{
	size_t i;

	for (i = 0; s->has_aaguid && i < a->aaguids_n; i++)
		if (memcmp(a->aaguids[i], s->aaguid, 16) == 0)
			return true;
	for (i = 0; i < a->devices_n; i++)
		if (a->devices[i].vendor == s->device.vendor &&
			a->devices[i].product == s->device.product)
			return true;
	return false;
}

static bool is_product(const struct advisory *a,
	const struct advisory_subject *s)
{
	if (!product_by_name(a->product))
		return is_listed(a, s);
	if (!s->product || strcmp(s->product, a->product) != 0)
		return false;
	return (!a->aaguids_n && !a->devices_n) || is_listed(a, s);
}

static enum advisory_match match_serial(const struct advisory *a,
	const struct advisory_subject *s)
{
	if (!a->has_serials)
		return ADVISORY_YES;
	if (!s->has_serial)
		return ADVISORY_MAYBE;
	return s->serial >= a->serial_from && s->serial <= a->serial_to ?
		ADVISORY_YES : ADVISORY_NO;
}

static enum advisory_match match_firmware(const struct advisory *a,
	const struct advisory_subject *s)
{
	if (s->low >= a->from && s->high < a->before)
		return ADVISORY_YES;
	return s->high < a->from || s->low >= a->before ? ADVISORY_NO :
							  ADVISORY_MAYBE;
}

enum advisory_match advisory_match(const struct advisory *a,
	const struct advisory_subject *s)
{
	enum advisory_match serial = match_serial(a, s);
	enum advisory_match firmware = match_firmware(a, s);

	if (!is_product(a, s))
		return ADVISORY_NO;
	return serial < firmware ? serial : firmware;
}

/* ---- steps ---- */

static void say_contradiction(const struct advisory_subject *s,
	struct steps *steps)
{
	char proof[ADVISORY_BASIS_LEN], claim[PRODUCT_FIRMWARE_LEN];

	if (!s->proof || !s->has_claim || (s->claim >= s->proof_low &&
						  s->claim <= s->proof_high))
		return;
	describe_firmware(s->proof, s->proof_low, s->proof_high, proof);
	product_firmware_format(s->claim, claim);
	steps_add(steps, "firmware", STEP_WARN, VERDICT_GENUINE,
		"the attestation proves %s, and the token says %s of itself: "
		"what is proved counts, and the token or what lies between is "
		"not honest", proof, claim);
}

static bool is_muted(const struct advisory *a)
{
	return strcmp(a->severity, "none") == 0;
}

/* Whether it makes the token vulnerable. */
static bool row_counts(const struct advisory *a, enum advisory_match match)
{
	return match == ADVISORY_YES && !is_muted(a) &&
		(a->concerns & ADVISORY_USED);
}

static void add_muted(const struct advisories *t, const struct advisory *a,
	const char *firmware, struct steps *steps)
{
	steps_add(steps, "firmware", STEP_WARN, VERDICT_GENUINE,
		"%s (%s) is muted by '%s', line %zu: %s; this is %s with %s",
		a->id, a->alias, t->local, a->line, a->affects, a->product,
		firmware);
}

static void advisory_check_add_row(const struct advisories *t,
	const struct advisory *a, const struct advisory_subject *s,
	enum advisory_match match, struct steps *steps)
{
	char firmware[ADVISORY_BASIS_LEN], fixed[40] = "no firmware is known to fix it";
	char before[PRODUCT_FIRMWARE_LEN];

	advisory_subject_describe(s, firmware);
	if (is_muted(a)) {
		add_muted(t, a, firmware, steps);
		return;
	}
	product_firmware_format(a->before, before);
	if (a->before <= PRODUCT_FIRMWARE_MAX)
		snprintf(fixed, sizeof(fixed), "fixed in %s", before);
	steps_add(steps, "firmware", match == ADVISORY_YES ? STEP_WARN :
		STEP_UNKNOWN, row_counts(a, match) ? VERDICT_VULNERABLE :
		VERDICT_GENUINE, "%s (%s, %s)%s: %s; %s, this is %s with %s; "
		"%s", a->id, a->alias, a->severity,
		match == ADVISORY_MAYBE ? " may concern it" :
		row_counts(a, match) ? "" : " is not about FIDO or OATH",
		a->affects, fixed, a->product, firmware, a->link);
}

/*
 * The rows that count, or the others; *seen counts both. The list of steps is
 * bounded, so what comes late is only counted: that is never the first that
 * counts.
 */
static void add_rows(const struct advisories *t,
	const struct advisory_subject *s, bool that_count, size_t *seen,
	struct steps *steps)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct advisory *a = &t->rows[i];
		enum advisory_match match = advisory_match(a, s);

		if (match == ADVISORY_NO || row_counts(a, match) != that_count)
			continue;
		if (++*seen <= HITS_MAX)
			advisory_check_add_row(t, a, s, match, steps);
	}
}

/* Whether no row that concerns us can be about it. */
static bool is_clear(const struct advisories *t,
	const struct advisory_subject *s, bool *ret_known)
{
	bool clear = true;
	size_t i;

	*ret_known = s->product != NULL;
	for (i = 0; i < t->n; i++) {
		const struct advisory *a = &t->rows[i];

		*ret_known = *ret_known || is_product(a, s);
		if ((a->concerns & ADVISORY_USED) &&
			advisory_match(a, s) != ADVISORY_NO)
			clear = false;
	}
	return clear;
}

static void add_clear(const struct advisory_subject *s, bool known,
	struct steps *steps)
{
	char firmware[ADVISORY_BASIS_LEN];

	advisory_subject_describe(s, firmware);
	if (s->basis == ADVISORY_UNKNOWN && s->uncompared)
		steps_add(steps, "firmware", STEP_UNKNOWN, VERDICT_GENUINE,
			"the token tells firmware %llu, which its vendor "
			"counts in a way of its own: no table compares it",
			(unsigned long long)s->uncompared);
	else if (s->basis == ADVISORY_UNKNOWN)
		steps_add(steps, "firmware", STEP_UNKNOWN, VERDICT_GENUINE,
			"the token does not tell its firmware");
	else if (!known)
		steps_add(steps, "firmware", STEP_UNKNOWN, VERDICT_GENUINE,
			"%s of a product that no table knows", firmware);
	else
		steps_add(steps, "firmware", STEP_PASS, VERDICT_GENUINE,
			"no advisory about FIDO or OATH for %s with %s",
			s->product ? s->product : "this product", firmware);
}

void advisory_check(const struct advisories *t,
	const struct advisory_subject *s, struct steps *steps)
{
	char tables[300];
	size_t seen = 0;
	bool known;

	advisories_describe(t, tables, sizeof(tables));
	steps_add(steps, "advisories", STEP_PASS, VERDICT_GENUINE, "%s",
		tables);
	say_contradiction(s, steps);
	add_rows(t, s, true, &seen, steps);
	add_rows(t, s, false, &seen, steps);
	if (seen > HITS_MAX)
		steps_add(steps, "firmware", STEP_WARN, VERDICT_GENUINE,
			"%zu more advisories", seen - HITS_MAX);
	if (is_clear(t, s, &known))
		add_clear(s, known, steps);
}
