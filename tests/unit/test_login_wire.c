/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the PAM module and its helper: either side may misbehave. */
#include "base/wire.h"
#include "bridge/login/result.h"

#include "tests/unit/unit.h"

#include <syslog.h>

static const struct login_request request = {
	.prove = true,
	.flags = LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY,
	.timeout_ms = 30000,
	.wait_ms = UINT32_MAX,
	.user = "alice",
	.service = "sudo",
	.remote_host = "h\xc3\xb6st",
	.login_db = "/var/lib/tokenbridge/login.db",
	.token = "0123abcd",
};

static const struct login_reply reply = {
	.kind = LOGIN_ANSWER,
	.result = LOGIN_GRANTED,
	.counter_unsaved = true,
	.token = "0123abcd",
	.name = "YubiKey OTP+FIDO+CCID, serial 12345678",
	.min_pin = 6,
	.aaguid = "00112233445566778899aabbccddeeff",
	.counter = 0xfffffffe,
	.flags = 5,
	.text = "the disk is full",
	.alert = "/dev/hidraw3 answers falsely",
};

/* ---- requests ---- */

static void put_request(const struct login_request *q, struct buf *b)
{
	buf_init(b, WIRE_MAX);
	login_request_write(q, b);
	assert_false(buf_failed(b));
}

static bool is_request(const struct login_request *a,
	const struct login_request *b)
{
	return a->prove == b->prove && a->flags == b->flags &&
		a->timeout_ms == b->timeout_ms && a->wait_ms == b->wait_ms &&
		strcmp(a->user, b->user) == 0 &&
		strcmp(a->service, b->service) == 0 &&
		strcmp(a->remote_host, b->remote_host) == 0 &&
		strcmp(a->login_db, b->login_db) == 0 &&
		strcmp(a->token, b->token) == 0;
}

/* Refused, and nothing was written. */
static void refuse_request(const unsigned char *p, size_t n)
{
	struct login_request ret, before;
	unsigned char *block = copy_of(p, n);

	memset(&ret, 0xa5, sizeof(ret));
	memcpy(&before, &ret, sizeof(ret));
	FAILS(ERROR_MALFORMED, login_request_read(block, n, &ret, &err));
	assert_memory_equal(&ret, &before, sizeof(ret));
	free(block);
}

static void refuse_built(const struct login_request *q)
{
	struct buf b;

	put_request(q, &b);
	refuse_request(b.p, b.n);
	buf_done(&b);
}

static void take_request(const struct login_request *q)
{
	struct login_request back = { .user = "" };
	struct buf b;

	put_request(q, &b);
	OK(login_request_read(b.p, b.n, &back, &err));
	assert_true(is_request(q, &back));
	buf_done(&b);
}

static void a_request_comes_back_as_it_was_written(void **state)
{
	struct login_request small = { .user = "a" };

	(void)state;
	take_request(&request);
	take_request(&small);
	small.flags = LOGIN_VERIFY;
	take_request(&small);
}

static void the_longest_request_comes_back(void **state)
{
	struct login_request q = request;

	(void)state;
	memset(q.user, 'u', sizeof(q.user) - 1);
	memset(q.service, 's', sizeof(q.service) - 1);
	memset(q.remote_host, 'h', sizeof(q.remote_host) - 1);
	memset(q.login_db, '/', sizeof(q.login_db) - 1);
	take_request(&q);
}

/* Its PIN is for the token that it names, whoever that one belongs to. */
static void who_is_not_root_is_believed_the_service_and_what_is_stricter(
	void **state)
{
	struct login_request q = request;

	(void)state;
	q.flags = LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY | LOGIN_SEAT_GREETER |
		LOGIN_SEAT_PEER | LOGIN_SEAT_UNLOCK;
	login_request_distrust(&q);
	assert_int_equal(q.flags, LOGIN_VERIFY);
	assert_string_equal(q.remote_host, "");
	assert_string_equal(q.login_db, "");
	assert_string_equal(q.service, request.service);
	assert_string_equal(q.token, request.token);
	assert_true(q.prove);
	q.flags = LOGIN_REMOTE_ALLOWED;
	login_request_distrust(&q);
	assert_int_equal(q.flags, 0);
}

