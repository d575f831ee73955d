/* SPDX-License-Identifier: Apache-2.0 */
/* What people see. */
#include "bridge/terminal/ui.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static void say(const char *head, enum ui_style style, const char *fmt,
	va_list ap)
{
	fprintf(stderr, "%s%s", ui_style(stderr, style), head);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "%s\n", ui_style(stderr, UI_PLAIN));
}

void ui_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void ui_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", UI_WARN, fmt, ap);
	va_end(ap);
}

void ui_error(const struct error *e)
{
	fprintf(stderr, "%stokenbridge: %s%s", ui_style(stderr, UI_BAD),
		e->text, ui_style(stderr, UI_PLAIN));
	if (e->foreign[0] && !strstr(e->text, e->foreign))
		fprintf(stderr, " [%s]", e->foreign);
	if (e->request_id[0] && !strstr(e->text, e->request_id))
		fprintf(stderr, " (request id %s)", e->request_id);
	fputc('\n', stderr);
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

struct ui_table {
	size_t columns, rows;
	char **cells; /* owned, rows * columns */
	bool failed;
};

struct ui_table *ui_table_new(const char *const *heads, size_t columns)
{
	struct ui_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->columns = columns;
	ui_table_row(t, heads);
	return t;
}

void ui_table_row(struct ui_table *t, const char *const *cells)
{
	char **grown;
	size_t i;

	if (!t || t->failed)
		return;
	grown = reallocarray(t->cells, (t->rows + 1) * t->columns,
		sizeof(*grown));
	if (!grown) {
		t->failed = true;
		return;
	}
	t->cells = grown;
	for (i = 0; i < t->columns; i++) {
		const char *s = cells[i] && *cells[i] ? cells[i] : "-";

		grown[t->rows * t->columns + i] = strdup(s);
		t->failed |= !grown[t->rows * t->columns + i];
	}
	t->rows++;
}

/* Code points, which is near enough to columns for what we print. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static size_t column_width(const struct ui_table *t, size_t column)
{
	size_t i, w = 0, n;

	for (i = 0; i < t->rows; i++) {
		n = width(t->cells[i * t->columns + column]);
		w = n > w ? n : w;
	}
	return w;
}

static void ui_print_row(const struct ui_table *t, size_t row)
{
	size_t i, pad;

	if (row == 0)
		fputs(ui_style(stdout, UI_BOLD), stdout);
	for (i = 0; i < t->columns; i++) {
		const char *s = t->cells[row * t->columns + i];

		fputs(s, stdout);
		if (i + 1 == t->columns)
			break;
		for (pad = column_width(t, i) - width(s) + 2; pad > 0; pad--)
			fputc(' ', stdout);
	}
	if (row == 0)
		fputs(ui_style(stdout, UI_PLAIN), stdout);
	fputc('\n', stdout);
}

void ui_table_print(struct ui_table **t)
{
	size_t i;

	if (!*t)
		return;
	for (i = 0; !(*t)->failed && i < (*t)->rows; i++)
		ui_print_row(*t, i);
	for (i = 0; i < (*t)->rows * (*t)->columns; i++)
		free((*t)->cells[i]);
	free((*t)->cells);
	free(*t);
	*t = NULL;
}

int ui_json(json_t *object, struct error *err)
{
	json_t *whole = json_pack("{s:i}", "version", 1);
	int r = 0;

	if (!whole || !object || json_object_update(whole, object) < 0)
		r = error_memory(err);
	else if (json_dumpf(whole, stdout, JSON_INDENT(2)) < 0)
		r = error_errno(err, ERROR_FAILED, errno,
			"cannot write to standard output");
	else
		fputc('\n', stdout);
	json_decref(whole);
	json_decref(object);
	return r;
}
