/* SPDX-License-Identifier: Apache-2.0 */
/* Smart-card applications, on a card that answers from a script. */
#include "token/card/ykoath.h"

#include "base/encode.h"
#include "tests/unit/unit.h"

/* One exchange: what must be sent (NULL: anything), what comes back. */
struct exchange {
	const char *apdu;  /* hex */
	const char *reply; /* hex */
	uint16_t sw;
	int code;          /* of a failing transmit, 0: it works */
};

struct script {
	const struct exchange *rows;
	size_t n, at;
	bool repeat; /* the last row for ever */
	size_t sent;
};

static bool has_no_random;
int __real_RAND_bytes(unsigned char *p, int size);
WRAP(int, RAND_bytes, unsigned char *p, int size)
{
	return has_no_random ? 0 : __real_RAND_bytes(p, size);
}

static void put_hex(struct buf *b, const char *hex)
{
	unsigned char byte;

	for (; hex && *hex; hex += 2) {
		assert_int_equal(hex_decode(hex, 2, &byte, 1), 1);
		buf_put_byte(b, byte);
	}
}

static int transmit(void *context, const unsigned char *apdu, size_t n,
	struct buf *reply, uint16_t *ret_sw, struct error *e)
{
	struct script *s = context;
	const struct exchange *x;
	struct buf want;

	assert_true(s->at < s->n);
	x = &s->rows[s->at];
	if (!s->repeat || s->at + 1 < s->n)
		s->at++;
	s->sent++;
	assert_true(n >= 5 && n <= 5 + 255);
	if (x->apdu) {
		buf_init(&want, 512);
		put_hex(&want, x->apdu);
		assert_int_equal(n, want.n);
		assert_memory_equal(apdu, want.p, n);
		buf_done(&want);
	}
	if (x->code)
		return error_set(e, x->code, "the card is gone");
	buf_reset(reply);
	put_hex(reply, x->reply);
	*ret_sw = x->sw;
	return 0;
}

#define SCRIPT(s) { .rows = s, .n = ARRAY_LEN(s) }
#define CARD(script) { .transmit = transmit, .context = &(script) }
#define SELECT "00a4040007a0000005272101"
#define SELECT_MANAGEMENT "00a4040008a000000527471117"
#define LIST "00a1000000"
#define MORE "00a5000000"
/* version 5.7.4, device id of eight bytes */
#define SELECTED "7903050704" "71080102030405060708"

/* ---- select and list ---- */

static int select_oath(struct script *s, struct oath_applet *a, bool *present)
{
	struct card c = CARD(*s);

	int r;

	memset(a, 0x55, sizeof(*a));
	*present = false;
	r = ykoath_select(&c, a, present, &err);
	return r == 0 && *present ? ykoath_list(&c, a, &err) : r;
}

static void an_open_applet_tells_version_id_and_accounts(void **state)
{
	static const struct exchange rows[] = {
		{ SELECT, SELECTED, 0x9000 },
		{ LIST, "72062161" "6c696365" "720411" "626f62" , 0x9000 },
	};
	struct script s = SCRIPT(rows);
	struct oath_applet a;
	bool present;

	(void)state;
	OK(select_oath(&s, &a, &present));
	assert_true(present);
	assert_false(a.locked);
	assert_memory_equal(a.version, "\5\7\4", 3);
	/* printf '\1\2\3\4\5\6\7\10' | sha256sum | xxd -r -p | head -c16 |
	 * base64 */
	assert_string_equal(a.id, "ZoQN2hVOihE8Md0K0y9/Og");
	assert_int_equal(a.n, 2);
	assert_string_equal(a.accounts[0].name, "alice");
	assert_int_equal(a.accounts[0].type, 0x21);
	assert_string_equal(a.accounts[1].name, "bob");
	assert_int_equal(a.accounts[1].type, 0x11);
	assert_int_equal(s.at, s.n);
}

