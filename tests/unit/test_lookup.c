/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens by what a person calls them. */
#include "bridge/registry/lookup.h"

#include "tests/unit/test_registry.h"

#define ID_DIGITS 8

struct found {
	struct place place;
	struct registry *reg;
	char blue[ID_LEN], green[ID_LEN], bare[ID_LEN];
	struct registry_tokens rows;
};

static void put_label(struct registry *reg, const char *id, const char *label)
{
	OK(registry_name_set(reg, "label", id, label, &err));
}

/* 'blue-7' has serial number 1111111, which is green's label, too. */
static int begin(void **state)
{
	struct found *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	place_make(&f->place);
	OK(registry_init(f->place.db, false, &err));
	f->reg = open_rw(f->place.db);
	add_token(f->reg, "1111111", f->blue);
	add_token(f->reg, "2222222", f->green);
	add_token(f->reg, "3333333", f->bare);
	put_label(f->reg, f->blue, "blue-7");
	put_label(f->reg, f->green, "1111111");
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct found *f = *state;

	registry_tokens_done(&f->rows);
	registry_free(&f->reg);
	place_remove(&f->place);
	free(f);
	return 0;
}

static void is_found(struct found *f, const char *what, const char *id)
{
	OK(registry_lookup_one(f->reg, what, &f->rows, &err));
	assert_int_equal(f->rows.n, 1);
	assert_string_equal(f->rows.p[0].id, id);
	registry_tokens_done(&f->rows);
	f->rows = (struct registry_tokens){ NULL, 0 };
}

static void a_token_has_three_names(void **state)
{
	struct found *f = *state;
	char digits[ID_DIGITS + 1];

	is_found(f, "3333333", f->bare);
	is_found(f, "2222222", f->green);
	is_found(f, "blue-7", f->blue);
	is_found(f, f->blue, f->blue);
	snprintf(digits, sizeof(digits), "%.8s", f->bare);
	is_found(f, digits, f->bare);
	/* four digits are enough, and three are not; the first ones count */
	digits[4] = '\0';
	OK(registry_lookup(f->reg, digits, &f->rows, &err));
	assert_in_range(f->rows.n, 1, 3);
	registry_tokens_done(&f->rows);
	f->rows = (struct registry_tokens){ NULL, 0 };
	digits[3] = '\0';
	FAILS(ERROR_FAILED, registry_lookup(f->reg, digits, &f->rows, &err));
	FAILS(ERROR_FAILED, registry_lookup(f->reg, f->bare + 1, &f->rows,
		&err));
}

/* Where both lead to the same token nothing is to be guessed. */
static void one_thing_of_one_and_another_of_another_is_nobody(void **state)
{
	struct found *f = *state;
	char text[256];

	snprintf(text, sizeof(text), "'1111111' is the serial number of token "
		"'blue-7' (%.8s) and the label of token '1111111' (%.8s): name "
		"the one that is meant by the digits of its id", f->blue,
		f->green);
	FAILS(ERROR_USAGE, registry_lookup(f->reg, "1111111", &f->rows, &err));
	assert_string_equal(err.text, text);
	put_label(f->reg, f->green, "green");
	put_label(f->reg, f->blue, "1111111");
	is_found(f, "1111111", f->blue);
}

static void a_label_may_look_like_the_beginning_of_an_id(void **state)
{
	struct found *f = *state;
	char digits[ID_DIGITS + 1], text[256];

	snprintf(digits, sizeof(digits), "%.8s", f->bare);
	put_label(f->reg, f->green, digits);
	snprintf(text, sizeof(text), "'%s' is the label of token '%s' (%.8s) "
		"and the beginning of the id of token serial 3333333 (%s)",
		digits, digits, f->green, digits);
	SAYS(ERROR_USAGE, text, registry_lookup(f->reg, digits, &f->rows,
		&err));
	assert_int_equal(f->rows.n, 0);
}

