/* SPDX-License-Identifier: Apache-2.0 */
/* The way into each of many accounts, and what is asked of AWS for it. */
#include "bridge/accounts/entrance.h"

#include "bridge/run/run.h"
#include "tests/unit/unit.h"

#include <time.h>

#define OWN "123456789012"
#define THERE "210987654321"

/* What doubles answer, and what they were asked; letters in `steps`. */
static struct {
	int session, caller, renewed, assumed, settings, derived, alias;
	const char *account; /* whose the keys of the last session are */
	char steps[32];
	char profile[32], role[ROLE_ARN_MAX], session_name[64], external_id[16];
	int64_t hand_back_ms;
	const struct people *people;
	bool with_keys;
	struct aws_options options;
} w;

static int sessions[4]; /* stand for: base, a profile's, one for text, derived */
static const struct partition china = { .name = "aws-cn" };
static const struct aws_endpoint endpoints[] = {
	[AWS_IAM] = { .url = "https://iam/" },
	[AWS_STS] = { .url = "https://sts/" },
};
static struct aws_credentials signing = { .origin = "the environment" };

static struct aws_session *session(int i)
{
	return (void *)&sessions[i];
}

static int step(char letter, int answer, struct error *e)
{
	size_t n = strlen(w.steps);

	assert_true(n + 1 < sizeof(w.steps));
	w.steps[n] = letter;
	return answer < 0 ? error_set(e, (enum error_code)-answer,
		"%c went wrong", letter) : 0;
}

WRAP(int, account_session, const struct run *run,
	const struct account_request *q, struct aws_session **ret,
	struct error *e)
{
	int r = step('o', w.session, e);

	w.people = run->people;
	w.hand_back_ms = q->hand_back_ms;
	snprintf(w.profile, sizeof(w.profile), "%s",
		q->profile ? q->profile : "-");
	assert_string_equal(q->region, "cn-north-1");
	if (r == 0)
		*ret = session(q->profile ? 1 : 0);
	return r;
}

WRAP(int, account_renew, const struct run *run, const struct sign_in *how,
	struct aws_session *s, const struct sts_identity *first,
	struct error *e)
{
	assert_non_null(run);
	assert_true(how->lasting);
	assert_ptr_equal(s, session(0));
	assert_string_equal(first->account, OWN);
	return step('r', w.renewed, e);
}

WRAP(int, sts_get_caller_identity, struct aws_session *s,
	struct sts_identity *ret, struct error *e)
{
	assert_non_null(s);
	snprintf(ret->account, sizeof(ret->account), "%s", w.account);
	return step('c', w.caller, e);
}

WRAP(int, sts_assume_role, struct aws_session *s, const struct sts_request *q,
	struct aws_credentials *ret, struct error *e)
{
	assert_ptr_equal(s, session(0));
	snprintf(w.role, sizeof(w.role), "%s", q->role);
	snprintf(w.session_name, sizeof(w.session_name), "%s",
		q->session_name);
	snprintf(w.external_id, sizeof(w.external_id), "%s",
		q->external_id ? q->external_id : "-");
	snprintf(ret->key_id, sizeof(ret->key_id), "ASIAROLE");
	return step('a', w.assumed, e);
}

WRAP(int, aws_session_new, struct aws_session **ret,
	const struct aws_options *options, struct error *e)
{
	w.options = *options;
	*ret = session(2);
	return step('n', w.settings, e);
}

WRAP(int, aws_session_derive, struct aws_session **ret,
	const struct aws_session *from, const struct aws_credentials *keys,
	const char *region, struct error *e)
{
	assert_ptr_equal(from, session(0));
	assert_null(region);
	w.with_keys = keys && strcmp(keys->key_id, "ASIAROLE") == 0;
	*ret = session(3);
	return step('d', w.derived, e);
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	if (*s)
		step("bptd"[(int *)(void *)*s - sessions], 0, NULL);
	*s = NULL;
}

WRAP(const struct partition *, aws_session_partition,
	const struct aws_session *s)
{
	assert_non_null(s);
	return &china;
}

WRAP(const struct aws_endpoint *, aws_session_endpoint,
	const struct aws_session *s, enum aws_service service)
{
	assert_non_null(s);
	return &endpoints[service];
}

WRAP(const struct aws_credentials *, aws_session_credentials,
	const struct aws_session *s)
{
	assert_ptr_equal(s, session(0));
	return &signing;
}

WRAP(int, iam_get_account_alias, struct aws_session *s, char **ret,
	struct error *e)
{
	assert_non_null(s);
	*ret = NULL;
	return step('l', w.alias, e);
}

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return 1767225600;
}

