/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One login over many tokens, which may be wrong in each part. What is asserted
 * is the reason, and what every token was asked.
 */
#include "tests/unit/login-keys.h"

/* ---- the table ---- */

static const struct row {
	const char *name;
	struct way way;
	struct key keys[KEYS];
	enum login_result result;
	const char *why;      /* NULL: it is not refused */
	const char *alert;    /* "": none */
	const char *prompts;
	int token;            /* that is meant; -1: none */
} rows[] = {
	{ "a key that signs lets in", { { 0 } },
		{ { { GOOD }, .touch = { .counter = 7 } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "a key that never counts lets in", { { 0 } }, { { { GOOD } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "without a key there is none", { { 0 } }, { { { 0 } } },
		LOGIN_NO_TOKEN, "no token is plugged in", "", "", -1 },
	{ "a key of somebody else is not the user's", { { 0 } },
		{ { { GOOD }, { HAS_NOT } } }, LOGIN_NO_TOKEN,
		"no token that is plugged in is the user's", "", "", -1 },
	{ "a U2F key shows itself by the touch alone", { { 0 } },
		{ { { .pin_retries = -1 }, { SIGNS_NOTHING } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },

	{ "silently, a signature by another key is false", { { 0 } },
		{ { { GOOD }, { OTHER_KEY } } }, LOGIN_FALSE,
		"the signature does not hold over this challenge with the key "
		"that the registry knows", "/dev/hidraw0 (Key 0) answers "
		"falsely for token 11111111: the signature does not hold over "
		"this challenge with the key that the registry knows", "", -1 },
	{ "silently, another relying party is false", { { 0 } },
		{ { { GOOD }, { OTHER_RP } } }, LOGIN_FALSE,
		"the assertion is for another relying party",
		"/dev/hidraw0 (Key 0) answers falsely for token 11111111: the "
		"assertion is for another relying party", "", -1 },
	{ "silently, another challenge is false", { { 0 } },
		{ { { GOOD }, { OTHER_DATA } } }, LOGIN_FALSE,
		"the signature does not hold over this challenge with the key "
		"that the registry knows", "falsely", "", -1 },
	{ "silently, a FIDO2 key must sign", { { 0 } },
		{ { { GOOD }, { SIGNS_NOTHING } } }, LOGIN_FALSE,
		"it says that it has the credential, and signs nothing",
		"signs nothing", "", -1 },
	{ "a credential that there is not makes no sense", { { 0 } },
		{ { { GOOD }, { NO_SUCH } } }, LOGIN_FAILED,
		"a frame between the helper and a token's process is "
		"senseless", "", "", -1 },

	{ "a touch signed by another key is false", { { 0 } },
		{ { { GOOD }, .touch = { OTHER_KEY } } }, LOGIN_FALSE,
		"the signature does not hold over this challenge with the key "
		"that the registry knows", "/dev/hidraw0 (Key 0) answers "
		"falsely for token 11111111: the signature does not hold over "
		"this challenge with the key that the registry knows", "T",
		-1 },
	{ "... also where it counts", { { 0 } },
		{ { { GOOD }, .touch = { OTHER_KEY, .counter = 9 } } },
		LOGIN_FALSE, "the signature does not hold over this challenge "
		"with the key that the registry knows", "falsely", "T", -1 },
	{ "a touch for another relying party is false", { { 0 } },
		{ { { GOOD }, .touch = { OTHER_RP } } }, LOGIN_FALSE,
		"the assertion is for another relying party", "another relying "
		"party", "T", -1 },
	{ "a touch over another challenge is false", { { 0 } },
		{ { { GOOD }, .touch = { OTHER_DATA } } }, LOGIN_FALSE,
		"the signature does not hold over this challenge with the key "
		"that the registry knows", "falsely", "T", -1 },
	{ "who signs that nobody was present is false", { { 0 } },
		{ { { GOOD }, .touch = { .flags = AUTHDATA_UP } } },
		LOGIN_FALSE, "the signed flags say that nobody was present",
		"nobody was present", "T", -1 },
	{ "... also where it counts", { { 0 } },
		{ { { GOOD }, .touch = { .flags = AUTHDATA_UP,
			.counter = 9 } } },
		LOGIN_FALSE, "the signed flags say that nobody was present",
		"nobody was present", "T", -1 },
	{ "an answer for another credential is none", { { 0 } },
		{ { { GOOD }, .touch = { OTHER_INDEX } } }, LOGIN_FAILED,
		"it answers what nobody asked", "", "T", -1 },
	{ "a proof that nobody asked for is none", { { 0 } },
		{ { { GOOD }, .proves_at_once = true } }, LOGIN_FAILED,
		"it answers what nobody asked", "", "", -1 },
	{ "what is said of a look twice counts once", { { 0 } },
		{ { { GOOD }, { TWICE } } }, LOGIN_GRANTED, NULL, "", "T", 0 },

	{ "a PIN that is wanted is asked for", { { .verify = true } },
		{ { { GOOD } } }, LOGIN_READY, NULL, "", "", 0 },
	{ "... by the binding", { { 0 }, NULL, true }, { { { GOOD } } },
		LOGIN_READY, NULL, "", "", 0 },
	{ "... by the key", { { 0 } }, { { { GOOD, .always_uv = true } } },
		LOGIN_READY, NULL, "", "", 0 },
	{ "a PIN lets in", { { .verify = true }, "123456" },
		{ { { GOOD } } }, LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "who was not verified is false where the line wants it",
		{ { .verify = true }, "123456" },
		{ { { GOOD }, .touch = { .flags = AUTHDATA_UV } } },
		LOGIN_FALSE, "the signed flags do not say that the user was "
		"verified", "do not say that the user was verified", "T", -1 },
	{ "... and where the binding wants it", { { 0 }, "123456", true },
		{ { { GOOD }, .touch = { .flags = AUTHDATA_UV,
			.counter = 3 } } },
		LOGIN_FALSE, "the signed flags do not say that the user was "
		"verified", "do not say that the user was verified", "T", -1 },
	{ "... but not where only the key wants it", { { 0 }, "123456" },
		{ { { GOOD, .always_uv = true },
			.touch = { .flags = AUTHDATA_UV } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "a PIN is for no key that takes none", { { 0 }, "123456" },
		{ { { GOOD } } }, LOGIN_NO_TOKEN, "no token that is plugged in "
		"is the user's", "", "", -1 },

	{ "a wrong PIN is told", { { .verify = true }, "123456" },
		{ { { GOOD }, .touch = { FAILS, ERROR_PIN_WRONG } } },
		LOGIN_PIN_WRONG, "it fails", "", "T", -1 },
	{ "a PIN that is blocked is told", { { .verify = true }, "123456" },
		{ { { GOOD }, .touch = { FAILS, ERROR_PIN_BLOCKED } } },
		LOGIN_PIN_BLOCKED, "it fails", "", "T", -1 },
	{ "no touch is told", { { 0 } },
		{ { { GOOD }, .touch = { FAILS, ERROR_TOUCH } } },
		LOGIN_NOT_TOUCHED, "it fails", "", "T", -1 },
	{ "a key that stops in time is told as not touched", { { 0 } },
		{ { { GOOD }, .touch = { FAILS, ERROR_TIMEOUT } } },
		LOGIN_NOT_TOUCHED, "it fails", "", "T", -1 },
	{ "a key that is pulled is no key", { { 0 } },
		{ { { GOOD }, .touch = { FAILS, ERROR_NO_TOKEN } } },
		LOGIN_NO_TOKEN, "it fails", "", "T", -1 },
	{ "a key that is taken away is busy", { { 0 } },
		{ { { GOOD }, .touch = { FAILS, ERROR_BUSY } } },
		LOGIN_BUSY, "it fails", "", "T", -1 },
	{ "what makes no sense behind a touch is false", { { 0 } },
		{ { { GOOD }, .touch = { FAILS, ERROR_MALFORMED } } },
		LOGIN_FALSE, "it fails", "answers falsely for token 11111111: "
		"it fails", "T", -1 },
	{ "another failure is one", { { 0 } },
		{ { { GOOD }, .touch = { FAILS, ERROR_FAILED } } },
		LOGIN_FAILED, "it fails", "", "T", -1 },
	{ "silently, a failure is no token", { { 0 } },
		{ { { GOOD }, { FAILS, ERROR_MALFORMED } } }, LOGIN_NO_TOKEN,
		"it fails", "", "", -1 },
	{ "silently, a time that is over is silence", { { 0 } },
		{ { { GOOD }, { FAILS, ERROR_TIMEOUT } } }, LOGIN_SILENT,
		"it fails", "", "", -1 },
	{ "silently, a touch that is wanted is no token", { { 0 } },
		{ { { GOOD }, { FAILS, ERROR_TOUCH } } }, LOGIN_NO_TOKEN,
		"it fails", "", "", -1 },
	{ "a process that ends is a failure", { { 0 } },
		{ { { GOOD }, { HANGS_UP } } }, LOGIN_FAILED, "", "", "", -1 },
	{ "... at the touch too", { { 0 } },
		{ { { GOOD }, .touch = { HANGS_UP } } }, LOGIN_FAILED, "", "",
		"T", -1 },
	{ "a frame that is none is a failure", { { 0 } },
		{ { { GOOD }, .touch = { SENSELESS } } }, LOGIN_FAILED,
		"a frame between the helper and a token's process is "
		"senseless", "", "T", -1 },

	{ "time goes by without a touch",
		{ .timeout_ms = 300 },
		{ { { GOOD }, .touch = { SAYS_NOTHING } } }, LOGIN_NOT_TOUCHED,
		"the token was not touched in time", "", "T", -1 },
	{ "... without an answer", { .timeout_ms = 300 },
		{ { { GOOD }, { SAYS_NOTHING } } }, LOGIN_SILENT,
		"a token does not answer", "", "", -1 },
	{ "... while another program holds it", { .timeout_ms = 300 },
		{ { { GOOD }, { SAYS_NOTHING }, .held = true } }, LOGIN_BUSY,
		"somebody holds it", "", "", -1 },
	{ "one that blinks is held by nobody else", { .timeout_ms = 300 },
		{ { { GOOD }, .touch = { SAYS_NOTHING }, .held_later = true } },
		LOGIN_NOT_TOUCHED, "the token was not touched in time", "",
		"T", -1 },
	{ "one that was held is asked when it is free", { { 0 } },
		{ { { GOOD }, .held = true } }, LOGIN_GRANTED, NULL, "", "T",
		0 },

	{ "of two keys the touched one counts", { { 0 } },
		{ { { GOOD }, .touch = { SAYS_NOTHING } },
			{ { GOOD }, .touch = { .counter = 4,
				.after_ms = 200 } } },
		LOGIN_GRANTED, NULL, "", "T", 1 },
	{ "one that lies does not end it for the other", { { 0 } },
		{ { { GOOD }, { OTHER_KEY } },
			{ { GOOD }, .touch = { .after_ms = 300 } } },
		LOGIN_GRANTED, NULL, "/dev/hidraw0", "T", 1 },
	{ "... nor does one that lies when it is touched", { { 0 } },
		{ { { GOOD }, .touch = { OTHER_RP } },
			{ { GOOD }, .touch = { .after_ms = 300 } } },
		LOGIN_GRANTED, NULL, "/dev/hidraw0", "T", 1 },
	{ "a false answer is told before anything else", { { 0 } },
		{ { { GOOD }, { HAS_NOT } }, { { GOOD }, { OTHER_KEY } },
			{ { GOOD }, { FAILS, ERROR_TIMEOUT } } },
		LOGIN_FALSE, "the signature does not hold over this challenge "
		"with the key that the registry knows", "/dev/hidraw1", "",
		-1 },
	{ "silence is told before no token", { { 0 } },
		{ { { GOOD }, { HAS_NOT } },
			{ { GOOD }, { FAILS, ERROR_TIMEOUT } } },
		LOGIN_SILENT, "it fails", "", "", -1 },
	{ "a touch is preferred to a PIN", { { 0 } },
		{ { { GOOD, .always_uv = true } },
			{ { GOOD }, .touch = { .after_ms = 100 } } },
		LOGIN_GRANTED, NULL, "", "T", 1 },
	{ "a PIN goes to one of two", { { .verify = true }, "123456" },
		{ { { GOOD } }, { { GOOD }, { .after_ms = 300 } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "from afar no PIN is asked for", { { .verify = true,
		.from_afar = true } }, { { { GOOD } } }, LOGIN_NOT_LOCAL,
		"a PIN is never asked for from afar", "", "", -1 },
	{ "one that was asked nothing blinks", { { 0 } },
		{ { { BRIEF }, .touch = { .counter = 7 } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "... which is said of once", { { 0 } },
		{ { { BRIEF }, .touch = { WAITS } },
			{ { BRIEF }, .touch = { SAYS_NOTHING } } },
		LOGIN_GRANTED, NULL, "", "T", 0 },
	{ "... also by what says nothing", { .timeout_ms = 800 },
		{ { { BRIEF }, .touch = { SAYS_NOTHING } } },
		LOGIN_NOT_TOUCHED, "the token was not touched in time", "", "T",
		-1 },
	{ "... and it must have signed", { { 0 } },
		{ { { BRIEF }, { SIGNS_NOTHING } } }, LOGIN_FALSE,
		"it says that it has the credential, and signs nothing",
		"signs nothing", "", -1 },
	{ "one that wants its PIN instead is asked for it", { { 0 } },
		{ { { BRIEF }, .touch = { WANTS_PIN },
			.wish = { GOOD, .always_uv = true } } },
		LOGIN_READY, NULL, "", "", 0 },
	{ "... but not from afar", { { .from_afar = true } },
		{ { { BRIEF }, .touch = { WANTS_PIN },
			.wish = { GOOD, .always_uv = true } } },
		LOGIN_NOT_LOCAL, "a PIN is never asked for from afar", "", "",
		-1 },
	{ "... nor where few tries are left", { { 0 } },
		{ { { BRIEF }, .touch = { WANTS_PIN },
			.wish = { .has_pin = true, .always_uv = true,
				.pin_retries = 3 } } },
		LOGIN_PIN_SCARCE, "only 3 PIN tries are left, and none of the "
		"last is spent at login", "", "", -1 },
	{ "... nor of what has signed nothing", { { 0 } },
		{ { { .brief = true, .pin_retries = -1 }, { SIGNS_NOTHING },
			{ WANTS_PIN }, .wish = { GOOD, .always_uv = true } } },
		LOGIN_FAILED, "the token has no PIN, and login wants one", "",
		"", -1 },
	{ "a wish that was told before is none", { { 0 } },
		{ { { GOOD }, .touch = { WANTS_PIN },
			.wish = { GOOD, .always_uv = true } } },
		LOGIN_FAILED, "it answers what nobody asked", "", "T", -1 },
	{ "... nor one before it is to blink", { { 0 } },
		{ { { BRIEF }, { WANTS_PIN },
			.wish = { GOOD, .always_uv = true } } },
		LOGIN_FAILED, "it answers what nobody asked", "", "", -1 },
	{ "... nor one for another credential", { { 0 } },
		{ { { BRIEF }, .touch = { WANTS_PIN, .index = 1 },
			.wish = { GOOD, .always_uv = true } } },
		LOGIN_FAILED, "it answers what nobody asked", "", "", -1 },
	{ "... nor one said twice", { { 0 } },
		{ { { BRIEF }, .touch = { NAGS },
			.wish = { GOOD, .always_uv = true } },
			{ { BRIEF }, .touch = { WAITS, .after_ms = 300 } } },
		LOGIN_GRANTED, NULL, "", "T", 1 },
	{ "a touch is preferred to a wish", { { 0 } },
		{ { { BRIEF }, .touch = { WANTS_PIN },
			.wish = { GOOD, .always_uv = true } },
			{ { BRIEF }, .touch = { .after_ms = 100 } } },
		LOGIN_GRANTED, NULL, "", "T", 1 },
	{ "few tries are told", { { .verify = true } },
		{ { { .ctap2 = true, .has_pin = true, .pin_retries = 2 } } }, LOGIN_PIN_SCARCE,
		"only 2 PIN tries are left, and none of the last is spent at "
		"login", "", "", -1 },
};

static void comes_to(void **state)
{
	const struct row *row = *state;
	enum login_result result;

	set_up(&row->way, row->keys);
	result = prove_login(&x, &why);
	if (result != row->result)
		fail_msg("%c in place of %c: %s", result, row->result,
			why.text);
	if (row->why && (row->why[0] ? strcmp(why.text, row->why) != 0 :
			!why.text[0]))
		fail_msg("'%s' in place of '%s'", why.text, row->why);
	if (row->alert[0] ? !strstr(x.alert, row->alert) : x.alert[0] != 0)
		fail_msg("alert '%s' in place of '%s'", x.alert, row->alert);
	assert_string_equal(prompts, row->prompts);
	if (row->token < 0)
		assert_null(x.token);
	else
		assert_ptr_equal(x.token, &tokens.p[row->token]);
	end();
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows)];
	size_t i;

	make_keys();
	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = comes_to,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("login attempt", tests, NULL, NULL);
}
