/* SPDX-License-Identifier: Apache-2.0 */
/* What runs in a process that has a terminal of its own, or none. */
#ifndef TESTS_UNIT_ON_TERMINAL_H
#define TESTS_UNIT_ON_TERMINAL_H

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#define WAIT_MS 20000

static char seen[8192]; /* what the terminal showed */
static size_t seen_n;
static int status;      /* of the process, as waitpid() has it */
static bool echoes;     /* the terminal, at the end */
static struct winsize window; /* its size; all 0: not told */

/* Until these words are shown, or the process has ended. */
static void read_until(int master, const char *words)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	ssize_t n;

	while (!words || !strstr(seen, words)) {
		assert_true(poll(&p, 1, WAIT_MS) > 0);
		n = read(master, seen + seen_n, sizeof(seen) - seen_n - 1);
		if (n <= 0)
			return;
		seen_n += (size_t)n;
		seen[seen_n] = '\0';
	}
}

/* With a terminal, on which that is typed once the prompt is there; `signo`
 * instead of it, where it is not 0. */
static UNUSED void on_terminal(int (*act)(void), const char *prompt,
	const char *typed, int signo)
{
	struct termios t;
	int master;
	pid_t pid;

	seen[seen_n = 0] = '\0';
	pid = forkpty(&master, NULL, NULL, &window);
	assert_true(pid >= 0);
	if (pid == 0) {
		/* what runs in the background may have it ignored */
		if (signo)
			signal(signo, SIG_DFL);
		exit(act());
	}
	if (prompt)
		read_until(master, prompt);
	if (signo)
		assert_int_equal(kill(pid, signo), 0);
	else
		assert_int_equal(write(master, typed, strlen(typed)),
			strlen(typed));
	read_until(master, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(tcgetattr(master, &t), 0);
	echoes = t.c_lflag & ECHO;
	close(master);
}

/* In a session that has none. */
static UNUSED void without_terminal(int (*act)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setsid();
		close(0);
		assert_int_equal(open("/dev/null", O_RDONLY), 0);
		exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

#endif
