/* SPDX-License-Identifier: Apache-2.0 */
/* The table of advisories, and on which firmware its rows fall. */
#include "token/model/advisory.h"

#include "tests/unit/unit.h"

static struct advisories table;

static int parse(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r;

	advisories_done(&table);
	r = advisory_parse((char *)p, strlen(s), "t.tsv", &table, &err);
	free(p);
	return r;
}

static int load(void **state)
{
	(void)state;
	return advisories_load(NULL, &table, &err);
}

static int drop(void **state)
{
	(void)state;
	advisories_done(&table);
	return 0;
}

/* ---- the built-in table ---- */

static void the_built_in_table_is_well_formed_and_dated(void **state)
{
	static const char *const ids[] = { "CVE-2015-3298", "CVE-2020-12061",
		"CVE-2020-27208", "CVE-2020-27209", "CVE-2021-3011",
		"YSA-2017-01", "YSA-2018-01", "YSA-2019-02", "YSA-2020-04",
		"YSA-2020-05", "YSA-2024-02", "YSA-2024-03", "YSA-2025-02" };
	const char *p;
	size_t n, i, k;

	(void)state;
	p = advisory_builtin(&n);
	OK(advisory_parse(p, n, "t", &table, &err));
	assert_int_equal(strlen(table.date), 10);
	for (i = 0, k = 0; i < table.n; i++) {
		assert_memory_equal(table.rows[i].link, "https://", 8);
		assert_string_not_equal(table.rows[i].severity, "none");
		k += strcmp(table.rows[i].id, ids[k]) != 0;
		assert_true(k < ARRAY_LEN(ids));
		assert_string_equal(table.rows[i].id, ids[k]);
	}
	assert_int_equal(k, ARRAY_LEN(ids) - 1);
	assert_true(table.models_n >= 40);
}

static struct advisory_subject subject(const char *product, uint32_t v)
{
	return (struct advisory_subject){ .product = product,
		.basis = ADVISORY_SELF_REPORTED, .low = v, .high = v };
}

/* A token that a row is about, but for its version. */
static struct advisory_subject subject_of(const struct advisory *a, uint32_t v)
{
	struct advisory_subject s = subject(product_by_name(a->product), v);

	s.has_aaguid = a->aaguids_n > 0;
	if (s.has_aaguid)
		memcpy(s.aaguid, a->aaguids[0], 16);
	else if (a->devices_n)
		s.device = a->devices[0];
	return s;
}

static void every_row_holds_up_to_its_borders_and_not_beyond(void **state)
{
	struct advisory_subject s;
	size_t i;

	(void)state;
	for (i = 0; i < table.n; i++) {
		const struct advisory *a = &table.rows[i];

		s = subject_of(a, a->from);
		assert_int_equal(advisory_match(a, &s), ADVISORY_YES);
		s = subject_of(a, a->before - 1);
		assert_int_equal(advisory_match(a, &s), ADVISORY_YES);
		if (a->before <= PRODUCT_FIRMWARE_MAX) {
			s = subject_of(a, a->before);
			assert_int_equal(advisory_match(a, &s), ADVISORY_NO);
		}
		if (a->from) {
			s = subject_of(a, a->from - 1);
			assert_int_equal(advisory_match(a, &s), ADVISORY_NO);
		}
	}
}

static enum verdict verdict_of(const struct advisory_subject *s)
{
	struct steps steps = { .n = 0 };

	steps_add(&steps, "signature", STEP_PASS, VERDICT_GENUINE, "x");
	steps_add(&steps, "chain", STEP_PASS, VERDICT_GENUINE, "x");
	advisory_check(&table, s, &steps);
	assert_true(steps.n >= 4);
	return steps_verdict(&steps);
}

static void firmware_is_vulnerable_up_to_the_fix_and_not_beyond(void **state)
{
	static const struct {
		const char *product;
		uint32_t v;
		bool hit;
	} rows[] = {
		{ "yubikey-5", 0x050609, true },
		{ "yubikey-5", 0x0506ff, true },
		{ "yubikey-5", 0x050700, true }, /* YSA-2025-02 */
		{ "yubikey-5", 0x050703, true },
		{ "yubikey-5", 0x050704, false },
		{ "yubikey-5", 0x050000, true },
		{ "yubikey-5", 0x04ffff, false },
		{ "yubikey-5", 0x060000, false },
		{ "yubikey-5-fips", 0x050403, true },
		{ "yubikey-5-fips", 0x050701, true },
		{ "yubikey-5-fips", 0x050703, true },
		{ "yubikey-5-fips", 0x050704, false },
		{ "yubikey-bio", 0x050506, true },
		{ "yubikey-bio", 0x050701, true },
		{ "yubikey-bio", 0x050704, false },
		{ "security-key", 0x040307, true },
		{ "security-key", 0x050403, true },
		{ "security-key", 0x050704, false },
		/* EUCLEAK: no firmware for it has come since */
		{ "yubikey-4", 0x040206, true },
		{ "yubikey-4", 0x040304, true },
		{ "yubikey-4", 0x040401, true },
		{ "yubikey-4", 0x040402, true },
		{ "yubikey-4", 0x040405, true },
		{ "yubikey-neo", 0x030409, true },
		{ "yubikey-plus", 0x040100, false },
		{ "yubikey-edge", 0x040100, false },
		{ "yubikey-6", 0x060000, false },
		{ "another", 0x050403, false },
	};
	struct advisory_subject s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		s = subject(rows[i].product, rows[i].v);
		if (verdict_of(&s) != (rows[i].hit ? VERDICT_VULNERABLE :
					       VERDICT_GENUINE))
			fail_msg("row %zu", i);
	}
}

