/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of an open token and what its answers come to, with a libfido2
 * that answers from a list: questions that are asked again, lists that a token
 * does not take, answers with a part missing.
 */
#include "token/fido/care.h"
#include "token/fido/discoverable.h"
#include "token/fido/io/failure.h"
#include "token/fido/private.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fido/config.h>
#include <fido/credman.h>

/* ---- libfido2 ---- */

#define WRAP(type, name, ...)                                                  \
	type __wrap_##name(__VA_ARGS__);                                       \
	type __wrap_##name(__VA_ARGS__)

/* One answer; of an assertion with the id that it names. */
struct answer {
	int code;
	const char *id;
	int failure; /* of the transport, which then says why */
};

static const struct answer *answers;
static size_t answers_n, answers_at;
static char asked[1024]; /* what was put into the questions */
static bool lacks_signature, lacks_statement;
static const char *format;
static struct fido fido;
static size_t inits;
static int init_fails;

static void note_asked(const char *fmt, ...)
{
	size_t n = strlen(asked);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(asked + n, sizeof(asked) - n, fmt, ap);
	va_end(ap);
}

static const struct answer *next_answer(void)
{
	const struct answer *a;

	assert_true(answers_at < answers_n);
	a = &answers[answers_at++];
	if (a->failure)
		error_set(&fido.transport.failure, a->failure,
			"the transport says no");
	return a;
}

#define ANSWERS(list)                                                          \
	(answers = (list), answers_n = ARRAY_LEN(list), answers_at = 0,        \
		asked[0] = '\0')

static void assert_all_given(void)
{
	assert_int_equal(answers_at, answers_n);
}

WRAP(int, fido_dev_get_assert, fido_dev_t *dev, fido_assert_t *a,
	const char *pin)
{
	(void)a;
	assert_ptr_equal(dev, &fido);
	note_asked("%s;", pin ? pin : "");
	return next_answer()->code;
}

int __real_fido_assert_allow_cred(fido_assert_t *a, const unsigned char *p,
	size_t n);
WRAP(int, fido_assert_allow_cred, fido_assert_t *a, const unsigned char *p,
	size_t n)
{
	note_asked("%.*s ", (int)n, p);
	return __real_fido_assert_allow_cred(a, p, n);
}

int __real_fido_assert_set_up(fido_assert_t *a, fido_opt_t up);
WRAP(int, fido_assert_set_up, fido_assert_t *a, fido_opt_t up)
{
	note_asked(up == FIDO_OPT_TRUE ? "up " : "no-up ");
	return __real_fido_assert_set_up(a, up);
}

int __real_fido_assert_set_rp(fido_assert_t *a, const char *rp);
WRAP(int, fido_assert_set_rp, fido_assert_t *a, const char *rp)
{
	note_asked("%s ", rp);
	return __real_fido_assert_set_rp(a, rp);
}

WRAP(const unsigned char *, fido_assert_id_ptr, const fido_assert_t *a,
	size_t i)
{
	(void)a;
	assert_int_equal(i, 0);
	return (const unsigned char *)answers[answers_at - 1].id;
}

WRAP(size_t, fido_assert_id_len, const fido_assert_t *a, size_t i)
{
	const char *id = answers[answers_at - 1].id;

	(void)a;
	(void)i;
	return id ? strlen(id) : 0;
}

/* A CBOR byte string, as libfido2 1.12 gives it. */
static unsigned char wrapped[600];
static size_t wrapped_n;

static void wrap_bytes(size_t n)
{
	size_t head = n > 255 ? 3 : n > 23 ? 2 : 1;

	memset(wrapped, 'd', sizeof(wrapped));
	wrapped[0] = (unsigned char)(n > 255 ? 0x59 : n > 23 ? 0x58 :
		0x40 | n);
	wrapped[1] = (unsigned char)(n > 255 ? n >> 8 : n > 23 ? n : 'd');
	if (n > 255)
		wrapped[2] = (unsigned char)n;
	wrapped_n = head + n;
}

WRAP(const unsigned char *, fido_assert_authdata_ptr, const fido_assert_t *a,
	size_t i)
{
	(void)a;
	(void)i;
	return wrapped_n ? wrapped : NULL;
}

WRAP(size_t, fido_assert_authdata_len, const fido_assert_t *a, size_t i)
{
	(void)a;
	(void)i;
	return wrapped_n;
}

WRAP(const unsigned char *, fido_assert_sig_ptr, const fido_assert_t *a,
	size_t i)
{
	(void)a;
	(void)i;
	return lacks_signature ? NULL : (const unsigned char *)"sig";
}

WRAP(size_t, fido_assert_sig_len, const fido_assert_t *a, size_t i)
{
	(void)a;
	(void)i;
	return 3;
}

WRAP(int, fido_dev_make_cred, fido_dev_t *dev, fido_cred_t *c,
	const char *pin)
{
	(void)c;
	assert_ptr_equal(dev, &fido);
	note_asked("%s;", pin ? pin : "");
	return next_answer()->code;
}

int __real_fido_cred_set_user(fido_cred_t *c, const unsigned char *id,
	size_t n, const char *name, const char *shown, const char *icon);
WRAP(int, fido_cred_set_user, fido_cred_t *c, const unsigned char *id,
	size_t n, const char *name, const char *shown, const char *icon)
{
	note_asked("user %s %zu ", name ? name : "-", n);
	return __real_fido_cred_set_user(c, id, n, name, shown, icon);
}

