/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be encrypted for, and what was asked of tokenbridge-seal. */
#include "bridge/seal/encrypt.h"

#include "tests/unit/unit.h"

#include "base/encode.h"

/* Of age's own documents. */
#define AGE "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

static struct recipients r;

static int add(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int got;

	recipients_done(&r);
	got = recipients_add(&r, (char *)p, strlen(s), &err);
	free(p);
	return got;
}

static void put_string(struct buf *b, const void *p, size_t n)
{
	buf_put_be(b, n, 4);
	buf_put(b, p, n);
}

/* "TYPE BASE64" of a blob; static. */
static const char *line_of(const char *type, const struct buf *blob)
{
	static char line[8192];
	struct buf b;

	buf_init(&b, sizeof(line));
	base64_encode(&b, BASE64_STD, blob->p, blob->n);
	snprintf(line, sizeof(line), "%s %s", type, buf_str(&b));
	buf_done(&b);
	return line;
}

/* A modulus of so many bits whose last byte is `last`. */
static const char *rsa(size_t bits, unsigned long exponent, unsigned last)
{
	unsigned char m[4096] = { 0 }, e[5];
	size_t n = bits / 8 + 1;
	static char line[8192];
	struct buf b;

	memset(m + 1, 0x99, n - 1);
	if (bits % 8)
		m[0] = (unsigned char)(1 << (bits % 8 - 1));
	m[n - 1] = (unsigned char)last;
	e[0] = 0;
	e[1] = (unsigned char)(exponent >> 24);
	e[2] = (unsigned char)(exponent >> 16);
	e[3] = (unsigned char)(exponent >> 8);
	e[4] = (unsigned char)exponent;
	buf_init(&b, sizeof(m));
	put_string(&b, "ssh-rsa", 7);
	n = exponent >> 24 ? 1 : exponent >> 16 ? 2 : exponent >> 8 ? 3 : 4;
	put_string(&b, e + n, 5 - n);
	put_string(&b, m, bits / 8 + 1);
	snprintf(line, sizeof(line), "%s", line_of("ssh-rsa", &b));
	buf_done(&b);
	return line;
}

static void an_age_recipient_is_checked_to_its_last_character(void **state)
{
	char s[] = AGE;
	size_t i;
	char was;

	(void)state;
	OK(add(AGE));
	assert_int_equal(r.program, SEAL_AGE);
	assert_string_equal(r.text[0], AGE);
	for (i = 4; i < strlen(s); i++) {
		was = s[i];
		s[i] = was == 'q' ? 'p' : 'q';
		/* a checksum of six stands behind the key's own */
		SAYS(ERROR_USAGE, i == strlen(s) - 7 && s[i] == 'p' ?
			"last bits are not 0" : "checksum is wrong: a "
			"character is mistyped or missing", add(s));
		s[i] = was;
	}
	SAYS(ERROR_USAGE, "lower-case",
		add("age1QL3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aq"
			"mcac8p"));
	SAYS(ERROR_USAGE, "62 characters", add("age1ql3z7"));
	SAYS(ERROR_USAGE, "62 characters", add(AGE "q"));
	SAYS(ERROR_USAGE, "age plugin", add("age1yubikey1qwt50d05nh5vutpdzmlg5"
		"wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"));
	SAYS(ERROR_USAGE, "62 characters", add("age1"));
	SAYS(ERROR_USAGE, "age plugin", add("age1x1"));
}

#define EXPONENT "the ssh-rsa key has an exponent that age does not take"

static void an_rsa_key_is_one_that_age_takes(void **state)
{
	(void)state;
	SAYS(ERROR_USAGE, "2047 bits", add(rsa(2047, 65537, 0x99)));
	OK(add(rsa(2049, 65537, 0x99)));
	SAYS(ERROR_USAGE, "cut off or damaged", add(rsa(2049, 65537, 0x98)));
	SAYS(ERROR_USAGE, EXPONENT, add(rsa(2049, 65536, 0x99)));
	SAYS(ERROR_USAGE, EXPONENT, add(rsa(2049, 1, 0x99)));
	OK(add(rsa(2049, 3, 0x99)));
	SAYS(ERROR_USAGE, EXPONENT, add(rsa(2049, 0x1000001, 0x99)));
}