static void a_serial_number_is_taken_where_the_applet_tells_one(void **state)
{
	static const struct {
		const char *reply;
		bool has;
		uint32_t serial;
	} cases[] = {
		{ SELECTED, false, 0 },
		{ SELECTED "8f0400bc614e", true, 12345678 },
		{ "8f04ffffffff" SELECTED, true, UINT32_MAX },
		{ SELECTED "8f03bc614e", false, 0 },
		{ SELECTED "8f050000bc614e", false, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct exchange rows[] = {
			{ SELECT, cases[i].reply, 0x9000 },
			{ LIST, "", 0x9000 },
		};
		struct script s = SCRIPT(rows);
		struct oath_applet a;
		bool present;

		OK(select_oath(&s, &a, &present));
		assert_int_equal(a.has_serial, cases[i].has);
		assert_int_equal(a.serial, cases[i].serial);
	}
}

static void a_locked_applet_is_not_asked_for_accounts(void **state)
{
	static const struct exchange rows[] = {
		{ SELECT, SELECTED "7408a1a2a3a4a5a6a7a8" "7b0101", 0x9000 },
	};
	struct script s = SCRIPT(rows);
	struct oath_applet a;
	bool present;

	(void)state;
	OK(select_oath(&s, &a, &present));
	assert_true(present);
	assert_true(a.locked);
	assert_int_equal(a.n, 0);
}

#define LOCKED SELECTED "7408a1a2a3a4a5a6a7a8" "7b0101"

/* What ykman sets it to flows see; here what an applet may answer. */
static void a_password_counts_only_where_the_applet_proves_it_too(void **state)
{
	static const struct {
		const char *reply;
		uint16_t sw;
		int code;
	} cases[] = {
		{ "", 0x6a80, ERROR_PIN_WRONG },
		{ "", 0x6984, ERROR_CONFLICT },
		{ "", 0x9000, ERROR_MALFORMED },
		{ "7514000102030405060708090a0b0c0d0e0f10111213", 0x9000,
			ERROR_MALFORMED },
		{ "7504aabbccdd", 0x9000, ERROR_MALFORMED },
		{ "7614000102030405060708090a0b0c0d0e0f10111213", 0x9000,
			ERROR_MALFORMED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct exchange rows[] = {
			{ SELECT, LOCKED, 0x9000 },
			{ NULL, cases[i].reply, cases[i].sw },
		};
		struct script s = SCRIPT(rows);
		struct card c = CARD(s);
		struct oath_applet a;
		bool present;

		OK(ykoath_select(&c, &a, &present, &err));
		FAILS(cases[i].code, ykoath_unlock(&c, &a, "tulip", 5, &err));
		assert_true(a.locked);
		assert_int_equal(s.at, s.n);
	}
}

static void without_random_numbers_nothing_is_proved(void **state)
{
	static const struct exchange rows[] = { { SELECT, LOCKED, 0x9000 } };
	struct script s = SCRIPT(rows);
	struct card c = CARD(s);
	struct oath_applet a;
	bool present;

	(void)state;
	OK(ykoath_select(&c, &a, &present, &err));
	has_no_random = true;
	SAYS(ERROR_FAILED, "no random numbers",
		ykoath_unlock(&c, &a, "tulip", 5, &err));
	has_no_random = false;
	assert_true(a.locked);
}

static void an_applet_without_a_password_or_with_a_strange_one(void **state)
{
	static const struct exchange open[] = { { SELECT, SELECTED, 0x9000 } };
	static const struct exchange strange[] = {
		/* a challenge of 33 bytes, which no applet has */
		{ SELECT, SELECTED "7421" "00000000000000000000000000000000"
			"00000000000000000000000000000000" "00", 0x9000 },
	};
	struct script s = SCRIPT(open), t = SCRIPT(strange);
	struct card c = CARD(s), d = CARD(t);
	struct oath_applet a;
	bool present;

	(void)state;
	OK(ykoath_select(&c, &a, &present, &err));
	OK(ykoath_unlock(&c, &a, "tulip", 5, &err)); /* nothing is sent */
	OK(ykoath_select(&d, &a, &present, &err));
	SAYS(ERROR_UNSUPPORTED, "the password of this OATH application cannot",
		ykoath_unlock(&d, &a, "tulip", 5, &err));
	assert_true(a.locked);
}

static void a_card_without_the_applet_is_no_failure(void **state)
{
	static const uint16_t words[] = { 0x6a82, 0x6999, 0x6d00, 0x6e00 };
	struct oath_applet a;
	bool present = true;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(words); i++) {
		const struct exchange rows[] = { { SELECT, "", words[i] } };
		struct script s = SCRIPT(rows);

		OK(select_oath(&s, &a, &present));
		assert_false(present);
	}
}

static void a_select_that_makes_no_sense_is_malformed(void **state)
{
	static const char *const replies[] = {
		"", "79", "7903", "7903050704", "71080102030405060708",
		"7903050704" "7100", "79020507" "710101",
		SELECTED "74", SELECTED "7408", SELECTED "00",
		"7984000000" "01", "7980", SELECTED "7181", SELECTED "718200",
		SELECTED "7182ffff",
	};
	struct oath_applet a, before;
	bool present;
	size_t i;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	for (i = 0; i < ARRAY_LEN(replies); i++) {
		const struct exchange rows[] = { { SELECT, replies[i],
			0x9000 } };
		struct script s = SCRIPT(rows);

		SAYS(ERROR_MALFORMED, "the OATH application answers SELECT with",
			select_oath(&s, &a, &present));
		assert_memory_equal(&a, &before, sizeof(a));
		assert_false(present);
	}
}

static void a_list_that_makes_no_sense_is_malformed(void **state)
{
	static const char *const replies[] = { "72", "7206", "720621616c6963",
		"7100", "7200", "720121", "7303212122",
		/* a name of 65 bytes */
		"7242" "21" "61616161616161616161616161616161"
		"6161616161616161616161616161616161616161616161616161616161"
		"616161616161616161616161616161616161616161" };
	struct oath_applet a;
	bool present;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(replies); i++) {
		const struct exchange rows[] = { { SELECT, SELECTED, 0x9000 },
			{ LIST, replies[i], 0x9000 } };
		struct script s = SCRIPT(rows);

		SAYS(ERROR_MALFORMED, "the OATH application's list of accounts makes",
			select_oath(&s, &a, &present));
	}
}

