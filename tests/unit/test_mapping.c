/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files of pam_u2f and pam_yubico. */
#include "base/encode.h"
#include "bridge/local/otp-ids.h"
#include "bridge/local/u2f-keys.h"
#include "token/attest/authdata.h"

#include "tests/unit/unit.h"

/* The base point of P-256, and a point of Ed25519. */
#define XY "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ED "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

static char es256[256], eddsa[256], rs256[600];

static void in_base64(const unsigned char *p, size_t n, char *ret)
{
	struct buf b;

	buf_init(&b, 4096);
	base64_encode(&b, BASE64_STD, p, n);
	strcpy(ret, buf_str(&b));
	buf_done(&b);
}

static int set_up(void **state)
{
	unsigned char p[259];

	(void)state;
	assert_int_equal(hex_decode(XY, strlen(XY), p, sizeof(p)), 64);
	in_base64(p, 64, es256);
	assert_int_equal(hex_decode(ED, strlen(ED), p, sizeof(p)), 32);
	in_base64(p, 32, eddsa);
	memset(p, 0xc3, 256);
	memcpy(p + 256, "\1\0\1", 3);
	in_base64(p, 259, rs256);
	return 0;
}

static int parse(struct u2f_keys *ret, const char *format, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	memset(ret, 0, sizeof(*ret));
	return u2f_keys_parse(text, strlen(text), ret, &err);
}

static void refused(const char *says, const char *format, ...)
{
	struct u2f_keys keys = { .n = 0 };
	char text[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	assert_true(u2f_keys_parse(text, strlen(text), &keys, &err) < 0);
	assert_null(keys.p);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
}

static void test_a_line_has_several_credentials(void **state)
{
	struct u2f_keys keys;

	(void)state;
	OK(parse(&keys, "alice:AAEC,%s,es256,+presence:AwQ=,%s,eddsa,"
		"+presence+pin\nbob:*,%s,rs256,+verification\n", es256, eddsa,
		rs256));
	assert_int_equal(keys.n, 3);
	assert_string_equal(keys.p[0].user, "alice");
	assert_int_equal(keys.p[0].id_n, 3);
	assert_memory_equal(keys.p[0].id, "\0\1\2", 3);
	assert_int_equal(keys.p[0].alg, COSE_ALG_ES256);
	assert_false(keys.p[0].verify);
	assert_false(keys.p[0].is_old);
	assert_string_equal(keys.p[1].user, "alice");
	assert_int_equal(keys.p[1].line, 1);
	assert_int_equal(keys.p[1].byte, 29 + strlen(es256));
	assert_int_equal(keys.p[1].alg, COSE_ALG_EDDSA);
	assert_true(keys.p[1].verify);
	assert_string_equal(keys.p[2].user, "bob");
	assert_true(keys.p[2].is_resident);
	assert_int_equal(keys.p[2].id_n, 0);
	assert_int_equal(keys.p[2].alg, COSE_ALG_RS256);
	assert_true(keys.p[2].verify);
	u2f_keys_done(&keys);
}

static void test_the_form_without_a_type_is_taken(void **state)
{
	struct u2f_keys keys;

	(void)state;
	OK(parse(&keys, "alice:-_8,04" XY ":AA,04" XY "\n"));
	assert_int_equal(keys.n, 2);
	assert_true(keys.p[0].is_old);
	assert_memory_equal(keys.p[0].id, "\xfb\xff", 2);
	assert_int_equal(keys.p[0].alg, COSE_ALG_ES256);
	u2f_keys_done(&keys);
}

static void test_options_may_be_absent(void **state)
{
	struct u2f_keys keys;

	(void)state;
	OK(parse(&keys, "a:AA==,%s,es256\nb:AA==,%s,es256,\n", es256, es256));
	assert_int_equal(keys.n, 2);
	assert_false(keys.p[0].verify || keys.p[1].verify);
	u2f_keys_done(&keys);
}

/* A blank before it must not be taken for one at the end of its first line. */
static void test_nothing_before_the_text_is_read(void **state)
{
	struct u2f_keys keys = { .n = 0 };
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "   \nalice:AA==,%s,es256\n", es256);
	OK(u2f_keys_parse(text + 3, strlen(text + 3), &keys, &err));
	assert_int_equal(keys.n, 1);
	assert_int_equal(keys.p[0].line, 2);
	u2f_keys_done(&keys);
}