/* The text of the first step "firmware" that has these words. */
static const struct step *find(const struct steps *steps, const char *words)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strcmp(steps->rows[i].name, "firmware") == 0 &&
			strstr(steps->rows[i].text, words))
			return &steps->rows[i];
	fail_msg("no step says '%s'", words);
	return NULL;
}

static bool says(const struct steps *steps, const char *words)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strstr(steps->rows[i].text, words))
			return true;
	return false;
}

static void a_hit_says_the_advisory_the_fix_and_the_link_whole(void **state)
{
	struct advisory_subject s = subject("yubikey-5-fips", 0x050403);
	struct steps steps = { .n = 0 };
	const struct step *step;
	size_t i;

	(void)state;
	advisory_check(&table, &s, &steps);
	assert_string_equal(steps.rows[0].name, "advisories");
	assert_non_null(strstr(steps.rows[0].text, table.date));
	step = find(&steps, "YSA-2024-03");
	assert_int_equal(step->status, STEP_WARN);
	assert_int_equal(step->verdict, VERDICT_VULNERABLE);
	assert_non_null(strstr(step->text, "fixed in 5.7.2"));
	assert_non_null(strstr(step->text, "self-reported firmware 5.4.3"));
	for (i = 0; i < table.n; i++) {
		s = subject_of(&table.rows[i], table.rows[i].from);
		steps.n = 0;
		advisory_check(&table, &s, &steps);
		step = find(&steps, table.rows[i].id);
		assert_non_null(strstr(step->text, table.rows[i].link));
		assert_true(strlen(step->text) < sizeof(step->text) - 1);
	}
}

static void what_is_not_known_is_not_passed(void **state)
{
	struct advisory_subject s = { .product = "yubikey-5",
		.high = PRODUCT_FIRMWARE_MAX };
	struct steps steps = { .n = 0 };
	size_t i;

	(void)state;
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "YSA-2024-03")->status, STEP_UNKNOWN);
	assert_non_null(strstr(find(&steps, "YSA-2024-03")->text,
		"may concern it"));
	for (i = 1; i < steps.n; i++)
		assert_int_not_equal(steps.rows[i].status, STEP_PASS);
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	s.product = NULL;
	steps.n = 0;
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "does not tell")->status, STEP_UNKNOWN);
	s = subject(NULL, 0x050403);
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "no table knows")->status,
		STEP_UNKNOWN);
	s = subject("yubikey-5", 0x050704);
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "no advisory")->status, STEP_PASS);
}

static void other_vendors_tokens_are_known_by_their_ids(void **state)
{
	struct advisory_subject s = { .basis = ADVISORY_UNKNOWN,
		.high = PRODUCT_FIRMWARE_MAX };
	struct steps steps = { .n = 0 };

	(void)state;
	/* all versions */
	s.device = (struct advisory_usb){ 0x20a0, 0x42b1 };
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	/* an unknown version of some */
	s.device.product = 0x4287;
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "CVE-2020-12061")->status, STEP_UNKNOWN);
	s.basis = ADVISORY_SELF_REPORTED;
	s.low = s.high = 0x010100;
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	s.low = s.high = 0x010200;
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	s.device.product = 0x42b2;
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
}

static void a_row_of_some_models_spares_the_others(void **state)
{
	struct advisory_subject s = subject("yubikey-5", 0x050206);
	struct steps steps = { .n = 0 };

	(void)state;
	advisory_check(&table, &s, &steps);
	assert_false(says(&steps, "YSA-2020-04"));
	s.has_aaguid = true;
	assert_int_equal(aaguid_parse("2fc0579f-8113-47ea-b116-bb5a8db9202a",
		36, s.aaguid), 0);
	advisory_check(&table, &s, &steps);
	assert_true(says(&steps, "YSA-2020-04"));
	/* not by another product's claim of that AAGUID */
	s.product = "security-key";
	steps.n = 0;
	advisory_check(&table, &s, &steps);
	assert_false(says(&steps, "YSA-2020-04"));
}

/* ---- who is it ---- */

#define ID "1.3.6.1.4.1.41482.1."

static const struct leaf leaf_5 = { .device_id = ID "7" };
static const struct leaf leaf_5_signed = { .device_id = ID "7",
	.has_firmware = true, .firmware = { 5, 7, 4 } };
static const struct leaf leaf_5_fips = { .device_id = ID "7", .fips = true };
static const struct leaf leaf_sky = { .device_id = ID "1" };
static const struct leaf leaf_4 = { .device_id = ID "5" };
static const struct leaf leaf_bio = { .device_id = ID "9" };
static const struct leaf leaf_plus = { .device_id = ID "3" };
static const struct leaf leaf_6 = { .device_id = ID "10" };
static const struct leaf leaf_preview = { .device_id = ID "6" };
static const struct leaf leaf_odd = { .device_id = ID "7.1" };
static const struct leaf leaf_none = { .device_id = "" };

#define CLAIMS(a, b, c, ...) { .present = true, .has_version = true, \
	.version = { a, b, c }, __VA_ARGS__ }
