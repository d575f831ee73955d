/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rollout says and writes of its rows: lines, the sheet of the day, the
 * result, labels, the parts of a plan, and initial PINs that are owed.
 */
#include "tests/unit/rollout-parts.h"

#include "bridge/initial/pin.h"
#include "bridge/rollout/pin.h"

#include <sys/stat.h>

#define ID "0123456789abcdef0123456789abcdef"
#define WHEN 1769904000 /* 2026-02-01T00:00:00Z */

static const char plan_text[] = HEAD
	"\"x, y\"," A "alice,Alice A.,totp,blue-1,1001\n"
	"," A "bob,,totp,,\n"
	"," A "carol,,fido,blue-3,\n"
	"," A "dave,,virtual,,\n";

static int begin(void **state)
{
	size_t i;

	(void)state;
	begin_rollout(plan_text);
	with_json = true;
	for (i = 0; i < 2; i++) {
		x.state.rows[i].state = i ? ROW_FAILED : ROW_DONE;
		x.state.rows[i].when = WHEN;
	}
	strcpy(x.state.rows[0].device, "arn:aws:iam::123456789012:mfa/a-1");
	strcpy(x.state.rows[0].token, ID);
	x.state.rows[0].serial = 1001;
	strcpy(x.state.rows[1].text, "it broke");
	x.state.rows[2].state = ROW_SKIPPED;
	return 0;
}

/* Its lines end as those of a CSV do. */
static void csv_is(const char *path, const char *want)
{
	char text[2048];
	size_t n = 0;

	for (; *want; want++) {
		if (*want == '\n')
			text[n++] = '\r';
		text[n++] = *want;
		assert_true(n + 2 < sizeof(text));
	}
	text[n] = '\0';
	assert_file_is(path, text);
}

/* ---- keys ---- */

static void a_key_is_a_line_and_an_object(void **state)
{
	const struct key_line done = { .outcome = KEY_DONE, .row = 0,
		.port = "1-2", .has_serial = true, .serial = 1001,
		.token = ID, .device = "arn:d", .verdict = "genuine" };
	const struct key_line failed = { .outcome = KEY_FAILED, .row = 1,
		.port = "1-3", .text = "it broke" };
	const struct key_line skipped = { .outcome = KEY_SKIPPED, .row = 2 };
	const struct key_line undone = { .outcome = KEY_UNDONE, .row = 2,
		.text = "taken back" };

	(void)state;
	OK(session_tell(&x, &done, &err));
	told("done      alice  1001  blue-1\n"
		"          arn:d\n"
		"{\"changed\":true,\"key\":{\"account\":\"123456789012\","
		"\"device\":\"arn:d\",\"head\":null,\"holder\":\"Alice A.\","
		"\"label\":\"blue-1\",\"line\":2,\"method\":\"totp\","
		"\"port\":\"1-2\",\"result\":\"done\",\"serial\":1001,"
		"\"text\":null,\"token\":\"" ID "\",\"user\":\"alice\","
		"\"verdict\":\"genuine\"},\"version\":1}\n");
	OK(session_tell(&x, &failed, &err));
	told("failed    bob  -  -\n"
		"          1-3: it broke\n"
		"{\"changed\":false,\"key\":{\"account\":\"123456789012\","
		"\"device\":null,\"head\":null,\"holder\":\"bob\",\"label\":"
		"null,\"line\":3,\"method\":\"totp\",\"port\":\"1-3\","
		"\"result\":\"failed\",\"serial\":null,\"text\":\"it broke\","
		"\"token\":null,\"user\":\"bob\",\"verdict\":null},"
		"\"version\":1}\n");
	/* the head of the registry goes with what was recorded */
	x.has_head = true;
	x.head.seq = 7;
	OK(session_tell(&x, &skipped, &err));
	assert_non_null(strstr(said, "skipped   carol  -  blue-3\n{"));
	assert_non_null(strstr(said, "{\"changed\":false,"));
	assert_non_null(strstr(said, "\"head\":null,"));
	said[0] = '\0';
	OK(session_tell(&x, &undone, &err));
	assert_non_null(strstr(said, "undone    carol  -  blue-3\n"
		"          taken back\n{\"changed\":true,"));
	assert_non_null(strstr(said, "\"head\":null,"));
	said[0] = '\0';
	assert_false(x.closed);
	closes = true;
	OK(session_tell(&x, &done, &err));
	assert_non_null(strstr(said, "\"head\":\":7:0000"));
	assert_true(x.closed);
	assert_int_equal(x.counts[KEY_DONE], 2);
	assert_int_equal(x.counts[KEY_FAILED], 1);
	assert_int_equal(x.counts[KEY_UNDONE], 1);
}

