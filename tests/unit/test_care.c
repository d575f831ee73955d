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
	FAILS(ERROR_PIN, care_check_pin("ab\0cd", 5, 4, &err));
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
	FAILS(ERROR_PIN, check("zq7", 4));
	assert_null(strstr(err.text, "zq7"));
	FAILS(ERROR_PIN, check("zq7\tzq7", 4));
	assert_null(strstr(err.text, "zq7"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_characters_below_and_bytes_above),
		cmocka_unit_test(what_is_no_text_is_no_pin),
		cmocka_unit_test(letters_with_their_marks_apart_are_refused),
		cmocka_unit_test(an_error_repeats_nothing_of_the_pin),
	};

	return cmocka_run_group_tests_name("care", tests, NULL, NULL);
}
