/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key of root's: what is told, seen or stated, written down and recorded,
 * and where a run that was broken off goes on.
 */
#include "tests/unit/root-parts.h"

/* ---- one key ---- */

static void a_key_is_told_seen_and_recorded(void **state)
{
	const char *basis;

	(void)state;
	q.label = "safe-1";
	world.sees = "yy";
	OK(lead());
	asked_is("lobtwstwsl");
	told_is("root-hardware-totp safe-1-GAKT12345678 the key 'safe-1' -\n"
		"root-sign-in-again safe-1-GAKT12345678 the key 'safe-1' -\n");
	said_is("Register 'safe-1' as an MFA device of root:\n"
		"It is there. Now sign in with it, which proves it:\n"
		"Recorded: 'safe-1' is a device of root in account " ACCOUNT
		".\n");
	open_is("a second key: run the same command with it\n");
	assert_true(receipt.changed);
	assert_int_equal(receipt.keys_n, 1);
	assert_int_equal(receipt.known, 1);
	assert_string_equal(receipt.keys[0].progress.serial, SEED);
	assert_true(receipt.keys[0].recorded);
	assert_string_equal(receipt.keys[0].row.label, "safe-1");
	assert_true(receipt.head.seq > 0);
	assert_int_equal(bound(&basis), 1);
	assert_string_equal(basis, "seen-in-list");
	/* the same one again */
	SAYS(ERROR_CONFLICT, "token 'safe-1' is a device of root in account "
		ACCOUNT " already: take another one", lead());
	assert_false(receipt.changed);
}

static void names_are_what_the_console_takes(void **state)
{
	static const struct {
		const char *label, *want;
	} rows[] = {
		{ NULL, "key-" }, { "a b", "key-" }, { "caf\303\251", "key-" },
		{ "abcdefghijklmnopqrstuvwxyz012345",
			"abcdefghijklmnopqrstuvwxyz0123-" },
		{ "a+=,.@_-Z9", "a+=,.@_-Z9-" },
	};
	char serial[24], want[120];
	struct root_place file = { .lock = -1 };
	struct root_progress p;
	bool found;
	size_t i;

	(void)state;
	q.serial = serial;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(serial, sizeof(serial), "GAKT1234567%zu", i);
		q.label = rows[i].label;
		OK(lead());
		snprintf(want, sizeof(want), "root-hardware-totp %s%s ",
			rows[i].want, serial);
		assert_memory_equal(world.told, want, strlen(want));
		snprintf(want, sizeof(want), "'%s%s' is not seen yet: the same "
			"command goes on with it\n", rows[i].want, serial);
		assert_memory_equal(receipt.open[0], want, strlen(want) - 1);
		/* the next run would go on with it */
		OK(root_place_open(&file, place.db, ACCOUNT, &p, &found,
			&err));
		assert_true(found);
		OK(root_place_clear(&file, &err));
		root_place_done(&file);
	}
}

static void a_run_that_was_broken_off_is_gone_on_with(void **state)
{
	(void)state;
	q.label = "key";
	OK(lead());
	asked_is("lobtwql");
	said_is("Register 'key' as an MFA device of root:\n"
		"AWS does not show it: no trail.\n"
		"Does the console list 'key-GAKT12345678'?\n");
	open_is("'key-GAKT12345678' is not seen yet: the same command goes on "
		"with it\na second key: run the same command with it\n");
	assert_true(receipt.changed);
	assert_int_equal(receipt.keys_n, 0);
	/* it is seen, and then it is not signed in */
	world.sees = "yn";
	OK(lead());
	said_is("Going on with 'key', which an earlier run began as "
		"'key-GAKT12345678'.\n"
		"Register 'key' as an MFA device of root:\n"
		"It is there. Now sign in with it, which proves it:\n"
		"AWS does not show it.\n"
		"Did root sign in with 'key-GAKT12345678'?\n");
	asked_is("lotwstwql");
	assert_false(receipt.changed);
	/* at another endpoint nobody knows of it */
	q.endpoint = "https://iam.example";
	SAYS(ERROR_REFUSED, "is of a run at another endpoint (AWS's own)",
		lead());
	q.endpoint = "";
	/* AWS lists no such device: it is looked for once more */
	OK(lead());
	assert_non_null(strstr(said, "warning: an earlier run saw '" SEED
		"', and AWS does not list it: the device is looked for once "
		"more\nRegister 'key'"));
	world.sees = "yn";
	OK(lead());
	/* one that it lists is the one */
	world.devices[0] = (struct root_device){ .serial = SEED,
		.kind = DEVICE_VIRTUAL };
	world.devices_n = 1;
	world.virtual = AUDIT_YES;
	OK(lead());
	assert_null(strstr(said, "warning"));
	world.devices_n = 0;
	/* and where it does not tell nothing is denied */
	world.virtual = AUDIT_NOT_KNOWN;
	world.says = "y";
	OK(lead());
	assert_null(strstr(said, "warning"));
	assert_null(strstr(said, "Register"));
	asked_is("lotwqsl");
	assert_int_equal(bound(NULL), 1);
	assert_int_equal(receipt.keys_n, 1);
	assert_string_equal(receipt.keys[0].progress.seen[1].by, "alice");
}