static void a_key_of_the_day_is_counted_once_by_its_last_outcome(void **state)
{
	(void)state;
	OK(session_draw(&x, "1001", KEY_FAILED, &err));
	OK(session_draw(&x, "1002", KEY_REFUSED, &err));
	OK(session_draw(&x, "1001", KEY_DONE, &err));
	assert_int_equal(x.drawn_n, 2);
	assert_string_equal(x.drawn[0].name, "1001");
	assert_int_equal(x.drawn[0].outcome, KEY_DONE);
	/* one that was given out is not spare for being plugged in again */
	OK(session_draw(&x, "1001", KEY_REFUSED, &err));
	assert_int_equal(x.drawn[0].outcome, KEY_DONE);
	OK(session_draw(&x, "1001", KEY_UNDONE, &err));
	assert_int_equal(x.drawn[0].outcome, KEY_UNDONE);
	OK(session_draw(&x, "1001", KEY_REFUSED, &err));
	assert_int_equal(x.drawn[0].outcome, KEY_REFUSED);
}

static void the_sheet_adds_up(void **state)
{
	(void)state;
	x.before = 1;
	OK(session_draw(&x, "1001", KEY_DONE, &err));
	OK(session_draw(&x, "1002", KEY_FAILED, &err));
	OK(session_draw(&x, "1003", KEY_REFUSED, &err));
	OK(session_draw(&x, "1004", KEY_SKIPPED, &err));
	OK(session_summarise(&x, &err));
	told("failed    bob  line 3\n          it broke\n"
		"skipped   carol  line 4\n"
		"left      dave  line 5\n"
		"users  4: 1 done (1 before), 1 failed, 1 skipped, 1 left\n"
		"keys   4 drawn: 1 done, 1 failed, 2 spare\n"
		"{\"changed\":false,\"summary\":{\"before\":1,\"counts\":"
		"{\"failed\":1,\"skipped\":1,\"undone\":0},\"done\":1,"
		"\"head\":null,\"keys\":{\"done\":1,\"drawn\":4,\"failed\":1,"
		"\"spare\":2},\"left\":[{\"account\":\"123456789012\","
		"\"holder\":\"bob\",\"label\":null,\"line\":3,\"method\":"
		"\"totp\",\"state\":\"failed\",\"text\":\"it broke\",\"user\":"
		"\"bob\"},{\"account\":\"123456789012\",\"holder\":\"carol\","
		"\"label\":\"blue-3\",\"line\":4,\"method\":\"fido\","
		"\"state\":\"skipped\",\"text\":null,\"user\":\"carol\"},"
		"{\"account\":\"123456789012\",\"holder\":\"dave\",\"label\":"
		"null,\"line\":5,\"method\":\"virtual\",\"state\":\"open\","
		"\"text\":null,\"user\":\"dave\"}],\"pinsOwed\":0,\"rows\":4},"
		"\"version\":1}\n");
	/* a PIN that is owed is told, and the head where there is one */
	q.pin_folder = folder;
	x.state.rows[0].pin_owed = true;
	x.has_head = x.changed = true;
	OK(session_summarise(&x, &err));
	assert_non_null(strstr(said, " spare\npins   1 owed: plug the key in "
		"again, or `tokenbridge pin initial`\n{\"changed\":true,"));
	assert_non_null(strstr(said, "\"pinsOwed\":1,"));
	assert_non_null(strstr(said, "\"head\":\":0:0000"));
	said[0] = '\0';
	x.state.rows[1].state = ROW_DONE;
	x.state.rows[1].pin_owed = true;
	OK(session_summarise(&x, &err));
	assert_non_null(strstr(said, "pins   2 owed: plug the keys in again"));
}

static void the_first_row_is_told_like_any_other(void **state)
{
	(void)state;
	x.state.rows[0].state = ROW_SKIPPED;
	OK(session_summarise(&x, &err));
	assert_memory_equal(said, "skipped   alice  line 2\n", 24);
}

