/* SPDX-License-Identifier: Apache-2.0 */
/* The table of advisories, and on which firmware its rows fall. */
#include "token/advisory.h"

#include "tests/unit/unit.h"

#include <time.h>

static struct advisory *rows;
static size_t rows_n;
static char date[11];

static int parse(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r;

	free(rows);
	rows = NULL;
	r = advisory_parse((char *)p, strlen(s), &rows, &rows_n, date, &err);
	free(p);
	return r;
}

static int drop(void **state)
{
	(void)state;
	free(rows);
	rows = NULL;
	return 0;
}

/* ---- the built-in table ---- */

static void the_built_in_table_is_well_formed_and_dated(void **state)
{
	const char *p;
	time_t t;
	size_t n, i;
	char day[32];

	(void)state;
	p = advisory_builtin(&n);
	OK(advisory_parse(p, n, &rows, &rows_n, date, &err));
	assert_true(rows_n >= 5);
	snprintf(day, sizeof(day), "%sT00:00:00Z", date);
	assert_int_equal(text_parse_time(day, strlen(day), &t), 0);
	for (i = 0; i < rows_n; i++) {
		assert_memory_equal(rows[i].link, "https://", 8);
		assert_memory_equal(rows[i].id, "YSA-", 4);
	}
}

static struct advisory_subject subject(const char *product, int a, int b,
	int c)
{
	return (struct advisory_subject){ .product = product,
		.has_firmware = true,
		.firmware = { (uint8_t)a, (uint8_t)b, (uint8_t)c } };
}

