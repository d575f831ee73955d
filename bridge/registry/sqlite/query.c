/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the projections: tokens with all that belongs to them, bindings,
 * holders; names joined in where they have not been erased.
 */
#include "bridge/registry/sqlite/store.h"

#include "base/encode.h"
#include "bridge/registry/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows into lists ---- */

/*
 * Fills the zeroed element at p from the row. On failure it frees nothing: the
 * element counts by then, and the list's owner frees it.
 */
typedef int row_fn(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err);

/*
 * A list under construction. Whoever starts one takes p and n over in any case:
 * after a failure they hold the elements up to and with the broken one.
 */
struct rows {
	size_t size; /* of an element */
	row_fn *fill;
	void *p;
	size_t n;
};

static int add_row(struct registry *reg, sqlite3_stmt *stmt, struct rows *to,
	struct error *err)
{
	size_t n = to->n;
	void *p;

	if ((n & (n - 1)) == 0) { /* full at every power of two */
		p = reallocarray(to->p, n ? 2 * n : 1, to->size);
		if (!p)
			return error_memory(err);
		to->p = p;
	}
	p = (char *)to->p + n * to->size;
	memset(p, 0, to->size);
	to->n++;
	return to->fill(reg, stmt, p, err);
}

static int collect(struct registry *reg, const char *sql,
	const struct value *values, struct rows *to, struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_query(reg, sql, values, &stmt, err);
	while (r == 0 && (r = store_step(reg, stmt, err)) > 0)
		r = add_row(reg, stmt, to, err);
	return r;
}

static int word_column(struct registry *reg, sqlite3_stmt *stmt, int i,
	const char *const *names, int *ret, struct error *err)
{
	*ret = registry_word(names, column_str(stmt, i));
	if (*ret < 0)
		return store_corrupt(reg, err,
			"a row holds an unknown word; run tokenbridge registry "
			"log --verify");
	return 0;
}

static void sha_column(sqlite3_stmt *stmt, int i, bool *ret_has,
	unsigned char ret[CHAIN_LEN])
{
	const char *s = column_str(stmt, i);

	*ret_has = hex_decode(s, strlen(s), ret, CHAIN_LEN) == CHAIN_LEN;
}

/* False without memory; NULL and 0 where the column is empty. */
static bool bytes_column(sqlite3_stmt *stmt, int i, unsigned char **ret,
	size_t *ret_n)
{
	const void *p = sqlite3_column_blob(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);

	*ret_n = 0;
	if (!p || n == 0)
		return true;
	*ret = malloc(n);
	if (!*ret)
		return false;
	memcpy(*ret, p, n);
	*ret_n = n;
	return true;
}

/* ---- what belongs to a token ---- */

static int fill_identifier(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_identifier *i = p;
	int basis = sqlite3_column_int(stmt, 2);

	i->seen = column_time(stmt, 3);
	if (!column_dup(stmt, 0, &i->kind) || !column_dup(stmt, 1, &i->value))
		return error_memory(err);
	if (basis < 0 || basis > REGISTRY_PROVED)
		return store_corrupt(reg, err, "an identifier has no basis");
	i->basis = (enum registry_basis)basis;
	return 0;
}

static int read_identifiers(struct registry *reg, struct registry_token *t,
	struct error *err)
{
	static const char sql[] =
		"SELECT kind, value, basis, seen FROM identifiers"
		" WHERE token = ?1 ORDER BY kind, value";
	struct rows to = { sizeof(*t->identifiers), fill_identifier, NULL, 0 };
	int r;

	r = collect(reg, sql, VALUES(v_text(t->id)), &to, err);
	t->identifiers = to.p;
	t->identifiers_n = to.n;
	return r;
}

static int fill_join(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_join *j = p;

	(void)reg;
	if (!column_dup(stmt, 0, &j->a) || !column_dup(stmt, 1, &j->b) ||
		!column_dup(stmt, 2, &j->by))
		return error_memory(err);
	return 0;
}