static void a_dry_run_tells_what_is_left_and_the_rights(void **state)
{
	(void)state;
	x.before = 1;
	OK(session_tell_plan(&x, &err));
	assert_non_null(strstr(said, "open      dave  line 5\n"
		"users   4: 1 done before, 3 left\n"
		"rights  to enroll: not known until the first key, to undo: "
		"not known until then\n"
		"Nothing was changed.\n"
		"{\"changed\":false,\"plan\":{\"before\":1,"));
	assert_non_null(strstr(said, "\"mayEnroll\":\"unknown\",\"mayUndo\":"
		"\"unknown\",\"rows\":4}"));
	said[0] = '\0';
	x.may_enroll = x.may_undo = RIGHT_ALLOWED;
	OK(session_tell_plan(&x, &err));
	assert_non_null(strstr(said, "rights  to enroll: allowed by AWS's "
		"simulation, to undo: allowed\n"));
	said[0] = '\0';
	x.may_enroll = x.may_undo = RIGHT_DENIED;
	OK(session_tell_plan(&x, &err));
	assert_non_null(strstr(said, "rights  to enroll: not known until the "
		"first key, to undo: denied\n"));
	assert_non_null(strstr(said, "\"mayEnroll\":\"denied\",\"mayUndo\":"
		"\"denied\""));
}

/* ---- files ---- */

