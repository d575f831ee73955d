/* SPDX-License-Identifier: Apache-2.0 */
/* What people see. */
#include "bridge/terminal/ui.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE 1024 /* most lines are shorter */
#define SAY_WIDTH 80 /* columns of words that are broken into lines */

/* Set once: part of the output is missing. */
static bool has_failed;
static bool is_verbose;

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

void ui_putv(enum ui_style style, const char *fmt, va_list ap)
{
	CLEANUP(free_p) char *owned = NULL;
	char line[LINE];
	const char *text = clean_line(line, &owned, fmt, ap);
	const char *on = style == UI_PLAIN ? "" : ui_style(stdout, style);

	fputs(on, stdout);
	fputs(text, stdout);
	if (*on)
		fputs(ui_style(stdout, UI_PLAIN), stdout);
}

void ui_put(enum ui_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_putv(style, fmt, ap);
	va_end(ap);
}

void ui_end(void)
{
	fputc('\n', stdout);
}

void ui_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_putv(UI_PLAIN, fmt, ap);
	va_end(ap);
	ui_end();
}

/* One write, as far as stdio can: lines of several programs stay whole. */
static void say_line(enum ui_style style, const char *head, const char *fmt,
	va_list ap)
{
	CLEANUP(free_p) char *owned = NULL;
	char line[LINE];
	const char *text = clean_line(line, &owned, fmt, ap);

	fprintf(stderr, "%s%s%s%s\n",
		style == UI_PLAIN ? "" : ui_style(stderr, style), head, text,
		style == UI_PLAIN ? "" : ui_style(stderr, UI_PLAIN));
}

void ui_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(UI_PLAIN, "", fmt, ap);
	va_end(ap);
}

/* Bytes of the first words of s that fit in `width` columns, at least one. */
static size_t words_that_fit(const char *s, size_t width)
{
	size_t i, columns = 0, end = 0;

	for (i = 0; s[i]; i++) {
		if (s[i] == ' ')
			end = i;
		columns += ((unsigned char)s[i] & 0xc0) != 0x80;
		if (columns > width && end > 0)
			return end;
	}
	return i;
}

void ui_say_wrapped(size_t indent, const char *text)
{
	size_t n, before = 0;

	do {
		/* blanks in front are no place to break */
		size_t lead = before ? 0 : strspn(text, " ");

		n = lead + words_that_fit(text + lead, SAY_WIDTH - before -
			lead);
		ui_say("%*s%.*s", (int)before, "", (int)n, text);
		text += n + (text[n] == ' ');
		before = indent;
	} while (*text);
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
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!isatty(fileno(f)) || (no && *no) || !term ||
		strcmp(term, "dumb") == 0)
		return "";
	return escapes[style];
}

/* A character that a JSON string may have, and a terminal may not. */
static void put_escaped(uint32_t cp)
{
	if (cp >= 0x10000) {
		cp -= 0x10000;
		printf("\\u%04x\\u%04x", 0xd800 | cp >> 10,
			0xdc00 | (cp & 0x3ff));
	} else {
		printf("\\u%04x", cp);
	}
}

static bool is_plain(char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\n';
}

static void put_clean_json(const char *text, size_t n)
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
		fwrite(from, 1, (size_t)(p - from), stdout);
		put_escaped(len > 0 ? cp : 0xfffd);
		len = len > 0 ? len : 1;
		from = p + len;
	}
	fwrite(from, 1, (size_t)(end - from), stdout);
}

void ui_put_json_bytes(const void *p, size_t n)
{
	if (isatty(STDOUT_FILENO))
		put_clean_json(p, n);
	else
		fwrite(p, 1, n, stdout);
}

void ui_put_json(json_t *part, size_t flags)
{
	CLEANUP(free_p) char *text = part ? json_dumps(part, flags) : NULL;

	has_failed |= !text;
	if (text)
		put_clean_json(text, strlen(text));
	else
		fputs("null", stdout);
	json_decref(part);
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
