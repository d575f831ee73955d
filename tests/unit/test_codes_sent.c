/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes that AWS is asked to take: of which device, by which token, of which
 * steps, and what each answer leads to.
 */
#include "tests/unit/revoke-parts.h"

#include "bridge/codes/resync.h"
#include "bridge/codes/proof.h"
#include "bridge/prompt/oath.h"

static struct mfa_resync q;
static struct mfa_resynced done;
static struct {
	bool unknown, session;
	struct iam_device devices[3];
	size_t devices_n;
	struct oath_card cards[3];
	size_t cards_n, held;
	char holds[4];         /* y: that card has it; u: when it is unlocked */
	bool unlocked;
	unsigned digits;
	char codes[2][TOTP_DIGITS_MAX + 1]; /* that were sent */
	uint64_t steps[8];     /* of the codes that were read */
	size_t reads;
} x;

WRAP(const struct aws_credentials *, aws_session_credentials,
	const struct aws_session *s)
{
	static struct aws_credentials c;

	(void)s;
	c.token.n = x.session ? 1 : 0;
	return &c;
}

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	*ret_found = !x.unknown;
	strcpy(ret->name, name);
	strcpy(ret->id, "IDalice");
	return ask('u', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	size_t i;

	(void)s;
	assert_string_equal(user, "alice");
	for (i = 0; i < x.devices_n; i++)
		OK(fn(data, &x.devices[i], e));
	return ask('l', e);
}

WRAP(int, oath_cards, struct worker *worker, const struct oath_search *search,
	struct oath_card **ret, size_t *ret_n, size_t *ret_held, int cancel_fd,
	deadline_t until, struct error *e)
{
	(void)worker;
	(void)until;
	assert_false(search->config);
	assert_int_equal(cancel_fd, run.cancel_fd);
	*ret = calloc(3, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, x.cards, sizeof(x.cards));
	*ret_n = x.cards_n;
	*ret_held = x.held;
	return ask('c', e);
}

WRAP(bool, oath_card_holds, const struct oath_card *card, const char *name)
{
	char holds = x.holds[card->reader[0] - '0'];

	assert_string_equal(name, DEVICE("a"));
	return holds == 'y' || (holds == 'u' && x.unlocked);
}

WRAP(int, prompt_oath_password, const struct run *r, struct worker *worker,
	const struct card_place *at, const char *who, struct error *e)
{
	(void)worker;
	assert_ptr_equal(r, &run);
	run_say(r, "password of %s (%s)", who, at->id);
	x.unlocked = true;
	return ask('W', e);
}

WRAP(int, oath_code, struct worker *worker, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *e)
{
	uint64_t step = 0;
	size_t i;

	(void)worker;
	(void)cancel_fd;
	(void)until;
	assert_string_equal(t->name, DEVICE("a"));
	for (i = 0; i < 8; i++)
		step = step << 8 | challenge[i];
	assert_true(x.reads < ARRAY_LEN(x.steps));
	x.steps[x.reads++] = step - totp_step(AWS_NOW);
	ret->digits = x.digits;
	ret->truncated = (uint32_t)(step % 1000000);
	return ask('O', e);
}

WRAP(int, iam_resync_mfa_device, struct aws_session *s, const char *user,
	const char *serial, const char *code1, const char *code2,
	struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	assert_string_equal(serial, DEVICE("a"));
	assert_int_equal(strlen(code1), 6);
	assert_int_equal(strlen(code2), 6);
	strcpy(x.codes[0], code1);
	strcpy(x.codes[1], code2);
	return ask('R', e);
}

WRAP(int, sts_check_code, struct aws_session *s, const char *serial,
	const char *code, struct error *e)
{
	(void)s;
	assert_string_equal(serial, DEVICE("a"));
	assert_string_equal(code, x.codes[1]);
	return ask('S', e);
}

static void card_is(size_t i, char holds, uint32_t serial, bool locked)
{
	x.cards[i].reader[0] = (char)('0' + i);
	x.cards[i].has_oath = true;
	x.cards[i].applet.locked = locked;
	x.cards[i].devinfo.has_serial = serial > 0;
	x.cards[i].devinfo.serial = serial;
	strcpy(x.cards[i].applet.id, "0a1b2c3d");
	x.holds[i] = holds;
	x.cards_n = i + 1;
}

