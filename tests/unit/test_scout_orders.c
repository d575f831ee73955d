/* SPDX-License-Identifier: Apache-2.0 */
/* What a rollout orders of the process that watches its ports. */
#include "tests/unit/scout-parts.h"

static const struct happening is_typed[] = { { 2500, IS_TYPED, 0, NULL, NULL },
	{ 0 } };

static void it_is_started_with_its_folder_and_whether_cards(void **state)
{
	(void)state;
	scout.run = NULL;
	OK(scout_start(&scout, &run, "/claims", false, &err));
	assert_ptr_equal(scout.run, &run);
	OK(scout_start(&scout, &run, "/claims", true, &err));
	scout_done(&scout);
	assert_string_equal(w.steps, "0 start tokenbridge __ports /claims \n"
		"0 start tokenbridge __ports /claims cards \n"
		"0 stop within 1000\n");
	w.start = -ERROR_FAILED;
	SAYS(ERROR_FAILED, "no memory",
		scout_start(&scout, &run, "/claims", true, &err));
}

/* ---- orders ---- */

static void only_what_is_not_so_yet_is_ordered(void **state)
{
	(void)state;
	assert_int_equal(waits(false, is_typed), PORTS_TYPED);
	assert_string_equal(w.steps, "");
	assert_nothing();
	assert_int_equal(waits(true, is_typed), PORTS_TYPED);
	assert_string_equal(w.steps, NEXT_1);
	assert_int_equal(waits(true, is_typed), PORTS_TYPED);
	assert_string_equal(w.steps, "");
	assert_int_equal(waits(false, is_typed), PORTS_TYPED);
	assert_string_equal(w.steps, "0 hold 1 ''\n");
	assert_int_equal(waits(false, is_typed), PORTS_TYPED);
	assert_string_equal(w.steps, "");
	assert_int_equal(waits(true, is_typed), PORTS_TYPED);
	assert_string_equal(w.steps, "0 next 2 ''\n");
}

static void what_cannot_be_ordered_is_its_end(void **state)
{
	(void)state;
	w.unsent = SCOUT_NEXT;
	assert_int_equal(waits(true, is_typed), -ERROR_FAILED);
	assert_string_equal(err.text, ENDED);
	assert_false(scout.asked);
	w.unsent = SCOUT_AGAIN;
	FAILS(ERROR_FAILED, scout_offer_again(&scout, "1-2:4", &err));
	assert_string_equal(err.text, ENDED);
	w.unsent = SCOUT_TAKEN;
	scout.asked = true;
	assert_int_equal(waits(true, told_1), -ERROR_FAILED);
	assert_string_equal(err.text, ENDED);
	scout.held = false;
	w.unsent = SCOUT_HOLD;
	assert_int_equal(waits(false, is_typed), -ERROR_FAILED);
	assert_string_equal(err.text, ENDED);
	assert_false(scout.held);
}

static void a_key_is_offered_again_by_its_name(void **state)
{
	(void)state;
	scout.number = 7;
	OK(scout_offer_again(&scout, "1-2:4", &err));
	assert_string_equal(w.steps, "0 again 7 '1-2:4'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_started_with_its_folder_and_whether_cards),
		TEST(only_what_is_not_so_yet_is_ordered),
		TEST(what_cannot_be_ordered_is_its_end),
		TEST(a_key_is_offered_again_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
