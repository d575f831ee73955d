/* SPDX-License-Identifier: Apache-2.0 */
/* A secret on the terminal's other screen. */
#include "bridge/terminal/screen/screen.h"

#include "base/utf8.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[2J\033[H"
#define LEAVE "\033[0m\033[2J\033[H\033[?1049l"
#define CLEAR "\033[0m\033[2J\033[H"
/* Black on white whatever the terminal's own colours are. */
#define PAPER "\033[0;30;107m"
#define PLAIN "\033[0m"
#define LINES_BELOW 3 /* a hint, a remark, the line that is typed */
#define ROW_MAX (3 * (QR_WIDTH_MAX + 8) + 32)

/* ---- when the program dies on it ---- */

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS,
	SIGTRAP };
/* What a signal handler can reach. */
static int fatal_tty = -1;
static struct termios fatal_modes;

static void on_fatal(int signo)
{
	(void)!write(fatal_tty, LEAVE, strlen(LEAVE));
	(void)tcsetattr(fatal_tty, TCSANOW, &fatal_modes);
	raise(signo); /* the handler is gone by now */
}

static void catch_fatal(bool on)
{
	struct sigaction sa = { .sa_handler = on ? on_fatal : SIG_DFL,
		.sa_flags = on ? (int)SA_RESETHAND : 0 };
	size_t i;

	sigemptyset(&sa.sa_mask);
	for (i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &sa, NULL);
}

/* ---- what the terminal can do ---- */

static bool is_set(const char *name)
{
	const char *s = getenv(name);

	return s && *s;
}

/* The first of the variables that is set, as setlocale(3) has it. */
static bool speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *s = NULL;
	size_t i;

	for (i = 0; !s && i < ARRAY_LEN(names); i++)
		if (is_set(names[i]))
			s = getenv(names[i]);
	return s && (strcasestr(s, "UTF-8") || strcasestr(s, "UTF8"));
}

