/* SPDX-License-Identifier: Apache-2.0 */
/* Two codes, typed on the terminal or given by a script. */
#include "bridge/terminal/screen/codes.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"
#include "bridge/terminal/screen/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_MS 30000 /* how long a display shows a code */
#define TYPED_MAX 31
#define FILE_MAX 256
#define LINE_MAX_ 400

/* A line that is typed, and the terminal that it is typed on. */
struct typing {
	const struct run_codes *q;
	int tty;
	int cancel_fd;
	int signal_fd;
	struct termios old, mode;
	struct screen screen; /* without a q: the line is all */
	char remark[LINE_MAX_]; /* why it is asked for anew */
	bool can_redraw;     /* the line, in its row */
	bool is_smart;       /* the terminal can, where the row is long enough */
	const char *ask;
	deadline_t shown; /* the code that is asked for, by then; NEVER: now */
	char line[TYPED_MAX + 1];
	size_t n;
};

static void codes_put(const struct typing *t, const char *text)
{
	(void)!write(t->tty, text, strlen(text));
}

/* ---- the line ---- */

static void format(const struct typing *t, char line[LINE_MAX_])
{
	int left = t->shown == DEADLINE_NEVER ? 0 : deadline_left(t->shown);
	char wait[64] = "";

	if (left > 0 && t->can_redraw)
		snprintf(wait, sizeof(wait), " (shown within %d s)",
			(left + 999) / 1000);
	snprintf(line, LINE_MAX_, "%s code %.300s%s: %s", t->ask, t->q->of,
		wait, t->line);
	utf8_sanitise(line);
}

static void draw(const struct typing *t)
{
	char line[LINE_MAX_];

	format(t, line);
	if (t->can_redraw)
		codes_put(t, "\r");
	codes_put(t, line);
	if (t->can_redraw)
		codes_put(t, "\033[K");
	wipe(line, sizeof(line));
}

/* A terminal that cannot begin its line anew gets what changed of it. */
static void change(struct typing *t, size_t n, const char *echo)
{
	t->n = n;
	t->line[n] = '\0';
	if (t->can_redraw)
		draw(t);
	else
		codes_put(t, echo);
}

static void draw_all(struct typing *t)
{
	if (t->screen.q)
		screen_draw(&t->screen, t->remark);
	draw(t);
}

static void take_char(struct typing *t, char c)
{
	char echo[2] = { c, '\0' };

	if (t->screen.q && screen_take_key(&t->screen, c))
		draw_all(t);
	else if ((c == 0x7f || c == '\b') && t->n > 0) {
		change(t, t->n - 1, "\b \b");
	} else if (c > ' ' && c < 0x7f && t->n < TYPED_MAX) {
		t->line[t->n] = c;
		change(t, t->n + 1, echo);
	}
}

/* ---- the terminal ---- */

static void enter(struct typing *t)
{
	tty_hold_signals();
	tty_set_modes(t->tty, TCSADRAIN, &t->mode);
	if (t->screen.q)
		screen_enter(&t->screen, &t->old);
	draw_all(t);
}

static void leave(struct typing *t)
{
	if (t->screen.q)
		screen_leave(&t->screen);
	tty_set_modes(t->tty, TCSANOW, &t->old);
}

static void give_way(struct typing *t)
{
	int signo = tty_held_signal(t->signal_fd);

	if (!signo)
		return;
	codes_put(t, "\n");
	leave(t);
	tty_let_signal(signo);
	enter(t);
}

/* The next character; 0 after a second, or where something else happened. */
static int next_char(struct typing *t, char *ret, struct error *err)
{
	struct pollfd p[3] = {
		{ .fd = t->tty, .events = POLLIN },
		{ .fd = t->cancel_fd, .events = POLLIN },
		{ .fd = t->signal_fd, .events = POLLIN },
	};
	ssize_t got;

	*ret = '\0';
	if (poll(p, ARRAY_LEN(p), 1000) < 0 && errno != EINTR)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read from the terminal");
	if (p[1].revents)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	if (p[2].revents)
		give_way(t);
	if (!p[0].revents)
		return 0;
	got = read(t->tty, ret, 1);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got == 1 && (t->n > 0 || *ret != 0x04 /* Ctrl-D */))
		return 0;
	return error_set(err, ERROR_USAGE, "no code was typed");
}

/* A line that goes on in a second row cannot be begun anew. */
static bool fits_row(struct typing *t)
{
	struct tty_size size = tty_size(t->tty);
	char line[LINE_MAX_];

	t->can_redraw = true;
	format(t, line);
	return strlen(line) + RUN_CODE_LEN + 1 < size.columns;
}

static int read_code(struct typing *t, const char *ask, deadline_t shown,
	struct error *err)
{
	char c = '\0';
	int r = 0;

	t->ask = ask;
	t->shown = shown;
	t->n = 0;
	t->line[0] = '\0';
	t->can_redraw = t->is_smart && fits_row(t);
	draw_all(t);
	while (r == 0 && c != '\n') {
		r = next_char(t, &c, err);
		if (r == 0 && c)
			take_char(t, c);
		else if (r == 0 && t->screen.q &&
			screen_has_changed(&t->screen))
			draw_all(t);
		else if (r == 0 && t->can_redraw && shown != DEADLINE_NEVER)
			draw(t);
	}
	codes_put(t, "\n");
	return r;
}

