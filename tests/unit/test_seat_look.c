/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of a process and of its console; logind, the console's
 * node and the files of the kernel are a table's.
 */
#include "bridge/login/seat/seat.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static struct world {
	enum seat_place place;
	const char *active, *stat; /* NULL: there is no such file */
	int no_node;
	mode_t mode;
	dev_t device;
	uid_t owner;
	unsigned consoles;         /* that were looked at */
} w;

WRAP(void, seat_ask_logind, pid_t pid, struct seat_facts *f)
{
	assert_int_equal(pid, getpid());
	f->place = w.place;
	f->getty_vt = 3;
	f->known = true;
}

WRAP(void, seat_ask_user, uid_t uid, struct seat_facts *f)
{
	assert_int_equal(uid, 1001);
	assert_int_equal(f->place, SEAT_USER);
	f->known = f->active = true;
}

int __real_open64(const char *path, int flags, mode_t mode);
WRAP(int, open64, const char *path, int flags, mode_t mode)
{
	bool active = strcmp(path, "/sys/class/tty/tty0/active") == 0;
	char own[64];
	const char *text = active ? w.active : w.stat;
	int fd;

	snprintf(own, sizeof(own), "/proc/%ld/stat", (long)getpid());
	if (!active && strcmp(path, own) != 0)
		return __real_open64(path, flags, mode);
	if (!text)
		return -1;
	fd = memfd_create("file", MFD_CLOEXEC);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

int __real_lstat64(const char *path, struct stat *ret);
WRAP(int, lstat64, const char *path, struct stat *ret)
{
	if (strncmp(path, "/dev/tty", 8) != 0)
		return __real_lstat64(path, ret);
	assert_string_equal(path, "/dev/tty3");
	w.consoles++;
	memset(ret, 0, sizeof(*ret));
	ret->st_mode = w.mode;
	ret->st_rdev = w.device;
	ret->st_uid = w.owner;
	return w.no_node;
}

#define STAT "1 (sh) S 0 1 1 1027 1 0\n"

static struct seat_facts look(int pidfd)
{
	struct seat_facts f;

	seat_look(getpid(), pidfd, &f);
	return f;
}

static void world(void)
{
	w = (struct world){ .place = SEAT_GETTY, .active = "tty5\nx",
		.stat = STAT, .mode = S_IFCHR | 0620,
		.device = makedev(4, 3) };
}

static void a_console_is_root_s_own_or_somebody_s(void **state)
{
	struct seat_facts f;

	(void)state;
	world();
	f = look(-1);
	assert_int_equal(f.place, SEAT_GETTY);
	assert_int_equal(f.active_vt, 5);
	assert_true(f.node_is_roots && f.known);
	assert_false(f.lives);
	assert_int_equal(f.tty.major, 4);
	assert_int_equal(f.tty.minor, 3);
	w.owner = 1001;
	assert_false(look(-1).node_is_roots);
	world();
	w.mode = S_IFREG | 0620;
	assert_false(look(-1).node_is_roots);
	world();
	w.device = makedev(4, 4);
	assert_false(look(-1).node_is_roots);
	w.device = makedev(5, 3);
	assert_false(look(-1).node_is_roots);
	world();
	w.no_node = -1;
	assert_false(look(-1).node_is_roots);
	world();
	w.active = NULL;
	assert_int_equal(look(-1).active_vt, 0);
}

static void a_console_is_of_matter_below_getty_alone(void **state)
{
	static const enum seat_place places[] = { SEAT_NOWHERE, SEAT_SESSION,
		SEAT_MANAGER };
	struct seat_facts f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		world();
		w.place = places[i];
		f = look(-1);
		assert_int_equal(w.consoles, 0);
		assert_int_equal(f.active_vt, 0);
		assert_false(f.node_is_roots);
	}
}

/* Whose terminal cannot be known is nowhere. */
static void a_process_that_cannot_be_read_is_nowhere(void **state)
{
	(void)state;
	world();
	w.stat = NULL;
	assert_int_equal(look(-1).place, SEAT_NOWHERE);
	assert_int_equal(w.consoles, 0);
	world();
	w.stat = "1 (sh) S\n" STAT;
	assert_int_equal(look(-1).place, SEAT_NOWHERE);
}

static void a_process_lives_as_long_as_its_descriptor_says_nothing(
	void **state)
{
	int own = (int)syscall(SYS_pidfd_open, getpid(), 0), ended;
	int pair[2];

	(void)state;
	world();
	assert_true(own >= 0);
	assert_true(look(own).lives);
	close(own);
	/* readable: it has ended */
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	ended = pair[0];
	assert_true(look(ended).lives);
	close(pair[1]);
	assert_false(look(ended).lives);
	close(ended);
}

static void a_user_is_asked_about_without_a_process(void **state)
{
	struct seat_facts f;

	(void)state;
	world();
	w.stat = NULL;
	memset(&f, 0xa5, sizeof(f));
	seat_look_user(1001, &f);
	assert_int_equal(f.place, SEAT_USER);
	assert_true(f.known && f.active);
	assert_false(f.lives || f.is_local);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_console_is_root_s_own_or_somebody_s),
		cmocka_unit_test(a_console_is_of_matter_below_getty_alone),
		cmocka_unit_test(a_process_that_cannot_be_read_is_nowhere),
		cmocka_unit_test(
			a_process_lives_as_long_as_its_descriptor_says_nothing),
		cmocka_unit_test(a_user_is_asked_about_without_a_process),
	};

	return cmocka_run_group_tests_name("seat look", tests, NULL, NULL);
}
