/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that keeps results of accounts, and what is made of one that is
 * found there. */
#include "bridge/audit/accounts/fleet.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

#define ONE "123456789012"
#define TWO "210987654321"
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_KEY "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char place[64];
static struct keep k;

static int begin(void **state)
{
	(void)state;
	enter_place(place);
	k = (struct keep)KEEP_INIT;
	umask(022);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	keep_done(&k);
	leave_place(place);
	return 0;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void keep_text(const char *account, const char *text)
{
	int fd = -1;

	OK(keep_begin(&k, account, &fd, &err));
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_read(const char *account, bool finished, const char *want)
{
	char is[64] = "";
	FILE *f = keep_read(&k, account, finished);

	if (!want) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	assert_true(fgets(is, sizeof(is), f) || !want[0]);
	assert_string_equal(is, want);
	fclose(f);
}

/* ---- the folder ---- */

static void a_result_has_its_name_when_it_is_whole(void **state)
{
	(void)state;
	OK(keep_open(&k, "new/state", &err));
	assert_int_equal(mode_of("new"), 0700);
	assert_int_equal(mode_of("new/state"), 0700);
	keep_text(ONE, "half");
	assert_int_equal(mode_of("new/state/" ONE ".part"), 0600);
	assert_read(ONE, true, NULL);
	assert_read(ONE, false, "half");
	OK(keep_finish(&k, ONE, &err));
	assert_read(ONE, true, "half");
	assert_read(ONE, false, NULL);
	/* begun again, it is empty; dropped, the whole one stays */
	keep_text(ONE, "");
	assert_read(ONE, false, "");
	keep_text(ONE, "more");
	assert_read(ONE, false, "more");
	keep_drop(&k, ONE);
	assert_read(ONE, false, NULL);
	assert_read(ONE, true, "half");
	SAYS(ERROR_FAILED, "cannot name '" TWO ".jsonl'",
		keep_finish(&k, TWO, &err));
}

static void what_was_not_finished_is_removed_and_nothing_else(void **state)
{
	static const char *const stay[] = { ONE ".jsonl", "1234.part",
		ONE ".parts", "x" ONE ".part", "12345678901x.part", "letter" };
	char path[64];
	size_t i;

	(void)state;
	assert_int_equal(mkdir("state", 0700), 0);
	for (i = 0; i < ARRAY_LEN(stay); i++) {
		snprintf(path, sizeof(path), "state/%s", stay[i]);
		write_text(path, "x");
	}
	write_text("state/" ONE ".part", "x");
	write_text("state/" TWO ".part", "x");
	OK(keep_open(&k, "state", &err));
	assert_false(is_there("state/" ONE ".part"));
	assert_false(is_there("state/" TWO ".part"));
	keep_done(&k);
	for (i = 0; i < ARRAY_LEN(stay); i++) {
		snprintf(path, sizeof(path), "state/%s", stay[i]);
		assert_true(is_there(path));
	}
}

static void one_that_goes_with_the_run_leaves_nothing(void **state)
{
	char path[128];

	(void)state;
	setenv("TMPDIR", place, 1);
	OK(keep_open(&k, NULL, &err));
	snprintf(path, sizeof(path), "%s", k.path);
	assert_memory_equal(path, place, strlen(place));
	assert_int_equal(mode_of(path), 0700);
	keep_text(ONE, "half");
	OK(keep_finish(&k, ONE, &err));
	keep_text(TWO, "half");
	keep_done(&k);
	assert_false(is_there(path));
	/* relative, or nowhere */
	k = (struct keep)KEEP_INIT;
	setenv("TMPDIR", "here", 1);
	OK(keep_open(&k, NULL, &err));
	assert_memory_equal(k.path, "/tmp/tokenbridge-audit-", 23);
	keep_done(&k);
	k = (struct keep)KEEP_INIT;
	setenv("TMPDIR", "/absent", 1);
	SAYS(ERROR_FAILED, "cannot make '/absent/", keep_open(&k, NULL, &err));
	assert_null(k.path);
	unsetenv("TMPDIR");
}

static void a_folder_that_others_may_look_into_is_none(void **state)
{
	static const mode_t open[] = { 0701, 0710, 0704, 0770, 0777 };
	size_t i;

	(void)state;
	assert_int_equal(mkdir("state", 0700), 0);
	for (i = 0; i < ARRAY_LEN(open); i++) {
		assert_int_equal(chmod("state", open[i]), 0);
		SAYS(ERROR_PERMISSION, "'state' holds what is known of "
			"accounts, and is another's or open to others: chmod "
			"700", keep_open(&k, "state", &err));
		keep_done(&k);
		k = (struct keep)KEEP_INIT;
	}
	if (geteuid() == 0) {
		assert_int_equal(chmod("state", 0700), 0);
		assert_int_equal(chown("state", 65534, 65534), 0);
		SAYS(ERROR_PERMISSION, "is another's", keep_open(&k, "state",
			&err));
	}
}

static void two_runs_do_not_work_in_one_folder(void **state)
{
	struct keep other = KEEP_INIT;

	(void)state;
	OK(keep_open(&k, "state", &err));
	SAYS(ERROR_BUSY, "another audit works with 'state'",
		keep_open(&other, "state", &err));
	keep_done(&other);
	keep_done(&k);
	k = (struct keep)KEEP_INIT;
	OK(keep_open(&k, "state", &err));
}

static void what_is_no_file_of_ours_is_not_read(void **state)
{
	(void)state;
	OK(keep_open(&k, "state", &err));
	write_file("state/" ONE ".jsonl", "x", 1, 0640);
	assert_read(ONE, true, NULL);
	assert_int_equal(chmod("state/" ONE ".jsonl", 0600), 0);
	assert_read(ONE, true, "x");
	assert_int_equal(symlink(ONE ".jsonl", "state/" TWO ".jsonl"), 0);
	assert_read(TWO, true, NULL);
	assert_int_equal(unlink("state/" TWO ".jsonl"), 0);
	assert_int_equal(mkdir("state/" TWO ".jsonl", 0700), 0);
	assert_read(TWO, true, NULL);
	assert_int_equal(rmdir("state/" TWO ".jsonl"), 0);
	/* nor written through */
	assert_int_equal(symlink("/etc/x", "state/" TWO ".part"), 0);
	keep_text(TWO, "new");
	assert_read(TWO, false, "new");
}

/* ---- what is found there ---- */

static struct audit a;
static struct audit_many q;
static struct audit_account_source sources[2];
static struct accounts_item items[2];
static struct told told[2];
static struct fleet f;
static unsigned given;

WRAP(void, audit_give, struct audit *of, struct audit_finding *x)
{
	assert_ptr_equal(of, &a);
	assert_string_equal(x->account, ONE);
	given++;
}

static int stop; /* what an output that is lost says */

WRAP(int, audit_may_go_on, const struct audit *of, struct error *e)
{
	assert_ptr_equal(of, &a);
	return stop ? error_set(e, stop, "nobody reads") : 0;
}

static int begin_fleet(void **state)
{
	begin(state);
	memset(&a, 0, sizeof(a));
	memset(&q, 0, sizeof(q));
	memset(sources, 0, sizeof(sources));
	memset(items, 0, sizeof(items));
	memset(told, 0, sizeof(told));
	memset(&f, 0, sizeof(f));
	a.accounts = sources;
	q.state = "state";
	q.max_age = 100;
	f = (struct fleet){ .a = &a, .q = &q, .told = told,
		.list = { .items = items, .n = 2 } };
	strcpy(items[0].id, ONE);
	strcpy(items[1].id, TWO);
	strcpy(sources[0].id, ONE);
	strcpy(sources[1].id, TWO);
	strcpy(told[0].key, KEY);
	given = 0;
	stop = 0;
	OK(keep_open(&f.keep, "state", &err));
	return 0;
}

static int finish_fleet(void **state)
{
	audit_account_source_done(&sources[0]);
	audit_account_source_done(&sources[1]);
	keep_done(&f.keep);
	return finish(state);
}

enum { HEAD, FINDING, OTHERS_FINDING, BEGUN, END, OTHERS_END, PARTLY_END,
	NONSENSE, NOTHING };

/* A line of each kind; `age` is the head's. */
static void put_line(struct buf *b, int kind, const char *key, int64_t age)
{
	struct record_head head = { .asked = time(NULL) - age };
	struct audit_finding x = { .check = AUDIT_USER_MFA_MISSING,
		.status = AUDIT_FAIL, .severity = AUDIT_HIGH, .account = ONE,
		.subject = "alice", .seen = "no MFA", .source = "AWS",
		.when = 1767225600 };
	struct audit of = { .only_account = kind == OTHERS_END ? TWO : ONE,
		.not_read = kind == PARTLY_END };

	of.aws.users = 7;
	of.aws.requests = 5;
	of.aws.connections = 2;
	strcpy(of.aws.alias, "alias");
	of.report.reports = 1;
	of.report.rows = 9;
	of.report.bad_rows = 3;
	of.report.generated = 1767225600;
	of.registry.used = true;
	of.registry.bindings = 4;
	strcpy(head.key, key);
	strcpy(head.account, kind == HEAD ? ONE : TWO);
	if (kind == HEAD)
		record_put_head(b, &head);
	else if (kind == FINDING || kind == OTHERS_FINDING) {
		strcpy(x.account, kind == FINDING ? ONE : TWO);
		record_put_finding(b, &x);
	} else if (kind == BEGUN)
		record_put_begun(b, false);
	else if (kind == NONSENSE)
		buf_put_str(b, "{}\n");
	else if (kind != NOTHING)
		record_put_end(b, &of, NULL);
}

static bool finds(const int *kinds, const char *key, int64_t age)
{
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < 4; i++)
		put_line(&b, kinds[i], key, age);
	write_file("state/" ONE ".jsonl", b.p, b.n, 0600);
	buf_done(&b);
	return fleet_find_kept(&f, 0);
}

static void a_whole_result_that_fits_serves(void **state)
{
	static const int good[] = { HEAD, FINDING, FINDING, END };
	static const int empty[] = { HEAD, END, NOTHING, NOTHING };
	static const int bad[][4] = {
		{ HEAD, FINDING, FINDING, NOTHING },
		{ FINDING, END, NOTHING, NOTHING },
		{ HEAD, HEAD, FINDING, END },
		{ HEAD, OTHERS_FINDING, END, NOTHING },
		{ HEAD, FINDING, OTHERS_END, NOTHING },
		{ HEAD, FINDING, PARTLY_END, NOTHING },
		{ HEAD, FINDING, END, END },
		{ HEAD, END, FINDING, NOTHING },
		{ HEAD, BEGUN, END, NOTHING },
		{ HEAD, NONSENSE, END, NOTHING },
		{ HEAD, FINDING, END, NONSENSE },
		{ END, NOTHING, NOTHING, NOTHING },
		{ NOTHING, NOTHING, NOTHING, NOTHING },
	};
	size_t i;

	(void)state;
	sources[0].name = strdup("prod");
	assert_false(fleet_find_kept(&f, 0));
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(finds(bad[i], KEY, 0));
		assert_false(sources[0].kept || told[0].finished ||
			told[0].over || told[0].has_rows);
		assert_int_equal(sources[0].users, 0);
		assert_string_equal(sources[0].id, ONE);
		assert_string_equal(sources[0].name, "prod");
	}
	assert_false(finds(good, OTHER_KEY, 0));
	assert_false(finds(good, KEY, 100));
	assert_false(finds(good, KEY, -50));
	q.state = NULL;
	assert_false(finds(good, KEY, 0));
	q.state = "state";
	assert_true(finds(good, KEY, 95));
	assert_true(sources[0].kept && told[0].finished && told[0].over &&
		told[0].has_rows);
	assert_int_equal(sources[0].users, 7);
	assert_string_equal(sources[0].name, "prod");
	assert_int_equal(told[0].reports, 1);
	assert_int_equal(told[0].connections, 2);
	assert_int_equal(told[0].bad_rows, 3);
	assert_int_equal(told[0].bindings, 4);
	assert_false(a.not_read);
	told[0] = (struct told){ .key = KEY };
	assert_true(finds(empty, KEY, 0));
	assert_false(told[0].has_rows);
}

