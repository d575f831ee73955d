/* SPDX-License-Identifier: Apache-2.0 */
/* A token in a safe goes into a bag, and out of it, and never into the same. */
#include "tests/unit/test_registry.h"
#include "tests/unit/heard.h"

#include "bridge/lifecycle/bag.h"

static struct place place;
static struct registry *reg;
static char id[ID_LEN];
static struct bagged done;

static int begin(void **state)
{
	(void)state;
	place_make(&place);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	add_token(reg, "1001", id);
	OK(registry_name_set(reg, "label", id, "blue-1", &err));
	memset(&done, 0, sizeof(done));
	return 0;
}

static int end(void **state)
{
	(void)state;
	bagged_done(&done);
	registry_free(&reg);
	place_remove(&place);
	return 0;
}

static int bag(enum registry_bag state, const char *number)
{
	const struct bag_request q = { .reg = reg, .what = "blue-1",
		.bag = { state, number, { "alice", "bob" } },
		.reason = "yearly" };

	bagged_done(&done);
	memset(&done, 0, sizeof(done));
	return lifecycle_bag(&run, &q, &done, &err);
}

static void held_by(const char *name, const char *kind)
{
	char holder[ID_LEN];

	OK(registry_name_put(reg, "holder", name, holder, &err));
	add(reg, EVENT_HOLDER_ADDED, json_pack("{s:s,s:s}", "holder", holder,
		"kind", kind));
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", id,
		"holder", holder));
}

static void bag_is(enum registry_bag state, const char *number)
{
	struct registry_tokens list = { NULL, 0 };

	OK(registry_tokens_by_id(reg, id, &list, &err));
	assert_int_equal(list.p[0].bag_state, state);
	assert_string_equal(list.p[0].bag, number);
	registry_tokens_done(&list);
}

static void what_is_in_no_safe_goes_into_no_bag(void **state)
{
	char words[200];

	(void)state;
	snprintf(words, sizeof(words), "token 'blue-1' is in no safe: "
		"`tokenbridge registry move %.8s --place SAFE` first", id);
	SAYS(ERROR_REFUSED, words, bag(REGISTRY_BAG_SEALED, "B-1"));
	held_by("carol", "person");
	SAYS(ERROR_REFUSED, words, bag(REGISTRY_BAG_SEALED, "B-1"));
}

static void a_bag_is_sealed_opened_and_used_up(void **state)
{
	(void)state;
	held_by("safe", "place");
	SAYS(ERROR_REFUSED, "token 'blue-1' is in no bag",
		bag(REGISTRY_BAG_OUT, NULL));
	OK(bag(REGISTRY_BAG_SEALED, "B-1"));
	assert_true(done.head.seq > 0);
	assert_string_equal(done.row.id, id);
	bag_is(REGISTRY_BAG_SEALED, "B-1");
	SAYS(ERROR_REFUSED, "token 'blue-1' is sealed in bag 'B-1': take it "
		"out first (--state out)", bag(REGISTRY_BAG_SEALED, "B-2"));
	OK(bag(REGISTRY_BAG_OUT, NULL));
	bag_is(REGISTRY_BAG_OUT, "B-1");
	SAYS(ERROR_REFUSED, "token 'blue-1' is out already",
		bag(REGISTRY_BAG_OUT, NULL));
	SAYS(ERROR_REFUSED, "token 'blue-1' came out of bag 'B-1': a bag that "
		"was opened proves nothing, take a new one",
		bag(REGISTRY_BAG_SEALED, "B-1"));
	OK(bag(REGISTRY_BAG_SEALED, "B-2"));
	bag_is(REGISTRY_BAG_SEALED, "B-2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_in_no_safe_goes_into_no_bag),
		TEST(a_bag_is_sealed_opened_and_used_up),
	};

	return cmocka_run_group_tests_name("bag", tests, NULL, NULL);
}
