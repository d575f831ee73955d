/* SPDX-License-Identifier: Apache-2.0 */
/* A token's smart card and its keyboard interface, found or missed. */
#include "bridge/info/interfaces.h"

#include "tests/unit/unit.h"

#include "tests/unit/heard.h"

/* ---- what is there ---- */

static int find_fails, otp_fails, cards_fail;
static bool has_card;
static struct oath_card cards[16];
static struct otp_interface interfaces[16];
static size_t cards_n, interfaces_n;

WRAP(int, oath_find, struct worker *w, const struct oath_search *q,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)w;
	(void)cancel_fd;
	assert_true(q->config);
	assert_in_range(deadline_left(until), 14000, 15000);
	if (find_fails)
		return error_set(e, find_fails, "pcscd does not run");
	*ret = has_card ? calloc(1, sizeof(**ret)) : NULL;
	if (*ret)
		**ret = cards[0];
	return 0;
}

WRAP(int, oath_cards, struct worker *w, const struct oath_search *q,
	struct oath_card **ret, size_t *ret_n, size_t *ret_held, int cancel_fd,
	deadline_t until, struct error *e)
{
	(void)w;
	(void)q;
	(void)cancel_fd;
	(void)until;
	*ret_n = cards_n;
	*ret_held = 0;
	if (cards_fail)
		return error_set(e, cards_fail, "no");
	*ret = calloc(16, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, cards, sizeof(cards));
	return 0;
}

WRAP(int, otp_interfaces, struct worker *w, const struct otp_place *place,
	struct otp_interface **ret, size_t *ret_n, int cancel_fd,
	deadline_t until, struct error *e)
{
	(void)w;
	(void)cancel_fd;
	assert_int_equal(place->bus, 1);
	assert_int_equal(place->dev, 2);
	assert_in_range(deadline_left(until), 19000, 20000);
	if (otp_fails)
		return error_set(e, otp_fails, "libykpers says no");
	*ret = calloc(16, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, interfaces, sizeof(interfaces));
	*ret_n = interfaces_n;
	return 0;
}

/* ---- asking ---- */

static struct token token;
static struct info found;

static int set_up(void **state)
{
	(void)state;
	memset(&token, 0, sizeof(token));
	memset(&found, 0, sizeof(found));
	memset(cards, 0, sizeof(cards));
	memset(interfaces, 0, sizeof(interfaces));
	token.identified = true;
	token.node.vendor = 0x1050;
	token.node.usb_bus = 1;
	token.node.usb_dev = 2;
	token.node.has_ccid = token.node.has_keyboard = true;
	token.devinfo.present = token.devinfo.has_serial = true;
	token.devinfo.serial = 1001;
	find_fails = otp_fails = cards_fail = 0;
	has_card = false;
	cards_n = interfaces_n = 0;
	said[0] = '\0';
	return 0;
}

static void card_is(const char *text)
{
	found.card_text[0] = '\0';
	OK(info_ask_card(&run, NULL, &token, &found, &err));
	assert_string_equal(found.card_text, text);
	assert_int_equal(found.card != NULL, has_card);
	free(found.card);
	found.card = NULL;
}

static void add_card(uint32_t serial)
{
	cards[cards_n].applet.has_serial = true;
	cards[cards_n++].applet.serial = serial;
}

static void a_card_is_found_or_it_is_said_what_is_there(void **state)
{
	(void)state;
	card_is("no smart-card reader shows serial number 1001");
	assert_string_equal(said, "Asking the smart card (15 s at most)\n");
	cards_n = 1; /* tells none */
	card_is("no smart-card reader shows serial number 1001");
	cards_n = 0;
	add_card(7);
	add_card(8);
	card_is("no smart-card reader shows serial number 1001; there are: 7, "
		"8");
	cards_fail = ERROR_FAILED;
	card_is("no smart-card reader shows serial number 1001");
	find_fails = ERROR_FAILED;
	card_is("pcscd does not run");
	find_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "pcscd", info_ask_card(&run, NULL, &token,
		&found, &err));
}

