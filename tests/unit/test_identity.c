/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one key is known by: the answers that its interfaces give beside each
 * other, and the words that people read of it.
 */
#include "token/identity.h"

#include "token/asking.h"
#include "token/worker/oath.h"

#include "tests/unit/unit.h"

#define YUBICO 0x1050

/* ---- a token that is asked ---- */

static int open_fails, survey_fails;
static const unsigned char *reply;
static size_t reply_n;
static bool wanted_config;

WRAP(int, hid_open, struct hid *h, const char *path, int cancel_fd,
	deadline_t until, struct error *e)
{
	assert_int_equal(cancel_fd, 77);
	assert_int_equal(deadline_left(until), 0);
	snprintf(h->path, sizeof(h->path), "%s", path);
	return open_fails ? error_set(e, open_fails, "it cannot be opened") : 0;
}

WRAP(int, survey_run, struct survey *list, size_t n, int cancel_fd,
	deadline_t until, struct error *e)
{
	size_t i;

	assert_int_equal(cancel_fd, 77);
	assert_in_range(deadline_left(until), 900, 1000);
	for (i = 0; i < n && !list[i].error.code; i++) {
		wanted_config = list[i].config;
		list[i].devinfo = (struct devinfo){ .present = true,
			.has_serial = true, .serial = 7 };
		list[i].hid.capabilities = reply_n ? HID_CAP_CBOR : 0;
		buf_put(&list[i].get_info, reply, reply_n);
	}
	return survey_fails ? error_set(e, survey_fails, "interrupted") : 0;
}

static struct token *tokens;
static size_t n;

static int list_one(const struct node *node)
{
	free(tokens);
	tokens = NULL;
	return token_list(node, 1, 77, 1000, &tokens, &n, &err);
}

static int begin(void **state)
{
	(void)state;
	open_fails = survey_fails = 0;
	reply = NULL;
	reply_n = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(tokens);
	tokens = NULL;
	return 0;
}

static const struct node key = { .path = "/dev/hidraw9", .vendor = YUBICO,
	.fido = true, .mode = 0600, .group = "root" };

static void one_that_answers_is_identified(void **state)
{
	struct node other = key;

	(void)state;
	OK(list_one(&key));
	assert_true(tokens[0].identified);
	assert_int_equal(tokens[0].problem, TOKEN_USABLE);
	assert_string_equal(tokens[0].problem_text, "");
	assert_string_equal(tokens[0].fido.versions, "U2F_V2");
	assert_int_equal(tokens[0].devinfo.serial, 7);
	assert_true(wanted_config);
	other.vendor = YUBICO + 1;
	OK(list_one(&other));
	assert_false(wanted_config);
	/* on a reader it is asked only where it is opened */
	other.transport = NODE_NFC;
	OK(list_one(&other));
	assert_false(tokens[0].identified);
	assert_int_equal(tokens[0].problem, TOKEN_USABLE);
}

static void what_is_wrong_with_one_is_said(void **state)
{
	static const struct {
		int code;
		enum token_problem problem;
		const char *text;
	} cases[] = {
		{ ERROR_BUSY, TOKEN_HELD, "it cannot be opened" },
		{ ERROR_NO_TOKEN, TOKEN_GONE, "it cannot be opened" },
		{ ERROR_FAILED, TOKEN_BROKEN, "it cannot be opened" },
		{ ERROR_PERMISSION, TOKEN_NO_PERMISSION, "no permission to "
			"open '/dev/hidraw9' (mode 0600, group root): no udev "
			"rule gives it to people; 60-fido-id.rules and "
			"70-uaccess.rules of systemd's udev are missing or did "
			"not run: install udev and plug the token in again" },
	};
	struct node node = key;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		open_fails = cases[i].code;
		OK(list_one(&key));
		assert_int_equal(tokens[0].problem, cases[i].problem);
		assert_string_equal(tokens[0].problem_text, cases[i].text);
		assert_false(tokens[0].identified);
	}
	node.uaccess = true;
	OK(list_one(&node));
	assert_string_equal(tokens[0].problem_text, "no permission to open "
		"'/dev/hidraw9' (mode 0600, group root): the rule uaccess "
		"gives it only to who sits at this machine's screen; run as "
		"root, or have an administrator give your group access by a "
		"udev rule");
	open_fails = 0;
	node.fido = false;
	OK(list_one(&node));
	assert_int_equal(tokens[0].problem, TOKEN_NO_FIDO);
	assert_string_equal(tokens[0].problem_text, "it shows no FIDO "
		"interface over USB: switch FIDO on (`ykman config usb "
		"--enable FIDO2`)");
	reply = (const unsigned char *)"\0\x80";
	reply_n = 2;
	OK(list_one(&key));
	assert_int_equal(tokens[0].problem, TOKEN_BROKEN);
	assert_string_equal(tokens[0].problem_text, "the token at "
		"'/dev/hidraw9' does not answer as a FIDO token should: "
		"getInfo is no map");
	survey_fails = ERROR_INTERRUPTED;
	FAILS(ERROR_INTERRUPTED, list_one(&key));
	assert_null(tokens);
}

/* ---- its words ---- */

