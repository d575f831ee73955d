/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan's users one after the other: what is asked for, what each letter that
 * a person types does, who is passed over, and what ends it. Keys and typed
 * lines come as the test says.
 */
#include "tests/unit/rollout-parts.h"

#include "bridge/mfa/revocation.h"
#include "bridge/mfa/recover.h"
#include "bridge/rollout/pin.h"

#include <time.h>

static const char three[] = HEAD
	"," A "Alice,Alice A.,totp,blue-1,1001\n"
	"," A "bob,,fido,,\n"
	"," A "dave,,hardware-totp,,GAKT12345678\n";

static struct trust trust;
static int line[2]; /* a person's */
static struct world {
	const char *news; /* K: a key; else what is typed: letters, '-' alone
	                     for Enter, '!' its end; behind the last: fails */
	const char *serves; /* what becomes of a key: d done, D without a
	                       number, p and its PIN owed, f failed, o its
	                       row failed, e error, c nobody reads it, a for
	                       another row */
	bool cards;
	bool waits_for_keys;
	bool key_taken;
	struct error revokes;
	size_t left;
} world;

WRAP(int, scout_start, struct scout *s, const struct run *r, const char *dir,
	bool cards, struct error *e)
{
	(void)s;
	assert_ptr_equal(r, &run);
	assert_non_null(strstr(dir, "registry.db"));
	world.cards = cards;
	return ask('S', e);
}

/* 'A' and the row for which it is looked at again. */
WRAP(int, scout_offer_again, struct scout *s, const char *key,
	struct error *e)
{
	assert_non_null(s);
	assert_string_equal(key, "1-2:7");
	return ask('A', e);
}

WRAP(void, scout_done, struct scout *s)
{
	(void)s;
}

WRAP(void, arrival_done, struct arrival *a)
{
	(void)a;
}

WRAP(int, scout_wait, struct scout *s, int typed_fd, bool keys,
	struct arrival *ret, struct error *e)
{
	char c = *world.news;
	const char *text = c == '-' ? "\n" : NULL;

	(void)s;
	memset(ret, 0, sizeof(*ret));
	world.waits_for_keys = keys;
	if (!c)
		return error_set(e, ERROR_INTERRUPTED, "broken off");
	world.news++;
	if (c == 'K') {
		assert_true(keys);
		return PORTS_KEY;
	}
	if (c == '!') {
		assert_int_equal(close(line[1]), 0);
		line[1] = -1;
	} else {
		assert_int_equal(write(line[1], text ? text : &c, 1), 1);
	}
	assert_int_equal(typed_fd, line[0]);
	return PORTS_TYPED;
}

WRAP(void, registry_log_head, const struct registry_head *head)
{
	assert_int_equal(head->seq, 9);
	ask('H', NULL);
}

WRAP(int, session_check, struct session *s, struct error *e)
{
	(void)s;
	return ask('c', e);
}

WRAP(int, session_note_checked, struct session *s, struct error *e)
{
	assert_true(s->state.fd >= 0);
	return ask('n', e);
}

WRAP(int, session_renew, struct session *s, struct error *e)
{
	(void)s;
	return ask('r', e);
}

WRAP(int, session_find_done, struct session *s, size_t i, bool *ret,
	struct error *e)
{
	*ret = strcmp(s->plan->rows[i].user, "bob") == 0 &&
		failing.question == 'b';
	if (*ret)
		s->state.rows[i].state = ROW_DONE;
	return ask('f', e);
}

WRAP(int, session_serve, struct session *s, size_t i, struct arrival *a,
	bool *ret_done, struct error *e)
{
	char how = *world.serves;

	assert_int_equal(!a, row_is_typed(&s->plan->rows[i]));
	assert_int_not_equal(how, 0);
	world.serves++;
	*ret_done = strchr("dDpo", how) != NULL;
	if (*ret_done && how != 'o') {
		s->state.rows[i].state = ROW_DONE;
		s->state.rows[i].serial = how == 'D' ? 0 : 1001 + (uint32_t)i;
		s->state.rows[i].pin_owed = how == 'p';
		strcpy(s->state.rows[i].device, "arn:d");
		s->last = i;
		s->counts[KEY_DONE]++;
		OK(state_write(&s->state, i, e));
	}
	if (how == 'o')
		s->state.rows[i].state = ROW_FAILED;
	if (how == 'c')
		s->closed = true;
	if (how == 'a')
		assert_false(session_put_aside(s, "1-2:7", i));
	return how == 'e' ? error_set(e, ERROR_UNREACHABLE, "no network") : 0;
}

