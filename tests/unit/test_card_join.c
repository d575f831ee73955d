/* SPDX-License-Identifier: Apache-2.0 */
/* Which card is a token's own. */
#include "token/card/join.h"

#include "tests/unit/unit.h"

#define USB(bus, dev) .usb_bus = bus, .usb_dev = dev
#define SERIAL(n) .has_serial = true, .serial = n

static void the_usb_device_decides_wherever_both_sides_tell_it(void **state)
{
	const struct card_place token = { USB(1, 5), SERIAL(7), "AAA" };
	const struct card_place same = { USB(1, 5), SERIAL(8), "BBB" };
	const struct card_place others[] = {
		{ USB(1, 6), SERIAL(7), "AAA" },
		{ USB(2, 5), SERIAL(7), "AAA" },
		{ USB(5, 1), SERIAL(7), "AAA" },
	};
	size_t i;

	(void)state;
	assert_true(card_usb_decides(&token, &same));
	assert_int_equal(card_join(&token, &same), CARD_SAME_USB);
	for (i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(card_join(&token, &others[i]), CARD_OTHER);
}

static void a_key_of_any_vendor_needs_no_serial_number(void **state)
{
	const struct card_place token = { USB(1, 5) }, card = { USB(1, 5) };

	(void)state;
	assert_int_equal(card_join(&token, &card), CARD_SAME_USB);
}

static void without_a_usb_device_the_serial_number_joins(void **state)
{
	const struct card_place token = { USB(1, 5), SERIAL(7) };
	const struct card_place same = { SERIAL(7) }, other = { SERIAL(8) };
	const struct card_place none = { .serial = 7 };
	const struct card_place half = { .usb_bus = 1, SERIAL(7) };

	(void)state;
	assert_false(card_usb_decides(&token, &same));
	assert_int_equal(card_join(&token, &same), CARD_SAME_SERIAL);
	assert_int_equal(card_join(&token, &half), CARD_SAME_SERIAL);
	assert_int_equal(card_join(&token, &other), CARD_OTHER);
	assert_int_equal(card_join(&token, &none), CARD_OTHER);
	assert_int_equal(card_join(&none, &same), CARD_OTHER);
}

static void two_that_tell_nothing_are_not_one(void **state)
{
	const struct card_place nothing = { 0 };

	(void)state;
	assert_int_equal(card_join(&nothing, &nothing), CARD_OTHER);
}

static void an_applet_seen_before_is_found_by_its_id_before_its_serial(
	void **state)
{
	const struct card_place journal = { SERIAL(7), "AAA" };
	const struct card_place moved = { USB(1, 9), .id = "AAA" };
	const struct card_place reset = { USB(1, 9), SERIAL(7), "BBB" };

	(void)state;
	assert_int_equal(card_join(&journal, &moved), CARD_SAME_ID);
	assert_int_equal(card_join(&journal, &reset), CARD_SAME_SERIAL);
	assert_true(CARD_SAME_USB > CARD_SAME_ID &&
		CARD_SAME_ID > CARD_SAME_SERIAL &&
		CARD_SAME_SERIAL > CARD_OTHER);
}

static void only_a_usb_channel_tells_a_usb_device(void **state)
{
	static const struct {
		uint32_t channel;
		uint8_t bus, dev;
	} cases[] = {
		{ 0x00200105, 1, 5 }, { 0x0020037f, 3, 127 },
		{ 0x00100105, 0, 0 },  /* serial ports */
		{ 0x00000105, 0, 0 }, { 0x01200105, 0, 0 },
		{ 0xffffffff, 0, 0 }, { 0, 0, 0 },
	};
	struct card_place p = { USB(9, 9), SERIAL(7) };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		card_place_channel(cases[i].channel, &p);
		assert_int_equal(p.usb_bus, cases[i].bus);
		assert_int_equal(p.usb_dev, cases[i].dev);
		assert_int_equal(p.serial, 7);
	}
}

static void the_oath_application_s_own_serial_number_comes_first(void **state)
{
	struct oath_applet a = { .serial = 7 };
	struct devinfo d = { .serial = 8 };
	uint32_t serial = 0;

	(void)state;
	assert_false(card_serial(&a, &d, &serial));
	assert_int_equal(serial, 0);
	d.has_serial = true;
	assert_true(card_serial(&a, &d, &serial));
	assert_int_equal(serial, 8);
	a.has_serial = true;
	assert_true(card_serial(&a, &d, &serial));
	assert_int_equal(serial, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_usb_device_decides_wherever_both_sides_tell_it),
		cmocka_unit_test(a_key_of_any_vendor_needs_no_serial_number),
		cmocka_unit_test(without_a_usb_device_the_serial_number_joins),
		cmocka_unit_test(two_that_tell_nothing_are_not_one),
		cmocka_unit_test(
			an_applet_seen_before_is_found_by_its_id_before_its_serial),
		cmocka_unit_test(only_a_usb_channel_tells_a_usb_device),
		cmocka_unit_test(
			the_oath_application_s_own_serial_number_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
