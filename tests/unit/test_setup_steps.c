/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup's steps on this machine and at AWS: what doctor, AWS and the system's
 * programs answer is a table's, and what a step makes of it is looked at.
 */
#include "tests/unit/setup-parts.h"

#include "base/person.h"
#include "bridge/account/rights.h"
#include "bridge/doctor/aws/aws.h"
#include "bridge/doctor/tokens/tokens.h"

#include <pwd.h>

/* ---- what answers ---- */

#define SESSION ((struct aws_session *)(uintptr_t)16)

static struct world {
	uid_t uid;
	struct finding found[4]; /* by doctor, until a check that is NULL */
	int doctor, open, rights; /* codes of what fails; 0: nothing */
	const char *alias, *skew;
	struct rights of;
	const char *called;      /* who called root; NULL: nobody */
	int calling;             /* code of what fails there */
	bool group, makes, lists, adds; /* the group: there, made by sysusers,
	                                   with the member, by usermod */
	int no_make, no_reload, no_add; /* codes of what fails */
	char ran[256];
	struct aws_options asked;
	unsigned opened, closed;
} w;

WRAP(uid_t, geteuid, void)
{
	return w.uid;
}

WRAP(struct passwd *, getpwnam, const char *name)
{
	static struct passwd somebody;

	return strcmp(name, "ghost") == 0 ? NULL : &somebody;
}

WRAP(int, person_who_called, struct person *ret, bool *ret_found,
	struct error *e)
{
	if (w.calling)
		return error_set(e, w.calling, "two callers");
	*ret_found = w.called != NULL;
	if (w.called)
		strcpy(ret->name, w.called);
	return 0;
}

WRAP(bool, tokens_group_lists, const char *user, bool *ret_exists)
{
	*ret_exists = w.group;
	return w.lists && strcmp(user, "alice") == 0;
}

/* By the last part of the program's name and its words. */
WRAP(int, setup_execute, const char *const *words, struct error *e)
{
	int fails = w.no_add;
	size_t n = strlen(w.ran);

	assert_int_equal(words[0][0], '/');
	for (; *words; words++)
		n += (size_t)snprintf(w.ran + n, sizeof(w.ran) - n, "%s%s",
			*words, words[1] ? " " : "\n");
	if (strstr(w.ran, "udevadm"))
		fails = w.no_reload;
	if (strstr(w.ran, "usermod")) {
		fails = w.no_add;
		w.lists |= w.adds && !fails;
	} else if (!strstr(w.ran, "udevadm")) {
		fails = w.no_make;
		w.group |= w.makes && !fails;
	}
	return fails ? error_set(e, fails, "it ended badly") : 0;
}

static int find(struct findings *f, struct error *e)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(w.found) && w.found[i].check; i++)
		findings_add(f, w.found[i].status, w.found[i].check,
			w.found[i].subject, w.found[i].remedy, "%s",
			w.found[i].text);
	return w.doctor ? error_set(e, w.doctor, "doctor fails") : 0;
}

WRAP(int, doctor_tokens, const struct doctor_tokens_request *q,
	struct findings *f, struct error *e)
{
	assert_int_equal(q->n, 2);
	return find(f, e);
}

WRAP(int, doctor_credentials, const struct aws_options *options,
	struct aws_session **ret, struct findings *f, struct error *e)
{
	assert_null(ret);
	w.asked = *options;
	return find(f, e);
}

WRAP(int, account_open, const struct run *r, const struct account_request *q,
	struct account *ret, struct error *e)
{
	assert_non_null(r);
	assert_string_equal(q->profile, "admin");
	w.opened++;
	if (w.open)
		return error_set(e, w.open, "AWS says no");
	ret->session = SESSION;
	ret->alias = w.alias ? strdup(w.alias) : NULL;
	strcpy(ret->caller.account, "123456789012");
	strcpy(ret->caller.arn, "arn:aws:iam::123456789012:user/alice");
	return 0;
}

WRAP(void, account_done, struct account *c)
{
	free(c->alias);
	c->alias = NULL;
	c->session = NULL;
	w.closed++;
}

WRAP(bool, account_skew, const struct account *c, char ret[ACCOUNT_SKEW_LEN])
{
	assert_ptr_equal(c->session, SESSION);
	if (w.skew)
		strcpy(ret, w.skew);
	return w.skew != NULL;
}

WRAP(int, rights_look, const struct account *c, const char *role,
	struct rights *ret, struct error *e)
{
	assert_ptr_equal(c->session, SESSION);
	assert_string_equal(role, "enroller");
	*ret = w.of;
	return w.rights ? error_set(e, w.rights, "Ctrl-C") : 0;
}

