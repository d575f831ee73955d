/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry's tokens come to: each by its evidence or its row, by the
 * advisories and the policy, and the devices that it is bound to.
 */
#include "tests/unit/known-parts.h"

/* ---- evidence and rows ---- */

static void without_evidence_the_rows_words_count(void **state)
{
	static const struct {
		const char *aaguid, *firmware;
		enum audit_answer vulnerable;
		enum known_doubt doubt;
	} of[] = {
		{ "07070707070707070707070707070707", "5.6.9", AUDIT_YES,
			KNOWN_NO_DOUBT },
		{ "07070707070707070707070707070707", "5.7.0",
			AUDIT_NOT_KNOWN, KNOWN_NO_EVIDENCE },
		{ "07070707070707070707070707070707", "4.9.9",
			AUDIT_NOT_KNOWN, KNOWN_NO_EVIDENCE },
		{ "07070707070707070707070707070707", NULL, AUDIT_NOT_KNOWN,
			KNOWN_NO_FIRMWARE },
		{ "07070707070707070707070707070707", "five",
			AUDIT_NOT_KNOWN, KNOWN_NO_FIRMWARE },
		{ "08080808080808080808080808080808", "5.6.9",
			AUDIT_NOT_KNOWN, KNOWN_NO_EVIDENCE },
		/* not known: a row that names AAGUIDs is not of it */
		{ "", "5.6.9", AUDIT_NOT_KNOWN, KNOWN_NO_EVIDENCE },
		{ "0707", "5.6.9", AUDIT_NOT_KNOWN, KNOWN_NO_EVIDENCE },
	};
	const struct known_token *t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of); i++) {
		strcpy(w.tokens[0].aaguid, of[i].aaguid);
		w.tokens[0].firmware = text(of[i].firmware);
		t = read_tokens();
		if (t->vulnerable != of[i].vulnerable ||
			t->doubt != of[i].doubt)
			fail_msg("row %zu: %d, %d", i, t->vulnerable, t->doubt);
		assert_string_equal(w.asked, "id-");
	}
}

static void evidence_that_can_be_read_counts(void **state)
{
	const struct known_token *t;

	(void)state;
	w.tokens[0].firmware = text("5.6.9");
	w.tokens[0].has_evidence = true;
	w.proved = (struct advisory_subject){ .has_aaguid = true,
		.basis = ADVISORY_SIGNED, .low = VERSION_OF(5u, 7u, 1u),
		.high = VERSION_OF(5u, 7u, 1u) };
	memset(w.proved.aaguid, 7, 16);
	t = read_tokens();
	assert_string_equal(w.asked, "iepvfd-");
	assert_int_equal(t->vulnerable, AUDIT_NO);
	assert_int_equal(t->doubt, KNOWN_NO_DOUBT);
	assert_string_equal(t->firmware, "signed firmware 5.7.1");
	assert_string_equal(t->advisories, "");
	w.malformed = true;
	t = read_tokens();
	assert_string_equal(w.asked, "iepd-");
	assert_int_equal(t->vulnerable, AUDIT_YES);
	assert_string_equal(t->firmware, "self-reported firmware 5.6.9");
	w.malformed = false;
	w.pruned = true;
	t = read_tokens();
	assert_string_equal(w.asked, "ied-");
	assert_int_equal(t->vulnerable, AUDIT_YES);
	w.pruned = false;
	w.unreadable = true;
	w.tokens[0].firmware_signed = true;
	t = read_tokens();
	assert_string_equal(w.asked, "ied-");
	assert_string_equal(t->firmware, "signed firmware 5.6.9");
	w.unreadable = false;
	w.tokens[0].has_evidence = false;
	t = read_tokens();
	assert_string_equal(w.asked, "id-");
	assert_int_equal(t->vulnerable, AUDIT_YES);
}

/* ---- advisories ---- */

static void all_that_concern_it_are_named(void **state)
{
	const struct known_token *t;

	(void)state;
	w.tokens[0].firmware = text("5.6.9");
	trust.advisories.n = 4;
	strcpy(rows[0].severity, "none");
	strcpy(rows[1].severity, "medium");
	rows[2].concerns = ADVISORY_PIV;
	rows[3].concerns = ADVISORY_OATH | ADVISORY_PIV;
	t = read_tokens();
	assert_int_equal(t->vulnerable, AUDIT_YES);
	assert_string_equal(t->advisories, "A-2 (keys), A-4 (keys)");
	assert_int_equal(t->severity, AUDIT_MEDIUM);
	strcpy(rows[3].severity, "high");
	assert_int_equal(read_tokens()->severity, AUDIT_HIGH);
	strcpy(rows[1].severity, "critical");
	assert_int_equal(read_tokens()->severity, AUDIT_CRITICAL);
	strcpy(rows[1].severity, "low");
	strcpy(rows[3].severity, "low");
	assert_int_equal(read_tokens()->severity, AUDIT_LOW);
	/* a word that there is not is a medium one */
	strcpy(rows[3].severity, "grave");
	assert_int_equal(read_tokens()->severity, AUDIT_MEDIUM);
	trust.advisories.n = 1;
	t = read_tokens();
	assert_int_equal(t->vulnerable, AUDIT_NOT_KNOWN);
	assert_string_equal(t->advisories, "");
}

