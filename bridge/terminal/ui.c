/* SPDX-License-Identifier: Apache-2.0 */
/* What people see. */
#include "bridge/terminal/ui.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "bridge/terminal/screen/tty.h"
#include "bridge/terminal/wrap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE 1024 /* most lines are shorter */
#define SAY_WIDTH 80 /* columns of words that are always broken into lines */
#define WIDTH_MIN 20 /* a terminal that is narrower wraps by itself */
#define LINE_MAX_BYTES (1U << 20)

/* Set once: part of the output is missing. */
static bool has_failed;
static bool is_verbose;
/* A line of progress stands there, without its end. */
static bool is_progress;
/* Of a line on a terminal, until its end is known. */
static struct buf pending = { .max = LINE_MAX_BYTES };

void ui_be_verbose(bool on)
{
	is_verbose = on;
}

bool ui_is_verbose(void)
{
	return is_verbose;
}

bool ui_has_failed(void)
{
	return has_failed;
}

void ui_fail(void)
{
	has_failed = true;
}

/* Formats into `line`, or into memory of its own where that is too small, and
 * makes it clean. *ret_owned is to be freed. */
static const char *clean_line(char line[LINE], char **ret_owned,
	const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(line, LINE, fmt, ap);
	*ret_owned = NULL;
	if (n >= LINE && vasprintf(ret_owned, fmt, again) < 0) {
		*ret_owned = NULL;
		has_failed = true;
	}
	va_end(again);
	utf8_sanitise(*ret_owned ? *ret_owned : line);
	return *ret_owned ? *ret_owned : line;
}

size_t ui_width(FILE *f)
{
	struct winsize size;

	if (!isatty(fileno(f)) || ioctl(fileno(f), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

void ui_end_progress(void)
{
	if (is_progress)
		fputs("\r\033[K", stderr);
	is_progress = false;
}

/* A line, or the lines that it takes on a terminal. */
static void break_line(struct buf *b, const char *text, size_t width,
	size_t indent)
{
	wrap_put(b, text, width < WIDTH_MIN ? 0 : width, indent);
}

static void print_line(FILE *f, const char *text, size_t width, size_t indent)
{
	CLEANUP(buf_done) struct buf b;

	ui_end_progress();
	buf_init(&b, LINE_MAX_BYTES);
	break_line(&b, text, width, indent);
	has_failed |= buf_failed(&b);
	fputs(buf_str(&b), f);
}

static size_t output_width(void)
{
	static bool is_known;
	static size_t width;

	if (!is_known)
		width = ui_width(stdout);
	is_known = true;
	return width;
}

static void put_text(const char *text)
{
	if (output_width() > 0)
		buf_put_str(&pending, text);
	else
		fputs(text, stdout);
}

void ui_putv(enum ui_style style, const char *fmt, va_list ap)
{
	CLEANUP(free_p) char *owned = NULL;
	char line[LINE];
	const char *text = clean_line(line, &owned, fmt, ap);
	const char *on = style == UI_PLAIN ? "" : ui_style(stdout, style);

	put_text(on);
	put_text(text);
	if (*on)
		put_text(ui_style(stdout, UI_PLAIN));
}

void ui_put(enum ui_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_putv(style, fmt, ap);
	va_end(ap);
}

static void end_line(size_t width)
{
	const char *text = buf_str(&pending);

	print_line(stdout, text, width, wrap_indent(text, width));
	has_failed |= buf_failed(&pending);
	buf_reset(&pending);
}

void ui_end(void)
{
	end_line(output_width());
}

void ui_break(struct buf *b, const char *line)
{
	CLEANUP(free_p) char *clean = strdup(line);
	size_t width = output_width();

	has_failed |= !clean;
	if (!clean)
		return;
	utf8_sanitise(clean);
	break_line(b, clean, width, wrap_indent(clean, width));
}

void ui_end_unbroken(void)
{
	end_line(0);
}

void ui_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_putv(UI_PLAIN, fmt, ap);
	va_end(ap);
	ui_end();
}

/* ---- progress ---- */

static bool can_redraw(void)
{
	return isatty(STDERR_FILENO) && tty_obeys();
}

/* What has no room in one row would leave rows behind. */
void ui_progress(const char *text)
{
	CLEANUP(free_p) char *line = strdup(text);
	size_t width = ui_width(stderr);

	has_failed |= !line;
	if (!line)
		return;
	utf8_sanitise(line);
	if (!can_redraw() || strlen(line) >= width) {
		ui_say("%s", line);
		return;
	}
	fprintf(stderr, "\r%s\033[K", line);
	is_progress = true;
}

void ui_waits(const char *text)
{
	if (can_redraw())
		ui_progress(text);
}

/* ---- words for people ---- */

/* One write, as far as stdio can: lines of several programs stay whole. */
static void say_line(enum ui_style style, const char *head, const char *fmt,
	va_list ap)
{
	CLEANUP(free_p) char *owned = NULL;
	CLEANUP(free_p) char *whole = NULL;
	char line[LINE];
	const char *text = clean_line(line, &owned, fmt, ap);
	size_t width = ui_width(stderr);

	whole = text_format("%s%s%s%s",
		style == UI_PLAIN ? "" : ui_style(stderr, style), head, text,
		style == UI_PLAIN ? "" : ui_style(stderr, UI_PLAIN));
	if (whole)
		text = whole;
	else
		has_failed = true;
	print_line(stderr, text, width, wrap_indent(text, width));
}

void ui_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(UI_PLAIN, "", fmt, ap);
	va_end(ap);
}

void ui_say_wrapped(size_t indent, const char *text)
{
	CLEANUP(free_p) char *line = strdup(text);
	size_t width = ui_width(stderr);

	has_failed |= !line;
	if (!line)
		return;
	utf8_sanitise(line);
	print_line(stderr, line, width >= WIDTH_MIN && width < SAY_WIDTH ?
		width : SAY_WIDTH, indent);
}

void ui_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(UI_WARN, "warning: ", fmt, ap);
	va_end(ap);
}

