/* SPDX-License-Identifier: Apache-2.0 */
/* Where the code of an MFA device comes from: a token that has it, or a person. */
#include "bridge/attached/attached.h"
#include "bridge/open/mfa-code.h"
#include "bridge/prompt/code.h"

#include "tests/unit/listener.h"
#include "tests/unit/unit.h"

#define DEVICE "arn:aws:iam::123456789012:mfa/alice"
#define MOMENT 1767225610 /* ten seconds into a step */

/* ---- what is plugged in ---- */

static struct token tokens[2];
static size_t tokens_n;
static int list_fails, find_fails, code_fails;
static struct oath_card card;
static bool has_card;
static size_t looked, holder; /* which one has it */
static time_t now;
static int left;              /* of the code's step */
static int64_t paused;
static char asked[256];

WRAP(time_t, time, time_t *ret)
{
	if (ret)
		*ret = now;
	return now;
}

WRAP(int, attached_list, const struct run *r, const struct wanted *w,
	struct attached *ret, struct error *e)
{
	(void)r;
	assert_null(w->name);
	if (list_fails)
		return error_set(e, list_fails, "no list");
	ret->tokens = calloc(2, sizeof(tokens[0]));
	assert_non_null(ret->tokens);
	memcpy(ret->tokens, tokens, sizeof(tokens));
	ret->n = tokens_n;
	return 0;
}

WRAP(int, oath_find, struct worker *w, const struct oath_search *q,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)w;
	(void)cancel_fd;
	assert_in_range(deadline_left(until), 14000, 15000);
	looked++;
	if (find_fails)
		return error_set(e, find_fails, "no card");
	if (!has_card)
		return 0;
	*ret = malloc(sizeof(card));
	assert_non_null(*ret);
	memcpy(*ret, &card, sizeof(card));
	if (q->token.usb_dev != holder)
		(*ret)->applet.n = 0;
	return 0;
}

WRAP(int, prompt_code, const struct run *r, struct worker *w,
	const struct oath_target *target, const char *who, const char *purpose,
	struct oath_response *ret, int *ret_left, struct error *e)
{
	(void)r;
	(void)w;
	assert_string_equal(target->name, DEVICE);
	assert_string_equal(target->place.id, "oath-id");
	assert_int_equal(target->place.usb_dev, holder);
	snprintf(asked, sizeof(asked), "%s%s", who, purpose);
	if (code_fails)
		return error_set(e, code_fails, "no touch");
	ret->truncated = 987654321;
	*ret_left = left;
	return 0;
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	(void)r;
	(void)e;
	paused += ms;
	return 0;
}

/* ---- a person ---- */

static const char *typed[4];
static size_t typed_n;
static int nobody;
static char prompt[600];

static int type_text(void *self, const char *text, char *ret, size_t size,
	struct error *e)
{
	(void)self;
	snprintf(prompt, sizeof(prompt), "%s", text);
	if (nobody)
		return error_set(e, nobody, "nobody is there");
	assert_true(typed_n < 4);
	if (strlen(typed[typed_n]) >= size) {
		typed_n++;
		return error_set(e, ERROR_USAGE, "too long");
	}
	snprintf(ret, size, "%s", typed[typed_n++]);
	return 0;
}

static struct listener s;
static struct people person;
static struct run run;
static struct code_asker asker;

static int set_up(void **state)
{
	size_t i;

	(void)state;
	memset(tokens, 0, sizeof(tokens));
	memset(&card, 0, sizeof(card));
	memset(&s, 0, sizeof(s));
	for (i = 0; i < 2; i++) {
		tokens[i].node.has_ccid = true;
		tokens[i].node.usb_bus = 1;
		tokens[i].node.usb_dev = (uint8_t)i;
		strcpy(tokens[i].node.product_name, "Solo 4");
		strcpy(tokens[i].node.path, "/dev/hidraw0");
	}
	tokens_n = 2;
	holder = 1;
	has_card = true;
	card.has_oath = true;
	strcpy(card.applet.id, "oath-id");
	strcpy(card.applet.accounts[0].name, "AWS:other");
	card.applet.accounts[0].type = 0x21;
	strcpy(card.applet.accounts[1].name, DEVICE);
	card.applet.accounts[1].type = 0x21;
	card.applet.n = 2;
	list_fails = find_fails = code_fails = nobody = 0;
	looked = typed_n = 0;
	now = MOMENT;
	left = 20;
	paused = 0;
	asked[0] = '\0';
	person = script_people;
	person.ask_text = type_text;
	run = run_of(&s);
	run.people = &person;
	code_asker_init(&asker, &run);
	return 0;
}

