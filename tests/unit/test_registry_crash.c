/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry under real processes: several writers, killed writers, full
 * disks, readers that may not write.
 */
#include "tests/unit/test_registry.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>

#define APPENDS 250 /* by each of the writers */
#define KILLS 150

/* What a child says about an event that it was told is durable. */
struct receipt {
	uint64_t seq;
	unsigned char hash[SHA256_LEN];
};

/* No cmocka in children: a failed check there is an exit status. */
static int append_one(struct registry *reg, int i, struct registry_head *head)
{
	struct event_draft d = { .type = EVENT_TOKEN_ADDED };
	char token[ID_LEN], text[2000];
	unsigned char sha[SHA256_LEN];
	json_t *body;
	int r;

	id_new(token, NULL);
	memset(text, 'a' + i % 26, sizeof(text) - 1);
	text[16 + i * 37 % 1900] = '\0';
	r = registry_evidence_put(reg, text, strlen(text), sha, &err);
	text[200] = '\0';
	if (r == 0)
		r = registry_name_set(reg, "label", token, text, &err);
	if (r == 0)
		r = registry_actor(reg, NULL, NULL, &d.actor, &err);
	body = json_pack("{s:s, s:s, s:s}", "token", token, "state", "stock",
		"model", text);
	d.body = body;
	if (r == 0)
		r = registry_append(reg, &d, head, &err);
	json_decref(body);
	return r;
}

static void writer(const char *path, int n)
{
	struct registry *reg = NULL;
	struct registry_head head;
	int r;

	/* on a slow disk the others may keep the lock for longer than a writer
	 * waits: then it is told so, has written nothing, and tries again */
	while ((r = registry_open(&reg, path, REGISTRY_WRITE, NULL, &err)) ==
		-ERROR_BUSY)
		;
	if (r < 0)
		_exit(1);
	for (int i = 0; i < n; i++) {
		while ((r = append_one(reg, i, &head)) == -ERROR_BUSY)
			;
		if (r < 0)
			_exit(2);
	}
	registry_free(&reg);
	_exit(0);
}

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void writers_at_once_lose_nothing(void **state)
{
	struct place *p = *state;
	pid_t pid[3];

	for (size_t i = 0; i < ARRAY_LEN(pid); i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			writer(p->db, APPENDS);
	}
	for (size_t i = 0; i < ARRAY_LEN(pid); i++)
		assert_int_equal(wait_for(pid[i]), 0);
	assert_int_equal(assert_whole(p->db).events,
		1 + APPENDS * ARRAY_LEN(pid));
}

static void one_step_raced_by_two_is_one_event(void **state)
{
	struct place *p = *state;
	char journal[ID_LEN], token[ID_LEN];
	struct registry *reg = NULL;
	json_t *body;
	pid_t pid[2];

	new_id(journal);
	new_id(token);
	body = json_pack("{s:s, s:s}", "token", token, "state", "stock");
	for (size_t i = 0; i < ARRAY_LEN(pid); i++) {
		pid[i] = fork();
		if (pid[i] > 0)
			continue;
		if (registry_open(&reg, p->db, REGISTRY_WRITE, NULL, &err) < 0)
			_exit(1);
		for (uint32_t step = 0; step < 100; step++) {
			struct event_draft d = { EVENT_TOKEN_ADDED, journal,
				step, 0, { .uid = 0 }, body };

			if (registry_append(reg, &d, NULL, &err) < 0)
				_exit(2);
		}
		_exit(0);
	}
	for (size_t i = 0; i < ARRAY_LEN(pid); i++)
		assert_int_equal(wait_for(pid[i]), 0);
	assert_int_equal(assert_whole(p->db).events, 101);
	json_decref(body);
}

/* ---- kill -9 ---- */

static void report_appends(const char *path, int fd)
{
	struct registry *reg = NULL;
	struct registry_head head;
	struct receipt receipt;

	if (registry_open(&reg, path, REGISTRY_WRITE, NULL, &err) < 0)
		_exit(1);
	for (int i = 0; append_one(reg, i, &head) == 0; i++) {
		receipt.seq = head.seq;
		memcpy(receipt.hash, head.hash, SHA256_LEN);
		if (write(fd, &receipt, sizeof(receipt)) != sizeof(receipt))
			break;
	}
	_exit(2);
}

static void sleep_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

static int has_hash(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	const struct receipt *r = arg;

	(void)e;
	(void)bytes;
	(void)n;
	(void)e2;
	return h->seq == r->seq && memcmp(h->hash, r->hash, SHA256_LEN) == 0;
}

