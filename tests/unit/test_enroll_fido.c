/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key that a person registers in the console: what is told, which new device
 * is taken for it, what is asked of whom, and the second key behind it.
 */
#include "tests/unit/enroll-parts.h"

#include "bridge/guide/guide.h"

#define KEY(name) "arn:aws:iam::" ACCOUNT ":u2f/user/alice/" name              \
	"-ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static char row[ID_LEN], other[ID_LEN];
static struct token two[2];
static struct {
	bool no_password, no_address, is_his, first_is_away;
	struct appeared appeared[4]; /* one look after the other */
	size_t looks;
	const char *answer;     /* NULL: nobody is there */
	char told[256];
	size_t plugged;         /* keys, beside the first */
	bool opens;
} f;

WRAP(int, iam_get_login_profile, struct aws_session *s, const char *user,
	bool *ret_exists, struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	*ret_exists = !f.no_password;
	return ask('g', e);
}

WRAP(int, guide_tell, const struct run *r, const char *sequence,
	const struct guide_values *v, unsigned *number, struct error *e)
{
	size_t n = strlen(f.told);

	assert_true(r == &run && !number);
	assert_string_equal(v->partition, "aws");
	assert_string_equal(v->value[GUIDE_ACCOUNT], ACCOUNT);
	assert_string_equal(v->value[GUIDE_USER], "alice");
	snprintf(f.told + n, sizeof(f.told) - n, "%s %s %s\n", sequence,
		v->value[GUIDE_DEVICE_NAME], v->value[GUIDE_TOKEN] ?
		v->value[GUIDE_TOKEN] : "-");
	if (f.no_address && strcmp(sequence, "user-fido-by-admin") != 0)
		return error_set(e, ERROR_UNSUPPORTED, "no address");
	return ask('t', e);
}

WRAP(int, guide_address, enum guide_word word, const struct guide_values *v,
	char **ret, struct error *e)
{
	(void)v;
	*ret = strdup(word == GUIDE_USER_SIGN_IN ? "https://user" :
		"https://root");
	return ask('h', e);
}

WRAP(void, browser_open, const struct run *r, const char *address)
{
	run_say(r, "opens %s", address);
}

WRAP(int, appeared_look, struct account *c, const struct journal *j,
	struct appeared *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_int_equal(j->point, JOURNAL_ENABLE_SENT);
	*ret = f.appeared[f.looks];
	if (f.looks + 1 < ARRAY_LEN(f.appeared))
		f.looks++;
	return ask('p', e);
}

WRAP(int, account_device_is_assigned, struct account *c, const char *user,
	const char *serial, bool *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(user, "alice");
	assert_ptr_equal(serial, q.device);
	*ret = f.is_his;
	return ask('i', e);
}

WRAP(int, iam_get_mfa_device, struct aws_session *s, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *e)
{
	(void)s;
	(void)user;
	snprintf(ret->serial, sizeof(ret->serial), "%s", serial);
	return ask('G', e);
}

WRAP(int, run_ask_text, const struct run *r, const char *prompt, char *ret,
	size_t size, struct error *e)
{
	run_say(r, "%s", prompt);
	if (!f.answer)
		return error_set(e, ERROR_PIN, "nobody");
	snprintf(ret, size, "%s", f.answer);
	return ask('q', e);
}

static void device_is(struct iam_device *d, const char *serial)
{
	strcpy(d->serial, serial);
	d->kind = DEVICE_FIDO;
}

/* That look and those behind it have one new device. */
static void appears(size_t look, const char *serial, bool named)
{
	for (; look < ARRAY_LEN(f.appeared); look++) {
		struct appeared *a = &f.appeared[look];

		device_is(&a->p[a->n], serial);
		if (named && a->named++ == 0)
			a->first = a->n;
		a->n++;
	}
}

static int begin_fido(void **state)
{
	begin_enroll(state);
	memset(&f, 0, sizeof(f));
	add_token(reg, "1001", row);
	x.row = row;
	q.method = "fido";
	f.answer = "";
	return 0;
}

static int register_key(void)
{
	f.looks = 0;
	f.told[0] = '\0';
	return enroll();
}

static void told_is(const char *want)
{
	assert_string_equal(f.told, want);
}

/* ---- which device ---- */

static void the_device_of_that_name_is_it(void **state)
{
	(void)state;
	q.label = "blue 7";
	q.open = true;
	appears(2, KEY("other"), false);
	f.appeared[2].n = 0;
	f.appeared[3].n = 0;
	appears(2, KEY("blue-7-1001"), true);
	OK(register_key());
	asked_is("sfcurl" "ovaV" "gth" "sp.sp.sp" "GS");
	told_is("user-fido blue-7-1001 key 'blue 7'\n");
	said_is("Now the key is registered in AWS's console, as AWS has no "
		"other way:\nopens https://user\n"
		"Waiting for the device 'blue-7-1001': 60 s left\n"
		"Waiting for the device 'blue-7-1001': 60 s left\n");
	assert_string_equal(done.facts.serial, KEY("blue-7-1001"));
	assert_string_equal(done.facts.basis, "name-and-time");
	assert_string_equal(done.fido.serial, KEY("blue-7-1001"));
	assert_null(done.joined_by);
	owed(0, 0);
}

