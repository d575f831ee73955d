/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the registry: tokens and what they are bound to. */
#include "bridge/show/rows.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/event/member.h"
#include "bridge/event/ssh-key.h"
#include "bridge/registry/lookup.h"
#include "bridge/run/json.h"
#include "bridge/terminal/table.h"
#include "bridge/terminal/ui.h"
#include "token/attest/verdict.h"

#include <stdio.h>
#include <string.h>

#define COUNT_TEXT_MAX 4096

json_t *show_binding_json(const struct registry_binding *b)
{
	bool logs_in = b->kind == REGISTRY_PAM || b->kind == REGISTRY_SSH;
	char print[SSH_FINGERPRINT_LEN] = "";
	char evidence[HEX_LEN(SHA256_LEN)] = "";

	if (b->has_evidence)
		hex_encode(b->evidence, SHA256_LEN, evidence);
	if (b->ssh_key)
		ssh_key_fingerprint(b->ssh_key, b->ssh_key_n, print, NULL);
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:o}",
		"id", b->id,
		"kind", registry_binding_kind_names[b->kind],
		"method", json_of_text(b->method ==
			REGISTRY_METHOD_NONE ? NULL :
			registry_method_names[b->method]),
		"account", json_of_text(b->account),
		"user", json_of_text(logs_in ? NULL : b->user_name),
		"localUser", json_of_text(logs_in ? b->user_name : NULL),
		"userId", json_of_text(b->user),
		"token", json_of_text(b->token),
		"device", json_of_text(b->device),
		"oathCredential", json_of_text(b->oath_account),
		"since", json_of_time(b->since),
		"removed", json_of_time(b->removed),
		"verifyRequired", json_of_flag(logs_in, b->verify_required),
		"fingerprint", json_of_text(print),
		"basis", json_of_text(b->basis),
		"evidence", json_of_text(evidence));
}

json_t *show_bindings_json(const struct registry_bindings *bindings)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < bindings->n; i++)
		if (!bindings->p[i].removed)
			json_row(&list, show_binding_json(&bindings->p[i]));
	return list;
}

json_t *show_seen_json(const struct registry_token *t)
{
	if (!t->seen)
		return json_null();
	return json_pack("{s:o,s:o}", "time", json_of_time(t->seen), "host",
		json_of_text(t->seen_host));
}

/* Of a token in a safe, else null. */
static json_t *bag_json(const struct registry_token *t)
{
	json_t *custodians = json_array();
	size_t i;

	for (i = 0; i < ARRAY_LEN(t->custodians); i++)
		if (t->custodians[i])
			json_row(&custodians, json_string(t->custodians[i]));
	if (t->bag_state != REGISTRY_BAG_NONE)
		return json_pack("{s:s,s:o,s:o,s:o}",
			"state", registry_bag_names[t->bag_state],
			"number", json_of_text(t->bag),
			"since", json_of_time(t->bag_since),
			"custodians", custodians);
	json_decref(custodians);
	return json_null();
}

/* As the token said it: digits, else it is none of our kind. */
static json_t *serial_json(const char *digits)
{
	uint64_t n = 0;
	bool known = digits && text_parse_u64(digits, UINT32_MAX, &n) == 0;

	return json_of_number(known, n);
}

static json_t *token_json(const struct registry_token *t)
{
	json_t *ids = json_array(), *bindings = json_array();
	const char *serial = registry_token_identifier(t,
		REGISTRY_ID_SERIAL);
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		json_row(&ids, json_pack("{s:s,s:s,s:s}",
			"kind", t->identifiers[i].kind,
			"value", t->identifiers[i].value,
			"basis", registry_basis_names[
				t->identifiers[i].basis]));
	for (i = 0; i < t->bindings.n; i++)
		json_row(&bindings, show_binding_json(&t->bindings.p[i]));
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:i,"
		"s:o,s:o,s:o,s:o}",
		"id", t->id,
		"state", registry_state_names[t->state],
		"since", json_of_time(t->since),
		"holder", json_of_text(t->holder_name),
		"label", json_of_text(t->label),
		"product", json_of_text(t->model),
		"serial", serial_json(serial),
		"aaguid", json_of_text(t->aaguid),
		"firmware", json_of_text(t->firmware),
		"firmwareSigned", t->firmware_signed,
		"identifiers", ids,
		"bindings", bindings,
		"credentialCount", (int)t->credentials_n,
		"seen", show_seen_json(t),
		"bag", bag_json(t),
		"verdict", json_of_text(t->verdict < 0 ? NULL :
			verdict_name((enum verdict)t->verdict)),
		"verdictTime", json_of_time(t->verdict_time));
}

