/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that fit. */
#include "bridge/terminal/table.h"

#include "base/utf8.h"
#include "bridge/terminal/ui.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define GAP 2
#define LAST_MIN 16 /* columns of text that the last one wants */

struct table {
	const struct table_column *columns; /* borrowed */
	size_t n, rows;
	char **cells; /* owned, rows * n */
	bool failed;
};

/* What of it is printed. */
struct layout {
	const struct table *table;
	size_t shown[TABLE_COLUMNS_MAX]; /* columns, in order */
	size_t n;
	size_t widths[TABLE_COLUMNS_MAX]; /* of those */
	size_t room; /* 0: no end */
};

/* ---- what stands in it ---- */

struct table *table_new(const struct table_column *columns, size_t n)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t || n > TABLE_COLUMNS_MAX) {
		free(t);
		return NULL;
	}
	t->columns = columns;
	t->n = n;
	return t;
}

static char *copy_cell(const char *text)
{
	char *s = strdup(text && *text ? text : "-");

	if (s)
		utf8_sanitise(s);
	return s;
}

void table_row(struct table *t, const char *const *cells)
{
	char **grown;
	size_t i;

	if (!t || t->failed)
		return;
	grown = reallocarray(t->cells, (t->rows + 1) * t->n, sizeof(*grown));
	if (!grown) {
		t->failed = true;
		return;
	}
	t->cells = grown;
	for (i = 0; i < t->n; i++) {
		grown[t->rows * t->n + i] = copy_cell(cells[i]);
		t->failed |= !grown[t->rows * t->n + i];
	}
	t->rows++;
}

static void table_free(struct table **t)
{
	size_t i;

	for (i = 0; *t && i < (*t)->rows * (*t)->n; i++)
		free((*t)->cells[i]);
	if (*t)
		free((*t)->cells);
	free(*t);
	*t = NULL;
}

/* Code points, which is near enough to columns for what we print. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t i, n, w = width_of(t->columns[column].head);

	for (i = 0; i < t->rows; i++) {
		n = width_of(t->cells[i * t->n + column]);
		w = n > w ? n : w;
	}
	return w;
}

/* ---- which columns, how wide ---- */

/* The column of these n letters; t->n: none. */
static size_t find_column(const struct table_column *columns, size_t columns_n,
	const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < columns_n; i++)
		if (strlen(columns[i].head) == n &&
			strncasecmp(columns[i].head, name, n) == 0)
			break;
	return i;
}

int table_check_view(const struct table_column *columns, size_t n,
	const struct table_view *view, struct error *err)
{
	char heads[160] = "";
	size_t i, len, used = 0;
	const char *p;

	for (p = view->columns; p && *p; p += len + (p[len] == ',')) {
		len = strcspn(p, ",");
		if (find_column(columns, n, p, len) < n)
			continue;
		for (i = 0; i < n && used < sizeof(heads); i++)
			used += (size_t)snprintf(heads + used,
				sizeof(heads) - used, "%s%s", i ? ", " : "",
				columns[i].head);
		return error_set(err, ERROR_USAGE,
			"--columns: there is no column '%.*s'; there are %s",
			(int)len, p, heads);
	}
	return 0;
}

static void choose_columns(struct layout *l, const char *names)
{
	const struct table *t = l->table;
	const char *p;
	size_t i, len;

	for (i = 0; !names && i < t->n; i++)
		l->shown[l->n++] = i;
	for (p = names; p && *p && l->n < TABLE_COLUMNS_MAX;
		p += len + (p[len] == ',')) {
		len = strcspn(p, ",");
		i = find_column(t->columns, t->n, p, len);
		if (i < t->n)
			l->shown[l->n++] = i;
	}
	for (i = 0; i < l->n; i++)
		l->widths[i] = column_width(t, l->shown[i]);
}

/* What the last column may have beside the others; 0: it has no room. */
static size_t room_for_last(const struct layout *l)
{
	size_t i, used = 0, want = l->widths[l->n - 1];

	for (i = 0; i + 1 < l->n; i++)
		used += l->widths[i] + GAP;
	if (used + want <= l->room)
		return want;
	return used + LAST_MIN <= l->room ? l->room - used : 0;
}

