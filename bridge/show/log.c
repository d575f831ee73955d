/* SPDX-License-Identifier: Apache-2.0 */
/* The log. */
#include "bridge/show/log.h"

#include "bridge/event/member.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

enum column {
	COLUMN_SEQ,
	COLUMN_TIME,
	COLUMN_TOKEN,
	COLUMN_TYPE,
	COLUMN_HOLDER,
	COLUMN_STATE,
	COLUMN_BY,
	COLUMN_HOST,
	COLUMN_CALLER,
	COLUMN_REQUEST,
	COLUMN_WHAT,
	COLUMN_COUNT,
};

static const struct table_column log_columns[COLUMN_COUNT] = {
	[COLUMN_SEQ] = { "SEQ", 5 },
	[COLUMN_TIME] = { "TIME", 0 },
	[COLUMN_TOKEN] = { "TOKEN", 0 },
	[COLUMN_TYPE] = { "TYPE", 6 },
	[COLUMN_HOLDER] = { "HOLDER", 2 },
	[COLUMN_STATE] = { "STATE", 3 },
	[COLUMN_BY] = { "BY", 1 },
	[COLUMN_HOST] = { "HOST", 4 },
	[COLUMN_CALLER] = { "CALLER", 7 },
	[COLUMN_REQUEST] = { "REQUEST", 8 },
	[COLUMN_WHAT] = { "WHAT", 0 },
};

int show_log_check_view(const struct table_view *view, struct error *err)
{
	return table_check_view(log_columns, COLUMN_COUNT, view, err);
}

/* Label, else serial number, else the first digits of the id. */
static const char *token_cell(const json_t *entry, char *text, size_t size)
{
	const char *id = event_str(entry, "token");
	const char *label = event_str(entry, "label");
	int64_t serial = event_int(entry, "serial", -1);

	if (label || !id)
		return label;
	if (serial >= 0)
		snprintf(text, size, "%lld", (long long)serial);
	else
		snprintf(text, size, "%.8s", id);
	return text;
}

static const char *state_cell(const json_t *entry, char *text, size_t size)
{
	const char *from = event_str(entry, "from");
	const char *to = event_str(entry, "to");

	if (!from || !to)
		return to;
	snprintf(text, size, "%s -> %s", from, to);
	return text;
}

static const char *by_cell(const json_t *entry, char *text, size_t size)
{
	const char *name = event_str(entry, "operator");

	if (name)
		return name;
	snprintf(text, size, "uid %lld", (long long)event_int(entry, "uid", 0));
	return text;
}

static void print_entry(struct table *table, const json_t *entry)
{
	char seq[24], token[24], state[64], by[24];
	const char *cells[COLUMN_COUNT];

	snprintf(seq, sizeof(seq), "%lld",
		(long long)event_int(entry, "seq", 0));
	cells[COLUMN_SEQ] = seq;
	cells[COLUMN_TIME] = event_str(entry, "time");
	cells[COLUMN_TOKEN] = token_cell(entry, token, sizeof(token));
	cells[COLUMN_TYPE] = event_str(entry, "type");
	cells[COLUMN_HOLDER] = event_str(entry, "holder");
	cells[COLUMN_STATE] = state_cell(entry, state, sizeof(state));
	cells[COLUMN_BY] = by_cell(entry, by, sizeof(by));
	cells[COLUMN_HOST] = event_str(entry, "host");
	cells[COLUMN_CALLER] = event_str(entry, "caller");
	cells[COLUMN_REQUEST] = event_str(entry, "requestId");
	cells[COLUMN_WHAT] = event_str(entry, "text");
	table_row(table, cells);
}

void show_log_text(const json_t *entries, const struct table_view *view)
{
	struct table *table = table_new(log_columns, COLUMN_COUNT);
	struct table_view brief = *view;
	size_t i;

	if (!brief.wide && !brief.columns)
		brief.columns = "TIME,TOKEN,BY,WHAT";
	for (i = 0; i < json_array_size(entries); i++)
		print_entry(table, json_array_get(entries, i));
	table_print(&table, &brief);
}

int show_log_json(json_t *entries, const struct registry_head *head,
	struct error *err)
{
	char text[REGISTRY_HEAD_LEN];

	registry_head_format(head, text);
	return ui_json(json_pack("{s:s,s:o}", "head", text, "events", entries),
		err);
}