/* ---- what is asked ---- */

static const struct people alice = { .say = NULL };
static const struct run run = { .people = &alice, .cancel_fd = 7 };
static struct account_request by;
static struct entrance e;
static struct entered in;

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.account = OWN;
	memset(&in, 0, sizeof(in));
	by = (struct account_request){ .region = "cn-north-1",
		.endpoint_url = "https://x", .ca_bundle = "ca",
		.proxy = "proxy", .sign_in = { .lasting = true } };
	e = (struct entrance){ .run = &run, .by = &by, .as = "audit",
		.hand_back_ms = 60 };
	return 0;
}

static void open_own(void)
{
	OK(entrance_open(&e, &err));
	memset(w.steps, 0, sizeof(w.steps));
}

static struct accounts_item item(enum accounts_way way, const char *with)
{
	struct accounts_item ret = { .id = THERE, .way = way };

	ret.by = (char *)(uintptr_t)with;
	return ret;
}

static struct accounts_item own(void)
{
	return (struct accounts_item){ .id = OWN };
}

static void it_is_opened_once(void **state)
{
	(void)state;
	OK(entrance_open(&e, &err));
	assert_string_equal(w.steps, "oc");
	assert_string_equal(e.session_name, "audit-1767225600");
	OK(entrance_open(&e, &err));
	assert_string_equal(w.steps, "oc");
	assert_ptr_equal(w.people, &alice);
	assert_int_equal(w.hand_back_ms, 0);
	entrance_done(&e);
	assert_string_equal(w.steps, "ocb");
	assert_null(e.base);
}

static void what_cannot_be_opened_is_told(void **state)
{
	(void)state;
	w.session = -ERROR_UNSUPPORTED;
	SAYS(ERROR_UNSUPPORTED, "o went wrong", entrance_open(&e, &err));
	assert_string_equal(w.steps, "o");
	begin(NULL);
	w.caller = -ERROR_REMOTE;
	SAYS(ERROR_REMOTE, "c went wrong", entrance_open(&e, &err));
	assert_string_equal(e.session_name, "");
	begin(NULL);
	by.account = OWN;
	OK(entrance_open(&e, &err));
	begin(NULL);
	by.account = THERE;
	SAYS(ERROR_REFUSED, "the credentials are of account '" OWN "', and "
		"only account '" THERE "' is wanted (--account)",
		entrance_open(&e, &err));
}

static void one_that_is_open_already_is_borrowed(void **state)
{
	struct account a = { .session = session(0) };

	(void)state;
	snprintf(a.caller.account, sizeof(a.caller.account), OWN);
	entrance_of(&e, &a);
	assert_ptr_equal(e.base, session(0));
	assert_string_equal(e.caller.account, OWN);
	assert_string_equal(e.session_name, "audit");
	entrance_done(&e);
	assert_null(e.base);
	assert_string_equal(w.steps, "");
}

static void own_keys_are_wanted_unless_all_are_by_profile(void **state)
{
	struct accounts_item items[] = { item(ACCOUNTS_BY_PROFILE, "a"),
		item(ACCOUNTS_BY_PROFILE, "b") };
	struct accounts_list list = { items, 2, 2 };

	(void)state;
	assert_false(entrance_wants_base(&list));
	items[1].way = ACCOUNTS_NOT_SAID;
	assert_true(entrance_wants_base(&list));
	items[1].way = ACCOUNTS_BY_ROLE;
	assert_true(entrance_wants_base(&list));
	list.n = 1;
	assert_false(entrance_wants_base(&list));
}

static void by_role_is_who_has_one_and_is_not_oneself(void **state)
{
	struct accounts_item role = item(ACCOUNTS_BY_ROLE, "reader");
	struct accounts_item profile = item(ACCOUNTS_BY_PROFILE, "prod");
	struct accounts_item plain = item(ACCOUNTS_NOT_SAID, NULL);
	struct accounts_item mine = own();

	(void)state;
	assert_false(entrance_is_by_role(&e, &role)); /* not opened */
	open_own();
	assert_true(entrance_is_by_role(&e, &role));
	assert_false(entrance_is_by_role(&e, &profile));
	assert_false(entrance_is_by_role(&e, &plain));
	e.role = "usual";
	assert_true(entrance_is_by_role(&e, &plain));
	assert_false(entrance_is_by_role(&e, &profile));
	assert_false(entrance_is_by_role(&e, &mine));
	/* who names a role in his own account wants it */
	mine.way = ACCOUNTS_BY_ROLE;
	mine.by = role.by;
	assert_true(entrance_is_by_role(&e, &mine));
}