static void firmware_is_vulnerable_up_to_the_fix_and_not_beyond(void **state)
{
	static const struct {
		const char *product;
		int v[3];
		bool hit;
	} table[] = {
		{ "yubikey-5", { 5, 6, 9 }, true },
		{ "yubikey-5", { 5, 6, 255 }, true },
		{ "yubikey-5", { 5, 7, 0 }, false },
		{ "yubikey-5", { 5, 7, 4 }, false },
		{ "yubikey-5", { 5, 0, 0 }, true },
		{ "yubikey-5", { 4, 255, 255 }, false },
		{ "yubikey-5", { 6, 0, 0 }, false },
		{ "yubikey-5-fips", { 5, 7, 1 }, true },
		{ "yubikey-5-fips", { 5, 7, 2 }, false },
		{ "yubikey-5-fips", { 5, 4, 3 }, true },
		{ "yubikey-bio", { 5, 5, 6 }, true },
		{ "yubikey-bio", { 5, 7, 1 }, true },
		{ "yubikey-bio", { 5, 7, 2 }, false },
		{ "security-key", { 5, 4, 3 }, true },
		{ "security-key", { 5, 6, 9 }, true },
		{ "security-key", { 5, 7, 0 }, false },
		{ "yubikey-4-fips", { 4, 4, 1 }, false },
		{ "yubikey-4-fips", { 4, 4, 2 }, true },
		{ "yubikey-4-fips", { 4, 4, 4 }, true },
		{ "yubikey-4-fips", { 4, 4, 5 }, false },
		{ "another", { 5, 4, 3 }, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(table); i++) {
		struct advisory_subject s = subject(table[i].product,
			table[i].v[0], table[i].v[1], table[i].v[2]);
		struct steps steps = { .n = 0 };

		steps_add(&steps, "signature", STEP_PASS, VERDICT_GENUINE, "x");
		steps_add(&steps, "chain", STEP_PASS, VERDICT_GENUINE, "x");
		advisory_check(&s, &steps);
		if (steps_verdict(&steps) != (table[i].hit ?
				VERDICT_VULNERABLE : VERDICT_GENUINE))
			fail_msg("row %zu", i);
		assert_true(steps.n >= 3);
	}
}

static void a_hit_says_the_advisory_the_fix_and_the_link_whole(void **state)
{
	struct advisory_subject s = subject("yubikey-5-fips", 5, 4, 3);
	struct steps steps = { .n = 0 };
	const char *text = steps.rows[0].text;

	(void)state;
	advisory_check(&s, &steps);
	assert_int_equal(steps.rows[0].status, STEP_WARN);
	assert_non_null(strstr(text, "YSA-2024-03"));
	assert_non_null(strstr(text, "fixed in 5.7.2"));
	assert_non_null(strstr(text, "self-reported firmware 5.4.3"));
	assert_int_equal(text[strlen(text) - 1], '/');
	assert_true(strlen(text) < sizeof(steps.rows[0].text) - 1);
	s.firmware_signed = true;
	steps.n = 0;
	advisory_check(&s, &steps);
	assert_non_null(strstr(text, "signed firmware 5.4.3"));
}

static void what_is_not_known_is_not_passed(void **state)
{
	struct advisory_subject s = { .product = "yubikey-5" };
	struct steps steps = { .n = 0 };

	(void)state;
	advisory_check(&s, &steps);
	assert_int_equal(steps.rows[0].status, STEP_UNKNOWN);
	s = subject(NULL, 5, 4, 3);
	advisory_check(&s, &steps);
	assert_int_equal(steps.rows[1].status, STEP_UNKNOWN);
	s = subject("yubikey-5", 5, 7, 4);
	advisory_check(&s, &steps);
	assert_int_equal(steps.rows[2].status, STEP_PASS);
	assert_int_equal(steps.n, 3);
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
static const struct leaf leaf_odd = { .device_id = ID "7.1" };
static const struct leaf leaf_none = { .device_id = "" };

#define CLAIMS(a, b, c, ...) { .present = true, .has_version = true, \
	.version = { a, b, c }, __VA_ARGS__ }
#define SERIAL .has_serial = true, .serial = 1

static const struct {
	const char *name;
	const struct leaf *leaf;
	struct devinfo info;
	uint16_t vendor;
	uint8_t hid[3];
	const char *product;
	bool product_signed, has_firmware, firmware_signed;
	uint8_t firmware[3];
} subjects[] = {
	{ "the signed version wins", &leaf_5_signed, CLAIMS(5, 4, 3, SERIAL),
	  0x1050, { 5, 1, 2 }, "yubikey-5", true, true, true, { 5, 7, 4 } },
	{ "the claimed version is next", &leaf_5, CLAIMS(5, 4, 3, SERIAL),
	  0x1050, { 5, 1, 2 }, "yubikey-5", true, true, false, { 5, 4, 3 } },
	{ "the HID version is last", &leaf_5, { .present = false }, 0x1050,
	  { 5, 1, 2 }, "yubikey-5", true, true, false, { 5, 1, 2 } },
	{ "another vendor's HID version is none", &leaf_5,
	  { .present = false }, 0x20a0, { 5, 1, 2 }, "yubikey-5", true, false,
	  false, { 0 } },
	{ "the signed product wins", &leaf_sky, CLAIMS(5, 4, 3, SERIAL),
	  0x1050, { 0 }, "security-key", true, true, false, { 5, 4, 3 } },
	{ "signed FIPS", &leaf_5_fips, CLAIMS(5, 4, 3, SERIAL), 0x1050, { 0 },
	  "yubikey-5-fips", true, true, false, { 5, 4, 3 } },
	{ "claimed FIPS", NULL, CLAIMS(5, 4, 3, SERIAL, .fips = true), 0x1050,
	  { 0 }, "yubikey-5-fips", false, true, false, { 5, 4, 3 } },
	{ "a YubiKey 4 is no product of the table", &leaf_4,
	  CLAIMS(4, 3, 5, SERIAL), 0x1050, { 0 }, NULL, true, true, false,
	  { 4, 3, 5 } },
	{ "firmware 4.4 is the FIPS one", &leaf_4, CLAIMS(4, 4, 2, SERIAL),
	  0x1050, { 0 }, "yubikey-4-fips", true, true, false, { 4, 4, 2 } },
	{ "a signed Bio", &leaf_bio, { .present = false }, 0x1050,
	  { 5, 5, 6 }, "yubikey-bio", true, true, false, { 5, 5, 6 } },
	{ "a claimed Bio", NULL, CLAIMS(5, 6, 3, .form_factor = 7), 0x1050,
	  { 0 }, "yubikey-bio", false, true, false, { 5, 6, 3 } },
	{ "no serial is a Security Key", NULL, CLAIMS(5, 4, 3), 0x1050, { 0 },
	  "security-key", false, true, false, { 5, 4, 3 } },
	{ "a Security Key with a serial says so", NULL,
	  CLAIMS(5, 4, 3, SERIAL, .security_key = true), 0x1050, { 0 },
	  "security-key", false, true, false, { 5, 4, 3 } },
	{ "a claimed YubiKey 5", NULL, CLAIMS(5, 4, 3, SERIAL), 0x1050, { 0 },
	  "yubikey-5", false, true, false, { 5, 4, 3 } },
	{ "a NEO is no product of the table", NULL, CLAIMS(3, 4, 0, SERIAL),
	  0x1050, { 0 }, NULL, false, true, false, { 3, 4, 0 } },
	{ "claims of another vendor are none", NULL, CLAIMS(5, 4, 3, SERIAL),
	  0x20a0, { 0 }, NULL, false, true, false, { 5, 4, 3 } },
	{ "a device id further down is none", &leaf_odd,
	  { .present = false }, 0x1050, { 5, 1, 2 }, NULL, false, true, false,
	  { 5, 1, 2 } },
	{ "a leaf that says nothing", &leaf_none, { .present = false }, 0,
	  { 0 }, NULL, false, false, false, { 0 } },
	{ "no leaf at all", NULL, { .present = false }, 0, { 0 }, NULL, false,
	  false, false, { 0 } },
};

static void what_is_signed_goes_before_what_is_claimed(void **state)
{
	struct advisory_subject s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(subjects); i++) {
		s = advisory_subject(subjects[i].leaf, &subjects[i].info,
			subjects[i].vendor, subjects[i].hid);
		if (!s.product != !subjects[i].product || (s.product &&
			    strcmp(s.product, subjects[i].product) != 0) ||
			s.product_signed != subjects[i].product_signed ||
			s.has_firmware != subjects[i].has_firmware ||
			s.firmware_signed != subjects[i].firmware_signed ||
			memcmp(s.firmware, subjects[i].firmware, 3) != 0)
			fail_msg("%s: %s", subjects[i].name, s.product);
	}
	s = advisory_subject(NULL, &subjects[18].info, 0x1050, NULL);
	assert_false(s.has_firmware);
}

