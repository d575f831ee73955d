/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: their precedence, and that nothing is genuine by omission. */
#include "token/attest/verdict.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The promised order: 24, 25, 27, 23, 22, 26, 21, 20, then genuine. */
static const enum verdict order[] = { 24, 25, 27, 23, 22, 26, 21, 20, 0 };

static void pass_both(struct steps *s)
{
	steps_add(s, "signature", STEP_PASS, VERDICT_GENUINE, "x");
	steps_add(s, "chain", STEP_PASS, VERDICT_GENUINE, "x");
}

static void of_every_pair_the_first_in_the_order_is_the_verdict(void **state)
{
	struct steps s;
	size_t a, b;

	(void)state;
	for (a = 0; a < ARRAY_LEN(order); a++)
		for (b = 0; b < ARRAY_LEN(order); b++) {
			s.n = 0;
			pass_both(&s);
			steps_add(&s, "model", STEP_FAIL, order[a], "x");
			steps_add(&s, "firmware", STEP_WARN, order[b], "x");
			assert_int_equal(steps_verdict(&s),
				order[a < b ? a : b]);
		}
}

static void without_signature_and_chain_nothing_is_genuine(void **state)
{
	static const enum step_status others[] = { STEP_WARN, STEP_FAIL,
		STEP_UNKNOWN, STEP_SKIPPED };
	struct steps s = { .n = 0 };
	size_t i;

	(void)state;
	assert_int_equal(steps_verdict(&s), VERDICT_UNDECIDED);
	steps_add(&s, "signature", STEP_PASS, VERDICT_GENUINE, "x");
	assert_int_equal(steps_verdict(&s), VERDICT_UNDECIDED);
	steps_add(&s, "firmware", STEP_WARN, VERDICT_VULNERABLE, "x");
	assert_int_equal(steps_verdict(&s), VERDICT_UNDECIDED);
	for (i = 0; i < ARRAY_LEN(others); i++) {
		s.n = 1;
		steps_add(&s, "chain", others[i], VERDICT_GENUINE, "x");
		assert_int_equal(steps_verdict(&s), VERDICT_UNDECIDED);
		s.n = 0;
		steps_add(&s, "signature", others[i], VERDICT_GENUINE, "x");
		steps_add(&s, "chain", STEP_PASS, VERDICT_GENUINE, "x");
		assert_int_equal(steps_verdict(&s), VERDICT_UNDECIDED);
	}
	s.n = 0;
	pass_both(&s);
	assert_int_equal(steps_verdict(&s), VERDICT_GENUINE);
}

static void a_full_list_keeps_the_worst_verdict(void **state)
{
	struct steps s;
	size_t a, b, i;

	(void)state;
	for (a = 0; a < ARRAY_LEN(order); a++)
		for (b = 0; b < ARRAY_LEN(order); b++) {
			s.n = 0;
			pass_both(&s);
			for (i = 2; i < STEPS_MAX; i++)
				steps_add(&s, "liveness", STEP_PASS,
					i + 1 < STEPS_MAX ? VERDICT_GENUINE :
							    order[a], "x");
			assert_int_equal(s.n, STEPS_MAX);
			steps_add(&s, "firmware", STEP_WARN, order[b], "x");
			assert_int_equal(s.n, STEPS_MAX);
			assert_int_equal(steps_verdict(&s),
				order[a < b ? a : b]);
		}
}

static void a_step_s_text_is_cut_and_clean(void **state)
{
	struct steps s = { .n = 0 };
	char big[1000];

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	steps_add(&s, "x", STEP_PASS, VERDICT_GENUINE, "%s", big);
	assert_int_equal(strlen(s.rows[0].text), sizeof(s.rows[0].text) - 1);
	steps_add(&s, "x", STEP_PASS, VERDICT_GENUINE, "%s", "a\x1b[31m\n\xff");
	assert_string_equal(s.rows[1].text, "a?[31m??");
}

static void every_verdict_has_a_name_of_its_own_and_a_meaning(void **state)
{
	size_t a, b;

	(void)state;
	for (a = 0; a < ARRAY_LEN(order); a++) {
		assert_true(verdict_meaning(order[a])[0]);
		for (b = 0; b < a; b++)
			assert_string_not_equal(verdict_name(order[a]),
				verdict_name(order[b]));
	}
	assert_string_equal(verdict_name(VERDICT_GENUINE), "genuine");
	assert_string_equal(verdict_name(VERDICT_VULNERABLE),
		"genuine-but-vulnerable");
	assert_string_equal(verdict_name((enum verdict)1), "undecided");
	assert_string_equal(verdict_meaning((enum verdict)1), "");
}

static void every_status_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(step_status_name(STEP_PASS), "pass");
	assert_string_equal(step_status_name(STEP_WARN), "warn");
	assert_string_equal(step_status_name(STEP_FAIL), "fail");
	assert_string_equal(step_status_name(STEP_UNKNOWN), "unknown");
	assert_string_equal(step_status_name(STEP_SKIPPED), "not-asked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			of_every_pair_the_first_in_the_order_is_the_verdict),
		cmocka_unit_test(
			without_signature_and_chain_nothing_is_genuine),
		cmocka_unit_test(a_full_list_keeps_the_worst_verdict),
		cmocka_unit_test(a_step_s_text_is_cut_and_clean),
		cmocka_unit_test(
			every_verdict_has_a_name_of_its_own_and_a_meaning),
		cmocka_unit_test(every_status_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