static void an_ssh_key_is_of_the_type_that_its_line_says(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	put_string(&b, "ssh-ed25519", 11);
	put_string(&b, AGE, 32);
	OK(add(line_of("ssh-ed25519", &b)));
	SAYS(ERROR_USAGE, "another type", add(line_of("ssh-rsa", &b)));
	buf_put_byte(&b, 0);
	SAYS(ERROR_USAGE, "cut off", add(line_of("ssh-ed25519", &b)));
	SAYS(ERROR_USAGE, "second field", add("ssh-ed25519"));
	SAYS(ERROR_USAGE, "not base64", add("ssh-ed25519 *"));
	SAYS(ERROR_USAGE, "only", add("ssh-dss AAAA"));
	buf_done(&b);
}

static void a_fingerprint_is_whole_and_in_capitals(void **state)
{
	(void)state;
	OK(add("0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567"));
	assert_int_equal(r.program, SEAL_GPG);
	assert_string_equal(r.text[0],
		"0123456789ABCDEF0123456789ABCDEF01234567");
	OK(add("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"));
	SAYS(ERROR_USAGE, "16 hex digits", add("0123456789ABCDEF"));
	SAYS(ERROR_USAGE, "39 hex digits",
		add("123456789ABCDEF0123456789ABCDEF01234567"));
}

static void what_is_secret_is_not_repeated(void **state)
{
	(void)state;
	SAYS(ERROR_USAGE, "age secret key", add("AGE-SECRET-KEY-1QQQQ"));
	assert_null(strstr(err.text, "QQQQ"));
	SAYS(ERROR_USAGE, "key file", add("-----BEGIN OPENSSH PRIVATE KEY"));
	SAYS(ERROR_USAGE, "control", add("age1\n"));
}

static void a_file_has_a_key_a_line_and_names_the_bad_one(void **state)
{
	static const char good[] = "# c\n\n " AGE " \r\n" AGE "\n";
	static const char bad[] = "\n" AGE "\nx\n";

	(void)state;
	recipients_done(&r);
	OK(recipients_add_file(&r, good, strlen(good), &err));
	assert_int_equal(r.n, 1);
	recipients_done(&r);
	SAYS(ERROR_USAGE, "line 3: ", recipients_add_file(&r, bad, strlen(bad),
		&err));
	recipients_done(&r);
	SAYS(ERROR_USAGE, "no recipient", recipients_add_file(&r, "# \n", 3,
		&err));
	SAYS(ERROR_USAGE, "no recipient", recipients_split(&r, "", &err));
}

static void nine_are_too_many_and_two_kinds_do_not_mix(void **state)
{
	char digits[41];
	size_t i;

	(void)state;
	recipients_done(&r);
	for (i = 0; i < RECIPIENTS_MAX; i++) {
		snprintf(digits, sizeof(digits), "%040zu", i);
		OK(recipients_add(&r, digits, 40, &err));
	}
	OK(recipients_add(&r, digits, 40, &err));
	SAYS(ERROR_USAGE, "do not go together", recipients_add(&r, AGE,
		strlen(AGE), &err));
	memset(digits, 'A', 40);
	SAYS(ERROR_USAGE, "at most 8", recipients_add(&r, digits, 40, &err));
	recipients_done(&r);
}

static void a_message_is_whole_and_armoured(void **state)
{
#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----\n" \
	"YWdlLWVuY3J5cHRpb24ub3JnL3Yx"
#define END_LINE "\n-----END AGE ENCRYPTED FILE-----\n"
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ BEGIN "Cg==" END_LINE, true },
		{ BEGIN "Cg==" END_LINE "x", false },
		{ BEGIN "Cg==", false },
		{ "x" BEGIN END_LINE, false },
		{ BEGIN "\033[2J" END_LINE, false },
		{ "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n",
			false },
		{ "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(seal_is_message(SEAL_AGE,
			(const unsigned char *)rows[i].text,
			strlen(rows[i].text)), rows[i].good);
	assert_true(seal_is_message(SEAL_GPG,
		(const unsigned char *)rows[5].text, strlen(rows[5].text)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_age_recipient_is_checked_to_its_last_character),
		cmocka_unit_test(an_rsa_key_is_one_that_age_takes),
		cmocka_unit_test(an_ssh_key_is_of_the_type_that_its_line_says),
		cmocka_unit_test(a_fingerprint_is_whole_and_in_capitals),
		cmocka_unit_test(what_is_secret_is_not_repeated),
		cmocka_unit_test(a_file_has_a_key_a_line_and_names_the_bad_one),
		cmocka_unit_test(nine_are_too_many_and_two_kinds_do_not_mix),
		cmocka_unit_test(a_message_is_whole_and_armoured),
	};

	return cmocka_run_group_tests_name("recipient", tests, NULL, NULL);
}
