/* SPDX-License-Identifier: Apache-2.0 */
/* Importing mapping files of pam_u2f. */
#include "bridge/local/import-mapping.h"

#include "base/encode.h"
#include "bridge/hash/chain.h"
#include "bridge/local/publish.h"
#include "bridge/local/u2f-keys.h"
#include "bridge/local/u2f-origin.h"
#include "bridge/run/json.h"
#include "bridge/verify/record.h"

#include <stdlib.h>
#include <string.h>

struct u2f_import {
	const struct run *run;
	const struct mapping_request *q;
	struct u2f_keys keys;
	struct local_user *users; /* of each key; owned */
	struct mapped_list *ret;
	struct event_actor actor;
};

static void u2f_import_done(struct u2f_import *x)
{
	u2f_keys_done(&x->keys);
	free(x->users);
}

static int refuse_line(const struct u2f_import *x, size_t i, struct error *err,
	enum error_code code, const char *format, const char *a, const char *b)
{
	struct error e;

	error_set(&e, (int)code, format, a, b);
	return mapping_bad(x->q, x->keys.p[i].line, &e, err);
}

static int find_origin(struct u2f_import *x, struct error *err)
{
	return u2f_origin_find(x->q, x->ret, err);
}

static const char *rp_of(const struct u2f_import *x, size_t i)
{
	return x->keys.p[i].is_old ? x->ret->appid : x->ret->origin;
}

/* ---- users ---- */

static bool is_first_of_line(const struct u2f_import *x, size_t i)
{
	return i == 0 || x->keys.p[i].line != x->keys.p[i - 1].line;
}

/* Two spellings of one user are two lines of his. */
static int check_one_line(const struct u2f_import *x, size_t i,
	struct error *err)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(x->users[k].name, x->users[i].name) == 0)
			return refuse_line(x, i, err, ERROR_MALFORMED, "'%.64s' is "
				"%.64s, who has a line already; leave the one "
				"that is meant", x->keys.p[i].user,
				x->users[i].name);
	return 0;
}

static int find_users(struct u2f_import *x, struct error *err)
{
	size_t i;
	int r = 0;

	x->users = calloc(x->keys.n ? x->keys.n : 1, sizeof(*x->users));
	if (!x->users)
		return error_memory(err);
	for (i = 0; r == 0 && i < x->keys.n; i++) {
		if (!is_first_of_line(x, i)) {
			x->users[i] = x->users[i - 1];
			continue;
		}
		r = mapping_user(x->q, x->keys.p[i].line, x->keys.p[i].user,
			&x->users[i], err);
		if (r == 0)
			r = check_one_line(x, i, err);
	}
	return r;
}

/* ---- what the registry says ---- */

static bool is_same_key(const struct u2f_key *a, const struct u2f_key *b)
{
	return a->id_n == b->id_n && memcmp(a->id, b->id, a->id_n) == 0 &&
		a->key_n == b->key_n && memcmp(a->key, b->key, a->key_n) == 0;
}

static int key_digest(const struct u2f_key *k, char ret[HEX_LEN(SHA256_LEN)],
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	int r = chain_digest(k->key, k->key_n, sha, err);

	if (r == 0)
		hex_encode(sha, sizeof(sha), ret);
	return r;
}

/* The first before it that is the same; i: none. */
static size_t first_same(const struct u2f_import *x, size_t i)
{
	size_t k = 0;

	while (!is_same_key(&x->keys.p[k], &x->keys.p[i]))
		k++;
	return k;
}

static const struct registry_credential *known_credential(
	const struct registry_token *t, const char *rp, const struct u2f_key *k)
{
	size_t i;

	for (i = 0; i < t->credentials_n; i++) {
		const struct registry_credential *c = &t->credentials[i];

		if (!c->removed && (!rp || strcmp(c->rp, rp) == 0) &&
			c->id_n == k->id_n &&
			memcmp(c->id, k->id, k->id_n) == 0)
			return c;
	}
	return NULL;
}

