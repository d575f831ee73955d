/* SPDX-License-Identifier: Apache-2.0 */
/* Which sequence of ours has a device in hand, by journals of all kinds. */
#include "bridge/audit/known/known.h"

#include "tests/unit/unit.h"

#define ACCOUNT "123456789012"
#define ELSEWHERE "http://127.0.0.1:1"
#define ARN "arn:aws:iam::" ACCOUNT ":mfa/"

/* What a run has begun with a device, and who asks for which. */
static const struct row {
	struct journal_facts run;
	struct known_place at;
	const char *serial;
	const char *name; /* NULL: it has it not in hand */
} rows[] = {
	{ { JOURNAL_ENROLL, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "a", "enrollment" },
	{ { JOURNAL_REVOKE, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "a", "revocation" },
	{ { JOURNAL_REVOKE_USER, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "a", "revocation of everything" },
	{ { JOURNAL_REPLACE, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "a", "replacement" },
	{ { JOURNAL_REMOVE_ROOT, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "a", "removal of the credentials" },
	/* a PIN is none of AWS's */
	{ { JOURNAL_PIN, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "a", NULL },
	/* another device, account, endpoint */
	{ { JOURNAL_ENROLL, ACCOUNT, .serial = ARN "a" }, { ACCOUNT, "" },
		ARN "b", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .serial = ARN "a" },
		{ "210987654321", "" }, ARN "a", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .serial = ARN "a" },
		{ ACCOUNT, ELSEWHERE }, ARN "a", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .endpoint = ELSEWHERE,
		.serial = ARN "a" }, { ACCOUNT, "" }, ARN "a", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .endpoint = ELSEWHERE,
		.serial = ARN "a" }, { ACCOUNT, ELSEWHERE }, ARN "a",
		"enrollment" },
	/* by the name alone, before AWS's answer was there */
	{ { JOURNAL_ENROLL, ACCOUNT, .device_name = "a" }, { ACCOUNT, "" },
		ARN "a", "enrollment" },
	{ { JOURNAL_ENROLL, ACCOUNT, .device_name = "a" }, { ACCOUNT, "" },
		ARN "b/a", "enrollment" },
	{ { JOURNAL_ENROLL, ACCOUNT, .device_name = "a" }, { ACCOUNT, "" },
		ARN "ba", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .device_name = "a" }, { ACCOUNT, "" },
		ARN "ab", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .device_name = "a" }, { ACCOUNT, "" },
		"a", NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .serial = ARN "c" }, { ACCOUNT, "" },
		ARN, NULL },
	{ { JOURNAL_ENROLL, ACCOUNT, .device_name = "a" },
		{ ACCOUNT, ELSEWHERE }, ARN "a", NULL },
};

static void a_run_has_its_own_device_in_hand(void **state)
{
	const struct row *row = *state;
	struct journal_seen seen = { .journal.facts = row->run };
	const struct known k = { .runs = { &seen, 1, { .code = 0 } } };
	const char *name = known_run_of(&k, &row->at, row->serial);

	if (row->name) {
		assert_non_null(name);
		assert_string_equal(name, row->name);
	} else {
		assert_null(name);
	}
}

static void the_first_that_has_it_is_told(void **state)
{
	struct journal_seen seen[] = {
		{ .journal.facts = { JOURNAL_REVOKE, ACCOUNT,
			.serial = ARN "b" } },
		{ .journal.facts = { JOURNAL_REPLACE, ACCOUNT,
			.serial = ARN "a" } },
		{ .journal.facts = { JOURNAL_ENROLL, ACCOUNT,
			.serial = ARN "a" } },
	};
	const struct known_place at = { ACCOUNT, "" };
	struct known k = { .runs = { seen, 3, { .code = 0 } } };

	(void)state;
	assert_string_equal(known_run_of(&k, &at, ARN "a"), "replacement");
	assert_string_equal(known_run_of(&k, &at, ARN "b"), "revocation");
	k.runs.n = 0;
	assert_null(known_run_of(&k, &at, ARN "a"));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 1] = {
		cmocka_unit_test(the_first_that_has_it_is_told),
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i + 1] = (struct CMUnitTest){ .name = rows[i].serial,
			.test_func = a_run_has_its_own_device_in_hand,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("known runs", tests, NULL, NULL);
}
