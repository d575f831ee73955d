/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a plan before the first key: by itself, by the registry, by
 * AWS's lists and by AWS's simulation; what is asked, and what is not asked
 * twice.
 */
#include "tests/unit/rollout-parts.h"

#include "aws/config/partition.h"

#include <time.h>

static const char three[] = HEAD
	"," A "alice,Alice A.,totp,blue-1,1001\n"
	"," A "bob,,totp,blue-2,\n"
	"," A "carol,,fido,,1003\n";

static struct trust trust;
static struct world {
	const char *unknown;      /* a user that AWS does not have */
	const char *written;      /* as AWS writes each */
	unsigned devices;         /* of each user, of nobody's plan */
	const char *own;          /* one more, of bob */
	struct iam_decision decisions[4];
	size_t decisions_n;
	size_t users, resources;  /* seen, and of the last simulation */
	bool renews_as_looking;
} world;

WRAP(const struct partition *, aws_session_partition,
	const struct aws_session *s)
{
	(void)s;
	return partition_by_name("aws");
}

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	world.users++;
	memset(ret, 0, sizeof(*ret));
	*ret_found = !world.unknown || strcmp(name, world.unknown) != 0;
	snprintf(ret->name, sizeof(ret->name), "%s", world.written ?
		world.written : name);
	snprintf(ret->arn, sizeof(ret->arn),
		"arn:aws:iam::123456789012:user/%s", name);
	return ask('u', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d = { .kind = DEVICE_VIRTUAL };
	unsigned i;

	(void)s;
	for (i = 0; i < world.devices; i++) {
		snprintf(d.serial, sizeof(d.serial), "arn:d/%u", i);
		OK(fn(data, &d, e));
	}
	if (world.own && strcmp(user, "bob") == 0) {
		snprintf(d.serial, sizeof(d.serial), "%s", world.own);
		OK(fn(data, &d, e));
	}
	return ask('l', e);
}

/* Letters of the actions, and the number of resources. */
WRAP(int, iam_simulate_principal_policy, struct aws_session *s,
	const struct iam_simulation *given, iam_decision_fn fn, void *data,
	struct error *e)
{
	static const char *const wanted[][3] = {
		{ "iam:ListMFADevices", "iam:EnableMFADevice",
			"iam:DeactivateMFADevice" },
		{ "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice" },
	};
	bool devices = given->actions_n == 2;
	char want[200];
	size_t i;

	(void)s;
	assert_string_equal(given->principal,
		"arn:aws:iam::123456789012:user/admin");
	assert_int_equal(given->actions_n, devices ? 2 : 3);
	for (i = 0; i < given->actions_n; i++)
		assert_string_equal(given->actions[i], wanted[devices][i]);
	world.resources = given->resources_n;
	snprintf(want, sizeof(want), devices ? "arn:aws:iam::123456789012:mfa/"
		"%s-000000000000" : "arn:aws:iam::123456789012:user/%s",
		plan.rows[0].user);
	if (given->resources_n == plan.n)
		assert_string_equal(given->resources[0], want);
	for (i = 0; i < world.decisions_n && !devices; i++)
		OK(fn(data, &world.decisions[i], e));
	return ask(devices ? 'd' : 's', e);
}

WRAP(int, account_renew, const struct run *r, const struct sign_in *how,
	struct aws_session *s, const struct sts_identity *first,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(how, q.sign_in);
	assert_ptr_equal(s, aws.session);
	assert_ptr_equal(first, &aws.caller);
	return ask('r', e);
}

WRAP(int, account_guard, const struct account *c, const struct registry *of,
	struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_ptr_equal(of, reg);
	return ask('g', e);
}

static int begin(void **state)
{
	(void)state;
	begin_rollout(three);
	memset(&world, 0, sizeof(world));
	policy_init(&trust.policy);
	q.trust = &trust;
	open_registry();
	return 0;
}

static int end(void **state)
{
	policy_done(&trust.policy);
	return finish(state);
}

