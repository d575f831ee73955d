/* SPDX-License-Identifier: Apache-2.0 */
/* Journals: what a crash may leave, and what may never be passed over. */
#include "bridge/journal/journal.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ID "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define LINE(id, point, more) "{\"v\":1,\"journal\":\"" id "\",\"kind\":" \
	"\"enroll\",\"point\":\"" point "\",\"time\":" \
	"\"2026-01-01T00:00:00Z\"" more "}\n"

static char place[64];

static int set_up(void **state)
{
	(void)state;
	umask(022);
	enter_place(place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

/* ---- bytes ---- */

static int parse_n(const char *p, size_t n, struct journal *j)
{
	unsigned char *c = copy_of(p, n);
	int r;

	memset(j, 0, sizeof(*j));
	j->fd = -1;
	strcpy(j->facts.user, "before");
	r = journal_parse((char *)c, n, j, &err);
	if (r < 0)
		assert_string_equal(j->facts.user, "before");
	free(c);
	return r;
}

static int parse(const char *s)
{
	struct journal j;

	return parse_n(s, strlen(s), &j);
}

static void the_last_line_counts(void **state)
{
	static const char text[] =
		LINE(ID, "intent", ",\"user\":\"alice\",\"tokenSerial\":7")
		LINE(ID, "create-sent", ",\"user\":\"alice\","
		     "\"serial\":\"arn:x\",\"tokenSerial\":4294967295");
	struct journal j;

	(void)state;
	OK(parse_n(text, strlen(text), &j));
	assert_string_equal(j.id, ID);
	assert_int_equal(j.point, JOURNAL_CREATE_SENT);
	assert_int_equal(j.facts.kind, JOURNAL_ENROLL);
	assert_string_equal(j.facts.user, "alice");
	assert_string_equal(j.facts.serial, "arn:x");
	assert_int_equal(j.facts.token_serial, UINT32_MAX);
	assert_int_equal(j.since, 1767225600);
}

static void what_a_later_line_leaves_out_is_unknown_again(void **state)
{
	static const char text[] =
		LINE(ID, "intent", ",\"user\":\"alice\",\"tokenSerial\":7")
		LINE(ID, "undo", "");
	struct journal j;

	(void)state;
	OK(parse_n(text, strlen(text), &j));
	assert_string_equal(j.facts.user, "");
	assert_int_equal(j.facts.token_serial, 0);
}

static void a_cut_last_line_is_as_if_never_written(void **state)
{
	static const char text[] = LINE(ID, "intent", "")
		LINE(ID, "create-sent", "");
	size_t first = strlen(LINE(ID, "intent", "")), n;
	struct journal j;

	(void)state;
	for (n = first; n < strlen(text); n++) {
		OK(parse_n(text, n, &j));
		assert_int_equal(j.point, JOURNAL_INTENT);
	}
	OK(parse_n(text, n, &j));
	assert_int_equal(j.point, JOURNAL_CREATE_SENT);
	for (n = 0; n < first; n++)
		SAYS(ERROR_CORRUPT, "journal, line",
			parse_n(text, n, &j));
}

static void any_other_damage_is_corrupt(void **state)
{
	static const char *const lines[] = {
		LINE(ID, "intent", ",\"begunAt\":\"yesterday\""),
		LINE(ID, "intent", ",\"enabledAt\":\"yesterday\""),
		LINE(ID, "intent", ",\"deleted\":1"),
		LINE(ID, "intent", ",\"cause\":7"),
		"", "\n", "garbage\n", "[]\n", "null\n", "{}\n",
		"{\"v\":1}\n", "\xff\n",
		"{\"v\":2,\"journal\":\"" ID "\",\"kind\":\"enroll\","
		"\"point\":\"intent\",\"time\":\"2026-01-01T00:00:00Z\"}\n",
		"{\"v\":\"1\",\"journal\":\"" ID "\",\"kind\":\"enroll\","
		"\"point\":\"intent\",\"time\":\"2026-01-01T00:00:00Z\"}\n",
		"{\"journal\":\"" ID "\",\"kind\":\"enroll\","
		"\"point\":\"intent\",\"time\":\"2026-01-01T00:00:00Z\"}\n",
		"{\"v\":1,\"journal\":\"" ID "\",\"kind\":\"x\","
		"\"point\":\"intent\",\"time\":\"2026-01-01T00:00:00Z\"}\n",
		"{\"v\":1,\"journal\":\"" ID "\",\"kind\":\"enroll\","
		"\"point\":\"intent\"}\n",
		"{\"v\":1,\"journal\":\"" ID "\",\"kind\":\"enroll\","
		"\"point\":\"intent\",\"time\":\"yesterday\"}\n",
		LINE("xx", "intent", ""), LINE("", "intent", ""),
		LINE("00112233445566778899AABBCCDDEEFF", "intent", ""),
		LINE(ID "0", "intent", ""),
		LINE(ID, "", ""), LINE(ID, "Intent", ""),
		LINE(ID, "intent", ",\"v\":1"),
		LINE(ID, "intent", ",\"user\":1"),
		LINE(ID, "intent", ",\"user\":null"),
		LINE(ID, "intent", ",\"user\":\"a\\nb\""),
		LINE(ID, "intent", ",\"user\":\"a\\u0000b\""),
		LINE(ID, "intent", ",\"account\":\"1234567890122\""),
		LINE(ID, "intent", ",\"tokenSerial\":0"),
		LINE(ID, "intent", ",\"tokenSerial\":-1"),
		LINE(ID, "intent", ",\"tokenSerial\":4294967296"),
		LINE(ID, "intent", ",\"tokenSerial\":\"7\""),
		LINE(ID, "intent", ",\"tokenSerial\":7.0"),
	};
	char text[2048];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lines); i++) {
		if (parse(lines[i]) != -ERROR_CORRUPT)
			fail_msg("row %zu", i);
		if (!strchr(lines[i], '\n'))
			continue;
		/* in front, in the middle, and at the end */
		snprintf(text, sizeof(text), "%s" LINE(ID, "intent", ""),
			lines[i]);
		SAYS(ERROR_CORRUPT, "line 1", parse(text));
		snprintf(text, sizeof(text), LINE(ID, "intent", "") "%s"
			LINE(ID, "created", ""), lines[i]);
		SAYS(ERROR_CORRUPT, "line 2", parse(text));
		snprintf(text, sizeof(text), LINE(ID, "intent", "") "%s",
			lines[i]);
		SAYS(ERROR_CORRUPT, "line 2", parse(text));
	}
	assert_int_equal(journal_parse("a\0b\n", 4, &(struct journal){ .fd =
		-1 }, &err), -ERROR_CORRUPT);
}

