/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods of registering: a token's own secret, a vendor's token with a
 * display, an app; and what their devices are called.
 */
#include "tests/unit/enroll-parts.h"

#include "aws/config/partition.h"

static char row[ID_LEN];

static int begin_here(void **state)
{
	begin_enroll(state);
	add_token(reg, "1001", row);
	x.row = row;
	return 0;
}

/* The codes of the seed at AWS's time, so many steps off. */
static void codes_are(size_t i, int off)
{
	struct secret seed = SECRET_INIT;
	uint64_t step = totp_step(AWS_NOW) + (uint64_t)(int64_t)off;

	OK(secret_set(&seed, SEED, IAM_SEED_LEN, &err));
	OK(totp_code(&seed, step - 1, x.typed[i][0]));
	OK(totp_code(&seed, step, x.typed[i][1]));
	secret_done(&seed);
}

static void types(const char *first, const char *second)
{
	strcpy(x.typed[0][0], first);
	strcpy(x.typed[0][1], second);
}

/* ---- totp ---- */

static void a_token_without_a_card_that_does_is_told_so(void **state)
{
	(void)state;
	x.no_place = true;
	SAYS(ERROR_UNSUPPORTED, "Key 1 shows no smart card, so it has no OATH "
		"application (Security Keys have none): --method totp needs "
		"one", enroll());
	asked_is("sfc");
	x.no_place = false;
	x.no_card = true;
	SAYS(ERROR_UNSUPPORTED, "no smart-card reader is that of Key 1, so its "
		"OATH application cannot be reached: does pcscd run, and does "
		"its driver know the reader?", enroll());
	asked_is("sfcO");
	token.devinfo.serial = 0;
	SAYS(ERROR_UNSUPPORTED, "know the reader and tell its USB device, as "
		"the token tells no serial number?", enroll());
	token.node.vendor = USB_VENDOR_YUBICO;
	SAYS(ERROR_UNSUPPORTED, "does pcscd run, and is CCID switched on "
		"(`ykman config usb --list`) and tell its USB device",
		enroll());
	x.no_card = false;
	x.no_oath = true;
	SAYS(ERROR_UNSUPPORTED, "the smart card of Key 1 has no OATH "
		"application, or it is switched off (`ykman config usb "
		"--enable OATH`): --method totp needs one", enroll());
	token.node.vendor = 0;
	SAYS(ERROR_UNSUPPORTED, "the smart card of Key 1 has no OATH "
		"application: --method totp needs one", enroll());
	asked_is("sfcO");
}

static void a_password_is_asked_for_before(void **state)
{
	(void)state;
	x.locked = true;
	OK(enroll());
	asked_is("sfcOWurlovaVsCPAsES");
	fails_at('W', ERROR_PIN_WRONG, "");
	SAYS(ERROR_PIN_WRONG, "AWS says no", enroll());
}

static void a_card_that_was_found_is_not_looked_for(void **state)
{
	struct attached_card card = { .found = true, .join = CARD_SAME_SERIAL,
		.place = { .usb_bus = 1, .usb_dev = 7, .has_serial = true,
			.serial = 1001, .id = "0a1b2c3d" } };

	(void)state;
	q.card = &card;
	OK(enroll());
	asked_is("sfcurlovaVsCPAsES");
	assert_string_equal(done.joined_by, TOKEN_JOIN_SERIAL);
	/* another one's is */
	q.user = "alice";
	x.known = false;
	card.place.serial = 1002;
	FAILS(ERROR_CONFLICT, enroll());
	asked_is("sfcOurl");
	card.place.serial = 1001;
	card.place.usb_dev = 8;
	FAILS(ERROR_CONFLICT, enroll());
	card.place.usb_dev = 7;
	card.place.usb_bus = 2;
	FAILS(ERROR_CONFLICT, enroll());
	card.place.usb_bus = 1;
	card.place.has_serial = false;
	FAILS(ERROR_CONFLICT, enroll());
	card.place.has_serial = true;
	card.found = false;
	FAILS(ERROR_CONFLICT, enroll());
	asked_is("sfcOurl");
}