static void decides(size_t i, const char *action, bool allowed, bool depends)
{
	struct iam_decision *d = &world.decisions[i];

	snprintf(d->action, sizeof(d->action), "%s", action);
	strcpy(d->resource, "arn:x");
	d->allowed = allowed;
	d->depends = depends;
	world.decisions_n = i + 1;
}

/* The plan is refused by this, the only problem, and forgotten. */
static void complains(const char *words)
{
	char want[400];

	snprintf(want, sizeof(want), "'plan.csv', %s; nothing was done", words);
	FAILS(ERROR_MALFORMED, session_check(&x, &err));
	assert_string_equal(err.text, want);
	plan.problems_n = 0;
	asked[0] = heard[0] = '\0';
}

/* ---- by itself ---- */

static void each_row_is_looked_at_before_anybody_is_asked(void **state)
{
	static const struct {
		const char *row, *words;
	} rows[] = {
		{ A "alice,,smoke,blue-1,", "line 2, column 5 (method): "
			"'smoke' is no method of this version" },
		{ A "alice,,totp,,", "line 2, column 6 (label): --labels prints "
			"a label for each key, and this row has none" },
		{ A "alice,,totp,key of Alice,", "line 2, column 6 (label): "
			"--labels prints it on the key, and it tells the user "
			"or the account" },
		{ A "alice,,totp,x-123456789012,", "line 2, column 6 (label): "
			"--labels prints it on the key, and it tells the user "
			"or the account" },
		{ "210987654321,alice,,totp,blue-1,", "line 2, column 2 "
			"(account): these credentials are of account "
			"123456789012, and this row is of 210987654321: a plan "
			"for each account" },
		{ A "alice,,hardware-totp,blue-1,", "line 2, column 7 (serial): "
			"the token's serial number must stand in this row" },
	};
	char text[512];
	size_t i;

	(void)state;
	q.labels_path = "labels";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), HEAD ",%s\n", rows[i].row);
		read_plan(text);
		complains(rows[i].words);
		asked_is("");
	}
	/* without labels to be printed nobody looks at them */
	q.labels_path = NULL;
	read_plan(HEAD "," A "alice,,totp,,\n");
	OK(session_check(&x, &err));
}

static void a_method_that_the_policy_does_not_list_is_refused(void **state)
{
	static const char text[] = "methods = fido\nmodels = yubikey-5\n";

	(void)state;
	OK(policy_parse(text, strlen(text), "p", &trust.policy, &err));
	read_plan(HEAD "," A "alice,,totp,,\n");
	complains("line 2, column 5 (method): p:1: method totp is not among: "
		"fido");
	q.force = "who cares";
	OK(session_check(&x, &err));
	q.force = NULL;
	read_plan(HEAD "," A "alice,,fido,,\n");
	OK(session_check(&x, &err));
}

static void several_problems_are_said_each(void **state)
{
	size_t i;

	(void)state;
	OK(rollout_say_problems(&run, &plan, "p", &err));
	plan_complain(&plan, &plan.rows[0], PLAN_USER, "no");
	SAYS(ERROR_MALFORMED, "'p', line 2, column 3 (user): no; nothing was "
		"done", rollout_say_problems(&run, &plan, "p", &err));
	heard_is("");
	plan_complain(&plan, &plan.rows[1], PLAN_LABEL, "nor this");
	FAILS(ERROR_MALFORMED, rollout_say_problems(&run, &plan, "p", &err));
	assert_string_equal(err.text, "'p': 2 things are wrong with it; "
		"nothing was done");
	heard_is("warning: 'p', line 2, column 3 (user): no\n"
		"warning: 'p', line 3, column 6 (label): nor this\n");
	for (i = 2; i < PLAN_PROBLEMS_MAX; i++)
		plan_complain(&plan, &plan.rows[1], PLAN_LABEL, "nor this");
	FAILS(ERROR_MALFORMED, rollout_say_problems(&run, &plan, "p", &err));
	assert_string_equal(err.text, "'p': 50 things are wrong with it; "
		"nothing was done");
	plan_complain(&plan, &plan.rows[1], PLAN_LABEL, "nor this");
	FAILS(ERROR_MALFORMED, rollout_say_problems(&run, &plan, "p", &err));
	assert_string_equal(err.text, "'p': 51 things are wrong with it, of "
		"which the first were said; nothing was done");
}

