/* SPDX-License-Identifier: Apache-2.0 */
/* Whose root is asked for keys, and the accounts that wait for theirs. */
#include "tests/unit/entering-parts.h"

static struct aws_credentials keys;
static bool again;

static int become(size_t item)
{
	memset(&keys, 0, sizeof(keys));
	again = true;
	return fleet_become_root(&f, item, &keys, &again, &err);
}

static void nobody_becomes_root_of_the_management_or_the_own(void **state)
{
	(void)state;
	strcpy(f.management, TWO);
	f.roots_are_off = true; /* not even then it is an error */
	OK(become(1));
	assert_false(again);
	OK(become(2));
	assert_false(again);
	assert_string_equal(keys.key_id, "");
	assert_int_equal(f.roots, 0);
	did("");
	SAYS(ERROR_REMOTE, "root credentials management (centralised root "
		"access) is not on in the organization", become(0));
	assert_false(again);
	did("");
}

static void root_of_a_member_is_assumed_and_counted(void **state)
{
	(void)state;
	strcpy(f.management, TWO);
	f.lost = 4;
	f.entering.answered = NOW - CALLS_PATIENCE_MS;
	w.status = 1;
	OK(become(0));
	assert_false(again);
	assert_string_equal(keys.key_id, "ROOT");
	assert_int_equal(f.roots, 1);
	assert_int_equal(f.lost, 0);
	did("renew; root " ONE "; sent 7; answered 7; ");
	w.status = 0;
	OK(become(0));
	assert_int_equal(f.roots, 2);
}

static void root_is_not_asked_for_in_a_silence(void **state)
{
	(void)state;
	f.lost = 5;
	f.entering.answered = NOW - CALLS_PATIENCE_MS;
	SAYS(ERROR_UNREACHABLE, "not entered: sts gave no answer 5 times in a "
		"row", become(0));
	assert_false(again);
	assert_int_equal(f.roots, 0);
	did("");
}

static void what_keeps_root_away_is_said_and_asked_for_again(void **state)
{
	(void)state;
	w.renew_fails = ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "not renewed", become(0));
	assert_false(again);
	did("renew; ");
	w.renew_fails = 0;
	w.fails = ERROR_REMOTE;
	w.foreign = "Throttling";
	SAYS(ERROR_REMOTE, "sts says no", become(0));
	assert_true(again);
	did("renew; root " ONE "; sent 7; throttled 0 7; ");
	w.fails = ERROR_UNREACHABLE;
	SAYS(ERROR_UNREACHABLE, "sts says no", become(0));
	assert_true(again);
	assert_int_equal(told[0].lost, 1);
	assert_int_equal(f.roots, 0);
}

/* ---- the organization ---- */

static void the_management_account_is_found(void **state)
{
	static const struct {
		int fails;
		bool on, off;
	} rows[] = {
		{ 0, true, false }, { 0, false, true },
		{ ERROR_REMOTE, false, false }, { ERROR_REMOTE, true, false },
	};
	size_t i;

	(void)state;
	w.organization = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.features_fail = rows[i].fails;
		w.features_on = rows[i].on;
		f.management[0] = '\0';
		OK(fleet_find_management(&f, &err));
		assert_string_equal(f.management, TWO);
		assert_int_equal(f.roots_are_off, rows[i].off);
	}
	w.features_fail = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "not told", fleet_find_management(&f, &err));
}

static void without_an_organization_there_is_no_root(void **state)
{
	(void)state;
	SAYS(ERROR_USAGE, "--assume-root: account '" OWN "' is in no "
		"organization, whose members' roots it could look at",
		fleet_find_management(&f, &err));
	assert_string_equal(f.management, "");
	w.organization = true;
	w.organization_fails = ERROR_REMOTE;
	SAYS(ERROR_REMOTE, "no organization", fleet_find_management(&f, &err));
	assert_string_equal(f.management, "");
}

/* ---- those that wait ---- */

static void who_waited_first_is_taken_first(void **state)
{
	size_t is = 77;

	(void)state;
	f.begun = 6;
	assert_false(fleet_take_waiting(&f, &is));
	assert_int_equal(is, 77);
	fleet_wait(&f, 5);
	fleet_wait(&f, 0);
	fleet_wait(&f, 3);
	assert_int_equal(f.waiting, 3);
	assert_int_equal(f.waited, 3);
	assert_int_equal(told[5].waits, 1);
	assert_int_equal(told[3].waits, 3);
	assert_true(fleet_take_waiting(&f, &is));
	assert_int_equal(is, 5);
	assert_int_equal(told[5].waits, 0);
	assert_int_equal(f.waiting, 2);
	fleet_wait(&f, 5);
	assert_true(fleet_take_waiting(&f, &is));
	assert_int_equal(is, 0);
	assert_true(fleet_take_waiting(&f, &is));
	assert_int_equal(is, 3);
	assert_true(fleet_take_waiting(&f, &is));
	assert_int_equal(is, 5);
	assert_int_equal(f.waiting, 0);
	assert_int_equal(f.waited, 4);
	assert_false(fleet_take_waiting(&f, &is));
}

static void who_is_not_begun_does_not_wait(void **state)
{
	size_t is = 77;

	(void)state;
	f.begun = 2;
	fleet_wait(&f, 2);
	assert_false(fleet_take_waiting(&f, &is));
	f.begun = 3;
	assert_true(fleet_take_waiting(&f, &is));
	assert_int_equal(is, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_becomes_root_of_the_management_or_the_own),
		TEST(root_of_a_member_is_assumed_and_counted),
		TEST(root_is_not_asked_for_in_a_silence),
		TEST(what_keeps_root_away_is_said_and_asked_for_again),
		TEST(the_management_account_is_found),
		TEST(without_an_organization_there_is_no_root),
		TEST(who_waited_first_is_taken_first),
		TEST(who_is_not_begun_does_not_wait),
	};

	return cmocka_run_group_tests_name("entering root", tests, NULL, NULL);
}
