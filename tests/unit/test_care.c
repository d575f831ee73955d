/* SPDX-License-Identifier: Apache-2.0 */
/* What may become a PIN. */
#include "token/fido/care.h"

#include "tests/unit/unit.h"

static int check(const char *pin, uint64_t least)
{
	unsigned char *p = copy_of(pin, strlen(pin));
	int r = care_check_pin((char *)p, strlen(pin), least, &err);

	free(p);
	return r;
}

static const char *repeated(const char *what, size_t n)
{
	static char text[128];

	for (text[0] = '\0'; n > 0; n--)
		strcat(text, what);
	return text;
}

static void lengths_are_characters_below_and_bytes_above(void **state)
{
	(void)state;
	OK(check("1234", 0));
	OK(check("1234", 4));
	OK(check("äöüß", 4));
	OK(check("𝟏𝟐𝟑𝟒", 4));
	OK(check("123456", 6));
	OK(check(repeated("x", 63), 63));
	OK(check(repeated("ß", 31), 4));
	SAYS(ERROR_PIN, "shorter than 4", check("123", 0));
	SAYS(ERROR_PIN, "shorter than 4", check("äöü", 1));
	SAYS(ERROR_PIN, "shorter than 6", check("äöüß5", 6));
	SAYS(ERROR_PIN, "shorter than 64", check(repeated("x", 63), 64));
	SAYS(ERROR_PIN, "shorter", check("1234", UINT64_MAX));
	SAYS(ERROR_PIN, "shorter", check("", 0));
	SAYS(ERROR_PIN, "longer than 63", check(repeated("x", 64), 4));
	SAYS(ERROR_PIN, "longer than 63", check(repeated("ß", 32), 4));
}

static void what_is_no_text_is_no_pin(void **state)
{
	(void)state;
	SAYS(ERROR_PIN, "not UTF-8", check("\xff" "abcd", 4));
	SAYS(ERROR_PIN, "not UTF-8", check("abcd\xc3", 4));
	SAYS(ERROR_PIN, "not UTF-8", check("abcd\xed\xa0\x80", 4));
	SAYS(ERROR_PIN, "not UTF-8", check("abcd\xc0\xaf", 4));
	SAYS(ERROR_PIN, "control", check("ab\tcd", 4));
	SAYS(ERROR_PIN, "control", check("abcd\x7f", 4));
	SAYS(ERROR_PIN, "the new PIN holds a control character or is",
		care_check_pin("ab\0cd", 5, 4, &err));
}

/* "ä" as one character is form NFC; as "a" and a mark it is not. */
static void letters_with_their_marks_apart_are_refused(void **state)
{
	(void)state;
	OK(check("c\u00e4\u00e9\uac00", 4));
	SAYS(ERROR_PIN, "combining", check("abca\u0308", 4));
	SAYS(ERROR_PIN, "combining", check("\u1112\u1161\u11ab12", 4));
	SAYS(ERROR_PIN, "combining", check("\u304b\u3099123", 4));
}

static void an_error_repeats_nothing_of_the_pin(void **state)
{
	(void)state;
	SAYS(ERROR_PIN, "characters, the least that the token takes",
		check("zq7", 4));
	assert_null(strstr(err.text, "zq7"));
	SAYS(ERROR_PIN, "the new PIN holds a control character or is",
		check("zq7\tzq7", 4));
	assert_null(strstr(err.text, "zq7"));
}

static bool is_trivial(const char *pin)
{
	return care_is_trivial(pin, strlen(pin));
}

static void what_anybody_would_try_early_is_trivial(void **state)
{
	static const char *const trivial[] = { "000000", "123456", "987654",
		"890123", "210987", "121212", "123123", "12341234", "1231231",
		"112112", "123321", "1234321", "111222", "11122233" };
	static const char *const good[] = { "135790", "271828", "12345687",
		"60221407", "112358" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(trivial); i++)
		if (!is_trivial(trivial[i]))
			fail_msg("'%s' passes", trivial[i]);
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (is_trivial(good[i]))
			fail_msg("'%s' is refused", good[i]);
}

#define DRAWN 4000
#define DIGITS 10

/* With each digit as often, 4000 times ten are 4000 and 60 away of each; five
 * times that is met once in two million runs, a byte modulo ten is 160 off. */
static void a_random_pin_has_each_digit_as_often(void **state)
{
	struct secret pin = SECRET_INIT;
	long n[10] = { 0 }, i;
	size_t k;

	(void)state;
	for (i = 0; i < DRAWN; i++) {
		OK(care_random_pin(DIGITS, &pin, &err));
		assert_int_equal(pin.n, DIGITS);
		for (k = 0; k < pin.n; k++) {
			assert_in_range(pin.p[k], '0', '9');
			n[pin.p[k] - '0']++;
		}
		assert_false(care_is_trivial((char *)pin.p, pin.n));
		secret_done(&pin);
	}
	for (i = 0; i < 10; i++)
		assert_in_range(n[i], DRAWN - 300, DRAWN + 300);
}

static void a_random_pin_is_as_long_as_was_asked_for(void **state)
{
	struct secret pin = SECRET_INIT;
	size_t n;

	(void)state;
	for (n = 6; n <= 63; n++) {
		OK(care_random_pin(n, &pin, &err));
		assert_int_equal(strlen(secret_str(&pin)), n);
		secret_done(&pin);
	}
	SAYS(ERROR_USAGE, "an initial PIN has 6 to 63 digits",
		care_random_pin(5, &pin, &err));
	SAYS(ERROR_USAGE, "an initial PIN has 6 to 63 digits",
		care_random_pin(64, &pin, &err));
	assert_null(pin.p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_characters_below_and_bytes_above),
		cmocka_unit_test(what_is_no_text_is_no_pin),
		cmocka_unit_test(letters_with_their_marks_apart_are_refused),
		cmocka_unit_test(an_error_repeats_nothing_of_the_pin),
		cmocka_unit_test(what_anybody_would_try_early_is_trivial),
		cmocka_unit_test(a_random_pin_has_each_digit_as_often),
		cmocka_unit_test(a_random_pin_is_as_long_as_was_asked_for),
	};

	return cmocka_run_group_tests_name("care", tests, NULL, NULL);
}
