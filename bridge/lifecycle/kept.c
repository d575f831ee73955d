/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a list that others kept. */
#include "bridge/lifecycle/kept.h"

#include "base/text.h"
#include "bridge/run/json.h"
#include "bridge/verify/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_LEN 16

struct keeping {
	const struct kept_request *q;
	struct intake_list list;
	bool *present; /* of each row; owned */
	struct event_actor actor;
	struct kept *ret;
};

static void keeping_done(struct keeping *k)
{
	intake_list_done(&k->list);
	free(k->present);
}

static void serial_digits(const struct intake_row *row, char ret[DIGITS_LEN])
{
	snprintf(ret, DIGITS_LEN, "%u", row->serial);
}

/* ---- what the registry says ---- */

static int differs(const struct keeping *k, const struct intake_row *row,
	const char *what, const char *listed, const char *known,
	struct error *err)
{
	return error_set(err, ERROR_CONFLICT,
		"'%s', line %zu: the list says the %s '%s' of serial %u, the "
		"registry says %s%s%s: nothing was imported", k->q->path,
		row->line, what, listed, row->serial, known ? "'" : "",
		known ? known : "none", known ? "'" : "");
}

static bool is_other(const char *listed, const char *known)
{
	return listed && (!known || strcmp(listed, known) != 0);
}

static int check_known(const struct keeping *k, const struct intake_row *row,
	const struct registry_token *t, struct error *err)
{
	if (is_other(row->label, t->label))
		return differs(k, row, "label", row->label, t->label, err);
	if (is_other(row->holder, t->holder_name))
		return differs(k, row, "holder", row->holder, t->holder_name,
			err);
	return 0;
}

/* Retired ones do not count: their number may come again by a reset. */
static int check_serial(struct keeping *k, size_t at, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	const struct intake_row *row = &k->list.p[at];
	char digits[DIGITS_LEN];
	size_t i;
	int r;

	serial_digits(row, digits);
	r = registry_tokens_by_identifier(k->q->reg, REGISTRY_ID_SERIAL, digits,
		&list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		if (list.p[i].state == REGISTRY_RETIRED)
			continue;
		k->present[at] = true;
		r = check_known(k, row, &list.p[i], err);
	}
	return r;
}

static int check_label(const struct keeping *k, const struct intake_row *row,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	int r = row->label ? registry_tokens_by_label(k->q->reg, row->label,
		&list, err) : 0;

	if (r < 0 || list.n == 0)
		return r;
	return error_set(err, ERROR_CONFLICT,
		"'%s', line %zu: the label '%s' is that of token %.8s already: "
		"nothing was imported", k->q->path, row->line, row->label,
		list.p[0].id);
}

static int check_rows(struct keeping *k, struct error *err)
{
	size_t i;
	int r = 0;

	k->present = calloc(k->list.n, sizeof(*k->present));
	if (!k->present)
		return error_memory(err);
	for (i = 0; r == 0 && i < k->list.n; i++) {
		r = check_serial(k, i, err);
		if (r == 0 && !k->present[i])
			r = check_label(k, &k->list.p[i], err);
		k->ret->present += k->present[i];
	}
	return r;
}

/* ---- the record ---- */

static json_t *identifier(const char *kind, const char *value)
{
	return json_pack("{s:s,s:s,s:s}", "kind", kind, "value", value,
		"basis", registry_basis_names[REGISTRY_SELF_REPORTED]);
}

static json_t *row_body(const struct intake_row *row, const char *token)
{
	json_t *list = json_array(), *body;
	char digits[DIGITS_LEN];

	serial_digits(row, digits);
	json_row(&list, identifier(REGISTRY_ID_SERIAL, digits));
	if (row->lot)
		json_row(&list, identifier(REGISTRY_ID_LOT, row->lot));
	body = json_pack("{s:s,s:s,s:o}", "token", token, "state",
		registry_state_names[REGISTRY_STOCK], "identifiers", list);
	if (body && row->product)
		json_member(&body, "model", json_string(row->product));
	return body;
}

static int record_row(struct keeping *k, const struct intake_row *row,
	struct error *err)
{
	char journal[ID_LEN];
	struct record record = {
		.reg = k->q->reg,
		.journal = journal,
		.actor = k->actor,
		.holder = { row->holder, REGISTRY_PERSON },
	};
	int r;

	r = id_new(journal, err);
	if (r == 0)
		r = id_new(record.token, err);
	if (r == 0 && row->label)
		r = registry_name_set(k->q->reg, "label", record.token,
			row->label, err);
	if (r == 0)
		r = record_event(&record, EVENT_TOKEN_ADDED, RECORD_TOKEN,
			row_body(row, record.token), err);
	if (r == 0 && row->holder)
		r = record_assigned(&record, err);
	if (r == 0)
		k->ret->head = record.head;
	return r;
}

/* The whole list: others see what was checked here, or all of it. */
static int record_rows(void *data, struct error *err)
{
	struct keeping *k = data;
	size_t i;
	int r = check_rows(k, err);

	for (i = 0; r == 0 && i < k->list.n; i++)
		if (!k->present[i])
			r = record_row(k, &k->list.p[i], err);
	return r;
}

int lifecycle_keep(const struct run *run, const struct kept_request *q,
	struct kept *ret, struct error *err)
{
	CLEANUP(keeping_done) struct keeping k = { .q = q, .ret = ret };
	int r;

	r = registry_head(q->reg, &ret->head, err);
	if (r == 0)
		r = intake_list_read(q->path, INTAKE_KEPT, &k.list, err);
	if (r == 0 && k.list.ignored[0])
		run_say(run, "Columns that are not read: %s", k.list.ignored);
	if (r == 0 && !q->only_look)
		r = registry_actor(q->reg, NULL, run->ticket, &k.actor, err);
	if (r == 0)
		r = q->only_look ? check_rows(&k, err) :
			registry_together(q->reg, record_rows, &k, err);
	if (r == 0)
		ret->added = k.list.n - ret->present;
	return r;
}