int screen_check(struct error *err)
{
	CLEANUP(close_p) int tty = open("/dev/tty",
		O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (tty < 0)
		return error_set(err, ERROR_USAGE,
			"a secret has to be shown to a person, and there is no "
			"terminal");
	if (!tty_obeys())
		return error_set(err, ERROR_USAGE,
			"a secret has to be shown to a person, and a terminal "
			"of kind '%s' (TERM) cannot take away what it shows",
			is_set("TERM") ? getenv("TERM") : "");
	return 0;
}

/* ---- the picture ---- */

/* The white around it: 4 modules, or 2, with which cameras still find it. */
static int margin(const struct screen *s)
{
	static const int margins[] = { 4, 2 };
	size_t i;

	for (i = 0; s->is_utf8 && s->qr.width && i < ARRAY_LEN(margins); i++) {
		unsigned side = s->qr.width + 2 * (unsigned)margins[i];

		if (side <= s->size.columns &&
			(side + 1) / 2 + LINES_BELOW <= s->size.rows)
			return margins[i];
	}
	return -1;
}

static void screen_put(const struct screen *s, const char *text)
{
	size_t n = strlen(text);
	ssize_t done;

	for (; n > 0; text += done, n -= (size_t)done) {
		done = write(s->tty, text, n);
		if (done <= 0)
			return;
	}
}

/* Two rows in one line of blocks. */
static void put_row(const struct screen *s, int row, int edge)
{
	static const char *const dark_ink[] = { " ", "\342\226\200",
		"\342\226\204", "\342\226\210" }; /* none, upper, lower, full */
	bool dark = s->has_colour || s->is_inverted;
	char line[ROW_MAX];
	int column, n = 0, end = (int)s->qr.width + edge;

	n += snprintf(line, sizeof(line), "%s", s->has_colour ? PAPER : "");
	for (column = -edge; column < end; column++) {
		int upper = qr_is_dark(&s->qr, row, column);
		int lower = qr_is_dark(&s->qr, row + 1, column);
		int cell = upper | lower << 1;

		n += snprintf(line + n, sizeof(line) - (size_t)n, "%s",
			dark_ink[dark ? cell : 3 - cell]);
	}
	snprintf(line + n, sizeof(line) - (size_t)n, "%s\n", s->has_colour ?
		PLAIN : "");
	screen_put(s, line);
	wipe(line, sizeof(line));
}

static void draw_picture(const struct screen *s, int edge)
{
	int row;

	for (row = -edge; row < (int)s->qr.width + edge; row += 2)
		put_row(s, row, edge);
	screen_put(s, "Scan it with the app. s: type the secret instead");
	screen_put(s, s->has_colour ? "\n" : "; i: invert\n");
}

/* ---- the text ---- */

/* In fours, as many of them in a row as there is room for. */
static void put_groups(const struct screen *s, const char *indent)
{
	size_t i, groups = (s->size.columns - strlen(indent)) / 5;
	char four[6];

	if (groups == 0 || groups > s->size.columns)
		groups = 1;
	if (groups > 8)
		groups = 8;
	for (i = 0; i < s->q->text->n; i += 4) {
		if (i / 4 % groups == 0)
			screen_put(s, i ? "\n" : "");
		if (i / 4 % groups == 0)
			screen_put(s, indent);
		snprintf(four, sizeof(four), "%.4s ",
			(const char *)s->q->text->p + i);
		screen_put(s, four);
	}
	screen_put(s, "\n");
	wipe(four, sizeof(four));
}

static void draw_text(const struct screen *s)
{
	char line[400];
	bool has_room = margin(s) >= 0;

	snprintf(line, sizeof(line), "Type this into the app: account %.200s, "
		"time based, key", s->q->name);
	utf8_sanitise(line);
	screen_put(s, line);
	screen_put(s, "\n");
	put_groups(s, "  ");
	if (has_room)
		screen_put(s, "s: show the QR code\n");
	else if (s->qr.width && s->is_utf8) {
		snprintf(line, sizeof(line), "The QR code needs a terminal of "
			"%u columns and %u rows.\n", s->qr.width + 4,
			(s->qr.width + 5) / 2 + LINES_BELOW);
		screen_put(s, line);
	}
}

/* ---- all of it ---- */

int screen_open(struct screen *s, int cancel_fd, struct error *err)
{
	struct error why;
	int r;

	s->has_colour = !is_set("NO_COLOR");
	s->is_utf8 = speaks_utf8();
	r = qr_make(s->q->picture, cancel_fd, &s->qr, &why);
	/* without the picture there is still the text */
	return r == -ERROR_INTERRUPTED ? error_copy(err, &why) : 0;
}

void screen_done(struct screen *s)
{
	qr_done(&s->qr);
}

void screen_enter(struct screen *s, const struct termios *old)
{
	fatal_tty = s->tty;
	fatal_modes = *old;
	catch_fatal(true);
	screen_put(s, ENTER);
	s->is_on = true;
}

void screen_leave(struct screen *s)
{
	if (!s->is_on)
		return;
	screen_put(s, LEAVE);
	s->is_on = false;
	catch_fatal(false);
	fatal_tty = -1;
}

void screen_draw(struct screen *s, const char *remark)
{
	int edge;

	s->size = tty_size(s->tty);
	screen_put(s, CLEAR);
	edge = s->wants_text ? -1 : margin(s);
	if (edge >= 0)
		draw_picture(s, edge);
	else
		draw_text(s);
	if (!remark || !*remark)
		return;
	screen_put(s, remark);
	screen_put(s, ".\n");
}

bool screen_take_key(struct screen *s, char c)
{
	if (c == 's')
		s->wants_text = !s->wants_text;
	else if (c == 'i' && !s->has_colour)
		s->is_inverted = !s->is_inverted;
	else
		return false;
	return true;
}

bool screen_has_changed(const struct screen *s)
{
	struct tty_size now = tty_size(s->tty);

	return now.columns != s->size.columns || now.rows != s->size.rows;
}
