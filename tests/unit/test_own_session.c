/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code opens the caller's session, and what is said where none does. */
#include "tests/unit/asked.h"

#include "aws/role/mfa.h"
#include "bridge/account/device.h"
#include "bridge/enroll/own-session.h"

#define ARN(name) "arn:aws:iam::123456789012:mfa/" name
#define ONE "You are 'alice' and have an MFA device: a session is opened "     \
	"with a code of it first. Who has lost it needs an administrator to "  \
	"enroll.\n"
#define SEVERAL "You are 'alice' and have MFA devices: a session is opened "   \
	"with a code of one first. Who has lost them all needs an "            \
	"administrator to enroll.\n  1. " ARN("phone") " (blue-7)\n  2. "      \
	ARN("spare") "\n  3. GAKT12345678\n"
#define PROMPT "Whose code (a number or a name; empty: none is at hand)? "
#define REFUSAL(why) "you are 'alice' with long-term keys, and AWS lets a "    \
	"user who has an MFA device change it only in a session that was "     \
	"opened with MFA" why ": have an administrator enroll"

static struct account account;
static struct own_devices devices;
static struct mfa_request q;
static char said[4096];
static const char *answers[5]; /* NULL: too long */
static size_t asks, answers_n;
static char opened[300];
static bool may_open;

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(said);

	assert_ptr_equal(self, said);
	assert_int_equal(tone, RUN_SAYS);
	snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static int answer(void *self, const char *prompt, char *ret, size_t size,
	struct error *e)
{
	int r = ask('t', e);

	assert_ptr_equal(self, said);
	assert_string_equal(prompt, PROMPT);
	assert_int_equal(size, IAM_SERIAL_MAX + 1);
	if (r < 0)
		return r;
	assert_in_range(asks, 0, answers_n - 1);
	if (!answers[asks++])
		return error_set(e, ERROR_USAGE, "too long");
	strcpy(ret, answers[asks - 1]);
	return 0;
}

static const struct people people = { .say = hear, .ask_text = answer };
static const struct run run = { .people = &people, .self = said,
	.cancel_fd = -1 };

WRAP(void, account_device_label, struct registry *reg, const char *serial,
	char ret[TEXT_MAX + 1])
{
	assert_ptr_equal(reg, q.reg);
	assert_true(serial[0]);
	strcpy(ret, strcmp(serial, ARN("phone")) == 0 ? "blue-7" : "");
}

WRAP(int, mfa_open, struct aws_session *s, const struct sign_in *how,
	const char *serial, bool *ret_made, struct error *e)
{
	assert_ptr_equal(s, account.session);
	assert_ptr_equal(how, &account.sign_in);
	snprintf(opened, sizeof(opened), "%s", serial);
	*ret_made = may_open;
	return ask('o', e);
}

static void have(const char *serial)
{
	strcpy(devices.serials[devices.n++], serial);
}

static int begin(void **state)
{
	(void)state;
	memset(&devices, 0, sizeof(devices));
	memset(&failing, 0, sizeof(failing));
	account.session = (struct aws_session *)&account;
	q = (struct mfa_request){ .aws = &account,
		.reg = (struct registry *)&devices };
	may_open = true;
	answers_n = 0;
	return 0;
}

static int go(void)
{
	said[0] = asked[0] = opened[0] = '\0';
	asks = 0;
	return own_session_open(&run, &q, &devices, "alice", &err);
}

static void opens(const char *serial, const char *questions,
	const char *words)
{
	OK(go());
	assert_string_equal(opened, serial);
	assert_string_equal(asked, questions);
	assert_string_equal(said, words);
}

static void refuses(int code, const char *text)
{
	FAILS(code, go());
	assert_string_equal(err.text, text);
}

static void have_three(void)
{
	have(ARN("phone"));
	have(ARN("spare"));
	have("GAKT12345678");
}

static void what_makes_codes_is_taken_in(void **state)
{
	static const enum device_kind kinds[] = { DEVICE_FIDO, DEVICE_VIRTUAL,
		DEVICE_HARDWARE };
	struct iam_device d = { .serial = "" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		d.kind = kinds[i];
		snprintf(d.serial, sizeof(d.serial), "device-%zu", i);
		own_devices_see(&devices, &d);
	}
	assert_int_equal(devices.n, 2);
	assert_string_equal(devices.serials[0], "device-1");
	assert_string_equal(devices.serials[1], "device-2");
	for (; i < 20; i++)
		own_devices_see(&devices, &d);
	assert_int_equal(devices.n, OWN_DEVICES_MAX);
	assert_string_equal(devices.serials[OWN_DEVICES_MAX - 1], "device-2");
}