/* ---- by the registry ---- */

static void bind(const char *token, const char *account, const char *user,
	const char *kind, char ret[ID_LEN])
{
	char key[64], device[ID_LEN];

	new_id(ret);
	snprintf(key, sizeof(key), "%s/ID%s", account, user);
	OK(registry_name_set(reg, "aws-user", key, user, &err));
	OK(registry_name_put(reg, "aws-device", "arn:d/alice", device, &err));
	if (strcmp(kind, "aws") == 0)
		add(reg, EVENT_BINDING_ADDED, json_pack(
			"{s:s,s:s,s:s,s:s,s:s,s:s}", "binding", ret, "token",
			token, "kind", kind, "account", account, "user",
			key + 13, "device", device));
	else
		add(reg, EVENT_BINDING_ADDED, json_pack("{s:s,s:s,s:s}",
			"binding", ret, "token", token, "kind", kind));
}

static void who_has_a_device_by_the_registry_is_done(void **state)
{
	char token[ID_LEN], id[ID_LEN];
	bool done;

	(void)state;
	add_token(reg, "1001", token);
	OK(session_find_done(&x, 0, &done, &err));
	assert_false(done);
	/* of another account, of another user, one that was taken away */
	bind(token, "210987654321", "alice", "aws", id);
	bind(token, "123456789012", "bob", "aws", id);
	bind(token, "123456789012", "alice", "aws", id);
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding", id));
	OK(session_find_done(&x, 0, &done, &err));
	assert_false(done);
	assert_int_equal(x.state.rows[0].state, ROW_OPEN);
	/* nor is the key somebody else's by that */
	OK(session_check(&x, &err));
	asked_is("ulululsd");
	x.state.checked = 0;
	bind(token, "123456789012", "ALICE", "aws", id);
	strcpy(x.state.rows[0].text, "it broke");
	OK(session_check(&x, &err));
	assert_int_equal(x.state.rows[0].state, ROW_DONE);
	assert_string_equal(x.state.rows[0].token, token);
	assert_string_equal(x.state.rows[0].device, "arn:d/alice");
	assert_int_equal(x.state.rows[0].serial, 1001);
	assert_string_equal(x.state.rows[0].text, "");
	assert_int_equal(written(0).state, ROW_DONE);
	assert_int_equal(written(1).state, ROW_OPEN);
	asked_is("ululsd");
	assert_int_equal(world.resources, 2);
}

static void a_row_without_a_number_is_known_by_its_label(void **state)
{
	char token[ID_LEN], id[ID_LEN];
	bool done;

	(void)state;
	add_token(reg, "1002", token);
	OK(registry_name_set(reg, "label", token, "blue-2", &err));
	bind(token, "123456789012", "bob", "aws", id);
	OK(session_find_done(&x, 1, &done, &err));
	assert_true(done);
	assert_int_equal(x.state.rows[1].serial, 1002);
	/* with one the number counts, and neither: nothing */
	OK(registry_name_set(reg, "label", token, "blue-1", &err));
	OK(session_find_done(&x, 0, &done, &err));
	assert_false(done);
	read_plan(HEAD "," A "bob,,totp,,\n");
	OK(session_find_done(&x, 0, &done, &err));
	assert_false(done);
}