static void say_error(const char *fmt, ...) PRINTF(1, 2);
static void say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(UI_BAD, "tokenbridge: ", fmt, ap);
	va_end(ap);
}

void ui_error(const struct error *e)
{
	bool code = e->foreign[0] && !strstr(e->text, e->foreign);
	bool id = e->request_id[0] && !strstr(e->text, e->request_id);

	say_error("%s%s%s%s%s%s%s", e->text, code ? " [" : "",
		code ? e->foreign : "", code ? "]" : "",
		id ? " (request id " : "", id ? e->request_id : "",
		id ? ")" : "");
}

const char *ui_style(FILE *f, enum ui_style style)
{
	static const char *const escapes[] = {
		[UI_PLAIN] = "\033[0m",
		[UI_BOLD] = "\033[1m",
		[UI_GOOD] = "\033[32m",
		[UI_WARN] = "\033[33m",
		[UI_BAD] = "\033[31m",
		[UI_DIM] = "\033[2m",
	};
	const char *no = getenv("NO_COLOR");

	if (!isatty(fileno(f)) || (no && *no) || !tty_obeys())
		return "";
	return escapes[style];
}

/* A character that a JSON string may have, and a terminal may not. */
static void put_escaped(FILE *f, uint32_t cp)
{
	if (cp >= 0x10000) {
		cp -= 0x10000;
		fprintf(f, "\\u%04x\\u%04x", 0xd800 | cp >> 10,
			0xdc00 | (cp & 0x3ff));
	} else {
		fprintf(f, "\\u%04x", cp);
	}
}

static bool is_plain(char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\n';
}

static void put_clean_json(FILE *f, const char *text, size_t n)
{
	const char *p, *from = text, *end = text + n;
	uint32_t cp;
	size_t len;

	for (p = text; p < end; p += len) {
		len = 1;
		if (is_plain(*p))
			continue;
		len = utf8_next(p, (size_t)(end - p), &cp);
		if (len > 0 && utf8_is_clean(p, len))
			continue;
		fwrite(from, 1, (size_t)(p - from), f);
		put_escaped(f, len > 0 ? cp : 0xfffd);
		len = len > 0 ? len : 1;
		from = p + len;
	}
	fwrite(from, 1, (size_t)(end - from), f);
}

/* What was put so far, as the rest of the line is no words. */
static void flush_pending(void)
{
	fputs(buf_str(&pending), stdout);
	has_failed |= buf_failed(&pending);
	buf_reset(&pending);
}

void ui_put_json_bytes(const void *p, size_t n)
{
	flush_pending();
	if (isatty(STDOUT_FILENO))
		put_clean_json(stdout, p, n);
	else
		fwrite(p, 1, n, stdout);
}

void ui_put_json_to(FILE *f, json_t *part, size_t flags)
{
	CLEANUP(free_p) char *text = part ? json_dumps(part, flags) : NULL;

	has_failed |= !text;
	if (text)
		put_clean_json(f, text, strlen(text));
	else
		fputs("null", f);
	json_decref(part);
}

void ui_put_json(json_t *part, size_t flags)
{
	flush_pending();
	ui_put_json_to(stdout, part, flags);
}

int ui_json(json_t *object, struct error *err)
{
	json_t *whole = json_pack("{s:i}", "version", 1);
	bool good = whole && object && json_object_update(whole, object) == 0;

	json_decref(object);
	if (!good) {
		json_decref(whole);
		return error_memory(err);
	}
	ui_put_json(whole, JSON_INDENT(2));
	ui_end();
	return 0;
}