static void claims_are_one_word_of_the_log(void **state)
{
	static const char *const rows[][2] = {
		{ "swaylock", "swaylock" }, { "", "-" }, { "a b=c", "a?b?c" },
		{ "h\xc3\xb6st", "h??st" }, { "\x7f\t", "??" },
		{ "0123456789", "0123456" },
	};
	char word[8];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		login_log_word(rows[i][0], word, sizeof(word));
		assert_string_equal(word, i == 0 ? "swayloc" : rows[i][1]);
	}
}

static void every_truncation_of_a_request_is_refused(void **state)
{
	struct buf b;
	size_t n;

	(void)state;
	put_request(&request, &b);
	for (n = 0; n < b.n; n++)
		refuse_request(b.p, n);
	buf_done(&b);
}

static void a_request_with_trailing_bytes_is_refused(void **state)
{
	struct buf b;

	(void)state;
	put_request(&request, &b);
	buf_put_byte(&b, 0);
	refuse_request(b.p, b.n);
	buf_done(&b);
}

static void a_request_of_another_version_or_verb_is_refused(void **state)
{
	struct buf b;
	unsigned v;

	(void)state;
	put_request(&request, &b);
	for (v = 0; v < 256; v++) {
		b.p[0] = (unsigned char)v;
		if (v != 3)
			refuse_request(b.p, b.n);
	}
	b.p[0] = 3;
	for (v = 2; v < 256; v++) {
		b.p[1] = (unsigned char)v;
		refuse_request(b.p, b.n);
	}
	buf_done(&b);
}

static void unknown_flags_are_refused(void **state)
{
	struct login_request q = request;
	unsigned bit;

	(void)state;
	for (bit = 5; bit < 32; bit++) {
		q.flags = 1u << bit;
		refuse_built(&q);
		q.flags |= request.flags;
		refuse_built(&q);
	}
}

static void unclean_text_in_a_request_is_refused(void **state)
{
	static const char *const unclean[] = { "a\nb", "\x1b[2J", "a\x7f",
		"\xff", "\xc3", "\xe2\x80\xae", "\xc2\x85" };
	struct login_request q;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(unclean); i++) {
		q = request;
		strcpy(q.user, unclean[i]);
		refuse_built(&q);
		q = request;
		strcpy(q.service, unclean[i]);
		refuse_built(&q);
		q = request;
		strcpy(q.remote_host, unclean[i]);
		refuse_built(&q);
		q = request;
		snprintf(q.login_db, sizeof(q.login_db), "/%s", unclean[i]);
		refuse_built(&q);
	}
}

static void a_request_for_nobody_is_refused(void **state)
{
	struct login_request q = request;

	(void)state;
	q.user[0] = '\0';
	refuse_built(&q);
}

static void a_relative_login_db_is_refused(void **state)
{
	struct login_request q = request;

	(void)state;
	strcpy(q.login_db, "login.db");
	refuse_built(&q);
	strcpy(q.login_db, "../login.db");
	refuse_built(&q);
	strcpy(q.login_db, " /login.db");
	refuse_built(&q);
}

static void a_token_that_is_no_id_is_refused(void **state)
{
	struct login_request q = request;

	(void)state;
	strcpy(q.token, "0123ABCD");
	refuse_built(&q);
	strcpy(q.token, "0123 bcd");
	refuse_built(&q);
}

static void a_pin_is_for_one_token(void **state)
{
	struct login_request q = request;

	(void)state;
	q.token[0] = '\0';
	refuse_built(&q);
	q.prove = false;
	take_request(&q);
	strcpy(q.token, "0123abcd");
	refuse_built(&q);
}

/* ---- the PIN ---- */