static void what_is_kept_is_shown_and_added_up(void **state)
{
	static const int good[] = { HEAD, FINDING, FINDING, END };

	(void)state;
	assert_true(finds(good, KEY, 0));
	OK(fleet_show(&f, 0, &err));
	assert_int_equal(given, 2);
	assert_int_equal(sources[0].counts[AUDIT_FAIL], 2);
	assert_string_equal(sources[0].name, "alias");
	assert_true(is_there("state/" ONE ".jsonl"));
	assert_int_equal(a.aws.users, 7);
	/* nothing was asked for it now */
	assert_int_equal(a.aws.requests, 0);
	assert_int_equal(a.aws.connections, 0);
	assert_true(a.report.used);
	assert_int_equal(a.report.reports, 1);
	assert_int_equal(a.report.rows, 9);
	assert_int_equal(a.report.bad_rows, 3);
	assert_int_equal(a.report.generated, 1767225600);
	assert_int_equal(a.registry.bindings, 4);
	assert_false(a.not_read);
	/* as old as the oldest, and where it is not AWS's own: the first */
	sources[1].generated = 1767225500;
	sources[1].requests = 5;
	sources[1].endpoint = strdup("http://e");
	sources[1].origin = strdup("profile");
	told[1].connections = 2;
	OK(fleet_show(&f, 1, &err));
	assert_int_equal(a.report.generated, 1767225500);
	assert_int_equal(a.aws.requests, 5);
	assert_int_equal(a.aws.connections, 2);
	assert_string_equal(a.aws.endpoint, "http://e");
	assert_string_equal(a.aws.origin, "profile");
	sources[1].generated = 1767225700;
	OK(fleet_show(&f, 1, &err));
	assert_int_equal(a.report.generated, 1767225500);
	stop = ERROR_FAILED;
	SAYS(ERROR_FAILED, "nobody reads", fleet_show(&f, 1, &err));
	f.stops = true; /* it ends anyway, in good order */
	OK(fleet_show(&f, 1, &err));
}