WRAP(int, recover_all, const struct run *r, const struct recovery *recovery,
	struct journal *ret_wanted, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_true(recovery->reg == reg && recovery->aws == &aws);
	assert_null(ret_wanted);
	assert_null(recovery->claim);
	return ask('j', e);
}

WRAP(int, mfa_revoke, const struct run *r, const struct mfa_revocation *m,
	struct mfa_revoked *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_true(m->aws == &aws && m->reg == reg && m->last);
	assert_string_equal(m->user, "Alice");
	assert_string_equal(m->device, "arn:d");
	assert_string_equal(m->reason, "undone in its rollout");
	assert_int_equal(written(0).state, ROW_UNDOING);
	memset(ret, 0, sizeof(*ret));
	ret->head.seq = 9;
	if (!world.revokes.code)
		return 0;
	if (strcmp(world.revokes.text, "left") == 0) {
		ret->account_left = true;
		error_set(&ret->left, ERROR_NO_TOKEN, "not here");
		return 0;
	}
	return error_copy(e, &world.revokes);
}

static int begin(void **state)
{
	(void)state;
	begin_rollout(three);
	memset(&world, 0, sizeof(world));
	policy_init(&trust.policy);
	q.trust = &trust;
	open_registry();
	assert_int_equal(unlink(x.state.path), 0); /* the run begins its own */
	state_done(&x.state);
	assert_int_equal(pipe(line), 0);
	q.typed_fd = line[0];
	world.news = world.serves = "";
	return 0;
}

static int end(void **state)
{
	close(line[0]);
	if (line[1] >= 0)
		close(line[1]);
	return finish(state);
}

static int roll(const char *news, const char *serves)
{
	world.news = news;
	world.serves = serves;
	asked[0] = said[0] = heard[0] = '\0';
	world.left = 99;
	return rollout_run(&run, &q, &world.left, &err);
}

static void hears(const char *words)
{
	if (!strstr(heard, words))
		fail_msg("'%s' does not say '%s'", heard, words);
}

static void tells(const char *words)
{
	if (!strstr(said, words))
		fail_msg("'%s' does not say '%s'", said, words);
}

/* What another rollout is kept from. */
static int reserve(const char *user)
{
	char key[160];

	snprintf(key, sizeof(key), "123456789012/%s", user);
	return registry_reserve(reg, "rollout", key, NULL, "0123456789abcdef"
		"0123456789abcdef", 60, &err);
}

/* ---- one after the other ---- */

static void each_row_is_asked_for_in_turn(void **state)
{
	(void)state;
	OK(roll("KK-", "ddd"));
	assert_int_equal(world.left, 0);
	assert_false(world.waits_for_keys); /* of who types */
	/* checked, begun, written down; then user by user */
	asked_is("cnSfrfrfr");
	assert_true(world.cards);
	hears("Insert the next key for Alice (Alice A.) with serial number "
		"1001, 1 of 3. [Enter s skips, u undoes the last one, p "
		"pauses, q ends]\n");
	hears("Insert the next key for bob (bob), 2 of 3, about ");
	hears(" left. [Enter s skips, u undoes");
	hears("Press Enter for dave (dave), the token GAKT12345678, 3 of 3, "
		"about ");
	hears(" left. [Enter s skips, u undoes the last one, q ends]\n");
	/* nobody is kept behind it */
	OK(reserve("alice"));
	OK(reserve("bob"));
	OK(reserve("dave"));
	/* and once more there is nothing to be done */
	OK(roll("", ""));
	asked_is("cS");
	tells("users  3: 3 done (3 before), 0 failed");
}