static void versions_come_from_who_knows_best(void **state)
{
	static const struct {
		struct token t;
		const char *firmware, *applications;
	} cases[] = {
		{ { .devinfo = { .has_version = true, .version = { 5, 7, 4 } },
			.identified = true, .node = { .vendor = YUBICO },
			.fido = { .firmware = 0x050000, .ctap2 = true } },
			"5.7.4", "FIDO2" },
		{ { .identified = true, .node = { .vendor = YUBICO },
			.fido = { .firmware = 0x050702, .ctap2 = true,
				.versions = "U2F_V2 FIDO_2_0" } },
			"5.7.2", "FIDO2 U2F" },
		{ { .identified = true, .node = { .vendor = YUBICO },
			.fido = { .hid_version = { 4, 3, 1 } } }, "4.3.1",
			"U2F" },
		{ { .identified = true, .node = { .vendor = YUBICO + 1 },
			.fido = { .hid_version = { 4, 3, 1 },
				.firmware = 0x050702, .ctap2 = true } }, "",
			"FIDO2" },
		{ { .identified = false, .node = { .vendor = YUBICO },
			.fido = { .hid_version = { 4, 3, 1 } } }, "", "" },
		{ { .devinfo = { .present = true,
			.usb_supported = DEVINFO_OATH } }, "", "OATH" },
		{ { .devinfo = { .present = true, .has_usb_enabled = true,
			.usb_enabled = DEVINFO_OTP,
			.usb_supported = DEVINFO_OATH } }, "", "OTP" },
	};
	char text[64], firmware[12];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		token_firmware(&cases[i].t, firmware);
		assert_string_equal(firmware, cases[i].firmware);
		token_applications(&cases[i].t, text, sizeof(text));
		assert_string_equal(text, cases[i].applications);
	}
}

static void a_card_is_looked_for_where_there_may_be_one(void **state)
{
	struct token t = { .node = { .usb_bus = 3, .usb_dev = 9 },
		.devinfo = { .has_serial = true, .serial = 77 } };
	struct card_place place;

	(void)state;
	assert_false(identity_card_place(&t, &place));
	assert_int_equal(place.usb_bus, 3);
	assert_int_equal(place.usb_dev, 9);
	assert_true(place.has_serial);
	assert_int_equal(place.serial, 77);
	assert_string_equal(place.id, "");
	t.node.has_ccid = true;
	assert_true(identity_card_place(&t, &place));
	t.node.has_ccid = false;
	t.devinfo.present = t.devinfo.has_usb_enabled = true;
	t.devinfo.usb_enabled = DEVINFO_OATH;
	assert_true(identity_card_place(&t, &place));
	/* a reader's place is not its token's */
	t.node.transport = NODE_NFC;
	t.devinfo.has_serial = false;
	assert_true(identity_card_place(&t, &place));
	assert_int_equal(place.usb_bus, 0);
	assert_false(place.has_serial);
	assert_string_equal(identity_join_name(CARD_SAME_USB),
		"same-usb-parent");
	assert_string_equal(identity_join_name(CARD_SAME_SERIAL),
		"same-serial");
}

static void interfaces_that_differ_are_told(void **state)
{
	struct devinfo fido = { .present = true, .has_serial = true,
		.serial = 1, .has_version = true, .version = { 5, 7, 4 },
		.form_factor = 1 };
	struct devinfo card = fido;
	struct otp_interface otp = { .has_serial = true, .serial = 1,
		.version = { 5, 7, 4 } };
	const uint8_t hid[3] = { 5, 7, 4 }, old[3] = { 5, 7, 3 };
	struct identity_interfaces i = { &fido, &card, &otp, hid };
	struct identity_differences d = { .n = 9 };

	(void)state;
	identity_compare(&i, &d);
	assert_int_equal(d.n, 0);
	card.serial = 2;
	otp.serial = 3;
	card.fips = true;
	i.hid_version = old;
	identity_compare(&i, &d);
	assert_int_equal(d.n, 4);
	assert_string_equal(d.text[0],
		"serial number: 1 over FIDO, 2 over the smart card");
	assert_string_equal(d.text[1],
		"serial number: 1 over FIDO, 3 over OTP");
	assert_string_equal(d.text[2],
		"firmware: 5.7.4 over FIDO, 5.7.3 over CTAPHID");
	assert_non_null(strstr(d.text[3], "form factor: "));
	assert_non_null(strstr(d.text[3], " FIPS over the smart card"));
	/* who tells nothing differs from nobody */
	i = (struct identity_interfaces){ NULL, &card, NULL, NULL };
	identity_compare(&i, &d);
	assert_int_equal(d.n, 0);
	otp.has_serial = false;
	i = (struct identity_interfaces){ NULL, NULL, &otp, hid };
	identity_compare(&i, &d);
	assert_int_equal(d.n, 0);
	card.present = false;
	i = (struct identity_interfaces){ &fido, &card, NULL, NULL };
	identity_compare(&i, &d);
	assert_int_equal(d.n, 0);
}

static void a_card_holds_the_accounts_of_its_applet(void **state)
{
	static struct oath_card card = { .has_oath = true };

	(void)state;
	card.applet.n = 2;
	strcpy(card.applet.accounts[0].name, "a");
	strcpy(card.applet.accounts[1].name, "b");
	strcpy(card.applet.accounts[2].name, "c");
	assert_true(oath_card_holds(&card, "a"));
	assert_true(oath_card_holds(&card, "b"));
	assert_false(oath_card_holds(&card, "c"));
	card.has_oath = false;
	assert_false(oath_card_holds(&card, "a"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_answers_is_identified),
		TEST(what_is_wrong_with_one_is_said),
		cmocka_unit_test(versions_come_from_who_knows_best),
		cmocka_unit_test(a_card_is_looked_for_where_there_may_be_one),
		cmocka_unit_test(interfaces_that_differ_are_told),
		cmocka_unit_test(a_card_holds_the_accounts_of_its_applet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