#define A52 "2fc0579f-8113-47ea-b116-bb5a8db9202a"
#define A574 "d7781e5d-e353-46aa-afe2-3ca49f13332a"
#define SELF ADVISORY_SELF_REPORTED
#define NOTHING ADVISORY_UNKNOWN, 0, PRODUCT_FIRMWARE_MAX
#define SERIAL .has_serial = true, .serial = 1

static const struct {
	const char *name;
	const struct leaf *leaf;
	struct devinfo info;
	uint16_t vendor;
	uint8_t hid[3];
	uint16_t usb;
	const char *aaguid; /* proved; NULL: none */
	const char *product;
	bool product_signed;
	enum advisory_basis basis;
	uint32_t low, high;
} subjects[] = {
	{ "the signed version wins", &leaf_5_signed, CLAIMS(5, 4, 3, SERIAL),
	  0x1050, { 5, 1, 2 }, 0, A52, "yubikey-5", true, ADVISORY_SIGNED,
	  0x050704, 0x050704 },
	{ "and is signed where the claim is the same", &leaf_5_signed,
	  CLAIMS(5, 7, 4, SERIAL), 0x1050, { 0 }, 0, NULL, "yubikey-5", true,
	  ADVISORY_SIGNED, 0x050704, 0x050704 },
	{ "the claimed version is next", &leaf_5, CLAIMS(5, 4, 3, SERIAL),
	  0x1050, { 5, 1, 2 }, 0, NULL, "yubikey-5", true, SELF, 0x050403,
	  0x050403 },
	{ "the HID version is last", &leaf_5, { .present = false }, 0x1050,
	  { 5, 1, 2 }, 0, NULL, "yubikey-5", true, SELF, 0x050102, 0x050102 },
	{ "another vendor's HID version is none", &leaf_5,
	  { .present = false }, 0x20a0, { 5, 1, 2 }, 0, NULL, "yubikey-5",
	  true, NOTHING },
	{ "a claim that the AAGUID allows counts", &leaf_5,
	  CLAIMS(5, 4, 3, SERIAL), 0x1050, { 0 }, 0, A52, "yubikey-5", true,
	  SELF, 0x050403, 0x050403 },
	{ "at the lower end too", &leaf_5, CLAIMS(5, 2, 0, SERIAL), 0x1050,
	  { 0 }, 0, A52, "yubikey-5", true, SELF, 0x050200, 0x050200 },
	{ "and at the upper", &leaf_5, CLAIMS(5, 6, 255, SERIAL), 0x1050,
	  { 0 }, 0, A52, "yubikey-5", true, SELF, 0x0506ff, 0x0506ff },
	{ "a claim beyond its AAGUID's versions does not", &leaf_5,
	  CLAIMS(5, 7, 0, SERIAL), 0x1050, { 0 }, 0, A52, "yubikey-5", true,
	  ADVISORY_BY_AAGUID, 0x050200, 0x0506ff },
	{ "nor one before them", &leaf_5, CLAIMS(5, 1, 255, SERIAL), 0x1050,
	  { 0 }, 0, A52, "yubikey-5", true, ADVISORY_BY_AAGUID, 0x050200,
	  0x0506ff },
	{ "without a claim its AAGUID's versions count", &leaf_5,
	  { .present = false }, 0, { 0 }, 0, A574, "yubikey-5", true,
	  ADVISORY_BY_AAGUID, 0x050704, PRODUCT_FIRMWARE_MAX },
	{ "the signed product wins", &leaf_sky, CLAIMS(5, 4, 3, SERIAL),
	  0x1050, { 0 }, 0, NULL, "security-key", true, SELF, 0x050403,
	  0x050403 },
	{ "signed FIPS", &leaf_5_fips, CLAIMS(5, 4, 3, SERIAL), 0x1050, { 0 },
	  0, NULL, "yubikey-5-fips", true, SELF, 0x050403, 0x050403 },
	{ "claimed FIPS", NULL, CLAIMS(5, 4, 3, SERIAL, .fips = true), 0x1050,
	  { 0 }, 0, NULL, "yubikey-5-fips", false, SELF, 0x050403, 0x050403 },
	{ "a YubiKey 4", &leaf_4, CLAIMS(4, 3, 5, SERIAL), 0x1050, { 0 }, 0,
	  NULL, "yubikey-4", true, SELF, 0x040305, 0x040305 },
	{ "the FIPS one is told by its firmware", &leaf_4,
	  CLAIMS(4, 4, 2, SERIAL, .fips = true), 0x1050, { 0 }, 0, NULL,
	  "yubikey-4", true, SELF, 0x040402, 0x040402 },
	{ "a signed Bio", &leaf_bio, { .present = false }, 0x1050,
	  { 5, 5, 6 }, 0, NULL, "yubikey-bio", true, SELF, 0x050506,
	  0x050506 },
	{ "a claimed Bio", NULL, CLAIMS(5, 6, 3, .form_factor = 7), 0x1050,
	  { 0 }, 0, NULL, "yubikey-bio", false, SELF, 0x050603, 0x050603 },
	{ "a signed Plus", &leaf_plus, { .present = false }, 0x1050, { 0 },
	  0, NULL, "yubikey-plus", true, NOTHING },
	{ "a claimed Plus", NULL, { .present = false }, 0x1050, { 0 }, 0x0410,
	  NULL, "yubikey-plus", false, NOTHING },
	{ "a claimed Security Key of the first generation", NULL,
	  { .present = false }, 0x1050, { 0 }, 0x0120, NULL, "security-key",
	  false, NOTHING },
	{ "a signed key of firmware 6", &leaf_6, CLAIMS(6, 0, 0, SERIAL),
	  0x1050, { 0 }, 0, NULL, "yubikey-6", true, SELF, 0x060000,
	  0x060000 },
	{ "a claimed one", NULL, CLAIMS(6, 1, 0, SERIAL), 0x1050, { 0 },
	  0x0407, NULL, "yubikey-6", false, SELF, 0x060100, 0x060100 },
	{ "a preview is no product, whatever it claims", &leaf_preview,
	  CLAIMS(5, 4, 3, SERIAL), 0x1050, { 0 }, 0, NULL, NULL, true, SELF,
	  0x050403, 0x050403 },
	{ "no serial is a Security Key", NULL,
	  CLAIMS(5, 4, 3, .fips = false), 0x1050, { 0 }, 0, NULL,
	  "security-key", false, SELF, 0x050403, 0x050403 },
	{ "a Security Key with a serial says so", NULL,
	  CLAIMS(5, 4, 3, SERIAL, .security_key = true), 0x1050, { 0 }, 0,
	  NULL, "security-key", false, SELF, 0x050403, 0x050403 },
	{ "a claimed YubiKey 5", NULL, CLAIMS(5, 4, 3, SERIAL), 0x1050, { 0 },
	  0x0407, NULL, "yubikey-5", false, SELF, 0x050403, 0x050403 },
	{ "a NEO by its USB id, whose HID version is no firmware's", NULL,
	  { .present = false }, 0x1050, { 3, 4, 9 }, 0x0113, NULL,
	  "yubikey-neo", false, NOTHING },
	{ "that id of another vendor is none", NULL, { .present = false },
	  0x20a0, { 3, 4, 9 }, 0x0113, NULL, NULL, false, NOTHING },
	{ "claims of another vendor are no product", NULL,
	  CLAIMS(5, 4, 3, SERIAL), 0x20a0, { 0 }, 0, NULL, NULL, false, SELF,
	  0x050403, 0x050403 },
	{ "a device id further down is none", &leaf_odd,
	  { .present = false }, 0x1050, { 5, 1, 2 }, 0, NULL, NULL, false,
	  SELF, 0x050102, 0x050102 },
	{ "a leaf that says nothing", &leaf_none, { .present = false }, 0,
	  { 0 }, 0, NULL, NULL, false, NOTHING },
	{ "no leaf at all", NULL, { .present = false }, 0, { 0 }, 0, NULL,
	  NULL, false, NOTHING },
};

