/* SPDX-License-Identifier: Apache-2.0 */
/* Whose browser is started, with what, and what is said of how it went. */
#include "bridge/prompt/browser.h"

#include "base/person.h"

#include "tests/unit/unit.h"

#include "tests/unit/heard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PAGE "https://example.com/a b"
#define CHILD 4711
#define OPENED "Opened " PAGE " in the browser.\n"
#define IS_NOT "warning: " PAGE " is not opened: "
#define NOT_SUCCEED IS_NOT "'xdg-open' did not succeed: is it installed, and " \
	"is there a desktop\n"
#define PLUGGED "open 0 /dev/null; 0 to 1; 0 to 2; none from 3; "
#define SPAWNED PLUGGED "spawn; actions end; attributes end; "

/* ---- what doubles answer ---- */

static struct answers {
	bool runs; /* else libc's own are meant */
	uid_t uid;
	bool called;
	int person_fails, spawn_fails;
	int pidfd, poll;
	pid_t waited;
	int status;
	unsigned no_memory; /* the allocation that fails; 0: none */
} w;

static char steps[512], argv_is[512], env_is[1024];
static void *live[64];
static unsigned allocated, alive;

static void step(const char *what)
{
	snprintf(steps + strlen(steps), sizeof(steps) - strlen(steps), "%s; ",
		what);
}

WRAP(uid_t, geteuid, void)
{
	return w.uid;
}

WRAP(int, person_who_called, struct person *ret, bool *ret_found,
	struct error *e)
{
	assert_int_equal(w.uid, 0);
	if (w.person_fails)
		return error_set(e, w.person_fails, "two are named");
	*ret = (struct person){ .uid = 1001, .gid = 1002, .name = "alice",
		.home = "/home/alice" };
	*ret_found = w.called;
	return 0;
}

/* ---- memory: each text is given back ---- */

void __real_free(void *p);

static void *note(void *p)
{
	assert_non_null(p);
	if (!w.runs)
		return p;
	assert_true(allocated <= ARRAY_LEN(live));
	live[allocated - 1] = p;
	alive++;
	return p;
}

WRAP(char *, strdup, const char *s)
{
	if (w.runs && ++allocated == w.no_memory)
		return NULL;
	return note(strcpy(malloc(strlen(s) + 1), s));
}

WRAP(char *, text_format, const char *how, ...)
{
	char text[256];
	va_list v;

	if (++allocated == w.no_memory)
		return NULL;
	va_start(v, how);
	vsnprintf(text, sizeof(text), how, v);
	va_end(v);
	return note(strcpy(malloc(strlen(text) + 1), text));
}

WRAP(void, free, void *p)
{
	size_t i;

	for (i = 0; w.runs && i < ARRAY_LEN(live); i++)
		if (p && live[i] == p) {
			live[i] = NULL;
			alive--;
		}
	__real_free(p);
}

/* ---- the process ---- */

WRAP(int, posix_spawn_file_actions_addopen, posix_spawn_file_actions_t *a,
	int fd, const char *path, int flags, mode_t mode)
{
	char what[64];

	assert_non_null(a);
	assert_int_equal(flags, O_RDWR);
	assert_int_equal(mode, 0);
	snprintf(what, sizeof(what), "open %d %s", fd, path);
	step(what);
	return 0;
}

WRAP(int, posix_spawn_file_actions_adddup2, posix_spawn_file_actions_t *a,
	int from, int to)
{
	char what[64];

	assert_non_null(a);
	snprintf(what, sizeof(what), "%d to %d", from, to);
	step(what);
	return 0;
}

WRAP(int, posix_spawn_file_actions_addclosefrom_np,
	posix_spawn_file_actions_t *a, int from)
{
	char what[64];

	assert_non_null(a);
	snprintf(what, sizeof(what), "none from %d", from);
	step(what);
	return 0;
}

int __real_posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *a);