static void a_pin_comes_as_it_is(void **state)
{
	char pin[LOGIN_PIN_MAX + 2];
	struct secret ret = SECRET_INIT;

	(void)state;
	OK(login_pin_read((const unsigned char *)"1234", 4, &ret, &err));
	assert_string_equal(secret_str(&ret), "1234");
	secret_done(&ret);
	memset(pin, '1', sizeof(pin));
	OK(login_pin_read((unsigned char *)pin, LOGIN_PIN_MAX, &ret, &err));
	secret_done(&ret);
	FAILS(ERROR_MALFORMED, login_pin_read((unsigned char *)pin,
		LOGIN_PIN_MAX + 1, &ret, &err));
	FAILS(ERROR_MALFORMED, login_pin_read((unsigned char *)pin, 0, &ret,
		&err));
	pin[2] = '\0';
	FAILS(ERROR_MALFORMED, login_pin_read((unsigned char *)pin, 4, &ret,
		&err));
	assert_null(ret.p);
}

static void what_can_be_no_pin_is_known_before_a_try(void **state)
{
	static const struct {
		const char *text;
		uint32_t least;
		bool fit;
	} rows[] = {
		{ "1234", 0, true }, { "123", 0, false }, { "", 0, false },
		{ "1234", 4, true }, { "1234", 6, false },
		{ "123456", 6, true },
		/* code points, not bytes */
		{ "\xc3\xa9\xc3\xa9\xc3\xa9", 4, false },
		{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4, true },
		/* a key that typed its OTP */
		{ "ccccccbchvthlivuitriujjifivbvtrjkjfirllluurj", 4, false },
		{ "ccccccbchvthlivuitriujjifivbvtrjkjfirllluur", 4, true },
		{ "ccccccbchvthlivuitriujjifivbvtrjkjfirllluura", 4, true },
	};
	char longest[LOGIN_PIN_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(login_pin_is_fit(rows[i].text,
			strlen(rows[i].text), rows[i].least), rows[i].fit);
	memset(longest, '1', sizeof(longest));
	assert_true(login_pin_is_fit(longest, LOGIN_PIN_MAX, LOGIN_PIN_MAX));
	assert_false(login_pin_is_fit(longest, LOGIN_PIN_MAX,
		LOGIN_PIN_MAX + 1));
	assert_false(login_pin_is_fit(longest, LOGIN_PIN_MAX + 1, 4));
}

/* Any other byte in any place makes it none. */
static void an_otp_is_of_sixteen_letters(void **state)
{
	static const char otp[] =
		"ccccccbchvthlivuitriujjifivbvtrjkjfirllluurj";
	static const char others[] = { '\0', 'a', 'm', 'o', 'p', 'q', 's', 'w',
		'x', 'y', 'z', 'B', 'C', 'V', '0', '`', '{', '\x7f', '\xe3' };
	char text[sizeof(otp)];
	size_t i, k;

	(void)state;
	for (i = 0; i < strlen(otp); i++) {
		for (k = 0; k < ARRAY_LEN(others); k++) {
			strcpy(text, otp);
			text[i] = others[k];
			assert_true(login_pin_is_fit(text, strlen(otp), 4));
		}
		for (k = 0; k < 16; k++) {
			strcpy(text, otp);
			text[i] = "cbdefghijklnrtuv"[k];
			assert_false(login_pin_is_fit(text, strlen(otp), 4));
		}
	}
}

/* The frame's head and four texts, by hand: a text that no struct can hold. */
static void put_texts(struct buf *b, size_t at, const char *p, size_t n)
{
	size_t i;

	buf_init(b, WIRE_MAX);
	buf_put(b, "\3\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
	for (i = 0; i < 4; i++)
		if (i == at)
			wire_put_bytes(b, p, n);
		else
			wire_put_str(b, i == 0 ? "a" : "");
	wire_put_str(b, "");
}

static void a_text_that_is_too_long_or_holds_a_nul_is_refused(void **state)
{
	char big[LOGIN_PATH_LEN];
	struct login_request ok;
	struct buf b;
	size_t i;

	(void)state;
	memset(big, '/', sizeof(big));
	for (i = 0; i < 4; i++) {
		put_texts(&b, i, big, i < 3 ? LOGIN_ITEM_LEN - 1 :
			LOGIN_PATH_LEN - 1);
		OK(login_request_read(b.p, b.n, &ok, &err));
		buf_done(&b);
		put_texts(&b, i, big, i < 3 ? LOGIN_ITEM_LEN : LOGIN_PATH_LEN);
		refuse_request(b.p, b.n);
		buf_done(&b);
		put_texts(&b, i, "/\0b", 3);
		refuse_request(b.p, b.n);
		buf_done(&b);
	}
}

/* ---- replies ---- */

static void put_reply(const struct login_reply *a, struct buf *b)
{
	buf_init(b, WIRE_MAX);
	login_reply_write(a, b);
	assert_false(buf_failed(b));
}

static void refuse_reply(const unsigned char *p, size_t n)
{
	struct login_reply ret, before;
	unsigned char *block = copy_of(p, n);

	memset(&ret, 0xa5, sizeof(ret));
	memcpy(&before, &ret, sizeof(ret));
	FAILS(ERROR_MALFORMED, login_reply_read(block, n, &ret, &err));
	assert_memory_equal(&ret, &before, sizeof(ret));
	free(block);
}

static void refuse_built_reply(const struct login_reply *a)
{
	struct buf b;

	put_reply(a, &b);
	refuse_reply(b.p, b.n);
	buf_done(&b);
}

static void take_reply(const struct login_reply *a)
{
	struct login_reply back;
	struct buf b;

	put_reply(a, &b);
	OK(login_reply_read(b.p, b.n, &back, &err));
	assert_int_equal(back.kind, a->kind);
	assert_int_equal(back.result, a->result);
	assert_int_equal(back.needs_pin, a->needs_pin);
	assert_int_equal(back.counter_unsaved, a->counter_unsaved);
	assert_string_equal(back.token, a->token);
	assert_string_equal(back.aaguid, a->aaguid);
	assert_true(back.counter == a->counter);
	assert_true(back.flags == a->flags);
	assert_string_equal(back.text, a->text);
	assert_string_equal(back.name, a->name);
	assert_string_equal(back.alert, a->alert);
	assert_true(back.min_pin == a->min_pin);
	buf_done(&b);
}

static const char results[] = "rGnoluiydtbhpkszmefcx", kinds[] = "ITA";

static void every_reply_comes_back_as_it_was_written(void **state)
{
	struct login_reply a;
	size_t i, k;

	(void)state;
	for (i = 0; results[i]; i++)
		for (k = 0; kinds[k]; k++) {
			a = reply;
			a.kind = (enum login_reply_kind)kinds[k];
			a.result = (enum login_result)results[i];
			a.needs_pin = i & 1;
			a.counter_unsaved = k & 1;
			take_reply(&a);
		}
	memset(a.token, 0, sizeof(a.token));
	memset(a.aaguid, 0, sizeof(a.aaguid));
	memset(a.text, 0, sizeof(a.text));
	take_reply(&a);
	memset(a.text, 'x', sizeof(a.text) - 1);
	take_reply(&a);
}

static void every_truncation_of_a_reply_is_refused(void **state)
{
	struct buf b;
	size_t n;

	(void)state;
	put_reply(&reply, &b);
	for (n = 0; n < b.n; n++)
		refuse_reply(b.p, n);
	buf_put_byte(&b, 0);
	refuse_reply(b.p, b.n);
	buf_done(&b);
}

/* Byte `at` of a reply may be one of these values; every other is refused. */
static void only(size_t at, const char *good, size_t n)
{
	struct login_reply a;
	struct buf b;
	int v;

	put_reply(&reply, &b);
	for (v = 0; v < 256; v++) {
		b.p[at] = (unsigned char)v;
		if (memchr(good, v, n))
			OK(login_reply_read(b.p, b.n, &a, &err));
		else
			refuse_reply(b.p, b.n);
	}
	buf_done(&b);
}

static void letters_and_switches_that_are_not_known_are_refused(void **state)
{
	(void)state;
	only(0, "\3", 1);
	only(1, kinds, strlen(kinds));
	only(2, results, strlen(results));
	only(3, "\0\1", 2);
	only(4, "\0\1", 2);
}

static void each_result_has_a_word_of_its_own_in_the_log(void **state)
{
	const char *word;
	size_t i, k;

	(void)state;
	for (i = 0; results[i]; i++) {
		word = login_result_word((enum login_result)results[i]);
		assert_int_equal(strcmp(word, "granted") == 0,
			results[i] == 'G');
		assert_int_equal(strcmp(word, "error") == 0, results[i] == 'x');
		for (k = 0; k < i; k++)
			assert_string_not_equal(word, login_result_word(
				(enum login_result)results[k]));
	}
	assert_string_equal(login_result_word((enum login_result)0), "error");
	assert_string_equal(login_result_word((enum login_result)'g'), "error");
	assert_int_equal(login_result_priority((enum login_result)'g'),
		LOG_ERR);
	assert_int_equal(login_result_priority(LOGIN_COUNTER), LOG_ALERT);
	assert_int_equal(login_result_priority(LOGIN_GRANTED), LOG_NOTICE);
}

static void a_reply_with_text_of_another_alphabet_is_refused(void **state)
{
	struct login_reply a = reply;

	(void)state;
	strcpy(a.token, "0123abcG");
	refuse_built_reply(&a);
	strcpy(a.token, "0123ABCD");
	refuse_built_reply(&a);
	a = reply;
	a.aaguid[31] = '-';
	refuse_built_reply(&a);
	a = reply;
	strcpy(a.text, "granted\n");
	refuse_built_reply(&a);
	strcpy(a.text, "\xe2\x80\xae");
	refuse_built_reply(&a);
	a = reply;
	strcpy(a.name, "key\x1b[2J");
	refuse_built_reply(&a);
	a = reply;
	strcpy(a.alert, "\n");
	refuse_built_reply(&a);
}

static void a_reply_with_a_text_that_is_too_long_is_refused(void **state)
{
	char big[LOGIN_ITEM_LEN + 1] = "";
	struct buf b;

	(void)state;
	memset(big, 'x', LOGIN_ITEM_LEN);
	put_reply(&(struct login_reply){ .kind = LOGIN_ANSWER,
		.result = LOGIN_GRANTED }, &b);
	b.n -= 2; /* the length of the last text, which is empty */
	wire_put_str(&b, big);
	refuse_reply(b.p, b.n);
	buf_done(&b);
}

static void a_request_is_no_reply_and_a_reply_no_request(void **state)
{
	struct buf b;

	(void)state;
	put_request(&request, &b);
	refuse_reply(b.p, b.n);
	buf_done(&b);
	put_reply(&reply, &b);
	refuse_request(b.p, b.n);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back_as_it_was_written),
		cmocka_unit_test(the_longest_request_comes_back),
		cmocka_unit_test(
			who_is_not_root_is_believed_the_service_and_what_is_stricter),
		cmocka_unit_test(claims_are_one_word_of_the_log),
		cmocka_unit_test(every_truncation_of_a_request_is_refused),
		cmocka_unit_test(a_request_with_trailing_bytes_is_refused),
		cmocka_unit_test(
			a_request_of_another_version_or_verb_is_refused),
		cmocka_unit_test(unknown_flags_are_refused),
		cmocka_unit_test(unclean_text_in_a_request_is_refused),
		cmocka_unit_test(a_request_for_nobody_is_refused),
		cmocka_unit_test(a_relative_login_db_is_refused),
		cmocka_unit_test(a_token_that_is_no_id_is_refused),
		cmocka_unit_test(a_pin_is_for_one_token),
		cmocka_unit_test(a_pin_comes_as_it_is),
		cmocka_unit_test(what_can_be_no_pin_is_known_before_a_try),
		cmocka_unit_test(an_otp_is_of_sixteen_letters),
		cmocka_unit_test(
			a_text_that_is_too_long_or_holds_a_nul_is_refused),
		cmocka_unit_test(every_reply_comes_back_as_it_was_written),
		cmocka_unit_test(every_truncation_of_a_reply_is_refused),
		cmocka_unit_test(
			letters_and_switches_that_are_not_known_are_refused),
		cmocka_unit_test(each_result_has_a_word_of_its_own_in_the_log),
		cmocka_unit_test(
			a_reply_with_text_of_another_alphabet_is_refused),
		cmocka_unit_test(
			a_reply_with_a_text_that_is_too_long_is_refused),
		cmocka_unit_test(a_request_is_no_reply_and_a_reply_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
