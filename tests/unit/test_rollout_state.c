/* SPDX-License-Identifier: Apache-2.0 */
/* How far a rollout is: its file. */
#include "bridge/rollout/state.h"

#include "tests/unit/unit.h"

#define ID "00112233445566778899aabbccddeeff"
#define DIGEST "0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define PLAN(rows) "{\"v\":1,\"rollout\":\"" ID "\",\"plan\":\"/p.csv\"," \
	"\"rows\":" rows ",\"digest\":\"" DIGEST "\"," \
	"\"time\":\"2026-11-29T10:00:00Z\"}\n"
#define ROW(more) "{\"v\":1,\"time\":\"2026-11-29T10:00:00Z\"," more "}\n"

static struct state_file file;

static int parse_state(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r;

	state_file_done(&file);
	r = state_parse((const char *)p, strlen(s), &file, &err);
	free(p);
	return r;
}

static void the_last_line_about_a_row_counts(void **state)
{
	(void)state;
	OK(parse_state(PLAN("2")
		ROW("\"row\":1,\"state\":\"begun\",\"journal\":\"" ID "\"")
		ROW("\"row\":1,\"state\":\"done\",\"serial\":7,\"device\":"
		    "\"arn:x\",\"packed\":true,\"token\":\"" ID "\"")
		"{\"v\":1,\"checked\":\"2026-11-29T11:00:00Z\"}\n"));
	assert_int_equal(file.n, 2);
	assert_true(file.has_last);
	assert_int_equal(file.last, 1);
	assert_string_equal(file.plan, "/p.csv");
	assert_string_equal(file.id, ID);
	assert_int_equal(file.rows[0].state, ROW_OPEN);
	assert_int_equal(file.rows[1].state, ROW_DONE);
	assert_int_equal(file.rows[1].serial, 7);
	assert_true(file.rows[1].packed);
	assert_string_equal(file.rows[1].device, "arn:x");
	assert_string_equal(file.rows[1].journal, "");
	assert_int_not_equal(file.checked, 0);
}

static void rows_are_appended_and_then_not_checked(void **state)
{
	(void)state;
	OK(parse_state(PLAN("1") ROW("\"row\":0,\"state\":\"done\"")
		"{\"v\":1,\"checked\":\"2026-11-29T11:00:00Z\"}\n"
		PLAN("3")));
	assert_int_equal(file.n, 3);
	assert_int_equal(file.rows[0].state, ROW_DONE);
	assert_int_equal(file.rows[2].state, ROW_OPEN);
	assert_int_equal(file.checked, 0);
}

static void a_last_line_that_was_cut_off_does_not_count(void **state)
{
	(void)state;
	OK(parse_state(PLAN("1") "{\"v\":1,\"row\":0,\"state\":\"do"));
	assert_int_equal(file.rows[0].state, ROW_OPEN);
	SAYS(ERROR_CORRUPT, "cut off", parse_state("{\"v\":1"));
}

static void any_other_damage_is_said_with_its_line(void **state)
{
	(void)state;
	SAYS(ERROR_CORRUPT, "line 1: not a JSON object", parse_state("x\n"));
	SAYS(ERROR_CORRUPT, "line 1: another version",
		parse_state("{\"v\":2}\n"));
	SAYS(ERROR_CORRUPT, "line 1: no plan",
		parse_state(ROW("\"row\":0,\"state\":\"done\"")));
	SAYS(ERROR_CORRUPT, "line 1: no plan", parse_state(PLAN("0")));
	SAYS(ERROR_CORRUPT, "line 1: no plan", parse_state(PLAN("20001")));
	SAYS(ERROR_CORRUPT, "line 2: no plan",
		parse_state(PLAN("2") PLAN("1")));
	SAYS(ERROR_CORRUPT, "line 2: no row",
		parse_state(PLAN("1") ROW("\"row\":1,\"state\":\"done\"")));
	SAYS(ERROR_CORRUPT, "line 2: no row",
		parse_state(PLAN("1") ROW("\"row\":-1,\"state\":\"done\"")));
	SAYS(ERROR_CORRUPT, "line 2: no row",
		parse_state(PLAN("1") ROW("\"row\":0,\"state\":\"well\"")));
	SAYS(ERROR_CORRUPT, "line 2: no row",
		parse_state(PLAN("1") ROW("\"row\":0,\"state\":\"done\","
			"\"journal\":\"x\"")));
	SAYS(ERROR_CORRUPT, "line 2: neither plan nor row",
		parse_state(PLAN("1") "{\"v\":1}\n"));
	SAYS(ERROR_CORRUPT, "line 2: not a JSON object",
		parse_state(PLAN("1") "{\"v\":1,\"v\":1}\n"));
}

static void file_systems_of_networks_are_known(void **state)
{
	const char *name = "";

	(void)state;
	assert_true(state_is_network(0x6969, &name));
	assert_string_equal(name, "NFS");
	assert_true(state_is_network(0xff534d42, &name));
	assert_true(state_is_network((long)(int)0xfe534d42, &name));
	assert_string_equal(name, "SMB2");
	assert_true(state_is_network(0x65735546, &name));
	assert_false(state_is_network(0xef53, &name));     /* ext4 */
	assert_false(state_is_network(0x01021994, &name)); /* tmpfs */
	assert_false(state_is_network(0x58465342, &name)); /* XFS */
	assert_false(state_is_network(0x9123683e, &name)); /* Btrfs */
	assert_false(state_is_network(0x794c7630, &name)); /* overlay */
}

static int tear_down(void **state)
{
	(void)state;
	state_file_done(&file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_line_about_a_row_counts),
		cmocka_unit_test(rows_are_appended_and_then_not_checked),
		cmocka_unit_test(a_last_line_that_was_cut_off_does_not_count),
		cmocka_unit_test(any_other_damage_is_said_with_its_line),
		cmocka_unit_test(file_systems_of_networks_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