static int check_known_row(const struct u2f_import *x, size_t i,
	const struct registry_token *t, struct error *err)
{
	const struct u2f_key *k = &x->keys.p[i];
	const struct registry_credential *c = k->is_resident ? NULL :
		known_credential(t, NULL, k);
	char name[REGISTRY_TOKEN_NAME_LEN];

	registry_token_name(t, name);
	if (t->state == REGISTRY_LOST || t->state == REGISTRY_RETIRED)
		return refuse_line(x, i, err, ERROR_REFUSED, "the key is %s, which "
			"is %s: it lets nobody in any more; take it out of the "
			"file", name, registry_state_names[t->state]);
	if (c && (c->public_key_n != k->key_n ||
		memcmp(c->public_key, k->key, k->key_n) != 0))
		return refuse_line(x, i, err, ERROR_CONFLICT, "the registry knows "
			"another public key of this credential, that of %s%s",
			name, "");
	return 0;
}

static int find_known_rows(const struct u2f_import *x, size_t i,
	struct registry_tokens *ret, struct error *err)
{
	const struct u2f_key *k = &x->keys.p[i];
	char hex[HEX_LEN(SHA256_LEN)];
	int r;

	if (!k->is_resident)
		return registry_tokens_by_credential(x->q->reg, NULL, k->id,
			k->id_n, ret, err);
	r = key_digest(k, hex, err);
	return r < 0 ? r : registry_tokens_by_identifier(x->q->reg,
		REGISTRY_ID_PUBLIC_KEY, hex, ret, err);
}

static bool lets_in(const struct registry_binding *b)
{
	return !b->removed && b->kind == REGISTRY_PAM && b->rp &&
		b->credential;
}

/* By a binding that is as strict at least. */
static bool is_bound(const struct u2f_import *x, size_t i,
	const struct registry_bindings *list)
{
	const struct u2f_key *k = &x->keys.p[i];
	size_t n;

	for (n = 0; n < list->n; n++) {
		const struct registry_binding *b = &list->p[n];

		if (lets_in(b) && strcmp(b->rp, rp_of(x, i)) == 0 &&
			b->credential_n == k->id_n &&
			memcmp(b->credential, k->id, k->id_n) == 0 &&
			b->verify_required >= x->ret->p[i].verify)
			return true;
	}
	return false;
}

/* Whoever may only run this must not make himself somebody else's token. */
static int check_others(const struct u2f_import *x, size_t i,
	const struct registry_bindings *list, struct error *err)
{
	size_t n;

	for (n = 0; !x->q->force && n < list->n; n++)
		if (lets_in(&list->p[n]))
			return refuse_line(x, i, err, ERROR_REFUSED, "%s has a token "
				"that lets him in already (binding %.8s), and a "
				"file cannot say that it agrees: give --force "
				"REASON", x->users[i].name, list->p[n].id);
	return 0;
}

static int judge_bound(struct u2f_import *x, size_t i, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	const struct user_names names = local_user_names(&x->users[i]);
	struct mapped *m = &x->ret->p[i];
	size_t k = first_same(x, i);
	int r = registry_bindings_by_local_user(x->q->reg, names.p, names.n,
		&list, err);

	if (r < 0)
		return r;
	/* twice in one line */
	while (k < i && (!is_same_key(&x->keys.p[k], &x->keys.p[i]) ||
			strcmp(x->users[k].name, x->users[i].name) != 0))
		k++;
	m->what = k < i || is_bound(x, i, &list) ? MAPPED_PRESENT :
		MAPPED_BOUND;
	return m->what == MAPPED_BOUND ? check_others(x, i, &list, err) : 0;
}