WRAP(int, fido_cred_set_prot, fido_cred_t *c, int level)
{
	(void)c;
	note_asked("protect %d ", level);
	return FIDO_OK;
}

WRAP(const char *, fido_cred_fmt, const fido_cred_t *c)
{
	(void)c;
	return format;
}

WRAP(const unsigned char *, fido_cred_authdata_raw_ptr, const fido_cred_t *c)
{
	(void)c;
	return wrapped_n ? (const unsigned char *)"auth" : NULL;
}

WRAP(size_t, fido_cred_authdata_raw_len, const fido_cred_t *c)
{
	(void)c;
	return 4;
}

WRAP(const unsigned char *, fido_cred_attstmt_ptr, const fido_cred_t *c)
{
	(void)c;
	return lacks_statement ? NULL : (const unsigned char *)"stmt";
}

WRAP(size_t, fido_cred_attstmt_len, const fido_cred_t *c)
{
	(void)c;
	return 4;
}

WRAP(int, hid_init, struct hid *h, const unsigned char nonce[HID_NONCE],
	struct error *e)
{
	(void)nonce;
	assert_ptr_equal(h, &fido.transport.hid);
	inits++;
	return init_fails ? error_set(e, init_fails, "no channel") : 0;
}

/* Commands that it knows, by their number; what it answers to others. */
static unsigned char known_command, transact_status;
static int transact_fails;

WRAP(int, hid_transact, struct hid *h, uint8_t command,
	const void *p, size_t n, struct buf *reply, struct error *e)
{
	const unsigned char *q = p;

	assert_ptr_equal(h, &fido.transport.hid);
	assert_int_equal(command, HID_CBOR);
	assert_int_equal(n, 4);
	note_asked("%02x;", q[0]);
	if (transact_fails)
		return error_set(e, transact_fails, "no answer");
	if (transact_status != 0xff)
		buf_put_byte(reply, q[0] == known_command ? 0x36 :
			transact_status);
	return 0;
}

WRAP(int, fido_dev_set_pin, fido_dev_t *dev, const char *pin,
	const char *old)
{
	assert_ptr_equal(dev, &fido);
	note_asked("pin %s %s;", pin, old ? old : "-");
	return next_answer()->code;
}

WRAP(int, fido_dev_force_pin_change, fido_dev_t *dev, const char *pin)
{
	(void)dev;
	note_asked("force %s;", pin);
	return next_answer()->code;
}

WRAP(int, fido_dev_reset, fido_dev_t *dev)
{
	(void)dev;
	note_asked("reset;");
	return next_answer()->code;
}

/* ---- what it keeps ---- */

static uint64_t existing;
static const char *rps[4];
static size_t rps_n;

WRAP(int, fido_credman_get_dev_metadata, fido_dev_t *dev,
	fido_credman_metadata_t *m, const char *pin)
{
	(void)dev;
	(void)m;
	note_asked("counts %s;", pin);
	return next_answer()->code;
}

WRAP(uint64_t, fido_credman_rk_existing, const fido_credman_metadata_t *m)
{
	(void)m;
	return existing;
}

WRAP(uint64_t, fido_credman_rk_remaining, const fido_credman_metadata_t *m)
{
	(void)m;
	return 25;
}

WRAP(int, fido_credman_get_dev_rp, fido_dev_t *dev, fido_credman_rp_t *rp,
	const char *pin)
{
	(void)dev;
	(void)rp;
	note_asked("rps %s;", pin);
	return next_answer()->code;
}

WRAP(size_t, fido_credman_rp_count, const fido_credman_rp_t *rp)
{
	(void)rp;
	return rps_n;
}

WRAP(const char *, fido_credman_rp_id, const fido_credman_rp_t *rp, size_t i)
{
	(void)rp;
	return rps[i];
}

WRAP(int, fido_credman_get_dev_rk, fido_dev_t *dev, const char *rp,
	fido_credman_rk_t *rk, const char *pin)
{
	(void)dev;
	(void)rk;
	note_asked("keys %s %s;", rp, pin);
	return next_answer()->code;
}

WRAP(size_t, fido_credman_rk_count, const fido_credman_rk_t *rk)
{
	(void)rk;
	return answers_at;
}

/* ---- the token ---- */

static struct buf client_data;
static const struct fido_id ids[] = { { "one", 3 }, { "two", 3 },
	{ "three", 5 } };

static int open_token(void **state)
{
	(void)state;
	memset(&fido, 0, sizeof(fido));
	fido.dev = (fido_dev_t *)&fido;
	fido.transport.hid.fd = 5;
	fido.transport.hid.cancel_fd = -1;
	fido.transport.hid.until = deadline_in(20000);
	strcpy(fido.transport.hid.path, "/dev/hidraw0");
	fido.info.ctap2 = true;
	fido.info.max_list = 8;
	lacks_signature = lacks_statement = false;
	format = "packed";
	inits = 0;
	init_fails = transact_fails = 0;
	known_command = 0;
	transact_status = 1;
	asked[0] = '\0';
	wrap_bytes(37);
	buf_init(&client_data, 100);
	buf_put_str(&client_data, "client data");
	return 0;
}

static int close_token(void **state)
{
	(void)state;
	buf_done(&client_data);
	return 0;
}

/* ---- which of many ---- */

static bool found;
static size_t at;

