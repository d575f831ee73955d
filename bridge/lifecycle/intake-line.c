/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a session of receiving. */
#include "bridge/lifecycle/intake-line.h"

#include "base/text.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const outcome_names[INTAKE_COUNT] = {
	"taken", "again", "not-on-list", "wrong-model", "refused", "failed",
};

static json_t *whole(bool changed, const char *name, json_t *o)
{
	return json_pack("{s:i,s:b,s:o}", "version", 1, "changed", changed,
		name, o);
}

static json_t *row_json(const struct intake_row *row)
{
	return json_pack("{s:i,s:o,s:o,s:o,s:o}",
		"line", (int)row->line,
		"serial", json_of_number(row->has_serial, row->serial),
		"label", json_of_text(row->label),
		"product", json_of_text(row->product),
		"lot", json_of_text(row->lot));
}

static void serial_text(bool has, uint32_t serial, char ret[16])
{
	if (has)
		snprintf(ret, 16, "%u", serial);
	else
		snprintf(ret, 16, "-");
}

json_t *intake_key_json(const struct intake_key *k)
{
	return whole(k->result == INTAKE_TAKEN, "key", json_pack(
		"{s:s,s:o,s:o,s:o,s:o,s:o}",
		"result", outcome_names[k->result],
		"serial", json_of_number(k->has_serial, k->serial),
		"row", k->row ? row_json(k->row) : json_null(),
		"token", json_of_text(k->id),
		"verdict", json_of_text(k->verdict),
		"text", json_of_text(k->text)));
}

char *intake_key_text(const struct intake_key *k)
{
	char serial[16];

	serial_text(k->has_serial, k->serial, serial);
	return text_format("%-11s  %-10s  %s%s%.8s%s%s",
		outcome_names[k->result], serial,
		k->row && k->row->label ? k->row->label : "-",
		k->id[0] ? "  token " : "", k->id, k->text[0] ? "  " : "",
		k->text);
}

static json_t *missing_json(const struct intake *x)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < x->list->n; i++)
		if (!x->done[i])
			json_row(&list, row_json(&x->list->p[i]));
	return list;
}

json_t *intake_summary_json(const struct intake *x)
{
	char head[REGISTRY_HEAD_LEN] = "";
	json_t *counts = json_object();
	size_t i;

	if (x->has_head)
		registry_head_format(&x->head, head);
	for (i = 0; i < INTAKE_COUNT; i++)
		json_member(&counts, outcome_names[i],
			json_integer((json_int_t)x->counts[i]));
	return whole(x->counts[INTAKE_TAKEN] > 0, "summary", json_pack(
		"{s:i,s:i,s:o,s:o,s:o}",
		"rows", (int)x->list->n,
		"before", (int)x->before,
		"counts", counts,
		"missing", missing_json(x),
		"head", json_of_text(head)));
}

char *intake_summary_text(const struct intake *x)
{
	char *text = NULL, serial[16];
	size_t i, n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	for (i = 0; i < x->list->n; i++) {
		const struct intake_row *row = &x->list->p[i];

		if (x->done[i])
			continue;
		serial_text(row->has_serial, row->serial, serial);
		fprintf(f, "%-11s  %-10s  %s  line %zu\n", "missing", serial,
			row->label ? row->label : "-", row->line);
	}
	fprintf(f, "%zu of %zu: %zu taken now, %zu before, %zu missing",
		x->list->n - x->left, x->list->n, x->counts[INTAKE_TAKEN],
		x->before, x->left);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