static void a_token_that_answers_otherwise_has_not_got_it(void **state)
{
	static const struct {
		bool truncated, wrong;
		const char *basis;
	} rows[] = {
		{ false, true, NULL }, { true, true, NULL },
		{ true, false, "code-proved" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.truncated = rows[i].truncated;
		x.wrong = rows[i].wrong;
		if (rows[i].basis) {
			OK(enroll());
			assert_string_equal(done.facts.basis, rows[i].basis);
			continue;
		}
		SAYS(ERROR_FAILED, "the token does not hold the secret that "
			"was put into it: it answers with another HMAC",
			enroll());
		asked_is("sfcOurlovaVsCPAU");
	}
}

/* ---- hardware-totp ---- */

static void display_is(const char *serial)
{
	q.method = "hardware-totp";
	q.serial = serial;
	types("123456", "234567");
}

static void a_display_is_registered_by_what_it_shows(void **state)
{
	struct registry_tokens list = { NULL, 0 };

	(void)state;
	display_is("GAKT12345678");
	q.label = "blue-7";
	q.force = "lost one";
	OK(enroll());
	asked_is("surlQsES");
	said_is("");
	assert_string_equal(shown_of, "of the token GAKT12345678");
	assert_string_equal(shown_uri, "");
	assert_string_equal(x.codes[0], "123456");
	assert_string_equal(x.codes[1], "234567");
	assert_string_equal(done.facts.basis, "codes-typed");
	assert_string_equal(done.facts.reason, "lost one");
	assert_false(done.has_verdict);
	assert_null(done.joined_by);
	OK(registry_tokens_by_identifier(reg, REGISTRY_ID_TOTP_SERIAL,
		"GAKT12345678", &list, &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].label, "blue-7");
	assert_string_equal(list.p[0].id, done.facts.token);
	registry_tokens_done(&list);
}

static void a_display_that_is_known_keeps_its_row(void **state)
{
	char id[ID_LEN];

	(void)state;
	new_id(id);
	add(reg, EVENT_TOKEN_ADDED, json_pack("{s:s,s:s,s:[{s:s,s:s,s:s}]}",
		"token", id, "state", "stock", "identifiers", "kind",
		REGISTRY_ID_TOTP_SERIAL, "value", "GAKT12345678", "basis",
		"self-reported"));
	display_is("GAKT12345678");
	OK(enroll());
	assert_string_equal(done.facts.token, id);
}

static void its_number_is_looked_at_first(void **state)
{
	static const struct {
		const char *serial, *words;
	} rows[] = {
		{ "000001001", "000001001 is the serial number of a YubiKey "
			"(it is plugged in): AWS takes tokens whose seed their "
			"vendor has given to it, and no YubiKey is one; "
			"register it with --method totp" },
		{ "0000002002", "(the registry has it)" },
		{ "arn:aws:iam::123456789012:mfa/x", "--serial "
			"'arn:aws:iam::123456789012:mfa/x' is an ARN, and a "
			"token with a display has its vendor's number on its "
			"back" },
	};
	char id[ID_LEN];
	size_t i;

	(void)state;
	add_token(reg, "2002", id);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		display_is(rows[i].serial);
		FAILS(i < 2 ? ERROR_REFUSED : ERROR_USAGE, enroll());
		assert_non_null(strstr(err.text, rows[i].words));
		owed(0, 0);
	}
	/* what cannot be listed is not here */
	display_is("0000001001");
	fails_at('T', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", enroll());
	asked_is("sT");
}

static void a_number_of_no_known_form_is_a_hint(void **state)
{
	static const struct {
		const char *serial;
		bool known;
	} rows[] = {
		{ "GAKT12345678", true },
		{ "123456789012", true }, { "GAKT1234567", false },
		{ "GAKT123456789", false }, { "gakt12345678", false }, { "ABCD12345", false },
		{ "GAK112345678", false },
	};
	char want[300];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		display_is(rows[i].serial);
		OK(enroll());
		snprintf(want, sizeof(want), "'%s' has none of the forms that "
			"are known of tokens which AWS takes (as "
			"GAKT12345678): look again at the back of the token if "
			"AWS refuses it.\n", rows[i].serial);
		said_is(rows[i].known ? "" : want);
	}
}