static void print_token(struct table *table, const struct registry_token *t)
{
	char bindings[16], id[9];
	const char *cells[8];

	snprintf(bindings, sizeof(bindings), "%zu",
		registry_bindings_in_force(&t->bindings));
	snprintf(id, sizeof(id), "%.8s", t->id);
	cells[0] = id;
	cells[1] = t->label;
	cells[2] = registry_state_names[t->state];
	cells[3] = t->holder_name;
	cells[4] = registry_token_identifier(t, REGISTRY_ID_SERIAL);
	if (!cells[4])
		cells[4] = registry_token_identifier(t, REGISTRY_ID_TOTP_SERIAL);
	cells[5] = t->model;
	cells[7] = t->verdict >= 0 ?
		verdict_name((enum verdict)t->verdict) : NULL;
	cells[6] = bindings;
	table_row(table, cells);
}

static void print_binding(const struct registry_binding *b)
{
	char print[SSH_FINGERPRINT_LEN];
	const char *what = b->device;

	if (b->ssh_key &&
		ssh_key_fingerprint(b->ssh_key, b->ssh_key_n, print, NULL) == 0)
		what = print;
	ui_line("%s%.8s  %s%s%s: %s in %s, %s%s",
		b->removed ? "removed  " : "", b->token[0] ? b->token : b->id,
		registry_binding_kind_names[b->kind],
		b->method != REGISTRY_METHOD_NONE ? " " : "",
		b->method != REGISTRY_METHOD_NONE ?
			registry_method_names[b->method] : "",
		b->user_name ? b->user_name : "-",
		b->account[0] ? b->account : "this machine",
		what ? what : b->id, b->verify_required ? ", with PIN" : "");
}

/* What the table has no column for. */
static void print_seen(const struct registry_token *t)
{
	char seen[300];

	registry_seen_text(t, seen, sizeof(seen));
	if (seen[0])
		ui_line("%.8s  %s", t->id, seen);
}

static void print_bag(const struct registry_token *t)
{
	const char *first = t->custodians[0], *second = t->custodians[1];

	if (t->bag_state == REGISTRY_BAG_NONE)
		return;
	ui_line("%.8s  %s %s%s%s%s%s", t->id,
		t->bag_state == REGISTRY_BAG_SEALED ? "sealed in bag" :
			"out of bag", t->bag ? t->bag : "-",
		first || second ? ", by " : "", first ? first : "",
		first && second ? " and " : "", second ? second : "");
}

static void print_bindings(const struct registry_tokens *list)
{
	size_t i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->p[i].bindings.n; k++)
			print_binding(&list->p[i].bindings.p[k]);
	if (list->n == 1)
		print_seen(&list->p[0]);
	for (i = 0; i < list->n; i++)
		print_bag(&list->p[i]);
}

static size_t strays(const struct registry_bindings *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += !list->p[i].token[0];
	return n;
}

/* Of keys whose token nobody has seen here, as imported ones are. */
static json_t *strays_json(const struct registry_bindings *list)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!list->p[i].token[0])
			json_row(&rows, show_binding_json(&list->p[i]));
	return rows;
}

