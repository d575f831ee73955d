/* SPDX-License-Identifier: Apache-2.0 */
/* A PIN that is asked for, and the touch behind it. */
#include "bridge/prompt/pin.h"
#include "bridge/prompt/touch.h"
#include "token/fido/care.h"

#include "tests/unit/listener.h"
#include "tests/unit/unit.h"

/* ---- a token ---- */

static int retries[8]; /* what it says of its tries, one after the other */
static size_t asked, used;
static int answers[8]; /* of each try: an error, or 0 */
static char tried[64]; /* the PIN of each, "-" without one */
static int64_t given_ms; /* until the deadline that was set last */

WRAP(int, fido_pin_retries, struct fido *f)
{
	(void)f;
	return retries[asked++];
}

WRAP(void, fido_set_deadline, struct fido *f, deadline_t until)
{
	(void)f;
	given_ms = deadline_left(until);
}

static int answer(const struct secret *pin, struct error *e)
{
	size_t n = strlen(tried);

	snprintf(tried + n, sizeof(tried) - n, "%.*s ", pin ? (int)pin->n : 1,
		pin ? (const char *)pin->p : "-");
	return answers[used++] ? error_set(e, answers[used - 1], "it says no") :
		0;
}

WRAP(int, fido_make_credential, struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct secret *pin,
	struct attestation *ret, struct error *e)
{
	(void)f;
	(void)ret;
	assert_string_equal(rp_id, "tokenbridge:id");
	assert_non_null(strstr((const char *)client_data->p,
		"webauthn.create"));
	return answer(pin, e);
}

WRAP(int, fido_get_assertion, struct fido *f,
	const struct fido_assertion_request *q, struct assertion *ret,
	bool *ret_found, struct error *e)
{
	(void)f;
	(void)ret;
	assert_true(q->touch);
	assert_int_equal(q->credential.n, 3);
	assert_non_null(strstr((const char *)q->client_data->p,
		"webauthn.get"));
	*ret_found = true;
	return answer(q->pin, e);
}

WRAP(bool, care_can_force_change, const struct fido_info *info)
{
	return info->config == FIDO_ON;
}

WRAP(int, care_force_change, struct fido *f, const struct secret *pin,
	struct error *e)
{
	(void)f;
	return answer(pin, e);
}

/* ---- a person ---- */

static struct listener s;
static char prompts[512];
static size_t typed_n; /* bytes of the PIN that is typed; 0: nobody is there */
static bool empty;
static struct people person;
static struct run run;

static int type_pin(void *self, enum run_secret which, const char *of,
	const char *prompt, struct secret *ret, struct error *e)
{
	(void)self;
	assert_int_equal(which, RUN_PIN);
	assert_string_equal(of, "/dev/hidraw3 /sys/x 0");
	strcat(prompts, prompt);
	if (!typed_n && !empty)
		return error_set(e, ERROR_PIN, "nobody is there");
	return secret_set(ret, "1234567890123456789012345678901234567890"
		"123456789012345678901234567890", typed_n, e);
}

static struct token token;
static struct touch touch = { .token = &token, .label = "blue-1",
	.rp_id = "tokenbridge:id", .purpose = "liveness",
	.what = "to prove it", .credential = "abc", .credential_n = 3 };

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&token, 0, sizeof(token));
	strcpy(token.node.path, "/dev/hidraw3");
	strcpy(token.node.syspath, "/sys/x");
	strcpy(token.node.product_name, "Solo 4");
	token.fido.ctap2 = true;
	token.fido.client_pin = FIDO_ON;
	person = script_people;
	person.ask_secret = type_pin;
	run = run_of(&s);
	run.people = &person;
	run.touch_ms = 30000;
	memset(retries, 0, sizeof(retries));
	memset(answers, 0, sizeof(answers));
	retries[0] = 8;
	asked = used = 0;
	tried[0] = prompts[0] = '\0';
	typed_n = 4;
	empty = touch.verify = false;
	return 0;
}

static int get_pin(void)
{
	struct secret pin = SECRET_INIT;
	int r = pin_get(&run, &token, "blue-1", NULL, &pin, &err);

	if (r == 0)
		assert_int_equal(pin.n, typed_n);
	secret_done(&pin);
	return r;
}

static void the_prompt_names_the_token(void **state)
{
	(void)state;
	OK(get_pin());
	assert_string_equal(prompts, "PIN of the token 'blue-1' (Solo 4 at "
		"/dev/hidraw3): ");
	assert_string_equal(s.heard, "");
	assert_in_range(given_ms, 9000, 10000);
}

