/* SPDX-License-Identifier: Apache-2.0 */
/* What /dev is: the kernel's, or one of the host's own without devices. */
#include "bridge/login/pam/devices.h"

#include "tests/unit/unit.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/* ---- /dev and its mounts ---- */

static struct {
	bool there;
	dev_t dev;          /* that /dev is on */
	const char *mounts; /* NULL: it cannot be read */
} host;

int __real_stat64(const char *path, struct stat *st);
WRAP(int, stat64, const char *path, struct stat *st)
{
	if (strcmp(path, "/dev") != 0)
		return __real_stat64(path, st);
	memset(st, 0, sizeof(*st));
	st->st_dev = host.dev;
	return host.there ? 0 : -1;
}

WRAP(int, file_read, const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e)
{
	assert_string_equal(path, "/proc/self/mountinfo");
	assert_int_equal(trust, FILE_ANY);
	assert_null(ret_absent);
	if (!host.mounts)
		return error_set(e, ERROR_FAILED, "no");
	buf_put_str(b, host.mounts);
	return 0;
}

/* ---- lines ---- */

#define KERNELS "22 28 0:6 / /dev rw,nosuid shared:2 - devtmpfs udev rw\n"
#define OTHER "21 28 0:20 / /sys rw shared:7 - sysfs sysfs rw\n"
#define OWN "301 28 0:61 / /dev rw,nosuid - tmpfs tmpfs rw,mode=755\n"

static bool seen(const char *mounts, unsigned minor)
{
	size_t n = strlen(mounts);
	char *block = (char *)copy_of(mounts, n);
	bool is = devices_parse(block, n, 0, minor);

	free(block);
	return is;
}

static void devices_are_hidden_where_dev_is_not_the_kernels(void **state)
{
	(void)state;
	assert_true(seen(OTHER KERNELS, 6));
	assert_false(seen(OTHER OWN, 61));
	/* which of two it is tells the number alone */
	assert_false(seen(KERNELS OWN, 61));
	assert_true(seen(OWN KERNELS, 6));
	assert_false(seen("1 2 0:6 / /dev rw - tmpfs devtmpfs rw", 6));
	assert_false(seen("1 2 0:6 / /dev rw - devtmpfs2 x rw", 6));
}

static void what_is_not_known_hides_no_devices(void **state)
{
	static const char *const others[] = { "", "\n", "1", "1 2", "1 2 ",
		OTHER, "1 2 0:66 / /dev rw - tmpfs tmpfs rw",
		"0:6 0:6 0:7 0:6 - tmpfs" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(others); i++)
		if (!seen(others[i], 6))
			fail_msg("%zu", i);
}

/* Cut anywhere: until its number is whole it is of any mount, and then not the
 * kernel's until that is said. */
static void a_line_that_ends_early_says_what_it_has(void **state)
{
	static const char line[] = "1 2 0:6 - devtmpfs ";
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(line); n++) {
		char *block = (char *)copy_of(line, n);
		bool is = devices_parse(block, n, 0, 6);

		free(block);
		if (is != (n <= strlen("1 2 0:6 ") || n >= strlen(line)))
			fail_msg("%zu bytes: %d", n, is);
	}
}

/* One of `Name:\tNUMBER` in /proc/self/status. */
static int own_status(const char *name)
{
	char line[256];
	int n = -1;
	FILE *f = fopen("/proc/self/status", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			n = atoi(line + strlen(name));
	fclose(f);
	return n;
}

/* What a unit's NoNewPrivileges= and SystemCallFilter= leave behind. */
static void a_confined_host_is_told_by_the_kernel(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(devices_are_confined(), own_status("NoNewPrivs:") > 0 ||
		own_status("Seccomp:") > 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
			devices_are_confined() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* By the line of the mounts that /dev itself is on. */
static void this_hosts_own_devices_are_looked_at(void **state)
{
	static const struct {
		bool there;
		unsigned minor;
		const char *mounts;
		bool seen;
	} rows[] = {
		{ true, 6, OWN KERNELS, true },
		{ true, 61, KERNELS OWN, false },
		{ true, 20, KERNELS OWN, true },
		{ true, 61, "", true },
		{ true, 61, NULL, true },
		{ false, 61, OWN, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		host.there = rows[i].there;
		host.dev = makedev(0, rows[i].minor);
		host.mounts = rows[i].mounts;
		if (devices_are_seen() != rows[i].seen)
			fail_msg("%zu", i);
	}
	/* the first number counts, too */
	host.dev = makedev(8, 61);
	host.there = true;
	host.mounts = OWN;
	assert_true(devices_are_seen());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			devices_are_hidden_where_dev_is_not_the_kernels),
		cmocka_unit_test(what_is_not_known_hides_no_devices),
		cmocka_unit_test(a_line_that_ends_early_says_what_it_has),
		cmocka_unit_test(a_confined_host_is_told_by_the_kernel),
		cmocka_unit_test(this_hosts_own_devices_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