static void what_has_no_room_is_left_out(void **state)
{
	char want[200] = "no smart-card reader shows serial number 1001; there "
		"are: ";
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		add_card(1000000000u + (unsigned)i);
		if (i < 8) /* of 95 characters */
			sprintf(want + strlen(want), "%s%u", i ? ", " : "",
				1000000000u + (unsigned)i);
	}
	OK(info_ask_card(&run, NULL, &token, &found, &err));
	assert_memory_equal(found.card_text, want, strlen(want));
	assert_true(strlen(found.card_text) < strlen(want) + 12);
}

static void a_card_without_the_application(void **state)
{
	(void)state;
	has_card = true;
	card_is("");
	token.devinfo.has_usb_enabled = true;
	token.devinfo.usb_enabled = DEVINFO_OATH;
	card_is("the smart card shows no OATH application, though the token says "
		"that it has one");
	cards[0].has_oath = true;
	card_is("");
	/* no smart card to ask */
	has_card = false;
	token.node.has_ccid = false;
	token.devinfo.usb_enabled = DEVINFO_FIDO2;
	said[0] = '\0';
	card_is("");
	assert_string_equal(said, "");
}

#define NONE_TOLD "the token tells no serial number by which this interface " \
	"could be found"
#define COULD_NOT "not asked: the token could not tell its serial number (see " \
	"its problem)"

static void without_a_serial_number_nothing_joins_them(void **state)
{
	(void)state;
	token.devinfo.has_serial = false;
	card_is("no smart-card reader says that it is the token's USB device; "
		NONE_TOLD);
	OK(info_ask_otp(&run, NULL, &token, &found, &err));
	assert_string_equal(found.otp_text, NONE_TOLD);
	token.identified = false;
	card_is("no smart-card reader says that it is the token's USB device; "
		COULD_NOT);
	OK(info_ask_otp(&run, NULL, &token, &found, &err));
	assert_string_equal(found.otp_text, COULD_NOT);
}

static void otp_is(const char *text, bool has)
{
	found.otp_text[0] = '\0';
	found.has_otp = false;
	OK(info_ask_otp(&run, NULL, &token, &found, &err));
	assert_string_equal(found.otp_text, text);
	assert_int_equal(found.has_otp, has);
}

static void the_keyboard_interface_has_the_same_serial_number(void **state)
{
	(void)state;
	otp_is("no OTP interface shows the token's serial number", false);
	assert_string_equal(said,
		"Asking the keyboard interface (20 s at most)\n");
	interfaces_n = 3;
	interfaces[0].has_serial = interfaces[1].has_serial = true;
	interfaces[0].serial = 7;
	interfaces[1].serial = 8;
	interfaces[2].serial = 1001; /* is not told */
	otp_is("no OTP interface shows the token's serial number; there are: 7, "
		"8", false);
	interfaces[1].serial = 1001;
	interfaces[1].version[0] = 5;
	otp_is("", true);
	assert_int_equal(found.otp.version[0], 5);
	otp_fails = ERROR_FAILED;
	otp_is("libykpers says no", false);
	otp_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "libykpers", info_ask_otp(&run, NULL, &token,
		&found, &err));
	/* who has none is not asked */
	said[0] = '\0';
	token.node.has_keyboard = false;
	otp_is("", false);
	token.node.has_keyboard = true;
	token.node.vendor = 0x1051;
	otp_is("", false);
	assert_string_equal(said, "");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_card_is_found_or_it_is_said_what_is_there),
		TEST(what_has_no_room_is_left_out),
		TEST(a_card_without_the_application),
		TEST(without_a_serial_number_nothing_joins_them),
		TEST(the_keyboard_interface_has_the_same_serial_number),
	};

	return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