static void device_is(size_t i, const char *serial, enum device_kind kind)
{
	strcpy(x.devices[i].serial, serial);
	x.devices[i].kind = kind;
	x.devices[i].enabled = AWS_NOW - 3600;
	x.devices_n = i + 1;
}

static int begin_codes(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	q = (struct mfa_resync){ .aws = &aws, .user = "alice" };
	x.digits = 6;
	device_is(0, DEVICE("a"), DEVICE_VIRTUAL);
	card_is(0, 'y', 1001, false);
	return 0;
}

static int resync(void)
{
	asked[0] = said[0] = '\0';
	x.reads = 0;
	x.unlocked = false;
	return mfa_resync(&run, &q, &done, &err);
}

static void steps_are(const char *want)
{
	char text[64] = "";
	size_t i, n = 0;

	for (i = 0; i < x.reads; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%lld ",
			(long long)x.steps[i]);
	assert_string_equal(text, want);
}

#define PAIR(who) "Touch " who " (touch 1 of 2) for the last code of "         \
	DEVICE("a") ".\nTouch " who " (touch 2 of 2) for the present code of " \
	DEVICE("a") ".\n"

/* ---- a pair ---- */

static void two_codes_in_a_row_are_taken(void **state)
{
	(void)state;
	OK(resync());
	asked_is("ulcOOR");
	steps_are("-1 0 ");
	assert_string_equal(said, PAIR("token 1001"));
	assert_string_equal(done.user, "alice");
	assert_string_equal(done.serial, DEVICE("a"));
	assert_string_equal(done.oath_account, DEVICE("a"));
	assert_int_equal(done.proof, MFA_NOT_ASKED);
	card_is(0, 'y', 0, false);
	OK(resync());
	assert_string_equal(said, PAIR("the token"));
	/* of the caller himself STS takes one, by long-term keys */
	strcpy(aws.caller.user_id, "IDalice");
	OK(resync());
	asked_is("ulcOORS");
	assert_int_equal(done.proof, MFA_PROVED);
	x.session = true;
	OK(resync());
	asked_is("ulcOOR");
}

static void sts_is_asked_four_times(void **state)
{
	(void)state;
	strcpy(aws.caller.user_id, "IDalice");
	fails_at('S', ERROR_REMOTE, "AccessDenied");
	failing.times = 3;
	OK(resync());
	asked_is("ulcOORS.S.S.S");
	assert_int_equal(done.proof, MFA_PROVED);
	assert_non_null(strstr(said, "STS does not take the code yet: asking "
		"again in 6 s.\nSTS does not take the code yet: asking again "
		"in 9 s.\nSTS does not take the code yet: asking again in 12 "
		"s.\n"));
	failing.times = 0;
	OK(resync());
	asked_is("ulcOORS.S.S.S");
	assert_int_equal(done.proof, MFA_NOT_YET);
	assert_string_equal(done.why.text, "AWS says no");
	fails_at('S', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", resync());
}

static void a_pair_that_may_be_spent_is_followed_by_a_later_one(void **state)
{
	static const struct {
		int code;
		const char *foreign;
		bool again;
	} rows[] = {
		{ ERROR_UNREACHABLE, "", true },
		{ ERROR_TIMEOUT, "", true },
		{ ERROR_MALFORMED, "", true },
		{ ERROR_REMOTE, "InvalidAuthenticationCode", true },
		{ ERROR_REMOTE, "AccessDenied", false },
		{ ERROR_INTERRUPTED, "", false },
	};
	size_t i;

	(void)state;
	longest_pause = 60000;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fails_at('R', rows[i].code, rows[i].foreign);
		SAYS(rows[i].code, "AWS says no", resync());
		asked_is(rows[i].again ? "ulcOOR.OOR" : "ulcOOR");
		if (rows[i].again)
			assert_non_null(strstr(said, "warning: AWS says no\n"
				"AWS may have taken the codes of now already: "
				"waiting 60 s for later ones.\n"));
	}
	/* one that was enabled a moment ago has had its codes */
	failing.question = 0;
	x.devices[0].enabled = AWS_NOW - 30;
	OK(resync());
	assert_non_null(strstr(said, "waiting 30 s for later ones.\n"));
	x.devices[0].enabled = AWS_NOW - 60;
	OK(resync());
	asked_is("ulcOOR");
	aws_clock = -1;
	SAYS(ERROR_UNREACHABLE, "AWS did not tell its time, so no codes can be "
		"made", resync());
}

