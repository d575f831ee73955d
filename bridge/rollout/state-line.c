/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a rollout's state. */
#include "bridge/rollout/state-line.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/run/json.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 1

static const char *const state_names[ROW_STATES] = {
	[ROW_OPEN] = "open",
	[ROW_BEGUN] = "begun",
	[ROW_DONE] = "done",
	[ROW_SKIPPED] = "skipped",
	[ROW_FAILED] = "failed",
	[ROW_UNDOING] = "undoing",
};

const char *row_state_name(enum row_state s)
{
	return state_names[s];
}

json_t *state_plan_line(const char *id, const char *path, size_t rows,
	const char *digest)
{
	char now[TEXT_TIME_LEN];

	text_format_time(time(NULL), now);
	return json_pack("{s:i,s:s,s:s,s:I,s:s,s:s}", "v", VERSION, "rollout",
		id, "plan", path, "rows", (json_int_t)rows, "digest", digest,
		"time", now);
}

json_t *state_checked_line(time_t when)
{
	char text[TEXT_TIME_LEN];

	text_format_time(when, text);
	return json_pack("{s:i,s:s}", "v", VERSION, "checked", text);
}

json_t *state_row_line(size_t i, const struct row_record *row)
{
	char when[TEXT_TIME_LEN];
	json_t *o;

	text_format_time(row->when, when);
	o = json_pack("{s:i,s:I,s:s,s:s}", "v", VERSION, "row", (json_int_t)i,
		"state", state_names[row->state], "time", when);
	if (row->journal[0])
		json_member(&o, "journal", json_string(row->journal));
	if (row->device[0])
		json_member(&o, "device", json_string(row->device));
	if (row->token[0])
		json_member(&o, "token", json_string(row->token));
	if (row->serial)
		json_member(&o, "serial", json_integer(row->serial));
	if (row->packed)
		json_member(&o, "packed", json_true());
	if (row->pin_owed)
		json_member(&o, "pinOwed", json_true());
	if (row->text[0])
		json_member(&o, "text", json_string(row->text));
	return o;
}

/* ---- reading ---- */

void state_file_done(struct state_file *f)
{
	free(f->plan);
	free(f->rows);
	memset(f, 0, sizeof(*f));
}

static int bad_state(size_t line, const char *why, struct error *err)
{
	return error_set(err, ERROR_CORRUPT, "line %zu: %s", line, why);
}

/* A string into its array; absent is "". */
static bool take_state_text(const json_t *o, const char *name, char *to,
	size_t size)
{
	const json_t *s = json_object_get(o, name);

	*to = '\0';
	if (!s)
		return true;
	if (!json_is_string(s) || json_string_length(s) >= size ||
		!utf8_is_clean(json_string_value(s), json_string_length(s)))
		return false;
	memcpy(to, json_string_value(s), json_string_length(s) + 1);
	return true;
}

static bool take_when(const json_t *o, const char *name, time_t *ret)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s && text_parse_time(s, strlen(s), ret) == 0;
}

static bool take_id(const json_t *o, const char *name, char to[ID_LEN])
{
	return take_state_text(o, name, to, ID_LEN) &&
		(!*to || id_is_valid(to));
}

/* An integer of 0 to max; absent is 0. */
static bool state_take_number(const json_t *o, const char *name, uint64_t max,
	uint64_t *ret)
{
	const json_t *n = json_object_get(o, name);

	*ret = (uint64_t)json_integer_value(n);
	return !n || (json_is_integer(n) && json_integer_value(n) >= 0 &&
		*ret <= max);
}

/* The plan that it is of; again, when rows were appended or it was moved. */
static int take_plan(const json_t *o, struct state_file *f, size_t line,
	struct error *err)
{
	const char *path = json_string_value(json_object_get(o, "plan"));
	char id[ID_LEN];
	struct row_record *grown;
	uint64_t rows;

	if (!take_id(o, "rollout", id) || !*id || !path || path[0] != '/' ||
		!state_take_number(o, "rows", PLAN_ROWS_MAX, &rows) ||
		rows < 1 || rows < f->n ||
		!take_state_text(o, "digest", f->digest, sizeof(f->digest)) ||
		strlen(f->digest) != 64 || (f->n && strcmp(id, f->id) != 0))
		return bad_state(line, "no plan", err);
	grown = reallocarray(f->rows, rows, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	f->rows = grown;
	memset(grown + f->n, 0, (rows - f->n) * sizeof(*grown));
	f->checked = rows > f->n ? 0 : f->checked;
	f->n = rows;
	memcpy(f->id, id, sizeof(id));
	free(f->plan);
	f->plan = strdup(path);
	return f->plan ? 0 : error_memory(err);
}

static int state_of(const json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "state"));
	int i;

	for (i = 0; s && i < ROW_STATES; i++)
		if (strcmp(state_names[i], s) == 0)
			return i;
	return -1;
}

static int take_row(const json_t *o, struct state_file *f, size_t line,
	struct error *err)
{
	struct row_record row = { .state = ROW_OPEN };
	int state = state_of(o);
	uint64_t i, serial;

	if (!state_take_number(o, "row", f->n - 1, &i) || state < 0 ||
		!take_when(o, "time", &row.when) ||
		!take_id(o, "journal", row.journal) ||
		!take_id(o, "token", row.token) ||
		!take_state_text(o, "device", row.device, sizeof(row.device)) ||
		!take_state_text(o, "text", row.text, sizeof(row.text)) ||
		!state_take_number(o, "serial", UINT32_MAX, &serial))
		return bad_state(line, "no row", err);
	row.state = (enum row_state)state;
	row.serial = (uint32_t)serial;
	row.packed = json_is_true(json_object_get(o, "packed"));
	row.pin_owed = json_is_true(json_object_get(o, "pinOwed"));
	f->rows[i] = row;
	f->has_last = true;
	f->last = i;
	return 0;
}

static int take_state_line(const json_t *o, struct state_file *f, size_t line,
	struct error *err)
{
	if (json_integer_value(json_object_get(o, "v")) != VERSION)
		return bad_state(line, "another version", err);
	if (json_object_get(o, "plan"))
		return take_plan(o, f, line, err);
	if (line == 1)
		return bad_state(line, "no plan", err);
	if (json_object_get(o, "row"))
		return take_row(o, f, line, err);
	if (!take_when(o, "checked", &f->checked))
		return bad_state(line, "neither plan nor row", err);
	return 0;
}

int state_parse(const char *p, size_t n, struct state_file *ret,
	struct error *err)
{
	struct state_file f = { .n = 0 };
	const char *end;
	size_t line;
	int r = 0;

	for (line = 1; r == 0 && (end = memchr(p, '\n', n)); line++) {
		json_t *o = json_loadb(p, (size_t)(end - p),
			JSON_REJECT_DUPLICATES, NULL);

		r = json_is_object(o) ? take_state_line(o, &f, line, err) :
			bad_state(line, "not a JSON object", err);
		json_decref(o);
		n -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	if (r == 0 && line == 1)
		r = bad_state(1, "cut off", err);
	if (r < 0)
		state_file_done(&f);
	else
		*ret = f;
	return r;
}