static struct bench b;
static bool todo;

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	open_bench(&b);
	b.q.tokens.n = 2;
	b.q.aws = (struct account_request){ .profile = "admin",
		.region = "eu-west-1", .endpoint_url = "http://e",
		.ca_bundle = "/ca.pem", .proxy = "http://p" };
	strcpy(b.result.role, "enroller");
	b.run.cancel_fd = 77;
	todo = true;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	free(b.s.aws.alias);
	close_bench(&b);
	return 0;
}

/* The one row that there is. */
static void one_row(enum setup_state want, const char *step,
	const char *text, const char *remedy, const char *command)
{
	assert_int_equal(b.result.n, 1);
	ROW(&b, want, step, "");
	assert_string_equal(last(&b)->text, text);
	assert_string_equal(last(&b)->remedy, remedy);
	assert_string_equal(last(&b)->command, command);
	setup_result_done(&b.result);
}

/* ---- tokens ---- */

static void what_doctor_finds_of_tokens_is_a_row_each(void **state)
{
	static const struct finding found[] = {
		{ FINDING_OK, "node", "/dev/hidraw0", "is open", "" },
		{ FINDING_WARN, "pcscd", "pcscd", "sleeps", "wake it" },
		{ FINDING_FAIL, "node", "/dev/hidraw1", "is shut", "open it" },
		{ FINDING_FAIL, "group", "tokenbridge", "is not there", "" },
	};

	(void)state;
	OK(setup_look_tokens(&b.s, &todo, &err));
	assert_false(todo);
	one_row(SETUP_ALREADY, "tokens", "2 plugged in; udev's rules, nodes "
		"and pcscd are as they should be", "", "");
	w.found[0] = found[0];
	OK(setup_look_tokens(&b.s, &todo, &err));
	one_row(SETUP_ALREADY, "tokens", "2 plugged in; udev's rules, nodes "
		"and pcscd are as they should be", "", "");
	w.found[0] = found[3]; /* which is another step's */
	OK(setup_look_tokens(&b.s, &todo, &err));
	one_row(SETUP_ALREADY, "tokens", "2 plugged in; udev's rules, nodes "
		"and pcscd are as they should be", "", "");
	memcpy(w.found, found, sizeof(found));
	OK(setup_look_tokens(&b.s, &todo, &err));
	assert_int_equal(b.result.n, 2);
	assert_int_equal(b.result.rows[0].state, SETUP_NOTE);
	assert_string_equal(b.result.rows[0].text, "pcscd: sleeps");
	assert_string_equal(b.result.rows[0].remedy, "wake it");
	assert_string_equal(b.result.rows[0].command, "");
	assert_int_equal(b.result.rows[1].state, SETUP_LEFT);
	assert_string_equal(b.result.rows[1].step, "tokens");
	assert_string_equal(b.result.rows[1].text, "/dev/hidraw1: is shut");
	assert_string_equal(b.result.rows[1].command,
		"tokenbridge doctor tokens");
	setup_result_done(&b.result);
	memset(w.found, 0, sizeof(w.found));
	w.found[0] = found[1];
	w.found[0].status = FINDING_UNKNOWN;
	OK(setup_look_tokens(&b.s, &todo, &err));
	one_row(SETUP_NOTE, "tokens", "pcscd: sleeps", "wake it", "");
	w.doctor = ERROR_FAILED;
	SAYS(ERROR_FAILED, "doctor fails", setup_look_tokens(&b.s, &todo,
		&err));
	assert_int_equal(b.result.n, 0);
}

/* ---- the group ---- */

static void who_is_not_root_is_told_of_the_group_by_doctor(void **state)
{
	static const struct finding found[] = {
		{ FINDING_OK, "group", "tokenbridge", "holds you", "" },
		{ FINDING_FAIL, "node", "/dev/hidraw1", "is shut", "open it" },
	};

	(void)state;
	w.uid = 1001;
	OK(setup_look_group(&b.s, &todo, &err));
	assert_false(todo);
	assert_int_equal(b.result.n, 0);
	memcpy(w.found, found, sizeof(found));
	OK(setup_look_group(&b.s, &todo, &err));
	assert_false(todo);
	one_row(SETUP_ALREADY, "group", "tokenbridge: holds you", "", "");
	b.q.user = "alice";
	SAYS(ERROR_USAGE, "--user: only root puts somebody into the group "
		"tokenbridge", setup_look_group(&b.s, &todo, &err));
	assert_int_equal(b.result.n, 0);
}

