/* SPDX-License-Identifier: Apache-2.0 */
/* How a USB device stands, by a sysfs of the test's. */
#include "udev/usb.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

static char place[64];

static int make_hub(void **state)
{
	(void)state;
	enter_place(place);
	assert_int_equal(mkdir("hub", 0700), 0);
	assert_int_equal(mkdir("hub/1-2", 0700), 0);
	assert_int_equal(mkdir("hub/1-2/power", 0700), 0);
	assert_int_equal(mkdir("hub/1-2/port", 0700), 0);
	return 0;
}

static int drop_hub(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static void add_folder(const char *name, const char *number, const char *class,
	const char *uevent)
{
	char path[128];

	snprintf(path, sizeof(path), "hub/1-2/%s", name);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "hub/1-2/%s/bInterfaceNumber", name);
	if (number)
		write_text(path, number);
	snprintf(path, sizeof(path), "hub/1-2/%s/bInterfaceClass", name);
	write_text(path, class);
	snprintf(path, sizeof(path), "hub/1-2/%s/uevent", name);
	write_text(path, uevent);
}

static const struct usb_interface *interface_of(const struct usb_state *s,
	unsigned number)
{
	size_t i;

	for (i = 0; i < s->interfaces_n; i++)
		if (s->interfaces[i].number == number)
			return &s->interfaces[i];
	return NULL;
}

static void all_that_the_machine_says_is_told(void **state)
{
	struct usb_state s;

	(void)state;
	write_text("hub/1-2/authorized", "1\n");
	write_text("hub/1-2/bConfigurationValue", "2\n");
	write_text("hub/1-2/power/runtime_status", "suspended\n");
	write_text("hub/1-2/power/control", "auto\n");
	write_text("hub/1-2/bMaxPower", "30mA\n");
	write_text("hub/1-2/port/over_current_count", "4\n");
	write_text("hub/bmAttributes", "e0\n");
	add_folder("1-2:1.0", "00\n", "03\n", "X=y\nDRIVER=usbhid\n");
	add_folder("1-2:1.10", "0a\n", "0b\n", "X=y\n");
	add_folder("ep_00", "01\n", "03\n", "");    /* no interface */
	add_folder("1-2:1.1", NULL, "03\n", "");    /* no number */
	usb_look("hub/1-2", &s);
	assert_int_equal(s.authorized, 1);
	assert_int_equal(s.configuration, 2);
	assert_string_equal(s.runtime, "suspended");
	assert_string_equal(s.control, "auto");
	assert_int_equal(s.milliamps, 30);
	assert_int_equal(s.over_current, 4);
	assert_int_equal(s.hub_powered, 1);
	assert_int_equal(s.interfaces_n, 2);
	assert_int_equal(interface_of(&s, 0)->class, 3);
	assert_string_equal(interface_of(&s, 0)->driver, "usbhid");
	assert_int_equal(interface_of(&s, 10)->class, 11);
	assert_string_equal(interface_of(&s, 10)->driver, "");
}

static void what_it_does_not_say_is_not_known(void **state)
{
	struct usb_state s;

	(void)state;
	usb_look("hub/1-2", &s);
	assert_int_equal(s.authorized, -1);
	assert_int_equal(s.configuration, -1);
	assert_string_equal(s.runtime, "");
	assert_string_equal(s.control, "");
	assert_int_equal(s.milliamps, -1);
	assert_int_equal(s.over_current, -1);
	assert_int_equal(s.hub_powered, -1);
	assert_int_equal(s.interfaces_n, 0);
	/* powered by the bus */
	write_text("hub/bmAttributes", "a0\n");
	usb_look("hub/1-2", &s);
	assert_int_equal(s.hub_powered, 0);
	usb_look("nowhere", &s);
	assert_int_equal(s.authorized, -1);
	assert_int_equal(s.hub_powered, -1);
}

static void no_more_interfaces_than_there_is_room_for(void **state)
{
	struct usb_state s;
	char name[16], number[4];
	int i;

	(void)state;
	for (i = 0; i <= USB_INTERFACES_MAX; i++) {
		snprintf(name, sizeof(name), "1-2:1.%d", i);
		snprintf(number, sizeof(number), "%02x", (unsigned)i & 0xff);
		add_folder(name, number, "ff", "DRIVER=x\n");
	}
	usb_look("hub/1-2", &s);
	assert_int_equal(s.interfaces_n, USB_INTERFACES_MAX);
	assert_int_equal(s.interfaces[USB_INTERFACES_MAX - 1].class, 255);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_hub, drop_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_that_the_machine_says_is_told),
		TEST(what_it_does_not_say_is_not_known),
		TEST(no_more_interfaces_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