static int find_it(size_t n)
{
	found = false;
	at = 99;
	return fido_find_credential(&fido, "rp", &client_data, ids, n, &found,
		&at, &err);
}

static void one_question_tells_which_of_a_list_it_has(void **state)
{
	static const struct answer two[] = { { FIDO_OK, "two", 0 } };
	static const struct answer none[] = { { FIDO_ERR_NO_CREDENTIALS, NULL,
		0 } };
	static const struct answer invalid[] = { { FIDO_ERR_INVALID_CREDENTIAL,
		NULL, 0 } };
	static const struct answer nameless[] = { { FIDO_OK, NULL, 0 } };

	(void)state;
	ANSWERS(two);
	OK(find_it(3));
	assert_true(found);
	assert_int_equal(at, 1);
	assert_string_equal(asked, "rp no-up one two three ;");
	ANSWERS(none);
	OK(find_it(3));
	assert_false(found);
	assert_int_equal(at, 99);
	ANSWERS(invalid);
	OK(find_it(3));
	assert_false(found);
	/* of a list of one it need not say which */
	ANSWERS(nameless);
	OK(find_it(1));
	assert_true(found);
	assert_int_equal(at, 0);
	assert_false(fido.lists_refused);
	assert_int_equal(inits, 0);
}

static void a_token_that_takes_no_list_is_asked_for_each(void **state)
{
	static const struct answer large[] = {
		{ FIDO_ERR_REQUEST_TOO_LARGE, NULL, 0 },
		{ FIDO_ERR_NO_CREDENTIALS, NULL, 0 },
		{ FIDO_ERR_NO_CREDENTIALS, NULL, 0 }, { FIDO_OK, NULL, 0 } };
	static const struct answer limit[] = {
		{ FIDO_ERR_LIMIT_EXCEEDED, NULL, 0 }, { FIDO_OK, "one", 0 } };
	static const struct answer length[] = {
		{ FIDO_ERR_INVALID_LENGTH, NULL, 0 },
		{ FIDO_ERR_NO_CREDENTIALS, NULL, 0 },
		{ FIDO_ERR_NO_CREDENTIALS, NULL, 0 } };
	static const struct answer nameless[] = { { FIDO_OK, NULL, 0 },
		{ FIDO_ERR_NO_CREDENTIALS, NULL, 0 }, { FIDO_OK, NULL, 0 } };

	(void)state;
	ANSWERS(large);
	OK(find_it(3));
	assert_all_given();
	assert_true(found);
	assert_int_equal(at, 2);
	assert_true(fido.lists_refused);
	assert_string_equal(asked, "rp no-up one two three ;rp no-up one ;"
		"rp no-up two ;rp no-up three ;");
	ANSWERS(limit);
	OK(find_it(2));
	assert_true(found);
	assert_int_equal(at, 0);
	ANSWERS(length);
	OK(find_it(2));
	assert_all_given();
	assert_false(found);
	ANSWERS(nameless);
	OK(find_it(2));
	assert_true(found);
	assert_int_equal(at, 1);
}

static void a_token_that_answers_for_another_is_refused(void **state)
{
	static const struct answer other[] = { { FIDO_OK, "four", 0 },
		{ FIDO_OK, "on", 0 }, { FIDO_OK, "onf", 0 },
		{ FIDO_OK, "onee", 0 } };

	(void)state;
	ANSWERS(other);
	SAYS(ERROR_MALFORMED, "asking for a credential: the token answers for "
		"one that is not in the list", find_it(3));
	/* nonsense may pass: asked three times more, on a new channel */
	assert_all_given();
	assert_int_equal(inits, 3);
	assert_false(found);
	assert_int_equal(at, 99);
}

static void an_answer_that_may_pass_is_asked_for_again(void **state)
{
	static const struct answer late[] = {
		{ FIDO_ERR_ERR_OTHER, NULL, 0 },
		{ FIDO_ERR_ERR_OTHER, NULL, ERROR_BUSY },
		{ FIDO_ERR_RX, NULL, 0 }, { FIDO_OK, "one", 0 } };
	static const struct answer gone[] = {
		{ FIDO_ERR_TX, NULL, ERROR_NO_TOKEN } };
	static const struct answer silent[] = {
		{ FIDO_ERR_RX, NULL, ERROR_TIMEOUT } };
	static const struct answer wants[] = { { FIDO_ERR_PIN_REQUIRED, NULL,
		0 } };
	static const struct answer one[] = { { FIDO_ERR_ERR_OTHER, NULL, 0 } };
	int64_t begun = deadline_now();

	(void)state;
	ANSWERS(late);
	OK(find_it(3));
	assert_all_given();
	assert_true(found);
	assert_int_equal(inits, 3);
	assert_in_range(deadline_now() - begun, 850, 15000);
	ANSWERS(gone);
	SAYS(ERROR_NO_TOKEN, "the transport says no", find_it(3));
	ANSWERS(silent);
	SAYS(ERROR_TIMEOUT, "the transport says no", find_it(3));
	ANSWERS(wants);
	SAYS(ERROR_PIN, "asking for a credential: the token wants its PIN",
		find_it(3));
	/* not where no channel is to be had, nor behind the deadline */
	init_fails = ERROR_NO_TOKEN;
	ANSWERS(one);
	SAYS(ERROR_FAILED, "asking for a credential: the token answers "
		"FIDO_ERR_ERR_OTHER", find_it(3));
	init_fails = 0;
	inits = 0;
	fido.transport.hid.until = deadline_in(20);
	ANSWERS(one);
	SAYS(ERROR_FAILED, "the token answers FIDO_ERR_ERR_OTHER", find_it(3));
	assert_int_equal(inits, 0);
}