/* By one byte or by many, whichever way the length is written. */
static void an_account_that_is_cut_off_is_none(void **state)
{
	static const char *const heads[] = { "", "81", "8200" };
	char reply[64];
	const struct exchange rows[] = { { SELECT, SELECTED, 0x9000 },
		{ LIST, reply, 0x9000 } };
	struct oath_applet a;
	unsigned lacks;
	bool present;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(heads); i++)
		for (lacks = 0; lacks < 12; lacks++) {
			struct script s = SCRIPT(rows);

			snprintf(reply, sizeof(reply), "72%s%02x21616c6963",
				heads[i], 5 + lacks);
			if (lacks == 0)
				OK(select_oath(&s, &a, &present));
			else
				SAYS(ERROR_MALFORMED, "behind account 0",
					select_oath(&s, &a, &present));
		}
}

static void names_of_64_bytes_and_long_lengths_are_taken(void **state)
{
	char hex[512] = "728141" "21"; /* 1 + 64 */
	const struct exchange rows[] = { { SELECT, SELECTED, 0x9000 },
		{ LIST, hex, 0x9000 } };
	struct script s = SCRIPT(rows);
	struct oath_applet a;
	bool present;
	size_t i;

	(void)state;
	for (i = 0; i < 64; i++)
		strcat(hex, "61");
	strcat(hex, "72820003" "216263");
	OK(select_oath(&s, &a, &present));
	assert_int_equal(a.n, 2);
	assert_int_equal(strlen(a.accounts[0].name), 64);
	assert_string_equal(a.accounts[1].name, "bc");
}

static void names_are_shown_harmless(void **state)
{
	static const struct exchange rows[] = { { SELECT, SELECTED, 0x9000 },
		{ LIST, "7206" "21" "611b5b6dff", 0x9000 } };
	struct script s = SCRIPT(rows);
	struct oath_applet a;
	bool present;

	(void)state;
	OK(select_oath(&s, &a, &present));
	assert_string_equal(a.accounts[0].name, "a?[m?");
}

static void more_accounts_than_a_key_can_hold_are_malformed(void **state)
{
	static char hex[8 * (OATH_ACCOUNTS_MAX + 1) + 1];
	const struct exchange rows[] = { { SELECT, SELECTED, 0x9000 },
		{ LIST, hex, 0x9000 } };
	struct script s = SCRIPT(rows), again = SCRIPT(rows);
	struct oath_applet a;
	bool present;
	size_t i;

	(void)state;
	for (i = 0; i < OATH_ACCOUNTS_MAX; i++)
		strcat(hex, "72022161");
	OK(select_oath(&s, &a, &present));
	assert_int_equal(a.n, OATH_ACCOUNTS_MAX);
	strcat(hex, "72022161");
	SAYS(ERROR_MALFORMED, "the OATH application's list of accounts makes",
		select_oath(&again, &a, &present));
}