static void each_open_account_needs_a_way_in(void **state)
{
	struct accounts_item items[] = { own(),
		item(ACCOUNTS_BY_PROFILE, "prod"),
		item(ACCOUNTS_BY_ROLE, "reader"),
		item(ACCOUNTS_NOT_SAID, NULL) };
	struct accounts_list list = { items, 4, 4 };

	(void)state;
	open_own();
	SAYS(ERROR_USAGE, "nothing leads into account '" THERE "': say with "
		"--role which role is to be assumed in each account that is "
		"not your own", entrance_check(&e, &list, &err));
	snprintf(items[3].state, sizeof(items[3].state), "SUSPENDED");
	OK(entrance_check(&e, &list, &err));
	items[3].state[0] = '\0';
	e.role = "usual";
	OK(entrance_check(&e, &list, &err));
	e.role = NULL;
	list.n = 3;
	OK(entrance_check(&e, &list, &err));
}

/* ---- what results are compared by ---- */

static void is_text(const struct accounts_item *x, const char *text)
{
	struct buf b;

	buf_init(&b, 1000);
	OK(entrance_text(&e, x, &b, &err));
	assert_string_equal(buf_str(&b), text);
	buf_done(&b);
}

static void the_text_has_all_that_leads_there(void **state)
{
	struct accounts_item role = item(ACCOUNTS_BY_ROLE, "reader");
	struct accounts_item mine = own();
	char id[] = "Zk3";

	(void)state;
	open_own();
	is_text(&role, "role arn:aws-cn:iam::" THERE ":role/reader \n"
		"by " OWN "\nhttps://iam/\nhttps://sts/\n");
	role.external_id = id;
	is_text(&role, "role arn:aws-cn:iam::" THERE ":role/reader Zk3\n"
		"by " OWN "\nhttps://iam/\nhttps://sts/\n");
	is_text(&mine, "by " OWN "\nhttps://iam/\nhttps://sts/\n");
	assert_string_equal(w.steps, "");
}

static void of_a_profile_settings_alone_are_read(void **state)
{
	struct accounts_item x = item(ACCOUNTS_BY_PROFILE, "prod");
	struct buf b;

	(void)state;
	is_text(&x, "profile prod\nhttps://iam/\nhttps://sts/\n");
	assert_string_equal(w.steps, "nt");
	assert_string_equal(w.options.profile, "prod");
	assert_string_equal(w.options.region, "cn-north-1");
	assert_string_equal(w.options.endpoint_url, "https://x");
	assert_string_equal(w.options.ca_bundle, "ca");
	assert_string_equal(w.options.proxy, "proxy");
	assert_int_equal(w.options.cancel_fd, 7);
	assert_true(w.options.without_credentials);
	w.settings = -ERROR_USAGE;
	buf_init(&b, 1000);
	SAYS(ERROR_USAGE, "n went wrong", entrance_text(&e, &x, &b, &err));
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

/* ---- going in ---- */

static void a_role_is_assumed_with_keys_that_are_good(void **state)
{
	struct accounts_item x = item(ACCOUNTS_BY_ROLE, "reader");
	char id[] = "Zk3";

	(void)state;
	open_own();
	OK(entrance_enter(&e, &x, &in, &err));
	assert_string_equal(w.steps, "ra");
	assert_string_equal(w.role, "arn:aws-cn:iam::" THERE ":role/reader");
	assert_string_equal(w.session_name, "audit-1767225600");
	assert_string_equal(w.external_id, "-");
	assert_string_equal(in.keys.origin, "role 'arn:aws-cn:iam::" THERE
		":role/reader' by the environment");
	assert_ptr_equal(in.session, session(0));
	assert_null(in.own);
	x.external_id = id;
	OK(entrance_enter(&e, &x, &in, &err));
	assert_string_equal(w.external_id, "Zk3");
	w.assumed = -ERROR_REMOTE;
	SAYS(ERROR_REMOTE, "a went wrong", entrance_enter(&e, &x, &in, &err));
	w.renewed = -ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "r went wrong", entrance_enter(&e, &x, &in, &err));
	assert_string_equal(w.steps, "rararar");
}

static void ones_own_is_entered_by_ones_keys(void **state)
{
	struct accounts_item x = own();

	(void)state;
	open_own();
	OK(entrance_enter(&e, &x, &in, &err));
	assert_string_equal(w.steps, "r");
	assert_ptr_equal(in.session, session(0));
	w.renewed = -ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "r went wrong",
		entrance_enter(&e, &x, &in, &err));
}

