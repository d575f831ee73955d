/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root's set-up as a whole: whether there is anything to do, what is safer, the
 * virtual device that goes last, and where an earlier run left off.
 */
#include "tests/unit/root-parts.h"

/* ---- whether there is anything to do ---- */

static void only_some_methods_are_for_root(void **state)
{
	static const char lists_fido[] = "methods = fido\n",
		lists_virtual[] = "methods = virtual\n";

	(void)state;
	q.method = "totp";
	SAYS(ERROR_USAGE, "--method 'totp': fido, hardware-totp, or virtual "
		"where the policy lists it", lead());
	q.method = "smoke";
	SAYS(ERROR_USAGE, "--method 'smoke': fido", lead());
	asked_is("");
	q.method = "virtual";
	SAYS(ERROR_REFUSED, "--method virtual is an app, which any copy of its "
		"secret stands for: only a policy that lists it under methods "
		"allows it for root", lead());
	OK(policy_parse(lists_fido, strlen(lists_fido), "p", &trust.policy,
		&err));
	SAYS(ERROR_REFUSED, "--method virtual is an app", lead());
	q.method = "hardware-totp";
	SAYS(ERROR_REFUSED, "'p': method hardware-totp is not among those of "
		"the policy", lead());
	q.method = "fido";
	OK(root_check_method(&q, &err));
	OK(policy_parse(lists_virtual, strlen(lists_virtual), "p",
		&trust.policy, &err));
	q.method = "virtual";
	OK(root_check_method(&q, &err));
}

static void where_root_has_nothing_nothing_is_set_up(void **state)
{
	(void)state;
	q.partition = partition_by_name("aws-us-gov");
	SAYS(ERROR_REFUSED, "root of partition aws-us-gov has no sign-in and "
		"no MFA, only access keys: there is nothing to set up",
		lead());
	asked_is("l");
	q.partition = partition_by_name("aws-cn");
	SAYS(ERROR_REFUSED, "partition aws-cn has no root user: there is "
		"nothing to set up", lead());
	q.partition = partition_by_name("aws");
	world.password = AUDIT_NO;
	SAYS(ERROR_REFUSED, "root of account " ACCOUNT " has no password, no "
		"key and no certificate: that is safer than any MFA, and "
		"there is nothing to set up", lead());
	assert_string_equal(receipt.account, ACCOUNT);
	fails_at('l', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", lead());
}

static void a_member_is_told_what_is_safer(void **state)
{
	const char *const words = "Account " ACCOUNT " is a member of "
		"organization o-1: taking root's credentials away from there "
		"(IAM, \"Root access management\") is safer than any key.\n";

	(void)state;
	world.in_organization = true;
	world.organization = (struct organization){ "o-1", "210987654321",
		true };
	OK(lead());
	assert_memory_equal(said, words, strlen(words));
	strcpy(world.organization.management, ACCOUNT);
	OK(lead());
	assert_null(strstr(said, "is a member"));
	strcpy(world.organization.management, "210987654321");
	world.organization.all_features = false;
	OK(lead());
	assert_null(strstr(said, "is a member"));
	world.organization.all_features = true;
	fails_at('o', ERROR_REMOTE, "AccessDenied");
	OK(lead());
	assert_null(strstr(said, "is a member"));
	fails_at('o', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", lead());
	asked_is("lo");
}

/* ---- the virtual device ---- */

static void the_virtual_device_goes_last_of_all(void **state)
{
	(void)state;
	world.devices[0] = (struct root_device){ .serial = PHONE,
		.kind = DEVICE_VIRTUAL };
	world.devices[1] = (struct root_device){ .kind = DEVICE_FIDO };
	world.devices_n = 2;
	world.virtual = AUDIT_YES;
	OK(lead());
	open_is("'key-GAKT12345678' is not seen yet: the same command goes on "
		"with it\na second key: run the same command with it\n"
		"the virtual device " PHONE " still signs root in\n");
	world.sees = "yy";
	OK(lead());
	open_is("a second key: run the same command with it\n"
		"the virtual device " PHONE " still signs root in\n");
	bind_root(SEED, "fido", NULL);
	bind_root(PHONE, "virtual", NULL);
	q.serial = NULL;
	q.method = "fido";
	OK(lead());
	told_is("root-remove phone the key a virtual device " PHONE "\n");
	said_is("Root has 2 keys by the registry: none is added (--token names "
		"one that shall be).\n"
		"A virtual device still signs root in. Remove it:\n"
		"AWS does not show it.\nIs '" PHONE "' gone from the list?\n");
	open_is("the virtual device " PHONE " still signs root in\n");
	assert_int_equal(bound(NULL), 3);
	/* the next run looks first whether it was done, and tells it again */
	world.sees = "ny";
	OK(lead());
	assert_non_null(strstr(said, "An earlier run told to remove '" PHONE
		"'.\n"));
	asked_is("lorltwl");
	assert_int_equal(receipt.removed_n, 1);
	assert_string_equal(receipt.removed[0].device, PHONE);
	assert_true(receipt.changed && receipt.head.seq > 0);
	assert_int_equal(bound(NULL), 2);
	/* nothing is owed */
	world.devices_n = 0;
	OK(lead());
	asked_is("lol");
}

static void what_an_earlier_run_saw_removed_is_recorded(void **state)
{
	(void)state;
	bind_root(SEED, "fido", NULL);
	bind_root(SEED "2", "fido", NULL);
	bind_root(PHONE, "virtual", NULL);
	world.devices[0] = (struct root_device){ .serial = PHONE,
		.kind = DEVICE_VIRTUAL };
	world.devices_n = 1;
	q.serial = NULL;
	q.method = "fido";
	OK(lead());
	world.sees = "y";
	world.gone_after = 1;
	OK(lead());
	asked_is("lorll");
	assert_int_equal(receipt.removed_n, 1);
	assert_int_equal(bound(NULL), 2);
	open_is("");
}

static void an_app_is_registered_once(void **state)
{
	static const char lists[] = "methods = virtual\n";

	(void)state;
	OK(policy_parse(lists, strlen(lists), "p", &trust.policy, &err));
	q.method = "virtual";
	q.serial = NULL;
	world.sees = "yy";
	OK(lead());
	assert_memory_equal(world.told, "root-virtual app-", 17);
	assert_non_null(strstr(said, "Recorded: an app is a device of root"));
	assert_int_equal(receipt.known, 0);
	/* by the registry it is there, unless AWS says no */
	world.virtual = AUDIT_YES;
	OK(lead());
	said_is("Root has an app by the registry: none is added.\n");
	asked_is("lol");
	world.virtual = AUDIT_NO;
	OK(lead());
	assert_null(strstr(said, "none is added"));
	assert_int_equal(receipt.open_n, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_some_methods_are_for_root),
		TEST(where_root_has_nothing_nothing_is_set_up),
		TEST(a_member_is_told_what_is_safer),
		TEST(the_virtual_device_goes_last_of_all),
		TEST(what_an_earlier_run_saw_removed_is_recorded),
		TEST(an_app_is_registered_once),
	};

	return cmocka_run_group_tests_name("root lead", tests, NULL, NULL);
}
