/* SPDX-License-Identifier: Apache-2.0 */
/* From nodes to tokens, without a device: grouping, problems, words. */
#include "token/token.h"

#include "tests/unit/unit.h"

static struct token *tokens;
static size_t tokens_n;

static void list(const struct node *nodes, size_t n)
{
	free(tokens);
	OK(token_list(nodes, n, -1, 100, &tokens, &tokens_n, &err));
}

static int drop(void **state)
{
	(void)state;
	free(tokens);
	tokens = NULL;
	return 0;
}

#define YUBICO .vendor = 0x1050, .product = 0x0407, .bus = 3
#define USB(n) .usb_path = "/sys/devices/usb" n

static void interfaces_of_one_usb_device_are_one_token(void **state)
{
	const struct node nodes[] = {
		{ .path = "/nowhere/hidraw0", USB("1"), YUBICO },
		{ .path = "/nowhere/hidraw1", USB("1"), YUBICO, .fido = true },
		{ .path = "/nowhere/hidraw2", USB("2"), YUBICO, .fido = true },
	};

	(void)state;
	list(nodes, ARRAY_LEN(nodes));
	assert_int_equal(tokens_n, 2);
	assert_string_equal(tokens[0].node.path, "/nowhere/hidraw1");
	assert_int_equal(tokens[0].nodes, 2);
	assert_string_equal(tokens[1].node.path, "/nowhere/hidraw2");
	assert_int_equal(tokens[1].nodes, 1);
}

static void nodes_without_a_usb_parent_are_not_joined(void **state)
{
	const struct node nodes[] = {
		{ .path = "/nowhere/hidraw0", .fido = true },
		{ .path = "/nowhere/hidraw1", .fido = true },
	};

	(void)state;
	list(nodes, ARRAY_LEN(nodes));
	assert_int_equal(tokens_n, 2);
}

static void a_keyboard_of_another_vendor_is_no_token(void **state)
{
	const struct node nodes[] = {
		{ .path = "/nowhere/hidraw0", USB("1"), .vendor = 0x046d },
		{ .path = "/nowhere/hidraw1", USB("2"), .vendor = 0x046d },
	};

	(void)state;
	list(nodes, ARRAY_LEN(nodes));
	assert_int_equal(tokens_n, 0);
	assert_non_null(tokens);
	list(NULL, 0);
	assert_int_equal(tokens_n, 0);
}

static void a_yubikey_without_fido_says_how_to_switch_it_on(void **state)
{
	const struct node node = { USB("1"), YUBICO };

	(void)state;
	list(&node, 1);
	assert_int_equal(tokens_n, 1);
	assert_int_equal(tokens[0].problem, TOKEN_NO_FIDO);
	assert_non_null(strstr(tokens[0].problem_text, "ykman"));
	assert_false(tokens[0].identified);
}

static void a_token_that_is_gone_is_named(void **state)
{
	const struct node node = { .path = "/nowhere/hidraw0", USB("1"),
		.fido = true };

	(void)state;
	list(&node, 1);
	assert_int_equal(tokens[0].problem, TOKEN_GONE);
	assert_non_null(strstr(tokens[0].problem_text, "/nowhere/hidraw0"));
}

static void a_product_is_named_for_people(void **state)
{
	static const struct {
		struct node node;
		const char *want;
	} rows[] = {
		{ { .manufacturer = "Yubico", .product_name = "YubiKey FIDO" },
			"Yubico YubiKey FIDO" },
		{ { .manufacturer = "Solo", .product_name = "Solo 4" },
			"Solo 4" },
		{ { .product_name = "Solo 4" }, "Solo 4" },
		{ { .manufacturer = "Yubico", .vendor = 0x1050,
			  .product = 0x407 }, "1050:0407" },
		{ { .product_name = "evil\x1b[2J\n" }, "evil?[2J?" },
	};
	struct token t = { .identified = false };
	char s[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		t.node = rows[i].node;
		token_product(&t, s, sizeof(s));
		assert_string_equal(s, rows[i].want);
	}
	t.node = rows[0].node;
	token_product(&t, s, 8);
	assert_string_equal(s, "Yubico ");
}

static void firmware_and_serial_are_what_the_token_reports(void **state)
{
	struct token t = { .identified = true, .node = { YUBICO },
		.fido = { .hid_version = { 5, 1, 2 } } };
	uint32_t serial;
	char s[12];

	(void)state;
	token_firmware(&t, s);
	assert_string_equal(s, "5.1.2");
	assert_false(token_serial(&t, &serial));
	t.devinfo = (struct devinfo){ .present = true, .has_version = true,
		.version = { 255, 255, 255 }, .has_serial = true,
		.serial = UINT32_MAX };
	token_firmware(&t, s);
	assert_string_equal(s, "255.255.255");
	assert_true(token_serial(&t, &serial));
	assert_int_equal(serial, UINT32_MAX);
	t.devinfo.has_version = false;
	t.fido.hid_version[0] = 3; /* of the protocol, not the firmware */
	token_firmware(&t, s);
	assert_string_equal(s, "");
	t.fido.hid_version[0] = 5;
	t.node.vendor = 0x20a0;
	token_firmware(&t, s);
	assert_string_equal(s, "");
}

static void applications_are_those_that_are_on(void **state)
{
	struct token t = { .identified = false };
	char s[64], small[9];

	(void)state;
	token_applications(&t, s, sizeof(s));
	assert_string_equal(s, "");
	t.identified = true;
	token_applications(&t, s, sizeof(s));
	assert_string_equal(s, "U2F");
	t.fido.ctap2 = true;
	token_applications(&t, s, sizeof(s));
	assert_string_equal(s, "FIDO2");
	t.devinfo = (struct devinfo){ .present = true, .usb_supported = 0x33b,
		.has_usb_enabled = true, .usb_enabled = 0x221 };
	token_applications(&t, s, sizeof(s));
	assert_string_equal(s, "FIDO2 OTP OATH");
	token_applications(&t, small, sizeof(small));
	assert_string_equal(small, "FIDO2 OT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			interfaces_of_one_usb_device_are_one_token, drop),
		cmocka_unit_test_teardown(
			nodes_without_a_usb_parent_are_not_joined, drop),
		cmocka_unit_test_teardown(
			a_keyboard_of_another_vendor_is_no_token, drop),
		cmocka_unit_test_teardown(
			a_yubikey_without_fido_says_how_to_switch_it_on, drop),
		cmocka_unit_test_teardown(
			a_token_that_is_gone_is_named, drop),
		cmocka_unit_test(a_product_is_named_for_people),
		cmocka_unit_test(
			firmware_and_serial_are_what_the_token_reports),
		cmocka_unit_test(applications_are_those_that_are_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