/* Every receipt in the pipe is an event in the file. */
static size_t assert_kept(const char *path, int fd)
{
	struct registry *reg = open_ro(path);
	struct receipt r;
	size_t n = 0;

	for (; read(fd, &r, sizeof(r)) == sizeof(r); n++)
		assert_int_equal(registry_events(reg, r.seq, has_hash, &r,
			&err), 1);
	registry_free(&reg);
	return n;
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
	struct place *p = *state;
	char journal[160];
	size_t kept = 0, hot = 0;
	int fd[2], status;
	pid_t pid;

	snprintf(journal, sizeof(journal), "%s-journal", p->db);
	for (int i = 0; i < KILLS; i++) {
		assert_int_equal(pipe(fd), 0);
		pid = fork();
		if (pid == 0)
			report_appends(p->db, fd[1]);
		close(fd[1]);
		/* longer where the disk is too slow for a single one */
		sleep_us((2000 + i * 331 % 40000) << (kept ? 0 : i / 30));
		kill(pid, SIGKILL);
		status = wait_for(pid);
		assert_true(WIFSIGNALED(status));
		hot += access(journal, F_OK) == 0;
		kept += assert_kept(p->db, fd[0]);
		close(fd[0]);
		assert_whole(p->db);
	}
	assert_true(kept > 0);
	print_message("%d kills, %zu acknowledged events kept, %zu times a "
		"journal was left\n", KILLS, kept, hot);
}

static void init_killed_anywhere_leaves_no_half_registry(void **state)
{
	struct place *p = *state;
	struct registry *reg = NULL;
	bool absent;
	pid_t pid;

	for (int i = 0; i < 60; i++) {
		pid = fork();
		if (pid == 0)
			_exit(registry_init(p->out, false, NULL) < 0);
		sleep_us(i * 150);
		kill(pid, SIGKILL);
		wait_for(pid);
		OK(registry_open(&reg, p->out, REGISTRY_WRITE, &absent, &err));
		registry_free(&reg);
		unlink(p->out);
	}
}

/* ---- full disks ---- */

/*
 * Appends until it fails, in a process whose files may not grow beyond
 * `limit`; then the handle should still answer. Receipts go to fd.
 */
static void append_until_full(const char *path, rlim_t limit, int fd)
{
	struct rlimit rl = { limit, limit };
	struct registry *reg = NULL;
	struct registry_head head;
	struct receipt receipt;
	int i;

	signal(SIGXFSZ, SIG_IGN);
	if (limit != RLIM_INFINITY)
		setrlimit(RLIMIT_FSIZE, &rl);
	if (registry_open(&reg, path, REGISTRY_WRITE, NULL, &err) < 0)
		_exit(1);
	for (i = 0; append_one(reg, i, &head) == 0 && i < 200; i++) {
		receipt.seq = head.seq;
		memcpy(receipt.hash, head.hash, SHA256_LEN);
		if (write(fd, &receipt, sizeof(receipt)) != sizeof(receipt))
			_exit(3);
	}
	if (err.code != ERROR_FAILED || !err.text[0])
		_exit(4);
	_exit(registry_head(reg, &head, &err) < 0 ? 5 : 0);
}

static void a_file_that_cannot_grow_fails_the_append_only(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	int fd[2], status, runs = 0;
	size_t kept = 0;
	struct stat st;
	rlim_t limit;
	pid_t pid;

	fill(reg, 0, 10);
	registry_free(&reg);
	assert_int_equal(stat(p->db, &st), 0);
	for (limit = 0; limit < (rlim_t)st.st_size + 40000; limit += 1000) {
		copy(p->db, p->out);
		assert_int_equal(pipe(fd), 0);
		pid = fork();
		if (pid == 0)
			append_until_full(p->out, limit, fd[1]);
		close(fd[1]);
		status = WEXITSTATUS(wait_for(pid));
		/* pages inside the file cannot be put back either: later */
		if (status == 5)
			assert_true(limit < (rlim_t)st.st_size);
		else
			assert_int_equal(status, 0);
		kept += assert_kept(p->out, fd[0]);
		close(fd[0]);
		assert_true(assert_whole(p->out).events >= 21);
		runs++;
	}
	assert_true(kept > 0);
	print_message("%d limits, %zu acknowledged events kept\n", runs, kept);
}

static void run_on_small_disk(const char *dir, const char *from, int pages)
{
	char options[64], path[200];
	struct registry_report report;
	struct registry *reg = NULL;
	int fd[2], status;
	pid_t pid;

	snprintf(options, sizeof(options), "size=%dk,mode=0700", pages * 4);
	snprintf(path, sizeof(path), "%s/registry.db", dir);
	if (mount("none", dir, "tmpfs", 0, options) < 0)
		_exit(77);
	copy(from, path);
	if (pipe(fd) < 0)
		_exit(9);
	pid = fork();
	if (pid == 0)
		append_until_full(path, RLIM_INFINITY, fd[1]);
	waitpid(pid, &status, 0);
	close(fd[1]);
	if (status != 0)
		_exit(20 + WEXITSTATUS(status));
	assert_kept(path, fd[0]);
	if (registry_open(&reg, path, REGISTRY_READ, NULL, &err) < 0 ||
		registry_verify(reg, NULL, NULL, NULL, &report, &err) < 0)
		_exit(8);
	_exit(0);
}