/* ---- of which device ---- */

static void the_device_is_one(void **state)
{
	(void)state;
	device_is(1, "GAKT12345678", DEVICE_HARDWARE);
	OK(resync());
	device_is(2, DEVICE("b"), DEVICE_VIRTUAL);
	SAYS(ERROR_USAGE, "'alice' has 2 virtual devices: name one", resync());
	q.device = "a";
	OK(resync());
	device_is(2, "arn:aws:iam::" ACCOUNT ":mfa/p/a", DEVICE_VIRTUAL);
	SAYS(ERROR_USAGE, "'alice' has 2 devices 'a': name one by its whole "
		"serial number", resync());
	q.device = "z";
	SAYS(ERROR_FAILED, "'alice' has no device 'z'", resync());
	q.device = NULL;
	x.devices_n = 0;
	SAYS(ERROR_FAILED, "'alice' has no virtual device", resync());
	x.unknown = true;
	SAYS(ERROR_FAILED, "account " ACCOUNT " has no IAM user 'alice'",
		resync());
	asked_is("u");
}

/* ---- by which token ---- */

static void the_token_is_one(void **state)
{
	(void)state;
	card_is(1, 'y', 1002, false);
	SAYS(ERROR_CONFLICT, "2 tokens hold an OATH credential '" DEVICE("a")
		"': leave one plugged in", resync());
	x.holds[0] = 'n';
	OK(resync());
	assert_string_equal(said, PAIR("token 1002"));
	x.holds[1] = 'n';
	SAYS(ERROR_NO_TOKEN, "no token here holds the OATH credential '"
		DEVICE("a") "': plug it in", resync());
	x.held = 1;
	SAYS(ERROR_NO_TOKEN, "' (another program holds a reader): plug it in",
		resync());
	x.cards[0].applet.locked = x.cards[1].applet.locked = true;
	SAYS(ERROR_NO_TOKEN, "' (a password protects several: leave one "
		"plugged in): plug it in", resync());
	asked_is("ulc");
	/* one that is locked is unlocked, and looked into */
	x.cards[0].has_oath = false;
	x.holds[1] = 'u';
	OK(resync());
	asked_is("ulcWcOOR");
	assert_memory_equal(said, "password of token 1002 (0a1b2c3d)\n", 34);
	fails_at('W', ERROR_PIN, "");
	SAYS(ERROR_PIN, "AWS says no", resync());
	/* where another has it nobody is asked for a password */
	failing.question = 0;
	card_is(0, 'y', 1001, false);
	x.cards_n = 2;
	x.holds[1] = 'n';
	OK(resync());
	asked_is("ulcOOR");
}

static void a_token_that_makes_no_such_codes_is_told(void **state)
{
	(void)state;
	x.digits = 8;
	SAYS(ERROR_UNSUPPORTED, "the OATH credential '" DEVICE("a") "' makes "
		"codes of 8 digits, and AWS takes six", resync());
	x.digits = 6;
	fails_at('O', ERROR_TIMEOUT, "");
	SAYS(ERROR_TOUCH, "the token was not touched in time", resync());
	asked_is("ulcO");
	fails_at('O', ERROR_BUSY, "");
	failing.from = 2;
	SAYS(ERROR_BUSY, "AWS says no", resync());
	asked_is("ulcOO");
}

static void each_question_that_fails_ends_it(void **state)
{
	static const char all[] = "ulc";
	size_t i;

	(void)state;
	for (i = 0; all[i]; i++) {
		fails_at(all[i], ERROR_UNREACHABLE, "");
		SAYS(ERROR_UNREACHABLE, "AWS says no", resync());
		assert_int_equal(strlen(asked), i + 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_codes, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_codes_in_a_row_are_taken),
		TEST(sts_is_asked_four_times),
		TEST(a_pair_that_may_be_spent_is_followed_by_a_later_one),
		TEST(the_device_is_one),
		TEST(the_token_is_one),
		TEST(a_token_that_makes_no_such_codes_is_told),
		TEST(each_question_that_fails_ends_it),
	};

	return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