/* Whoever interrupts is told so by the next question, which is not begun. */
static void who_interrupts_is_told_so(void **state)
{
	static const struct answer late[] = { { FIDO_ERR_ERR_OTHER, NULL, 0 },
		{ FIDO_ERR_RX, NULL, ERROR_INTERRUPTED } };
	int64_t begun = deadline_now();
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	fido.transport.hid.cancel_fd = fds[0];
	ANSWERS(late);
	SAYS(ERROR_INTERRUPTED, "the transport says no", find_it(1));
	assert_all_given();
	assert_int_equal(inits, 0);
	assert_true(deadline_now() - begun < 5000);
	close(fds[0]);
	close(fds[1]);
}

static void a_u2f_key_has_it_where_it_asks_for_a_touch(void **state)
{
	static const struct answer touch[] = {
		{ FIDO_ERR_USER_PRESENCE_REQUIRED, NULL, 0 } };

	(void)state;
	fido.info.ctap2 = false;
	ANSWERS(touch);
	OK(find_it(1));
	assert_true(found);
	assert_int_equal(at, 0);
	fido.info.ctap2 = true;
	ANSWERS(touch);
	SAYS(ERROR_TOUCH, "asking for a credential: the token was not touched",
		find_it(1));
}

static void a_list_is_as_long_as_the_token_says(void **state)
{
	static const struct {
		uint64_t max_list, max_message;
		size_t n, fits;
	} rows[] = {
		{ 8, 1200, 3, 3 }, { 2, 1200, 3, 2 }, { 1, 1200, 3, 1 },
		{ 0, 1200, 3, 1 }, { 8, 1200, 0, 0 }, { 1, 1200, 0, 0 },
		/* 160 and "rp", 28 and the id for each: 31, 31, 33 */
		{ 8, 162 + 31 + 31 + 33, 3, 3 },
		{ 8, 162 + 31 + 31 + 32, 3, 2 },
		{ 8, 162 + 31 + 30, 3, 1 },
		{ 8, 100, 3, 1 }, /* one is asked for all the same */
		{ 8, 0, 3, 3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fido.info.max_list = rows[i].max_list;
		fido.info.max_message = rows[i].max_message;
		assert_int_equal(fido_list_fits(&fido, "rp", ids, rows[i].n),
			rows[i].fits);
	}
	fido.info.max_list = 8;
	fido.lists_refused = true;
	assert_int_equal(fido_list_fits(&fido, "rp", ids, 3), 1);
	fido.lists_refused = false;
	fido.info.ctap2 = false;
	assert_int_equal(fido_list_fits(&fido, "rp", ids, 3), 1);
	assert_int_equal(fido_list_fits(&fido, "rp", ids, 0), 0);
}

/* ---- assertions ---- */

static struct assertion assertion;

static int get_it(bool touch, const char *pin)
{
	struct secret secret = SECRET_INIT;
	struct fido_assertion_request q = { "rp", &client_data, ids[0], touch,
		NULL };
	int r;

	if (pin) {
		OK(secret_set(&secret, pin, strlen(pin), &err));
		q.pin = &secret;
	}
	assertion_done(&assertion);
	assertion_init(&assertion);
	found = false;
	r = fido_get_assertion(&fido, &q, &assertion, &found, &err);
	secret_done(&secret);
	return r;
}

static void an_assertion_is_taken_with_what_was_asked(void **state)
{
	static const struct answer one[] = { { FIDO_OK, NULL, 0 } };
	static const size_t lengths[] = { 23, 24, 255, 256 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		wrap_bytes(lengths[i]);
		ANSWERS(one);
		OK(get_it(true, "1234"));
		assert_true(found);
		assert_string_equal(asked, "rp one up 1234;");
		assert_string_equal(assertion.rp_id, "rp");
		assert_string_equal(buf_str(&assertion.client_data),
			"client data");
		assert_string_equal(buf_str(&assertion.credential_id), "one");
		assert_string_equal(buf_str(&assertion.signature), "sig");
		assert_int_equal(assertion.auth_data.n, lengths[i]);
		assert_int_equal(assertion.auth_data.p[0], 'd');
	}
	ANSWERS(one);
	OK(get_it(false, NULL));
	assert_string_equal(asked, "rp one no-up ;");
	assert_int_equal(assertion.auth_data.n, 256);
}

static void an_assertion_with_a_part_missing_is_none(void **state)
{
	static const struct answer one[] = { { FIDO_OK, NULL, 0 } };
	static const char lacks[] =
		"the token's answer lacks a part of the assertion";

	(void)state;
	ANSWERS(one);
	lacks_signature = true;
	SAYS(ERROR_MALFORMED, lacks, get_it(true, NULL));
	assert_false(found);
	lacks_signature = false;
	wrapped_n = 0;
	ANSWERS(one);
	SAYS(ERROR_MALFORMED, lacks, get_it(true, NULL));
	wrap_bytes(0);
	ANSWERS(one);
	SAYS(ERROR_MALFORMED, lacks, get_it(true, NULL));
	wrap_bytes(1);
	ANSWERS(one);
	OK(get_it(true, NULL));
	assert_int_equal(assertion.auth_data.n, 1);
}

static void a_touch_is_asked_for_once(void **state)
{
	static const struct answer bad[] = { { FIDO_ERR_ERR_OTHER, NULL, 0 } };
	static const struct answer again[] = { { FIDO_ERR_ERR_OTHER, NULL, 0 },
		{ FIDO_OK, NULL, 0 } };
	static const struct answer none[] = { { FIDO_ERR_NO_CREDENTIALS, NULL,
		0 } };
	static const struct answer invalid[] = { { FIDO_ERR_INVALID_CREDENTIAL,
		NULL, 0 } };

	(void)state;
	ANSWERS(bad);
	SAYS(ERROR_FAILED, "asking for an assertion: the token answers "
		"FIDO_ERR_ERR_OTHER", get_it(true, NULL));
	ANSWERS(again);
	OK(get_it(false, NULL));
	assert_all_given();
	assert_true(found);
	ANSWERS(none);
	OK(get_it(true, NULL));
	assert_false(found);
	ANSWERS(invalid);
	OK(get_it(true, NULL));
	assert_false(found);
}

static void a_u2f_key_signs_nothing_without_a_touch(void **state)
{
	static const struct answer touch[] = {
		{ FIDO_ERR_USER_PRESENCE_REQUIRED, NULL, 0 } };

	(void)state;
	fido.info.ctap2 = false;
	ANSWERS(touch);
	OK(get_it(false, NULL));
	assert_true(found);
	assert_int_equal(assertion.auth_data.n, 0);
	ANSWERS(touch);
	SAYS(ERROR_TOUCH, "asking for an assertion: the token was not touched",
		get_it(true, NULL));
	fido.info.ctap2 = true;
	ANSWERS(touch);
	SAYS(ERROR_TOUCH, "asking for an assertion: the token was not touched",
		get_it(false, NULL));
}

/* ---- credentials ---- */

static struct attestation attestation;

static int make_it(const char *pin)
{
	struct secret secret = SECRET_INIT;
	int r;

	if (pin)
		OK(secret_set(&secret, pin, strlen(pin), &err));
	attestation_done(&attestation);
	attestation_init(&attestation);
	r = fido_make_credential(&fido, "rp", &client_data,
		pin ? &secret : NULL, &attestation, &err);
	secret_done(&secret);
	return r;
}

static void a_credential_is_taken_with_what_was_asked(void **state)
{
	static const struct answer one[] = { { FIDO_OK, NULL, 0 } };

	(void)state;
	ANSWERS(one);
	OK(make_it("1234"));
	assert_string_equal(asked, "user - 32 1234;");
	assert_string_equal(attestation.rp_id, "rp");
	assert_string_equal(attestation.fmt, "packed");
	assert_string_equal(buf_str(&attestation.client_data), "client data");
	assert_string_equal(buf_str(&attestation.auth_data), "auth");
	assert_string_equal(buf_str(&attestation.att_stmt), "stmt");
	fido.info.cred_protect = true;
	ANSWERS(one);
	OK(make_it(NULL));
	assert_string_equal(asked, "user - 32 protect 2 ;");
}

/* Some firmware insists on a user's name. */
static void a_token_that_wants_a_name_gets_one_from_then_on(void **state)
{
	static const struct answer wants[] = {
		{ FIDO_ERR_MISSING_PARAMETER, NULL, 0 }, { FIDO_OK, NULL, 0 } };
	static const struct answer cbor[] = {
		{ FIDO_ERR_INVALID_CBOR, NULL, 0 }, { FIDO_OK, NULL, 0 } };
	static const struct answer still[] = {
		{ FIDO_ERR_MISSING_PARAMETER, NULL, 0 } };
	static const struct answer other[] = {
		{ FIDO_ERR_OPERATION_DENIED, NULL, 0 } };

	(void)state;
	ANSWERS(other);
	SAYS(ERROR_TOUCH, "making a credential: the token refused the "
		"operation: it was not touched, or it does not allow it",
		make_it(NULL));
	assert_false(fido.no_user_name_refused);
	ANSWERS(wants);
	OK(make_it(NULL));
	assert_all_given();
	assert_string_equal(asked, "user - 32 ;user token 32 ;");
	assert_true(fido.no_user_name_refused);
	ANSWERS(still);
	SAYS(ERROR_FAILED, "making a credential: the token answers "
		"FIDO_ERR_MISSING_PARAMETER", make_it(NULL));
	assert_string_equal(asked, "user token 32 ;");
	fido.info.client_pin = FIDO_ON;
	ANSWERS(still);
	SAYS(ERROR_PIN, "making a credential: the token wants its PIN",
		make_it(NULL));
	fido.info.client_pin = FIDO_OFF;
	fido.info.untold = true; /* whether it has one is not known */
	ANSWERS(still);
	SAYS(ERROR_PIN, "making a credential: the token wants its PIN",
		make_it(NULL));
	fido.info.untold = false;
	fido.no_user_name_refused = false;
	ANSWERS(cbor);
	OK(make_it(NULL));
	assert_all_given();
}

static void a_credential_with_a_part_missing_is_none(void **state)
{
	static const struct answer one[] = { { FIDO_OK, NULL, 0 } };
	static const char lacks[] =
		"the token's answer lacks a part of the attestation";
	char longest[ATTEST_FMT_MAX + 2];

	(void)state;
	ANSWERS(one);
	format = NULL;
	SAYS(ERROR_MALFORMED, lacks, make_it(NULL));
	memset(longest, 'f', sizeof(longest));
	longest[ATTEST_FMT_MAX + 1] = '\0';
	format = longest;
	ANSWERS(one);
	SAYS(ERROR_MALFORMED, lacks, make_it(NULL));
	longest[ATTEST_FMT_MAX] = '\0';
	ANSWERS(one);
	OK(make_it(NULL));
	assert_string_equal(attestation.fmt, longest);
	wrapped_n = 0;
	ANSWERS(one);
	SAYS(ERROR_MALFORMED, lacks, make_it(NULL));
	wrap_bytes(37);
	lacks_statement = true;
	ANSWERS(one);
	SAYS(ERROR_MALFORMED, lacks, make_it(NULL));
}

static void enterprise_attestation_is_there_only_where_it_is_on(void **state)
{
	(void)state;
	SAYS(ERROR_UNSUPPORTED, "the token gives no enterprise attestation: it "
		"has none", fido_want_enterprise(&fido, &err));
	fido.info.enterprise = FIDO_OFF;
	SAYS(ERROR_UNSUPPORTED, "the token gives no enterprise attestation: it "
		"is not switched on (by its vendor, or `fido2-token -S -a`)",
		fido_want_enterprise(&fido, &err));
	assert_false(fido.enterprise);
}

/* ---- on a reader ---- */

static void a_token_that_was_taken_off_its_reader_is_gone(void **state)
{
	static const char lost[] = "asking for a credential: no FIDO token "
		"answers at 'nfc:0': lay it on the reader, and leave it there "
		"until all is done";

	(void)state;
	fido.on_reader = true;
	strcpy(fido.transport.hid.path, "nfc:0");
	SAYS(ERROR_NO_TOKEN, lost, fido_failed(&fido, FIDO_ERR_RX,
		"asking for a credential", &err));
	SAYS(ERROR_NO_TOKEN, lost, fido_failed(&fido, FIDO_ERR_TX,
		"asking for a credential", &err));
	SAYS(ERROR_FAILED, "x: the token answers FIDO_ERR_ERR_OTHER",
		fido_failed(&fido, FIDO_ERR_ERR_OTHER, "x", &err));
	fido.on_reader = false;
	SAYS(ERROR_MALFORMED, "x: the token's answer cannot be parsed",
		fido_failed(&fido, FIDO_ERR_RX, "x", &err));
}

static void each_code_on_which_somebody_acts_has_its_words(void **state)
{
#define DAMAGED "the token's answer cannot be parsed: it is damaged, or of a " \
	"form that libfido2 does not know"
	static const struct {
		int code, error;
		const char *text;
	} rows[] = {
		{ FIDO_ERR_PIN_REQUIRED, ERROR_PIN, "the token wants its PIN" },
		{ FIDO_ERR_PIN_INVALID, ERROR_PIN_WRONG, "wrong PIN" },
		{ FIDO_ERR_PIN_AUTH_INVALID, ERROR_PIN_WRONG, "wrong PIN" },
		{ FIDO_ERR_PIN_AUTH_BLOCKED, ERROR_PIN_BLOCKED, "three wrong "
			"PINs in a row: unplug the token and plug it in again "
			"before the next try" },
		{ FIDO_ERR_PIN_BLOCKED, ERROR_PIN_BLOCKED, "the PIN is blocked "
			"for good: only a reset, which erases all "
			"credentials, makes the token usable again" },
		{ FIDO_ERR_PIN_NOT_SET, ERROR_PIN, "the token has no PIN" },
		{ FIDO_ERR_UV_BLOCKED, ERROR_PIN, "biometry is blocked: use "
			"the PIN" },
		{ FIDO_ERR_UV_INVALID, ERROR_PIN, "the fingerprint did not "
			"match" },
		{ FIDO_ERR_ACTION_TIMEOUT, ERROR_TOUCH, "the token was not "
			"touched in time" },
		{ FIDO_ERR_USER_ACTION_TIMEOUT, ERROR_TOUCH, "the token was "
			"not touched in time" },
		{ FIDO_ERR_USER_PRESENCE_REQUIRED, ERROR_TOUCH, "the token "
			"was not touched" },
		{ FIDO_ERR_OPERATION_DENIED, ERROR_TOUCH, "the token refused "
			"the operation: it was not touched, or it does not "
			"allow it" },
		{ FIDO_ERR_KEEPALIVE_CANCEL, ERROR_INTERRUPTED,
			"interrupted" },
		{ FIDO_ERR_UNSUPPORTED_ALGORITHM, ERROR_UNSUPPORTED, "the "
			"token does not do ES256" },
		{ FIDO_ERR_KEY_STORE_FULL, ERROR_REFUSED, "the token is "
			"full" },
		{ FIDO_ERR_INVALID_CBOR, ERROR_MALFORMED, DAMAGED },
		{ FIDO_ERR_RX_INVALID_CBOR, ERROR_MALFORMED, DAMAGED },
		{ FIDO_ERR_RX_NOT_CBOR, ERROR_MALFORMED, DAMAGED },
		{ FIDO_ERR_RX, ERROR_MALFORMED, DAMAGED },
		{ FIDO_ERR_ERR_OTHER, ERROR_FAILED, "the token answers "
			"FIDO_ERR_ERR_OTHER" },
	};
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		FAILS(rows[i].error, failure_set(rows[i].code, "doing", &err));
		snprintf(want, sizeof(want), "doing: %s", rows[i].text);
		assert_string_equal(err.text, want);
	}
}