static int judge_key(struct u2f_import *x, size_t i, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	struct mapped *m = &x->ret->p[i];
	size_t k;
	int r = find_known_rows(x, i, &list, err);

	for (k = 0; r == 0 && k < list.n; k++)
		r = check_known_row(x, i, &list.p[k], err);
	if (r < 0)
		return r;
	if (list.n)
		memcpy(m->token, list.p[0].id, sizeof(m->token));
	if (!x->keys.p[i].is_resident)
		return judge_bound(x, i, err);
	m->what = list.n || first_same(x, i) < i ? MAPPED_PRESENT :
		MAPPED_CLAIMED;
	return 0;
}

/* A key that stands twice in a line is held to the stricter of the two. */
static bool wants_verify(const struct u2f_import *x, size_t i)
{
	bool verify = x->q->verify;
	size_t k;

	for (k = 0; k < x->keys.n; k++)
		if (x->keys.p[k].line == x->keys.p[i].line &&
			is_same_key(&x->keys.p[k], &x->keys.p[i]))
			verify |= x->keys.p[k].verify;
	return verify;
}

static int judge_keys(struct u2f_import *x, struct error *err)
{
	size_t i;
	int r = mapped_list_make(x->ret, x->keys.n, err);

	for (i = 0; r == 0 && i < x->keys.n; i++) {
		struct mapped *m = &x->ret->p[i];

		m->line = x->keys.p[i].line;
		strcpy(m->user, x->users[i].name);
		m->rp = rp_of(x, i);
		m->verify = wants_verify(x, i);
		r = judge_key(x, i, err);
		x->ret->count[m->what] += r == 0;
	}
	return r;
}

/* ---- the record ---- */

static int record_token(struct u2f_import *x, size_t i, struct record *record,
	struct error *err)
{
	const struct u2f_key *k = &x->keys.p[i];
	char holder[ID_LEN], hex[HEX_LEN(SHA256_LEN)];
	json_t *body;
	int r = record_put_holder(record, holder, err);

	if (r == 0)
		r = id_new(record->token, err);
	if (r == 0)
		r = key_digest(k, hex, err);
	if (r < 0)
		return r;
	body = json_pack("{s:s,s:s,s:s}", "token", record->token, "state",
		registry_state_names[REGISTRY_ASSIGNED], "holder", holder);
	if (k->is_resident)
		json_member(&body, "identifiers", json_pack("[{s:s,s:s,s:s}]",
			"kind", REGISTRY_ID_PUBLIC_KEY, "value", hex, "basis",
			registry_basis_names[REGISTRY_SELF_REPORTED]));
	return record_event(record, EVENT_TOKEN_ADDED, RECORD_TOKEN, body, err);
}

/* The same key of another user, or for another relying party, is there. */
static int has_credential(struct u2f_import *x, size_t i, const char *token,
	bool *ret, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	size_t k;
	int r = registry_tokens_by_id(x->q->reg, token, &list, err);

	*ret = false;
	for (k = 0; r == 0 && k < list.n; k++)
		*ret |= known_credential(&list.p[k], rp_of(x, i),
			&x->keys.p[i]) != NULL;
	return r;
}

static int record_key(struct u2f_import *x, size_t i, struct record *record,
	struct error *err)
{
	const struct u2f_key *k = &x->keys.p[i];
	bool has;
	int r = has_credential(x, i, record->token, &has, err);

	if (r < 0 || has)
		return r;
	return record_event(record, EVENT_CREDENTIAL_ADDED,
		RECORD_LOGIN_CREDENTIAL,
		json_pack("{s:s,s:s,s:o,s:o,s:i,s:i,s:b}",
			"token", record->token, "rp", rp_of(x, i),
			"credential", event_bytes_new(k->id, k->id_n),
			"public_key", event_bytes_new(k->key, k->key_n),
			"alg", k->alg, "counter", 0, "resident", 0), err);
}

static int record_login(struct u2f_import *x, size_t i, struct record *record,
	struct error *err)
{
	const struct u2f_key *k = &x->keys.p[i];
	char binding[ID_LEN], name[ID_LEN], reason[ID_LEN];
	json_t *body;
	int r;