static void somebody_elses_key_is_a_problem_of_its_row(void **state)
{
	char token[ID_LEN], holder[ID_LEN];

	(void)state;
	add_token(reg, "1001", token);
	add_holder(reg, "Eve", holder);
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", token,
		"holder", holder));
	complains("line 2, column 7 (serial): this token is Eve's, not Alice "
		"A.'s: plug in another one, or where both are one person name "
		"Eve as the holder (--holder; in a plan, its column)");
	asked_is("");
	/* by a label it is the label's */
	OK(registry_name_set(reg, "label", token, "blue-2", &err));
	read_plan(HEAD "," A "bob,,totp,blue-2,\n");
	complains("line 2, column 6 (label): this token is Eve's, not bob's: "
		"plug in another one, or where both are one person name Eve as "
		"the holder (--holder; in a plan, its column)");
	/* what is retired gives its number and label away */
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", token,
		"state", "retired"));
	OK(session_check(&x, &err));
}

/* ---- by AWS ---- */

static void a_user_is_as_aws_has_him(void **state)
{
	(void)state;
	world.unknown = "bob";
	complains("line 3, column 3 (user): account 123456789012 has no IAM "
		"user 'bob'");
	/* whatever is wrong with one, the next is asked about */
	read_plan(HEAD "," A "bob,,totp,,\n," A "bob,,fido,,\n");
	plan.problems_n = 0; /* bob twice is none here */
	SAYS(ERROR_MALFORMED, "2 things are wrong", session_check(&x, &err));
	asked_is("uu");
	plan.problems_n = 0;
	world.unknown = NULL;
	world.written = "Alice";
	read_plan(HEAD "," A "alice,,totp,,\n," A "carol,,totp,,\n");
	SAYS(ERROR_MALFORMED, "2 things are wrong", session_check(&x, &err));
	heard[0] = asked[0] = '\0';
	plan.problems_n = 0;
	read_plan(HEAD "," A "alice,,totp,,\n");
	complains("line 2, column 3 (user): AWS writes that user 'Alice'");
	world.written = NULL;
	/* nor are rights asked for behind a failure */
	read_plan(three);
	fails_at('u', ERROR_UNREACHABLE, "");
	failing.from = 2;
	SAYS(ERROR_UNREACHABLE, "AWS says no", session_check(&x, &err));
	asked_is("ulu");
	fails_at('u', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", session_check(&x, &err));
	asked_is("u");
	fails_at('l', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", session_check(&x, &err));
	asked_is("ul");
}

static void devices_of_nobodys_plan_are_counted(void **state)
{
	static const struct {
		unsigned devices;
		const char *heard;
	} rows[] = {
		{ 1, "" },
		{ 2, "warning: line 2: 'bob' has 2 MFA devices already, beside "
			"those of this plan\n" },
		{ 7, "warning: line 2: 'bob' has 7 MFA devices already, beside "
			"those of this plan\n" },
		{ 8, "warning: line 2: 'bob' has 8 MFA devices already, and "
			"AWS is known to allow 8: it may refuse one more\n" },
	};
	char want[400];
	size_t i;

	(void)state;
	read_plan(HEAD "," A "bob,,totp,,\n");
	q.only_look = true;
	strcpy(x.state.rows[0].device, "arn:own");
	world.own = "arn:own"; /* which does not count */
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		world.devices = rows[i].devices;
		OK(session_check(&x, &err));
		snprintf(want, sizeof(want), "Asking AWS about user 1 of 1\n%s"
			"By AWS's simulation these credentials may enroll, and "
			"undo that.\n", rows[i].heard);
		heard_is(want);
	}
	/* another one's of the plan is not counted either, an alien is */
	world.devices = 7;
	world.own = "arn:other";
	OK(session_check(&x, &err));
	assert_non_null(strstr(heard, "'bob' has 8 MFA devices already, and"));
}

static void users_that_are_done_are_not_asked_about(void **state)
{
	(void)state;
	x.state.rows[0].state = ROW_DONE;
	OK(session_check(&x, &err));
	asked_is("ululsd");
	heard_is("Asking AWS about user 1 of 2\nAsking AWS about user 2 of 2\n"
		"By AWS's simulation these credentials may enroll, and undo "
		"that.\n");
	assert_true(x.state.checked > 0);
	x.state.checked = 0;
	x.state.rows[1].state = x.state.rows[2].state = ROW_DONE;
	OK(session_check(&x, &err));
	asked_is("");
}

static void rights_are_asked_for_sixteen_users(void **state)
{
	char text[2048] = HEAD;
	size_t i, n = strlen(text);

	(void)state;
	for (i = 0; i < 18; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"," A "u%zu,,totp,,\n", i);
	read_plan(text);
	q.only_look = true;
	OK(session_check(&x, &err));
	assert_int_equal(world.users, 18);
	assert_int_equal(world.resources, 16);
}

static void what_was_asked_today_is_not_asked_again(void **state)
{
	static const struct {
		time_t ago;
		bool only_look;
		size_t users;
	} rows[] = {
		{ 10, false, 1 },
		{ 43190, false, 1 },
		{ 43201, false, 3 },
		{ -100, false, 3 },
		{ 10, true, 3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		time_t then = time(NULL) - rows[i].ago;

		world.users = 0;
		x.state.checked = then;
		q.only_look = rows[i].only_look;
		OK(session_check(&x, &err));
		assert_int_equal(world.users, rows[i].users);
		if (rows[i].users == 1)
			assert_int_equal(x.state.checked, then);
		else
			assert_in_range(time(NULL) - x.state.checked, 0, 30);
	}
}

static void when_it_was_checked_is_written_down(void **state)
{
	struct rollout_state s = { .fd = -1 };
	char token[ID_LEN], id[ID_LEN];

	(void)state;
	OK(session_check(&x, &err));
	OK(state_open(&s, registry, q.plan_path, &plan, STATE_LOOK, &err));
	assert_in_range(time(NULL) - s.checked, 0, 30);
	state_done(&s);
	/* and of one that is only looked at nothing */
	state_done(&x.state);
	OK(state_open(&x.state, registry, q.plan_path, &plan, STATE_LOOK,
		&err));
	x.state.checked = 0;
	add_token(reg, "1001", token);
	bind(token, "123456789012", "alice", "aws", id);
	OK(session_check(&x, &err));
	assert_int_equal(x.state.checked, 0);
	assert_int_equal(x.state.rows[0].state, ROW_DONE);
	assert_int_equal(written(0).state, ROW_OPEN);
}

/* ---- rights ---- */

static void rights_are_as_the_simulation_says(void **state)
{
	static const char *const enable = "iam:EnableMFADevice",
		*const undo = "iam:DeactivateMFADevice",
		*const delete = "iam:DeleteVirtualMFADevice";
	const char *const may = "By AWS's simulation these credentials may "
		"enroll, and undo that.\n",
		*const no_undo = "warning: by AWS's simulation these "
			"credentials may not deactivate and delete devices: "
			"the last key cannot be undone here\n",
		*const open = "Whether these credentials may enroll depends "
			"on what AWS's simulation is not told (MFA, "
			"addresses), so it is not known until the first "
			"key.\n";
	const struct {
		const char *action;
		bool allowed, depends;
		const char *second; /* denied; NULL: none */
		const char *heard;
		enum right enroll, undo;
	} rows[] = {
		{ enable, true, false, NULL, may, RIGHT_ALLOWED,
			RIGHT_ALLOWED },
		{ enable, true, true, NULL, may, RIGHT_ALLOWED, RIGHT_ALLOWED },
		{ enable, false, true, NULL, open, RIGHT_UNKNOWN,
			RIGHT_UNKNOWN },
		{ undo, false, false, NULL, no_undo, RIGHT_ALLOWED,
			RIGHT_DENIED },
		{ delete, false, false, NULL, no_undo, RIGHT_ALLOWED,
			RIGHT_DENIED },
		{ enable, false, true, delete, no_undo, RIGHT_UNKNOWN,
			RIGHT_DENIED },
	};
	char want[600];
	size_t i;

	(void)state;
	read_plan(HEAD "," A "alice,,totp,,\n");
	q.only_look = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.may_enroll = x.may_undo = RIGHT_UNKNOWN;
		decides(0, rows[i].action, rows[i].allowed, rows[i].depends);
		if (rows[i].second)
			decides(1, rows[i].second, false, false);
		OK(session_check(&x, &err));
		snprintf(want, sizeof(want), "Asking AWS about user 1 of 1\n%s",
			rows[i].heard);
		heard_is(want);
		assert_int_equal(x.may_enroll, rows[i].enroll);
		assert_int_equal(x.may_undo, rows[i].undo);
	}
	decides(0, undo, false, false);
	decides(1, enable, false, false);
	decides(2, "iam:ListMFADevices", false, false);
	SAYS(ERROR_REFUSED, "by AWS's simulation these credentials may not "
		"iam:EnableMFADevice on arn:x: nothing was done",
		session_check(&x, &err));
}

static void what_the_simulation_does_not_tell_is_no_refusal(void **state)
{
	(void)state;
	read_plan(HEAD "," A "alice,,totp,,\n");
	q.only_look = true;
	fails_at('s', ERROR_REMOTE, "AccessDenied");
	OK(session_check(&x, &err));
	asked_is("uls");
	heard_is("Asking AWS about user 1 of 1\nWhether these credentials may "
		"enroll is not known until the first key: AWS says no\n");
	fails_at('d', ERROR_REMOTE, "AccessDenied");
	OK(session_check(&x, &err));
	asked_is("ulsd");
	assert_int_equal(x.may_enroll, RIGHT_UNKNOWN);
	heard[0] = '\0';
	failing.question = 0;
	strcpy(aws.caller.arn, "arn:aws:iam::123456789012:root");
	OK(session_check(&x, &err));
	asked_is("ul");
	heard_is("Asking AWS about user 1 of 1\nWhether these credentials may "
		"enroll is not known until the first key: AWS simulates users "
		"and roles only\n");
	strcpy(aws.caller.arn, "arn:aws:iam::123456789012:user/admin");
	fails_at('s', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", session_check(&x, &err));
}

/* ---- keys that end ---- */

static void keys_are_renewed_before_each_user(void **state)
{
	struct sign_in how;

	(void)state;
	memset(&how, 0, sizeof(how));
	OK(session_renew(&x, &err));
	asked_is("");
	q.sign_in = &how;
	OK(session_renew(&x, &err));
	asked_is("rg");
	q.only_look = true;
	OK(session_check(&x, &err));
	asked_is("rulrulrulsd");
	fails_at('r', ERROR_REFUSED, "");
	SAYS(ERROR_REFUSED, "AWS says no", session_check(&x, &err));
	asked_is("r");
	q.only_look = false;
	SAYS(ERROR_REFUSED, "AWS says no", session_renew(&x, &err));
	asked_is("r");
	fails_at('g', ERROR_REFUSED, "");
	SAYS(ERROR_REFUSED, "AWS says no", session_renew(&x, &err));
	asked_is("rg");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_row_is_looked_at_before_anybody_is_asked),
		TEST(a_method_that_the_policy_does_not_list_is_refused),
		TEST(several_problems_are_said_each),
		TEST(who_has_a_device_by_the_registry_is_done),
		TEST(a_row_without_a_number_is_known_by_its_label),
		TEST(somebody_elses_key_is_a_problem_of_its_row),
		TEST(a_user_is_as_aws_has_him),
		TEST(devices_of_nobodys_plan_are_counted),
		TEST(users_that_are_done_are_not_asked_about),
		TEST(rights_are_asked_for_sixteen_users),
		TEST(what_was_asked_today_is_not_asked_again),
		TEST(when_it_was_checked_is_written_down),
		TEST(rights_are_as_the_simulation_says),
		TEST(what_the_simulation_does_not_tell_is_no_refusal),
		TEST(keys_are_renewed_before_each_user),
	};

	return cmocka_run_group_tests_name("rollout check", tests, NULL, NULL);
}
