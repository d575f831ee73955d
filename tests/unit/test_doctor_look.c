/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor gathers of this machine before it judges tokens. */
#include "tests/unit/look-parts.h"

static char alice[] = "alice", bob[] = "bob";

/* ---- who asks ---- */

static void who_asks_is_told_by_name_or_number(void **state)
{
	(void)state;
	look();
	assert_string_equal(facts.user, "alice");
	assert_false(facts.root);
	m.user = NULL;
	look();
	assert_string_equal(facts.user, "uid 1000");
	m.uid = 0;
	m.user = "root";
	look();
	assert_true(facts.root);
	m.uid = 1;
	look();
	assert_false(facts.root);
}

static void the_group_file_lists_members_and_who_has_it_first(void **state)
{
	static const struct {
		bool has_group;
		char *members[3];
		gid_t first;
		bool lists;
	} rows[] = {
		{ false, { NULL }, GROUP_ID, false },
		{ true, { NULL }, 1000, false },
		{ true, { NULL }, GROUP_ID, true },
		{ true, { bob }, 1000, false },
		{ true, { bob }, GROUP_ID, true },
		{ true, { alice }, 1000, true },
		{ true, { bob,
			alice }, 1000, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		m.has_group = rows[i].has_group;
		memcpy(m.members, rows[i].members, sizeof(rows[i].members));
		m.user_gid = rows[i].first;
		look();
		assert_int_equal(facts.group_exists, rows[i].has_group);
		assert_int_equal(facts.group_lists_user, rows[i].lists);
		assert_false(facts.group_in_force);
	}
}

static void who_is_unknown_is_in_no_group(void **state)
{
	(void)state;
	m.has_group = true;
	m.user = NULL;
	look();
	assert_true(facts.group_exists);
	assert_false(facts.group_lists_user);
}

static void a_group_is_in_force_where_the_process_has_it(void **state)
{
	static const struct {
		bool has_group;
		int n;
		gid_t groups[3];
		gid_t own;
		bool in_force;
	} rows[] = {
		{ true, 0, { 0 }, 1000, false },
		{ true, 2, { 1, 2 }, 1000, false },
		{ true, 2, { GROUP_ID, 2 }, 1000, true },
		{ true, 2, { 1, GROUP_ID }, 1000, true },
		{ true, 2, { 1, 2 }, GROUP_ID, true },
		{ false, 2, { GROUP_ID, 2 }, GROUP_ID, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		m.has_group = rows[i].has_group;
		m.groups_n = rows[i].n;
		memcpy(m.groups, rows[i].groups, sizeof(m.groups));
		m.own_gid = rows[i].own;
		look();
		assert_int_equal(facts.group_in_force, rows[i].in_force);
	}
}

/* ---- the machine ---- */

static void what_is_there_is_each_a_fact_of_its_own(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(paths); i++) {
		memset(m.there, 0, sizeof(m.there));
		m.there[i] = true;
		look();
		for (k = 0; k < ARRAY_LEN(paths); k++)
			if (paths[k].fact != NONE)
				assert_int_equal(*((char *)&facts +
					paths[k].fact), i == k);
	}
	memset(m.there, 1, sizeof(m.there));
	m.worker = NULL;
	look();
	assert_false(facts.worker);
}

static void the_first_folder_that_has_a_rule_decides(void **state)
{
	static const struct {
		const char *folder;
		mode_t mode;
		off_t size;
		enum rule_state is;
	} rows[] = {
		{ "/lib/udev/rules.d", S_IFREG, 1, RULE_THERE },
		{ "/usr/lib/udev/rules.d", S_IFREG, 0, RULE_MASKED },
		{ "/usr/local/lib/udev/rules.d", S_IFREG, 1, RULE_THERE },
		{ "/run/udev/rules.d", S_IFCHR, 1, RULE_MASKED },
		{ "/etc/udev/rules.d", S_IFREG, 2, RULE_THERE },
	};
	char path[ARRAY_LEN(rows)][96];
	size_t i;
	enum rule k;

	(void)state;
	for (k = 0; k < RULES; k++) {
		m.files_n = 0;
		look();
		assert_int_equal(facts.rules[k], RULE_ABSENT);
		for (i = 0; i < ARRAY_LEN(rows); i++) {
			snprintf(path[i], sizeof(path[i]), "%s/%s",
				rows[i].folder, rule_names[k]);
			put_file(path[i], rows[i].mode, rows[i].size, 0, 0);
			look();
			assert_int_equal(facts.rules[k], rows[i].is);
			assert_int_equal(facts.rules[(k + 1) % RULES],
				RULE_ABSENT);
		}
	}
}

static void rules_of_polkit_are_ours_or_anothers(void **state)
{
	static const struct {
		const char *here[2], *shared, *text;
		bool ours, other;
		const char *read;
	} rows[] = {
		{ { NULL }, NULL, "", false, false, "" },
		{ { OURS }, NULL, " org.debian.pcsc-lite.", true, false,
			OURS "\n" },
		{ { OURS }, NULL, "org.debian.pcsc-lit", false, false,
			OURS "\n" },
		{ { OURS }, NULL, NULL, false, false, OURS "\n" },
		{ { NULL }, RULES_SHARED "/a.rules", "org.debian.pcsc-lite",
			false, true, RULES_SHARED "/a.rules\n" },
		{ { RULES_HERE "/x", OURS }, NULL, "org.debian.pcsc-lite",
			true, true, RULES_HERE "/x\n" OURS "\n" },
		{ { RULES_HERE "/x" }, RULES_SHARED "/70-tokenbridge.rules",
			"org.debian.pcsc-lite", true, true, RULES_HERE "/x\n"
			RULES_SHARED "/70-tokenbridge.rules\n" },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		for (k = 0; k < 2; k++)
			m.found[0][k] = (char *)(uintptr_t)rows[i].here[k];
		m.found[1][0] = (char *)(uintptr_t)rows[i].shared;
		m.text = rows[i].text;
		look();
		assert_string_equal(m.read, rows[i].read);
		assert_int_equal(facts.polkit_ours, rows[i].ours);
		assert_int_equal(facts.polkit_rule, rows[i].other);
	}
}

static void rules_are_hidden_where_their_folder_may_not_be_read(void **state)
{
	bool *readable = &m.there[ARRAY_LEN(paths) - 1];

	(void)state;
	look();
	assert_false(facts.polkit_hidden);
	m.rules_errno = EACCES;
	look();
	assert_true(facts.polkit_hidden);
	*readable = true;
	look();
	assert_false(facts.polkit_hidden);
}

/* ---- processes ---- */

static void have_token(size_t i, const char *path)
{
	snprintf(tokens[i].node.path, sizeof(tokens[i].node.path), "%s", path);
	if (tokens_n <= i)
		tokens_n = i + 1;
}

static void processes_are_known_by_their_names(void **state)
{
	(void)state;
	memcpy(m.procs, (struct proc[]){ { "acpi", "pcscd\n", { NULL } },
		{ "0", "scdaemon\n", { NULL } }, { "1", "scdaemon", { NULL } },
		{ "70", "pcscd\n", { NULL } }, { "71", "pcscd2\n", { NULL } },
		{ "72", NULL, { NULL } }, { "73", "", { NULL } } },
		7 * sizeof(struct proc));
	look();
	assert_int_equal(facts.pcscd, 70);
	assert_int_equal(facts.scdaemon, 1);
	m.no_proc = true;
	look();
	assert_int_equal(facts.pcscd, 0);
	assert_int_equal(facts.scdaemon, 0);
}

static void who_has_a_node_open_is_an_opener_once(void **state)
{
	static char own[16];

	(void)state;
	have_token(0, "/dev/hidraw3");
	snprintf(own, sizeof(own), "%d", (int)getpid());
	put_file("/dev/hidraw3", S_IFCHR, 0, 5, 9);
	put_file("/proc/1/fd/3", S_IFCHR, 0, 5, 9);
	put_file("/proc/1/fd/4", S_IFCHR, 0, 5, 9);
	put_file("/proc/12/fd/0", S_IFREG, 0, 5, 9);
	put_file("/proc/12/fd/1", S_IFCHR, 0, 6, 9);
	put_file("/proc/12/fd/2", S_IFCHR, 0, 5, 8);
	put_file("/proc/self/fd/0", S_IFCHR, 0, 5, 9);
	put_file("/proc/13andmuchmoreofitast/fd/77", S_IFCHR, 0, 5, 9);
	memcpy(m.procs, (struct proc[]){
		{ "1", "init\n(", { "3", "4" } },
		{ "12", "other", { "0", "1", "2", "7" } },
		{ "self", "self", { "0" } }, { own, "this", { "0" } },
		{ "13andmuchmoreofitasthis",
			"a-name-of-thirty-two-characters!", { ".", "77" } } },
		5 * sizeof(struct proc));
	look();
	assert_int_equal(seen[0].openers_n, 2);
	assert_int_equal(seen[0].openers[0].pid, 1);
	assert_string_equal(seen[0].openers[0].name, "init");
	assert_int_equal(seen[0].openers[1].pid, 13);
	assert_string_equal(seen[0].openers[1].name,
		"a-name-of-thirty-two-characters");
}

static void each_token_has_openers_of_its_own(void **state)
{
	(void)state;
	have_token(1, "/dev/hidraw3");
	have_token(2, "/dev/hidraw3");
	put_file("/dev/hidraw3", S_IFCHR, 0, 5, 9);
	put_file("/proc/12/fd/0", S_IFCHR, 0, 5, 9);
	m.procs[0] = (struct proc){ "12", "x", { "0" } };
	look();
	assert_int_equal(seen[0].openers_n, 0);
	assert_int_equal(seen[1].openers_n, 1);
	assert_int_equal(seen[2].openers_n, 1);
	m.files[0].path = "/dev/hidraw4"; /* the node has gone */
	look();
	assert_int_equal(seen[1].openers_n, 0);
}

static void no_more_openers_than_there_is_room_for(void **state)
{
	static char dirs[OPENERS_MAX + 1][8], fds[OPENERS_MAX + 1][32];
	size_t i;

	(void)state;
	have_token(0, "/dev/hidraw3");
	put_file("/dev/hidraw3", S_IFCHR, 0, 5, 9);
	for (i = 0; i <= OPENERS_MAX; i++) {
		snprintf(dirs[i], sizeof(dirs[i]), "%zu", 20 + i);
		snprintf(fds[i], sizeof(fds[i]), "/proc/%s/fd/5", dirs[i]);
		put_file(fds[i], S_IFCHR, 0, 5, 9);
		m.procs[i] = (struct proc){ dirs[i], "x", { "5" } };
	}
	look();
	assert_int_equal(seen[0].openers_n, OPENERS_MAX);
	for (i = 0; i < OPENERS_MAX; i++)
		assert_int_equal(seen[0].openers[i].pid, 20 + i);
}

/* ---- tokens ---- */

static void of_a_token_is_seen_what_its_node_says(void **state)
{
	(void)state;
	m.holder = 88;
	have_token(0, "/dev/hidraw3");
	have_token(1, "");
	strcpy(tokens[1].node.usb_path, "/sys/usb1");
	tokens[1].node.usb_bus = 3;
	tokens[1].node.usb_dev = 17;
	look();
	assert_ptr_equal(seen[0].token, &tokens[0]);
	assert_int_equal(seen[0].locked_by, 88);
	assert_int_equal(seen[0].usb.milliamps, 0);
	assert_string_equal(seen[0].usb_node, "");
	assert_false(seen[0].usb_openable);
	assert_ptr_equal(seen[1].token, &tokens[1]);
	assert_int_equal(seen[1].locked_by, 0);
	assert_string_equal(m.usb, "/sys/usb1");
	assert_int_equal(seen[1].usb.milliamps, 30);
	assert_string_equal(seen[1].usb_node, USB_NODE);
	assert_false(seen[1].usb_openable);
	m.there[6] = true;
	look();
	assert_true(seen[1].usb_openable);
}

static void a_card_is_looked_at_where_the_caller_says_so(void **state)
{
	(void)state;
	OK(look_with(false));
	assert_false(facts.any_card);
	OK(look_with(true));
	assert_true(facts.any_card);
}

static void want_of_memory_fails(void **state)
{
	(void)state;
	m.no_memory = true;
	SAYS(ERROR_FAILED, "memory", look_with(false));
	assert_false(judged);
	m.no_memory = false;
	m.judge_fails = true;
	SAYS(ERROR_FAILED, "memory", look_with(false));
	assert_true(judged);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_is_told_by_name_or_number),
		TEST(the_group_file_lists_members_and_who_has_it_first),
		TEST(who_is_unknown_is_in_no_group),
		TEST(a_group_is_in_force_where_the_process_has_it),
		TEST(what_is_there_is_each_a_fact_of_its_own),
		TEST(the_first_folder_that_has_a_rule_decides),
		TEST(rules_of_polkit_are_ours_or_anothers),
		TEST(rules_are_hidden_where_their_folder_may_not_be_read),
		TEST(processes_are_known_by_their_names),
		TEST(who_has_a_node_open_is_an_opener_once),
		TEST(each_token_has_openers_of_its_own),
		TEST(no_more_openers_than_there_is_room_for),
		TEST(of_a_token_is_seen_what_its_node_says),
		TEST(a_card_is_looked_at_where_the_caller_says_so),
		TEST(want_of_memory_fails),
	};

	return cmocka_run_group_tests_name("doctor look", tests, NULL, NULL);
}