static void test_comments_and_blanks_are_passed_over(void **state)
{
	struct u2f_keys keys;

	(void)state;
	OK(parse(&keys, "# a remark\n\n  \t\r\n#x:AA==,%s,es256\nalice:AA==,%s,"
		"es256,+presence \t\r\n", es256, es256));
	assert_int_equal(keys.n, 1);
	assert_int_equal(keys.p[0].line, 5);
	u2f_keys_done(&keys);
	OK(parse(&keys, ""));
	assert_int_equal(keys.n, 0);
}

static void test_a_bad_line_is_named(void **state)
{
	(void)state;
	refused("line 1, byte 1: there is no user", ":AA==,%s,es256", es256);
	refused("line 2, byte 1: it begins with a blank", "\n alice:AA==,%s",
		es256);
	refused("line 1, byte 1: the user's name holds a control character",
		"\xef\xbb\xbf" "alice:AA==,%s", es256);
	refused("line 1, byte 1: nothing stands behind 'alice'", "alice\n");
	refused("line 1, byte 7: a credential is", "alice:\n");
	refused("line 1, byte 7: a credential is", "alice:AA==\n");
	refused("byte 7: a credential is", "alice:AA==,%s,es256,+presence,x",
		es256);
	refused("line 1, byte 7: the key handle is no base64 ",
		"alice:A A==,%s,es256", es256);
	refused("byte 7: the key handle is no base64 ", "alice:,%s,es256",
		es256);
	refused("byte 7: the key handle is no base64url", "alice:A+,04" XY);
	refused("byte 12: the public key is no base64", "alice:AA==,%%,es256");
	refused("byte 12: that is no public key of this type: the key has 32 "
		"bytes", "alice:AA==,%s,es256", eddsa);
	refused("byte 10: the key is no point", "alice:AA,02" XY);
	refused("the type 'es512' is none of", "alice:AA==,%s,es512,", es256);
	refused("the option '+presences' is none of",
		"alice:AA==,%s,es256,+presences", es256);
	refused("options begin with '+'", "alice:AA==,%s,es256,pin", es256);
	refused("the option '+' is none of", "alice:AA==,%s,es256,+", es256);
	refused("line 2, byte 7: 'alice' has line 1 already",
		"alice:AA==,%s,es256\nalice:AQ==,%s,es256\n", es256, es256);
}

static void test_a_point_off_the_curve_is_no_key(void **state)
{
	char xy[] = XY;

	(void)state;
	xy[0] = '7';
	refused("that is no public key of this type", "alice:AA,04%s", xy);
}

/* ---- public ids ---- */

static int parse_ids(struct otp_ids *ret, const char *text)
{
	memset(ret, 0, sizeof(*ret));
	return otp_ids_parse(text, strlen(text), ret, &err);
}

static void test_ids_of_several_lines_are_taken(void **state)
{
	struct otp_ids ids;

	(void)state;
	OK(parse_ids(&ids, "# keys\nalice:cccccccccccb:ccccccbtbhnh\n"
		"alice:vvccccbbbbbb \r\n"));
	assert_int_equal(ids.n, 3);
	assert_string_equal(ids.p[1].id, "ccccccbtbhnh");
	assert_string_equal(ids.p[2].user, "alice");
	assert_int_equal(ids.p[2].line, 3);
	otp_ids_done(&ids);
}

/* 256 bytes, and no NUL, are the most that a name has. */
static void test_a_name_has_its_end(void **state)
{
	char text[400], most[LOCAL_USER_LEN];
	struct otp_ids ids;

	(void)state;
	memset(most, 'a', sizeof(most) - 1);
	most[sizeof(most) - 1] = '\0';
	snprintf(text, sizeof(text), "%s:cccccccccccb\n", most);
	OK(parse_ids(&ids, text));
	assert_string_equal(ids.p[0].user, most);
	otp_ids_done(&ids);
	snprintf(text, sizeof(text), "# x\n%sb:cccccccccccb\n", most);
	SAYS(ERROR_MALFORMED, "line 2, byte 1: no user has a name like that",
		parse_ids(&ids, text));
	SAYS(ERROR_MALFORMED, "line 1, byte 1: no user has a name like that",
		otp_ids_parse("a\0b:cccccccccccb\n", 17, &ids, &err));
}

