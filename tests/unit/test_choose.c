/* SPDX-License-Identifier: Apache-2.0 */
/* Which token can log a user in, and what is told where none can. */
#include "bridge/login/auth/choose.h"

#include "tests/unit/unit.h"

#define GOOD .ctap2 = true, .has_pin = true, .pin_retries = 8

static const struct row {
	const char *name;
	struct choose_demand demand;
	bool verify_required, unsigned_;
	struct agent_facts facts;
	enum login_result result;
	bool pin;
} rows[] = {
	{ "a touch is enough where nothing more is demanded", { 0 }, false,
		false, { GOOD }, LOGIN_READY, false },
	{ "a U2F key is good for a touch", { 0 }, false, true,
		{ .pin_retries = -1 }, LOGIN_READY, false },
	{ "the line may demand the PIN", { .verify = true }, false, false,
		{ GOOD }, LOGIN_READY, true },
	{ "the binding may demand the PIN", { 0 }, true, false, { GOOD },
		LOGIN_READY, true },
	{ "the token may demand the PIN", { 0 }, false, false,
		{ GOOD, .always_uv = true }, LOGIN_READY, true },
	{ "a U2F key has no PIN", { .verify = true }, false, true,
		{ .pin_retries = -1 }, LOGIN_FAILED, true },
	{ "who signed nothing gets no PIN whatever it says",
		{ .verify = true }, false, true, { GOOD }, LOGIN_FAILED, true },
	{ "a token without a PIN takes none", { .verify = true }, false, false,
		{ .ctap2 = true, .pin_retries = -1 }, LOGIN_FAILED, true },
	{ "a PIN that must be changed is not asked for", { .verify = true },
		false, false, { GOOD, .pin_change_forced = true },
		LOGIN_PIN_CHANGE, true },
	{ "a PIN that must be changed is no matter for a touch", { 0 }, false,
		false, { GOOD, .pin_change_forced = true }, LOGIN_READY,
		false },
	{ "three tries are spared", { .verify = true }, false, false,
		{ .ctap2 = true, .has_pin = true, .pin_retries = 3 },
		LOGIN_PIN_SCARCE, true },
	{ "four tries are not", { .verify = true }, false, false,
		{ .ctap2 = true, .has_pin = true, .pin_retries = 4 },
		LOGIN_READY, true },
	{ "no try is another thing than few", { .verify = true }, false, false,
		{ .ctap2 = true, .has_pin = true, .pin_retries = 0 },
		LOGIN_PIN_DEAD, true },
	{ "tries that are not told are spared", { .verify = true }, false,
		false, { .ctap2 = true, .has_pin = true, .pin_retries = -1 },
		LOGIN_PIN_SCARCE, true },
	{ "no PIN from afar", { .verify = true, .from_afar = true }, false,
		false, { GOOD }, LOGIN_NOT_LOCAL, true },
	{ "a touch from afar where the line allows it", { .from_afar = true },
		false, false, { GOOD }, LOGIN_READY, false },
};

static void is_fit(void **state)
{
	const struct row *row = *state;
	struct login_credential c = { .verify_required = row->verify_required };
	struct error why = { 0 };
	bool pin = !row->pin;

	assert_int_equal(choose_fitness(&row->demand, &c, &row->facts,
		!row->unsigned_, &pin, &why), row->result);
	assert_int_equal(pin, row->pin);
	assert_int_equal(why.text[0] != '\0', row->result != LOGIN_READY);
}

static void the_more_telling_reason_is_told(void **state)
{
	(void)state;
	assert_int_equal(choose_reason(LOGIN_NO_TOKEN, LOGIN_PIN_SCARCE),
		LOGIN_PIN_SCARCE);
	assert_int_equal(choose_reason(LOGIN_PIN_SCARCE, LOGIN_NO_TOKEN),
		LOGIN_PIN_SCARCE);
	assert_int_equal(choose_reason(LOGIN_SILENT, LOGIN_BUSY), LOGIN_BUSY);
	assert_int_equal(choose_reason(LOGIN_PIN_WRONG, LOGIN_FALSE),
		LOGIN_FALSE);
	/* what has no place in the list is not lost behind another */
	assert_int_equal(choose_reason(LOGIN_NO_TOKEN, LOGIN_COUNTER),
		LOGIN_COUNTER);
	/* of two that say as much, the one that was there first */
	assert_int_equal(choose_reason(LOGIN_COUNTER, LOGIN_FALSE),
		LOGIN_COUNTER);
	assert_int_equal(choose_reason(LOGIN_FALSE, LOGIN_COUNTER),
		LOGIN_FALSE);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 1];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = is_fit,
			.initial_state = (void *)&rows[i] };
	tests[i] = (struct CMUnitTest)cmocka_unit_test(
		the_more_telling_reason_is_told);
	return cmocka_run_group_tests_name("choose", tests, NULL, NULL);
}
