/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told to be done outlives a power cut: every sync, and every change of
 * a name, in exactly their order. A name that is given before its bytes are
 * synced may come back empty; one whose directory is not synced may not come
 * back at all. Each sync fails once, too: then nothing is done.
 */
#include "base/file.h"
#include "base/newfile.h"
#include "bridge/journal/journal.h"
#include "bridge/local/publish.h"

#include "tests/unit/test_registry.h"

#include <errno.h>

static struct buf trace;
static const char *top; /* in which names are told, "." itself */
static int fail_at;     /* 1: the next sync fails; 0: none does */

/* A name below `top`; what is drawn by lot in it is "new", "id". */
static void tell(const char *what, const char *path)
{
	char name[512];
	size_t n = top ? strlen(top) : 0;
	char *drawn;

	if (!top || strncmp(path, top, n) != 0)
		return;
	snprintf(name, sizeof(name), "%s", path[n] ? path + n + 1 : ".");
	drawn = strrchr(name, '.');
	if (drawn && (strlen(drawn) == strlen(".XXXXXX") ||
		strncmp(drawn, ".scratch-", strlen(".scratch-")) == 0))
		strcpy(drawn, ".new");
	drawn = strstr(name, ".journal/");
	if (drawn)
		strcpy(drawn, ".journal/id");
	buf_printf(&trace, "%s %s\n", what, name);
}

static bool sync_fails(int fd)
{
	char link_name[64], path[512];
	ssize_t n;

	snprintf(link_name, sizeof(link_name), "/proc/self/fd/%d", fd);
	n = readlink(link_name, path, sizeof(path) - 1);
	assert_true(n > 0);
	path[n] = '\0';
	tell("sync", path);
	if (fail_at == 0 || --fail_at > 0)
		return false;
	errno = EIO;
	return true;
}

/* ---- the wrapped functions: those of our own calls, not SQLite's ---- */

int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __real_unlink(const char *path);

int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_unlink(const char *path);

int __wrap_fsync(int fd)
{
	return sync_fails(fd) ? -1 : __real_fsync(fd);
}

int __wrap_fdatasync(int fd)
{
	return sync_fails(fd) ? -1 : __real_fdatasync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
	tell("name", to);
	return __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to)
{
	tell("name", to);
	return __real_link(from, to);
}

int __wrap_unlink(const char *path)
{
	int r = __real_unlink(path);

	if (r == 0)
		tell("remove", path);
	return r;
}

/* ---- what the calls below leave in the trace ---- */

static int set_up(void **state)
{
	struct place *p;

	setup(state);
	p = *state;
	top = p->dir;
	fail_at = 0;
	buf_init(&trace, 1 << 16);
	return 0;
}

static int tear_down(void **state)
{
	top = NULL;
	buf_done(&trace);
	return teardown(state);
}

static void begins(int fail)
{
	buf_reset(&trace);
	fail_at = fail;
}