static struct advisory_subject subject_at(size_t i, bool proved)
{
	struct advisory_source source = { .leaf = subjects[i].leaf,
		.info = &subjects[i].info, .vendor = subjects[i].vendor,
		.usb_product = subjects[i].usb,
		.hid_version = subjects[i].hid, .aaguid_proved = proved };
	uint8_t aaguid[16];

	if (subjects[i].aaguid) {
		assert_int_equal(aaguid_parse(subjects[i].aaguid, 36, aaguid),
			0);
		source.aaguid = aaguid;
	}
	return advisory_subject(&table, &source);
}

static void what_is_signed_goes_before_what_is_claimed(void **state)
{
	struct advisory_subject s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(subjects); i++) {
		s = subject_at(i, true);
		if (!s.product != !subjects[i].product || (s.product &&
			    strcmp(s.product, subjects[i].product) != 0) ||
			s.product_signed != subjects[i].product_signed ||
			s.basis != subjects[i].basis ||
			s.low != subjects[i].low || s.high != subjects[i].high)
			fail_msg("%s: %s, %d, %x, %x", subjects[i].name,
				s.product, (int)s.basis, s.low, s.high);
	}
}

static void an_aaguid_that_is_not_proved_says_nothing_about_firmware(
	void **state)
{
	struct advisory_subject s = subject_at(8, false);

	(void)state;
	assert_int_equal(s.basis, ADVISORY_SELF_REPORTED);
	assert_int_equal(s.low, 0x050700);
	assert_int_equal(s.proof, ADVISORY_UNKNOWN);
	s = subject_at(10, false);
	assert_int_equal(s.basis, ADVISORY_UNKNOWN);
}

static void a_token_that_contradicts_what_is_proved_of_it_is_told(
	void **state)
{
	struct steps steps = { .n = 0 };
	struct advisory_subject s = subject_at(0, true);

	(void)state;
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "says 5.4.3 of itself")->status,
		STEP_WARN);
	assert_non_null(strstr(find(&steps, "no advisory")->text,
		"signed firmware 5.7.4"));
	steps.n = 0;
	s = subject_at(8, true);
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	advisory_check(&table, &s, &steps);
	find(&steps, "firmware 5.2.0 to before 5.7.0 (by its AAGUID), and the "
		"token says 5.7.0");
	steps.n = 0;
	s = subject_at(5, true);
	advisory_check(&table, &s, &steps);
	assert_false(says(&steps, "of itself"));
}

