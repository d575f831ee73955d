/* SPDX-License-Identifier: Apache-2.0 */
/* The console's steps. */
#include "bridge/guide/guide.h"

#include "tests/unit/unit.h"

static struct guide *g;
static struct guide_steps steps;

/* In a block of its own, so that a byte read too far is seen. */
static int parse(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r;

	guide_free(&g);
	r = guide_parse((const char *)p, strlen(s), "FILE", &g, &err);
	free(p);
	return r;
}

static int fill(const char *sequence, const struct guide_values *values)
{
	guide_steps_done(&steps);
	return guide_steps(g, sequence, values, &steps, &err);
}

static int tear_down(void **state)
{
	(void)state;
	guide_free(&g);
	guide_steps_done(&steps);
	return 0;
}

#define HEAD "checked 2026-11-29\nlink user-sign-in aws https://{account}.example.com/\n"

static const struct guide_values known = {
	.partition = "aws",
	.value = {
		[GUIDE_ACCOUNT] = "123456789012",
		[GUIDE_USER] = "{account}",
	},
};

static void a_step_goes_on_over_lines_and_words_are_filled_in(void **state)
{
	(void)state;
	OK(parse(HEAD "# said\n[a]\n- Account\n  {account},\n  user {user}\n"
		      "\n- Open {user-sign-in}\n"));
	assert_string_equal(guide_checked(g), "2026-11-29");
	OK(fill("a", &known));
	assert_int_equal(steps.n, 2);
	/* braces of a value are no words */
	assert_string_equal(steps.text[0],
		"Account 123456789012, user {account}");
	assert_string_equal(steps.text[1], "Open https://123456789012.example.com/");
}

static void a_sequence_takes_in_others_further_up(void **state)
{
	(void)state;
	OK(parse(HEAD "[a]\n- One\n- Two\n[b]\n- Zero\n+ a\n- Three\n"));
	assert_int_equal(guide_sequences(g), 2);
	assert_string_equal(guide_sequence(g, 1), "b");
	assert_null(guide_sequence(g, 2));
	OK(fill("b", &known));
	assert_int_equal(steps.n, 4);
	assert_string_equal(steps.text[0], "Zero");
	assert_string_equal(steps.text[2], "Two");
	assert_string_equal(steps.text[3], "Three");
}

static void a_step_with_a_condition_is_told_where_its_word_is_known(
	void **state)
{
	struct guide_values more = known;

	(void)state;
	OK(parse(HEAD "[a]\n- {email-hint?} Like {email-hint}\n- One\n"));
	OK(fill("a", &known));
	assert_int_equal(steps.n, 1);
	more.value[GUIDE_EMAIL_HINT] = "r...@example.com";
	OK(fill("a", &more));
	assert_int_equal(steps.n, 2);
	assert_string_equal(steps.text[0], "Like r...@example.com");
}

