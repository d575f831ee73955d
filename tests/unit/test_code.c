/* SPDX-License-Identifier: Apache-2.0 */
/* `code`: which credential of the token is meant, and what is shown of it. */
#include "tests/unit/asked.h"

#include "bridge/command/command.h"
#include "bridge/open/token.h"
#include "bridge/prompt/code.h"
#include "bridge/prompt/oath.h"
#include "bridge/terminal/ui.h"
#include "token/identity.h"

#define ARN "arn:aws:iam::123456789012:mfa/"
#define LONG "a-device-whose-name-is-so-long-that-it-has-no-room"
#define SHA1_TOTP 0x21
#define WHO "the token 'blue-7'"

extern const struct verb verb_code;

static struct app app;
static char *arguments[2];
static struct token token;
static struct worker *worker;
static struct oath_card card;
static struct world {
	bool no_place, no_card, gone;
	bool opened;         /* the password was given */
	char meant[80];
} x;
static char shown[512];  /* "1 " or "2 " before each line: of which stream */

static void show(char stream, const char *fmt, va_list ap)
{
	size_t n = strlen(shown);

	n += (size_t)snprintf(shown + n, sizeof(shown) - n, "%c ", stream);
	n += (size_t)vsnprintf(shown + n, sizeof(shown) - n, fmt, ap);
	assert_true(n + 1 < sizeof(shown));
	strcpy(shown + n, "\n");
}

void __wrap_ui_line(const char *fmt, ...) PRINTF(1, 2);
void __wrap_ui_say(const char *fmt, ...) PRINTF(1, 2);

void __wrap_ui_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show('1', fmt, ap);
	va_end(ap);
}

void __wrap_ui_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show('2', fmt, ap);
	va_end(ap);
}

WRAP(int, ui_json, json_t *object, struct error *e)
{
	char *text = json_dumps(object, JSON_COMPACT);

	assert_non_null(text);
	snprintf(shown, sizeof(shown), "%s", text);
	free(text);
	json_decref(object);
	return ask('j', e);
}

WRAP(int, open_token, const struct run *run, const struct options *o,
	struct attached *ret, struct error *e)
{
	assert_true(run == &app.run && o == &app.options);
	ret->chosen = &token;
	return ask('o', e);
}

WRAP(const char *, open_label, const struct options *o, const struct token *t,
	char room[REGISTRY_LABEL_LEN])
{
	assert_true(o == &app.options && t == &token);
	return strcpy(room, "blue-7");
}

WRAP(bool, identity_card_place, const struct token *t, struct card_place *ret)
{
	assert_ptr_equal(t, &token);
	ret->usb_bus = 3;
	return !x.no_place;
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	assert_ptr_equal(t, &token);
	return ask('c', e);
}

WRAP(void, attached_who, const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN])
{
	assert_ptr_equal(t, &token);
	snprintf(ret, ATTACHED_WHO_LEN, "the token '%s'", label);
}

WRAP(int, oath_find, struct worker *w, const struct oath_search *q,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *e)
{
	int r = ask('f', e);

	assert_true(!worker || worker == w);
	worker = w;
	assert_int_equal(cancel_fd, 77);
	assert_in_range(deadline_left(until), 14000, 15000);
	assert_int_equal(q->token.usb_bus, 3);
	assert_false(q->config);
	assert_string_equal(q->token.id, x.opened ? "APPLET" : "");
	if (r < 0 || x.no_card || (x.opened && x.gone))
		return r;
	*ret = malloc(sizeof(card));
	assert_non_null(*ret);
	**ret = card;
	if (card.applet.locked && !x.opened)
		(*ret)->applet.n = 0;
	return 0;
}

WRAP(int, prompt_oath_password, const struct run *run, struct worker *w,
	const struct card_place *place, const char *who, struct error *e)
{
	assert_true(run == &app.run && w == worker);
	assert_string_equal(place->id, "APPLET");
	assert_string_equal(who, WHO);
	x.opened = true;
	return ask('p', e);
}