static void an_app_is_on_the_phone_and_wants_no_card(void **state)
{
	(void)state;
	read_plan(HEAD "," A "erin,,virtual,,\n," A "frank,,fido,,\n");
	state_done(&x.state);
	q.plan_path = "other.csv";
	write_text("other.csv", "");
	q.typed_fd = line[0];
	OK(roll("-K", "dd"));
	assert_false(world.cards);
	hears("Press Enter for erin (erin), an app on the phone, 1 of 2. "
		"[Enter s");
}

static void without_a_terminal_no_letter_is_offered(void **state)
{
	(void)state;
	q.typed_fd = -1;
	OK(roll("KK", "dd"));
	hears(" with serial number 1001, 1 of 3.\n");
	assert_int_equal(world.left, 1);
	/* the first descriptor is one like any other */
	assert_int_equal(dup2(line[0], STDIN_FILENO), STDIN_FILENO);
	close(line[0]);
	line[0] = q.typed_fd = STDIN_FILENO;
	OK(roll("q", ""));
	hears(", q ends]\n");
	q.typed_fd = -1;
	q.stick = true;
	SAYS(ERROR_USAGE, "--stick waits for a person, and there is no "
		"terminal to ask on: leave it out", roll("", ""));
	assert_int_equal(world.left, 99);
}

static void a_key_that_does_is_asked_for_again(void **state)
{
	(void)state;
	OK(roll("KKK", "ffd"));
	assert_int_equal(world.left, 2);
	asked_is("cnSfrrrf");
	/* a row that failed is passed by */
	OK(roll("Kq", "o"));
	assert_int_equal(world.left, 2);
	hears("Press Enter for dave");
}

/* For each row that follows, and for its own not. */
static void what_was_for_another_row_comes_again(void **state)
{
	(void)state;
	OK(roll("KKKK-", "afddd"));
	assert_int_equal(world.left, 0);
	asked_is("cnSfrrrAfrAfr");
}

static void whom_it_cannot_be_told_to_ends_it(void **state)
{
	(void)state;
	fails_at('A', ERROR_FAILED, "");
	assert_int_equal(roll("KKK", "ad"), -ERROR_FAILED);
	assert_string_equal(err.text, "AWS says no");
	assert_int_equal(world.left, 2);
}

/* ---- letters ---- */

static void letters_skip_pause_and_end(void **state)
{
	(void)state;
	OK(roll("sq", ""));
	assert_int_equal(world.left, 3);
	assert_int_equal(written(0).state, ROW_SKIPPED);
	tells("skipped   Alice  -  blue-1\n");
	asked_is("cnSff");
	/* this run asks again */
	OK(roll("xp-q", ""));
	assert_int_equal(written(0).state, ROW_SKIPPED);
	hears("Paused: no key is taken until you press Enter.\n");
	assert_true(world.waits_for_keys);
	asked_is("cSf");
	OK(roll("p", ""));
	assert_false(world.waits_for_keys);
	OK(roll("ss-", "d"));
	assert_int_equal(world.left, 2);
	assert_int_equal(written(2).state, ROW_DONE);
	/* what cannot be typed any more ends it */
	OK(roll("!", ""));
	asked_is("cSf");
}

