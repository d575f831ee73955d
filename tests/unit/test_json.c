/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON, also where there is no memory. */
#include "bridge/run/json.h"

#include "bridge/attached/attached.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

static long countdown; /* the allocation that fails; 0: none */
static bool met;
static long live;      /* blocks that are not freed yet */

static void *allocate(size_t n)
{
	if (countdown > 0 && --countdown == 0) {
		met = true;
		return NULL;
	}
	live++;
	return malloc(n);
}

static void release(void *p)
{
	live -= p != NULL;
	free(p);
}

static void assert_json(json_t *o, const char *want)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_non_null(text);
	assert_string_equal(text, want);
	release(text);
	json_decref(o);
}

static void what_is_not_known_is_null(void **state)
{
	(void)state;
	assert_json(json_of_text(NULL), "null");
	assert_json(json_of_text(""), "null");
	assert_json(json_of_text("a"), "\"a\"");
	assert_json(json_of_time(0), "null");
	assert_json(json_of_time(1769903999), "\"2026-01-31T23:59:59Z\"");
	assert_json(json_of_number(false, 7), "null");
	assert_json(json_of_number(true, 4294967295), "4294967295");
	assert_json(json_of_flag(false, true), "null");
	assert_json(json_of_flag(true, false), "false");
}

static void a_text_that_is_no_utf8_is_told_all_the_same(void **state)
{
	(void)state;
	assert_json(json_of_text("Key\xff!"), "\"Key?!\"");
}

static void words_are_a_list(void **state)
{
	(void)state;
	assert_json(json_of_words(""), "[]");
	assert_json(json_of_words("FIDO2"), "[\"FIDO2\"]");
	assert_json(json_of_words(" FIDO2  U2F "), "[\"FIDO2\",\"U2F\"]");
}

static void what_cannot_be_added_spoils_the_whole(void **state)
{
	json_t *list = json_array(), *o = json_object();

	(void)state;
	json_row(&list, json_integer(1));
	json_row(&list, NULL);
	assert_null(list);
	json_row(&list, json_integer(2));
	assert_null(list);
	json_member(&o, "a", NULL);
	assert_null(o);
	json_member(&o, "b", json_true());
	assert_null(o);
	assert_null(json_pack("{s:o,s:o}", "list", list, "o", o));
}

/* ---- without memory ---- */

static json_t *make_words(void)
{
	return json_of_words("FIDO2 U2F OTP OATH PIV OpenPGP a b c d e f g h");
}

static json_t *make_token(void)
{
	struct token t = {
		.node = { .path = "/dev/hidraw3", .vendor = 0x1050,
			.product = 0x0407, .has_ccid = true },
		.nodes = 1,
		.identified = true,
	};

	t.fido.ctap2 = true;
	t.devinfo.present = t.devinfo.has_serial = true;
	t.devinfo.serial = 12345678;
	return attached_json(&t);
}

/* Each allocation fails once: all of it comes, or nothing. */
static void half_of_it_is_never_shown(void **state)
{
	static json_t *(*const kinds[])(void) = { make_words, make_token };
	json_t *whole, *o;
	long before, n;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		whole = kinds[i]();
		assert_non_null(whole);
		met = true;
		for (n = 1; met; n++) {
			met = false;
			before = live;
			countdown = n;
			o = kinds[i]();
			countdown = 0;
			assert_true(met ? !o || json_equal(o, whole) :
				json_equal(o, whole));
			json_decref(o);
			assert_int_equal(live, before);
		}
		assert_true(n > 10);
		json_decref(whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(a_text_that_is_no_utf8_is_told_all_the_same),
		cmocka_unit_test(words_are_a_list),
		cmocka_unit_test(what_cannot_be_added_spoils_the_whole),
		cmocka_unit_test(half_of_it_is_never_shown),
	};

	json_set_alloc_funcs(allocate, release);
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
