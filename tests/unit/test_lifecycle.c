/* SPDX-License-Identifier: Apache-2.0 */
/* Which state of a token may follow which. */
#include "bridge/lifecycle/state.h"

#include "tests/unit/unit.h"

#define ADOPTED REGISTRY_ADOPTED
#define STOCK REGISTRY_STOCK
#define ASSIGNED REGISTRY_ASSIGNED
#define HANDED_OVER REGISTRY_HANDED_OVER
#define LOST REGISTRY_LOST
#define RETIRED REGISTRY_RETIRED

/* As the table in tokenbridge-registry(1) has it. */
static const bool legal[6][6] = {
	[ADOPTED] = { [STOCK] = true, [ASSIGNED] = true, [HANDED_OVER] = true,
		[LOST] = true, [RETIRED] = true },
	[STOCK] = { [ASSIGNED] = true, [HANDED_OVER] = true, [LOST] = true,
		[RETIRED] = true },
	[ASSIGNED] = { [STOCK] = true, [ASSIGNED] = true, [HANDED_OVER] = true,
		[LOST] = true, [RETIRED] = true },
	[HANDED_OVER] = { [STOCK] = true, [ASSIGNED] = true,
		[HANDED_OVER] = true, [LOST] = true, [RETIRED] = true },
	[LOST] = { [STOCK] = true, [ASSIGNED] = true, [RETIRED] = true },
	[RETIRED] = { false },
};

static void every_pair_of_states_is_legal_or_is_not(void **state)
{
	struct registry_token row = { .id = "0123456789abcdef" };
	int from, to;

	(void)state;
	for (from = ADOPTED; from <= RETIRED; from++)
		for (to = ADOPTED; to <= RETIRED; to++) {
			row.state = (enum registry_state)from;
			if (lifecycle_may(row.state, (enum registry_state)to) !=
				legal[from][to])
				fail_msg("%s to %s",
					registry_state_names[from],
					registry_state_names[to]);
			assert_int_equal(lifecycle_check(&row,
				(enum registry_state)to, NULL),
				legal[from][to] ? 0 : -ERROR_REFUSED);
		}
}

static void what_is_no_state_is_not_legal(void **state)
{
	(void)state;
	assert_false(lifecycle_may((enum registry_state)6, STOCK));
	assert_false(lifecycle_may(STOCK, (enum registry_state)6));
	assert_false(lifecycle_may((enum registry_state)-1, STOCK));
	assert_false(lifecycle_may(STOCK, (enum registry_state)-1));
}

static void a_refusal_says_what_may_follow(void **state)
{
	struct registry_token row = { .id = "0123456789abcdef",
		.state = LOST };

	(void)state;
	SAYS(ERROR_REFUSED, "token 01234567 is lost and cannot become "
		"handed-over: only stock, assigned, retired",
		lifecycle_check(&row, HANDED_OVER, &err));
	row.state = RETIRED;
	SAYS(ERROR_REFUSED, "nothing follows",
		lifecycle_check(&row, STOCK, &err));
}

static void bindings_in_force_are_named_and_removed_ones_are_not(void **state)
{
	char user[] = "alice", gone[] = "bob", uid[] = "1000";
	struct registry_binding list[] = {
		{ .id = "aaaaaaaa1", .kind = REGISTRY_AWS, .user = uid,
			.user_name = user, .account = "123456789012" },
		{ .id = "bbbbbbbb1", .kind = REGISTRY_PAM, .user = uid,
			.user_name = gone, .removed = 1 },
		{ .id = "cccccccc1", .kind = REGISTRY_SSH, .user = uid },
	};
	struct registry_token row = { .id = "0123456789abcdef",
		.bindings = { list, ARRAY_LEN(list) } };

	(void)state;
	assert_int_equal(registry_bindings_in_force(&row.bindings), 2);
	SAYS(ERROR_REFUSED, "still bound: aws of alice in 123456789012 "
		"(aaaaaaaa), ssh of 1000 (cccccccc); "
		"take them away first: `tokenbridge revoke --token 01234567` now",
		lifecycle_check_unbound(&row, " now", &err));
	assert_null(strstr(err.text, "bob"));
	list[0].removed = list[2].removed = 1;
	assert_int_equal(registry_bindings_in_force(&row.bindings), 0);
	OK(lifecycle_check_unbound(&row, " now", &err));
}

static void many_bindings_are_cut_and_still_refused(void **state)
{
	struct registry_binding list[64];
	struct registry_token row = { .id = "0123456789abcdef",
		.bindings = { list, ARRAY_LEN(list) } };
	char user[] = "somebody-with-a-rather-long-name";
	size_t i;

	(void)state;
	memset(list, 0, sizeof(list));
	for (i = 0; i < ARRAY_LEN(list); i++) {
		strcpy(list[i].id, "dddddddd");
		list[i].kind = REGISTRY_PAM;
		list[i].user = user;
	}
	SAYS(ERROR_REFUSED, user, lifecycle_check_unbound(&row, "x", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_states_is_legal_or_is_not),
		cmocka_unit_test(what_is_no_state_is_not_legal),
		cmocka_unit_test(a_refusal_says_what_may_follow),
		cmocka_unit_test(
			bindings_in_force_are_named_and_removed_ones_are_not),
		cmocka_unit_test(many_bindings_are_cut_and_still_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