static void the_last_tries_are_spent_by_a_person_who_says_so(void **state)
{
	static const struct {
		int left;
		bool scripted, yes;
		int code;
		const char *says;
	} rows[] = {
		{ -1, false, false, 0, NULL },
		{ 4, false, false, 0, NULL },
		{ 4, true, false, 0, NULL },
		{ 3, false, true, 0, NULL },
		{ 3, false, false, ERROR_PIN, "only 3 PIN tries are left, and "
			"nobody said to use one" },
		{ 1, false, false, ERROR_PIN, "only 1 PIN try is left, and "
			"nobody said to use one" },
		{ 1, false, true, 0, NULL },
		{ 1, true, true, ERROR_PIN, "only 1 PIN try is left: none is "
			"spent by a script; run the command by hand" },
		{ 2, true, true, ERROR_PIN, "only 2 PIN tries are left: none" },
		{ 0, false, true, ERROR_PIN_BLOCKED, "the PIN is blocked for "
			"good: only a reset, which erases all credentials, "
			"makes the token usable again" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		set_up(state);
		retries[0] = rows[i].left;
		run.scripted[RUN_PIN] = rows[i].scripted;
		s.yes = rows[i].yes;
		if (rows[i].code)
			SAYS(rows[i].code, rows[i].says, get_pin());
		else
			OK(get_pin());
		assert_int_equal(prompts[0] != '\0', rows[i].code == 0);
	}
}

static void what_can_be_no_pin_is_not_tried(void **state)
{
	(void)state;
	typed_n = CARE_PIN_MAX;
	OK(get_pin());
	set_up(state);
	typed_n = CARE_PIN_MAX + 1;
	SAYS(ERROR_PIN, "no PIN has 64 bytes", get_pin());
	set_up(state);
	typed_n = 0;
	empty = true;
	SAYS(ERROR_PIN, "no PIN has 0 bytes", get_pin());
	set_up(state);
	typed_n = 0;
	SAYS(ERROR_PIN, "there is no terminal to ask on: give it by --pin-fd N",
		get_pin());
	set_up(state);
	typed_n = 0;
	run.scripted[RUN_PIN] = true;
	SAYS(ERROR_PIN, "nobody is there", get_pin());
}

static void a_token_that_can_have_no_pin(void **state)
{
	(void)state;
	OK(pin_check_token(&run, &token, &err));
	assert_string_equal(s.heard, "");
	token.fido.user_verification = FIDO_OFF;
	OK(pin_check_token(&run, &token, &err));
	assert_string_equal(s.heard, "Fingerprints stay as they are; the PIN "
		"is what it asks for where none matches, and before one is "
		"added.\n");
	token.fido.client_pin = FIDO_ABSENT;
	SAYS(ERROR_UNSUPPORTED, "this token says that it has no PIN",
		pin_check_token(&run, &token, &err));
	token.fido.ctap2 = false;
	SAYS(ERROR_UNSUPPORTED, "this token does U2F only, which has no PIN",
		pin_check_token(&run, &token, &err));
	token.problem = TOKEN_HELD;
	strcpy(token.problem_text, "it is held");
	SAYS(ERROR_BUSY, "it is held", pin_check_token(&run, &token, &err));
}

static void a_change_is_forced_where_it_can_be(void **state)
{
	struct secret pin = SECRET_INIT;
	bool forced = false;

	(void)state;
	OK(secret_set(&pin, "1234", 4, &err));
	OK(pin_force_change(&run, &token, NULL, &pin, &forced, &err));
	assert_false(forced);
	assert_string_equal(s.heard, "! this token cannot be told to want "
		"another PIN: its holder changes it by `tokenbridge pin "
		"change`, which nothing makes sure of\n");
	assert_string_equal(tried, "");
	token.fido.config = FIDO_ON;
	OK(pin_force_change(&run, &token, NULL, &pin, &forced, &err));
	assert_true(forced);
	assert_in_range(given_ms, 9000, 10000);
	answers[1] = ERROR_FAILED;
	SAYS(ERROR_FAILED, "it says no", pin_force_change(&run, &token, NULL,
		&pin, &forced, &err));
	assert_false(forced);
	secret_done(&pin);
}

static void who_wants_a_pin(void **state)
{
	static const struct {
		enum fido_option pin, always, made_without, verifies;
		bool make, get;
	} rows[] = {
		{ FIDO_ABSENT, FIDO_ON, FIDO_OFF, FIDO_OFF, false, false },
		{ FIDO_OFF, FIDO_ON, FIDO_OFF, FIDO_OFF, false, false },
		{ FIDO_ON, FIDO_OFF, FIDO_OFF, FIDO_OFF, true, false },
		{ FIDO_ON, FIDO_OFF, FIDO_ON, FIDO_OFF, false, false },
		{ FIDO_ON, FIDO_ON, FIDO_ON, FIDO_OFF, true, true },
		{ FIDO_ON, FIDO_ON, FIDO_ON, FIDO_ON, true, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct fido_info f = { .client_pin = rows[i].pin,
			.always_uv = rows[i].always,
			.make_cred_uv_not_required = rows[i].made_without,
			.user_verification = rows[i].verifies };

		assert_int_equal(pin_needed_to_make(&f), rows[i].make);
		assert_int_equal(pin_needed_to_assert(&f), rows[i].get);
	}
}

static int make(void)
{
	return touch_make_credential(&run, &touch, NULL, &err);
}

static int get(void)
{
	bool there = false;
	int r = touch_get_assertion(&run, &touch, NULL, &there, &err);

	assert_true(there);
	return r;
}

#define TOUCH "Touch the token 'blue-1' (Solo 4 at /dev/hidraw3) to prove it.\n"

static void a_touch_is_asked_for_behind_the_pin(void **state)
{
	(void)state;
	OK(make());
	assert_string_equal(tried, "1234 ");
	assert_string_equal(s.heard, TOUCH);
	assert_in_range(given_ms, 29000, 30000);
	set_up(state);
	OK(get());
	assert_string_equal(tried, "- ");
	set_up(state);
	touch.verify = true;
	OK(get());
	assert_string_equal(tried, "1234 ");
	/* what it tells beforehand is not learned by a touch */
	set_up(state);
	token.fido.always_uv = FIDO_ON;
	OK(get());
	assert_string_equal(tried, "1234 ");
	set_up(state);
	token.fido.make_cred_uv_not_required = FIDO_ON;
	OK(make());
	assert_string_equal(tried, "- ");
	set_up(state);
	touch.verify = true;
	token.fido.make_cred_uv_not_required = FIDO_ON;
	OK(make());
	assert_string_equal(tried, "1234 ");
}

static void a_wrong_pin_is_asked_for_again(void **state)
{
	(void)state;
	answers[0] = answers[1] = ERROR_PIN_WRONG;
	retries[0] = retries[1] = 8;
	retries[2] = 6;
	retries[3] = 1;
	retries[4] = 1;
	s.yes = true;
	OK(make());
	assert_string_equal(tried, "1234 1234 1234 ");
	assert_string_equal(s.heard, TOUCH "Wrong PIN: 8 tries left.\n" TOUCH
		"Wrong PIN: 1 try left.\n" TOUCH);
	set_up(state);
	answers[0] = ERROR_PIN_WRONG;
	retries[1] = 0;
	SAYS(ERROR_PIN_WRONG, "it says no", make());
	set_up(state);
	answers[0] = ERROR_PIN_WRONG;
	retries[1] = 8;
	run.scripted[RUN_PIN] = true;
	SAYS(ERROR_PIN_WRONG, "it says no", make());
	assert_string_equal(tried, "1234 ");
	assert_int_equal(asked, 1);
}

static void a_token_that_wants_its_pin_after_all_gets_it(void **state)
{
	(void)state;
	answers[0] = ERROR_PIN;
	OK(get());
	assert_string_equal(tried, "- 1234 ");
	assert_string_equal(s.heard, TOUCH TOUCH);
	/* once */
	set_up(state);
	answers[0] = answers[1] = ERROR_PIN;
	SAYS(ERROR_PIN, "it says no", get());
	assert_string_equal(tried, "- 1234 ");
	set_up(state);
	token.fido.client_pin = FIDO_OFF;
	answers[0] = ERROR_PIN;
	SAYS(ERROR_PIN, "it says no", get());
	assert_string_equal(tried, "- ");
	set_up(state);
	answers[0] = ERROR_PIN_WRONG; /* of no PIN */
	SAYS(ERROR_PIN_WRONG, "it says no", get());
	assert_string_equal(tried, "- ");
	set_up(state);
	answers[0] = ERROR_TOUCH;
	SAYS(ERROR_TOUCH, "it says no", get());
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_prompt_names_the_token),
		TEST(the_last_tries_are_spent_by_a_person_who_says_so),
		TEST(what_can_be_no_pin_is_not_tried),
		TEST(a_token_that_can_have_no_pin),
		TEST(a_change_is_forced_where_it_can_be),
		TEST(who_wants_a_pin),
		TEST(a_touch_is_asked_for_behind_the_pin),
		TEST(a_wrong_pin_is_asked_for_again),
		TEST(a_token_that_wants_its_pin_after_all_gets_it),
	};

	return cmocka_run_group_tests_name("touch", tests, NULL, NULL);
}