/* ---- chained replies ---- */

static void a_reply_in_pieces_is_put_together(void **state)
{
	static const struct exchange rows[] = {
		{ SELECT, "7903", 0x6110 },
		{ MORE, "050704", 0x6101 },
		{ MORE, "71080102030405060708", 0x9000 },
		{ LIST, "720621616c", 0x6103 },
		{ MORE, "696365", 0x9000 },
	};
	struct script s = SCRIPT(rows);
	struct oath_applet a;
	bool present;

	(void)state;
	OK(select_oath(&s, &a, &present));
	assert_string_equal(a.accounts[0].name, "alice");
	assert_int_equal(s.at, s.n);
}

static void a_card_that_always_promises_more_is_left(void **state)
{
	static const struct exchange nothing[] = {
		{ SELECT, SELECTED, 0x9000 }, { NULL, "", 0x6100 } };
	static const struct exchange a_byte[] = {
		{ SELECT, SELECTED, 0x9000 }, { NULL, "72", 0x61ff } };
	struct script s = SCRIPT(nothing), t = SCRIPT(a_byte);
	struct oath_applet a;
	bool present;

	(void)state;
	s.repeat = t.repeat = true;
	SAYS(ERROR_MALFORMED, "the smart card promises more data than it has",
		select_oath(&s, &a, &present));
	assert_int_equal(s.sent, 2);
	assert_true(select_oath(&t, &a, &present) < 0);
	assert_true(t.sent < 10000);
}

static void a_failure_between_pieces_is_the_card_s(void **state)
{
	static const struct exchange rows[] = {
		{ SELECT, "7903", 0x6110 },
		{ MORE, NULL, 0, ERROR_NO_TOKEN },
	};
	static const struct exchange word[] = {
		{ SELECT, "7903", 0x6110 },
		{ MORE, "", 0x6f00 },
	};
	struct script s = SCRIPT(rows), t = SCRIPT(word);
	struct oath_applet a;
	bool present;

	(void)state;
	SAYS(ERROR_NO_TOKEN, "the card is gone", select_oath(&s, &a,
		&present));
	SAYS(ERROR_FAILED, "6f00", select_oath(&t, &a, &present));
}

/* ---- put, delete, calculate ---- */

#define SEED "000102030405060708090a0b0c0d0e0f10111213" \
	     "1415161718191a1b1c1d1e1f2021222324252627"
/* 71 "alice", 73 {21 06 seed}, 78 02 */
#define PUT "0001000035" "7105616c696365" "732a2106" SEED "7802"

static void set_seed(struct secret *key, size_t n)
{
	size_t i;

	OK(secret_new(key, n, &err));
	for (i = 0; i < n; i++)
		key->p[i] = (unsigned char)i;
}

static void an_account_is_put_with_touch_required(void **state)
{
	static const struct exchange rows[] = { { PUT, "", 0x9000 } };
	struct script s = SCRIPT(rows);
	struct card c = CARD(s);
	struct secret key = SECRET_INIT;

	(void)state;
	set_seed(&key, 40);
	OK(ykoath_put(&c, "alice", &key, &err));
	assert_int_equal(s.at, 1);
	secret_done(&key);
}

static void keys_too_short_or_too_long_are_not_sent(void **state)
{
	static const size_t bad[] = { 0, 13, 65 }, good[] = { 14, 64 };
	static const struct exchange rows[] = { { NULL, "", 0x9000 } };
	struct secret key = SECRET_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct script s = SCRIPT(rows);
		struct card c = CARD(s);

		set_seed(&key, bad[i]);
		SAYS(ERROR_FAILED, "an OATH key of",
			ykoath_put(&c, "alice", &key, &err));
		assert_int_equal(s.sent, 0);
	}
	for (i = 0; i < ARRAY_LEN(good); i++) {
		struct script s = SCRIPT(rows);
		struct card c = CARD(s);

		set_seed(&key, good[i]);
		OK(ykoath_put(&c, "alice", &key, &err));
	}
	secret_done(&key);
}

