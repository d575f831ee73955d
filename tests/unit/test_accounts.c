/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of accounts, and what stands against how root's keys are kept. */
#include "bridge/ledger/vault.h"
#include "bridge/member/accounts.h"

#include "tests/unit/unit.h"

static struct accounts list;

static int parse(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r;

	accounts_done(&list);
	r = accounts_parse((const char *)p, strlen(s), &list, &err);
	free(p);
	return r;
}

static int tear_down(void **state)
{
	(void)state;
	accounts_done(&list);
	return 0;
}

static void a_list_has_a_number_a_line_and_what_people_write_behind(
	void **state)
{
	(void)state;
	OK(parse("# ours\n123456789012, sandbox\n\n \t210987654321 x\r\n"
		"310987654321;y"));
	assert_int_equal(list.n, 3);
	assert_string_equal(list.p[0].id, "123456789012");
	assert_string_equal(list.p[1].id, "210987654321");
	assert_string_equal(list.p[2].id, "310987654321");
}

static void what_is_no_list_is_refused_whole(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "no account" },
		{ "# nothing\n\n", "no account" },
		{ "123456789012\n12345678901\n", "line 2" },
		{ "1234567890123\n", "line 1" },
		{ "12345678901x\n", "line 1" },
		{ "arn:aws:iam::123456789012:root\n", "line 1" },
		{ "123456789012\n210987654321\n123456789012 again\n",
			"account 123456789012 stands twice" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		FAILS(ERROR_MALFORMED, parse(rows[i].text));
		assert_non_null(strstr(err.text, rows[i].says));
		assert_int_equal(list.n, 0);
	}
}

/* ---- root's keys ---- */

static void keys_are_enough_when_two_lie_apart(void **state)
{
	struct registry_token here = { .holder = "safe-1" };
	struct registry_token there = { .holder = "safe-2" };
	struct vault_key keys[3] = { { .token = &here }, { .token = &here },
		{ .token = &there } };

	(void)state;
	assert_int_equal(vault_judge_account(keys, 1), VAULT_ONE_KEY);
	assert_int_equal(vault_judge_account(keys, 2), VAULT_ONE_PLACE);
	assert_int_equal(vault_judge_account(keys, 3), 0);
	/* one that is lost lies nowhere */
	keys[2].findings = VAULT_LOST;
	assert_int_equal(vault_judge_account(keys, 3), VAULT_ONE_PLACE);
	keys[1].findings = VAULT_LOST;
	assert_int_equal(vault_judge_account(keys, 3), VAULT_ONE_KEY);
	/* an app is no second key, a key in no place is in no other place */
	keys[1] = (struct vault_key){ .findings = VAULT_NO_TOKEN };
	assert_int_equal(vault_judge_account(keys, 2), VAULT_ONE_KEY);
	keys[1] = (struct vault_key){ .token = &there,
		.findings = VAULT_IN_NO_PLACE };
	assert_int_equal(vault_judge_account(keys, 2), VAULT_ONE_PLACE);
}

static void a_key_is_kept_in_a_sealed_bag_of_a_place(void **state)
{
	static const struct {
		struct registry_token token;
		unsigned findings;
	} rows[] = {
		{ { .holder = "safe-1", .bag_state = REGISTRY_BAG_SEALED,
			.state = REGISTRY_ASSIGNED }, 0 },
		{ { .holder = "safe-1", .bag_state = REGISTRY_BAG_OUT,
			.state = REGISTRY_ASSIGNED }, VAULT_OUT },
		{ { .holder = "safe-1", .state = REGISTRY_ASSIGNED },
			VAULT_IN_NO_BAG },
		{ { .state = REGISTRY_STOCK },
			VAULT_IN_NO_PLACE | VAULT_IN_NO_BAG },
		{ { .holder = "safe-1", .bag_state = REGISTRY_BAG_SEALED,
			.state = REGISTRY_LOST }, VAULT_LOST },
	};
	const struct advisories none = { .n = 0 };
	const struct advisory_subject subject = { .product = NULL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct vault_key key = { .token = &rows[i].token };

		vault_judge_key(&key, &subject, &none);
		assert_int_equal(key.findings, rows[i].findings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_list_has_a_number_a_line_and_what_people_write_behind),
		cmocka_unit_test(what_is_no_list_is_refused_whole),
		cmocka_unit_test(keys_are_enough_when_two_lie_apart),
		cmocka_unit_test(a_key_is_kept_in_a_sealed_bag_of_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