static void versions_between_which_a_row_ends_are_unknown(void **state)
{
	struct advisory_subject s = { .product = "yubikey-5",
		.basis = ADVISORY_BY_AAGUID, .low = 0x050700,
		.high = PRODUCT_FIRMWARE_MAX };
	struct steps steps = { .n = 0 };

	(void)state;
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "YSA-2025-02")->status, STEP_UNKNOWN);
	assert_false(says(&steps, "YSA-2024-03"));
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	/* the first version of the row is the last that it may be */
	s.low = 0x050300;
	s.high = 0x050401;
	steps.n = 0;
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "YSA-2025-02")->status, STEP_UNKNOWN);
	s.high = 0x050400;
	steps.n = 0;
	advisory_check(&table, &s, &steps);
	assert_false(says(&steps, "YSA-2025-02"));
}

/* ---- the table's form ---- */

#define LINE(id, product, ids, usb, serials, from, before, concerns, severity) \
	id "\talias\t" product "\t" ids "\t" usb "\t" serials "\t" from "\t" \
	before "\t" concerns "\taffects\t" severity "\thttps://x/\n"
#define ROW(id, product, from, before, severity) \
	LINE(id, product, "-", "-", "-", from, before, "fido", severity)
#define GOOD ROW("A-1", "yubikey-5", "1.0.0", "2.0.0", "low")
#define M1 "2fc0579f-8113-47ea-b116-bb5a8db9202a"
#define M2 "d7781e5d-e353-46aa-afe2-3ca49f13332a"

static void tables_in_order_are_taken(void **state)
{
	(void)state;
	OK(parse(""));
	assert_int_equal(table.n, 0);
	assert_string_equal(table.date, "");
	OK(parse("# words\n# date\t2026-11-01\n" GOOD
		 ROW("A-1", "yubikey-5", "2.0.0", "-", "none")
		 ROW("A-1", "yubikey-bio", "0.0.0", "255.255.255", "critical")
		 LINE("A-2", "a", M1 "," M2, "20a0:42b1,1050:0407", "7-9",
			 "1.2.3", "1.2.4", "otp,oath", "high")
		 "model\t" M1 "\t1.0.0\t-\nmodel\t" M2 "\t1.0.0\t2.0.0\n"));
	assert_int_equal(table.n, 4);
	assert_string_equal(table.date, "2026-11-01");
	assert_int_equal(table.rows[1].before, PRODUCT_FIRMWARE_MAX + 1);
	assert_int_equal(table.rows[2].before, 0xffffff);
	assert_int_equal(table.rows[3].from, 0x010203);
	assert_int_equal(table.rows[3].concerns, ADVISORY_OTP | ADVISORY_OATH);
	assert_int_equal(table.rows[3].aaguids_n, 2);
	assert_int_equal(table.rows[3].devices[1].product, 0x0407);
	assert_int_equal(table.rows[3].serial_to, 9);
	assert_int_equal(table.rows[3].line, 6);
	assert_int_equal(table.models_n, 2);
	/* the last line may end without a newline */
	OK(parse("A-1\talias\tyubikey-5\t-\t-\t-\t1.0.0\t2.0.0\tfido\taffects"
		 "\tlow\thttps://x/"));
	assert_string_equal(table.rows[0].link, "https://x/");
}

static void a_line_that_does_not_fit_is_named(void **state)
{
	static const char *const bad[] = {
		"A-1\n", "\n", "\n\n", "\t\t\t\t\t\t\t\t\t\t\t\n",
		"A-1\talias\tyubikey-5\t-\t-\t-\t1.0.0\t2.0.0\tfido\ta\tlow\n",
		"A-1\talias\tyubikey-5\t-\t-\t-\t1.0.0\t2.0.0\tfido\ta\tlow\tx"
		"\ty\n",
		"A-1\t\tyubikey-5\t-\t-\t-\t1.0.0\t2.0.0\tfido\ta\tlow\tx\n",
		"A-1\talias\tyubikey-5\t-\t-\t-\t1.0.0\t2.0.0\tfido\ta\tlow\t"
		"\n",
		ROW("A-1", "yubikey-5", "1.0", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "1.0.0.0", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "1.0.", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", ".0.0", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "1..0", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "1.0.0", "2.0.256", "low"),
		ROW("A-1", "yubikey-5", "1.0.0", "2.0.-1", "low"),
		ROW("A-1", "yubikey-5", "v1.0.0", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "2.0.0", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "2.0.1", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "-", "2.0.0", "low"),
		ROW("A-1", "yubikey-5", "1.0.0", "2.0.0", "None"),
		ROW("A-1", "yubikey-5", "1.0.0", "2.0.0", "Low"),
		ROW("A-1", "unheard-of", "1.0.0", "2.0.0", "low"),
		ROW("A-\x1b", "yubikey-5", "1.0.0", "2.0.0", "low"),
		ROW("A-1\r", "yubikey-5", "1.0.0", "2.0.0", "low"),
		ROW("A-123456789-123456789-123", "yubikey-5", "1.0.0", "2.0.0",
			"low"),
		LINE("A", "a", M1 ",", "-", "-", "1.0.0", "-", "fido", "low"),
		LINE("A", "a", "2fc0579f811347eab116bb5a8db9202a", "-", "-",
			"1.0.0", "-", "fido", "low"),
		LINE("A", "a", "-", "20a0:42b", "-", "1.0.0", "-", "fido",
			"low"),
		LINE("A", "a", "-", "20A0:42b1", "-", "1.0.0", "-", "fido",
			"low"),
		LINE("A", "a", "-", "20a0:42b1,", "-", "1.0.0", "-", "fido",
			"low"),
		LINE("A", "a", M1, "-", "1", "1.0.0", "-", "fido", "low"),
		LINE("A", "a", M1, "-", "2-1", "1.0.0", "-", "fido", "low"),
		LINE("A", "a", M1, "-", "1-2-3", "1.0.0", "-", "fido", "low"),
		LINE("A", "a", M1, "-", "-", "1.0.0", "-", "-", "low"),
		LINE("A", "a", M1, "-", "-", "1.0.0", "-", "fido,fido", "low"),
		LINE("A", "a", M1, "-", "-", "1.0.0", "-", "fido,u2f", "low"),
		"# date\t2026-13-01\n", "# date\tyesterday\n",
		"# date\t2026-11-010\n",
		"model\t" M1 "\t1.0.0\n", "model\t" M1 "\t-\t1.0.0\n",
		"model\tx\t1.0.0\t-\n",
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), "# one\n# two\n%s", bad[i]);
		if (parse(text) != -ERROR_MALFORMED)
			fail_msg("row %zu", i);
		assert_non_null(strstr(err.text, "'t.tsv', line 3: "));
		assert_null(table.rows);
	}
	SAYS(ERROR_MALFORMED, "line 2: a second date",
		parse("# date\t2026-11-01\n# date\t2026-11-01\n"));
}

