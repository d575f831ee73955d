/* SPDX-License-Identifier: Apache-2.0 */
/* HID report descriptors and USB descriptors as devices send them. */
#include "udev/nodes.h"

#include "base/encode.h"
#include "tests/unit/unit.h"

/* CTAP 2.1 section 11.2.8.1 as YubiKeys send it: 34 bytes */
#define FIDO "06d0f10901a1010920150026ff007508954081020921150026ff00750895" \
	     "409102c0"
/* Boot keyboard, HID 1.11 appendix E.6, with Yubico's feature report */
#define KEYBOARD "05010906a101050719e029e71500250175019508810295017508810195" \
		 "05750105081901290591029501750391019506750815002565050719" \
		 "0029658100c0"

static const struct {
	const char *name;
	const char *hex;
	bool fido;
} reports[] = {
	{ "a YubiKey's FIDO interface", FIDO, true },
	{ "a keyboard", KEYBOARD, false },
	{ "nothing", "", false },
	{ "usage page and usage alone", "06d0f10901", true },
	{ "the page in four bytes", "07d0f100000901", true },
	{ "the usage in two bytes", "06d0f10a0100", true },
	{ "page and usage in one extended usage", "0b0100d0f1", true },
	{ "another usage of the FIDO page", "06d0f10902", false },
	{ "the page without a usage", "06d0f1", false },
	{ "another vendor's page", "06d0f00901", false },
	{ "a page that only looks like it, shifted", "06f1d00901", false },
	{ "usage 1 before the page", "090106d0f1", false },
	{ "a page that is set again", "06d0f105010901", false },
	{ "a keyboard with a FIDO collection behind it", KEYBOARD FIDO, true },
	{ "the page behind a long item", "fe02aabbcc06d0f10901", true },
	{ "the page inside a long item", "fe05aa06d0f10901", false },
	{ "a long item of no data", "fe00aa06d0f10901", true },
	{ "a long item cut off", "fe", false },
	{ "a long item without its tag", "fe05", false },
	{ "a long item longer than the rest", "feffaa06d0f10901", false },
	{ "an item cut off in its value", "06d0", false },
	{ "a four-byte item cut off", "0b0100d0", false },
	{ "a page as main item", "04d0f10901", false },
	{ "only zeros", "0000000000000000", false },
	{ "only ff", "ffffffffffff", false },
	{ "usage 1 as minimum", "06d0f11901", false },
};

static void put(struct buf *b, const char *hex)
{
	unsigned char byte;

	buf_reset(b);
	for (; *hex; hex += 2) {
		assert_int_equal(hex_decode(hex, 2, &byte, 1), 1);
		buf_put_byte(b, byte);
	}
}

static void a_fido_interface_is_known_by_page_and_usage(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 4096);
	for (i = 0; i < ARRAY_LEN(reports); i++) {
		unsigned char *p;

		put(&b, reports[i].hex);
		p = copy_of(b.p, b.n);
		if (nodes_descriptor_is_fido(p, b.n) != reports[i].fido)
			fail_msg("%s", reports[i].name);
		free(p);
	}
	buf_done(&b);
}

static void a_cut_report_descriptor_is_fido_from_page_and_usage_on(
	void **state)
{
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, 4096);
	put(&b, FIDO);
	for (n = 0; n <= b.n; n++) {
		unsigned char *p = copy_of(b.p, n);

		assert_int_equal(nodes_descriptor_is_fido(p, n), n >= 5);
		free(p);
	}
	buf_done(&b);
}

static const struct {
	const char *name;
	const char *hex;
	bool keyboard, ccid;
} usbs[] = {
	{ "a YubiKey with all three", "12010002000000405010070437050102"
	  "0001" "09025400030100c00f" "090400000103010100"
	  "092110010001224500" "0705810308000a" "090401000203000000"
	  "092110010001222200" "07050403400002" "07058403400002"
	  "09040200030b000000" "07050202400000", true, true },
	{ "FIDO alone", "1201000200000040501002043705010200"
	  "01" "09022900010100c00f" "090400000203000000"
	  "092110010001222200", false, false },
	{ "a card reader", "09040000030b000000", false, true },
	{ "a boot mouse", "090400000103010200", false, false },
	{ "a keyboard without boot protocol", "090400000103000100", false,
	  false },
	{ "an interface descriptor cut off", "09040000030b0000", false,
	  false },
	{ "a short interface descriptor", "0804000003 0b0000", false, false },
	{ "length zero", "000409040000030b000000", false, false },
	{ "length one", "010409040000030b000000", false, false },
	{ "a length beyond the end", "ff0409040000030b000000", false, false },
	{ "an unknown descriptor between", "0341aa09040000030b000000", false,
	  true },
	{ "class 0b in an endpoint", "090500000b0b000000", false, false },
	{ "one byte", "09", false, false },
	{ "nothing", "", false, false },
};

static void interfaces_are_known_by_class_and_protocol(void **state)
{
	struct nodes_interfaces is;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 4096);
	for (i = 0; i < ARRAY_LEN(usbs); i++) {
		unsigned char *p;
		char hex[512];
		size_t n = 0;
		const char *h;

		for (h = usbs[i].hex; *h; h++)
			if (*h != ' ')
				hex[n++] = *h;
		hex[n] = '\0';
		put(&b, hex);
		p = copy_of(b.p, b.n);
		is = nodes_descriptor_interfaces(p, b.n);
		if (is.keyboard != usbs[i].keyboard || is.ccid != usbs[i].ccid)
			fail_msg("%s", usbs[i].name);
		free(p);
	}
	buf_done(&b);
}

static void every_cut_of_usb_descriptors_is_read_within_its_bytes(void **state)
{
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, 4096);
	put(&b, usbs[0].hex);
	for (n = 0; n <= b.n; n++) {
		unsigned char *p = copy_of(b.p, n);
		struct nodes_interfaces is = nodes_descriptor_interfaces(p, n);

		assert_int_equal(is.keyboard, n >= 36);
		assert_int_equal(is.ccid, n >= 93);
		free(p);
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fido_interface_is_known_by_page_and_usage),
		cmocka_unit_test(
			a_cut_report_descriptor_is_fido_from_page_and_usage_on),
		cmocka_unit_test(interfaces_are_known_by_class_and_protocol),
		cmocka_unit_test(
			every_cut_of_usb_descriptors_is_read_within_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
