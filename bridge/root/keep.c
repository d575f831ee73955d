/* SPDX-License-Identifier: Apache-2.0 */
/* Writing root's keys into the registry. */
#include "bridge/root/keep.h"

#include "base/encode.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct record record_of(const struct root_request *q,
	const char *journal)
{
	return (struct record){
		.reg = q->reg,
		.journal = journal,
		.actor = q->actor,
		.holder = { q->place, REGISTRY_PLACE },
		.label = q->label,
	};
}

int keep_row(const struct root_request *q, const char *token,
	struct registry_token *ret, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_by_id(q->reg, token, &list, err);

	if (r == 0 && list.n != 1)
		r = error_set(err, ERROR_CORRUPT,
			"the registry has lost the token %.8s", token);
	if (r == 0) {
		*ret = list.p[0];
		memset(&list.p[0], 0, sizeof(list.p[0]));
	}
	registry_tokens_done(&list);
	return r;
}

static int name_kept_token(const struct root_request *q, struct root_progress *p,
	struct error *err)
{
	struct registry_token row = { .label = NULL };
	int r = keep_row(q, p->token, &row, err);

	if (r == 0)
		registry_token_name(&row, p->token_name);
	registry_token_done(&row);
	return r;
}

int keep_token(const struct root_request *q, const struct verification *v,
	struct root_progress *p, struct error *err)
{
	struct record record = record_of(q, p->journal);
	int r = record_verification(&record, v, err);

	memcpy(p->token, record.token, sizeof(p->token));
	return r < 0 ? r : name_kept_token(q, p, err);
}

/* A row for what shows nothing but a number on its back. */
static int add_serial(const struct root_request *q, struct record *record,
	const char *serial, struct error *err)
{
	json_t *body;
	int r = id_new(record->token, err);

	if (r == 0 && q->label)
		r = registry_name_set(q->reg, "label", record->token, q->label,
			err);
	if (r < 0)
		return r;
	body = json_pack("{s:s,s:s,s:[{s:s,s:s,s:s}]}", "token", record->token,
		"state", registry_state_names[REGISTRY_STOCK], "identifiers",
		"kind", REGISTRY_ID_TOTP_SERIAL, "value", serial, "basis",
		registry_basis_names[REGISTRY_SELF_REPORTED]);
	return record_event(record, EVENT_TOKEN_ADDED, RECORD_TOKEN, body, err);
}

int keep_serial(const struct root_request *q, const char *serial,
	struct root_progress *p, struct error *err)
{
	struct record record = record_of(q, p->journal);
	struct registry_tokens list = { NULL, 0 };
	int r;

	r = registry_tokens_by_identifier(q->reg, REGISTRY_ID_TOTP_SERIAL,
		serial, &list, err);
	if (r == 0 && list.n > 0) {
		memcpy(record.token, list.p[0].id, sizeof(record.token));
		r = keep_check(q, &list.p[0], err);
	} else if (r == 0) {
		r = add_serial(q, &record, serial, err);
	}
	registry_tokens_done(&list);
	if (r == 0 && q->place)
		r = record_assigned(&record, err);
	memcpy(p->token, record.token, sizeof(p->token));
	return r < 0 ? r : name_kept_token(q, p, err);
}

static bool is_of_root(const struct registry_binding *b, const char *account)
{
	return !b->removed && b->kind == REGISTRY_AWS &&
		strcmp(b->account, account) == 0 &&
		strcmp(b->user, account) == 0;
}

int keep_check(const struct root_request *q, const struct registry_token *row,
	struct error *err)
{
	char name[REGISTRY_TOKEN_NAME_LEN];
	size_t i;

	registry_token_name(row, name);
	if (row->state == REGISTRY_LOST || row->state == REGISTRY_RETIRED)
		return error_set(err, ERROR_REFUSED, "token %s is %s", name,
			registry_state_names[row->state]);
	for (i = 0; i < row->bindings.n; i++)
		if (is_of_root(&row->bindings.p[i], q->account))
			return error_set(err, ERROR_CONFLICT,
				"token %s is a device of root in account %s "
				"already: take another one", name, q->account);
	return 0;
}

static const char *const bases[] = {
	[ROOT_BY_TRAIL] = REGISTRY_BASIS_TRAIL,
	[ROOT_BY_LIST] = REGISTRY_BASIS_LISTED,
	[ROOT_BY_COUNTS] = REGISTRY_BASIS_COUNTED,
	[ROOT_BY_WORD] = REGISTRY_BASIS_STATED,
};

static const char *basis_of(const struct root_progress *p)
{
	const struct root_observation *o =
		root_progress_seen(p, ROOT_WAS_ENABLED);

	return bases[o ? o->how : ROOT_BY_WORD];
}

static int keep_evidence(const struct root_request *q,
	const struct root_progress *p, unsigned char ret_sha[SHA256_LEN],
	struct error *err)
{
	json_t *o = root_progress_record(p);
	CLEANUP(free_p) char *text = o ? json_dumps(o, JSON_INDENT(1)) : NULL;
	CLEANUP(free_p) char *line = text ? text_format("%s\n", text) : NULL;

	json_decref(o);
	return line ? registry_evidence_put(q->reg, line, strlen(line),
		ret_sha, err) : error_memory(err);
}

static int keep_names(const struct root_request *q,
	const struct root_progress *p, char ret_device[ID_LEN],
	struct error *err)
{
	char key[64];
	int r;