static void more_ids_than_a_row_holds_are_refused(void **state)
{
	char text[2048] = "A-1\tx\ta\t", ids[1024] = "";
	int i;

	(void)state;
	for (i = 0; i < ADVISORY_IDS_MAX; i++)
		strcat(strcat(ids, i ? "," : ""), M1);
	strcat(strcat(text, ids), "\t-\t-\t1.0.0\t-\tfido\tx\tlow\tx\n");
	OK(parse(text));
	assert_int_equal(table.rows[0].aaguids_n, ADVISORY_IDS_MAX);
	strcpy(text, "A-1\tx\ta\t" M1 ",");
	strcat(strcat(text, ids), "\t-\t-\t1.0.0\t-\tfido\tx\tlow\tx\n");
	SAYS(ERROR_MALFORMED, "at most 16", parse(text));
	strcpy(text, "A-1\tx\ta\t-\t");
	for (i = 0; i < ADVISORY_IDS_MAX + 1; i++)
		strcat(strcat(text, i ? "," : ""), "20a0:42b1");
	strcat(text, "\t-\t1.0.0\t-\tfido\tx\tlow\tx\n");
	SAYS(ERROR_MALFORMED, "at most 16", parse(text));
}

static void a_table_out_of_order_is_malformed(void **state)
{
	(void)state;
	SAYS(ERROR_MALFORMED, "line 2: overlaps", parse(GOOD GOOD));
	SAYS(ERROR_MALFORMED, "line 2: overlaps",
		parse(GOOD ROW("A-1", "yubikey-5", "1.255.255", "-", "low")));
	SAYS(ERROR_MALFORMED, "line 2: out of order",
		parse(ROW("A-2", "yubikey-5", "1.0.0", "2.0.0", "low") GOOD));
	SAYS(ERROR_MALFORMED, "line 2: out of order",
		parse(ROW("A-1", "yubikey-bio", "1.0.0", "2.0.0", "low") GOOD));
	SAYS(ERROR_MALFORMED, "line 2: out of order",
		parse(ROW("A-1", "yubikey-5", "3.0.0", "4.0.0", "low") GOOD));
	SAYS(ERROR_MALFORMED, "line 2: an advisory behind a model",
		parse("model\t" M1 "\t1.0.0\t-\n" GOOD));
	SAYS(ERROR_MALFORMED, "line 2: out of order",
		parse("model\t" M1 "\t1.0.0\t-\nmodel\t" M1 "\t1.0.0\t-\n"));
}

/* ---- a table beside it ---- */

static void overlay(const char *text)
{
	struct advisories added = { 0 };

	advisories_done(&table);
	OK(advisories_load(NULL, &table, &err));
	OK(advisory_parse(text, strlen(text), "local.tsv", &added, &err));
	OK(advisories_overlay(&table, &added, "local.tsv", &err));
	assert_null(added.rows);
}

static void a_table_s_path_has_room_or_is_refused(void **state)
{
	struct advisories added = { 0 };
	char path[sizeof(table.local) + 1];

	(void)state;
	advisories_done(&table);
	OK(advisories_load(NULL, &table, &err));
	memset(path, 'a', sizeof(path));
	path[sizeof(table.local)] = '\0';
	SAYS(ERROR_USAGE, "the path of the table of advisories is too long",
		advisories_overlay(&table, &added, path, &err));
	assert_string_equal(table.local, "");
	path[sizeof(table.local) - 1] = '\0';
	OK(advisories_overlay(&table, &added, path, &err));
	assert_string_equal(table.local, path);
	advisories_done(&added);
}