	r = id_new(binding, err);
	if (r == 0)
		r = registry_name_put(x->q->reg, "local-user",
			x->users[i].name, name, err);
	if (r == 0 && x->q->force)
		r = registry_name_put(x->q->reg, "reason", x->q->force, reason,
			err);
	if (r < 0)
		return r;
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:s}",
		"binding", binding,
		"kind", registry_binding_kind_names[REGISTRY_PAM],
		"user", x->users[i].uid_text, "token", record->token,
		"local_user", name, "rp", rp_of(x, i),
		"credential", event_bytes_new(k->id, k->id_n),
		"verify_required", x->ret->p[i].verify, "basis", "imported");
	if (body && x->q->force)
		json_member(&body, "reason", json_string(reason));
	return record_event(record, EVENT_BINDING_ADDED, RECORD_BINDING, body,
		err);
}

static int record_one(struct u2f_import *x, size_t i, struct error *err)
{
	struct mapped *m = &x->ret->p[i];
	size_t same = first_same(x, i);
	char journal[ID_LEN];
	struct record record = {
		.reg = x->q->reg,
		.journal = journal,
		.actor = x->actor,
		.holder = { x->users[i].name, REGISTRY_PERSON },
	};
	int r = id_new(journal, err);

	memcpy(record.token, same < i ? x->ret->p[same].token : m->token,
		sizeof(record.token));
	if (r == 0 && !record.token[0])
		r = record_token(x, i, &record, err);
	memcpy(m->token, record.token, sizeof(m->token));
	if (r == 0 && m->what == MAPPED_BOUND)
		r = record_key(x, i, &record, err);
	if (r == 0 && m->what == MAPPED_BOUND)
		r = record_login(x, i, &record, err);
	if (r == 0)
		x->ret->head = record.head;
	return r;
}

/* The whole file: half of it would let half of the people in. */
static int record_file(void *data, struct error *err)
{
	struct u2f_import *x = data;
	size_t i;
	int r = registry_actor(x->q->reg, NULL, x->run->ticket, &x->actor,
		err);

	for (i = 0; r == 0 && i < x->keys.n; i++)
		if (x->ret->p[i].what != MAPPED_PRESENT)
			r = record_one(x, i, err);
	return r;
}

static int record_keys(struct u2f_import *x, struct error *err)
{
	return registry_together(x->q->reg, record_file, x, err);
}

/* ---- together ---- */

static int parse_keys(const char *p, size_t n, void *ret, struct error *err)
{
	return u2f_keys_parse(p, n, ret, err);
}

static int read_u2f_keys(struct u2f_import *x, struct error *err)
{
	return mapping_load(x->q, parse_keys, &x->keys, err);
}

static bool lets_anybody_in(const struct u2f_import *x)
{
	size_t i;

	for (i = 0; i < x->keys.n; i++)
		if (!x->keys.p[i].is_resident)
			return true;
	return false;
}

/* Also what was there already: an earlier run may have died before this. */
static int publish(struct u2f_import *x, struct error *err)
{
	int r = lets_anybody_in(x) ? login_publish_change(x->run,
		x->q->reg, x->q->login_db, err) : 0;

	x->ret->published = r > 0;
	return r < 0 ? r : 0;
}

int import_u2f(const struct run *run, const struct mapping_request *q,
	struct mapped_list *ret, struct error *err)
{
	static int (*const steps[])(struct u2f_import *, struct error *) = {
		find_origin,
		read_u2f_keys,
		find_users,
		judge_keys,
		record_keys,
		publish,
	};
	CLEANUP(u2f_import_done) struct u2f_import x = { run, q, { NULL, 0 },
		NULL, ret };
	size_t i;
	int r = registry_head(q->reg, &ret->head, err);

	for (i = 0; r == 0 && i < (q->only_look ? 4 : ARRAY_LEN(steps)); i++)
		r = steps[i](&x, err);
	return r;
}