	snprintf(key, sizeof(key), "%s/%s", q->account, q->account);
	r = registry_name_set(q->reg, "aws-user", key, "<root_account>", err);
	ret_device[0] = '\0';
	return r < 0 || !p->serial[0] ? r : registry_name_put(q->reg,
		"aws-device", p->serial, ret_device, err);
}

static int append_binding(const struct root_request *q,
	const struct root_progress *p, struct record *record,
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	char device[ID_LEN], hex[HEX_LEN(SHA256_LEN)];
	json_t *body;
	int r;

	r = keep_evidence(q, p, sha, err);
	if (r == 0)
		r = keep_names(q, p, device, err);
	if (r < 0)
		return r;
	hex_encode(sha, SHA256_LEN, hex);
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
		"binding", p->binding,
		"kind", registry_binding_kind_names[REGISTRY_AWS],
		"user", q->account,
		"account", q->account,
		"method", p->method,
		"basis", basis_of(p),
		"evidence", hex);
	if (p->token[0])
		json_member(&body, "token", json_string(p->token));
	if (device[0])
		json_member(&body, "device", json_string(device));
	return record_event(record, EVENT_BINDING_ADDED, RECORD_BINDING, body,
		err);
}

/* CloudTrail's own bytes, of the enabling and of the sign-in that proved it. */
static int keep_trail(const struct root_progress *p, struct record *record,
	enum root_event event, struct error *err)
{
	const struct root_observation *o = root_progress_seen(p, event);
	bool sign_in = event == ROOT_SIGNED_IN;
	json_t *body;

	if (!o || !o->evidence[0])
		return 0;
	body = json_pack("{s:s,s:s,s:s}", "binding", p->binding,
		"basis", basis_of(p), "trail", o->evidence);
	if (sign_in)
		json_member(&body, "event", json_string("sign-in"));
	return record_event(record, EVENT_BINDING_WITNESSED, sign_in ?
		RECORD_SIGNED_IN : RECORD_WITNESSED, body, err);
}

int keep_binding(const struct root_request *q, const struct root_progress *p,
	struct registry_head *ret_head, struct error *err)
{
	struct record record = record_of(q, p->journal);
	int r;

	memcpy(record.token, p->token, sizeof(record.token));
	r = append_binding(q, p, &record, err);
	if (r == 0)
		r = keep_trail(p, &record, ROOT_WAS_ENABLED, err);
	if (r == 0)
		r = keep_trail(p, &record, ROOT_SIGNED_IN, err);
	if (r == 0 && p->token[0] && q->bag.state != REGISTRY_BAG_NONE)
		r = record_bag(&record, &q->bag, err);
	if (r == 0)
		*ret_head = record.head;
	return r;
}

static bool has_before(const struct root_progress *p, const char *serial)
{
	size_t i;

	for (i = 0; i < p->before_n; i++)
		if (strcmp(p->before[i], serial) == 0)
			return true;
	return false;
}

int keep_before(const struct root_request *q, struct root_progress *p,
	struct error *err)
{
	struct registry_bindings list = { NULL, 0 };
	size_t i;
	int r = registry_bindings_by_user(q->reg, q->account, q->account,
		&list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		const char *device = list.p[i].device;

		if (list.p[i].removed || !device || has_before(p, device) ||
			p->before_n == ARRAY_LEN(p->before))
			continue;
		snprintf(p->before[p->before_n++], sizeof(p->before[0]), "%s",
			device);
	}
	registry_bindings_done(&list);
	return r;
}

int keep_count(const struct root_request *q, size_t *ret, size_t *ret_apps,
	struct error *err)
{
	struct registry_bindings list = { NULL, 0 };
	size_t i, n = 0, apps = 0;
	int r = registry_bindings_by_user(q->reg, q->account, q->account,
		&list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		bool is_app = list.p[i].method == REGISTRY_VIRTUAL;

		if (is_of_root(&list.p[i], q->account))
			*(is_app ? &apps : &n) += 1;
	}
	registry_bindings_done(&list);
	if (r < 0)
		return r;
	*ret = n;
	*ret_apps = apps;
	return 0;
}

static int record_removal(const struct root_request *q,
	const struct root_progress *p, const struct root_observation *seen,
	struct registry_head *ret_head, struct error *err)
{
	struct record record = record_of(q, p->journal);
	char name[ID_LEN];
	int r = registry_name_put(q->reg, "aws-device", p->serial, name, err);

	if (r == 0)
		r = record_event(&record, EVENT_ROOT_REMOVED,
			RECORD_ROOT_REMOVED, json_pack("{s:s,s:[s],s:s,s:s}",
				"account", q->account, "removed", "device",
				"device", name, "basis", bases[seen->how]),
			err);
	if (r == 0)
		*ret_head = record.head;
	return r;
}

int keep_removed(const struct root_request *q, const struct root_progress *p,
	const struct root_observation *seen, struct registry_head *ret_head,
	struct error *err)
{
	struct registry_bindings list = { NULL, 0 };
	char journal[ID_LEN];
	size_t i;
	int r = record_removal(q, p, seen, ret_head, err);

	if (r == 0)
		r = registry_bindings_by_device(q->reg, p->serial, &list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		struct record record = record_of(q, journal);

		if (!is_of_root(&list.p[i], q->account))
			continue;
		r = id_new(journal, err);
		if (r == 0)
			r = record_event(&record, EVENT_BINDING_REMOVED,
				RECORD_BINDING_REMOVED, json_pack("{s:s}",
				"binding", list.p[i].id), err);
		if (r == 0)
			*ret_head = record.head;
	}
	registry_bindings_done(&list);
	return r;
}