static void what_cannot_be_read_again_is_said(void **state)
{
	static const int good[] = { HEAD, FINDING, NOTHING, END };

	(void)state;
	assert_true(finds(good, KEY, 0));
	assert_int_equal(unlink("state/" ONE ".jsonl"), 0);
	OK(fleet_show(&f, 0, &err));
	assert_int_equal(sources[0].state, AUDIT_ACCOUNT_PARTLY);
	assert_string_equal(sources[0].why,
		"what was found out could not be read again");
	assert_true(a.not_read);
	write_text("state/" ONE ".jsonl", "{}\n");
	free(sources[0].why);
	sources[0].why = NULL;
	OK(fleet_show(&f, 0, &err));
	assert_string_equal(sources[0].why,
		"what was found out could not be read again");
	assert_int_equal(given, 0);
	/* what was not finished goes */
	told[0].finished = false;
	write_text("state/" ONE ".part", "");
	OK(fleet_show(&f, 0, &err));
	assert_false(is_there("state/" ONE ".part"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
#define FLEET(name) cmocka_unit_test_setup_teardown(name, begin_fleet,       \
	finish_fleet)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_result_has_its_name_when_it_is_whole),
		TEST(what_was_not_finished_is_removed_and_nothing_else),
		TEST(one_that_goes_with_the_run_leaves_nothing),
		TEST(a_folder_that_others_may_look_into_is_none),
		TEST(two_runs_do_not_work_in_one_folder),
		TEST(what_is_no_file_of_ours_is_not_read),
		FLEET(a_whole_result_that_fits_serves),
		FLEET(what_is_kept_is_shown_and_added_up),
		FLEET(what_cannot_be_read_again_is_said),
	};

	return cmocka_run_group_tests_name("audit state", tests, NULL, NULL);
}