WRAP(int, prompt_code, const struct run *run, struct worker *w,
	const struct oath_target *target, const char *who, const char *purpose,
	struct oath_response *ret, int *ret_left, struct error *e)
{
	assert_true(run == &app.run && w);
	assert_string_equal(target->place.id, "APPLET");
	assert_int_equal(target->place.usb_bus, 3);
	assert_string_equal(who, WHO);
	assert_string_equal(purpose, "");
	snprintf(x.meant, sizeof(x.meant), "%s", target->name);
	*ret = (struct oath_response){ .truncated = 1234567, .digits = 6 };
	*ret_left = 17;
	return ask('t', e);
}

static void add(const char *name, uint8_t type)
{
	struct oath_account *a = &card.applet.accounts[card.applet.n++];

	assert_true(strlen(name) < sizeof(a->name));
	strcpy(a->name, name);
	a->type = type;
}

static int begin(void **state)
{
	(void)state;
	memset(&failing, 0, sizeof(failing));
	memset(&card, 0, sizeof(card));
	card.has_oath = true;
	strcpy(card.applet.id, "APPLET");
	x = (struct world){ .gone = false };
	arguments[0] = NULL;
	app.arguments = arguments;
	app.run.cancel_fd = 77;
	app.json = false;
	return 0;
}

static int go(const char *wanted)
{
	struct oath_account *behind = &card.applet.accounts[card.applet.n];
	char *copy = wanted ? strdup(wanted) : NULL;
	int r;

	strcpy(behind->name, "aws:behind the last one");
	behind->type = SHA1_TOTP;
	arguments[0] = copy;
	asked[0] = shown[0] = x.meant[0] = '\0';
	x.opened = false;
	worker = NULL;
	r = verb_code.run(&app, &err);
	free(copy);
	return r;
}

static void refuses(int code, const char *wanted, const char *text)
{
	FAILS(code, go(wanted));
	assert_string_equal(err.text, text);
	assert_string_equal(shown, "");
}

static void means(const char *wanted, const char *name)
{
	OK(go(wanted));
	assert_string_equal(x.meant, name);
	assert_string_equal(asked, "oft");
}

/* ---- which one ---- */

static void without_a_name_the_only_one_of_aws_is_meant(void **state)
{
	static const char *const ours[] = { ARN "alice", "aws:alice",
		"Amazon Web Services:alice@example" };
	size_t i;

	(void)state;
	add("example.com:arn:aws", SHA1_TOTP);
	add("Amazon", SHA1_TOTP);
	add(ARN "sha256", 0x22);
	add("aws:counts", 0x11);
	refuses(ERROR_FAILED, NULL, "the token has no TOTP credential of AWS; "
		"`tokenbridge info` lists them");
	for (i = 0; i < ARRAY_LEN(ours); i++) {
		card.applet.n = 4;
		add(ours[i], SHA1_TOTP);
		means(NULL, ours[i]);
	}
	add("aws:bob", SHA1_TOTP);
	refuses(ERROR_USAGE, NULL, "several credentials of the token fit "
		"('Amazon Web Services:alice@example', 'aws:bob' ...): name "
		"one");
	assert_string_equal(asked, "of");
}

static void a_part_of_a_name_is_enough(void **state)
{
	(void)state;
	add("example.com:alice", SHA1_TOTP);
	add("aws:bob", SHA1_TOTP);
	add("aws:bobby", 0x22);
	means("alice", "example.com:alice");
	means("bob", "aws:bob");
	refuses(ERROR_USAGE, "b", (add("carol-b", SHA1_TOTP),
		"several credentials of the token fit ('aws:bob', 'carol-b' "
		"...): name one"));
	refuses(ERROR_FAILED, "dave", "the token has no TOTP credential "
		"'dave'; `tokenbridge info` lists them");
}

static void a_whole_name_is_itself(void **state)
{
	(void)state;
	add("aws:bob2", SHA1_TOTP);
	add("aws:bob", SHA1_TOTP);
	means("aws:bob", "aws:bob");
	/* of whatever kind, but a counter's is used up by asking */
	add("sha256", 0x22);
	means("sha256", "sha256");
	add("counter", 0x11);
	refuses(ERROR_UNSUPPORTED, "counter", "the OATH credential 'counter' "
		"counts (HOTP): its codes are none of a time, and AWS takes "
		"none of them");
	refuses(ERROR_FAILED, "count", "the token has no TOTP credential "
		"'count'; `tokenbridge info` lists them");
}

