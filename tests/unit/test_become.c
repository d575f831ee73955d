/* SPDX-License-Identifier: Apache-2.0 */
/* What a process may do that became somebody else, and what not any more. */
#include "aws/caller/become.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* Runs f in a child that became nobody, on a terminal of its own. */
static int in_child(int (*f)(void))
{
	struct person nobody;
	int status, master;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(person_by_uid(65534, &nobody, NULL), 0);
	pid = forkpty(&master, NULL, NULL, NULL);
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(become(&nobody, NULL) < 0 ? 100 : f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(master);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* By every number that the kernel takes for these two. */
static int type(void)
{
	static const unsigned long numbers[] = { TIOCSTI, TIOCLINUX,
		TIOCSTI | 1ul << 32, TIOCLINUX | 1ul << 63 };
	char c = 'x';
	int fd = open("/dev/tty", O_RDWR);
	size_t i;

	if (fd < 0)
		return 50;
	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		errno = 0;
		if (syscall(SYS_ioctl, fd, numbers[i], &c) == 0 ||
			errno != EPERM)
			return (int)i + 1;
	}
	return 0;
}

static void it_cannot_type_into_the_terminal(void **state)
{
	(void)state;
	assert_int_equal(in_child(type), 0);
}

static int ask_terminal(void)
{
	struct winsize size;
	int fd = open("/dev/tty", O_RDWR);

	return fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0 ||
		write(fd, "?", 1) != 1;
}

static void it_can_ask_at_the_terminal(void **state)
{
	(void)state;
	assert_int_equal(in_child(ask_terminal), 0);
}

static int come_back(void)
{
	return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ||
		getuid() != 65534 || geteuid() != 65534;
}

static void there_is_no_way_back(void **state)
{
	(void)state;
	assert_int_equal(in_child(come_back), 0);
}

static int environment(void)
{
	return !getenv("HOME") || getenv("TOKENBRIDGE_TEST") != NULL ||
		strcmp(getenv("PATH"), "/usr/local/bin:/usr/bin:/bin") != 0;
}

static void its_environment_is_its_own(void **state)
{
	(void)state;
	setenv("TOKENBRIDGE_TEST", "1", 1);
	assert_int_equal(in_child(environment), 0);
}

static int become_another(void)
{
	struct person root;

	/* as nobody by now */
	return person_by_uid(0, &root, NULL) < 0 ||
		become(&root, NULL) != -ERROR_PERMISSION;
}

static void who_is_no_root_becomes_nobody_else(void **state)
{
	(void)state;
	assert_int_equal(in_child(become_another), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_cannot_type_into_the_terminal),
		cmocka_unit_test(it_can_ask_at_the_terminal),
		cmocka_unit_test(there_is_no_way_back),
		cmocka_unit_test(its_environment_is_its_own),
		cmocka_unit_test(who_is_no_root_becomes_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