static void of_several_none_is_the_one(void **state)
{
	struct found *f = *state;
	char id[ID_LEN];

	add_token(f->reg, "3333333", id);
	OK(registry_lookup(f->reg, "3333333", &f->rows, &err));
	assert_int_equal(f->rows.n, 2);
	registry_tokens_done(&f->rows);
	f->rows = (struct registry_tokens){ NULL, 0 };
	SAYS(ERROR_USAGE, "'3333333' is 2 tokens: `tokenbridge registry show` "
		"has the id of each", registry_lookup_one(f->reg, "3333333",
		&f->rows, &err));
}

static void what_is_none_gets_a_hint(void **state)
{
	static const struct {
		const char *what, *hint;
	} rows[] = {
		{ "blue-8", "; did you mean 'blue-7'?" },
		{ "Blue-7", "; did you mean 'blue-7'?" },
		{ "nothing like it", "" },
		{ "arn:aws:iam::123456789012:mfa/alice", "; that is a device "
			"at AWS: `tokenbridge registry show --user USER` has "
			"its user's tokens" },
		{ "arn", "" },
		/* more than a serial number may be */
		{ "4294967296", "" },
		{ "", "" },
	};
	struct found *f = *state;
	char text[256];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "no token of the registry has id, "
			"label or serial number '%s'%s", rows[i].what,
			rows[i].hint);
		FAILS(ERROR_FAILED, registry_lookup(f->reg, rows[i].what,
			&f->rows, &err));
		assert_string_equal(err.text, text);
		FAILS(ERROR_FAILED, registry_lookup_one(f->reg, rows[i].what,
			&f->rows, &err));
	}
}

static void the_label_of_a_serial_number_is_told(void **state)
{
	struct found *f = *state;
	char room[REGISTRY_LABEL_LEN];

	assert_string_equal(registry_label_by_serial(f->reg, 1111111, room),
		"blue-7");
	assert_ptr_equal(registry_label_by_serial(f->reg, 2222222, room),
		room);
	assert_null(registry_label_by_serial(f->reg, 3333333, room));
	assert_null(registry_label_by_serial(f->reg, 7777777, room));
}

/* Of rows with one serial number, as after a reset. */
static void a_retired_row_has_no_label(void **state)
{
	char blue[] = "blue-7", old[] = "old";
	struct registry_token p[] = {
		{ .state = REGISTRY_RETIRED, .label = old },
		{ .state = REGISTRY_STOCK, .label = blue },
		{ .state = REGISTRY_RETIRED, .label = old },
		{ .state = REGISTRY_ASSIGNED, .label = blue },
	};
	struct registry_tokens rows = { p, 3 };
	char room[REGISTRY_LABEL_LEN];

	(void)state;
	assert_string_equal(registry_label_of(&rows, room), "blue-7");
	rows.n = 4;
	assert_null(registry_label_of(&rows, room));
	rows.n = 1;
	assert_null(registry_label_of(&rows, room));
	rows.n = 0;
	assert_null(registry_label_of(&rows, room));
}

static void where_it_was_seen_is_told_as_far_as_known(void **state)
{
	struct registry_token t = { .seen = 0 };
	char host[] = "host-3", text[64] = "x";

	(void)state;
	registry_seen_text(&t, text, sizeof(text));
	assert_string_equal(text, "");
	t.seen = 1767225600;
	registry_seen_text(&t, text, sizeof(text));
	assert_string_equal(text, "last seen 2026-01-01T00:00:00Z");
	t.seen_host = host;
	registry_seen_text(&t, text, sizeof(text));
	assert_string_equal(text, "last seen 2026-01-01T00:00:00Z on host-3");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_token_has_three_names),
		CASE(one_thing_of_one_and_another_of_another_is_nobody),
		CASE(a_label_may_look_like_the_beginning_of_an_id),
		CASE(of_several_none_is_the_one),
		CASE(what_is_none_gets_a_hint),
		CASE(the_label_of_a_serial_number_is_told),
		cmocka_unit_test(a_retired_row_has_no_label),
		cmocka_unit_test(where_it_was_seen_is_told_as_far_as_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