WRAP(int, posix_spawn_file_actions_destroy, posix_spawn_file_actions_t *a)
{
	step("actions end");
	return __real_posix_spawn_file_actions_destroy(a);
}

int __real_posix_spawnattr_destroy(posix_spawnattr_t *a);

WRAP(int, posix_spawnattr_destroy, posix_spawnattr_t *a)
{
	step("attributes end");
	return __real_posix_spawnattr_destroy(a);
}

static void put_words(char *const *words, char *ret, size_t size)
{
	ret[0] = '\0';
	for (; *words; words++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s\n", *words);
}

WRAP(int, posix_spawnp, pid_t *ret, const char *path,
	const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *a,
	char *const argv[], char *const env[])
{
	short flags = 0;

	assert_non_null(actions);
	assert_int_equal(posix_spawnattr_getflags(a, &flags), 0);
	assert_int_equal(flags, POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	assert_string_equal(path, argv[0]);
	put_words(argv, argv_is, sizeof(argv_is));
	put_words(env, env_is, sizeof(env_is));
	step("spawn");
	*ret = CHILD;
	return w.spawn_fails;
}

/* ---- seeing it start ---- */

WRAP(long, syscall, long number, ...)
{
	va_list v;

	assert_int_equal(number, SYS_pidfd_open);
	va_start(v, number);
	assert_int_equal(va_arg(v, int), CHILD);
	assert_int_equal(va_arg(v, int), 0);
	va_end(v);
	return w.pidfd;
}

WRAP(int, poll, struct pollfd *p, nfds_t n, int ms)
{
	assert_int_equal(p->fd, w.pidfd);
	assert_int_equal(p->events, POLLIN);
	assert_int_equal(n, 1);
	assert_int_equal(ms, 1500);
	step("poll");
	return w.poll;
}

WRAP(pid_t, waitpid, pid_t pid, int *status, int flags)
{
	assert_int_equal(pid, CHILD);
	assert_int_equal(flags, 0);
	step("wait");
	*status = w.status;
	return w.waited;
}

int __real_close(int fd);

WRAP(int, close, int fd)
{
	if (!w.runs)
		return __real_close(fd);
	assert_int_equal(fd, w.pidfd);
	step("close");
	return 0;
}

/* ---- */

static int set_up(void **state)
{
	(void)state;
	w = (struct answers){ .uid = 1000, .pidfd = 99 };
	empty_environment();
	return 0;
}

static void open_page(void)
{
	said[0] = steps[0] = '\0';
	strcpy(argv_is, "none");
	strcpy(env_is, "none");
	memset(live, 0, sizeof(live));
	allocated = alive = 0;
	w.runs = true;
	browser_open(&run, PAGE);
	w.runs = false;
	assert_int_equal(alive, 0);
}

static void ones_own_browser_gets_what_it_needs_of_the_session(void **state)
{
	static const char *const names[] = { "HOME", "USER", "LOGNAME", "PATH",
		"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "BROWSER",
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
		"XDG_CURRENT_DESKTOP", "LANG" };
	char want[512] = "";
	size_t i;

	(void)state;
	setenv("AWS_SECRET_ACCESS_KEY", "x", 1);
	open_page();
	assert_string_equal(env_is, "");
	assert_string_equal(argv_is, "xdg-open\n" PAGE "\n");
	for (i = 0; i < ARRAY_LEN(names); i++) {
		setenv(names[i], i ? names[i] + 1 : "", 1);
		snprintf(want + strlen(want), sizeof(want) - strlen(want),
			"%s=%s\n", names[i], i ? names[i] + 1 : "");
		open_page();
		assert_string_equal(env_is, want);
		assert_string_equal(said, OPENED);
	}
}

static void who_called_root_has_it_started_with_nothing_of_roots(void **state)
{
	(void)state;
	w.uid = 0;
	w.called = true;
	setenv("HOME", "/root", 1);
	setenv("BROWSER", "x", 1);
	setenv("DISPLAY", ":0", 1);
	open_page();
	assert_string_equal(argv_is, "/usr/bin/setpriv\n--reuid=1001\n"
		"--regid=1002\n--init-groups\n--inh-caps=-all\n"
		"--no-new-privs\n--\nxdg-open\n" PAGE "\n");
	assert_string_equal(env_is, "HOME=/home/alice\nUSER=alice\n"
		"LOGNAME=alice\nPATH=/usr/local/bin:/usr/bin:/bin\n"
		"XDG_RUNTIME_DIR=/run/user/1001\n"
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1001/bus\n"
		"DISPLAY=:0\n");
	assert_string_equal(said, OPENED);
}

static void none_is_started_as_root(void **state)
{
	(void)state;
	w.uid = 0;
	open_page();
	assert_string_equal(said, IS_NOT "this runs as root, whom nobody has "
		"called by sudo or the like, and no browser is started as "
		"root\n");
	assert_string_equal(steps, "");
	w.person_fails = ERROR_USAGE;
	open_page();
	assert_string_equal(said, IS_NOT "two are named\n");
	assert_string_equal(steps, "");
}

static void none_is_started_without_each_of(unsigned texts)
{
	w.no_memory = 0;
	open_page();
	assert_string_equal(said, OPENED);
	assert_int_equal(allocated, texts);
	for (w.no_memory = 1; w.no_memory <= texts; w.no_memory++) {
		open_page();
		assert_string_equal(said, IS_NOT "cannot allocate memory\n");
		assert_string_equal(steps, "");
	}
}

static void without_memory_none_is_started(void **state)
{
	(void)state;
	setenv("HOME", "/home/bob", 1);
	setenv("LANG", "C", 1);
	none_is_started_without_each_of(4);
	w.uid = 0;
	w.called = true;
	none_is_started_without_each_of(16);
}

static void a_program_that_cannot_be_started_is_named(void **state)
{
	(void)state;
	w.spawn_fails = ENOENT;
	open_page();
	assert_string_equal(said, IS_NOT "cannot start 'xdg-open': No such "
		"file or directory\n");
	assert_string_equal(steps, SPAWNED);
	w.uid = 0;
	w.called = true;
	open_page();
	assert_string_equal(said, IS_NOT "cannot start '/usr/bin/setpriv': No "
		"such file or directory\n");
}

static void what_fails_soon_is_said_and_what_goes_on_is_not(void **state)
{
	static const struct {
		int pidfd, poll;
		pid_t waited;
		int status;
		const char *steps, *said;
	} rows[] = {
		{ -1, 1, CHILD, 256, SPAWNED, OPENED },
		{ 99, 0, CHILD, 256, SPAWNED "poll; close; ", OPENED },
		{ 99, -1, CHILD, 256, SPAWNED "poll; close; ", OPENED },
		{ 99, 1, -1, 256, SPAWNED "poll; wait; close; ", OPENED },
		{ 99, 1, CHILD, 0, SPAWNED "poll; wait; close; ", OPENED },
		{ 99, 1, CHILD, 256, SPAWNED "poll; wait; close; ",
			NOT_SUCCEED },
		{ 0, 1, CHILD, 9, SPAWNED "poll; wait; close; ", NOT_SUCCEED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.pidfd = rows[i].pidfd;
		w.poll = rows[i].poll;
		w.waited = rows[i].waited;
		w.status = rows[i].status;
		open_page();
		assert_string_equal(steps, rows[i].steps);
		assert_string_equal(said, rows[i].said);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ones_own_browser_gets_what_it_needs_of_the_session),
		TEST(who_called_root_has_it_started_with_nothing_of_roots),
		TEST(none_is_started_as_root),
		TEST(without_memory_none_is_started),
		TEST(a_program_that_cannot_be_started_is_named),
		TEST(what_fails_soon_is_said_and_what_goes_on_is_not),
	};

	return cmocka_run_group_tests_name("browser", tests, NULL, NULL);
}