static void names_too_long_are_not_sent(void **state)
{
	static const struct exchange rows[] = { { NULL, "", 0x9000 } };
	struct script s = SCRIPT(rows);
	struct card c = CARD(s);
	struct secret key = SECRET_INIT;
	struct oath_response x;
	static const size_t lengths[] = { 65, 128, 253, 254, 255, 256, 300 };
	char name[301];
	size_t i;

	(void)state;
	set_seed(&key, 40);
	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		memset(name, 'a', lengths[i]);
		name[lengths[i]] = '\0';
		SAYS(ERROR_FAILED, "64", ykoath_put(&c, name, &key, &err));
		SAYS(ERROR_FAILED, "64", ykoath_delete(&c, name, &err));
		SAYS(ERROR_FAILED, "64", ykoath_calculate(&c, name,
			(const unsigned char *)"12345678", true, &x, &err));
	}
	assert_int_equal(s.sent, 0);
	name[64] = '\0';
	OK(ykoath_put(&c, name, &key, &err));
	secret_done(&key);
}

static void an_account_is_deleted_by_name(void **state)
{
	static const struct exchange rows[] = {
		{ "0002000007" "7105616c696365", "", 0x9000 } };
	struct script s = SCRIPT(rows);
	struct card c = CARD(s);

	(void)state;
	OK(ykoath_delete(&c, "alice", &err));
}

#define MAC "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
#define NAMED "11" "7105616c696365" "74083132333435363738"
#define CALCULATE "00a20000" NAMED
#define CODE "00a20001" NAMED

static int calculate(const struct exchange *rows, size_t n, bool whole,
	struct oath_response *x)
{
	struct script s = { .rows = rows, .n = n };
	struct card c = CARD(s);
	int r = ykoath_calculate(&c, "alice", (const unsigned char *)"12345678",
		whole, x, &err);

	assert_int_equal(s.at, n);
	return r;
}

static int whole(const char *reply, uint16_t sw, struct oath_response *x)
{
	const struct exchange rows[] = { { CALCULATE, reply, sw } };

	return calculate(rows, 1, true, x);
}

static void a_calculation_is_the_whole_hmac(void **state)
{
	static const char *const bad[] = { "", "75", "7515", "751506",
		"751506" MAC "00", "761506" MAC, "751606" MAC, "751406" MAC,
		"751505" MAC, "751509" MAC, "7505060000ffff" };
	char cut[64] = "751506" MAC;
	struct oath_response x, before;
	size_t i;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	x = before;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		SAYS(ERROR_MALFORMED, "the OATH application answers a calculation",
			whole(bad[i], 0x9000, &x));
	for (i = strlen(cut) - 2; i > 0; i -= 2) {
		cut[i] = '\0';
		SAYS(ERROR_MALFORMED, "the OATH application answers a calculation",
			whole(cut, 0x9000, &x));
	}
	assert_memory_equal(&x, &before, sizeof(x));
	OK(whole("751506" MAC, 0x9000, &x));
	assert_true(x.whole);
	assert_int_equal(x.digits, 6);
	assert_int_equal(x.hmac[0], 0xa0);
	assert_int_equal(x.hmac[19], 0xb3);
}

static void an_applet_that_makes_only_codes_is_asked_for_one(void **state)
{
	static const uint16_t words[] = { 0x6a86, 0x6b00, 0x6a81 };
	struct oath_response x;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(words); i++) {
		const struct exchange rows[] = {
			{ CALCULATE, "", words[i] },
			{ CODE, "760506" "ffeeddcc", 0x9000 },
		};
		const struct exchange refused[] = { { CODE, "", words[i] } };

		OK(calculate(rows, 2, true, &x));
		assert_false(x.whole);
		assert_int_equal(x.truncated, 0x7feeddcc);
		SAYS(ERROR_FAILED, ": the smart card answers status",
			calculate(refused, 1, false, &x));
	}
	/* or it gives what it has at once, which saves a touch */
	OK(whole("760506" "01020304", 0x9000, &x));
	assert_false(x.whole);
	assert_int_equal(x.truncated, 0x01020304);
}