static void what_aws_says_of_a_display_may_mean_either(void **state)
{
	const char *const words = "AWS does not know a token 'GAKT12345678', "
		"or these are not its codes (AWS does not tell which): look at "
		"the serial number again, and type two codes that the display "
		"shows one after the other";
	struct pair kept = { .until = 0 };

	(void)state;
	display_is("GAKT12345678");
	q.kept = &kept;
	fails_at('E', ERROR_REMOTE, "InvalidAuthenticationCode");
	SAYS(ERROR_REMOTE, words, enroll());
	asked_is("surlQsEU");
	fails_at('E', ERROR_REMOTE, "NoSuchEntity");
	SAYS(ERROR_REMOTE, words, enroll());
	asked_is("surlQsEU");
	assert_string_equal(kept.first, "");
	/* those of a request that found no room are sent once more */
	fails_at('E', ERROR_REMOTE, "LimitExceeded");
	SAYS(ERROR_REMOTE, "AWS says no", enroll());
	assert_string_equal(kept.first, "123456");
	failing.question = 0;
	OK(enroll());
	asked_is("surlsES");
	assert_string_equal(x.codes[1], "234567");
	assert_string_equal(kept.first, "");
}

static void codes_that_are_old_are_asked_for_anew(void **state)
{
	(void)state;
	display_is("GAKT12345678");
	x.late = true;
	strcpy(x.typed[1][0], "345678");
	strcpy(x.typed[1][1], "456789");
	OK(enroll());
	said_is("The codes are older than 30 s by now.\n");
	assert_string_equal(x.codes[0], "345678");
	x.late = false;
	display_is("ABCD12345678");
	types("12345", "234567");
	SAYS(ERROR_MALFORMED, "a code has six digits", enroll());
	types("123456", "123456");
	SAYS(ERROR_MALFORMED, "that is the same code twice: wait until the "
		"display shows the next one", enroll());
	assert_non_null(strstr(said, "Nothing was left behind at AWS.\n"));
}

/* ---- virtual ---- */

static void an_app_is_shown_its_secret(void **state)
{
	(void)state;
	q.method = "virtual";
	q.label = "of no token";
	codes_are(0, 0);
	OK(enroll());
	asked_is("syurlsCQsES");
	said_is("");
	assert_string_equal(shown_of, "of the app");
	assert_string_equal(shown_name, "AWS:alice@" ACCOUNT);
	assert_string_equal(shown_uri, "otpauth://totp/AWS:alice@" ACCOUNT
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGE"
		"ZDGNBVGY3TQOJQ&issuer=AWS");
	assert_string_equal(done.facts.basis, "app-codes");
	assert_string_equal(done.facts.reason, "");
	assert_string_equal(done.facts.token, "");
	/* one more takes a reason */
	SAYS(ERROR_CONFLICT, "'alice' has an app's device already: '" DEVICE(
		"alice-"), enroll());
	assert_non_null(strstr(err.text, "'; revoke it, or give --force REASON "
		"for one more"));
	asked_is("syurl");
	q.force = "a tablet";
	OK(enroll());
	assert_string_equal(done.facts.reason, "a tablet");
	fails_at('y', ERROR_USAGE, "");
	SAYS(ERROR_USAGE, "AWS says no", enroll());
	asked_is("sy");
}

static void codes_of_an_app_are_compared_here(void **state)
{
	static const struct {
		int off;
		const char *words; /* NULL: it is taken */
		const char *said;
	} rows[] = {
		{ 2, "these are codes of this secret, but the phone's clock is "
			"60 s ahead: have it set by the network, then type two "
			"new codes", NULL },
		{ -3, "but the phone's clock is 90 s behind", NULL },
		{ 60, "that is no code of this secret: is it the right entry "
			"of the app", NULL },
		{ 1, NULL, "The phone's clock is up to 30 s ahead of AWS's: "
			"have it set by the network.\n" },
		{ -1, NULL, "The phone's clock is up to 30 s behind AWS's: "
			"have it set by the network.\n" },
	};
	char first[RUN_CODE_LEN];
	size_t i;

	(void)state;
	q.method = "virtual";
	q.force = "again";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		codes_are(0, rows[i].off);
		if (rows[i].words) {
			SAYS(ERROR_MALFORMED, rows[i].words, enroll());
			assert_int_equal(x.enabled, 0);
		} else {
			OK(enroll());
			said_is(rows[i].said);
		}
	}
	codes_are(0, 0);
	strcpy(first, x.typed[0][0]);
	strcpy(x.typed[0][0], x.typed[0][1]);
	strcpy(x.typed[0][1], first);
	SAYS(ERROR_MALFORMED, "these codes are in the wrong order", enroll());
	codes_are(0, 0);
	codes_are(1, 3);
	strcpy(x.typed[0][1], x.typed[1][1]);
	SAYS(ERROR_MALFORMED, "these codes do not follow each other",
		enroll());
	/* old ones are asked for anew, of the same secret */
	codes_are(0, 0);
	codes_are(1, 0);
	x.late = true;
	OK(enroll());
	said_is("The codes are older than 30 s by now.\n");
	/* AWS took the device away: the app has to learn the new secret */
	x.late = false;
	codes_are(0, 0);
	fails_at('E', ERROR_REMOTE, "NoSuchEntity");
	failing.times = 4;
	x.taken_away = true;
	OK(enroll());
	assert_non_null(strstr(said, "It is made once more, which takes its "
		"new secret in the app, in place of the one before.\n"));
}