static void a_row_of_the_same_id_and_product_replaces_the_built_in_one(
	void **state)
{
	struct advisory_subject s = subject("yubikey-5", 0x050206);
	struct steps steps = { .n = 0 };

	(void)state;
	overlay("# date\t2026-11-20\n"
		ROW("YSA-2024-02", "yubikey-5", "0.0.0", "-", "none")
		ROW("YSA-2024-03", "yubikey-5", "5.0.0", "5.7.0", "none"));
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	advisory_check(&table, &s, &steps);
	assert_non_null(strstr(find(&steps, "YSA-2024-03")->text,
		"muted by 'local.tsv', line 3"));
	assert_int_equal(find(&steps, "YSA-2024-02")->status, STEP_WARN);
	assert_non_null(strstr(steps.rows[0].text, table.date));
	assert_non_null(strstr(steps.rows[0].text, "2026-11-20 (local.tsv)"));
	/* the same advisory of another product stays */
	s = subject("security-key", 0x050206);
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	/* and of the two ranges of one, both go */
	overlay(ROW("YSA-2020-04", "yubikey-5", "9.0.0", "-", "low"));
	s = subject("yubikey-5", 0x050206);
	s.has_aaguid = true;
	assert_int_equal(aaguid_parse(M1, 36, s.aaguid), 0);
	steps.n = 0;
	advisory_check(&table, &s, &steps);
	assert_false(says(&steps, "YSA-2020-04"));
}

static void a_row_of_ones_own_is_added(void **state)
{
	struct advisory_subject s = subject("yubikey-5", 0x050704);

	(void)state;
	overlay(LINE("OURS-1", "yubikey-5", "-", "-", "100-199", "0.0.0", "-",
		"oath", "high"));
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE); /* serial unknown */
	s.has_serial = true;
	s.serial = 99;
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	s.serial = 100;
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	s.serial = 199;
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	s.serial = 200;
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
}

static void many_rows_do_not_hide_the_one_that_counts(void **state)
{
	struct advisory_subject s = subject("yubikey-5", 0x050704);
	struct steps steps = { .n = 0 };
	char text[16384] = "", row[256];
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		snprintf(row, sizeof(row), "A-%02d\tx\tyubikey-5\t-\t-\t-\t"
			"0.0.0\t-\t%s\tx\tlow\tx\n", i, i == 59 ? "fido" :
			"piv");
		strcat(text, row);
	}
	overlay(text);
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	advisory_check(&table, &s, &steps);
	assert_int_equal(find(&steps, "A-59")->verdict, VERDICT_VULNERABLE);
	find(&steps, "52 more advisories");
	assert_true(steps.n < STEPS_MAX / 2);
}

static void the_added_table_must_be_trusted_and_whole(void **state)
{
	char place[64];

	(void)state;
	enter_place(place);
	SAYS(ERROR_FAILED, "t.tsv", advisories_load("t.tsv", &table, &err));
	write_text("t.tsv", "# date\t2026-11-20\n\n\n");
	SAYS(ERROR_MALFORMED, "'t.tsv', line 2: not twelve columns",
		advisories_load("t.tsv", &table, &err));
	assert_null(table.rows);
	write_text("t.tsv", GOOD);
	OK(advisories_load("t.tsv", &table, &err));
	assert_string_equal(table.local, "t.tsv");
	assert_true(table.rows[0].local);
	advisories_done(&table);
	assert_int_equal(chmod("t.tsv", 0666), 0);
	SAYS(ERROR_PERMISSION, "t.tsv", advisories_load("t.tsv", &table, &err));
	assert_null(table.rows);
	leave_place(place);
}

static void an_advisory_about_something_else_is_shown_and_is_no_verdict(
	void **state)
{
	struct advisory_subject s = subject("yubikey-plus", 0x040304);
	struct steps steps = { .n = 0 };

	(void)state;
	overlay(LINE("OURS-1", "yubikey-plus", "-", "-", "-", "0.0.0", "-",
		"piv", "high"));
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
	advisory_check(&table, &s, &steps);
	assert_non_null(strstr(find(&steps, "OURS-1")->text,
		"not about FIDO or OATH"));
	assert_int_equal(find(&steps, "no advisory about FIDO")->status,
		STEP_PASS);
}

static void what_the_serial_number_decides_is_what_is_proved(void **state)
{
	struct leaf leaf = { .device_id = ID "7", .serial = { 0, 150 },
		.serial_n = 2 };
	struct devinfo info = CLAIMS(5, 7, 4, SERIAL);
	struct advisory_source source = { .leaf = &leaf, .info = &info,
		.vendor = 0x1050 };
	struct advisory_subject s;

	(void)state;
	overlay(LINE("OURS-1", "yubikey-5", "-", "-", "100-199", "0.0.0", "-",
		"oath", "high"));
	s = advisory_subject(&table, &source);
	assert_int_equal(s.serial, 150);
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
	source.leaf = &leaf_5;
	s = advisory_subject(&table, &source);
	assert_int_equal(s.serial, 1);
	assert_int_equal(verdict_of(&s), VERDICT_GENUINE);
}