static void a_code_is_asked_for_as_one(void **state)
{
	static const struct {
		const char *reply;
		unsigned digits; /* 0: malformed */
	} cases[] = {
		{ "760506" "00000001", 6 }, { "760508" "00000001", 8 },
		{ "760505" "00000001", 0 }, { "760509" "00000001", 0 },
		{ "760406" "000001", 0 }, { "760606" "0000000001", 0 },
		{ "760506" "000000", 0 }, { "7600", 0 }, { "", 0 },
		{ "760506" "00000001" "00", 0 },
		{ "770106", 0 }, { "7c0106", 0 },
	};
	struct oath_response x;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct exchange rows[] = {
			{ CODE, cases[i].reply, 0x9000 } };

		if (!cases[i].digits) {
			SAYS(ERROR_MALFORMED, "the OATH application answers a calculation",
				calculate(rows, 1, false, &x));
			continue;
		}
		OK(calculate(rows, 1, false, &x));
		assert_int_equal(x.digits, cases[i].digits);
		assert_int_equal(x.truncated, 1);
	}
}

static void every_status_word_is_what_somebody_can_act_on(void **state)
{
	static const struct {
		uint16_t sw;
		int code;
	} words[] = {
		{ 0x6a84, ERROR_REFUSED }, { 0x6982, ERROR_TOUCH },
		{ 0x6984, ERROR_CONFLICT }, { 0x6a80, ERROR_FAILED },
		{ 0x6d00, ERROR_UNSUPPORTED }, { 0x6e00, ERROR_UNSUPPORTED },
		{ 0x6581, ERROR_FAILED }, { 0x6985, ERROR_FAILED },
		{ 0x0000, ERROR_FAILED }, { 0x9001, ERROR_FAILED },
		{ 0xffff, ERROR_FAILED },
	};
	struct secret key = SECRET_INIT;
	struct oath_response x;
	size_t i;

	(void)state;
	set_seed(&key, 40);
	for (i = 0; i < ARRAY_LEN(words); i++) {
		const struct exchange rows[] = { { NULL, "", words[i].sw },
			{ NULL, "", words[i].sw } };
		struct script s = SCRIPT(rows);
		struct card c = CARD(s);

		SAYS(words[i].code, "OATH credential",
			ykoath_put(&c, "alice", &key, &err));
		SAYS(words[i].code, "OATH credential",
			ykoath_delete(&c, "alice", &err));
		/* whatever came with it */
		FAILS(words[i].code, whole("751506" MAC, words[i].sw, &x));
	}
	secret_done(&key);
}

static void every_status_word_ends_a_selection(void **state)
{
	struct oath_applet a;
	bool present;
	unsigned sw;

	(void)state;
	for (sw = 0; sw <= 0xffff; sw += 0x11) {
		const struct exchange rows[] = {
			{ SELECT, SELECTED, 0x9000 },
			{ LIST, "", (uint16_t)sw },
		};
		struct script s = SCRIPT(rows);
		int r = select_oath(&s, &a, &present);

		assert_true(sw == 0x9000 ? r == 0 : r < 0);
	}
}

/* ---- management ---- */

#define PAGE0 "09" "020400bc614e" "100101"
#define PAGE1 "05" "0503050704"

static int read_config(const struct exchange *rows, size_t n,
	struct devinfo *d)
{
	struct script s = { .rows = rows, .n = n };
	struct card c = CARD(s);
	int r = ykoath_read_config(&c, d, &err);

	if (r == 0)
		assert_int_equal(s.at, n);
	return r;
}

static void all_pages_of_the_configuration_are_read(void **state)
{
	static const struct exchange rows[] = {
		{ SELECT_MANAGEMENT, "352e372e34", 0x9000 },
		{ "001d000000", PAGE0, 0x9000 },
		{ "001d010000", PAGE1, 0x9000 },
	};
	struct devinfo d;

	(void)state;
	OK(read_config(rows, ARRAY_LEN(rows), &d));
	assert_true(d.present);
	assert_int_equal(d.serial, 12345678);
	assert_memory_equal(d.version, "\5\7\4", 3);
}

