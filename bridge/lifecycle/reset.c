/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry says of a token that is to be reset. */
#include "bridge/lifecycle/reset.h"
#include "bridge/registry/lookup.h"

#include "bridge/verify/record.h"
#include "token/fido/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENT_MS 10000 /* for a question without a touch */

void reset_rows_done(struct reset_rows *s)
{
	registry_tokens_done(&s->all);
	free(s->rows);
	free(s->held);
	memset(s, 0, sizeof(*s));
}

/* ---- which rows ---- */

/* Whether what both say of themselves rules out that they are one. */
static bool is_other(const struct registry_token *row, const struct token *t)
{
	char aaguid[AAGUID_TEXT_LEN];

	if (registry_token_identifier(row, REGISTRY_ID_SERIAL))
		return true; /* not this one's, or that was seen before */
	aaguid_format(t->fido.aaguid, aaguid);
	return registry_token_identifier(row, REGISTRY_ID_AAGUID) &&
		!registry_token_is(row, REGISTRY_ID_AAGUID, aaguid);
}

static bool has_serial(const struct registry_token *row, const struct token *t)
{
	char ours[16];
	uint32_t serial;

	if (!token_serial(t, &serial))
		return false;
	snprintf(ours, sizeof(ours), "%u", serial);
	return registry_token_is(row, REGISTRY_ID_SERIAL, ours);
}

static int has_now(struct fido *f, const struct registry_credential *c,
	bool *ret_has, struct error *err)
{
	const struct fido_id id = { c->id, c->id_n };

	return proof_has_credential(f, c->rp, &id, deadline_in(SILENT_MS),
		ret_has, err);
}

static int find_held(const struct registry_token *row, struct fido *f,
	struct reset_rows *s, struct error *err)
{
	bool has = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < row->credentials_n; i++) {
		const struct registry_credential *c = &row->credentials[i];

		if (c->removed)
			continue;
		r = has_now(f, c, &has, err);
		if (r == 0 && has)
			s->held[s->held_n++] = c;
	}
	return r;
}

static int match(const struct registry_token *row, const struct token *t,
	struct fido *f, struct reset_rows *s, struct error *err)
{
	bool pointed = has_serial(row, t);
	size_t before = s->held_n;
	int r;

	if (!pointed && is_other(row, t))
		return 0;
	r = find_held(row, f, s, err);
	if (r == 0 && (pointed || s->held_n > before))
		s->rows[s->rows_n++] = row;
	return r;
}

int reset_find_rows(struct registry *reg, const struct token *t,
	struct fido *f, struct reset_rows *ret, struct error *err)
{
	CLEANUP(reset_rows_done) struct reset_rows s = { .rows = NULL };
	size_t i, credentials = 0;
	int r;

	r = registry_tokens_all(reg, &s.all, err);
	if (r < 0)
		return r;
	for (i = 0; i < s.all.n; i++)
		credentials += s.all.p[i].credentials_n;
	s.rows = calloc(s.all.n + 1, sizeof(*s.rows));
	s.held = calloc(credentials + 1, sizeof(*s.held));
	if (!s.rows || !s.held)
		return error_memory(err);
	for (i = 0; r == 0 && i < s.all.n; i++)
		r = match(&s.all.p[i], t, f, &s, err);
	if (r < 0)
		return r;
	*ret = s;
	memset(&s, 0, sizeof(s));
	return 0;
}

/* ---- who would be locked out ---- */

static void say_binding(const struct run *run,
	const struct registry_binding *b)
{
	const char *user = b->user_name ? b->user_name : b->user;

	switch (b->kind) {
	case REGISTRY_AWS:
		run_say(run, "  IAM user %s of account %s (%s)", user,
			b->account, registry_method_names[b->method]);
		break;
	case REGISTRY_PAM:
	case REGISTRY_SSH:
		run_say(run, "  local user %s (%s)", user,
			registry_binding_kind_names[b->kind]);
		break;
	case REGISTRY_OATH:
		run_say(run, "  OATH credential %s",
			b->oath_account ? b->oath_account : "without a name");
		break;
	}
}

/* Adds a row's bindings in force to *n. */
static void say_bindings(const struct run *run,
	const struct registry_token *row, size_t *n)
{
	size_t i;

	for (i = 0; i < row->bindings.n; i++) {
		if (row->bindings.p[i].removed)
			continue;
		if ((*n)++ == 0)
			run_say(run, "The registry shows that these log in "
				     "with this "
				     "token:");
		say_binding(run, &row->bindings.p[i]);
	}
}

static int reset_refuse(const struct reset_rows *s, size_t n,
	struct error *err)
{
	if (n == 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"the token is not reset while the registry shows bindings (%zu "
		"of them): take them away first: `tokenbridge revoke --token "
		"%.8s`", n, s->rows[0]->id);
}

int reset_check_bindings(const struct run *run, const struct reset_rows *s,
	struct error *err)
{
	size_t i, n = 0;

	for (i = 0; i < s->rows_n; i++)
		say_bindings(run, s->rows[i], &n);
	return reset_refuse(s, n, err);
}

int reset_check_again(const struct run *run, struct registry *reg,
	const struct reset_rows *s, struct error *err)
{
	size_t i, k, n = 0;
	int r = 0;

	for (i = 0; r == 0 && i < s->rows_n; i++) {
		struct registry_tokens now = { NULL, 0 };

		r = registry_tokens_by_id(reg, s->rows[i]->id, &now, err);
		for (k = 0; r == 0 && k < now.n; k++)
			say_bindings(run, &now.p[k], &n);
		registry_tokens_done(&now);
	}
	return r < 0 ? r : reset_refuse(s, n, err);
}

/* ---- afterwards ---- */

int reset_check_gone(const struct reset_rows *s, struct fido *f,
	struct error *err)
{
	bool has = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !has && i < s->held_n; i++)
		r = has_now(f, s->held[i], &has, err);
	if (r == 0 && has)
		r = error_set(err, ERROR_FAILED,
			"the token says that it was reset, and that it still "
			"holds a credential of before");
	return r;
}

static int record_one(struct record *record,
	const struct registry_credential *c, const char *reason,
	struct error *err)
{
	char journal[ID_LEN];
	int r = id_new(journal, err);

	if (r < 0)
		return r;
	record->journal = journal;
	r = record_event(record, EVENT_CREDENTIAL_REMOVED, RECORD_CREDENTIAL,
		json_pack("{s:s,s:s,s:o,s:s}", "token", c->token, "rp", c->rp,
			"credential", event_bytes_new(c->id, c->id_n),
			"reason", reason), err);
	record->journal = NULL;
	return r;
}

int reset_record(const struct run *run, struct registry *reg,
	const struct reset_rows *s, const char *reason, struct error *err)
{
	struct record record = { .reg = reg };
	char id[ID_LEN];
	size_t i;
	int r;

	r = registry_actor(reg, NULL, run->ticket, &record.actor, err);
	if (r == 0)
		r = registry_name_put(reg, "reason",
			reason ? reason : "FIDO reset", id, err);
	for (i = 0; r == 0 && i < s->held_n; i++)
		r = record_one(&record, s->held[i], id, err);
	if (r == 0 && s->held_n)
		registry_log_head(&record.head);
	return r;
}