/* getInfo's number: Yubico's is a version, another's is a number. */
static void firmware_that_getinfo_tells_is_not_untold(void **state)
{
	struct devinfo none = { .present = false };
	struct advisory_source source = { .info = &none, .vendor = 0x1050,
		.usb_product = 0x0407, .getinfo_version = 0x050403 };
	struct advisory_subject s = advisory_subject(&table, &source);
	struct steps steps = { .n = 0 };

	(void)state;
	assert_int_equal(s.basis, ADVISORY_SELF_REPORTED);
	assert_int_equal(s.low, 0x050403);
	source.vendor = 0x1234;
	s = advisory_subject(&table, &source);
	assert_int_equal(s.basis, ADVISORY_UNKNOWN);
	advisory_check(&table, &s, &steps);
	find(&steps, "the token tells firmware 328707, which its vendor "
		"counts in a way of its own");
	assert_false(says(&steps, "does not tell its firmware"));
	source.getinfo_version = 0;
	s = advisory_subject(&table, &source);
	steps.n = 0;
	advisory_check(&table, &s, &steps);
	find(&steps, "does not tell its firmware");
	/* four bytes are no version of Yubico's */
	source.vendor = 0x1050;
	source.getinfo_version = 0x1000000;
	s = advisory_subject(&table, &source);
	assert_int_equal(s.basis, ADVISORY_UNKNOWN);
}

/* What old keys fall under, which no firmware of theirs tells. */
static void old_keys_fall_under_what_no_firmware_mends(void **state)
{
	static const struct {
		const char *product, *id;
		enum verdict verdict; /* of its step */
	} rows[] = {
		{ "yubikey-neo", "CVE-2015-3298", VERDICT_GENUINE },
		{ "yubikey-neo", "CVE-2021-3011", VERDICT_VULNERABLE },
		{ "yubikey-neo", "YSA-2018-01", VERDICT_VULNERABLE },
		{ "yubikey-4", "YSA-2024-03", VERDICT_VULNERABLE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct advisory_subject s = { .product = rows[i].product,
			.high = PRODUCT_FIRMWARE_MAX };
		struct steps steps = { .n = 0 };

		advisory_check(&table, &s, &steps);
		assert_int_equal(find(&steps, rows[i].id)->verdict,
			rows[i].verdict);
		assert_non_null(strstr(find(&steps, rows[i].id)->text,
			"no firmware is known to fix it"));
	}
}

static void openpgp_s_resetting_code_is_of_5_2_alone(void **state)
{
	static const uint32_t in[] = { 0x050200, 0x050206 },
		out[] = { 0x0501ff, 0x050207, 0x050403 };
	struct advisory_subject s;
	struct steps steps;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(in); i++) {
		steps.n = 0;
		s = subject("yubikey-5", in[i]);
		advisory_check(&table, &s, &steps);
		assert_int_equal(find(&steps, "YSA-2020-05")->verdict,
			VERDICT_GENUINE);
	}
	for (i = 0; i < ARRAY_LEN(out); i++) {
		steps.n = 0;
		s = subject("yubikey-5", out[i]);
		advisory_check(&table, &s, &steps);
		assert_false(says(&steps, "YSA-2020-05"));
	}
}

static void a_bio_multi_protocol_key_is_of_5_6(void **state)
{
	struct devinfo info = CLAIMS(5, 7, 4, .form_factor = 6);
	struct advisory_source source = { .leaf = &leaf_bio, .info = &info,
		.vendor = 0x1050, .aaguid_proved = true };
	struct advisory_subject s;
	uint8_t aaguid[16];

	(void)state;
	assert_int_equal(aaguid_parse("7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3",
		36, aaguid), 0);
	source.aaguid = aaguid;
	s = advisory_subject(&table, &source);
	assert_int_equal(s.basis, ADVISORY_BY_AAGUID);
	assert_int_equal(s.low, 0x050600);
	assert_int_equal(s.high, 0x0506ff);
	assert_int_equal(verdict_of(&s), VERDICT_VULNERABLE);
}

#define T(test) cmocka_unit_test_setup_teardown(test, load, drop)
#define P(test) cmocka_unit_test_teardown(test, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		P(the_built_in_table_is_well_formed_and_dated),
		T(every_row_holds_up_to_its_borders_and_not_beyond),
		T(firmware_is_vulnerable_up_to_the_fix_and_not_beyond),
		T(a_hit_says_the_advisory_the_fix_and_the_link_whole),
		P(what_the_serial_number_decides_is_what_is_proved),
		T(firmware_that_getinfo_tells_is_not_untold),
		T(old_keys_fall_under_what_no_firmware_mends),
		T(openpgp_s_resetting_code_is_of_5_2_alone),
		T(a_bio_multi_protocol_key_is_of_5_6),
		P(an_advisory_about_something_else_is_shown_and_is_no_verdict),
		T(what_is_not_known_is_not_passed),
		T(other_vendors_tokens_are_known_by_their_ids),
		T(a_row_of_some_models_spares_the_others),
		T(what_is_signed_goes_before_what_is_claimed),
		T(an_aaguid_that_is_not_proved_says_nothing_about_firmware),
		T(a_token_that_contradicts_what_is_proved_of_it_is_told),
		T(versions_between_which_a_row_ends_are_unknown),
		P(tables_in_order_are_taken),
		P(a_line_that_does_not_fit_is_named),
		P(more_ids_than_a_row_holds_are_refused),
		P(a_table_out_of_order_is_malformed),
		P(a_table_s_path_has_room_or_is_refused),
		P(a_row_of_the_same_id_and_product_replaces_the_built_in_one),
		P(a_row_of_ones_own_is_added),
		P(many_rows_do_not_hide_the_one_that_counts),
		P(the_added_table_must_be_trusted_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