static void traced(const char *expected)
{
	assert_string_equal(buf_str(&trace), expected);
	buf_reset(&trace);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool text_is(const char *path, const char *expected)
{
	struct buf b;
	bool same;

	slurp(path, &b);
	same = strcmp(buf_str(&b), expected) == 0;
	buf_done(&b);
	return same;
}

/* ---- files ---- */

static void a_file_is_synced_before_it_has_its_name(void **state)
{
	struct place *p = *state;
	char path[160];

	snprintf(path, sizeof(path), "%s/file", p->dir);
	OK(file_write_atomic(path, "one", 3, 0600, false, &err));
	traced("sync file.new\nname file\nsync .\n");
	begins(1);
	SAYS(ERROR_FAILED, "cannot write '",
		file_write_atomic(path, "two", 3, 0600, false, &err));
	traced("sync file.new\nremove file.new\n");
	assert_true(text_is(path, "one"));
	begins(2);
	SAYS(ERROR_FAILED, "cannot sync directory '",
		file_write_atomic(path, "two", 3, 0600, false, &err));
	traced("sync file.new\nname file\nsync .\n");
}

static void a_file_that_must_be_new_as_well(void **state)
{
	struct place *p = *state;
	char path[160];

	snprintf(path, sizeof(path), "%s/file", p->dir);
	begins(1);
	SAYS(ERROR_FAILED, "cannot write '",
		file_write_atomic(path, "one", 3, 0600, true, &err));
	traced("sync file.new\nremove file.new\n");
	assert_false(is_there(path));
	OK(file_write_atomic(path, "one", 3, 0600, true, &err));
	traced("sync file.new\nname file\nremove file.new\nsync .\n");
}

static int write_new(const char *path, const char *text)
{
	CLEANUP(newfile_free) struct newfile *f = NULL;

	memset(&err, 0, sizeof(err));
	if (newfile_new(&f, path, &err) < 0)
		return -err.code;
	fputs(text, newfile_stream(f));
	return newfile_publish(&f, &err);
}

static void a_file_that_is_printed_is_synced_before_it_has_its_name(
	void **state)
{
	struct place *p = *state;
	struct newfile *f = NULL;
	char path[160];

	snprintf(path, sizeof(path), "%s/file", p->dir);
	OK(write_new(path, "one"));
	traced("sync file.new\nname file\nsync .\n");
	begins(1);
	assert_int_equal(write_new(path, "two"), -ERROR_FAILED);
	traced("sync file.new\nremove file.new\n");
	assert_true(text_is(path, "one"));
	begins(2);
	assert_int_equal(write_new(path, "two"), -ERROR_FAILED);
	traced("sync file.new\nname file\nsync .\n");
	begins(0);
	OK(newfile_new(&f, path, &err));
	fputs("three", newfile_stream(f));
	newfile_free(&f);
	traced("remove file.new\n");
	assert_null(f);
	assert_true(text_is(path, "two"));
}

static void a_new_directory_is_synced_into_the_one_above(void **state)
{
	struct place *p = *state;
	char path[160];

	snprintf(path, sizeof(path), "%s/a/b", p->dir);
	OK(file_make_dirs(path, 0700, &err));
	traced("sync .\nsync a\n");
	OK(file_make_dirs(path, 0700, &err));
	traced("");
	snprintf(path, sizeof(path), "%s/c", p->dir);
	begins(1);
	SAYS(ERROR_FAILED, "cannot sync directory '",
		file_make_dirs(path, 0700, &err));
	traced("sync .\n");
}

/* ---- journals ---- */

static int begin_journal(struct journal *j, const char *registry)
{
	const struct journal_facts facts = { .kind = JOURNAL_ENROLL,
		.account = "123456789012", .partition = "aws",
		.user = "alice" };

	memset(j, 0, sizeof(*j));
	j->fd = -1;
	new_id(j->id);
	return journal_begin(j, registry, &facts, &err);
}

#define JOURNALS "registry.db.journal"

static void a_sequence_is_in_its_journal_before_it_begins(void **state)
{
	struct place *p = *state;
	struct journal j;

	OK(begin_journal(&j, p->db));
	traced("sync .\nsync " JOURNALS "/id\nsync " JOURNALS "\n");
	OK(journal_point(&j, JOURNAL_CREATE_SENT, &err));
	traced("sync " JOURNALS "/id\n");
	OK(journal_end(&j, &err));
	traced("remove " JOURNALS "/id\nsync " JOURNALS "\n");
	journal_done(&j);
	OK(begin_journal(&j, p->db));
	traced("sync " JOURNALS "/id\nsync " JOURNALS "\n");
	journal_done(&j);
}

static void a_journal_that_is_not_synced_is_none(void **state)
{
	struct place *p = *state;
	struct journal_list list;
	struct journal j;
	char dir[160];

	for (int fail = 1; fail <= 3; fail++) {
		begins(fail);
		FAILS(ERROR_FAILED, begin_journal(&j, p->db));
		assert_int_equal(fail_at, 0);
		assert_true(!j.path || !is_there(j.path));
		journal_done(&j);
		OK(journal_open_all(&list, p->db, &err));
		assert_int_equal(list.n, 0);
		journal_list_done(&list);
		/* so that it is made anew */
		snprintf(dir, sizeof(dir), "%s.journal", p->db);
		rmdir(dir);
	}
}

static void a_point_that_is_not_synced_was_not_reached(void **state)
{
	struct place *p = *state;
	struct journal_list list;
	struct journal j;

	OK(begin_journal(&j, p->db));
	begins(1);
	SAYS(ERROR_FAILED, "cannot sync '",
		journal_point(&j, JOURNAL_CREATE_SENT, &err));
	journal_done(&j);
	OK(journal_open_all(&list, p->db, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].point, JOURNAL_INTENT);
	begins(1);
	SAYS(ERROR_FAILED, "cannot sync directory '",
		journal_end(&list.p[0], &err));
	journal_list_done(&list);
}

/* ---- login.db ---- */

static int publish(const struct place *p, struct registry *reg)
{
	struct login_published done = { 0 };
	char path[160];
	int r;

	snprintf(path, sizeof(path), "%s/login.db", p->dir);
	r = login_publish(reg, path, &done, &err);
	login_published_done(&done);
	return r;
}

#define LOGIN_DB "sync login.db.part\nname login.db\nsync .\n"
#define COUNTERS "sync login.db.counters\nsync .\n"
#define SLOTS "sync login.db.counters\n" /* login.db names them */

static void login_db_is_synced_before_it_has_its_name(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);

	OK(publish(p, reg));
	traced(COUNTERS SLOTS LOGIN_DB);
	OK(publish(p, reg));
	traced(SLOTS LOGIN_DB);
	registry_free(&reg);
}