static void a_line_of_another_journal_is_corrupt(void **state)
{
	(void)state;
	SAYS(ERROR_CORRUPT, "line 2", parse(LINE(ID, "intent", "")
		LINE(OTHER, "created", "")));
}

static void unknown_members_are_passed_over(void **state)
{
	(void)state;
	OK(parse(LINE(ID, "intent", ",\"note\":[1,2]")));
}

static void every_point_has_a_name_that_comes_back(void **state)
{
	char text[512];
	struct journal j;
	int point;

	(void)state;
	for (point = JOURNAL_INTENT; point <= JOURNAL_ORPHAN; point++) {
		snprintf(text, sizeof(text), LINE(ID, "%s", ""),
			journal_point_name((enum journal_point)point));
		OK(parse_n(text, strlen(text), &j));
		assert_int_equal(j.point, point);
	}
}

/* Lines of before had none of the later members. */
static void a_journal_of_an_older_version_is_read(void **state)
{
	static const char text[] =
		"{\"v\":1,\"journal\":\"" ID "\",\"kind\":\"revoke\","
		"\"point\":\"intent\",\"time\":\"2026-01-01T00:00:00Z\"}\n"
		"{\"v\":1,\"journal\":\"" ID "\",\"kind\":\"revoke\","
		"\"point\":\"deactivated\",\"time\":"
		"\"2026-01-01T00:00:09Z\"}\n";
	struct journal j;

	(void)state;
	OK(parse_n(text, strlen(text), &j));
	assert_int_equal(j.begun, 1767225600);
	assert_int_equal(j.since, 1767225609);
	assert_int_equal(j.facts.did, 0);
	assert_string_equal(j.facts.enabled, "");
	assert_string_equal(j.cause, "");
}

