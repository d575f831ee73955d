/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which OTP interface is read, and what of it, with USB devices of our own in
 * place of libusb's and of libykpers'.
 */
#include "token/worker/usb.h"
#include "token/worker/yubikey.h"

#include "tests/unit/unit.h"

#include <libusb.h>
#include <ykpers-1/ykcore.h>
#include <ykpers-1/ykdef.h>
#include <ykpers-1/ykstatus.h>

#define YUBICO 0x1050

struct device {
	uint8_t bus, dev;
	uint16_t vendor, product;
	bool is_silent; /* no descriptor can be had */
};

static struct device devices[8];
static size_t devices_n;
static int usb_fails; /* libusb's error for the list */
static bool usb_starts, library_starts, status_is_told, has_memory;
static int open_fails;       /* libykpers' error */
static int first_that_fails; /* ... from this number on */
static unsigned serial, level;
static bool serial_is_told;
static int keys; /* that libykpers finds */
static char calls[512];

static void note(const char *what, int n)
{
	size_t at = strlen(calls);

	snprintf(calls + at, sizeof(calls) - at, n < 0 ? "%s " : "%s:%d ", what,
		n);
}

/* ---- libusb ---- */

WRAP(int, libusb_init, libusb_context **ret)
{
	assert_null(*ret);
	return usb_starts ? 0 : LIBUSB_ERROR_OTHER;
}

WRAP(void, libusb_exit, libusb_context *usb)
{
	assert_null(usb);
	note("exit", -1);
}

WRAP(ssize_t, libusb_get_device_list, libusb_context *usb,
	libusb_device ***ret)
{
	size_t i;

	(void)usb;
	if (usb_fails)
		return usb_fails;
	*ret = calloc(devices_n + 1, sizeof(**ret));
	assert_non_null(*ret);
	for (i = 0; i < devices_n; i++)
		(*ret)[i] = (libusb_device *)&devices[i];
	return (ssize_t)devices_n;
}

WRAP(void, libusb_free_device_list, libusb_device **p, int unref)
{
	assert_int_equal(unref, 1);
	note("free", -1);
	free(p);
}

WRAP(int, libusb_get_device_descriptor, libusb_device *p,
	struct libusb_device_descriptor *ret)
{
	const struct device *d = (const struct device *)p;

	*ret = (struct libusb_device_descriptor){ .idVendor = d->vendor,
		.idProduct = d->product };
	return d->is_silent ? LIBUSB_ERROR_IO : 0;
}

WRAP(uint8_t, libusb_get_bus_number, libusb_device *p)
{
	return ((const struct device *)p)->bus;
}

WRAP(uint8_t, libusb_get_device_address, libusb_device *p)
{
	return ((const struct device *)p)->dev;
}

/* ---- libykpers ---- */

static char key; /* what its handles point at */

WRAP(int, yk_init, void)
{
	return library_starts;
}

WRAP(int, yk_release, void)
{
	note("release", -1);
	return 1;
}

WRAP(YK_KEY *, yk_open_key_vid_pid, int vendor, const int *products,
	size_t n, int index)
{
	size_t i;

	assert_int_equal(vendor, YUBICO);
	for (i = 0; i < n && products[i] != 0x0407; i++)
		assert_true(products[i] > 0 && products[i] < 0x0420);
	assert_true(i < n);
	note("open", index);
	if (open_fails && index >= first_that_fails)
		yk_errno = open_fails;
	else if (index >= keys)
		yk_errno = YK_ENOKEY;
	else
		return (YK_KEY *)&key;
	return NULL;
}

WRAP(int, yk_close_key, YK_KEY *k)
{
	assert_ptr_equal(k, &key);
	note("close", -1);
	return 1;
}

WRAP(int, yk_get_status, YK_KEY *k, YK_STATUS *ret)
{
	assert_ptr_equal(k, &key);
	assert_ptr_equal(ret, &key);
	yk_errno = YK_ETIMEOUT;
	return status_is_told;
}