static void pages_end_after_four(void **state)
{
	static const struct exchange rows[] = {
		{ SELECT_MANAGEMENT, "", 0x9000 },
		{ "001d000000", PAGE0, 0x9000 },
		{ "001d010000", PAGE0, 0x9000 },
		{ "001d020000", PAGE0, 0x9000 },
		{ "001d030000", PAGE0, 0x9000 },
	};
	struct devinfo d;

	(void)state;
	OK(read_config(rows, ARRAY_LEN(rows), &d));
}

static void old_firmware_and_other_cards_tell_nothing(void **state)
{
	static const struct exchange absent[] = {
		{ SELECT_MANAGEMENT, "", 0x6a82 } };
	static const struct exchange old[] = {
		{ SELECT_MANAGEMENT, "", 0x9000 },
		{ "001d000000", "", 0x6d00 } };
	struct devinfo d;

	(void)state;
	memset(&d, 0x55, sizeof(d));
	OK(read_config(absent, ARRAY_LEN(absent), &d));
	assert_false(d.present);
	memset(&d, 0x55, sizeof(d));
	OK(read_config(old, ARRAY_LEN(old), &d));
	assert_false(d.present);
}

static void a_malformed_page_is_an_error(void **state)
{
	static const struct exchange page[] = {
		{ SELECT_MANAGEMENT, "", 0x9000 },
		{ "001d000000", "0a", 0x9000 } };
	static const struct exchange second[] = {
		{ SELECT_MANAGEMENT, "", 0x9000 },
		{ "001d000000", PAGE0, 0x9000 },
		{ "001d010000", "", 0x6f00 } };
	static const struct exchange gone[] = {
		{ SELECT_MANAGEMENT, "", 0, ERROR_NO_TOKEN } };
	struct devinfo d = { .serial = 4711 };

	(void)state;
	SAYS(ERROR_MALFORMED, "bytes, but its length says",
		read_config(page, ARRAY_LEN(page), &d));
	SAYS(ERROR_FAILED, ": the smart card answers status",
		read_config(second, ARRAY_LEN(second), &d));
	FAILS(ERROR_NO_TOKEN, read_config(gone, ARRAY_LEN(gone), &d));
	assert_int_equal(d.serial, 4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_applet_tells_version_id_and_accounts),
		cmocka_unit_test(
			a_serial_number_is_taken_where_the_applet_tells_one),
		cmocka_unit_test(a_locked_applet_is_not_asked_for_accounts),
		cmocka_unit_test(
			a_password_counts_only_where_the_applet_proves_it_too),
		cmocka_unit_test(without_random_numbers_nothing_is_proved),
		cmocka_unit_test(
			an_applet_without_a_password_or_with_a_strange_one),
		cmocka_unit_test(a_card_without_the_applet_is_no_failure),
		cmocka_unit_test(a_select_that_makes_no_sense_is_malformed),
		cmocka_unit_test(a_list_that_makes_no_sense_is_malformed),
		cmocka_unit_test(an_account_that_is_cut_off_is_none),
		cmocka_unit_test(names_of_64_bytes_and_long_lengths_are_taken),
		cmocka_unit_test(names_are_shown_harmless),
		cmocka_unit_test(
			more_accounts_than_a_key_can_hold_are_malformed),
		cmocka_unit_test(a_reply_in_pieces_is_put_together),
		cmocka_unit_test(a_card_that_always_promises_more_is_left),
		cmocka_unit_test(a_failure_between_pieces_is_the_card_s),
		cmocka_unit_test(an_account_is_put_with_touch_required),
		cmocka_unit_test(keys_too_short_or_too_long_are_not_sent),
		cmocka_unit_test(names_too_long_are_not_sent),
		cmocka_unit_test(an_account_is_deleted_by_name),
		cmocka_unit_test(a_calculation_is_the_whole_hmac),
		cmocka_unit_test(
			an_applet_that_makes_only_codes_is_asked_for_one),
		cmocka_unit_test(a_code_is_asked_for_as_one),
		cmocka_unit_test(every_status_word_is_what_somebody_can_act_on),
		cmocka_unit_test(every_status_word_ends_a_selection),
		cmocka_unit_test(all_pages_of_the_configuration_are_read),
		cmocka_unit_test(pages_end_after_four),
		cmocka_unit_test(old_firmware_and_other_cards_tell_nothing),
		cmocka_unit_test(a_malformed_page_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