static void u_takes_the_last_one_back(void **state)
{
	(void)state;
	x.state.fd = -1;
	OK(roll("u", ""));
	hears("There is nothing to undo: this run has enrolled no key yet, or "
		"its last one is undone.\n");
	OK(roll("Kuuq", "d"));
	tells("undone    Alice  1001  blue-1\n");
	asked_is("cSfrfffH");
	hears("There is nothing to undo");
	assert_int_equal(written(0).state, ROW_OPEN);
	assert_int_equal(written(0).serial, 0);
	assert_int_equal(world.left, 3);
	OK(roll("Kuq", "D"));
	tells("undone    Alice  -  blue-1\n");
	/* the key keeps an account */
	error_set(&world.revokes, ERROR_FAILED, "left");
	OK(roll("Kuq", "d"));
	hears("warning: the key still has an account that is worth nothing at "
		"AWS: not here\n");
	error_set(&world.revokes, ERROR_INTERRUPTED, "broken off");
	OK(roll("Ku", "d"));
	assert_int_equal(written(0).state, ROW_UNDOING);
	/* which the next run settles first */
	OK(roll("q", ""));
	asked_is("jcSf");
	assert_int_equal(written(0).state, ROW_OPEN);
	error_set(&world.revokes, ERROR_REMOTE, "you may not");
	OK(roll("Kuq", "d"));
	hears("warning: you may not\n");
	failing = (struct failing){ .question = 'j', .from = 1 };
	error_set(&failing.error, ERROR_CORRUPT, "torn");
}

/* ---- others ---- */

static void who_is_served_elsewhere_is_passed_by(void **state)
{
	(void)state;
	OK(reserve("alice"));
	OK(roll("K-", "dd"));
	tells("busy      Alice  -  blue-1\n          ");
	assert_int_equal(world.left, 1);
	assert_int_equal(written(0).state, ROW_OPEN);
	asked_is("cnSfrfr");
}

static void a_user_is_kept_however_he_is_written(void **state)
{
	(void)state;
	read_plan(HEAD "," A "AaZz,,totp,,\n");
	OK(reserve("aazz"));
	OK(roll("", ""));
	tells("busy      AaZz  -  -\n");
	/* what cannot be kept is not served */
	registry_free(&reg);
	q.reg = reg = open_ro(registry);
	FAILS(ERROR_PERMISSION, roll("K", "d"));
	asked_is("cS");
}

static void who_got_a_key_meanwhile_is_done(void **state)
{
	(void)state;
	failing.question = 'b';
	failing.from = 99;
	OK(roll("K-", "dd"));
	hears("line 3: 'bob' has got a key meanwhile.\n");
	assert_int_equal(written(1).state, ROW_DONE);
	assert_int_equal(world.left, 0);
	OK(reserve("bob"));
}