/* ---- care ---- */

static void a_pin_is_set_or_changed(void **state)
{
	static const struct answer good[] = { { FIDO_OK, NULL, 0 } };
	static const struct answer policy[] = {
		{ FIDO_ERR_PIN_POLICY_VIOLATION, NULL, 0 } };
	static const struct answer wrong[] = { { FIDO_ERR_PIN_INVALID, NULL,
		0 } };
	struct secret old = SECRET_INIT, pin = SECRET_INIT;

	(void)state;
	OK(secret_set(&old, "1111", 4, &err));
	OK(secret_set(&pin, "2222", 4, &err));
	ANSWERS(good);
	OK(care_set_pin(&fido, NULL, &pin, &err));
	assert_string_equal(asked, "pin 2222 -;");
	ANSWERS(good);
	OK(care_set_pin(&fido, &old, &pin, &err));
	assert_string_equal(asked, "pin 2222 1111;");
	ANSWERS(policy);
	SAYS(ERROR_PIN, "setting a PIN: the token's own policy does not take "
		"the new PIN: too short, too simple, or used before",
		care_set_pin(&fido, NULL, &pin, &err));
	ANSWERS(wrong);
	SAYS(ERROR_PIN_WRONG, "changing the PIN: wrong PIN",
		care_set_pin(&fido, &old, &pin, &err));
	secret_done(&old);
	secret_done(&pin);
}