static void without_aws_a_persons_word_has_to_do(void **state)
{
	const char *basis;

	(void)state;
	q.aws = NULL;
	world.says = "?";
	OK(lead());
	asked_is("btq");
	assert_int_equal(receipt.keys_n, 0);
	assert_string_equal(receipt.sight.account, ACCOUNT);
	assert_ptr_equal(receipt.sight.partition, q.partition);
	world.says = "yy";
	OK(lead());
	asked_is("tqtq");
	assert_int_equal(bound(&basis), 1);
	assert_string_equal(basis, "stated");
	/* said beforehand, nobody is asked */
	q.stated = true;
	q.serial = "GAKT12345679";
	OK(lead());
	asked_is("btt");
	assert_int_equal(receipt.known, 2);
	open_is("whether a virtual device still signs root in is not known: "
		"`root --check --without-api` asks who sees the console\n");
}

static void what_the_trail_tells_is_kept(void **state)
{
	const char *basis;
	struct registry_head head;

	(void)state;
	world.how = ROOT_BY_TRAIL;
	world.sees = "yy";
	q.place = "safe";
	q.bag.state = REGISTRY_BAG_SEALED;
	q.bag.bag = "B-1";
	OK(lead());
	assert_int_equal(bound(&basis), 1);
	assert_string_equal(basis, "seen-in-trail");
	assert_string_equal(receipt.keys[0].row.holder_name, "safe");
	assert_string_equal(receipt.keys[0].row.bag, "B-1");
	/* assigned, holder, token, binding, two of the trail, the bag */
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 7);
	assert_int_equal(receipt.head.seq, 7);
	assert_string_equal(receipt.place, "safe");
}

static void each_step_that_fails_ends_it(void **state)
{
	static const struct {
		char question;
		const char *asked;
	} steps[] = {
		{ 'b', "lob" }, { 't', "lobt" }, { 'w', "lotw" },
		{ 's', "lotws" }, { 'q', "lotwq" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		world.sees = steps[i].question == 'q' ? "n" : "y";
		fails_at(steps[i].question, ERROR_INTERRUPTED, "");
		SAYS(ERROR_INTERRUPTED, "AWS says no", lead());
		asked_is(steps[i].asked);
		assert_int_equal(receipt.open_n, 0);
	}
}

/* ---- tokens ---- */

static void two_tokens_one_after_the_other(void **state)
{
	(void)state;
	q.method = "fido";
	q.serial = NULL;
	q.wanted.name = "1001";
	add_token(reg, "1001", world.row[0]);
	add_token(reg, "1002", world.row[1]);
	world.sees = "yyyy";
	world.yes = "y";
	q.at_sign_in = true;
	OK(lead());
	told_is("root-forced-fido key-1001 the key serial 1001 -\n"
		"root-sign-in-again key-1001 the key serial 1001 -\n"
		"root-fido-also key-1002 the key serial 1002 -\n"
		"root-sign-in-again key-1002 the key serial 1002 -\n");
	assert_null(world.named); /* the second is not the one that was named */
	asked_is("lofcaOvAVbtwstws?fcaOvAVbtwstwsl");
	assert_non_null(strstr(said, "Root needs a second key, which lies "
		"somewhere else: when this one is lost, only AWS Support opens "
		"the account.\nTake this key out, plug the second one in. Go "
		"on with it now? [y/N] \n"));
	assert_int_equal(receipt.known, 2);
	assert_int_equal(receipt.keys_n, 2);
	open_is("");
	/* both are there: none is added, but where one is named */
	q.wanted.name = NULL;
	OK(lead());
	said_is("Root has 2 keys by the registry: none is added (--token names "
		"one that shall be).\n");
	asked_is("lol");
	q.wanted.name = "1003";
	fails_at('f', ERROR_NO_TOKEN, "");
	SAYS(ERROR_NO_TOKEN, "AWS says no", lead());
	assert_string_equal(world.named, "1003");
}

static void a_token_proves_what_it_is(void **state)
{
	static const char all[] = "fcaOvAV";
	size_t i;

	(void)state;
	q.method = "fido";
	q.serial = NULL;
	add_token(reg, "1001", world.row[0]);
	for (i = 0; all[i]; i++) {
		world.keys = 0;
		fails_at(all[i], ERROR_REFUSED, "");
		SAYS(ERROR_REFUSED, "AWS says no", lead());
		assert_memory_equal(asked, "lofcaOvAV", i + 3);
		assert_int_equal(strlen(asked), i + 3);
	}
	failing.question = 0;
	world.keys = 0;
	world.known = world.credential = true;
	SAYS(ERROR_REFUSED, "the token did not prove to be the one that the "
		"registry knows", lead());
	world.proved = true;
	OK(lead());
	asked_is("lofcaOvAVbtwql");
}

static void a_token_that_is_lost_is_none_of_roots(void **state)
{
	struct registry_token row = { .state = REGISTRY_LOST };

	(void)state;
	strcpy(row.id, "0123456789abcdef0123456789abcdef");
	SAYS(ERROR_REFUSED, "is lost", keep_check(&q, &row, &err));
	row.state = REGISTRY_RETIRED;
	SAYS(ERROR_REFUSED, "is retired", keep_check(&q, &row, &err));
	row.state = REGISTRY_STOCK;
	OK(keep_check(&q, &row, &err));
	SAYS(ERROR_CORRUPT, "the registry has lost the token 01234567",
		keep_row(&q, row.id, &row, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_told_seen_and_recorded),
		TEST(names_are_what_the_console_takes),
		TEST(a_run_that_was_broken_off_is_gone_on_with),
		TEST(without_aws_a_persons_word_has_to_do),
		TEST(what_the_trail_tells_is_kept),
		TEST(each_step_that_fails_ends_it),
		TEST(two_tokens_one_after_the_other),
		TEST(a_token_proves_what_it_is),
		TEST(a_token_that_is_lost_is_none_of_roots),
	};

	return cmocka_run_group_tests_name("root key", tests, NULL, NULL);
}