/* ---- the table's form ---- */

#define ROW(id, product, from, before, severity) id "\talias\t" product "\t" \
	from "\t" before "\taffects\t" severity "\thttps://x/\n"
#define GOOD ROW("A-1", "p", "1.0.0", "2.0.0", "low")

static void tables_in_order_are_taken(void **state)
{
	(void)state;
	OK(parse(""));
	assert_int_equal(rows_n, 0);
	assert_string_equal(date, "");
	OK(parse("# words\n# date\t2026-11-01\n" GOOD
		 ROW("A-1", "q", "0.0.0", "255.255.255", "critical")
		 ROW("A-2", "a", "1.2.3", "1.2.4", "high")));
	assert_int_equal(rows_n, 3);
	assert_string_equal(date, "2026-11-01");
	assert_memory_equal(rows[1].before, "\xff\xff\xff", 3);
	assert_memory_equal(rows[2].from, "\1\2\3", 3);
	/* the last line may end without a newline */
	OK(parse("A-1\talias\tp\t1.0.0\t2.0.0\taffects\tlow\thttps://x/"));
	assert_string_equal(rows[0].link, "https://x/");
}

static void a_line_that_does_not_fit_is_named(void **state)
{
	static const char *const bad[] = {
		"A-1\n", "\n", "\t\t\t\t\t\t\t\n",
		"A-1\talias\tp\t1.0.0\t2.0.0\taffects\tlow\n",
		"A-1\talias\tp\t1.0.0\t2.0.0\taffects\tlow\tx\ty\n",
		"A-1\t\tp\t1.0.0\t2.0.0\taffects\tlow\tx\n",
		"A-1\talias\tp\t1.0.0\t2.0.0\taffects\tlow\t\n",
		ROW("A-1", "p", "1.0", "2.0.0", "low"),
		ROW("A-1", "p", "1.0.0.0", "2.0.0", "low"),
		ROW("A-1", "p", "1.0.", "2.0.0", "low"),
		ROW("A-1", "p", ".0.0", "2.0.0", "low"),
		ROW("A-1", "p", "1..0", "2.0.0", "low"),
		ROW("A-1", "p", "1.0.0", "2.0.256", "low"),
		ROW("A-1", "p", "1.0.0", "2.0.-1", "low"),
		ROW("A-1", "p", "v1.0.0", "2.0.0", "low"),
		ROW("A-1", "p", "2.0.0", "2.0.0", "low"),
		ROW("A-1", "p", "2.0.1", "2.0.0", "low"),
		ROW("A-1", "p", "1.0.0", "2.0.0", "none"),
		ROW("A-1", "p", "1.0.0", "2.0.0", "Low"),
		ROW("A-\x1b", "p", "1.0.0", "2.0.0", "low"),
		ROW("A-1\r", "p", "1.0.0", "2.0.0", "low"),
		ROW("A-123456789-123456789-123", "p", "1.0.0", "2.0.0", "low"),
		"A-1\talias\tp\t1.0.0\t2.0.0\taffects\tlow\thttps://x/\r\n",
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), "# one\n# two\n%s", bad[i]);
		if (parse(text) != -ERROR_MALFORMED)
			fail_msg("row %zu", i);
		assert_non_null(strstr(err.text, "line 3"));
		assert_null(rows);
	}
}

static void a_table_out_of_order_is_malformed(void **state)
{
	(void)state;
	SAYS(ERROR_MALFORMED, "line 2: out of order", parse(GOOD GOOD));
	SAYS(ERROR_MALFORMED, "line 2: out of order",
		parse(ROW("A-2", "p", "1.0.0", "2.0.0", "low") GOOD));
	SAYS(ERROR_MALFORMED, "line 2: out of order",
		parse(ROW("A-1", "q", "1.0.0", "2.0.0", "low") GOOD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			the_built_in_table_is_well_formed_and_dated, drop),
		cmocka_unit_test(
			firmware_is_vulnerable_up_to_the_fix_and_not_beyond),
		cmocka_unit_test(
			a_hit_says_the_advisory_the_fix_and_the_link_whole),
		cmocka_unit_test(what_is_not_known_is_not_passed),
		cmocka_unit_test(what_is_signed_goes_before_what_is_claimed),
		cmocka_unit_test_teardown(tables_in_order_are_taken, drop),
		cmocka_unit_test_teardown(a_line_that_does_not_fit_is_named,
			drop),
		cmocka_unit_test_teardown(a_table_out_of_order_is_malformed,
			drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
