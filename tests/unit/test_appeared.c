/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a user's FIDO devices is the one that somebody has just registered. */
#include "bridge/mfa/appeared.h"
#include "bridge/mfa/witness.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#define BEGUN 1800000000
#define ARN(name) "arn:aws:iam::123456789012:u2f/user/alice/" name
#define SUFFIX "-ABCDEFGHIJKLMNOPQRSTUVWX23"

static struct iam_device device_of(const char *serial, time_t enabled)
{
	struct iam_device d = { .kind = device_kind(serial),
		.enabled = enabled };

	snprintf(d.serial, sizeof(d.serial), "%s", serial);
	return d;
}

static struct appeared seen(const char *before, const struct iam_device *p,
	size_t n)
{
	struct journal_facts f = { .device_name = "blue-7" };
	struct appeared a = { .n = 0 };
	size_t i;

	snprintf(f.before, sizeof(f.before), "%s", before);
	for (i = 0; i < n; i++)
		appeared_take(&a, &f, BEGUN, &p[i]);
	return a;
}

static void a_name_is_what_stands_before_the_suffix(void **state)
{
	static const struct {
		const char *serial, *name;
	} rows[] = {
		{ ARN("blue-7" SUFFIX), "blue-7" },
		{ ARN("path/blue-7" SUFFIX), "blue-7" },
		{ ARN("default-123"), "default-123" },
		{ ARN("blue-7-abcdefghijklmnopqrstuvwx23"),
			"blue-7-abcdefghijklmnopqrstuvwx23" },
		{ ARN("") , "" },
		{ "GAKT12345678", "GAKT12345678" },
	};
	const char *name;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		n = appeared_name(rows[i].serial, &name);
		assert_int_equal(n, strlen(rows[i].name));
		assert_memory_equal(name, rows[i].name, n);
	}
}

static void only_what_is_new_and_has_the_name_is_the_one(void **state)
{
	const struct iam_device all[] = {
		device_of(ARN("blue-7-OLD"), BEGUN),
		device_of(ARN("red" SUFFIX), BEGUN + 5),
		device_of(ARN("blue-7" SUFFIX), BEGUN + 5),
		device_of("arn:aws:iam::123456789012:mfa/blue-7", BEGUN + 5),
		device_of("GAKT12345678", BEGUN + 5),
	};
	struct appeared a = seen(ARN("x") " " ARN("blue-7-OLD"), all, 5);

	(void)state;
	assert_int_equal(a.old_n, 1);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.named, 1);
	assert_string_equal(a.p[a.first].serial, all[2].serial);
}

static void a_list_knows_whole_serial_numbers_only(void **state)
{
	const struct iam_device one = device_of(ARN("blue-7"), BEGUN);
	char list[100] = "";

	(void)state;
	assert_int_equal(seen(ARN("blue-7x"), &one, 1).n, 1);
	assert_int_equal(seen("x" ARN("blue-7"), &one, 1).n, 1);
	assert_int_equal(seen(ARN("blue-7x") " " ARN("blue-7"), &one, 1).n, 0);
	OK(appeared_remember(list, sizeof(list), ARN("a"), &err));
	OK(appeared_remember(list, sizeof(list), ARN("b"), &err));
	assert_string_equal(list, ARN("a") " " ARN("b"));
	SAYS(ERROR_FAILED, "the user has more FIDO devices than AWS allows",
		appeared_remember(list, sizeof(list), ARN("c"), &err));
	assert_string_equal(list, ARN("a") " " ARN("b"));
}

static void what_is_older_than_the_run_was_there_before(void **state)
{
	const struct iam_device all[] = {
		device_of(ARN("blue-7" SUFFIX), BEGUN - 61),
		device_of(ARN("blue-7-x"), BEGUN - 59),
		device_of(ARN("blue-7-y"), 0),
	};
	struct appeared a = seen("", all, 3);

	(void)state;
	assert_int_equal(a.old_n, 1);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.named, 0);
}

static void more_devices_than_there_is_room_for_are_left_out(void **state)
{
	struct iam_device one = device_of(ARN("blue-7" SUFFIX), BEGUN);
	struct iam_device many[APPEARED_MAX + 4];
	struct appeared a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(many); i++)
		many[i] = one;
	a = seen("", many, ARRAY_LEN(many));
	assert_int_equal(a.n, APPEARED_MAX);
	assert_int_equal(a.named, APPEARED_MAX);
}

/* ---- what CloudTrail tells of it ---- */

#define KEY ARN("key-12345678-ABCDEFGHIJKLMNOPQRSTUVWXYZ")

static const struct witness_wanted wanted = { KEY, "123456789012", 5000,
	5600, false };

static struct cloudtrail_event told(void)
{
	struct cloudtrail_event e = { .name = "EnableMFADevice", .time = 5300,
		.account = "123456789012", .serial = KEY };

	return e;
}