/* However long an ARN is, the credential has its end. */
static void an_arn_means_the_name_in_the_token(void **state)
{
	static const char name[] = "aws:89012:mfa/" LONG;

	(void)state;
	add(name, SHA1_TOTP);
	add(ARN "short", SHA1_TOTP);
	means(ARN LONG, name);
	means(ARN "short", ARN "short");
	refuses(ERROR_FAILED, ARN "none", "the token has no TOTP credential '"
		ARN "none'; `tokenbridge info` lists them");
	/* what is no ARN is as it was typed */
	FAILS(ERROR_FAILED, go("arn-aws:iam::123456789012:mfa/" LONG));
}

/* ---- the card ---- */

#define NO_CARD WHO " has no OATH application that can be reached: "           \
	"`tokenbridge info` says why"

static void a_token_without_the_application_has_none(void **state)
{
	(void)state;
	add("aws:bob", SHA1_TOTP);
	card.has_oath = false;
	refuses(ERROR_UNSUPPORTED, NULL, NO_CARD);
	assert_string_equal(asked, "of");
	card.has_oath = true;
	x.no_card = true;
	refuses(ERROR_UNSUPPORTED, NULL, NO_CARD);
	assert_string_equal(asked, "ofc");
	x.no_card = false;
	x.no_place = true;
	refuses(ERROR_UNSUPPORTED, NULL, NO_CARD);
	assert_string_equal(asked, "oc");
	/* one that is held tells no number by which it is found */
	fails_at('c', ERROR_BUSY, "");
	refuses(ERROR_BUSY, NULL, "AWS says no");
}

static void what_fails_ends_it(void **state)
{
	const char *p;

	(void)state;
	add("aws:bob", SHA1_TOTP);
	for (p = "oft"; *p; p++) {
		fails_at(*p, ERROR_TOUCH, "");
		refuses(ERROR_TOUCH, NULL, "AWS says no");
		assert_int_equal(asked[strlen(asked) - 1], *p);
	}
}

static void a_password_opens_it_first(void **state)
{
	(void)state;
	add("aws:bob", SHA1_TOTP);
	card.applet.locked = true;
	OK(go(NULL));
	assert_string_equal(asked, "ofpft");
	assert_string_equal(x.meant, "aws:bob");
	x.gone = true;
	refuses(ERROR_NO_TOKEN, NULL, WHO " is gone");
	assert_string_equal(asked, "ofpf");
	fails_at('f', ERROR_FAILED, "");
	failing.from = 2;
	refuses(ERROR_FAILED, NULL, "AWS says no");
	fails_at('p', ERROR_PIN, "");
	refuses(ERROR_PIN, NULL, "AWS says no");
	assert_string_equal(asked, "ofp");
}

/* ---- what is shown ---- */

static void the_code_alone_is_the_output(void **state)
{
	(void)state;
	add("aws:bob", SHA1_TOTP);
	OK(go(NULL));
	assert_string_equal(shown, "1 234567\n2 aws:bob, for 17 s more\n");
	app.json = true;
	OK(go(NULL));
	assert_string_equal(asked, "oftj");
	assert_string_equal(shown, "{\"code\":{\"oathCredential\":\"aws:bob\","
		"\"code\":\"234567\",\"validSeconds\":17}}");
	fails_at('j', ERROR_FAILED, "");
	FAILS(ERROR_FAILED, go(NULL));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_name_the_only_one_of_aws_is_meant),
		TEST(a_part_of_a_name_is_enough),
		TEST(a_whole_name_is_itself),
		TEST(an_arn_means_the_name_in_the_token),
		TEST(a_token_without_the_application_has_none),
		TEST(what_fails_ends_it),
		TEST(a_password_opens_it_first),
		TEST(the_code_alone_is_the_output),
	};

	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
