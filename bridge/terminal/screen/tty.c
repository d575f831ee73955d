/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal's modes, and signals that are held back. */
#include "bridge/terminal/screen/tty.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int held_back[] = { SIGTSTP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2,
	SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGIO, SIGPWR, SIGSTKFLT };

static void signals_of(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	for (i = 0; i < ARRAY_LEN(held_back); i++)
		sigaddset(set, held_back[i]);
}

bool tty_obeys(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0;
}

void tty_set_modes(int tty, int when, const struct termios *modes)
{
	while (tcsetattr(tty, when, modes) < 0 && errno == EINTR)
		;
}

/* Where /dev/tty does not tell, what people read may be the same terminal. */
struct tty_size tty_size(int tty)
{
	const int fds[] = { tty, STDERR_FILENO, STDIN_FILENO };
	struct winsize size;
	size_t i;

	for (i = 0; i < ARRAY_LEN(fds); i++)
		if (ioctl(fds[i], TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
			size.ws_row > 0)
			return (struct tty_size){ size.ws_col, size.ws_row };
	return (struct tty_size){ 80, 24 };
}

void tty_hold_signals(void)
{
	sigset_t set;

	signals_of(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int tty_open_signals(int *ret_fd, struct error *err)
{
	sigset_t set;
	int fd;

	signals_of(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot wait for signals");
	*ret_fd = fd;
	return 0;
}

int tty_held_signal(int signal_fd)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void tty_let_signal(int signo)
{
	sigset_t set;

	signals_of(&set);
	raise(signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