static void root_puts_who_is_named_or_called_into_the_group(void **state)
{
	static const struct {
		bool group, lists;
		const char *user, *called;
		bool asks, yes;
		const char *question; /* NULL: nothing is to be done */
		const char *row;
	} rows[] = {
		{ true, true, "alice", NULL, true, false, NULL,
			"'alice' is in the group tokenbridge" },
		{ true, true, "bob", "alice", true, false, "put 'bob' into it, "
			"so that tokens answer away from the screen too", "" },
		{ true, false, NULL, "bob", true, false, "put 'bob' into it, "
			"so that tokens answer away from the screen too", "" },
		/* who cannot say no is not put anywhere */
		{ true, false, NULL, "bob", true, true, NULL, "the group "
			"tokenbridge is there; --user NAME puts somebody into "
			"it" },
		{ true, false, NULL, "bob", false, false, NULL, "the group "
			"tokenbridge is there; --user NAME puts somebody into "
			"it" },
		{ true, false, NULL, NULL, true, false, NULL, "the group "
			"tokenbridge is there; --user NAME puts somebody into "
			"it" },
		{ false, false, NULL, NULL, true, false,
			"make the group tokenbridge", "" },
		{ false, true, "alice", NULL, false, true, "make the group "
			"tokenbridge and put 'alice' into it, so that tokens "
			"answer away from the screen too", "" },
		/* a name of 32 bytes has no room, and is nobody's */
		{ true, false, NULL, "abcdefghabcdefghabcdefghabcdefgh", true,
			false, NULL, "the group tokenbridge is there; --user "
			"NAME puts somebody into it" },
		{ true, false, NULL, "abcdefghabcdefghabcdefghabcdefg", true,
			false, "put 'abcdefghabcdefghabcdefghabcdefg' into it, "
			"so that tokens answer away from the screen too", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.group = rows[i].group;
		w.lists = rows[i].lists;
		w.called = rows[i].called;
		b.q.user = rows[i].user;
		b.q.asks = rows[i].asks;
		b.q.yes = rows[i].yes;
		b.s.member[0] = '\0';
		todo = !rows[i].question;
		OK(setup_look_group(&b.s, &todo, &err));
		assert_int_equal(todo, rows[i].question != NULL);
		if (rows[i].question) {
			assert_string_equal(b.s.question, rows[i].question);
			assert_int_equal(b.result.n, 0);
		} else {
			one_row(SETUP_ALREADY, "group", rows[i].row, "", "");
		}
	}
}

static void who_is_nobody_here_is_refused(void **state)
{
	(void)state;
	w.group = true;
	b.q.user = "ghost";
	SAYS(ERROR_USAGE, "there is no local user 'ghost'",
		setup_look_group(&b.s, &todo, &err));
	assert_false(todo);
	b.q.user = "abcdefghabcdefghabcdefghabcdefgh";
	SAYS(ERROR_USAGE, "the name 'abcdefghabcdefghabcdefghabcdefgh' is too "
		"long", setup_look_group(&b.s, &todo, &err));
	b.q.user = NULL;
	b.q.asks = true;
	w.calling = ERROR_USAGE;
	SAYS(ERROR_USAGE, "two callers", setup_look_group(&b.s, &todo, &err));
	assert_int_equal(b.result.n, 0);
}

#define SYSUSERS "/usr/bin/systemd-sysusers tokenbridge.conf\n"
#define RELOAD "/usr/bin/udevadm control --reload\n"
#define USERMOD "/usr/sbin/usermod --append --groups tokenbridge "

static void the_group_is_made_and_filled_by_the_systems_programs(void **state)
{
	(void)state;
	w.makes = w.adds = true;
	OK(setup_act_group(&b.s, &err));
	assert_string_equal(w.ran, SYSUSERS RELOAD);
	one_row(SETUP_DONE, "group", "made the group tokenbridge", "", "");
	/* what is there is not made */
	w.ran[0] = '\0';
	strcpy(b.s.member, "alice");
	OK(setup_act_group(&b.s, &err));
	assert_string_equal(w.ran, USERMOD "alice\n");
	one_row(SETUP_DONE, "group", "put 'alice' into the group tokenbridge",
		"it holds from the next login on", "");
	w.group = w.lists = b.s.group_exists = false;
	w.ran[0] = '\0';
	OK(setup_act_group(&b.s, &err));
	assert_string_equal(w.ran, SYSUSERS RELOAD USERMOD "alice\n");
	one_row(SETUP_DONE, "group", "made the group tokenbridge; put 'alice' "
		"into the group tokenbridge",
		"it holds from the next login on", "");
}

static void a_group_that_is_not_made_or_not_filled_is_no_success(void **state)
{
	(void)state;
	strcpy(b.s.member, "alice");
	w.no_make = ERROR_FAILED;
	SAYS(ERROR_FAILED, "it ended badly", setup_act_group(&b.s, &err));
	assert_string_equal(w.ran, SYSUSERS);
	w.no_make = 0;
	w.ran[0] = '\0';
	SAYS(ERROR_FAILED, "systemd-sysusers made no group tokenbridge: its "
		"file tokenbridge.conf is not installed",
		setup_act_group(&b.s, &err));
	assert_string_equal(w.ran, SYSUSERS);
	b.s.group_exists = w.group = true;
	w.ran[0] = '\0';
	w.no_add = ERROR_FAILED;
	SAYS(ERROR_FAILED, "it ended badly", setup_act_group(&b.s, &err));
	w.no_add = 0;
	SAYS(ERROR_FAILED, "usermod put nobody into the group tokenbridge",
		setup_act_group(&b.s, &err));
	assert_int_equal(b.result.n, 0);
}

static void rules_that_are_not_read_again_are_told(void **state)
{
	(void)state;
	w.makes = true;
	w.no_reload = ERROR_FAILED;
	OK(setup_act_group(&b.s, &err));
	assert_int_equal(b.result.n, 2);
	assert_int_equal(b.result.rows[0].state, SETUP_NOTE);
	assert_string_equal(b.result.rows[0].text, "it ended badly");
	assert_string_equal(b.result.rows[0].remedy, "`udevadm control "
		"--reload` where udev runs, then plug tokens in again");
	ROW(&b, SETUP_DONE, "group", "made the group tokenbridge");
}

/* ---- AWS ---- */

static void what_stands_in_the_way_to_aws_ends_the_step(void **state)
{
	static const struct finding found[] = {
		{ FINDING_OK, "credentials", "keys", "of the file", "" },
		{ FINDING_WARN, "proxy", "IAM", "http://p is asked", "look" },
		{ FINDING_WARN, "proxy", "STS", "http://p is asked", "look" },
		{ FINDING_WARN, "endpoint", "STS", "http://p is asked", "" },
	};

	(void)state;
	memcpy(w.found, found, sizeof(found));
	OK(setup_look_aws(&b.s, &todo, &err));
	assert_string_equal(w.asked.profile, "admin");
	assert_string_equal(w.asked.region, "eu-west-1");
	assert_string_equal(w.asked.endpoint_url, "http://e");
	assert_string_equal(w.asked.ca_bundle, "/ca.pem");
	assert_string_equal(w.asked.proxy, "http://p");
	assert_int_equal(w.asked.cancel_fd, 77);
	/* what several services share is said once */
	assert_int_equal(b.result.n, 3);
	assert_string_equal(b.result.rows[0].text, "IAM: http://p is asked");
	assert_string_equal(b.result.rows[0].remedy, "look");
	assert_string_equal(b.result.rows[0].command, "");
	assert_int_equal(b.result.rows[0].state, SETUP_NOTE);
	assert_string_equal(b.result.rows[1].text, "STS: http://p is asked");
	ROW(&b, SETUP_ALREADY, "aws", "account 123456789012, as ");
	assert_int_equal(w.opened, 1);
	setup_result_done(&b.result);
	memset(w.found, 0, sizeof(w.found));
	w.found[0] = found[1];
	w.found[0].status = FINDING_FAIL;
	OK(setup_look_aws(&b.s, &todo, &err));
	one_row(SETUP_LEFT, "aws", "IAM: http://p is asked", "look",
		"tokenbridge doctor aws");
	assert_int_equal(w.opened, 1);
	w.doctor = ERROR_INTERRUPTED;
	w.found[0].check = NULL;
	SAYS(ERROR_INTERRUPTED, "doctor fails", setup_look_aws(&b.s, &todo,
		&err));
	assert_int_equal(w.opened, 1);
	assert_int_equal(b.result.n, 0);
}

static void the_account_and_who_calls_are_told(void **state)
{
	(void)state;
	OK(setup_look_aws(&b.s, &todo, &err));
	one_row(SETUP_ALREADY, "aws", "account 123456789012, as "
		"arn:aws:iam::123456789012:user/alice", "", "");
	assert_string_equal(b.result.account, "123456789012");
	assert_string_equal(b.result.caller,
		"arn:aws:iam::123456789012:user/alice");
	assert_ptr_equal(b.s.aws.session, SESSION);
	assert_int_equal(w.closed, 0);
	w.alias = "corp";
	OK(setup_look_aws(&b.s, &todo, &err));
	one_row(SETUP_ALREADY, "aws", "account 123456789012 (corp), as "
		"arn:aws:iam::123456789012:user/alice", "", "");
}

static void an_account_that_does_not_open_is_left_or_ends_it_all(void **state)
{
	static const struct {
		int code;
		bool ends;
	} rows[] = {
		{ ERROR_REMOTE, false }, { ERROR_UNREACHABLE, false },
		{ ERROR_REFUSED, false }, { ERROR_USAGE, true },
		{ ERROR_INTERRUPTED, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.open = rows[i].code;
		if (rows[i].ends) {
			SAYS(rows[i].code, "AWS says no", setup_look_aws(&b.s,
				&todo, &err));
			assert_int_equal(b.result.n, 0);
		} else {
			OK(setup_look_aws(&b.s, &todo, &err));
			one_row(SETUP_LEFT, "aws", "AWS says no", "",
				"tokenbridge doctor aws");
		}
		assert_int_equal(w.closed, i + 1);
		assert_null(b.s.aws.session);
		assert_string_equal(b.result.account, "");
	}
	/* and nothing is asked where there is none */
	OK(setup_look_clock(&b.s, &todo, &err));
	OK(setup_look_rights(&b.s, &todo, &err));
	assert_int_equal(b.result.n, 0);
	assert_string_equal(b.script.heard, "");
}

static void a_clock_that_is_off_is_left(void **state)
{
	(void)state;
	b.s.aws.session = SESSION;
	OK(setup_look_clock(&b.s, &todo, &err));
	one_row(SETUP_ALREADY, "clock", "within 30 s of AWS's", "", "");
	w.skew = "7 minutes behind";
	OK(setup_look_clock(&b.s, &todo, &err));
	one_row(SETUP_LEFT, "clock", "7 minutes behind", "`sudo timedatectl "
		"set-ntp true`: AWS refuses requests that are 5 minutes off",
		"sudo timedatectl set-ntp true");
}

#define PRINTS "tokenbridge policy print enroller --account 123456789012"
#define ATTACH "have an administrator attach what `" PRINTS "` prints"

static void what_a_role_lacks_is_told_with_what_grants_it(void **state)
{
	static const struct {
		struct rights of;
		enum setup_state state;
		const char *text;
		bool remedy;
	} rows[] = {
		{ { .known = true }, SETUP_ALREADY,
			"all that enroller needs, by AWS's simulation", false },
		{ { .known = true, .depends = true }, SETUP_NOTE, "some of a "
			"role's work (enroller) depends on what AWS's "
			"simulation is not told, as MFA or addresses", false },
		{ { .known = true, .depends = true, .missing = 1,
			.actions = "iam:EnableMFADevice" }, SETUP_LEFT, "by "
			"AWS's simulation a role's work (enroller) lacks "
			"iam:EnableMFADevice", true },
		{ { .known = false, .missing = 2, .why.text = "denied" },
			SETUP_NOTE, "whether you may do a role's work "
			"(enroller) is not known: denied", true },
	};
	size_t i;

	(void)state;
	b.s.aws.session = SESSION;
	strcpy(b.s.aws.caller.account, "123456789012");
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.of = rows[i].of;
		b.script.heard[0] = '\0';
		OK(setup_look_rights(&b.s, &todo, &err));
		assert_non_null(strstr(b.script.heard,
			"Asking AWS what you may do"));
		one_row(rows[i].state, "rights", rows[i].text,
			rows[i].remedy ? ATTACH : "",
			rows[i].remedy ? PRINTS : "");
	}
	w.rights = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "Ctrl-C", setup_look_rights(&b.s, &todo,
		&err));
	b.result.role[0] = '\0';
	OK(setup_look_rights(&b.s, &todo, &err));
	assert_int_equal(b.result.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_doctor_finds_of_tokens_is_a_row_each),
		TEST(who_is_not_root_is_told_of_the_group_by_doctor),
		TEST(root_puts_who_is_named_or_called_into_the_group),
		TEST(who_is_nobody_here_is_refused),
		TEST(the_group_is_made_and_filled_by_the_systems_programs),
		TEST(a_group_that_is_not_made_or_not_filled_is_no_success),
		TEST(rules_that_are_not_read_again_are_told),
		TEST(what_stands_in_the_way_to_aws_ends_the_step),
		TEST(the_account_and_who_calls_are_told),
		TEST(an_account_that_does_not_open_is_left_or_ends_it_all),
		TEST(a_clock_that_is_off_is_left),
		TEST(what_a_role_lacks_is_told_with_what_grants_it),
	};

	return cmocka_run_group_tests_name("setup steps", tests, NULL, NULL);
}
