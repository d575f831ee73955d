/* SPDX-License-Identifier: Apache-2.0 */
/* Questions on the terminal. */
#include "base/utf8.h"
#include "bridge/terminal/screen/tty.h"
#include "bridge/terminal/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_ 255
#define TITLE_MAX 1024

/* One question on the terminal. */
struct prompt {
	const char *text;
	int tty;
	int cancel_fd;
	int signal_fd; /* what would stop or end us while the echo is off */
	struct termios old, quiet;
};

static void go_quiet(struct prompt *p)
{
	tty_hold_signals();
	tty_set_modes(p->tty, TCSAFLUSH, &p->quiet);
	(void)!write(p->tty, p->text, strlen(p->text));
}

/* Lets a signal that was held back have its way, then asks again. */
static void give_way(struct prompt *p)
{
	int signo = tty_held_signal(p->signal_fd);

	if (!signo)
		return;
	tty_set_modes(p->tty, TCSANOW, &p->old);
	tty_let_signal(signo);
	go_quiet(p);
}

/* One line from the terminal; 1: read, 0: end of input, negative: error. */
static int prompt_read_line(struct prompt *q, char *line, size_t size,
	size_t *ret_n, struct error *err)
{
	struct pollfd p[3] = {
		{ .fd = q->tty, .events = POLLIN },
		{ .fd = q->cancel_fd, .events = POLLIN },
		{ .fd = q->signal_fd, .events = POLLIN },
	};
	size_t n = 0;
	ssize_t got;
	char c = 0;

	while (c != '\n') {
		/* poll passes over descriptors below 0 */
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot read from the terminal");
		if (p[1].revents)
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		if (p[2].revents) {
			give_way(q);
			n = 0;
			continue;
		}
		if (!p[0].revents)
			continue;
		got = read(q->tty, &c, 1);
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

static int ask_quietly(struct prompt *p, char *line, size_t size,
	size_t *ret_n, struct error *err)
{
	sigset_t before;
	int r;

	p->quiet = p->old;
	p->quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	p->quiet.c_lflag |= ECHONL;
	r = tty_open_signals(&p->signal_fd, err);
	if (r < 0)
		return r;
	sigprocmask(SIG_BLOCK, NULL, &before);
	go_quiet(p);
	r = prompt_read_line(p, line, size, ret_n, err);
	tty_set_modes(p->tty, TCSANOW, &p->old);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_p(&p->signal_fd);
	return r;
}

static int prompt_ask(const char *text, bool echo, int cancel_fd, char *line,
	size_t size, size_t *ret_n, struct error *err)
{
	CLEANUP(close_p) int tty = open("/dev/tty",
		O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct prompt p = { text, tty, cancel_fd, -1 };
	int r;

	if (tty < 0 || tcgetattr(tty, &p.old) < 0)
		return error_set(err, ERROR_PIN,
			"there is no terminal to ask on");
	if (echo) {
		(void)!write(tty, text, strlen(text));
		r = prompt_read_line(&p, line, size, ret_n, err);
	} else {
		r = ask_quietly(&p, line, size, ret_n, err);
	}
	if (r <= 0)
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
		r = prompt_ask(prompt, /* echo= */ false, cancel_fd,
			(char *)line.p, LINE_MAX_, &n, err);
	if (r == 0)
		r = error_set(err, ERROR_PIN, "no answer");
	if (r > 0)
		r = secret_set(ret, line.p, n, err);
	secret_done(&line);
	return r;
}

/* ---- a secret that is shown ---- */

/* The screen of a program for itself, empty; and back, empty again: what a
 * terminal remembers of it is overwritten before it is left. */
#define SCREEN_ON "\033[?1049h\033[2J\033[H"
#define SCREEN_OFF "\033[2J\033[3J\033[H\033[?1049l"

struct showing {
	struct prompt prompt; /* text: the title */
	const struct secret *secret;
};

static void put_raw(int tty, const void *p, size_t n)
{
	(void)!write(tty, p, n);
}

static void put_raw_text(int tty, const char *s)
{
	put_raw(tty, s, strlen(s));
}

static void screen_on(const struct showing *s)
{
	int tty = s->prompt.tty;

	tty_hold_signals();
	tty_set_modes(tty, TCSAFLUSH, &s->prompt.quiet);
	put_raw_text(tty, SCREEN_ON);
	put_raw_text(tty, s->prompt.text);
	put_raw_text(tty, "\r\n\r\n    ");
	put_raw(tty, s->secret->p, s->secret->n);
	put_raw_text(tty, "\r\n\r\nIt is shown this once. Press a key when it is "
		"written down. ");
}

static void screen_off(const struct showing *s)
{
	put_raw_text(s->prompt.tty, SCREEN_OFF);
	tty_set_modes(s->prompt.tty, TCSAFLUSH, &s->prompt.old);
}

/* A signal that was held back has its way over an empty screen. */
static void show_give_way(const struct showing *s)
{
	int signo = tty_held_signal(s->prompt.signal_fd);

	if (!signo)
		return;
	screen_off(s);
	tty_let_signal(signo);
	screen_on(s);
}

static int wait_for_key(const struct showing *s, struct error *err)
{
	struct pollfd p[3] = {
		{ .fd = s->prompt.tty, .events = POLLIN },
		{ .fd = s->prompt.cancel_fd, .events = POLLIN },
		{ .fd = s->prompt.signal_fd, .events = POLLIN },
	};
	char key;

	for (;;) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot read from the terminal");
		if (p[1].revents)
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		if (p[2].revents)
			show_give_way(s);
		else if (p[0].revents)
			return read(s->prompt.tty, &key, 1) == 1 ? 0 :
				error_set(err, ERROR_PIN,
					"the terminal is gone");
	}
}

static int show_held(struct showing *s, struct error *err)
{
	sigset_t before;
	int r;

	r = tty_open_signals(&s->prompt.signal_fd, err);
	if (r < 0)
		return r;
	sigprocmask(SIG_BLOCK, NULL, &before);
	screen_on(s);
	r = wait_for_key(s, err);
	screen_off(s);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_p(&s->prompt.signal_fd);
	return r;
}

int ui_show_secret(const char *title, const struct secret *secret,
	int cancel_fd, struct error *err)
{
	CLEANUP(close_p) int tty = open("/dev/tty",
		O_RDWR | O_NOCTTY | O_CLOEXEC);
	char clean[TITLE_MAX];
	struct showing s = { { clean, tty, cancel_fd, -1 }, secret };

	if (tty < 0 || tcgetattr(tty, &s.prompt.old) < 0)
		return error_set(err, ERROR_PIN,
			"there is no terminal to show it on");
	snprintf(clean, sizeof(clean), "%s", title);
	utf8_sanitise(clean);
	s.prompt.quiet = s.prompt.old;
	/* one key, whichever, but those of the signals */
	s.prompt.quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ICANON);
	s.prompt.quiet.c_cc[VMIN] = 1;
	s.prompt.quiet.c_cc[VTIME] = 0;
	return show_held(&s, err);
}

int ui_ask_text(const char *prompt, int cancel_fd, char *ret, size_t size,
	struct error *err)
{
	char line[LINE_MAX_];
	size_t n = 0;
	int r;

	r = prompt_ask(prompt, /* echo= */ true, cancel_fd, line, sizeof(line),
		&n, err);
	if (r == 0)
		return error_set(err, ERROR_FAILED, "no answer");
	if (r > 0 && n >= size)
		return error_set(err, ERROR_USAGE,
			"the answer is longer than %zu bytes", size - 1);
	if (r < 0)
		return r;
	memcpy(ret, line, n);
	ret[n] = '\0';
	return 0;
}

int ui_confirm(const char *question, int cancel_fd, bool *ret_yes,
	struct error *err)
{
	char line[LINE_MAX_];
	size_t n = 0;
	int r;

	r = prompt_ask(question, /* echo= */ true, cancel_fd, line,
		sizeof(line), &n, err);
	if (r == -ERROR_PIN)
		r = 0; /* no terminal: nobody said yes */
	if (r < 0)
		return r;
	*ret_yes = r > 0 && n > 0 && (line[0] == 'y' || line[0] == 'Y');
	return 0;
}

int ui_open_terminal(void)
{
	return open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
}