static void names_that_are_too_many_are_cut(void **state)
{
	const struct known_token *t;
	size_t i;

	(void)state;
	w.tokens[0].firmware = text("5.6.9");
	trust.advisories.n = 4;
	for (i = 0; i < 4; i++)
		memset(rows[i].affects, 'a', sizeof(rows[i].affects) - 1);
	strcpy(rows[3].severity, "high");
	t = read_tokens();
	assert_int_equal(strlen(t->advisories), 255);
	assert_memory_equal(t->advisories, "A-1 (aaa", 8);
	assert_int_equal(t->severity, AUDIT_HIGH);
	assert_false(t->accepted);
}

static void what_may_concern_it_leaves_a_doubt(void **state)
{
	const struct known_token *t;

	(void)state;
	trust.advisories.n = 2;
	w.tokens[0].has_evidence = true;
	w.proved = (struct advisory_subject){ .has_aaguid = true,
		.high = PRODUCT_FIRMWARE_MAX };
	memset(w.proved.aaguid, 7, 16);
	t = read_tokens();
	assert_int_equal(t->vulnerable, AUDIT_NOT_KNOWN);
	assert_int_equal(t->doubt, KNOWN_NO_FIRMWARE);
	assert_string_equal(t->advisories, "");
	/* certainty stands, before and behind a doubt */
	rows[1].from = 0;
	rows[1].before = PRODUCT_FIRMWARE_MAX + 1;
	t = read_tokens();
	assert_int_equal(t->vulnerable, AUDIT_YES);
	assert_string_equal(t->advisories, "A-2 (keys)");
	rows[0].from = 0;
	rows[0].before = PRODUCT_FIRMWARE_MAX + 1;
	rows[1].from = VERSION_OF(5u, 0u, 0u);
	rows[1].before = VERSION_OF(5u, 7u, 0u);
	t = read_tokens();
	assert_int_equal(t->vulnerable, AUDIT_YES);
	assert_int_equal(t->doubt, KNOWN_NO_DOUBT);
	/* one that is not about what is used leaves none */
	rows[0].concerns = rows[1].concerns = ADVISORY_OPENPGP;
	t = read_tokens();
	assert_int_equal(t->vulnerable, AUDIT_NO);
	assert_string_equal(known_doubt_texts[KNOWN_NO_FIRMWARE],
		"its firmware or serial number is not known");
	assert_string_equal(known_doubt_texts[KNOWN_NO_EVIDENCE],
		"there is no evidence of what it is");
}

/* ---- rows ---- */

static void who_is_in_use_is_judged(void **state)
{
	static const struct {
		enum registry_state state;
		bool in_use;
	} of[] = {
		{ REGISTRY_STOCK, true }, { REGISTRY_ASSIGNED, true },
		{ REGISTRY_LOST, false }, { REGISTRY_RETIRED, false },
	};
	const struct known_token *t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of); i++) {
		w.tokens[0].state = of[i].state;
		t = read_tokens();
		assert_int_equal(t->in_use, of[i].in_use);
		assert_string_equal(w.asked, of[i].in_use ? "id-" : "-");
		assert_string_equal(t->name, "'blue-1'");
	}
}

static void a_verdict_is_held_against_the_policy(void **state)
{
	const struct known_token *t;

	(void)state;
	w.decided = (enum verdict)99;
	t = read_tokens();
	assert_int_equal(w.decided, 99);
	assert_null(t->verdict);
	assert_false(t->accepted);
	w.tokens[0].verdict = 0;
	w.tokens[0].verdict_time = NOW - 5;
	t = read_tokens();
	assert_int_equal(w.decided, 0);
	assert_string_equal(t->verdict, verdict_name((enum verdict)0));
	assert_true(t->accepted);
	assert_int_equal(t->verdict_time, NOW - 5);
	w.tokens[0].verdict = 2;
	w.refusals = 1;
	t = read_tokens();
	assert_int_equal(w.decided, 2);
	assert_string_equal(t->verdict, verdict_name((enum verdict)2));
	assert_false(t->accepted);
}

/* Of the first token and of the third: a, c and d are in force. */
static void bind_devices(void)
{
	static struct registry_binding some[] = {
		{ .kind = REGISTRY_AWS, .account = ACCOUNT,
			.method = REGISTRY_TOTP },
		{ .kind = REGISTRY_PAM },
		{ .kind = REGISTRY_AWS, .account = ACCOUNT, .removed = 1 },
		{ .kind = REGISTRY_AWS, .account = ACCOUNT },
		{ .kind = REGISTRY_AWS, .account = OTHER_ACCOUNT,
			.method = REGISTRY_FIDO },
	}, more[] = {
		{ .kind = REGISTRY_AWS, .account = ACCOUNT,
			.method = REGISTRY_FIDO },
	};

	some[0].device = text("d");
	some[1].device = text("x");
	some[2].device = text("y");
	some[4].device = text("c");
	more[0].device = text("a");
	w.n = 3;
	w.tokens[1].verdict = w.tokens[2].verdict = -1;
	w.tokens[0].bindings = (struct registry_bindings){ some,
		ARRAY_LEN(some) };
	w.tokens[2].bindings = (struct registry_bindings){ more, 1 };
	read_tokens();
}