static int get(const char *used, char code[STS_CODE_LEN + 1])
{
	strcpy(code, "-");
	return asker.codes.get(asker.codes.self, DEVICE, "to assume x", used,
		code, &err);
}

static void a_token_that_has_the_secret_gives_it(void **state)
{
	char code[STS_CODE_LEN + 1];

	(void)state;
	OK(get("", code));
	assert_string_equal(code, "654321");
	assert_int_equal(looked, 2);
	assert_string_equal(asked, "the token (Solo 4 at /dev/hidraw0) to assume "
		"x");
	assert_string_equal(s.heard, "");
	/* AWS takes each once */
	OK(get("", code));
	assert_string_equal(s.heard, "The last code was used: waiting for the "
		"next one.\n");
	assert_int_equal(paused, 20000);
	now += 20;
	left = 30;
	OK(get("", code));
	assert_int_equal(paused, 20000);
	/* the step that was used ends in a second; the touch came in the next */
	now += 29;
	left = 31;
	OK(get("", code));
	now += 1;
	OK(get("", code));
	assert_int_equal(paused, 51000);
	code_fails = ERROR_TOUCH;
	now += 60;
	SAYS(ERROR_TOUCH, "no touch", get("", code));
	holder = 0;
	looked = 0;
	code_fails = 0;
	OK(get("", code));
	assert_int_equal(looked, 1);
}

static void typed_is(const char *want)
{
	char code[STS_CODE_LEN + 1];

	typed[0] = "123456";
	typed_n = 0;
	OK(get("", code));
	assert_string_equal(code, want);
	assert_string_equal(prompt, "Code of MFA device " DEVICE
		" to assume x: ");
}

/* Each way in which none of them has it. */
static void else_a_person_types_it(void **state)
{
	(void)state;
	tokens_n = 0;
	typed_is("123456");
	set_up(state);
	holder = 7;
	typed_is("123456");
	assert_int_equal(looked, 2);
	set_up(state);
	has_card = false;
	typed_is("123456");
	set_up(state);
	card.has_oath = false;
	typed_is("123456");
	set_up(state);
	card.applet.locked = true;
	typed_is("123456");
	set_up(state);
	card.applet.accounts[1].type = 0x22; /* SHA-256 */
	typed_is("123456");
	set_up(state);
	find_fails = ERROR_FAILED;
	typed_is("123456");
	set_up(state);
	list_fails = ERROR_FAILED;
	typed_is("123456");
	assert_int_equal(looked, 0);
	set_up(state);
	tokens[0].node.has_ccid = tokens[1].node.has_ccid = false;
	typed_is("123456");
	assert_int_equal(looked, 0);
}

static void what_is_broken_off_asks_nobody(void **state)
{
	char code[STS_CODE_LEN + 1];

	(void)state;
	find_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "no card", get("", code));
	list_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "no list", get("", code));
	assert_string_equal(code, "-");
}

static void three_answers_are_heard(void **state)
{
	static const char *const bad[] = { "12345", "999999",
		"1234567890123456789012345678901234567890" };
	char code[STS_CODE_LEN + 1];

	(void)state;
	tokens_n = 0;
	memcpy(typed, bad, sizeof(bad));
	SAYS(ERROR_NO_TOKEN, "nobody gave a code of '" DEVICE "' to assume x",
		get("999999", code));
	assert_string_equal(s.heard, "A code has six digits.\n"
		"That code was used already: wait for the next one.\n"
		"A code has six digits.\n");
	assert_string_equal(code, "-");
	set_up(state);
	tokens_n = 0;
	typed[2] = "123456";
	OK(get("999999", code));
	assert_string_equal(code, "123456");
	nobody = ERROR_PIN;
	SAYS(ERROR_NO_TOKEN, "a code of '" DEVICE "' is needed to assume x: no "
		"attached token has it, and there is no terminal to type it "
		"at: plug in the token that `tokenbridge enroll` put it into, "
		"or use keys that have signed in already ('aws sts "
		"get-session-token')", get("", code));
	nobody = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "nobody is there", get("", code));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_that_has_the_secret_gives_it),
		TEST(else_a_person_types_it),
		TEST(what_is_broken_off_asks_nobody),
		TEST(three_answers_are_heard),
	};

	return cmocka_run_group_tests_name("mfa code", tests, NULL, NULL);
}