static void what_is_not_known_is_no_step_with_a_hole(void **state)
{
	struct guide_values other = known;

	(void)state;
	OK(parse(HEAD "[a]\n- One\n- Name {device-name}\n"
		      "[b]\n- Open {user-sign-in}\n"));
	SAYS(ERROR_FAILED, "needs 'device-name'", fill("a", &known));
	assert_int_equal(steps.n, 0);
	SAYS(ERROR_FAILED, "no steps 'c'", fill("c", &known));
	other.partition = "aws-iso";
	SAYS(ERROR_UNSUPPORTED, "partition 'aws-iso'", fill("b", &other));
	other.partition = NULL;
	SAYS(ERROR_UNSUPPORTED, "partition ''", fill("b", &other));
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "[a]\n- One\n", "line 2: no date" },
		{ HEAD, "no date, or no sequence" },
		{ HEAD "- One\n", "line 3: a step outside" },
		{ HEAD "[a]\n  One\n", "line 4: goes on with no step" },
		{ HEAD "[a]\n", "no steps" },
		{ HEAD "[a]\n[b]\n- One\n", "line 4: the sequence before" },
		{ HEAD "[a]\n- One\n[a]\n- One\n", "line 5: a sequence twice" },
		{ HEAD "[A]\n- One\n", "line 3: not of the form [name]" },
		{ HEAD "[a\n- One\n", "line 3: not of the form [name]" },
		{ HEAD "[a] \n- One\n", "line 3: not of the form [name]" },
		{ HEAD "[a]\n- {accounts}\n", "a word in braces" },
		{ HEAD "[a]\n- {}\n", "a word in braces" },
		{ HEAD "[a]\n- {account\n", "a brace that is not closed" },
		{ HEAD "[a]\n- account}\n", "a brace that nothing opened" },
		{ HEAD "[a]\n- {x?} One\n", "a condition that is none" },
		{ HEAD "[a]\n- {user?}One\n", "a condition that is none" },
		{ HEAD "[a]\n- Choose \"Next\n", "a quote that is not closed" },
		{ HEAD "[a]\n- One\n+ b\n", "line 5: no such sequence" },
		{ HEAD "[a]\n- One\n+ a\n", "line 5: no such sequence" },
		{ HEAD "[a]\n-  One\n", "line 4: no text, or blanks" },
		{ HEAD "[a]\n- One \n", "line 4: no text, or blanks" },
		{ HEAD "[a]\n- One\ttwo\n", "line 4: characters" },
		{ HEAD "[a]\nOne\n", "line 4: none of the lines" },
		{ HEAD HEAD "[a]\n- One\n", "line 3: not one date" },
		{ "checked 2026-1-29\n[a]\n- One\n", "line 1: not one date" },
		{ HEAD "link user aws https://x/\n", "an address of no word" },
		{ HEAD "link user-sign-in aws http://x/\n", "not of the form" },
		{ HEAD "link user-sign-in aws https://{x}/\n", "braces" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		SAYS(ERROR_MALFORMED, bad[i].says, parse(bad[i].text));
		assert_null(g);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	char text[GUIDE_STEP_MAX + 256], value[GUIDE_STEP_MAX + 1];
	struct guide_values long_one = known;

	(void)state;
	memset(value, 'x', GUIDE_STEP_MAX);
	snprintf(text, sizeof(text), "%s[a]\n- %.*s\n", HEAD,
		GUIDE_STEP_MAX - 1, value);
	OK(parse(text));
	snprintf(text, sizeof(text), "%s[a]\n- %.*s\n", HEAD, GUIDE_STEP_MAX,
		value);
	SAYS(ERROR_MALFORMED, "a step that is too long", parse(text));
	OK(parse(HEAD "[a]\n- {device-name}\n"));
	memset(value, 'y', GUIDE_STEP_MAX);
	value[GUIDE_STEP_MAX] = '\0';
	long_one.value[GUIDE_DEVICE_NAME] = value;
	SAYS(ERROR_FAILED, "larger than", fill("a", &long_one));
	assert_int_equal(steps.n, 0);
	value[GUIDE_STEP_MAX - 1] = '\0';
	OK(fill("a", &long_one));
}

/* What the methods and `root` ask for by name. */
static void the_built_in_file_has_the_sequences_that_are_asked_for(void **state)
{
	static const char *const names[] = {
		"root-fido", "root-hardware-totp", "root-virtual",
		"root-forced-prompt", "root-forced-fido",
		"root-forced-hardware-totp", "root-forced-virtual",
		"root-sign-in-again", "root-fido-also",
		"root-hardware-totp-also", "root-virtual-also", "root-remove",
		"user-fido", "user-fido-also", "user-sign-in-again",
		"user-fido-second", "user-fido-by-admin",
	};
	struct guide_values all = { .partition = "aws" };
	size_t i;

	(void)state;
	for (i = 0; i < GUIDE_ROOT_SIGN_IN; i++)
		all.value[i] = "value";
	guide_free(&g);
	OK(guide_load(&g, &err));
	for (i = 0; i < ARRAY_LEN(names); i++)
		OK(fill(names[i], &all));
	all.value[GUIDE_EMAIL_HINT] = NULL;
	for (i = 0; i < guide_sequences(g); i++) {
		OK(fill(guide_sequence(g, i), &all));
		assert_in_range(steps.n, 1, 20);
	}
}

/* Whoever adds a key compares the account before anything is assigned. */
static void every_way_in_compares_the_number_of_the_account(void **state)
{
	struct guide_values all = { .partition = "aws" };
	size_t i, k;

	(void)state;
	for (i = 0; i < GUIDE_ROOT_SIGN_IN; i++)
		all.value[i] = "value";
	all.value[GUIDE_ACCOUNT] = "123456789012";
	guide_free(&g);
	OK(guide_load(&g, &err));
	for (i = 0; i < guide_sequences(g); i++) {
		bool compared = false;

		OK(fill(guide_sequence(g, i), &all));
		for (k = 0; k < steps.n; k++) {
			compared |= strstr(steps.text[k], "compare") &&
				strstr(steps.text[k], "number of the account");
			if (!strstr(steps.text[k], "\"Assign MFA device\""))
				continue;
			/* a part that others take in begins with it */
			if (k > 0 && !compared)
				fail_msg("%s", guide_sequence(g, i));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_goes_on_over_lines_and_words_are_filled_in),
		cmocka_unit_test(a_sequence_takes_in_others_further_up),
		cmocka_unit_test(a_step_with_a_condition_is_told_where_its_word_is_known),
		cmocka_unit_test(what_is_not_known_is_no_step_with_a_hole),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(the_built_in_file_has_the_sequences_that_are_asked_for),
		cmocka_unit_test(every_way_in_compares_the_number_of_the_account),
	};

	return cmocka_run_group_tests_name("guide", tests, NULL, tear_down);
}