static void another_pin_is_ordered_where_the_token_can_want_one(void **state)
{
	static const struct answer good[] = { { FIDO_OK, NULL, 0 } };
	static const struct answer bad[] = { { FIDO_ERR_PIN_INVALID, NULL,
		0 } };
	struct secret pin = SECRET_INIT;

	(void)state;
	OK(secret_set(&pin, "2222", 4, &err));
	fido.info.config = FIDO_ON;
	SAYS(ERROR_UNSUPPORTED, "this token cannot be told to want another PIN",
		care_force_change(&fido, &pin, &err));
	fido.info.config = FIDO_OFF;
	fido.info.min_pin_settable = FIDO_ON;
	SAYS(ERROR_UNSUPPORTED, "this token cannot be told to want another PIN",
		care_force_change(&fido, &pin, &err));
	fido.info.config = FIDO_ON;
	ANSWERS(good);
	OK(care_force_change(&fido, &pin, &err));
	assert_string_equal(asked, "force 2222;");
	ANSWERS(bad);
	SAYS(ERROR_PIN_WRONG, "ordering another PIN: wrong PIN",
		care_force_change(&fido, &pin, &err));
	secret_done(&pin);
}

static void a_reset_that_comes_too_late_erased_nothing(void **state)
{
	static const struct answer good[] = { { FIDO_OK, NULL, 0 } };
	static const struct answer late[] = { { FIDO_ERR_NOT_ALLOWED, NULL,
		0 } };
	static const struct answer denied[] = { { FIDO_ERR_OPERATION_DENIED,
		NULL, 0 } };

	(void)state;
	ANSWERS(good);
	OK(care_reset(&fido, &err));
	ANSWERS(late);
	SAYS(ERROR_TIMEOUT, "too late: the token takes a reset only within 10 "
		"s of being plugged in; nothing was erased: start again",
		care_reset(&fido, &err));
	ANSWERS(denied);
	SAYS(ERROR_TOUCH, "resetting: the token refused the operation",
		care_reset(&fido, &err));
}