WRAP(int, yk_get_serial, YK_KEY *k, uint8_t slot, unsigned flags,
	unsigned *ret)
{
	assert_ptr_equal(k, &key);
	assert_int_equal(slot, 0);
	assert_int_equal(flags, 0);
	*ret = serial;
	return serial_is_told;
}

WRAP(const char *, yk_strerror, int code)
{
	return code == YK_ETIMEOUT ? "timeout" : "another error";
}

WRAP(const char *, yk_usb_strerror, void)
{
	return "access denied";
}

WRAP(YK_STATUS *, ykds_alloc, void)
{
	return has_memory ? (YK_STATUS *)&key : NULL;
}

WRAP(void, ykds_free, YK_STATUS *st)
{
	assert_ptr_equal(st, &key);
	note("status", -1);
}

WRAP(int, ykds_version_major, const YK_STATUS *st)
{
	(void)st;
	return 5;
}

WRAP(int, ykds_version_minor, const YK_STATUS *st)
{
	(void)st;
	return 4;
}

WRAP(int, ykds_version_build, const YK_STATUS *st)
{
	(void)st;
	return 3;
}

WRAP(int, ykds_pgm_seq, const YK_STATUS *st)
{
	(void)st;
	return 0x7fff0102;
}

WRAP(int, ykds_touch_level, const YK_STATUS *st)
{
	(void)st;
	return (int)level;
}

/* ---- what is asked ---- */

static struct otp_interface found[OTP_INTERFACES_MAX];
static size_t found_n;

static int start(void **state)
{
	static const struct device all[] = {
		{ 1, 1, 0x1d6b, 0x0002, false },
		{ 1, 2, YUBICO, 0x0407, false },
		{ 1, 3, YUBICO, 0x0402, false }, /* shows no OTP interface */
		{ 2, 2, YUBICO, 0x0010, false },
		{ 2, 7, YUBICO, 0x0407, true },
		{ 2, 3, YUBICO, 0x0410, false },
		{ 3, 9, 0x1d6b, 0x0407, false }, /* another vendor's */
	};

	(void)state;
	memcpy(devices, all, sizeof(all));
	devices_n = ARRAY_LEN(all);
	usb_starts = library_starts = status_is_told = has_memory = true;
	serial_is_told = true;
	usb_fails = open_fails = first_that_fails = 0;
	serial = 77;
	level = 0;
	keys = 3;
	calls[0] = '\0';
	return 0;
}

static int read_at(uint8_t bus, uint8_t dev)
{
	const struct otp_place place = { bus, dev };

	calls[0] = '\0';
	found_n = 99;
	memset(found, 0xff, sizeof(found));
	return yubikey_read(&place, found, &found_n, &err);
}

static void only_the_one_at_that_place_is_opened(void **state)
{
	static const struct {
		uint8_t bus, dev;
		const char *calls;
	} cases[] = {
		{ 1, 2, "free exit open:0 status close release " },
		{ 2, 2, "free exit open:1 status close release " },
		{ 2, 3, "free exit open:2 status close release " },
		{ 1, 3, "free exit " },
		{ 2, 7, "free exit " },
		{ 3, 9, "free exit " },
		{ 1, 1, "free exit " },
		{ 3, 2, "free exit " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		OK(read_at(cases[i].bus, cases[i].dev));
		assert_string_equal(calls, cases[i].calls);
		assert_int_equal(found_n,
			strstr(cases[i].calls, "open") != NULL);
	}
}

static void without_a_place_each_one_is_read(void **state)
{
	(void)state;
	OK(read_at(0, 0));
	assert_string_equal(calls, "open:0 status close open:1 status close "
		"open:2 status close open:3 release ");
	assert_int_equal(found_n, 3);
	keys = 100;
	OK(read_at(0, 0));
	assert_int_equal(found_n, OTP_INTERFACES_MAX);
	assert_non_null(strstr(calls, "open:15 status close release "));
	keys = 0;
	OK(read_at(0, 0));
	assert_int_equal(found_n, 0);
}

static void its_status_and_its_serial_number_are_told(void **state)
{
	static const struct {
		unsigned level;
		bool configured[2], touch[2];
	} cases[] = {
		{ 0, { false, false }, { false, false } },
		{ CONFIG1_VALID, { true, false }, { false, false } },
		{ CONFIG2_VALID, { false, true }, { false, false } },
		{ CONFIG1_TOUCH, { false, false }, { true, false } },
		{ CONFIG2_TOUCH, { false, false }, { false, true } },
	};
	size_t i, slot;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		level = cases[i].level;
		OK(read_at(1, 2));
		assert_true(found[0].has_serial);
		assert_int_equal(found[0].serial, 77);
		assert_memory_equal(found[0].version, "\5\4\3", 3);
		assert_int_equal(found[0].programming_sequence, 0x0102);
		for (slot = 0; slot < 2; slot++) {
			assert_int_equal(found[0].slots[slot].configured,
				cases[i].configured[slot]);
			assert_int_equal(found[0].slots[slot].touch,
				cases[i].touch[slot]);
		}
	}
}