static void names_tell_the_key(void **state)
{
	static const struct {
		const char *label;
		uint32_t serial;
		const char *want;
	} rows[] = {
		{ NULL, 1001, "key-1001" }, { "k1001", 1001, "k1001" },
		{ "caf\303\251", 1001, "caf---1001" },
		{ NULL, 0, "key-01234567" },
		{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345",
			1001, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"
			"vwxy-1001" },
	};
	char want[100];
	size_t i;

	(void)state;
	q.journal = "0123456789abcdef0123456789abcdef";
	x.late = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.label = rows[i].label;
		token.devinfo.serial = rows[i].serial;
		SAYS(ERROR_TIMEOUT, "appeared within 60 s: when it is "
			"registered, run the same command again (--wait "
			"SECONDS waits longer)", register_key());
		snprintf(want, sizeof(want), "user-fido %s key", rows[i].want);
		assert_memory_equal(f.told, want, strlen(want));
		snprintf(want, sizeof(want), "If '%s' is registered later, the "
			"next run of this command finds it.\n", rows[i].want);
		assert_non_null(strstr(said, want));
		owed(1, JOURNAL_ENABLE_SENT);
		forget_owed();
	}
}

static void who_signs_in_how_decides_the_steps(void **state)
{
	static const struct {
		bool no_password, signed_in, no_address, open;
		size_t devices;
		const char *sequence, *opens;
	} rows[] = {
		{ true, false, false, true, 0, "user-fido-by-admin",
			"opens https://root\n" },
		{ true, true, false, true, 0, "user-fido-by-admin", "" },
		{ false, true, false, true, 1, "user-fido-second", "" },
		{ false, false, false, false, 1, "user-fido-also", "" },
		{ false, false, true, true, 0, "user-fido-by-admin",
			"opens https://root\n" },
	};
	size_t i;

	(void)state;
	x.late = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		f.no_password = rows[i].no_password;
		f.no_address = rows[i].no_address;
		q.signed_in = rows[i].signed_in;
		q.open = rows[i].open;
		x.devices_n = rows[i].devices;
		strcpy(x.devices[0].serial, DEVICE("phone"));
		FAILS(ERROR_TIMEOUT, register_key());
		assert_non_null(strstr(f.told, rows[i].sequence));
		assert_int_equal(!strstr(said, "opens"), !*rows[i].opens);
		assert_non_null(strstr(said, rows[i].opens));
		forget_owed();
	}
	fails_at('h', ERROR_FAILED, "");
	FAILS(ERROR_TIMEOUT, register_key());
	assert_non_null(strstr(said, "warning: the console is not opened: AWS "
		"says no\n"));
	forget_owed();
	/* what AWS does not tell is a password */
	f.no_address = false;
	f.no_password = true;
	fails_at('g', ERROR_REMOTE, "AccessDenied");
	FAILS(ERROR_TIMEOUT, register_key());
	assert_memory_equal(f.told, "user-fido ", 10);
	forget_owed();
	fails_at('t', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", register_key());
}

static void a_person_says_which_it_is(void **state)
{
	(void)state;
	appears(0, KEY("other"), false);
	appears(0, KEY("third"), false);
	f.appeared[0].p[0].enabled = AWS_NOW;
	f.answer = "2";
	OK(register_key());
	assert_non_null(strstr(said, "A new device has another name than was "
		"to be typed:\n  1. " KEY("other") ", since "
		"2026-02-01T00:00:00Z\n  2. " KEY("third") ", since "));
	assert_non_null(strstr(said, "Which one is this key (its number; "
		"empty: none of them)? \n"));
	assert_string_equal(done.facts.serial, KEY("third"));
	assert_string_equal(done.facts.basis, "stated");
}