/* ---- what it keeps ---- */

#define FINAL 0x0a
#define PREVIEW 0x41

static void whether_it_lists_anything_is_its_own_word(void **state)
{
	(void)state;
	fido.info.ctap2 = false;
	SAYS(ERROR_UNSUPPORTED, "the token does not list what it keeps: it "
		"does not know the command (it has no credential management)",
		discoverable_check(&fido, &err));
	fido.info.ctap2 = true;
	fido.info.client_pin = FIDO_OFF;
	SAYS(ERROR_PIN, "the token lists what it keeps only to who knows its "
		"PIN, and it has none: `tokenbridge pin set`",
		discoverable_check(&fido, &err));
	fido.info.client_pin = FIDO_ON;
	fido.transport.hid.fd = -1; /* on a reader nobody can be asked */
	OK(discoverable_check(&fido, &err));
	assert_string_equal(asked, "");
	fido.transport.hid.fd = 5;
	known_command = PREVIEW;
	OK(discoverable_check(&fido, &err));
	assert_string_equal(asked, "41;");
	known_command = 0;
	SAYS(ERROR_UNSUPPORTED, "(it has no credential management)",
		discoverable_check(&fido, &err));
	assert_string_equal(asked, "41;41;0a;");
	/* an empty answer is no yes */
	transact_status = 0xff;
	SAYS(ERROR_UNSUPPORTED, "(it has no credential management)",
		discoverable_check(&fido, &err));
	transact_fails = ERROR_NO_TOKEN;
	SAYS(ERROR_NO_TOKEN, "no answer", discoverable_check(&fido, &err));
	transact_fails = 0;
	transact_status = 1;
	known_command = FINAL;
	FAILS(ERROR_UNSUPPORTED, discoverable_check(&fido, &err));
	assert_non_null(strstr(err.text, "libfido2"));
}

static struct discoverable kept;