static void a_number_that_is_hidden_or_zero_is_none(void **state)
{
	(void)state;
	serial_is_told = false;
	OK(read_at(1, 2));
	assert_false(found[0].has_serial);
	assert_int_equal(found[0].serial, 0);
	serial_is_told = true;
	serial = 0;
	OK(read_at(1, 2));
	assert_false(found[0].has_serial);
}

static void what_fails_is_said(void **state)
{
	static const struct {
		int usb, library; /* errors */
		bool usb_starts, library_starts, status, memory;
		int code;
		const char *words, *calls;
	} cases[] = {
		{ 0, 0, false, true, true, true, ERROR_FAILED,
			"libusb does not start", "" },
		{ LIBUSB_ERROR_NO_MEM, 0, true, true, true, true, ERROR_FAILED,
			"libusb cannot list USB devices: Insufficient memory",
			"exit " },
		{ 0, 0, true, false, true, true, ERROR_FAILED,
			"libykpers: timeout", "free exit " },
		{ 0, YK_EUSBERR, true, true, true, true, ERROR_PERMISSION,
			"an OTP interface cannot be opened: access denied",
			"free exit open:0 release " },
		{ 0, YK_ETIMEOUT, true, true, true, true, ERROR_PERMISSION,
			"an OTP interface cannot be opened: timeout",
			"free exit open:0 release " },
		{ 0, 0, true, true, false, true, ERROR_FAILED,
			"the OTP interface does not tell its status: timeout",
			"free exit open:0 status close release " },
		{ 0, 0, true, true, true, false, ERROR_FAILED,
			"cannot allocate memory", "free exit open:0 close release " },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		start(state);
		usb_fails = cases[i].usb;
		open_fails = cases[i].library;
		usb_starts = cases[i].usb_starts;
		library_starts = cases[i].library_starts;
		status_is_told = cases[i].status;
		has_memory = cases[i].memory;
		yk_errno = YK_ETIMEOUT;
		SAYS(cases[i].code, cases[i].words, read_at(1, 2));
		assert_string_equal(calls, cases[i].calls);
		assert_int_equal(found_n, 0);
	}
}

static void one_that_fails_ends_the_walk(void **state)
{
	(void)state;
	open_fails = YK_EUSBERR;
	first_that_fails = 1;
	SAYS(ERROR_PERMISSION, "an OTP interface cannot be opened",
		read_at(0, 0));
	assert_string_equal(calls, "open:0 status close open:1 release ");
	start(state);
	status_is_told = false;
	SAYS(ERROR_FAILED, "does not tell its status", read_at(0, 0));
	assert_string_equal(calls, "open:0 status close release ");
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_one_at_that_place_is_opened),
		TEST(without_a_place_each_one_is_read),
		TEST(its_status_and_its_serial_number_are_told),
		TEST(a_number_that_is_hidden_or_zero_is_none),
		TEST(what_fails_is_said),
		TEST(one_that_fails_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
