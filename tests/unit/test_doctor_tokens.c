/* SPDX-License-Identifier: Apache-2.0 */
/* Why a token cannot be used: what facts come to, and USB devices in sysfs. */
#include "bridge/doctor/tokens/tokens.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

static struct findings found;
static struct token token;
static struct token_facts one;
static struct tokens_facts facts;

/* A machine and a token where all is well. */
static int set_up(void **state)
{
	(void)state;
	memset(&token, 0, sizeof(token));
	strcpy(token.node.path, "/dev/hidraw3");
	strcpy(token.node.usb_path, "/sys/devices/usb1/1-1");
	strcpy(token.node.product_name, "YubiKey");
	strcpy(token.node.group, "tokenbridge");
	token.node.mode = 0660;
	token.node.fido = true;
	token.node.has_ccid = token.node.has_keyboard = true;
	one = (struct token_facts){
		.token = &token,
		.usb = { .authorized = 1, .configuration = 1, .milliamps = 30,
			.hub_powered = 1, .runtime = "active",
			.interfaces = { { 0, 3, "usbhid" }, { 1, 3, "usbhid" },
				{ 2, 11, "" } }, .interfaces_n = 3 },
		.usb_node = "/dev/bus/usb/001/005",
		.usb_openable = true,
	};
	facts = (struct tokens_facts){
		.user = "alice", .udevd = true, .hidraw = true, .usbhid = true,
		.rules = { RULE_THERE, RULE_THERE, RULE_THERE },
		.group_exists = true, .group_lists_user = true,
		.group_in_force = true, .worker = true, .built_pcsc = true,
		.built_ykpers = true, .pcscd_socket = true, .tokens = &one,
		.n = 1,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	findings_done(&found);
	return 0;
}

static void judge(void)
{
	findings_done(&found);
	tokens_judge(&facts, &found);
	assert_false(found.failed);
}

/* How many rows are not "ok". */
static size_t bad(void)
{
	return found.n - findings_count(&found, FINDING_OK);
}

/* There is one such row, and it has these words. */
static const struct finding *says(enum finding_status status,
	const char *check, const char *words)
{
	const struct finding *hit = NULL;
	size_t i;

	judge();
	for (i = 0; i < found.n; i++)
		if (found.rows[i].status == status &&
			strcmp(found.rows[i].check, check) == 0 &&
			strstr(found.rows[i].text, words))
			hit = &found.rows[i];
	if (!hit)
		fail_msg("no row %s that says '%s'", check, words);
	return hit;
}

/* ... and nothing else is wrong. */
static const struct finding *only(enum finding_status status,
	const char *check, const char *words)
{
	const struct finding *hit = says(status, check, words);

	assert_int_equal(bad(), 1);
	return hit;
}

static void a_machine_where_all_is_well_has_only_good_rows(void **state)
{
	(void)state;
	judge();
	assert_int_equal(bad(), 0);
	says(FINDING_OK, "token", "YubiKey answers alice");
	says(FINDING_OK, "node", "mode 0660, group tokenbridge");
	says(FINDING_OK, "usb-node", "OTP interface");
	says(FINDING_OK, "usb-power", "active");
	says(FINDING_OK, "smart-card", "started when it is asked");
}

static void problems_have_the_words_of_list(void **state)
{
	const struct finding *f;

	(void)state;
	strcpy(token.problem_text, "these words");
	token.problem = TOKEN_HELD;
	f = only(FINDING_FAIL, "token", "these words");
	assert_non_null(strstr(f->remedy, "end that program"));
	token.problem = TOKEN_BROKEN;
	f = only(FINDING_FAIL, "token", "these words");
	assert_non_null(strstr(f->remedy, "plug the token in again"));
	token.problem = TOKEN_NO_FIDO;
	f = only(FINDING_FAIL, "token", "these words");
	assert_string_equal(f->remedy, "");
}

/* Of a node that may be opened, as by root, only the number was read. */
static void a_group_is_told_by_its_name(void **state)
{
	(void)state;
	strcpy(token.node.group, "0");
	judge();
	says(FINDING_OK, "node", "mode 0660, group root");
	strcpy(token.node.group, "4000000000");
	judge();
	says(FINDING_OK, "node", "mode 0660, group 4000000000");
}

static void what_to_do_about_permission_depends_on_group_and_rules(
	void **state)
{
	const struct finding *f;

	(void)state;
	strcpy(token.problem_text, "no permission");
	token.problem = TOKEN_NO_PERMISSION;
	facts.group_in_force = false;
	f = says(FINDING_FAIL, "token", "no permission");
	assert_non_null(strstr(f->remedy, "log in again"));
	says(FINDING_WARN, "group", "not yet when this session");
	facts.group_lists_user = false;
	f = only(FINDING_FAIL, "token", "no permission");
	assert_non_null(strstr(f->remedy, "usermod"));
	says(FINDING_OK, "group", "alice is no member");
	strcpy(token.node.group, "root");
	f = only(FINDING_FAIL, "token", "no permission");
	assert_non_null(strstr(f->remedy, "rows about rules"));
	facts.group_exists = false;
	says(FINDING_WARN, "group", "no such group");
	facts.root = true;
	only(FINDING_FAIL, "token", "no permission");
}

static void a_node_that_everybody_may_open_is_a_warning(void **state)
{
	(void)state;
	token.node.mode = 0666;
	only(FINDING_WARN, "node", "everybody");
}

static void without_a_token_it_says_so(void **state)
{
	(void)state;
	facts.n = 0;
	only(FINDING_WARN, "token", "no token is plugged in");
}

static void rules_that_are_missing_or_hidden_are_named(void **state)
{
	(void)state;
	facts.rules[RULE_FIDO_ID] = RULE_ABSENT;
	assert_string_equal(only(FINDING_WARN, "rules", "no such rule")->subject,
		"60-fido-id.rules");
	facts.rules[RULE_FIDO_ID] = RULE_THERE;
	facts.rules[RULE_OURS] = RULE_MASKED;
	assert_string_equal(only(FINDING_WARN, "rules", "hidden")->subject,
		"70-tokenbridge.rules");
}

static void a_kernel_without_hidraw_and_no_udevd_are_said(void **state)
{
	(void)state;
	facts.hidraw = false;
	only(FINDING_WARN, "kernel", "no hidraw");
	facts.hidraw = true;
	facts.udevd = false;
	only(FINDING_WARN, "udevd", "no udevd runs");
}

static void an_interface_that_lost_its_driver_is_said(void **state)
{
	(void)state;
	one.usb.interfaces[0].driver[0] = '\0';
	only(FINDING_FAIL, "usb-driver", "interface 0 is not with the driver "
		"usbhid:");
	strcpy(one.usb.interfaces[0].driver, "usbfs");
	only(FINDING_FAIL, "usb-driver", "but with usbfs");
	facts.usbhid = false;
	only(FINDING_FAIL, "usb-driver", "usbhid is not loaded");
}

static void a_usb_device_in_trouble_is_said(void **state)
{
	(void)state;
	one.usb.authorized = 0;
	one.usb.configuration = 0;
	only(FINDING_FAIL, "usb", "does not let");
	one.usb.authorized = 1;
	only(FINDING_FAIL, "usb", "not configured");
	one.usb.configuration = 1;
	strcpy(one.usb.runtime, "error");
	only(FINDING_FAIL, "usb-power", "did not come back");
	strcpy(one.usb.runtime, "suspended");
	strcpy(one.usb.control, "auto");
	says(FINDING_OK, "usb-power", "suspended; it may sleep");
	one.usb.over_current = 2;
	only(FINDING_WARN, "usb-power", "2 times");
	one.usb.over_current = 0;
	one.usb.hub_powered = 0;
	judge();
	assert_int_equal(bad(), 0);
	one.usb.milliamps = 101;
	only(FINDING_WARN, "usb-power", "101 mA");
	one.usb.hub_powered = -1;
	judge();
	assert_int_equal(bad(), 0);
}

static void what_sysfs_does_not_say_is_not_judged(void **state)
{
	(void)state;
	one.usb = (struct usb_state){ .authorized = -1, .configuration = -1,
		.milliamps = -1, .hub_powered = -1, .over_current = -1 };
	judge();
	assert_int_equal(bad(), 0);
}

static void a_program_without_the_lock_is_named_and_its_holder_is_not(
	void **state)
{
	(void)state;
	one.openers_n = 2;
	one.openers[0] = (struct opener){ 17, "browser" };
	one.openers[1] = (struct opener){ 18, "ssh-sk-helper" };
	one.locked_by = 18;
	only(FINDING_WARN, "opened", "browser (pid 17)");
}

static void a_usb_node_that_may_not_be_opened_is_said(void **state)
{
	(void)state;
	one.usb_openable = false;
	only(FINDING_WARN, "usb-node", "cannot ask the OTP interface");
	token.node.has_keyboard = false;
	judge();
	assert_int_equal(bad(), 0);
}

static void the_smart_card_needs_pcscd_and_polkits_leave(void **state)
{
	(void)state;
	facts.pcscd_socket = false;
	only(FINDING_WARN, "smart-card", "does not run");
	facts.pcscd = 99;
	says(FINDING_OK, "smart-card", "pid 99");
	facts.pcscd_polkit = true;
	only(FINDING_WARN, "smart-card", "polkit");
	facts.polkit_hidden = true;
	only(FINDING_UNKNOWN, "smart-card", "polkit");
	facts.polkit_rule = true;
	judge();
	assert_int_equal(bad(), 0);
	facts.polkit_rule = false;
	facts.root = true;
	judge();
	assert_int_equal(bad(), 0);
	facts.scdaemon = 5;
	only(FINDING_WARN, "smart-card", "scdaemon runs (pid 5)");
	token.node.has_ccid = false;
	facts.pcscd = 0;
	judge();
	assert_int_equal(bad(), 0);
}

static void our_rule_of_polkit_is_for_the_group(void **state)
{
	(void)state;
	facts.pcscd_polkit = facts.polkit_ours = true;
	facts.group_lists_user = facts.group_in_force = false;
	says(FINDING_WARN, "smart-card", "and group tokenbridge");
	facts.group_lists_user = true;
	says(FINDING_OK, "smart-card", "lets group tokenbridge in");
	facts.polkit_hidden = true;
	says(FINDING_OK, "smart-card", "lets group tokenbridge in");
	facts.polkit_ours = false;
	says(FINDING_UNKNOWN, "smart-card", "may not read");
	facts.polkit_ours = true;
	facts.polkit_hidden = facts.group_lists_user = false;
	facts.group_in_force = true; /* of the process alone */
	says(FINDING_WARN, "smart-card", "and group tokenbridge");
}

static void what_this_build_lacks_is_said(void **state)
{
	(void)state;
	facts.built_ykpers = false;
	assert_string_equal(only(FINDING_WARN, "build", "OTP")->subject,
		"libykpers");
	facts.built_ykpers = true;
	facts.built_pcsc = facts.pcscd_socket = false;
	only(FINDING_WARN, "build", "no PC/SC");
	facts.built_pcsc = facts.pcscd_socket = true;
	facts.worker = false;
	only(FINDING_FAIL, "build", "it is missing");
}

/* ---- sysfs ---- */

static char place[64];

static int enter(void **state)
{
	(void)state;
	enter_place(place);
	assert_int_equal(system("mkdir -p hub/dev/power hub/dev/port "
		"hub/dev/d:1.0 hub/dev/d:1.2 hub/dev/ep_00"), 0);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static void a_usb_device_is_read_from_sysfs(void **state)
{
	struct usb_state s;
	size_t first;

	(void)state;
	write_text("hub/bmAttributes", "a0\n");
	write_text("hub/dev/ep_00/bInterfaceNumber", "05\n");
	write_text("hub/dev/authorized", "1\n");
	write_text("hub/dev/bConfigurationValue", "\n");
	write_text("hub/dev/bMaxPower", "300mA\n");
	write_text("hub/dev/power/control", "auto\n");
	write_text("hub/dev/power/runtime_status", "suspended\n");
	write_text("hub/dev/port/over_current_count", "3\n");
	write_text("hub/dev/d:1.0/bInterfaceNumber", "00\n");
	write_text("hub/dev/d:1.0/bInterfaceClass", "03\n");
	write_text("hub/dev/d:1.0/uevent", "DEVTYPE=x\nDRIVER=usbhid\nA=b\n");
	write_text("hub/dev/d:1.2/bInterfaceNumber", "02\n");
	write_text("hub/dev/d:1.2/bInterfaceClass", "0b\n");
	write_text("hub/dev/d:1.2/uevent", "OLD_DRIVER=x\n");
	usb_look("hub/dev", &s);
	assert_int_equal(s.authorized, 1);
	assert_int_equal(s.configuration, 0);
	assert_int_equal(s.milliamps, 300);
	assert_int_equal(s.hub_powered, 0);
	assert_int_equal(s.over_current, 3);
	assert_string_equal(s.control, "auto");
	assert_string_equal(s.runtime, "suspended");
	assert_int_equal(s.interfaces_n, 2);
	first = s.interfaces[0].number == 0 ? 0 : 1;
	assert_string_equal(s.interfaces[first].driver, "usbhid");
	assert_int_equal(s.interfaces[first].class, 3);
	assert_string_equal(s.interfaces[!first].driver, "");
	assert_int_equal(s.interfaces[!first].class, 11);
	write_text("hub/bmAttributes", "e0\n");
	usb_look("hub/dev", &s);
	assert_int_equal(s.hub_powered, 1);
}

static void a_usb_device_that_is_not_there_says_nothing(void **state)
{
	struct usb_state s;

	(void)state;
	usb_look("nowhere/at/all", &s);
	assert_int_equal(s.authorized, -1);
	assert_int_equal(s.configuration, -1);
	assert_int_equal(s.hub_powered, -1);
	assert_int_equal(s.interfaces_n, 0);
	assert_string_equal(s.runtime, "");
}

static void no_more_interfaces_are_read_than_there_is_room_for(void **state)
{
	char path[64];
	struct usb_state s;
	int i;

	(void)state;
	for (i = 0; i < USB_INTERFACES_MAX + 4; i++) {
		snprintf(path, sizeof(path), "hub/dev/d:9.%d", i);
		assert_int_equal(mkdir(path, 0700), 0);
		strcat(path, "/bInterfaceNumber");
		write_text(path, "01\n");
	}
	usb_look("hub/dev", &s);
	assert_int_equal(s.interfaces_n, USB_INTERFACES_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define SYSFS(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_where_all_is_well_has_only_good_rows),
		TEST(problems_have_the_words_of_list),
		TEST(a_group_is_told_by_its_name),
		TEST(what_to_do_about_permission_depends_on_group_and_rules),
		TEST(a_node_that_everybody_may_open_is_a_warning),
		TEST(without_a_token_it_says_so),
		TEST(rules_that_are_missing_or_hidden_are_named),
		TEST(a_kernel_without_hidraw_and_no_udevd_are_said),
		TEST(an_interface_that_lost_its_driver_is_said),
		TEST(a_usb_device_in_trouble_is_said),
		TEST(what_sysfs_does_not_say_is_not_judged),
		TEST(a_program_without_the_lock_is_named_and_its_holder_is_not),
		TEST(a_usb_node_that_may_not_be_opened_is_said),
		TEST(the_smart_card_needs_pcscd_and_polkits_leave),
		TEST(our_rule_of_polkit_is_for_the_group),
		TEST(what_this_build_lacks_is_said),
		SYSFS(a_usb_device_is_read_from_sysfs),
		SYSFS(a_usb_device_that_is_not_there_says_nothing),
		SYSFS(no_more_interfaces_are_read_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
