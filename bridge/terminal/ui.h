/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people see. Data goes to standard output, words for people to standard
 * error, both through here and nowhere else: what tokens, AWS, files and the
 * registry say is made clean on its way (base/utf8.h), one line at a time, so
 * that none of it is an order to a terminal or a line of its own.
 */
#ifndef BRIDGE_TERMINAL_UI_H
#define BRIDGE_TERMINAL_UI_H

#include "base/buf.h"
#include "base/secret.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

/* Whether more is said: hashes, heads. Off at first. */
void ui_be_verbose(bool on);
bool ui_is_verbose(void);

/* Columns of the terminal behind f; 0: it is none, or does not say. */
size_t ui_width(FILE *f);

/* Appends a line of a result to b, clean, as the lines that it takes on the
 * terminal behind standard output. */
void ui_break(struct buf *b, const char *line);

/*
 * A line for people on standard error. What is not clean becomes '?'. On a
 * terminal a long line is broken as wrap.h says, here as below.
 */
void ui_say(const char *fmt, ...) PRINTF(1, 2);
/*
 * The same, broken into lines of at most 80 columns on no terminal too; the
 * later ones begin with so many blanks.
 */
void ui_say_wrapped(size_t indent, const char *text);
/* A line whose place the next one takes, on a terminal that can. */
void ui_progress(const char *text);
/* The same, and nothing at all where no terminal can take it away again. */
void ui_waits(const char *text);
/* Leaves the line of progress, before something else is written there. */
void ui_end_progress(void);
/* The same as a warning. */
void ui_warn(const char *fmt, ...) PRINTF(1, 2);
/* "tokenbridge: TEXT", with AWS's code and request id where there are any. */
void ui_error(const struct error *e);

enum ui_style {
	UI_PLAIN,
	UI_BOLD,
	UI_GOOD, /* green */
	UI_WARN, /* yellow */
	UI_BAD,  /* red */
	UI_DIM,
};

/*
 * Escape sequence for f, "" where f is no terminal, NO_COLOR is set or
 * tty_obeys() says no. ui_style(f, UI_PLAIN) ends a style.
 */
const char *ui_style(FILE *f, enum ui_style style);

/*
 * A piece of a line on standard output, made clean, a newline in it too; and
 * the end of the line.
 */
void ui_put(enum ui_style style, const char *fmt, ...) PRINTF(2, 3);
void ui_putv(enum ui_style style, const char *fmt, va_list ap) PRINTF(2, 0);
void ui_end(void);
/* The same of a line that stays whole, as that of a table is. */
void ui_end_unbroken(void);
/* Both, in no style. */
void ui_line(const char *fmt, ...) PRINTF(1, 2);
/* Whether something was lost for want of memory: the output is not whole. */
bool ui_has_failed(void);
/* Something was lost: for who has no memory to print with. */
void ui_fail(void);

/*
 * One object {"version": 1, NAME: value, ...} on standard output. Takes the
 * object over; "version" is put in front. Characters that are not clean are
 * written as \uXXXX, which is the same to who parses it.
 */
int ui_json(json_t *object, struct error *err);
/* The same for a part of one, with jansson's flags and without a newline; takes
 * it over. "null", and ui_has_failed(), without memory. */
void ui_put_json(json_t *part, size_t flags);
/* The same on another stream. */
void ui_put_json_to(FILE *f, json_t *part, size_t flags);
/* JSON that stands somewhere as bytes: as they are, but not on a terminal. */
void ui_put_json_bytes(const void *p, size_t n);

/*
 * Asks on the terminal (/dev/tty) without echo, a line of at most 255 bytes.
 * The echo comes back whatever happens. ERROR_PIN where there is no terminal,
 * ERROR_INTERRUPTED when cancel_fd becomes readable.
 */
int ui_ask_secret(const char *prompt, int cancel_fd, struct secret *ret,
	struct error *err);
/*
 * Shows a secret on the terminal (/dev/tty), never on standard output, on the
 * screen that programs have for themselves, until a key is pressed. It is gone
 * from there then, and on every signal that can be caught. ERROR_PIN where
 * there is no terminal, ERROR_INTERRUPTED when cancel_fd becomes readable.
 */
int ui_show_secret(const char *title, const struct secret *secret,
	int cancel_fd, struct error *err);
/*
 * Asks on the terminal, echoed; *ret is the line. ERROR_PIN where there is no
 * terminal, ERROR_FAILED where the answer is its end (Ctrl-D), ERROR_USAGE where
 * the line has no room.
 */
int ui_ask_text(const char *prompt, int cancel_fd, char *ret, size_t size,
	struct error *err);
/*
 * The terminal for lines that a person may type at any time, without waiting;
 * -1: there is none. The caller closes it.
 */
int ui_open_terminal(void);
/* A yes-or-no question on the terminal; no terminal or anything but y is no. */
int ui_confirm(const char *question, int cancel_fd, bool *ret_yes,
	struct error *err);

#endif