static void login_db_that_is_not_synced_replaces_none(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct buf before, after;
	char path[160];

	snprintf(path, sizeof(path), "%s/login.db", p->dir);
	for (int fail = 1; fail <= 4; fail++) {
		begins(fail);
		FAILS(ERROR_FAILED, publish(p, reg));
		assert_int_equal(fail_at, 0);
		assert_false(is_there(path));
		if (fail < 4) {
			snprintf(path, sizeof(path), "%s/login.db.counters",
				p->dir);
			assert_int_equal(unlink(path), 0);
			snprintf(path, sizeof(path), "%s/login.db", p->dir);
		}
	}
	fail_at = 0;
	OK(publish(p, reg));
	slurp(path, &before);
	fill(reg, 0, 1);
	begins(1);
	SAYS(ERROR_FAILED, "cannot save the signature counter",
		publish(p, reg));
	traced(SLOTS "remove login.db.part\n");
	begins(2);
	SAYS(ERROR_FAILED, "cannot make '",
		publish(p, reg));
	traced(SLOTS "sync login.db.part\nremove login.db.part\n");
	slurp(path, &after);
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.p, after.p, before.n);
	buf_done(&before);
	buf_done(&after);
	/* named already, and told that it may not stay */
	begins(3);
	SAYS(ERROR_FAILED, "cannot sync directory '",
		publish(p, reg));
	traced(SLOTS LOGIN_DB);
	registry_free(&reg);
}

/* ---- registries: SQLite syncs the files, we their names ---- */

static void a_registry_has_its_name_in_a_synced_directory(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_ro(p->db);
	char path[160];

	OK(registry_backup(reg, p->backup, &err));
	traced("name backup.db\nremove backup.db.new\nsync .\n");
	snprintf(path, sizeof(path), "%s/other.db", p->dir);
	OK(registry_init(path, false, &err));
	traced("name other.db\nremove other.db.new\nsync .\n");
	begins(1);
	SAYS(ERROR_FAILED, "cannot sync directory '",
		registry_backup(reg, p->out, &err));
	registry_free(&reg);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_synced_before_it_has_its_name),
		TEST(a_file_that_must_be_new_as_well),
		TEST(a_file_that_is_printed_is_synced_before_it_has_its_name),
		TEST(a_new_directory_is_synced_into_the_one_above),
		TEST(a_sequence_is_in_its_journal_before_it_begins),
		TEST(a_journal_that_is_not_synced_is_none),
		TEST(a_point_that_is_not_synced_was_not_reached),
		TEST(login_db_is_synced_before_it_has_its_name),
		TEST(login_db_that_is_not_synced_replaces_none),
		TEST(a_registry_has_its_name_in_a_synced_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