int show_rows_json(const struct show_rows *rows, struct error *err)
{
	json_t *tokens = json_array(), *all;
	size_t i;

	for (i = 0; i < rows->tokens->n; i++)
		json_row(&tokens, token_json(&rows->tokens->p[i]));
	all = json_pack("{s:s,s:b,s:o,s:o,s:o}", "station",
		registry_station(rows->reg), "rehearsal",
		registry_is_rehearsal(rows->reg), "at",
		json_of_time(rows->at), "tokens", tokens,
		"bindings", strays_json(rows->bindings));
	if (rows->counts)
		json_member(&all, "counted", json_deep_copy(rows->counts));
	return ui_json(all, err);
}

static const struct table_column row_columns[] = {
	{ "ID", 0 }, { "LABEL", 0 }, { "STATE", 1 }, { "HOLDER", 2 },
	{ "SERIAL", 3 }, { "MODEL", 6 }, { "BINDINGS", 5 }, { "VERDICT", 4 },
};

int show_rows_check_view(const struct table_view *view, struct error *err)
{
	return table_check_view(row_columns, ARRAY_LEN(row_columns), view, err);
}

/* By label, those without one behind; what has the same by its id. */
static int by_label(const void *a, const void *b)
{
	const struct registry_token *const *x = a, *const *y = b;
	const char *left = (*x)->label, *right = (*y)->label;
	int order = !left - !right;

	if (order == 0 && left)
		order = strverscmp(left, right);
	return order ? order : strcmp((*x)->id, (*y)->id);
}

static void print_tokens(const struct registry_tokens *list,
	const struct table_view *view)
{
	struct table *table = table_new(row_columns, ARRAY_LEN(row_columns));
	CLEANUP(free_p) const struct registry_token **sorted = calloc(
		list->n + 1, sizeof(struct registry_token *));
	size_t i;

	for (i = 0; sorted && i < list->n; i++)
		sorted[i] = &list->p[i];
	if (sorted)
		qsort(sorted, list->n, sizeof(struct registry_token *),
			by_label);
	else
		ui_fail();
	for (i = 0; sorted && i < list->n; i++)
		print_token(table, sorted[i]);
	table_print(&table, view);
}

/* When a user's devices were counted last, by whom, and how many. */
static void print_count(const json_t *count)
{
	const json_t *kinds = json_object_get(count, "kinds"), *kind;
	const char *name = event_str(count, "user");
	const char *by = event_str(count, "by");
	int64_t n = event_int(count, "devices", 0);
	CLEANUP(buf_done) struct buf b;
	size_t i;

	buf_init(&b, COUNT_TEXT_MAX);
	json_array_foreach(kinds, i, kind)
		buf_printf(&b, "%s%s", i ? ", " : " (",
			json_string_value(kind));
	if (i)
		buf_put_str(&b, ")");
	ui_line("counted  %s in %s: %lld MFA device%s%s, by `audit --record` at "
		"%s%s%s, event %lld",
		name ? name : event_str(count, "userId"),
		event_str(count, "account"), (long long)n, n == 1 ? "" : "s",
		buf_failed(&b) ? "" : buf_str(&b), event_str(count, "seen"),
		by ? ", as " : "", by ? by : "",
		(long long)event_int(count, "event", 0));
}

static void print_counts(const json_t *counts)
{
	const json_t *count;
	size_t i;

	json_array_foreach(counts, i, count)
		print_count(count);
}

void show_rows_text(const struct show_rows *rows,
	const struct table_view *view)
{
	char when[TEXT_TIME_LEN] = "";
	size_t i;

	if (rows->at)
		text_format_time(rows->at, when);
	if (rows->users[0])
		ui_say("%s.", rows->users);
	if (rows->tokens->n == 0 && strays(rows->bindings) == 0) {
		ui_say("The registry has no %stoken%s%s.", rows->picked ?
			"such " : "", rows->at ? " as of " : "", when);
		print_counts(rows->counts);
		return;
	}
	if (rows->at)
		ui_say("As of %s, with the names of today.", when);
	print_tokens(rows->tokens, view);
	print_bindings(rows->tokens);
	for (i = 0; i < rows->bindings->n; i++)
		if (!rows->bindings->p[i].token[0])
			print_binding(&rows->bindings->p[i]);
	print_counts(rows->counts);
}
