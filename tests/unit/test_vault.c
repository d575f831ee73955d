/* SPDX-License-Identifier: Apache-2.0 */
/* Root's keys by the registry: which are collected, and in what order. */
#include "bridge/ledger/vault.h"

#include "tests/unit/unit.h"

#define ONE "111122223333"
#define TWO "444455556666"

static char one[] = ONE, two[] = TWO, alice[] = "alice", red[] = "red",
	blue[] = "blue";

static struct registry_binding binding(const char *id, const char *account,
	char *user, const char *token)
{
	struct registry_binding b = { .kind = REGISTRY_AWS, .user = user };

	snprintf(b.id, sizeof(b.id), "%s", id);
	snprintf(b.account, sizeof(b.account), "%s", account);
	snprintf(b.token, sizeof(b.token), "%s", token);
	return b;
}

static void assert_ids(const struct vault *v, const char *ids)
{
	char is[64] = "";
	size_t i;

	for (i = 0; i < v->n; i++)
		strcat(is, v->p[i].binding->id);
	assert_string_equal(is, ids);
}

/* Of every token and every binding, the first and the last among them. */
static void all_of_roots_keys_are_collected(void **state)
{
	struct registry_binding of_red[] = {
		binding("c", ONE, one, "red"), binding("x", ONE, alice, "red"),
		binding("b", TWO, two, "red"),
	}, of_blue[] = {
		binding("y", "", alice, "blue"), binding("d", ONE, one, "blue"),
	}, others[] = {
		binding("e", TWO, two, ""), binding("c", ONE, one, "red"),
		binding("z", TWO, alice, ""), binding("a", ONE, one, ""),
	};
	struct registry_token tokens[] = {
		{ .label = red, .bindings = { of_red, ARRAY_LEN(of_red) } },
		{ .label = blue, .bindings = { of_blue, ARRAY_LEN(of_blue) } },
	};
	struct registry_tokens list = { tokens, ARRAY_LEN(tokens) };
	struct registry_bindings alone = { others, ARRAY_LEN(others) };
	const struct trust trust = { .mds = NULL };
	struct vault v = { NULL, 0 };

	(void)state;
	OK(vault_collect(&(struct vault_request){ NULL, &trust, &list,
		&alone }, &v, &err));
	/* by account, then by label, of which an app has none */
	assert_ids(&v, "adceb");
	assert_ptr_equal(v.p[1].token, &tokens[1]);
	assert_ptr_equal(v.p[2].token, &tokens[0]);
	assert_int_equal(v.p[0].findings, VAULT_NO_TOKEN);
	assert_int_equal(v.p[3].findings, VAULT_NO_TOKEN);
	assert_int_equal(v.p[4].findings, VAULT_IN_NO_PLACE |
		VAULT_IN_NO_BAG);
	vault_done(&v);
	of_red[0].removed = true;
	others[3].removed = true;
	OK(vault_collect(&(struct vault_request){ NULL, &trust, &list,
		&alone }, &v, &err));
	assert_ids(&v, "deb");
	vault_done(&v);
	assert_null(v.p);
}

static void an_account_wants_two_keys_in_two_places(void **state)
{
	struct registry_token here = { .holder = "1" }, there = { .holder =
		"2" };
	static const unsigned N = VAULT_NO_TOKEN, L = VAULT_LOST,
		P = VAULT_IN_NO_PLACE;
	const struct {
		struct vault_key keys[3];
		size_t n;
		unsigned want;
	} rows[] = {
		{ { { .token = NULL } }, 0, VAULT_ONE_KEY },
		{ { { .token = &here } }, 1, VAULT_ONE_KEY },
		{ { { .token = &here }, { .token = &here } }, 2,
			VAULT_ONE_PLACE },
		{ { { .token = &here }, { .token = &there } }, 2, 0 },
		{ { { .token = &here }, { .token = &there, .findings = L } },
			2, VAULT_ONE_KEY },
		{ { { .findings = N }, { .token = &there } }, 2,
			VAULT_ONE_KEY },
		{ { { .token = &here }, { .token = &there, .findings = P } },
			2, VAULT_ONE_PLACE },
		{ { { .token = &here, .findings = P }, { .token = &here },
			{ .token = &there } }, 3, 0 },
		{ { { .token = &here }, { .token = &here },
			{ .token = &there } }, 3, 0 },
		{ { { .token = &here }, { .token = &there },
			{ .token = &there } }, 3, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (vault_judge_account(rows[i].keys, rows[i].n) !=
			rows[i].want)
			fail_msg("%zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_roots_keys_are_collected),
		cmocka_unit_test(an_account_wants_two_keys_in_two_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