static void the_only_device_opens_it(void **state)
{
	(void)state;
	have(ARN("phone"));
	opens(ARN("phone"), "o", ONE);
	may_open = false;
	refuses(ERROR_REMOTE, REFUSAL(", which you may not open"));
	fails_at('o', ERROR_UNREACHABLE, "");
	may_open = true;
	refuses(ERROR_UNREACHABLE, "AWS says no");
}

static void who_has_no_codes_opens_none(void **state)
{
	(void)state;
	refuses(ERROR_REMOTE, REFUSAL(", for which a security key makes no "
		"code"));
	assert_string_equal(asked, "");
	assert_string_equal(said, "");
}

static void the_one_that_is_named_opens_it(void **state)
{
	static const char *const rows[][2] = {
		{ ARN("spare"), ARN("spare") },
		{ "spare", ARN("spare") },
		{ "blue-7", ARN("phone") },
		{ "phone", ARN("phone") },
		{ "GAKT12345678", "GAKT12345678" },
	};
	size_t i;

	(void)state;
	have_three();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.code_of = rows[i][0];
		opens(rows[i][1], "o", ONE);
	}
	q.code_of = "1";
	refuses(ERROR_USAGE, "--code-of '1' is none of the devices of 'alice' "
		"that make codes");
	assert_string_equal(asked, "");
	/* a name that two have names none */
	q.code_of = "spare";
	have("arn:aws:iam::123456789012:mfa/path/spare");
	refuses(ERROR_USAGE, "--code-of 'spare' is none of the devices of "
		"'alice' that make codes");
}

static void a_name_is_needed_of_the_only_one_too(void **state)
{
	(void)state;
	have(ARN("phone"));
	q.code_of = "spare";
	refuses(ERROR_USAGE, "--code-of 'spare' is none of the devices of "
		"'alice' that make codes");
	assert_string_equal(said, "");
}

static void of_several_the_person_chooses(void **state)
{
	static const char *const rows[][2] = {
		{ "1", ARN("phone") },
		{ "3", "GAKT12345678" },
		{ "spare", ARN("spare") },
		{ "blue-7", ARN("phone") },
	};
	static const char none[] = SEVERAL "'0' is none of them.\n"
		"'4' is none of them.\n'red' is none of them.\n"
		"Not taken: too long.\n";
	size_t i;

	(void)state;
	have_three();
	answers_n = 1;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		answers[0] = rows[i][0];
		opens(rows[i][1], "to", SEVERAL);
	}
	/* until it is one of them */
	answers_n = 5;
	answers[0] = "0";
	answers[1] = "4";
	answers[2] = "red";
	answers[3] = NULL;
	answers[4] = "2";
	OK(go());
	assert_string_equal(opened, ARN("spare"));
	assert_string_equal(asked, "ttttto");
	assert_string_equal(said, none);
}

static void who_has_none_at_hand_opens_none(void **state)
{
	(void)state;
	have_three();
	answers_n = 1;
	answers[0] = "";
	refuses(ERROR_REMOTE, REFUSAL(", by a code of a device"));
	assert_string_equal(asked, "t");
	assert_string_equal(said, SEVERAL);
	fails_at('t', ERROR_PIN, "");
	refuses(ERROR_USAGE, "you are 'alice' and have 3 MFA devices that "
		"make codes: whose code opens the session is said by "
		"--code-of DEVICE");
	assert_string_equal(asked, "t");
	fails_at('t', ERROR_INTERRUPTED, "");
	refuses(ERROR_INTERRUPTED, "AWS says no");
	assert_string_equal(asked, "t");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_makes_codes_is_taken_in),
		TEST(the_only_device_opens_it),
		TEST(who_has_no_codes_opens_none),
		TEST(the_one_that_is_named_opens_it),
		TEST(a_name_is_needed_of_the_only_one_too),
		TEST(of_several_the_person_chooses),
		TEST(who_has_none_at_hand_opens_none),
	};

	return cmocka_run_group_tests_name("own session", tests, NULL, NULL);
}