static void what_was_added_since_comes_back(void **state)
{
	static const char text[] = LINE(ID, "intent", "")
		LINE(ID, "orphan", ",\"begunAt\":\"2026-01-02T00:00:00Z\","
			"\"enabledAt\":\"2025-01-01T00:00:00Z\","
			"\"deactivated\":true,\"deleted\":false,"
			"\"credentialRemoved\":true,\"holderKind\":\"place\","
			"\"cause\":\"no right\"");
	struct journal j;

	(void)state;
	OK(parse_n(text, strlen(text), &j));
	assert_int_equal(j.begun, 1767312000);
	assert_string_equal(j.facts.enabled, "2025-01-01T00:00:00Z");
	assert_int_equal(j.facts.did,
		JOURNAL_DID_DEACTIVATE | JOURNAL_DID_ACCOUNT);
	assert_string_equal(j.facts.holder_kind, "place");
	assert_string_equal(j.cause, "no right");
}

#define REMOVAL(members) "{\"v\":1,\"journal\":\"" ID "\",\"kind\":" \
	"\"remove-root\",\"point\":\"intent\",\"time\":" \
	"\"2026-01-01T00:00:00Z\"," members "}\n"

static void what_root_loses_and_what_tells_of_it_come_back(void **state)
{
	static const char text[] = REMOVAL("\"takesKeys\":true,"
		"\"takesDevices\":true,\"tellsPassword\":true,"
		"\"toldIn\":\"" OTHER "\"");
	struct journal j;

	(void)state;
	OK(parse_n(text, strlen(text), &j));
	assert_int_equal(j.facts.takes,
		JOURNAL_ROOT_KEYS | JOURNAL_ROOT_DEVICES);
	assert_int_equal(j.facts.tells, JOURNAL_ROOT_PASSWORD);
	assert_int_equal(j.facts.did, 0);
	assert_string_equal(j.facts.told_in, OTHER);
	assert_string_equal(j.facts.binding, "");
}

static void a_removal_of_an_older_version_knows_its_event(void **state)
{
	static const char text[] = REMOVAL("\"binding\":\"" OTHER "\"");
	struct journal j;

	(void)state;
	OK(parse_n(text, strlen(text), &j));
	assert_string_equal(j.facts.told_in, OTHER);
	assert_string_equal(j.facts.binding, "");
}

/* ---- files ---- */

static const struct journal_facts facts = { .kind = JOURNAL_REVOKE,
	.account = "123456789012", .partition = "aws", .user = "alice",
	.user_id = "AIDAEXAMPLE", .serial = "arn:aws:iam::123456789012:mfa/x",
	.token_serial = 12345678, .oath_id = "ZoQN2hVOihE8Md0K0y9/Og",
	.oath_account = "aws:alice", .method = "totp", .holder = "K\xc3\xb6nig",
	.reason = "she left" };

static void begin(struct journal *j, const char *id)
{
	memset(j, 0, sizeof(*j));
	strcpy(j->id, id);
	OK(journal_begin(j, "registry.db", &facts, &err));
}