static int read_joins(struct registry *reg, struct registry_token *t,
	struct error *err)
{
	static const char sql[] =
		"SELECT a, b, by FROM joins WHERE token = ?1 ORDER BY a, b, by";
	struct rows to = { sizeof(*t->joins), fill_join, NULL, 0 };
	int r;

	r = collect(reg, sql, VALUES(v_text(t->id)), &to, err);
	t->joins = to.p;
	t->joins_n = to.n;
	return r;
}

static int fill_credential(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_credential *c = p;

	(void)reg;
	column_id(stmt, 0, c->token);
	c->alg = sqlite3_column_int(stmt, 4);
	column_id(stmt, 5, c->aaguid);
	c->counter = (uint32_t)sqlite3_column_int64(stmt, 6);
	c->resident = sqlite3_column_int(stmt, 7) != 0;
	c->uv = sqlite3_column_int(stmt, 8) != 0;
	sha_column(stmt, 9, &c->has_evidence, c->evidence);
	c->since = column_time(stmt, 10);
	c->removed = column_time(stmt, 11);
	if (!column_dup(stmt, 1, &c->rp) ||
		!bytes_column(stmt, 2, &c->id, &c->id_n) ||
		!bytes_column(stmt, 3, &c->public_key, &c->public_key_n))
		return error_memory(err);
	return 0;
}

static int read_credentials(struct registry *reg, struct registry_token *t,
	struct error *err)
{
	static const char sql[] =
		"SELECT token, rp, id, public_key, alg, aaguid, counter,"
		" resident, uv, evidence, since, removed FROM credentials"
		" WHERE token = ?1 ORDER BY since, rp, id";
	struct rows to = { sizeof(*t->credentials), fill_credential, NULL, 0 };
	int r;

	r = collect(reg, sql, VALUES(v_text(t->id)), &to, err);
	t->credentials = to.p;
	t->credentials_n = to.n;
	return r;
}

/* ---- bindings ---- */

#define BINDING_COLUMNS                                                        \
	"SELECT b.id, b.token, b.kind, b.account, b.user,"                     \
	" coalesce(u.value, l.value), d.value, b.method, b.rp, b.credential,"  \
	" o.value, b.basis, b.evidence, b.since, b.removed, b.ssh_key,"        \
	" b.verify_required FROM bindings b"                                   \
	" LEFT JOIN names u ON u.kind = 'aws-user'"                            \
	"  AND u.id = b.account || '/' || b.user"                              \
	" LEFT JOIN names l ON l.kind = 'local-user' AND l.id = b.local_user"  \
	" LEFT JOIN names d ON d.kind = 'aws-device' AND d.id = b.device"      \
	" LEFT JOIN names o ON o.kind = 'oath-account'"                        \
	"  AND o.id = b.oath_account"
#define BINDING_ORDER " ORDER BY b.since, b.id"

static int fill_binding_words(struct registry *reg, sqlite3_stmt *stmt,
	struct registry_binding *b, struct error *err)
{
	int kind = 0, method = REGISTRY_METHOD_NONE, r;

	r = word_column(reg, stmt, 2, registry_binding_kind_names, &kind, err);
	if (r == 0 && sqlite3_column_type(stmt, 7) != SQLITE_NULL)
		r = word_column(reg, stmt, 7, registry_method_names, &method,
			err);
	b->kind = (enum registry_binding_kind)kind;
	b->method = (enum registry_method)method;
	return r;
}

