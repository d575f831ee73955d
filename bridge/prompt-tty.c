/* SPDX-License-Identifier: Apache-2.0 */
/* Questions on the terminal. */
#include "bridge/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_ 255

/* One line from the terminal; 1: read, 0: end of input, negative: error. */
static int read_line(int tty, int cancel_fd, char *line, size_t size,
	size_t *ret_n, struct error *err)
{
	struct pollfd p[2] = {
		{ .fd = tty, .events = POLLIN },
		{ .fd = cancel_fd, .events = POLLIN },
	};
	size_t n = 0;
	ssize_t got;
	char c = 0;

	while (c != '\n') {
		if (poll(p, cancel_fd < 0 ? 1 : 2, -1) < 0 && errno != EINTR)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot read from the terminal");
		if (cancel_fd >= 0 && p[1].revents)
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		if (!p[0].revents)
			continue;
		got = read(tty, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		if (c != '\n' && n < size)
			line[n] = c;
		n += c != '\n';
	}
	if (n > size)
		return error_set(err, ERROR_USAGE,
			"the answer is longer than %zu bytes", size);
	*ret_n = n;
	return 1;
}

static int ask(const char *prompt, bool echo, int cancel_fd, char *line,
	size_t *ret_n, struct error *err)
{
	CLEANUP(close_p) int tty = open("/dev/tty",
		O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios old, quiet;
	int r;

	if (tty < 0 || tcgetattr(tty, &old) < 0)
		return error_set(err, ERROR_PIN,
			"there is no terminal to ask on");
	quiet = old;
	if (!echo) {
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
		quiet.c_lflag |= ECHONL;
		tcsetattr(tty, TCSAFLUSH, &quiet);
	}
	(void)!write(tty, prompt, strlen(prompt));
	r = read_line(tty, cancel_fd, line, LINE_MAX_, ret_n, err);
	if (!echo)
		tcsetattr(tty, TCSANOW, &old);
	if (r < 0)
		(void)!write(tty, "\n", 1);
	return r;
}

int ui_ask_secret(const char *prompt, int cancel_fd, struct secret *ret,
	struct error *err)
{
	struct secret line = SECRET_INIT;
	size_t n = 0;
	int r;

	r = secret_new(&line, LINE_MAX_, err);
	if (r == 0)
		r = ask(prompt, /* echo= */ false, cancel_fd, (char *)line.p,
			&n, err);
	if (r == 0)
		r = error_set(err, ERROR_PIN, "no answer");
	if (r > 0)
		r = secret_set(ret, line.p, n, err);
	secret_done(&line);
	return r;
}

int ui_confirm(const char *question, int cancel_fd, bool *ret_yes,
	struct error *err)
{
	char line[LINE_MAX_];
	size_t n = 0;
	int r;

	r = ask(question, /* echo= */ true, cancel_fd, line, &n, err);
	if (r == -ERROR_PIN)
		r = 0; /* no terminal: nobody said yes */
	if (r < 0)
		return r;
	*ret_yes = r > 0 && n > 0 && (line[0] == 'y' || line[0] == 'Y');
	return 0;
}