/* Index in l->shown of the one that is missed least; l->n: none. */
static size_t least_wanted(const struct layout *l)
{
	size_t i, least = l->n;
	unsigned rank = 0;

	for (i = 0; i < l->n; i++)
		if (l->table->columns[l->shown[i]].rank > rank) {
			rank = l->table->columns[l->shown[i]].rank;
			least = i;
		}
	return least;
}

static void leave_out(struct layout *l, size_t at)
{
	size_t rest = l->n - at - 1;

	memmove(&l->shown[at], &l->shown[at + 1], rest * sizeof(l->shown[0]));
	memmove(&l->widths[at], &l->widths[at + 1],
		rest * sizeof(l->widths[0]));
	l->n--;
}

/* Says on standard error what is left out. */
static void fit(struct layout *l)
{
	char out[160] = "";
	size_t used = 0, least;

	while (l->room && l->n > 1 && room_for_last(l) == 0 &&
		(least = least_wanted(l)) < l->n) {
		used += (size_t)snprintf(out + used, sizeof(out) - used,
			"%s%s", used ? ", " : "",
			l->table->columns[l->shown[least]].head);
		leave_out(l, least);
		if (used >= sizeof(out))
			break;
	}
	if (out[0])
		ui_say("Left out to fit: %s (--wide shows all).", out);
	if (l->room && l->n > 0 && room_for_last(l) > 0)
		l->widths[l->n - 1] = room_for_last(l);
}

/* ---- printing ---- */

/* Bytes of the first code points of s, `width` of them at most. */
static size_t bytes_of(const char *s, size_t width)
{
	size_t i, seen = 0;

	for (i = 0; s[i]; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && ++seen > width)
			break;
	return i;
}

/* Where a line of the last column ends: behind a word, if there is one. */
static size_t line_end(const char *s, size_t width)
{
	size_t end = bytes_of(s, width), i;

	if (!s[end])
		return end;
	for (i = end; i > 0; i--)
		if (s[i] == ' ')
			return i;
	return end;
}

static void pad(size_t n)
{
	ui_put(UI_PLAIN, "%*s", (int)n, "");
}

/* The last column, over as many lines as it takes. */
static void print_last(const struct layout *l, const char *text,
	enum ui_style style)
{
	size_t i, indent = 0, n;

	for (i = 0; i + 1 < l->n; i++)
		indent += l->widths[i] + GAP;
	for (;;) {
		n = l->room ? line_end(text, l->widths[l->n - 1]) :
			      strlen(text);
		ui_put(style, "%.*s", (int)n, text);
		text += n + (text[n] == ' ');
		if (!*text)
			break;
		ui_end_unbroken();
		pad(indent);
	}
	ui_end_unbroken();
}

static void print_cells(const struct layout *l, const char *const *cells,
	enum ui_style style)
{
	size_t i;

	for (i = 0; i + 1 < l->n; i++) {
		const char *s = cells[l->shown[i]];

		ui_put(style, "%s", s);
		pad(l->widths[i] - width_of(s) + GAP);
	}
	if (l->n > 0)
		print_last(l, cells[l->shown[l->n - 1]], style);
}

static void print_all(const struct layout *l)
{
	const struct table *t = l->table;
	const char *heads[TABLE_COLUMNS_MAX];
	size_t i;

	for (i = 0; i < t->n; i++)
		heads[i] = t->columns[i].head;
	print_cells(l, heads, UI_BOLD);
	for (i = 0; i < t->rows; i++)
		print_cells(l, (const char *const *)t->cells + i * t->n,
			UI_PLAIN);
}

void table_print(struct table **t, const struct table_view *view)
{
	struct layout l = { .table = *t };

	if (!*t || (*t)->failed) {
		ui_fail();
		table_free(t);
		return;
	}
	choose_columns(&l, view ? view->columns : NULL);
	l.room = view && view->wide ? 0 : ui_width(stdout);
	fit(&l);
	print_all(&l);
	table_free(t);
}