/* Of 2 to 32 letters, in pairs; another character in any place is none. */
static void test_an_id_is_modhex_from_end_to_end(void **state)
{
	static const char letters[] = "cbdefghijklnrtuvcbdefghijklnrtuvcb";
	static const char others[] = { '\0', 'a', 'm', 'o', 's', 'w', 'z', 'C',
		'0', '_', '\xe3' };
	struct otp_ids ids = { .n = 0 };
	char text[64];
	size_t i, k, n;

	(void)state;
	for (n = 1; n < sizeof(letters); n++) {
		snprintf(text, sizeof(text), "bob:%.*s", (int)n, letters);
		if (n % 2 == 0 && n <= 32) {
			OK(parse_ids(&ids, text));
			assert_string_equal(ids.p[0].id, text + 4);
			assert_int_equal(ids.p[0].byte, 5);
			otp_ids_done(&ids);
		} else {
			SAYS(ERROR_MALFORMED, "no public id",
				parse_ids(&ids, text));
		}
	}
	for (i = 0; i < 12; i++)
		for (k = 0; k < ARRAY_LEN(others); k++) {
			snprintf(text, sizeof(text), "bob:%.12s", letters);
			text[4 + i] = others[k];
			SAYS(ERROR_MALFORMED, "no public id",
				otp_ids_parse(text, 16, &ids, &err));
		}
	assert_null(ids.p);
}

static void test_what_is_no_modhex_is_named(void **state)
{
	static const char *const bad[] = {
		"alice:cccccccccccb:",
		"alice:cccccccccccb:cccccccccccba",
		"alice:cccccccccccb:ccc",
		"alice:cccccccccccb:CCCCCCCCCCCC",
		"alice:cccccccccccb:cccccccccccccccccccccccccccccccccc",
	};
	struct otp_ids ids;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		FAILS(ERROR_MALFORMED, parse_ids(&ids, bad[i]));
		assert_null(ids.p);
		assert_non_null(strstr(err.text, "line 1, byte 20: that is no "
			"public id in modhex"));
	}
}

/* As many as there is room for, and one more. */
static void test_a_file_has_an_end(void **state)
{
	static const char id[] = ":cccccccccccb";
	struct otp_ids ids = { .n = 0 };
	struct u2f_keys keys = { .n = 0 };
	struct buf b, key;
	size_t i;

	(void)state;
	buf_init(&b, 16 << 20);
	buf_init(&key, 1024);
	buf_put_str(&b, "alice");
	for (i = 0; i < OTP_IDS_MAX; i++)
		buf_put_str(&b, id);
	OK(otp_ids_parse(buf_str(&b), b.n, &ids, &err));
	assert_int_equal(ids.n, OTP_IDS_MAX);
	assert_string_equal(ids.p[OTP_IDS_MAX - 1].id, id + 1);
	otp_ids_done(&ids);
	buf_put_str(&b, id);
	SAYS(ERROR_MALFORMED, ": these are more than 16384 ids",
		otp_ids_parse(buf_str(&b), b.n, &ids, &err));
	assert_null(ids.p);
	buf_reset(&b);
	buf_put_str(&b, "alice");
	buf_printf(&key, ":AA==,%s,es256,+presence", es256);
	for (i = 0; i < U2F_KEYS_MAX; i++)
		buf_put_str(&b, buf_str(&key));
	OK(u2f_keys_parse(buf_str(&b), b.n, &keys, &err));
	assert_int_equal(keys.n, U2F_KEYS_MAX);
	u2f_keys_done(&keys);
	buf_put_str(&b, buf_str(&key));
	SAYS(ERROR_MALFORMED, ": these are more than 4096 credentials",
		u2f_keys_parse(buf_str(&b), b.n, &keys, &err));
	assert_null(keys.p);
	buf_done(&b);
	buf_done(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_has_several_credentials),
		cmocka_unit_test(test_the_form_without_a_type_is_taken),
		cmocka_unit_test(test_options_may_be_absent),
		cmocka_unit_test(test_nothing_before_the_text_is_read),
		cmocka_unit_test(test_comments_and_blanks_are_passed_over),
		cmocka_unit_test(test_a_bad_line_is_named),
		cmocka_unit_test(test_a_point_off_the_curve_is_no_key),
		cmocka_unit_test(test_ids_of_several_lines_are_taken),
		cmocka_unit_test(test_a_name_has_its_end),
		cmocka_unit_test(test_an_id_is_modhex_from_end_to_end),
		cmocka_unit_test(test_what_is_no_modhex_is_named),
		cmocka_unit_test(test_a_file_has_an_end),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
