/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of audit rests on, and what it leaves by which option. */
#include "tests/unit/audit-keep-parts.h"

/* ---- the session ---- */

static int watch(void)
{
	asked[0] = '\0';
	k.session = NULL;
	return audit_watch_session(&app, &audit, &k, session, &err);
}

static void a_record_rests_on_aws_itself(void **state)
{
	(void)state;
	OK(watch());
	asked_is("");
	assert_ptr_equal(k.session, session);
	x.overridden = true;
	OK(watch());
	give(OPTION_RECORD, "1");
	FAILS(ERROR_REFUSED, watch());
	assert_string_equal(err.text, "--record: the endpoint "
		"'https://iam.test' is not AWS's own");
	asked_is("");
	x.overridden = false;
	k.writes = true;
	OK(watch());
	asked_is("rgfw");
	fails_at('g', ERROR_REFUSED, "");
	SAYS(ERROR_REFUSED, "AWS says no", watch());
	asked_is("rgf");
	fails_at('r', ERROR_PERMISSION, "");
	SAYS(ERROR_PERMISSION, "AWS says no", watch());
	asked_is("rf");
	/* the registry itself, where the option names a copy */
	k.registry = strdup("real.db");
	failing.question = '\0';
	k.writes = false;
	OK(watch());
	asked_is("Rgf");
}

/* ---- what is left ---- */

static int keep(bool at_end)
{
	asked[0] = said[0] = '\0';
	x.logged_n = 0;
	x.bundle = "none";
	return audit_keep(&app, &audit, &k, at_end, &err);
}

static void a_plan_is_written_at_the_end(void **state)
{
	(void)state;
	OK(keep(true));
	asked_is("");
	OK(keep(false));
	give(OPTION_PLAN, "plan.csv");
	k.plan.rows = 1;
	OK(keep(true));
	assert_string_equal(asked, "p");
	assert_string_equal(said, "Plan: 1 user, in plan.csv\n");
	k.plan.rows = 2;
	OK(keep(true));
	assert_string_equal(said, "Plan: 2 users, in plan.csv\n");
	FAILS(ERROR_REFUSED, keep(false));
	assert_string_equal(err.text, "no plan is written: the run did not "
		"come to its end");
	asked_is("");
	k.writes = true;
	fails_at('p', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", keep(true));
	asked_is("p");
	assert_string_equal(said, "");
}

static void evidence_is_ended_at_the_end(void **state)
{
	(void)state;
	k.writes = true;
	give(OPTION_PLAN, "plan.csv");
	OK(keep(true));
	asked_is("pe");
	give(OPTION_PLAN, NULL);
	FAILS(ERROR_REFUSED, keep(false));
	assert_string_equal(err.text, "no evidence is written: the run did "
		"not come to its end");
	asked_is("");
	give(OPTION_RECORD, "1");
	audit.counted = &k.counted;
	fails_at('e', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", keep(true));
	asked_is("e");
}

#define RECORDED(who) "Recorded: the devices of " who "; head " HEAD "\n"

static void what_was_counted_is_recorded(void **state)
{
	(void)state;
	give(OPTION_RECORD, "1");
	audit.counted = &k.counted;
	k.counted.n = 1;
	OK(keep(true));
	asked_is("z1crKhtalsf");
	assert_string_equal(said, RECORDED("1 user"));
	assert_null(x.bundle);
	assert_true(k.recorded);
	assert_int_equal(x.logged[0], 5);
	/* with the evidence's hash, in the registry itself */
	strcpy(k.sha, "aa");
	k.counted.n = 2;
	k.registry = strdup("real.db");
	k.writes = true;
	OK(keep(true));
	asked_is("ez1cRKhtalsf");
	assert_string_equal(said, RECORDED("2 users"));
	assert_ptr_equal(x.bundle, k.sha);
	k.counted.n = 0;
}

static void what_is_not_recorded_is_told(void **state)
{
	static const char *const questions[] = { "z1c", "z1cr", "z1crK" };
	size_t i, n;

	(void)state;
	give(OPTION_RECORD, "1");
	audit.counted = &k.counted;
	for (i = 0; i < ARRAY_LEN(questions); i++) {
		char want[16];

		n = strlen(questions[i]);
		fails_at(questions[i][n - 1], ERROR_REFUSED, "");
		SAYS(ERROR_REFUSED, "AWS says no", keep(true));
		snprintf(want, sizeof(want), "%s%s", questions[i],
			i > 0 ? "f" : "");
		asked_is(want);
		assert_string_equal(said, "");
		assert_false(k.recorded);
	}
	failing.question = '\0';
	OK(keep(false));
	asked_is("z0crKhtalsf");
}

/* With --from it was recorded then, or was not. */
static void a_run_that_is_played_has_been_recorded(void **state)
{
	(void)state;
	k.bundle.facts = json_pack("{s:b}", "record", 1);
	OK(keep(true));
	assert_false(k.recorded);
	k.plays = true;
	OK(keep(true));
	assert_true(k.recorded);
	asked_is("");
	json_object_set_new(k.bundle.facts, "record", json_false());
	OK(keep(true));
	assert_false(k.recorded);
}

static void what_cloudtrail_told_late_is_logged_once(void **state)
{
	static const struct {
		size_t looked, signed_in;
		const char *asked;
		uint64_t head;
	} rows[] = {
		{ 0, 0, "z1crKhtalsf", 5 },
		{ 1, 0, "z1crKhtalshf", 6 },
		{ 0, 1, "z1crKhtalshf", 7 },
		{ 1, 1, "z1crKhtalshf", 7 },
	};
	size_t i;

	(void)state;
	give(OPTION_RECORD, "1");
	audit.counted = &k.counted;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.looked = rows[i].looked;
		x.signed_in = rows[i].signed_in;
		OK(keep(true));
		asked_is(rows[i].asked);
		assert_int_equal(x.logged[x.logged_n - 1], rows[i].head);
	}
	fails_at('a', ERROR_FAILED, "");
	OK(keep(true));
	asked_is("z1crKhtaf");
	assert_string_equal(said, RECORDED("0 users") "warning: CloudTrail "
		"was not asked: AWS says no\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_rests_on_aws_itself),
		TEST(a_plan_is_written_at_the_end),
		TEST(evidence_is_ended_at_the_end),
		TEST(what_was_counted_is_recorded),
		TEST(what_is_not_recorded_is_told),
		TEST(a_run_that_is_played_has_been_recorded),
		TEST(what_cloudtrail_told_late_is_logged_once),
	};

	return cmocka_run_group_tests_name("audit keep", tests, NULL, NULL);
}