static void a_device_is_found_in_its_account(void **state)
{
	static const char *const none[] = { "x", "y", "b", "e", "" };
	bool totp = false;
	size_t i;

	(void)state;
	assert_null(known_token_of(&k, ACCOUNT, "d", &totp));
	bind_devices();
	assert_ptr_equal(known_token_of(&k, ACCOUNT, "d", &totp),
		&k.tokens[0]);
	assert_true(totp);
	assert_ptr_equal(known_token_of(&k, ACCOUNT, "a", &totp),
		&k.tokens[2]);
	assert_false(totp);
	totp = true;
	assert_null(known_token_of(&k, ACCOUNT, "c", &totp));
	assert_true(totp);
	assert_ptr_equal(known_token_of(&k, OTHER_ACCOUNT, "c", &totp),
		&k.tokens[0]);
	assert_false(totp);
	for (i = 0; i < ARRAY_LEN(none); i++)
		assert_null(known_token_of(&k, ACCOUNT, none[i], &totp));
}

static void devices_are_those_that_aws_has_now(void **state)
{
	size_t i;

	(void)state;
	bind_devices();
	assert_int_equal(k.devices_n, 3);
	assert_string_equal(k.devices[0].serial, "a");
	assert_string_equal(k.devices[1].serial, "c");
	assert_string_equal(k.devices[2].serial, "d");
	for (i = 0; i < 3; i++)
		w.kept[i] = k.devices[i].serial;
	w.kept[3] = k.tokens;
	known_done(&k);
	assert_int_equal(w.freed, 4);
	assert_null(k.tokens);
	assert_null(k.devices);
	assert_int_equal(k.n, 0);
	assert_int_equal(k.devices_n, 0);
}

static void what_cannot_be_read_is_told_as_why(void **state)
{
	(void)state;
	w.no_tokens = true;
	strcpy(trust.advisories.date, "2026-01-01");
	OK(known_read_tokens(&k, REG, &trust, NOW, &err));
	assert_string_equal(k.why_not, "it is damaged");
	assert_null(k.tokens);
	assert_string_equal(k.basis.advisories, "");
	assert_string_equal(w.asked, "-");
}

static void its_basis_is_what_there_is(void **state)
{
	(void)state;
	strcpy(trust.advisories.date, "2026-01-01");
	strcpy(trust.advisories.local_date, "2026-01-02");
	read_tokens();
	assert_int_equal(k.basis.metadata, 0);
	assert_int_equal(k.basis.metadata_next, 0);
	assert_string_equal(k.basis.advisories, "2026-01-01");
	assert_string_equal(k.basis.advisories_added, "2026-01-02");
	trust.mds = MDS;
	read_tokens();
	assert_int_equal(k.basis.metadata, 77);
	assert_int_equal(k.basis.metadata_next, NOW + 5);
	w.no_info = true;
	read_tokens();
	assert_int_equal(k.basis.metadata, 0);
	assert_int_equal(k.basis.metadata_next, 0);
}

/* Of the tokens, of the first's devices, of its serial, of the second's. */
static void without_memory_it_ends(void **state)
{
	struct registry_binding b = { .kind = REGISTRY_AWS,
		.account = ACCOUNT, .device = text("d") };
	int i;

	(void)state;
	w.n = 2;
	w.tokens[0].bindings = (struct registry_bindings){ &b, 1 };
	w.tokens[1].verdict = -1;
	for (i = 1; i <= 4; i++) {
		known_done(&k);
		w.scarce = i;
		SAYS(ERROR_FAILED, "cannot allocate memory",
			known_read_tokens(&k, REG, &trust, NOW, &err));
		assert_int_equal(w.scarce, 0);
		assert_int_equal(k.n, i == 1 ? 0 : i == 4 ? 2 : 1);
	}
	assert_int_equal(k.devices_n, 1);
	known_done(&k);
	OK(known_read_tokens(&k, REG, &trust, NOW, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_evidence_the_rows_words_count),
		TEST(evidence_that_can_be_read_counts),
		TEST(all_that_concern_it_are_named),
		TEST(names_that_are_too_many_are_cut),
		TEST(what_may_concern_it_leaves_a_doubt),
		TEST(who_is_in_use_is_judged),
		TEST(a_verdict_is_held_against_the_policy),
		TEST(a_device_is_found_in_its_account),
		TEST(devices_are_those_that_aws_has_now),
		TEST(what_cannot_be_read_is_told_as_why),
		TEST(its_basis_is_what_there_is),
		TEST(without_memory_it_ends),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
