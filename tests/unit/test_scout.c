/* SPDX-License-Identifier: Apache-2.0 */
/* What a rollout and the process that watches its ports tell each other. */
#include "bridge/rollout/ports/scout.h"

#include "base/wire.h"
#include "tests/unit/unit.h"

static const struct scout_report told = {
	.number = 7,
	.key = "1-4.2:17",
	.since = 123456789,
	.card = { true, { 1, 17, true, 1001, "ab12" }, CARD_SAME_USB, true },
};

static void a_report_comes_as_it_was_sent(void **state)
{
	struct scout_report got;
	CLEANUP(buf_done) struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	scout_put_report(&b, &told);
	OK(scout_get_report(&b, &got, &err));
	assert_int_equal(got.number, 7);
	assert_string_equal(got.key, told.key);
	assert_int_equal(got.since, told.since);
	assert_true(got.card.found && got.card.locked);
	assert_int_equal(got.card.join, CARD_SAME_USB);
	assert_int_equal(got.card.place.usb_dev, 17);
	assert_int_equal(got.card.place.serial, 1001);
	assert_string_equal(got.card.place.id, "ab12");
}

/* Every beginning of both is refused, and what is behind their end. */
static void what_is_cut_off_or_too_long_is_refused(void **state)
{
	const struct scout_request asked = { SCOUT_TAKEN, 7, "1-4.2:17" };
	struct scout_report got = { .number = 99 };
	struct scout_request heard = { .number = 99 };
	CLEANUP(buf_done) struct buf report, request;
	size_t i;

	(void)state;
	buf_init(&report, WIRE_MAX);
	buf_init(&request, WIRE_MAX);
	scout_put_report(&report, &told);
	scout_put_request(&request, &asked);
	for (i = report.n; i-- > 0;) {
		report.n = i;
		assert_int_equal(scout_get_report(&report, &got, &err),
			-ERROR_MALFORMED);
	}
	for (i = request.n; i-- > 0;) {
		request.n = i;
		assert_int_equal(scout_get_request(&request, &heard, &err),
			-ERROR_MALFORMED);
	}
	buf_reset(&request);
	scout_put_request(&request, &asked);
	buf_put_byte(&request, 0);
	assert_int_equal(scout_get_request(&request, &heard, &err),
		-ERROR_MALFORMED);
	assert_int_equal(got.number, 99);
	assert_int_equal(heard.number, 99);
}

static void each_order_comes_as_it_was_given(void **state)
{
	enum scout_order order;

	(void)state;
	for (order = SCOUT_HOLD; order <= SCOUT_AGAIN + 1; order++) {
		const struct scout_request asked = { order, 7, "1-4.2:17" };
		struct scout_request heard = { .number = 99 };
		CLEANUP(buf_done) struct buf b;

		buf_init(&b, WIRE_MAX);
		scout_put_request(&b, &asked);
		if (order > SCOUT_AGAIN) {
			assert_int_equal(scout_get_request(&b, &heard, &err),
				-ERROR_MALFORMED);
			continue;
		}
		OK(scout_get_request(&b, &heard, &err));
		assert_int_equal(heard.order, order);
		assert_int_equal(heard.number, 7);
		assert_string_equal(heard.key, asked.key);
	}
}

static void a_key_without_a_name_is_none(void **state)
{
	struct scout_report nameless = told, got;
	CLEANUP(buf_done) struct buf b;

	(void)state;
	nameless.key[0] = '\0';
	buf_init(&b, WIRE_MAX);
	scout_put_report(&b, &nameless);
	assert_int_equal(scout_get_report(&b, &got, &err), -ERROR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_comes_as_it_was_sent),
		cmocka_unit_test(what_is_cut_off_or_too_long_is_refused),
		cmocka_unit_test(each_order_comes_as_it_was_given),
		cmocka_unit_test(a_key_without_a_name_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