/* ---- names ---- */

static void templates_make_names(void **state)
{
	static const struct {
		const char *template, *label;
		uint32_t serial;
		size_t room;
		const char *want, *words;
	} rows[] = {
		{ "{user}", "", 0, 200, "alice", NULL },
		{ "/a/{user}-{serial}", "", 7, 200, "a/alice-7", NULL },
		{ "{label}+=,.@_-", "a b\303\244", 0, 200, "a-b--+=,.@_-",
			NULL },
		{ "{label}", "", 0, 200, NULL, "--template has {label}, and "
			"the token has none" },
		{ "{serial}", "x", 0, 200, NULL, "--template has {serial}, and "
			"the token has none" },
		{ "{use}", "", 0, 200, NULL, "--template '{use}': a device's "
			"name has letters, digits and +=,.@_- behind a path "
			"with slashes, and the words {user}, {serial} and "
			"{label}: '{use}' is none of these" },
		{ "a b", "", 0, 200, NULL, "' b' is none of these" },
		{ "a//b", "", 0, 200, NULL, "--template 'a//b': a path has a "
			"name between two slashes" },
		{ "{user}", "", 0, 5, NULL, "--template makes a name that is "
			"too long for AWS" },
		{ "{user}", "", 0, 6, "alice", NULL },
	};
	char name[257];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct mfa_template_values v = { "alice", rows[i].label,
			rows[i].serial };

		if (rows[i].words) {
			SAYS(ERROR_USAGE, rows[i].words, mfa_template_expand(
				rows[i].template, &v, name, rows[i].room,
				&err));
			continue;
		}
		OK(mfa_template_expand(rows[i].template, &v, name,
			rows[i].room, &err));
		assert_string_equal(name, rows[i].want);
	}
}

static void names_have_an_end(void **state)
{
	char template[260], part[130];

	(void)state;
	q.template = template;
	strcpy(template, "/team/");
	OK(enroll());
	assert_int_equal(strlen(done.facts.device_name), 12);
	assert_string_equal(x.path, "/team/");
	/* a name of 128 letters with its digits, and one more */
	memset(part, 'x', 115);
	part[115] = '\0';
	strcpy(template, part);
	token.devinfo.serial = 2002;
	SAYS(ERROR_CONFLICT, "already", enroll());
	x.known = false;
	add_token(reg, "2002", row);
	strcpy(x.typed[0][0], "");
	q.method = "virtual";
	SAYS(ERROR_MALFORMED, "a code has six digits", enroll());
	strcat(template, "x");
	SAYS(ERROR_USAGE, "is too long for the name of a device", enroll());
	snprintf(template, sizeof(template), "/%s/%s/y", part, part);
	SAYS(ERROR_USAGE, "is too long for the path and name of a device",
		enroll());
	owed(0, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_here, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_without_a_card_that_does_is_told_so),
		TEST(a_password_is_asked_for_before),
		TEST(a_card_that_was_found_is_not_looked_for),
		TEST(a_token_that_answers_otherwise_has_not_got_it),
		TEST(a_display_is_registered_by_what_it_shows),
		TEST(a_display_that_is_known_keeps_its_row),
		TEST(its_number_is_looked_at_first),
		TEST(a_number_of_no_known_form_is_a_hint),
		TEST(what_aws_says_of_a_display_may_mean_either),
		TEST(codes_that_are_old_are_asked_for_anew),
		TEST(an_app_is_shown_its_secret),
		TEST(codes_of_an_app_are_compared_here),
		TEST(templates_make_names),
		TEST(names_have_an_end),
	};

	return cmocka_run_group_tests_name("enroll methods", tests, NULL, NULL);
}