static size_t count(void)
{
	DIR *d = opendir("registry.db.journal");
	struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static int open_all(struct journal_list *list)
{
	memset(list, 0, sizeof(*list));
	return journal_open_all(list, "registry.db", &err);
}

static void a_journal_begins_private_and_ends_without_a_trace(void **state)
{
	struct journal_list list;
	struct journal j;
	struct stat st;

	(void)state;
	begin(&j, ID);
	assert_int_equal(j.point, JOURNAL_INTENT);
	assert_int_equal(stat("registry.db.journal", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(j.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	OK(journal_point(&j, JOURNAL_DEACTIVATE_SENT, &err));
	OK(journal_end(&j, &err));
	journal_done(&j);
	journal_done(&j);
	assert_int_equal(count(), 0);
	OK(open_all(&list));
	assert_int_equal(list.n, 0);
	journal_list_done(&list);
}

static void what_another_run_needs_comes_back(void **state)
{
	struct journal_list list;
	struct journal j;

	(void)state;
	begin(&j, ID);
	strcpy(j.facts.binding, OTHER);
	OK(journal_point(&j, JOURNAL_DEACTIVATED, &err));
	journal_done(&j); /* as if killed */
	OK(open_all(&list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.owned_by_others, 0);
	assert_string_equal(list.p[0].id, ID);
	assert_int_equal(list.p[0].point, JOURNAL_DEACTIVATED);
	memset(j.facts.binding, 0, ID_LEN);
	assert_string_equal(list.p[0].facts.binding, OTHER);
	memset(list.p[0].facts.binding, 0, ID_LEN);
	assert_memory_equal(&list.p[0].facts, &facts, sizeof(facts));
	/* and goes on from there */
	OK(journal_point(&list.p[0], JOURNAL_DELETED, &err));
	journal_list_done(&list);
	OK(open_all(&list));
	assert_int_equal(list.p[0].point, JOURNAL_DELETED);
	OK(journal_end(&list.p[0], &err));
	journal_list_done(&list);
	assert_int_equal(count(), 0);
}

static void one_that_lives_is_its_owner_s(void **state)
{
	struct journal_list list, again;
	struct journal j;

	(void)state;
	begin(&j, ID);
	OK(open_all(&list));
	assert_int_equal(list.n, 0);
	assert_int_equal(list.owned_by_others, 1);
	journal_list_done(&list);
	journal_done(&j);
	OK(open_all(&list));
	assert_int_equal(list.n, 1);
	OK(open_all(&again)); /* a second opener */
	assert_int_equal(again.n, 0);
	assert_int_equal(again.owned_by_others, 1);
	journal_list_done(&again);
	journal_list_done(&list);
}

static void one_id_is_begun_once(void **state)
{
	struct journal j, k = { .id = ID };

	(void)state;
	begin(&j, ID);
	assert_true(journal_begin(&k, "registry.db", &facts, &err) < 0);
	assert_true(err.text[0]);
	journal_done(&k);
	journal_done(&j);
	assert_int_equal(count(), 1);
}

#define PATH(id) "registry.db.journal/" id ".journal"

static void a_stillborn_file_is_removed(void **state)
{
	static const char line[] = LINE(ID, "intent", "");
	struct journal_list list;
	size_t n;

	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	for (n = 0; n + 1 < sizeof(line) - 1; n += 9) {
		write_file(PATH(ID), line, n, 0600);
		OK(open_all(&list));
		assert_int_equal(list.n, 0);
		journal_list_done(&list);
		assert_int_equal(count(), 0);
	}
}

static void a_cut_line_is_mended_before_more_is_written(void **state)
{
	static const char text[] = LINE(ID, "intent", ",\"user\":\"alice\"")
		"{\"v\":1,\"jour";
	struct journal_list list;

	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	write_text(PATH(ID), text);
	OK(open_all(&list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].point, JOURNAL_INTENT);
	OK(journal_point(&list.p[0], JOURNAL_UNDO, &err));
	journal_list_done(&list);
	OK(open_all(&list));
	assert_int_equal(list.p[0].point, JOURNAL_UNDO);
	assert_string_equal(list.p[0].facts.user, "alice");
	journal_list_done(&list);
}

static void one_that_cannot_be_read_stops_everything_and_is_named(
	void **state)
{
	struct journal_list list = { NULL, 0, 0 };

	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	write_text(PATH(OTHER), LINE(OTHER, "intent", ""));
	write_text(PATH(ID), "garbage\n");
	SAYS(ERROR_CORRUPT, ID, open_all(&list));
	assert_null(list.p);
	assert_int_equal(count(), 2);
	assert_int_equal(unlink(PATH(ID)), 0);
	assert_int_equal(symlink(OTHER ".journal", PATH(ID)), 0);
	assert_true(open_all(&list) < 0);
}

static void the_others_are_read_past_one_that_cannot(void **state)
{
	struct journal_list list;
	struct journal_sights seen;

	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	write_text(PATH(OTHER), LINE(OTHER, "intent", ""));
	write_text(PATH(ID), "garbage\n");
	OK(journal_open_sound(&list, "registry.db", &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].id, OTHER);
	assert_int_equal(list.unread.code, ERROR_CORRUPT);
	assert_non_null(strstr(list.unread.text, ID));
	journal_list_done(&list);
	OK(journal_see_all(&seen, "registry.db", &err));
	assert_int_equal(seen.n, 1);
	assert_false(seen.p[0].running);
	assert_int_equal(seen.p[0].journal.fd, -1);
	assert_int_equal(seen.unread.code, ERROR_CORRUPT);
	journal_sights_done(&seen);
}

static void who_only_looks_sees_a_running_one_and_changes_nothing(
	void **state)
{
	struct journal_list list;
	struct journal_sights seen;
	struct journal j;

	(void)state;
	begin(&j, ID);
	OK(journal_see_all(&seen, "registry.db", &err));
	assert_int_equal(seen.n, 1);
	assert_true(seen.p[0].running);
	journal_sights_done(&seen);
	OK(journal_point(&j, JOURNAL_DELETED, &err));
	journal_done(&j);
	OK(journal_see_all(&seen, "registry.db", &err));
	assert_false(seen.p[0].running);
	assert_int_equal(seen.p[0].journal.point, JOURNAL_DELETED);
	OK(open_all(&list));
	assert_int_equal(list.n, 1);
	journal_list_done(&list);
	journal_sights_done(&seen);
}

/* Each resumption writes; a thousand of them must not make it unreadable. */
static void one_that_is_resumed_for_ever_stays_short(void **state)
{
	struct journal_list list;
	struct journal j;
	struct stat st;
	time_t begun;
	int i;

	(void)state;
	begin(&j, ID);
	begun = j.begun;
	journal_done(&j);
	for (i = 0; i < 1000; i++) {
		OK(open_all(&list));
		assert_int_equal(list.n, 1);
		OK(journal_point(&list.p[0], i % 2 ? JOURNAL_DEACTIVATE_SENT :
			JOURNAL_DEACTIVATED, &err));
		journal_list_done(&list);
		assert_int_equal(stat(PATH(ID), &st), 0);
		assert_true(st.st_size < 32768);
	}
	OK(open_all(&list));
	assert_int_equal(list.p[0].begun, begun);
	assert_int_equal(list.p[0].point, JOURNAL_DEACTIVATE_SENT);
	memset(list.p[0].facts.binding, 0, ID_LEN);
	assert_memory_equal(&list.p[0].facts, &facts, sizeof(facts));
	OK(journal_end(&list.p[0], &err));
	journal_list_done(&list);
	assert_int_equal(count(), 0);
}

/* As an older version left it, which only appended. */
static void one_that_has_outgrown_64_kib_is_read(void **state)
{
	static const char first[] = LINE(ID, "intent", "");
	static const char last[] = LINE(ID, "undo", ",\"user\":\"alice\"");
	struct journal_list list;
	FILE *f;
	int i;

	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	f = fopen(PATH(ID), "w");
	assert_non_null(f);
	for (i = 0; i < 2000; i++)
		assert_true(fputs(first, f) >= 0);
	assert_true(fputs(last, f) >= 0);
	assert_int_equal(fclose(f), 0);
	OK(open_all(&list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].point, JOURNAL_UNDO);
	assert_string_equal(list.p[0].facts.user, "alice");
	OK(journal_point(&list.p[0], JOURNAL_UNDO, &err));
	/* and is owned under its name also after it was replaced */
	{
		struct journal_list again;

		OK(open_all(&again));
		assert_int_equal(again.owned_by_others, 1);
		journal_list_done(&again);
	}
	journal_list_done(&list);
}

static void the_same_cause_is_written_once(void **state)
{
	struct journal_list list;
	struct journal j;
	struct stat st, then;
	struct error why;

	(void)state;
	begin(&j, ID);
	error_set(&why, ERROR_REMOTE, "no right");
	OK(journal_stuck(&j, &why, NULL, &err));
	assert_int_equal(stat(PATH(ID), &st), 0);
	OK(journal_stuck(&j, &why, NULL, &err));
	assert_int_equal(stat(PATH(ID), &then), 0);
	assert_int_equal(st.st_size, then.st_size);
	journal_done(&j);
	OK(open_all(&list));
	assert_string_equal(list.p[0].cause, "no right");
	OK(journal_point(&list.p[0], JOURNAL_DELETED, &err));
	assert_string_equal(list.p[0].cause, "");
	journal_list_done(&list);
}

static void other_names_are_nobody_s_business(void **state)
{
	struct journal_list list;

	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	write_text("registry.db.journal/README", "garbage\n");
	write_text("registry.db.journal/x.journal", "garbage\n");
	write_text(PATH(ID) "~", "garbage\n");
	write_text("registry.db.journal/"
		   "00112233445566778899AABBCCDDEEFF.journal", "garbage\n");
	OK(open_all(&list));
	assert_int_equal(list.n, 0);
	journal_list_done(&list);
	assert_int_equal(count(), 4);
}

static void without_a_directory_nothing_is_owed(void **state)
{
	struct journal_list list;

	(void)state;
	OK(open_all(&list));
	assert_int_equal(list.n, 0);
	journal_list_done(&list);
	assert_int_equal(access("registry.db.journal", F_OK), -1);
}

static int limited(rlim_t most, struct journal *j, enum journal_point point)
{
	struct rlimit old, small;
	int r;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = most;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = point == JOURNAL_INTENT ?
		journal_begin(j, "registry.db", &facts, &err) :
		journal_point(j, point, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	return r;
}

static void a_full_disk_begins_nothing(void **state)
{
	struct journal j = { .id = ID };

	(void)state;
	SAYS(ERROR_FAILED, "cannot write '",
		limited(100, &j, JOURNAL_INTENT));
	journal_done(&j);
	assert_int_equal(count(), 0);
}

static void a_point_that_a_full_disk_cut_does_not_spoil_the_next(void **state)
{
	struct journal_list list;
	struct journal j;
	struct stat st;

	(void)state;
	begin(&j, ID);
	assert_int_equal(stat(j.path, &st), 0);
	SAYS(ERROR_FAILED, "cannot write '",
		limited((rlim_t)st.st_size + 50, &j,
		JOURNAL_DEACTIVATE_SENT));
	/* there is room again: the act is undone, and that is written */
	OK(journal_point(&j, JOURNAL_UNDO, &err));
	journal_done(&j);
	OK(open_all(&list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].point, JOURNAL_UNDO);
	journal_list_done(&list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_line_counts),
		TEST(what_a_later_line_leaves_out_is_unknown_again),
		TEST(a_cut_last_line_is_as_if_never_written),
		TEST(any_other_damage_is_corrupt),
		TEST(a_line_of_another_journal_is_corrupt),
		TEST(unknown_members_are_passed_over),
		TEST(every_point_has_a_name_that_comes_back),
		TEST(a_journal_begins_private_and_ends_without_a_trace),
		TEST(what_another_run_needs_comes_back),
		TEST(one_that_lives_is_its_owner_s),
		TEST(one_id_is_begun_once),
		TEST(a_stillborn_file_is_removed),
		TEST(a_cut_line_is_mended_before_more_is_written),
		TEST(one_that_cannot_be_read_stops_everything_and_is_named),
		TEST(the_others_are_read_past_one_that_cannot),
		TEST(who_only_looks_sees_a_running_one_and_changes_nothing),
		TEST(one_that_is_resumed_for_ever_stays_short),
		TEST(one_that_has_outgrown_64_kib_is_read),
		TEST(the_same_cause_is_written_once),
		TEST(a_journal_of_an_older_version_is_read),
		TEST(what_was_added_since_comes_back),
		TEST(what_root_loses_and_what_tells_of_it_come_back),
		TEST(a_removal_of_an_older_version_knows_its_event),
		TEST(other_names_are_nobody_s_business),
		TEST(without_a_directory_nothing_is_owed),
		TEST(a_full_disk_begins_nothing),
		TEST(a_point_that_a_full_disk_cut_does_not_spoil_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
