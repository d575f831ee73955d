/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module that was loaded before an upgrade: the bytes are what the modules of
 * those versions wrote, and understood.
 */
#include "bridge/login/auth/past-wire.h"

#include "base/wire.h"

#include "tests/unit/unit.h"

#define S(s) (const unsigned char *)(s), sizeof(s) - 1

#define HEAD(version, prove) version prove "\0\0\0\3\0\0\x75\x30\0\0\0\7"
#define TEXTS "\0\5alice\0\4sudo\0\11/dev/tty1\0\4host\0\5/l.db"
#define FIRST HEAD("\1", "\0") TEXTS "\0\0"
#define FIRST_PIN HEAD("\1", "\1") TEXTS "\0\4" "1234"
#define SECOND HEAD("\2", "\0") TEXTS "\0\0"
#define SECOND_PIN HEAD("\2", "\1") TEXTS "\0\10" "0123abcd"

#define UUID "00112233445566778899aabbccddeeff"

static const struct login_reply reply = {
	.kind = LOGIN_ANSWER,
	.result = LOGIN_GRANTED,
	.counter_unsaved = true,
	.token = "0123abcd",
	.name = "key",
	.min_pin = 6,
	.aaguid = UUID,
	.counter = 258,
	.flags = 5,
	.text = "full",
	.alert = "lie",
};

static void take(const unsigned char *p, size_t n, bool prove,
	const char *token, const char *pin)
{
	struct login_request q = { .user = "" };
	struct secret got = SECRET_INIT;

	OK(past_request_read(p, n, &q, &got, &err));
	assert_int_equal(q.prove, prove);
	assert_int_equal(q.flags, LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY);
	assert_int_equal(q.timeout_ms, 30000);
	assert_int_equal(q.wait_ms, 7);
	assert_string_equal(q.user, "alice");
	assert_string_equal(q.service, "sudo");
	assert_string_equal(q.remote_host, "host");
	assert_string_equal(q.login_db, "/l.db");
	assert_string_equal(q.token, token);
	assert_string_equal(secret_str(&got), pin);
	secret_done(&got);
}

static void refuse(const unsigned char *p, size_t n)
{
	struct login_request ret, before;
	struct secret pin = SECRET_INIT;
	unsigned char *block = copy_of(p, n);

	memset(&ret, 0xa5, sizeof(ret));
	memcpy(&before, &ret, sizeof(ret));
	FAILS(ERROR_MALFORMED, past_request_read(block, n, &ret, &pin, &err));
	assert_memory_equal(&ret, &before, sizeof(ret));
	assert_null(pin.p);
	free(block);
}

static void requests_of_both_versions_are_understood(void **state)
{
	(void)state;
	take(S(FIRST), false, "", "");
	take(S(FIRST_PIN), true, "", "1234");
	take(S(SECOND), false, "", "");
	take(S(SECOND_PIN), true, "0123abcd", "");
}

static void only_two_versions_are_past(void **state)
{
	unsigned char byte[1];
	unsigned v;

	(void)state;
	for (v = 0; v < 256; v++) {
		byte[0] = (unsigned char)v;
		assert_int_equal(past_version(byte, 1), v == 1 || v == 2 ? v :
									   0);
	}
	assert_int_equal(past_version(byte, 0), 0);
}

static void every_truncation_and_extension_is_refused(void **state)
{
	static const struct { const char *p; size_t n; } all[] = {
		{ FIRST, sizeof(FIRST) }, { FIRST_PIN, sizeof(FIRST_PIN) },
		{ SECOND, sizeof(SECOND) }, { SECOND_PIN, sizeof(SECOND_PIN) },
	};
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(all); i++) {
		for (n = 0; n + 1 < all[i].n; n++)
			refuse((const unsigned char *)all[i].p, n);
		/* the literal's own NUL, one byte too many */
		refuse((const unsigned char *)all[i].p, all[i].n);
	}
}

/* A flag of later is none of theirs; nor may a PIN come without a proof. */
static void what_they_could_not_say_is_refused(void **state)
{
	(void)state;
	refuse(S("\2\0\0\0\0\4\0\0\x75\x30\0\0\0\7" TEXTS "\0\0"));
	refuse(S("\1\0\0\0\0\x20\0\0\x75\x30\0\0\0\7" TEXTS "\0\0"));
	refuse(S(HEAD("\3", "\0") TEXTS "\0\0"));
	refuse(S(HEAD("\1", "\2") TEXTS "\0\0"));
	refuse(S(HEAD("\1", "\0") TEXTS "\0\4" "1234"));
	refuse(S(HEAD("\1", "\1") TEXTS "\0\0"));
	refuse(S(HEAD("\1", "\1") TEXTS "\0\4" "12\0" "4"));
	refuse(S(HEAD("\2", "\1") TEXTS "\0\0"));
	refuse(S(HEAD("\2", "\0") TEXTS "\0\10" "0123abcd"));
	refuse(S(HEAD("\2", "\0")
		"\0\5alice\0\4sudo\0\4tty\n\0\4host\0\5/l.db\0\0"));
	refuse(S(HEAD("\2", "\0")
		"\0\5alic\n\0\4sudo\0\4tty1\0\4host\0\5/l.db\0\0"));
	refuse(S(HEAD("\2", "\0")
		"\0\5alice\0\4sudo\0\4tty1\0\4host\0\4l.db\0\0"));
}

static void is_written(unsigned version, const struct login_reply *a,
	const unsigned char *p, size_t n)
{
	struct buf b;

	buf_init(&b, WIRE_MAX);
	past_reply_write(version, a, &b);
	assert_int_equal(b.n, n);
	assert_memory_equal(b.p, p, n);
	buf_done(&b);
}

static void replies_are_as_they_were_understood(void **state)
{
	struct login_reply quiet = reply;

	(void)state;
	is_written(2, &reply, S("\2AG\0\1\0\10" "0123abcd\0\3key\0\0\0\6\0\x20"
		UUID "\0\0\1\2\0\0\0\5\0\4full\0\3lie"));
	is_written(1, &reply, S("\1AG\0\1\0\10" "0123abcd\0\x20" UUID
		"\0\0\1\2\0\0\0\5\0\3lie"));
	quiet.alert[0] = '\0';
	is_written(1, &quiet, S("\1AG\0\1\0\10" "0123abcd\0\x20" UUID
		"\0\0\1\2\0\0\0\5\0\4full"));
}

/* A letter that a module does not know would be a senseless frame to it. */
static void results_that_came_later_are_a_failure(void **state)
{
	static const char all[] = "rGnoluiydtbhpkszmqefcx";
	static const char *const known[] = { "", "rGnludtbhpksfcx",
		"rGnludtbhpkszmefcx" };
	struct login_reply a = reply;
	struct buf b;
	unsigned v;
	size_t i;

	(void)state;
	for (v = 1; v <= 2; v++)
		for (i = 0; all[i]; i++) {
			buf_init(&b, WIRE_MAX);
			a.result = (enum login_result)all[i];
			past_reply_write(v, &a, &b);
			assert_int_equal(b.p[2],
				strchr(known[v], all[i]) ? all[i] : 'x');
			buf_done(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_both_versions_are_understood),
		cmocka_unit_test(only_two_versions_are_past),
		cmocka_unit_test(every_truncation_and_extension_is_refused),
		cmocka_unit_test(what_they_could_not_say_is_refused),
		cmocka_unit_test(replies_are_as_they_were_understood),
		cmocka_unit_test(results_that_came_later_are_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