/* Nobody is told of hundreds, and none of them ends the run. */
static void a_profile_is_opened_in_silence(void **state)
{
	static const struct {
		int code, told;
	} rows[] = { { ERROR_REFUSED, ERROR_FAILED },
		{ ERROR_REMOTE, ERROR_REMOTE },
		{ ERROR_INTERRUPTED, ERROR_INTERRUPTED } };
	struct accounts_item x = item(ACCOUNTS_BY_PROFILE, "prod");
	size_t i;

	(void)state;
	OK(entrance_enter(&e, &x, &in, &err));
	assert_string_equal(w.steps, "o");
	assert_string_equal(w.profile, "prod");
	assert_int_equal(w.hand_back_ms, 60);
	assert_ptr_equal(w.people, &run_nobody);
	assert_ptr_equal(in.own, session(1));
	assert_ptr_equal(in.session, session(1));
	entered_done(&in);
	assert_string_equal(w.steps, "op");
	assert_null(in.session);
	assert_null(in.own);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.session = -rows[i].code;
		SAYS(rows[i].told, "o went wrong",
			entrance_enter(&e, &x, &in, &err));
	}
}

/* ---- working there ---- */

static struct account there;

static int visit(enum accounts_way way, const char *with, const char *account)
{
	struct accounts_item x = item(way, with);

	memset(&there, 0, sizeof(there));
	memset(w.steps, 0, sizeof(w.steps));
	w.account = account;
	if (way == ACCOUNTS_NOT_SAID)
		x = own();
	return entrance_visit(&e, &x, &there, &err);
}

static void who_works_there_has_a_session_of_his_own(void **state)
{
	(void)state;
	open_own();
	OK(visit(ACCOUNTS_BY_ROLE, "reader", THERE));
	assert_string_equal(w.steps, "radcl");
	assert_true(w.with_keys);
	assert_ptr_equal(there.session, session(3));
	assert_string_equal(there.iam->url, "https://iam/");
	assert_string_equal(there.caller.account, THERE);
	OK(visit(ACCOUNTS_NOT_SAID, NULL, OWN));
	assert_string_equal(w.steps, "rdcl");
	assert_false(w.with_keys);
	OK(visit(ACCOUNTS_BY_PROFILE, "prod", THERE));
	assert_string_equal(w.steps, "ocl");
	assert_ptr_equal(there.session, session(1));
}

static void what_leads_elsewhere_does_nothing_there(void **state)
{
	(void)state;
	open_own();
	SAYS(ERROR_REFUSED, "what leads into account '" THERE "' led to account "
		"'" OWN "': nothing was done there",
		visit(ACCOUNTS_BY_PROFILE, "prod", OWN));
	assert_string_equal(w.steps, "oc");
	/* the caller ends it */
	assert_ptr_equal(there.session, session(1));
}

static void each_step_into_it_may_fail(void **state)
{
	static const struct {
		int *answer;
		const char *steps, *text;
	} rows[] = {
		{ &w.assumed, "ra", "a went wrong" },
		{ &w.derived, "rad", "d went wrong" },
		{ &w.caller, "radc", "c went wrong" },
		{ &w.alias, "radcl", "l went wrong" },
	};
	size_t i;

	(void)state;
	open_own();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		*rows[i].answer = -ERROR_REMOTE;
		SAYS(ERROR_REMOTE, rows[i].text,
			visit(ACCOUNTS_BY_ROLE, "reader", THERE));
		assert_string_equal(w.steps, rows[i].steps);
		*rows[i].answer = 0;
	}
}

#define CASE(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(it_is_opened_once),
		CASE(what_cannot_be_opened_is_told),
		CASE(one_that_is_open_already_is_borrowed),
		CASE(own_keys_are_wanted_unless_all_are_by_profile),
		CASE(by_role_is_who_has_one_and_is_not_oneself),
		CASE(each_open_account_needs_a_way_in),
		CASE(the_text_has_all_that_leads_there),
		CASE(of_a_profile_settings_alone_are_read),
		CASE(a_role_is_assumed_with_keys_that_are_good),
		CASE(ones_own_is_entered_by_ones_keys),
		CASE(a_profile_is_opened_in_silence),
		CASE(who_works_there_has_a_session_of_his_own),
		CASE(what_leads_elsewhere_does_nothing_there),
		CASE(each_step_into_it_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