static int fill_binding(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_binding *b = p;

	column_id(stmt, 0, b->id);
	column_id(stmt, 1, b->token);
	snprintf(b->account, sizeof(b->account), "%s", column_str(stmt, 3));
	sha_column(stmt, 12, &b->has_evidence, b->evidence);
	b->since = column_time(stmt, 13);
	b->removed = column_time(stmt, 14);
	b->verify_required = sqlite3_column_int(stmt, 16) != 0;
	if (!column_dup(stmt, 4, &b->user) ||
		!column_dup(stmt, 5, &b->user_name) ||
		!column_dup(stmt, 6, &b->device) ||
		!column_dup(stmt, 8, &b->rp) ||
		!bytes_column(stmt, 9, &b->credential, &b->credential_n) ||
		!column_dup(stmt, 10, &b->oath_account) ||
		!bytes_column(stmt, 15, &b->ssh_key, &b->ssh_key_n) ||
		!column_dup(stmt, 11, &b->basis))
		return error_memory(err);
	return fill_binding_words(reg, stmt, b, err);
}

static int read_bindings(struct registry *reg, const char *sql,
	const struct value *values, struct registry_bindings *ret,
	struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	struct rows to = { sizeof(*list.p), fill_binding, NULL, 0 };
	int r;

	r = collect(reg, sql, values, &to, err);
	list.p = to.p;
	list.n = to.n;
	if (r < 0)
		return r;
	*ret = list;
	list = (struct registry_bindings){ 0 };
	return 0;
}

int registry_bindings_all(struct registry *reg, struct registry_bindings *ret,
	struct error *err)
{
	static const char sql[] = BINDING_COLUMNS BINDING_ORDER;

	return read_bindings(reg, sql, NULL, ret, err);
}

int registry_bindings_by_user(struct registry *reg, const char *account,
	const char *user, struct registry_bindings *ret, struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.account = ?1 AND b.user = ?2" BINDING_ORDER;

	return read_bindings(reg, sql, VALUES(v_text(account), v_text(user)),
		ret, err);
}