static void who_was_kept_when_it_was_killed_is_given_back(void **state)
{
	struct rollout_state s = { .fd = -1 };

	(void)state;
	OK(roll("K", "d"));
	OK(state_open(&s, registry, q.plan_path, &plan, STATE_WORK, &err));
	s.rows[1].state = ROW_BEGUN;
	OK(state_write(&s, 1, &err));
	OK(registry_reserve(reg, "rollout", "123456789012/bob", NULL, s.id, 60,
		&err));
	state_done(&s);
	fails_at('c', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", roll("", ""));
	asked_is("jc");
	OK(reserve("bob"));
	/* nothing is bound by that run: it is served again */
	assert_int_equal(written(1).state, ROW_OPEN);
}

/* ---- what is beside it ---- */

static void labels_are_printed_and_stuck_on(void **state)
{
	(void)state;
	q.labels_path = "labels";
	q.stick = true;
	OK(roll("Kfq", "d"));
	hears("Stick 'blue-1' on the key, then press Enter: \n");
	assert_file_is("labels", "blue-1\n\n");
	OK(roll("Kq", "f"));
	OK(roll("Kq", "o"));
	assert_file_is("labels", "blue-1\n\n");
	assert_null(strstr(heard, "Stick"));
	fails_at('T', ERROR_INTERRUPTED, "");
	OK(roll("K", "d"));
	asked_is("cSfrT");
}

static void the_result_is_renewed_and_is_not_the_plan(void **state)
{
	(void)state;
	write_text("plan.csv", three);
	q.result_path = "plan.csv";
	SAYS(ERROR_USAGE, "--result 'plan.csv' is the plan itself", roll("",
		""));
	asked_is("");
	q.result_path = "/absent/result";
	SAYS(ERROR_FAILED, "/absent/", roll("K", "d"));
	asked_is("cn");
	q.result_path = "result.csv";
	OK(roll("", ""));
	assert_int_equal(access("result.csv", F_OK), 0);
	/* also when the row ends the session */
	assert_int_equal(unlink("result.csv"), 0);
	SAYS(ERROR_UNREACHABLE, "no network", roll("K", "e"));
	assert_int_equal(access("result.csv", F_OK), 0);
	tells("users  3: 0 done");
	assert_int_equal(world.left, 3);
	plan_complain(&plan, &plan.rows[0], PLAN_USER, "no");
	SAYS(ERROR_MALFORMED, "no; nothing was done", roll("", ""));
	asked_is("");
	plan.problems_n = 0;
}

static void a_dry_run_changes_nothing(void **state)
{
	(void)state;
	q.only_look = true;
	OK(roll("", ""));
	asked_is("c");
	tells("users   3: 0 done before, 3 left\n");
	assert_int_equal(world.left, 3);
	fails_at('c', ERROR_MALFORMED, "");
	SAYS(ERROR_MALFORMED, "AWS says no", roll("", ""));
	q.only_look = false;
	SAYS(ERROR_MALFORMED, "AWS says no", roll("", ""));
	asked_is("c");
	/* and so a plan in which something is wrong can be mended */
	assert_string_equal(written(0).device, "");
	failing.question = 0;
	OK(roll("", ""));
	asked_is("cnSf");
}

static void nobody_who_reads_ends_it(void **state)
{
	(void)state;
	mute = true;
	SAYS(ERROR_FAILED, "nobody hears", roll("", ""));
	asked_is("cnSf");
	mute = false;
	OK(roll("K", "c"));
	asked_is("cSfr");
	assert_int_equal(world.left, 3);
}

static void each_step_that_fails_ends_it(void **state)
{
	static const struct {
		char question;
		const char *asked;
	} steps[] = {
		{ 'r', "cSfr" }, { 'f', "cSf" }, { 'S', "cS" }, { 'c', "c" },
	};
	size_t i;

	(void)state;
	OK(roll("", ""));
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		fails_at(steps[i].question, ERROR_UNREACHABLE, "");
		SAYS(ERROR_UNREACHABLE, "AWS says no", roll("K", "d"));
		asked_is(steps[i].asked);
		assert_int_equal(written(0).state, ROW_OPEN);
	}
}

static void a_pin_that_is_owed_is_asked_for_at_the_end(void **state)
{
	(void)state;
	q.pin_folder = folder;
	OK(roll("KK-xs", "ppd"));
	hears("Insert the key of Alice (Alice A.) with serial number 1001 "
		"again: it has no initial PIN yet. [Enter s skips, q ends]\n");
	hears("Insert the key of bob (bob) with serial number 1002 again");
	assert_int_equal(world.left, 2);
	/* Enter s: not in this run, and it is done still */
	assert_int_equal(written(0).state, ROW_DONE);
	q.typed_fd = -1;
	OK(roll("KK", "dd"));
	hears(" again: it has no initial PIN yet.\n");
	assert_int_equal(world.left, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_row_is_asked_for_in_turn),
		TEST(an_app_is_on_the_phone_and_wants_no_card),
		TEST(without_a_terminal_no_letter_is_offered),
		TEST(a_key_that_does_is_asked_for_again),
		TEST(what_was_for_another_row_comes_again),
		TEST(whom_it_cannot_be_told_to_ends_it),
		TEST(letters_skip_pause_and_end),
		TEST(u_takes_the_last_one_back),
		TEST(who_is_served_elsewhere_is_passed_by),
		TEST(a_user_is_kept_however_he_is_written),
		TEST(who_got_a_key_meanwhile_is_done),
		TEST(who_was_kept_when_it_was_killed_is_given_back),
		TEST(labels_are_printed_and_stuck_on),
		TEST(the_result_is_renewed_and_is_not_the_plan),
		TEST(a_dry_run_changes_nothing),
		TEST(nobody_who_reads_ends_it),
		TEST(each_step_that_fails_ends_it),
		TEST(a_pin_that_is_owed_is_asked_for_at_the_end),
	};

	return cmocka_run_group_tests_name("rollout run", tests, NULL, NULL);
}