static void only_this_enabling_in_this_run_is_a_witness(void **state)
{
	struct cloudtrail_event e = told();

	(void)state;
	assert_true(witness_fits(&wanted, &e));
	strcpy(e.error_code, "AccessDenied");
	assert_false(witness_fits(&wanted, &e));
	e = told();
	strcpy(e.name, "ResyncMFADevice");
	assert_false(witness_fits(&wanted, &e));
	e = told();
	strcpy(e.account, "210987654321");
	assert_false(witness_fits(&wanted, &e));
	e = told();
	e.serial[strlen(e.serial) - 1]++;
	assert_false(witness_fits(&wanted, &e));
	e = told();
	strcat(e.serial, "A");
	assert_false(witness_fits(&wanted, &e));
	e.serial[0] = '\0';
	assert_false(witness_fits(&wanted, &e));
}

static void roots_device_is_enabled_by_root_alone(void **state)
{
	struct cloudtrail_event e = told();
	struct witness_wanted w = wanted;

	(void)state;
	w.of_root = true;
	assert_false(witness_fits(&w, &e));
	strcpy(e.actor_type, "IAMUser");
	assert_false(witness_fits(&w, &e));
	strcpy(e.actor_type, "Root");
	assert_true(witness_fits(&w, &e));
}

#define ACCOUNT "123456789012"
#define ROOTS "arn:aws:iam::" ACCOUNT ":u2f/root/blue" SUFFIX
#define APP "arn:aws:iam::" ACCOUNT ":mfa/phone"

static struct cloudtrail_event signed_in(void)
{
	struct cloudtrail_event e = { .name = "ConsoleLogin", .time = 5000,
		.actor_type = "Root", .account = ACCOUNT, .login = "Success",
		.mfa_used = "Yes", .mfa_identifier = ROOTS };

	return e;
}

static bool is_sign_in(const struct cloudtrail_event *e)
{
	return witness_fits_sign_in(ROOTS, ACCOUNT, 5000, e);
}

static void only_roots_sign_in_with_this_device_is_one(void **state)
{
	static const struct {
		size_t at;
		const char *text; /* that stands there in place of the right one */
	} wrong[] = {
		{ offsetof(struct cloudtrail_event, name), "CheckMfa" },
		{ offsetof(struct cloudtrail_event, error_code), "Failure" },
		{ offsetof(struct cloudtrail_event, actor_type), "IAMUser" },
		{ offsetof(struct cloudtrail_event, account), "210987654321" },
		{ offsetof(struct cloudtrail_event, login), "Failure" },
		{ offsetof(struct cloudtrail_event, mfa_used), "No" },
		{ offsetof(struct cloudtrail_event, mfa_identifier), APP },
		{ offsetof(struct cloudtrail_event, mfa_identifier), "" },
	};
	struct cloudtrail_event e = signed_in();
	size_t i;

	(void)state;
	assert_true(is_sign_in(&e));
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		e = signed_in();
		strcpy((char *)&e + wrong[i].at, wrong[i].text);
		assert_false(is_sign_in(&e));
	}
}

/* A FIDO device's ARN has a suffix of its own; an app's name comes again. */
static void a_name_that_comes_again_is_meant_behind_its_registration(
	void **state)
{
	struct cloudtrail_event e = signed_in();

	(void)state;
	e.time = 1000;
	assert_true(is_sign_in(&e));
	strcpy(e.mfa_identifier, APP);
	assert_false(witness_fits_sign_in(APP, ACCOUNT, 5000, &e));
	e.time = 4939;
	assert_false(witness_fits_sign_in(APP, ACCOUNT, 5000, &e));
	e.time = 4940;
	assert_true(witness_fits_sign_in(APP, ACCOUNT, 5000, &e));
}

static void before_the_run_and_behind_it_is_no_witness(void **state)
{
	static const struct {
		time_t time;
		bool fits;
	} cases[] = { { 4939, false }, { 4940, true }, { 5660, true },
		{ 5661, false }, { 0, false } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct cloudtrail_event e = told();

		e.time = cases[i].time;
		assert_int_equal(witness_fits(&wanted, &e), cases[i].fits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_what_stands_before_the_suffix),
		cmocka_unit_test(only_what_is_new_and_has_the_name_is_the_one),
		cmocka_unit_test(a_list_knows_whole_serial_numbers_only),
		cmocka_unit_test(what_is_older_than_the_run_was_there_before),
		cmocka_unit_test(only_this_enabling_in_this_run_is_a_witness),
		cmocka_unit_test(roots_device_is_enabled_by_root_alone),
		cmocka_unit_test(before_the_run_and_behind_it_is_no_witness),
		cmocka_unit_test(only_roots_sign_in_with_this_device_is_one),
		cmocka_unit_test(
			a_name_that_comes_again_is_meant_behind_its_registration),
		cmocka_unit_test(
			more_devices_than_there_is_room_for_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