static int read_kept(void)
{
	struct secret pin = SECRET_INIT;
	int r;

	OK(secret_set(&pin, "1234", 4, &err));
	discoverable_done(&kept);
	memset(&kept, 0, sizeof(kept));
	r = discoverable_read(&fido, &pin, &kept, &err);
	secret_done(&pin);
	return r;
}

static void what_it_keeps_is_counted_by_relying_party(void **state)
{
	static const struct answer all[] = { { FIDO_OK, NULL, 0 },
		{ FIDO_OK, NULL, 0 }, { FIDO_OK, NULL, 0 },
		{ FIDO_OK, NULL, 0 } };
	static const struct answer nothing[] = { { FIDO_OK, NULL, 0 } };
	static const struct answer gone[] = { { FIDO_OK, NULL, 0 },
		{ FIDO_ERR_NO_CREDENTIALS, NULL, 0 } };

	(void)state;
	existing = 2;
	rps[0] = "a.example";
	rps[1] = NULL;
	rps[2] = "b\x1b.example";
	rps_n = 3;
	ANSWERS(all);
	OK(read_kept());
	assert_all_given();
	assert_string_equal(asked, "counts 1234;rps 1234;keys a.example 1234;"
		"keys b\x1b.example 1234;");
	assert_int_equal(kept.kept, 2);
	assert_int_equal(kept.left, 25);
	assert_int_equal(kept.rps_n, 3);
	assert_string_equal(kept.rps[0].id, "a.example");
	assert_int_equal(kept.rps[0].n, 3);
	assert_string_equal(kept.rps[1].id, "");
	assert_int_equal(kept.rps[1].n, 0);
	assert_string_equal(kept.rps[2].id, "b?.example");
	assert_int_equal(kept.rps[2].n, 4);
	assert_false(kept.has_identifier);
	existing = 0;
	ANSWERS(nothing);
	OK(read_kept());
	assert_string_equal(asked, "counts 1234;");
	assert_int_equal(kept.rps_n, 0);
	/* the last one went meanwhile */
	existing = 1;
	ANSWERS(gone);
	OK(read_kept());
	assert_int_equal(kept.rps_n, 0);
	discoverable_done(&kept);
	assert_null(kept.rps);
}

static void a_listing_that_fails_says_at_what(void **state)
{
	static const struct answer wrong[] = { { FIDO_ERR_PIN_INVALID, NULL,
		0 } };
	static const struct answer unknown[] = { { FIDO_ERR_INVALID_COMMAND,
		NULL, 0 } };
	static const struct answer later[] = { { FIDO_OK, NULL, 0 },
		{ FIDO_ERR_ERR_OTHER, NULL, 0 }, { FIDO_OK, NULL, 0 },
		{ FIDO_ERR_ERR_OTHER, NULL, 0 }, { FIDO_ERR_ERR_OTHER, NULL, 0 },
		{ FIDO_ERR_ERR_OTHER, NULL, 0 }, { FIDO_ERR_ERR_OTHER, NULL, 0 } };

	(void)state;
	existing = rps_n = 1;
	rps[0] = "a.example";
	ANSWERS(wrong);
	SAYS(ERROR_PIN_WRONG, "listing its credentials: wrong PIN",
		read_kept());
	/* the PIN is not tried again, where all else may be */
	assert_int_equal(inits, 0);
	ANSWERS(unknown);
	SAYS(ERROR_UNSUPPORTED, "the token does not list what it keeps",
		read_kept());
	ANSWERS(later);
	SAYS(ERROR_FAILED, "listing its credentials: the token answers "
		"FIDO_ERR_ERR_OTHER", read_kept());
	assert_all_given();
	assert_int_equal(inits, 4);
	discoverable_done(&kept);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_token, close_token)

static int done_all(void **state)
{
	(void)state;
	assertion_done(&assertion);
	attestation_done(&attestation);
	return 0;
}

static int begin_all(void **state)
{
	(void)state;
	fido_init(0);
	assertion_init(&assertion);
	attestation_init(&attestation);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_question_tells_which_of_a_list_it_has),
		TEST(a_token_that_takes_no_list_is_asked_for_each),
		TEST(a_token_that_answers_for_another_is_refused),
		TEST(an_answer_that_may_pass_is_asked_for_again),
		TEST(who_interrupts_is_told_so),
		TEST(a_u2f_key_has_it_where_it_asks_for_a_touch),
		TEST(a_list_is_as_long_as_the_token_says),
		TEST(an_assertion_is_taken_with_what_was_asked),
		TEST(an_assertion_with_a_part_missing_is_none),
		TEST(a_touch_is_asked_for_once),
		TEST(a_u2f_key_signs_nothing_without_a_touch),
		TEST(a_credential_is_taken_with_what_was_asked),
		TEST(a_token_that_wants_a_name_gets_one_from_then_on),
		TEST(a_credential_with_a_part_missing_is_none),
		TEST(enterprise_attestation_is_there_only_where_it_is_on),
		TEST(a_token_that_was_taken_off_its_reader_is_gone),
		TEST(each_code_on_which_somebody_acts_has_its_words),
		TEST(a_pin_is_set_or_changed),
		TEST(another_pin_is_ordered_where_the_token_can_want_one),
		TEST(a_reset_that_comes_too_late_erased_nothing),
		TEST(whether_it_lists_anything_is_its_own_word),
		TEST(what_it_keeps_is_counted_by_relying_party),
		TEST(a_listing_that_fails_says_at_what),
	};

	return cmocka_run_group_tests(tests, begin_all, done_all);
}