static void a_full_disk_fails_the_append_only(void **state)
{
	struct place *p = *state;
	char dir[160];
	struct stat st;
	pid_t pid;
	int status;

	snprintf(dir, sizeof(dir), "%s/disk", p->dir);
	mkdir(dir, 0700);
	assert_int_equal(stat(p->db, &st), 0);
	for (int more = 1; more < 40; more++) {
		pid = fork();
		if (pid == 0) {
			if (unshare(CLONE_NEWNS) < 0 || mount("none", "/",
				NULL, MS_REC | MS_PRIVATE, NULL) < 0)
				_exit(77);
			run_on_small_disk(dir, p->db,
				(int)(st.st_size / 4096) + more);
		}
		status = wait_for(pid);
		if (WEXITSTATUS(status) == 77)
			skip(); /* only root may mount */
		assert_int_equal(status, 0);
	}
}

static void init_on_a_full_disk_leaves_nothing(void **state)
{
	struct place *p = *state;
	struct rlimit rl;
	char command[256];
	pid_t pid;

	snprintf(command, sizeof(command),
		"test \"$(ls -A %s)\" = registry.db", p->dir);
	for (rlim_t limit = 0; limit < 60000; limit += 1500) {
		pid = fork();
		if (pid == 0) {
			signal(SIGXFSZ, SIG_IGN);
			rl.rlim_cur = rl.rlim_max = limit;
			setrlimit(RLIMIT_FSIZE, &rl);
			_exit(registry_init(p->out, false, &err) ==
				-ERROR_FAILED ? 0 : 1);
		}
		assert_int_equal(wait_for(pid), 0);
		assert_int_equal(system(command), 0);
	}
}

/* ---- locks and journals ---- */

static void a_lock_is_waited_for_and_not_for_ever(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char id[ID_LEN];
	time_t before = time(NULL);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		SQLITE_OK);
	FAILS(ERROR_BUSY, registry_name_put(reg, "host", "h", id, &err));
	assert_true(time(NULL) - before >= REGISTRY_WAIT_MS / 1000 - 2);
	assert_true(time(NULL) - before <= REGISTRY_WAIT_MS / 1000 + 5);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	OK(registry_name_put(reg, "host", "h", id, &err));
	registry_free(&reg);
}

/* A writer that has spilled pages into the file, killed. */
static void leave_journal(const char *path)
{
	int fd[2];
	char c;
	pid_t pid;
	sqlite3 *db;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		sqlite3_open(path, &db);
		if (sqlite3_exec(db, "PRAGMA cache_size = 1; BEGIN;"
			"UPDATE events SET event = zeroblob(length(event));"
			"UPDATE evidence SET bytes = zeroblob(2000)", NULL,
			NULL, NULL) != SQLITE_OK)
			_exit(1);
		if (write(fd[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(fd[0], &c, 1), 1);
	kill(pid, SIGKILL);
	wait_for(pid);
	close(fd[0]);
	close(fd[1]);
}

/* As somebody who may read the file and its directory and not write them. */
static int open_as_reader(const char *path, char *text, size_t size)
{
	struct registry *reg = NULL;
	struct registry_tokens list = { NULL, 0 };
	int fd[2], r;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		memset(&err, 0, sizeof(err));
		r = registry_open(&reg, path, REGISTRY_READ, NULL, &err);
		if (r == 0)
			r = registry_tokens_all(reg, &list, &err);
		if (write(fd[1], err.text, strlen(err.text) + 1) < 0)
			_exit(98);
		_exit(r < 0 ? -r : 40 + (int)list.n);
	}
	close(fd[1]);
	r = (int)read(fd[0], text, size);
	assert_true(r > 0);
	close(fd[0]);
	return WEXITSTATUS(wait_for(pid));
}

static void a_journal_is_undone_by_who_may_and_never_ignored(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char journal[160], text[512];

	snprintf(journal, sizeof(journal), "%s-journal", p->db);
	fill(reg, 0, 30);
	registry_free(&reg);
	chmod(p->dir, 0555);
	chmod(p->db, 0444);
	assert_int_equal(open_as_reader(p->db, text, sizeof(text)), 70);
	chmod(p->dir, 0755);
	chmod(p->db, 0644);
	leave_journal(p->db);
	assert_int_equal(access(journal, F_OK), 0);
	chmod(journal, 0644);
	chmod(p->dir, 0555);
	chmod(p->db, 0444);
	assert_int_equal(open_as_reader(p->db, text, sizeof(text)),
		ERROR_PERMISSION);
	assert_non_null(strstr(text, "cut short"));
	assert_int_equal(access(journal, F_OK), 0);
	chmod(p->dir, 0755);
	chmod(p->db, 0644);
	reg = open_ro(p->db); /* the owner: undone */
	registry_free(&reg);
	assert_int_not_equal(access(journal, F_OK), 0);
	assert_int_equal(assert_whole(p->db).events, 61);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writers_at_once_lose_nothing),
		TEST(one_step_raced_by_two_is_one_event),
		TEST(what_was_acknowledged_survives_kill_9),
		TEST(init_killed_anywhere_leaves_no_half_registry),
		TEST(a_file_that_cannot_grow_fails_the_append_only),
		TEST(a_full_disk_fails_the_append_only),
		TEST(init_on_a_full_disk_leaves_nothing),
		TEST(a_lock_is_waited_for_and_not_for_ever),
		TEST(a_journal_is_undone_by_who_may_and_never_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