static void nobody_to_be_asked_is_told_of_the_option(void **state)
{
	(void)state;
	appears(0, KEY("key-1001"), true);
	appears(0, KEY("key-1001") "2", true);
	f.answer = NULL;
	SAYS(ERROR_CONFLICT, "Several new devices have the name; what is this "
		"token's device is said by --device ARN, with the same "
		"command", register_key());
	forget_owed();
	f.answer = "1";
	fails_at('q', ERROR_USAGE, "");
	SAYS(ERROR_CONFLICT, "Several new devices have the name", register_key());
	forget_owed();
	fails_at('q', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", register_key());
	forget_owed();
	failing.question = 0;
	f.answer = "1";
	OK(register_key());
	assert_string_equal(done.facts.serial, KEY("key-1001"));
}

static void what_a_person_says_no_to_is_put_aside(void **state)
{
	static const char *const no[] = { "", "0", "2", "x" };
	size_t i;

	(void)state;
	appears(0, KEY("other"), false);
	memset(&f.appeared[1], 0, 3 * sizeof(f.appeared[1]));
	device_is(&f.appeared[1].old[0], KEY("old"));
	f.appeared[1].old_n = 1;
	for (i = 0; i < ARRAY_LEN(no); i++) {
		f.answer = no[i];
		x.late = true;
		SAYS(ERROR_TIMEOUT, "no new FIDO device 'key-1001' of 'alice' "
			"appeared within 60 s: when it is registered",
			register_key());
		/* one that was there before may be it, by a person's word */
		assert_non_null(strstr(said, "no new FIDO device 'key-1001' of "
			"'alice' appeared within 60 s:\n  1. " KEY("old")
			", since ?\n"));
		forget_owed();
	}
	memset(&f.appeared[0], 0, sizeof(f.appeared[0]));
	f.answer = "1";
	OK(register_key());
	assert_string_equal(done.facts.serial, KEY("old"));
	assert_string_equal(done.facts.basis, "stated");
}

static void a_device_may_be_named(void **state)
{
	char id[ID_LEN];
	size_t i;

	(void)state;
	q.device = DEVICE("phone");
	SAYS(ERROR_USAGE, "--device '" DEVICE("phone") "' is not the ARN of a "
		"FIDO device (arn:...:u2f/user/...)", register_key());
	asked_is("sfc");
	q.device = KEY("mine");
	SAYS(ERROR_REMOTE, "AWS lists no device '" KEY("mine") "' of 'alice'",
		register_key());
	assert_non_null(strstr(said, "Nothing was left behind at AWS or in the "
		"token.\n"));
	/* even beside as many as AWS allows: it is there */
	f.is_his = true;
	for (i = 0; i < 8; i++)
		snprintf(x.devices[i].serial, sizeof(x.devices[i].serial),
			DEVICE("d%zu"), i);
	x.devices_n = 8;
	fails_at('G', ERROR_REMOTE, "AccessDenied");
	OK(register_key());
	asked_is("sfcurlovaViGS");
	assert_non_null(strstr(said, "warning: AWS does not tell the device's "
		"certifications: AWS says no\n"));
	assert_string_equal(done.facts.basis, "stated");
	/* another token's is no second one's */
	add_token(reg, "2002", id);
	bind_device(id, ACCOUNT, "IDbob", "bob", KEY("his"), other);
	q.device = KEY("his");
	add_token(reg, "3003", id);
	x.row = id;
	token.devinfo.serial = 3003;
	FAILS(ERROR_CONFLICT, register_key());
}

static void where_no_keys_are_taken_another_method_is_named(void **state)
{
	(void)state;
	in_partition = "aws-cn";
	SAYS(ERROR_UNSUPPORTED, "partition aws-cn takes no FIDO devices for "
		"IAM users, only virtual ones: --method totp", register_key());
	asked_is("sfc");
	q.method = "hardware-totp";
	q.serial = "GAKT12345678";
	SAYS(ERROR_UNSUPPORTED, "partition aws-cn takes virtual devices only, "
		"no tokens with a display", register_key());
	asked_is("s");
}

/* ---- the second key ---- */

static int also(void)
{
	f.looks = 0;
	f.told[0] = asked[0] = said[0] = '\0';
	return mfa_enroll_also(&run, &q, &done, "blue-8", &done, &err);
}

static void first_is_registered(void)
{
	appears(0, KEY("key-1001"), true);
	OK(register_key());
	memset(f.appeared, 0, sizeof(f.appeared));
	add_token(reg, "1002", other);
}

static void a_second_key_is_another_one(void **state)
{
	(void)state;
	first_is_registered();
	two[0] = two[1] = token;
	strcpy(two[1].node.path, "/dev/hidraw9");
	plugged = two;
	plugged_n = 2;
	/* by its proof it is the first one */
	SAYS(ERROR_CONFLICT, "this is the first key, and the second one is to "
		"be another", also());
	assert_non_null(strstr(said, "Now sign in anew, with the key that was "
		"registered:\nPress Enter when you are signed in with it: "
		"\n"));
	assert_memory_equal(f.told, "user-sign-in-again key-1001 -", 29);
	asked_is("gtqf" "sfcurl");
	x.row = other;
	token.devinfo.serial = 1002;
	appears(0, KEY("blue-8-1002"), true);
	q.label = "blue-8";
	OK(also());
	assert_non_null(strstr(f.told, "user-fido-second blue-8-1002"));
	assert_string_equal(done.facts.token, other);
}

static void a_second_key_is_waited_for(void **state)
{
	(void)state;
	first_is_registered();
	f.no_password = true;
	fails_at('f', ERROR_NO_TOKEN, "");
	x.late = true;
	SAYS(ERROR_NO_TOKEN, "no second key was plugged in within 60 s",
		also());
	asked_is("gfT");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_fido, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_device_of_that_name_is_it),
		TEST(names_tell_the_key),
		TEST(who_signs_in_how_decides_the_steps),
		TEST(a_person_says_which_it_is),
		TEST(nobody_to_be_asked_is_told_of_the_option),
		TEST(what_a_person_says_no_to_is_put_aside),
		TEST(a_device_may_be_named),
		TEST(where_no_keys_are_taken_another_method_is_named),
		TEST(a_second_key_is_another_one),
		TEST(a_second_key_is_waited_for),
	};

	return cmocka_run_group_tests_name("enroll fido", tests, NULL, NULL);
}