static void the_result_is_the_plan_and_what_became_of_it(void **state)
{
	static const char want[] = HEAD
		"\"x, y\"," A "alice,Alice A.,totp,blue-1,1001,done,"
		"arn:aws:iam::123456789012:mfa/a-1,1001," ID ","
		"2026-02-01T00:00:00Z,\n"
		"," A "bob,,totp,,,failed,,,,2026-02-01T00:00:00Z,it broke\n"
		"," A "carol,,fido,blue-3,,skipped,,,,,\n"
		"," A "dave,,virtual,,,open,,,,,\n";
	char text[1200];
	struct stat st;

	(void)state;
	OK(session_write_result(&x, &err));
	assert_int_equal(access("result.csv", F_OK), -1);
	q.result_path = "result.csv";
	OK(session_write_result(&x, &err));
	snprintf(text, sizeof(text), "%.*s,result,device,key_serial,key_id,"
		"when,reason%s", (int)strlen(HEAD) - 1, HEAD,
		want + strlen(HEAD) - 1);
	csv_is("result.csv", text);
	assert_int_equal(stat("result.csv", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* a result is the next plan: its columns are written anew */
	plan_done(&plan);
	OK(plan_read("result.csv", &plan, &err));
	OK(session_write_result(&x, &err));
	csv_is("result.csv", text);
	q.result_path = "/absent/result.csv";
	SAYS(ERROR_FAILED, "/absent/", session_write_result(&x, &err));
}

static void a_result_never_takes_the_place_of_its_plan(void **state)
{
	(void)state;
	write_text("plan.csv", plan_text);
	OK(session_check_result(&x, &err));
	q.result_path = "other.csv";
	OK(session_check_result(&x, &err));
	write_text("other.csv", "");
	OK(session_check_result(&x, &err));
	q.result_path = "./plan.csv";
	SAYS(ERROR_USAGE, "--result './plan.csv' is the plan itself: give "
		"another file", session_check_result(&x, &err));
	assert_int_equal(symlink("plan.csv", "link"), 0);
	q.result_path = "link";
	SAYS(ERROR_USAGE, "--result 'link' is the plan itself",
		session_check_result(&x, &err));
	/* the same number on another file system is another file */
	q.result_path = "/dev/null";
	OK(session_check_result(&x, &err));
}

static void labels_are_added_to_their_file(void **state)
{
	(void)state;
	OK(session_print_label(&x, 0, &err));
	q.labels_path = "labels";
	OK(session_print_label(&x, 0, &err));
	q.return_address = "Corp|Street 1";
	OK(session_print_label(&x, 2, &err));
	assert_file_is("labels", "blue-1\n\nblue-3\nCorp\nStreet 1\n\n");
	q.labels_path = "/absent/labels";
	SAYS(ERROR_FAILED, "cannot open '/absent/labels' for labels: No such "
		"file", session_print_label(&x, 0, &err));
}

/* ---- parts ---- */

static int split(size_t n)
{
	heard[0] = '\0';
	return rollout_split(&run, &plan, "my.plan/plan.csv", registry, n,
		&err);
}

static void a_plan_is_split_by_user_and_holder(void **state)
{
	static const char text[] = HEAD
		"1," A "alice,,totp,,\n"
		"2," A "bob,,totp,,\n"
		"3," A "ALICE,Zoe,totp,,\n"
		"4," A "carol,Zoe,totp,,\n"
		"5," A "dave,,totp,,\n";

	(void)state;
	assert_int_equal(mkdir("my.plan", 0700), 0);
	write_text("my.plan/plan.csv", plan_text);
	SAYS(ERROR_USAGE, "--split: a number of 2 to 4, for a plan of 4 rows",
		split(1));
	SAYS(ERROR_USAGE, "--split: a number of 2 to 4", split(5));
	plan_done(&plan);
	OK(plan_parse(text, strlen(text), &plan, &err));
	plan.problems_n = 0; /* alice twice is none here */
	OK(split(2));
	assert_string_equal(heard, "'my.plan/plan-1.csv': 4 rows\n"
		"'my.plan/plan-2.csv': 1 row\n");
	csv_is("my.plan/plan-1.csv", HEAD "1," A "alice,,totp,,\n"
		"2," A "bob,,totp,,\n3," A "ALICE,Zoe,totp,,\n"
		"4," A "carol,Zoe,totp,,\n");
	csv_is("my.plan/plan-2.csv", HEAD "5," A "dave,,totp,,\n");
	/* nothing is overwritten, and then none is written */
	assert_int_equal(unlink("my.plan/plan-1.csv"), 0);
	SAYS(ERROR_CONFLICT, "plan-2.csv", split(2));
	assert_int_equal(access("my.plan/plan-1.csv", F_OK), -1);
	csv_is("my.plan/plan-2.csv", HEAD "5," A "dave,,totp,,\n");
}

static void a_plan_without_a_dot_is_split_too(void **state)
{
	(void)state;
	assert_int_equal(mkdir("my.plan", 0700), 0);
	write_text("my.plan/keys", plan_text);
	OK(rollout_split(&run, &plan, "my.plan/keys", registry, 4, &err));
	csv_is("my.plan/keys-3", HEAD "," A "carol,,fido,blue-3,\n");
	assert_int_equal(access("my.plan/keys-4", F_OK), 0);
	assert_int_equal(access("my.plan/keys-5", F_OK), -1);
}

static void a_rollout_that_has_begun_is_not_split(void **state)
{
	struct rollout_state s = { .fd = -1 };

	(void)state;
	write_text("plan.csv", plan_text);
	OK(state_open(&s, registry, "plan.csv", &plan, STATE_WORK, &err));
	state_done(&s);
	SAYS(ERROR_REFUSED, "the rollout of 'plan.csv' has begun already: go "
		"on with it, or make plans of the rows that are left",
		rollout_split(&run, &plan, "plan.csv", registry, 2,
			&err));
	assert_int_equal(access("plan-1.csv", F_OK), -1);
}

static void a_plan_that_was_changed_is_told_up_to_which_line(void **state)
{
	static const struct {
		const char *rows, *words;
	} changed[] = {
		{ "1," A "alice,Alice A.,totp,blue-1,1001\n,"
			A "bob,,totp,,\n", "only rows behind line 3 may be "
			"appended; put it back, or give the new one another "
			"name (its users may have keys from '" },
		{ "1," A "alice,Eve,totp,blue-1,1001\n," A "bob,,totp,,\n,"
			A "carol,,fido,blue-3,\n," A "dave,,virtual,,\n",
			"only rows behind line 5 may be appended" },
		{ "1," A "alice,Eve,totp,blue-1,1001\n," A "bob,,totp,,\n,"
			A "carol,,fido,blue-3,\n," A "dave,,virtual,,\n,"
			A "erin,,totp,,\n",
			"only rows behind line 5 may be appended" },
	};
	struct rollout_state s = { .fd = -1 };
	char text[1024];
	size_t i;

	(void)state;
	write_text("plan.csv", plan_text);
	OK(state_open(&s, registry, "plan.csv", &plan, STATE_WORK, &err));
	state_done(&s);
	for (i = 0; i < ARRAY_LEN(changed); i++) {
		plan_done(&plan);
		snprintf(text, sizeof(text), HEAD "%s", changed[i].rows);
		OK(plan_parse(text, strlen(text), &plan, &err));
		s = (struct rollout_state){ .fd = -1 };
		SAYS(ERROR_REFUSED, changed[i].words, state_open(&s, registry,
			"plan.csv", &plan, STATE_WORK, &err));
	}
}

/* ---- initial PINs ---- */

static void a_pin_is_owed_only_where_it_is_wanted_and_the_row_is_done(
	void **state)
{
	(void)state;
	x.state.rows[0].pin_owed = true;
	assert_false(session_owes_pin(&x, 0));
	assert_int_equal(session_pins_owed(&x), 0);
	q.pin_folder = folder;
	assert_true(session_owes_pin(&x, 0));
	assert_int_equal(session_pins_owed(&x), 1);
	x.state.rows[1].pin_owed = true; /* which failed */
	assert_false(session_owes_pin(&x, 1));
	assert_int_equal(session_pins_owed(&x), 1);
	x.state.rows[0].pin_owed = false;
	assert_false(session_owes_pin(&x, 0));
	/* who types his codes has no key */
	OK(session_note_pin(&x, 3, &err));
	assert_false(x.state.rows[3].pin_owed);
}

/* ---- rows that are typed ---- */

static void a_typed_row_wants_a_terminal_a_number_or_a_policy(void **state)
{
	static const char text[] = HEAD
		"," A "alice,,hardware-totp,,GAKT12345678\n"
		"," A "bob,,hardware-totp,,\n"
		"," A "carol,,hardware-totp,,a b\n"
		"," A "dave,,virtual,,\n"
		"," A "erin,,totp,,\n"
		"," A "frank,,smoke,,\n";
	struct trust trust;
	size_t i;

	(void)state;
	memset(&trust, 0, sizeof(trust));
	plan_done(&plan);
	OK(plan_parse(text, strlen(text), &plan, &err));
	for (i = 0; i < 6; i++)
		assert_int_equal(row_is_typed(&plan.rows[i]), i < 4);
	q.trust = &trust;
	q.typed_fd = 0;
	plan.problems_n = 0;
	assert_true(session_check_typed(&x, &plan.rows[0]));
	assert_int_equal(plan.problems_n, 0);
	assert_false(session_check_typed(&x, &plan.rows[1]));
	assert_string_equal(plan.problems[0].text,
		"the token's serial number must stand in this row");
	assert_false(session_check_typed(&x, &plan.rows[2]));
	assert_non_null(strstr(plan.problems[1].text, "serial"));
	assert_false(session_check_typed(&x, &plan.rows[3]));
	assert_non_null(strstr(plan.problems[2].text, "a phone app's secret "
		"can be copied: only a policy that lists 'virtual' among its "
		"methods lets a plan have it"));
	q.typed_fd = -1;
	assert_false(session_check_typed(&x, &plan.rows[0]));
	assert_string_equal(plan.problems[3].text, "its codes are typed, and "
		"there is no terminal to ask on");
	assert_int_equal(plan.problems[3].line, 2);
	q.only_look = true;
	assert_true(session_check_typed(&x, &plan.rows[0]));
	assert_int_equal(plan.problems_n, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_a_line_and_an_object),
		TEST(a_key_of_the_day_is_counted_once_by_its_last_outcome),
		TEST(the_sheet_adds_up),
		TEST(the_first_row_is_told_like_any_other),
		TEST(a_dry_run_tells_what_is_left_and_the_rights),
		TEST(the_result_is_the_plan_and_what_became_of_it),
		TEST(a_result_never_takes_the_place_of_its_plan),
		TEST(labels_are_added_to_their_file),
		TEST(a_plan_is_split_by_user_and_holder),
		TEST(a_plan_without_a_dot_is_split_too),
		TEST(a_rollout_that_has_begun_is_not_split),
		TEST(a_plan_that_was_changed_is_told_up_to_which_line),
		TEST(a_pin_is_owed_only_where_it_is_wanted_and_the_row_is_done),
		TEST(a_typed_row_wants_a_terminal_a_number_or_a_policy),
	};

	return cmocka_run_group_tests_name("rollout told", tests, NULL, NULL);
}