/* ---- both ---- */

/* One round: 1 where they are to be asked for anew. */
static int ask_both(struct typing *t, char first[TYPED_MAX + 1],
	struct error *err)
{
	const struct run_codes *q = t->q;
	struct error why;
	int r = read_code(t, "First", DEADLINE_NEVER, err);

	if (r < 0)
		return r;
	memcpy(first, t->line, sizeof(t->line));
	r = q->check(q->data, first, NULL, &why);
	if (r == 0) {
		r = read_code(t, "Second", deadline_in(SHOWN_MS), err);
		if (r < 0)
			return r;
		r = q->check(q->data, first, t->line, &why);
	}
	if (r != -ERROR_MALFORMED)
		return r < 0 ? error_copy(err, &why) : 0;
	snprintf(t->remark, sizeof(t->remark), "%.380s", why.text);
	if (!t->screen.q) {
		codes_put(t, t->remark);
		codes_put(t, ".\n");
	}
	return 1;
}

static int ask_until_good(struct typing *t, char ret_first[RUN_CODE_LEN],
	char ret_second[RUN_CODE_LEN], struct error *err)
{
	char first[TYPED_MAX + 1];
	int r;

	do
		r = ask_both(t, first, err);
	while (r > 0);
	if (r == 0) {
		/* what the check took has six digits */
		snprintf(ret_first, RUN_CODE_LEN, "%.6s", first);
		snprintf(ret_second, RUN_CODE_LEN, "%.6s", t->line);
	}
	wipe(first, sizeof(first));
	wipe(t->line, sizeof(t->line));
	return r;
}

static int ask_on(struct typing *t, char ret_first[RUN_CODE_LEN],
	char ret_second[RUN_CODE_LEN], struct error *err)
{
	sigset_t before;
	int r = 0;

	if (t->screen.q)
		r = screen_open(&t->screen, t->cancel_fd, err);
	if (r == 0)
		r = tty_open_signals(&t->signal_fd, err);
	if (r < 0)
		return r;
	t->is_smart = tty_obeys();
	t->mode = t->old;
	t->mode.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
	t->mode.c_cc[VMIN] = 1;
	t->mode.c_cc[VTIME] = 0;
	sigprocmask(SIG_BLOCK, NULL, &before);
	tty_hold_signals();
	tty_set_modes(t->tty, TCSADRAIN, &t->mode);
	if (t->screen.q)
		screen_enter(&t->screen, &t->old);
	r = ask_until_good(t, ret_first, ret_second, err);
	leave(t);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_p(&t->signal_fd);
	return r;
}

int codes_ask(const struct run_codes *q, int cancel_fd,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err)
{
	CLEANUP(close_p) int tty = open("/dev/tty",
		O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct typing t = { .q = q, .tty = tty, .cancel_fd = cancel_fd,
		.signal_fd = -1 };
	int r;

	if (tty < 0 || tcgetattr(tty, &t.old) < 0)
		return error_set(err, ERROR_USAGE,
			"two codes %s are needed: type them on a terminal, or "
			"give them by --codes-fd N, a line each", q->of);
	t.screen.tty = tty;
	if (q->picture)
		t.screen.q = q;
	r = ask_on(&t, ret_first, ret_second, err);
	screen_done(&t.screen);
	return r;
}

/* ---- a script ---- */

/* One line without its blanks; how many bytes of p it took, 0: not one. */
static size_t split_line(const char *p, size_t n, char ret[RUN_CODE_LEN])
{
	size_t i, len = 0;

	for (i = 0; i < n && p[i] != '\n'; i++) {
		if (p[i] == ' ' || p[i] == '\t' || p[i] == '\r')
			continue;
		if (len == RUN_CODE_LEN - 1 || p[i] == '\0')
			return 0;
		ret[len++] = p[i];
	}
	ret[len] = '\0';
	return len < RUN_CODE_LEN - 1 ? 0 : i < n ? i + 1 : i;
}

int codes_parse(const char *p, size_t n, char ret_first[RUN_CODE_LEN],
	char ret_second[RUN_CODE_LEN], struct error *err)
{
	char first[RUN_CODE_LEN], second[RUN_CODE_LEN];
	size_t one = split_line(p, n, first), two = 0;
	bool good;

	if (one > 0)
		two = split_line(p + one, n - one, second);
	good = two > 0 && one + two == n;
	if (good) {
		memcpy(ret_first, first, RUN_CODE_LEN);
		memcpy(ret_second, second, RUN_CODE_LEN);
	}
	wipe(first, sizeof(first));
	wipe(second, sizeof(second));
	return good ? 0 : error_set(err, ERROR_USAGE,
		"--codes-fd gives two codes of six digits, a line each, and "
		"nothing else");
}

int codes_read(const struct run_codes *q, int fd,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	r = file_read_fd(fd, "--codes-fd", &b, err);
	if (r == 0)
		r = codes_parse((const char *)b.p, b.n, ret_first, ret_second,
			err);
	if (r == 0)
		r = q->check(q->data, ret_first, ret_second, err);
	/* nobody is there to be asked anew */
	if (r == -ERROR_MALFORMED && err)
		err->code = ERROR_USAGE;
	return r == -ERROR_MALFORMED ? -ERROR_USAGE : r;
}