int registry_bindings_by_device(struct registry *reg, const char *device,
	struct registry_bindings *ret, struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.device IN (SELECT id FROM names"
		"  WHERE kind = 'aws-device' AND value = ?1)" BINDING_ORDER;

	return read_bindings(reg, sql, VALUES(v_text(device)), ret, err);
}

int registry_bindings_by_local_user(struct registry *reg, const char *name,
	struct registry_bindings *ret, struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.local_user IN (SELECT id FROM names"
		"  WHERE kind = 'local-user' AND value = ?1)" BINDING_ORDER;

	return read_bindings(reg, sql, VALUES(v_text(name)), ret, err);
}

/* ---- tokens ---- */

#define TOKEN_COLUMNS                                                          \
	"SELECT t.id, t.state, t.since, t.holder, h.kind, n.value, l.value,"   \
	" t.model, t.aaguid, t.firmware, t.firmware_signed, t.verdict,"        \
	" t.verdict_time, t.verdict_evidence, t.seen, s.value FROM tokens t"   \
	" LEFT JOIN holders h ON h.id = t.holder"                              \
	" LEFT JOIN names n ON n.kind = 'holder' AND n.id = t.holder"          \
	" LEFT JOIN names l ON l.kind = 'label' AND l.id = t.id"               \
	" LEFT JOIN names s ON s.kind = 'host' AND s.id = t.seen_host"
#define TOKEN_ORDER " ORDER BY t.id"

static int fill_token_words(struct registry *reg, sqlite3_stmt *stmt,
	struct registry_token *t, struct error *err)
{
	int state = 0, kind = REGISTRY_PERSON, r;

	r = word_column(reg, stmt, 1, registry_state_names, &state, err);
	if (r == 0 && sqlite3_column_type(stmt, 4) != SQLITE_NULL)
		r = word_column(reg, stmt, 4, registry_holder_kind_names,
			&kind, err);
	t->state = (enum registry_state)state;
	t->holder_kind = (enum registry_holder_kind)kind;
	return r;
}

static int fill_token(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_token *t = p;

	column_id(stmt, 0, t->id);
	t->since = column_time(stmt, 2);
	column_id(stmt, 3, t->holder);
	column_id(stmt, 8, t->aaguid);
	t->firmware_signed = sqlite3_column_int(stmt, 10) != 0;
	t->verdict = sqlite3_column_type(stmt, 11) == SQLITE_NULL ? -1 :
		sqlite3_column_int(stmt, 11);
	t->verdict_time = column_time(stmt, 12);
	sha_column(stmt, 13, &t->has_evidence, t->evidence);
	t->seen = column_time(stmt, 14);
	if (!column_dup(stmt, 5, &t->holder_name) ||
		!column_dup(stmt, 15, &t->seen_host) ||
		!column_dup(stmt, 6, &t->label) ||
		!column_dup(stmt, 7, &t->model) ||
		!column_dup(stmt, 9, &t->firmware))
		return error_memory(err);
	return fill_token_words(reg, stmt, t, err);
}

static int read_parts(struct registry *reg, struct registry_token *t,
	struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.token = ?1" BINDING_ORDER;
	int r;

	r = read_identifiers(reg, t, err);
	if (r == 0)
		r = read_joins(reg, t, err);
	if (r == 0)
		r = read_credentials(reg, t, err);
	if (r == 0)
		r = read_bindings(reg, sql, VALUES(v_text(t->id)),
			&t->bindings, err);
	return r;
}

/* One state of the registry for all the statements that this takes. */
static int read_tokens(struct registry *reg, const char *sql,
	const struct value *values, struct registry_tokens *ret,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	struct rows to = { sizeof(*list.p), fill_token, NULL, 0 };
	size_t i;
	int r;

	r = store_begin_read(reg, err);
	if (r < 0)
		return r;
	r = collect(reg, sql, values, &to, err);
	list.p = to.p;
	list.n = to.n;
	for (i = 0; r == 0 && i < list.n; i++)
		r = read_parts(reg, &list.p[i], err);
	r = store_end(reg, r, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct registry_tokens){ 0 };
	return 0;
}

int registry_tokens_all(struct registry *reg, struct registry_tokens *ret,
	struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS TOKEN_ORDER;

	return read_tokens(reg, sql, NULL, ret, err);
}

int registry_tokens_by_id(struct registry *reg, const char *prefix,
	struct registry_tokens *ret, struct error *err)
{
	/* ids are lower-case hex: 'g' stands behind every digit */
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id >= ?1 AND t.id < ?1 || 'g'" TOKEN_ORDER;
	int r = registry_check_prefix(prefix, err);

	return r < 0 ? r :
		read_tokens(reg, sql, VALUES(v_text(prefix)), ret, err);
}

int registry_tokens_by_identifier(struct registry *reg, const char *kind,
	const char *value, struct registry_tokens *ret, struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id IN (SELECT token FROM identifiers"
		"  WHERE kind = ?1 AND value = ?2)" TOKEN_ORDER;

	return read_tokens(reg, sql, VALUES(v_text(kind), v_text(value)), ret,
		err);
}

int registry_tokens_by_credential(struct registry *reg, const char *rp,
	const void *id, size_t n, struct registry_tokens *ret,
	struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id IN (SELECT token FROM credentials WHERE id = ?1"
		"  AND (?2 IS NULL OR rp = ?2) AND removed IS NULL)"
		TOKEN_ORDER;

	return read_tokens(reg, sql, VALUES(v_blob(id, n), v_text(rp)), ret,
		err);
}

int registry_tokens_by_holder(struct registry *reg, const char *holder,
	struct registry_tokens *ret, struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.holder = ?1" TOKEN_ORDER;

	return read_tokens(reg, sql, VALUES(v_text(holder)), ret, err);
}

int registry_tokens_by_label(struct registry *reg, const char *label,
	struct registry_tokens *ret, struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id IN (SELECT id FROM names"
		"  WHERE kind = 'label' AND value = ?1)" TOKEN_ORDER;

	return read_tokens(reg, sql, VALUES(v_text(label)), ret, err);
}

/* ---- candidates ---- */

static int fill_candidate(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_candidate *c = p;

	(void)reg;
	column_id(stmt, 0, c->token);
	return bytes_column(stmt, 1, &c->id, &c->id_n) ? 0 : error_memory(err);
}

int registry_candidates(struct registry *reg, const char *rp, const char *kind,
	const char *value, const char *firmware, bool without_serial,
	struct registry_candidates *ret, struct error *err)
{
	static const char sql[] =
		"SELECT token, id FROM (SELECT c.token, c.id, t.firmware,"
		"  t.seen, EXISTS (SELECT 1 FROM identifiers s WHERE"
		"   s.token = c.token AND s.kind = '" REGISTRY_ID_SERIAL "')"
		"   AS has_serial"
		"  FROM identifiers i"
		"  JOIN credentials c ON c.token = i.token AND c.rp = ?1"
		"  JOIN tokens t ON t.id = i.token"
		"  WHERE i.kind = ?2 AND i.value = ?3 AND c.removed IS NULL)"
		" WHERE NOT (?5 AND has_serial)"
		" ORDER BY has_serial, firmware IS ?4 DESC, seen DESC, token";
	CLEANUP(registry_candidates_done) struct registry_candidates list = {
		NULL, 0 };
	struct rows to = { sizeof(*list.p), fill_candidate, NULL, 0 };
	int r;

	r = collect(reg, sql, VALUES(v_text(rp), v_text(kind), v_text(value),
		v_text(firmware), v_int(without_serial)), &to, err);
	list.p = to.p;
	list.n = to.n;
	if (r < 0)
		return r;
	*ret = list;
	list = (struct registry_candidates){ NULL, 0 };
	return 0;
}

/* ---- holders ---- */

#define HOLDER_COLUMNS                                                         \
	"SELECT h.id, h.kind, h.since, n.value, h.bag FROM holders h"          \
	" LEFT JOIN names n ON n.kind = 'holder' AND n.id = h.id"

static int fill_holder(struct registry *reg, sqlite3_stmt *stmt, void *p,
	struct error *err)
{
	struct registry_holder *h = p;
	int kind, r;

	column_id(stmt, 0, h->id);
	h->since = column_time(stmt, 2);
	if (!column_dup(stmt, 3, &h->name) || !column_dup(stmt, 4, &h->bag))
		return error_memory(err);
	r = word_column(reg, stmt, 1, registry_holder_kind_names, &kind, err);
	if (r == 0)
		h->kind = (enum registry_holder_kind)kind;
	return r;
}

static int read_holders(struct registry *reg, const char *sql,
	const struct value *values, struct registry_holders *ret,
	struct error *err)
{
	CLEANUP(registry_holders_done) struct registry_holders list = { 0 };
	struct rows to = { sizeof(*list.p), fill_holder, NULL, 0 };
	int r;

	r = collect(reg, sql, values, &to, err);
	list.p = to.p;
	list.n = to.n;
	if (r < 0)
		return r;
	*ret = list;
	list = (struct registry_holders){ 0 };
	return 0;
}

int registry_holders_all(struct registry *reg, struct registry_holders *ret,
	struct error *err)
{
	static const char sql[] = HOLDER_COLUMNS " ORDER BY n.value, h.id";

	return read_holders(reg, sql, NULL, ret, err);
}

int registry_holder_get(struct registry *reg, const char *id,
	struct registry_holder *ret, bool *ret_found, struct error *err)
{
	static const char sql[] = HOLDER_COLUMNS " WHERE h.id = ?1";
	CLEANUP(registry_holders_done) struct registry_holders list = { 0 };
	int r;

	r = read_holders(reg, sql, VALUES(v_text(id)), &list, err);
	if (r < 0)
		return r;
	*ret_found = list.n > 0;
	if (list.n > 0) {
		*ret = list.p[0];
		list.n = 0; /* its strings have gone to the caller */
	}
	return 0;
}
