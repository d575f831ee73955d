/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the projections: tokens with all that belongs to them, bindings,
 * holders; names joined in where they have not been erased.
 */
#include "bridge/registry/check.h"
#include "bridge/registry/sqlite/fields.h"

#include <stdlib.h>
#include <string.h>

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

#define BINDING struct registry_binding

static const struct fields binding_fields = { sizeof(BINDING),
	(const struct field[]){
		FIELD_OF_CHARS(BINDING, id),
		FIELD_OF_CHARS(BINDING, token),
		FIELD_IN(WORD, BINDING, kind, registry_binding_kind_names),
		FIELD_OF_CHARS(BINDING, account),
		FIELD(TEXT, BINDING, user),
		FIELD(TEXT, BINDING, user_name),
		FIELD(TEXT, BINDING, device),
		FIELD_IN(WORD_OR_NONE, BINDING, method, registry_method_names),
		FIELD(TEXT, BINDING, rp),
		FIELD_WITH(BYTES, BINDING, credential, credential_n),
		FIELD(TEXT, BINDING, oath_account),
		FIELD(TEXT, BINDING, basis),
		FIELD_WITH(SHA, BINDING, evidence, has_evidence),
		FIELD(TIME, BINDING, since),
		FIELD(TIME, BINDING, removed),
		FIELD_WITH(BYTES, BINDING, ssh_key, ssh_key_n),
		FIELD(BOOL, BINDING, verify_required),
		{ FIELD_END },
	} };

static int query_bindings(struct registry *reg, const char *sql,
	const struct value *values, struct registry_bindings *ret,
	struct error *err)
{
	struct rows rows;
	int r = rows_read(reg, &binding_fields, sql, values, &rows, err);

	if (r == 0)
		*ret = (struct registry_bindings){ rows.p, rows.n };
	return r;
}

int registry_bindings_all(struct registry *reg, struct registry_bindings *ret,
	struct error *err)
{
	static const char sql[] = BINDING_COLUMNS BINDING_ORDER;

	return query_bindings(reg, sql, NULL, ret, err);
}

int registry_bindings_by_user(struct registry *reg, const char *account,
	const char *user, struct registry_bindings *ret, struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.account = ?1 AND b.user = ?2" BINDING_ORDER;

	return query_bindings(reg, sql, VALUES(v_text(account), v_text(user)),
		ret, err);
}

int registry_bindings_by_device(struct registry *reg, const char *device,
	struct registry_bindings *ret, struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.device IN (SELECT id FROM names"
		"  WHERE kind = 'aws-device' AND value = ?1)" BINDING_ORDER;

	return query_bindings(reg, sql, VALUES(v_text(device)), ret, err);
}

int registry_bindings_by_local_user(struct registry *reg,
	const char *const *names, size_t n, struct registry_bindings *ret,
	struct error *err)
{
	static const char sql[] = BINDING_COLUMNS
		" WHERE b.local_user IN (SELECT id FROM names"
		"  WHERE kind = 'local-user' AND value IN (?1, ?2, ?3))"
		BINDING_ORDER;

	return query_bindings(reg, sql, VALUES(v_text(n > 0 ? names[0] : NULL),
		v_text(n > 1 ? names[1] : NULL),
		v_text(n > 2 ? names[2] : NULL)), ret, err);
}

/* ---- what belongs to a token ---- */

#define IDENTIFIER struct registry_identifier
#define JOIN struct registry_join
#define CREDENTIAL struct registry_credential

static const struct fields identifier_fields = { sizeof(IDENTIFIER),
	(const struct field[]){
		FIELD(TEXT, IDENTIFIER, kind),
		FIELD(TEXT, IDENTIFIER, value),
		FIELD_IN(RANK, IDENTIFIER, basis, registry_basis_names),
		FIELD(TIME, IDENTIFIER, seen),
		{ FIELD_END },
	} };

static const struct fields join_fields = { sizeof(JOIN),
	(const struct field[]){
		FIELD(TEXT, JOIN, a),
		FIELD(TEXT, JOIN, b),
		FIELD(TEXT, JOIN, by),
		{ FIELD_END },
	} };

static const struct fields credential_fields = { sizeof(CREDENTIAL),
	(const struct field[]){
		FIELD_OF_CHARS(CREDENTIAL, token),
		FIELD(TEXT, CREDENTIAL, rp),
		FIELD_WITH(BYTES, CREDENTIAL, id, id_n),
		FIELD_WITH(BYTES, CREDENTIAL, public_key, public_key_n),
		FIELD(INT, CREDENTIAL, alg),
		FIELD_OF_CHARS(CREDENTIAL, aaguid),
		FIELD(U32, CREDENTIAL, counter),
		FIELD(BOOL, CREDENTIAL, resident),
		FIELD(BOOL, CREDENTIAL, uv),
		FIELD_WITH(SHA, CREDENTIAL, evidence, has_evidence),
		FIELD(TIME, CREDENTIAL, since),
		FIELD(TIME, CREDENTIAL, removed),
		{ FIELD_END },
	} };

/* Into a token without any; after a failure it owns what was read so far. */
static int query_parts(struct registry *reg, struct registry_token *t,
	struct error *err)
{
	static const char identifiers[] =
		"SELECT kind, value, basis, seen FROM identifiers"
		" WHERE token = ?1 ORDER BY kind, basis DESC, value";
	static const char joins[] =
		"SELECT a, b, by FROM joins WHERE token = ?1 ORDER BY a, b, by";
	static const char credentials[] =
		"SELECT token, rp, id, public_key, alg, aaguid, counter,"
		" resident, uv, evidence, since, removed FROM credentials"
		" WHERE token = ?1 ORDER BY since, rp, id";
	static const char bindings[] = BINDING_COLUMNS
		" WHERE b.token = ?1" BINDING_ORDER;
	const struct value *of = VALUES(v_text(t->id));
	struct rows i = { NULL, 0 }, j = { NULL, 0 }, c = { NULL, 0 };
	int r;

	r = rows_read(reg, &identifier_fields, identifiers, of, &i, err);
	if (r == 0)
		r = rows_read(reg, &join_fields, joins, of, &j, err);
	if (r == 0)
		r = rows_read(reg, &credential_fields, credentials, of, &c,
			err);
	t->identifiers = i.p;
	t->identifiers_n = i.n;
	t->joins = j.p;
	t->joins_n = j.n;
	t->credentials = c.p;
	t->credentials_n = c.n;
	return r < 0 ? r :
		query_bindings(reg, bindings, of, &t->bindings, err);
}

/* ---- tokens ---- */

#define TOKEN_COLUMNS                                                          \
	"SELECT t.id, t.state, t.since, t.holder, h.kind, n.value, l.value,"   \
	" t.model, t.aaguid, t.firmware, t.firmware_signed, t.verdict,"        \
	" t.verdict_time, t.verdict_evidence, t.seen, s.value, t.bag_state,"   \
	" b.value, t.bag_since, c.value, c2.value FROM tokens t"               \
	" LEFT JOIN holders h ON h.id = t.holder"                              \
	" LEFT JOIN names n ON n.kind = 'holder' AND n.id = t.holder"          \
	" LEFT JOIN names l ON l.kind = 'label' AND l.id = t.id"               \
	" LEFT JOIN names s ON s.kind = 'host' AND s.id = t.seen_host"         \
	" LEFT JOIN names b ON b.kind = 'bag' AND b.id = t.bag"                \
	" LEFT JOIN names c ON c.kind = 'holder' AND c.id = t.custodian"       \
	" LEFT JOIN names c2 ON c2.kind = 'holder' AND c2.id = t.custodian_2"
#define TOKEN_ORDER " ORDER BY t.id"

#define TOKEN struct registry_token

static const struct fields token_fields = { sizeof(TOKEN),
	(const struct field[]){
		FIELD_OF_CHARS(TOKEN, id),
		FIELD_IN(WORD, TOKEN, state, registry_state_names),
		FIELD(TIME, TOKEN, since),
		FIELD_OF_CHARS(TOKEN, holder),
		FIELD_IN(WORD_OR_NONE, TOKEN, holder_kind,
			registry_holder_kind_names),
		FIELD(TEXT, TOKEN, holder_name),
		FIELD(TEXT, TOKEN, label),
		FIELD(TEXT, TOKEN, model),
		FIELD_OF_CHARS(TOKEN, aaguid),
		FIELD(TEXT, TOKEN, firmware),
		FIELD(BOOL, TOKEN, firmware_signed),
		FIELD(INT_OR_NONE, TOKEN, verdict),
		FIELD(TIME, TOKEN, verdict_time),
		FIELD_WITH(SHA, TOKEN, evidence, has_evidence),
		FIELD(TIME, TOKEN, seen),
		FIELD(TEXT, TOKEN, seen_host),
		FIELD_IN(WORD_OR_NONE, TOKEN, bag_state, registry_bag_names),
		FIELD(TEXT, TOKEN, bag),
		FIELD(TIME, TOKEN, bag_since),
		FIELD(TEXT, TOKEN, custodians[0]),
		FIELD(TEXT, TOKEN, custodians[1]),
		{ FIELD_END },
	} };

/* One state of the registry for all the statements that this takes. */
static int query_tokens(struct registry *reg, const char *sql,
	const struct value *values, struct registry_tokens *ret,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	struct rows rows = { NULL, 0 };
	size_t i;
	int r;

	r = store_begin_read(reg, err);
	if (r < 0)
		return r;
	r = rows_read(reg, &token_fields, sql, values, &rows, err);
	list.p = rows.p;
	list.n = rows.n;
	for (i = 0; r == 0 && i < list.n; i++)
		r = query_parts(reg, &list.p[i], err);
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

	return query_tokens(reg, sql, NULL, ret, err);
}

int registry_tokens_by_id(struct registry *reg, const char *prefix,
	struct registry_tokens *ret, struct error *err)
{
	/* ids are lower-case hex: 'g' sorts behind every digit */
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id >= ?1 AND t.id < ?1 || 'g'" TOKEN_ORDER;
	int r = registry_check_prefix(prefix, err);

	return r < 0 ? r :
		query_tokens(reg, sql, VALUES(v_text(prefix)), ret, err);
}

int registry_tokens_by_identifier(struct registry *reg, const char *kind,
	const char *value, struct registry_tokens *ret, struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id IN (SELECT token FROM identifiers"
		"  WHERE kind = ?1 AND value = ?2)" TOKEN_ORDER;

	return query_tokens(reg, sql, VALUES(v_text(kind), v_text(value)), ret,
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

	return query_tokens(reg, sql, VALUES(v_blob(id, n), v_text(rp)), ret,
		err);
}

int registry_tokens_by_holder(struct registry *reg, const char *holder,
	struct registry_tokens *ret, struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.holder = ?1" TOKEN_ORDER;

	return query_tokens(reg, sql, VALUES(v_text(holder)), ret, err);
}

int registry_tokens_by_label(struct registry *reg, const char *label,
	struct registry_tokens *ret, struct error *err)
{
	static const char sql[] = TOKEN_COLUMNS
		" WHERE t.id IN (SELECT id FROM names"
		"  WHERE kind = 'label' AND value = ?1)" TOKEN_ORDER;

	return query_tokens(reg, sql, VALUES(v_text(label)), ret, err);
}

/* ---- candidates ---- */

#define CANDIDATE struct registry_candidate

static const struct fields candidate_fields = { sizeof(CANDIDATE),
	(const struct field[]){
		FIELD_OF_CHARS(CANDIDATE, token),
		FIELD_WITH(BYTES, CANDIDATE, id, id_n),
		{ FIELD_END },
	} };

int registry_candidates(struct registry *reg, const char *rp, const char *kind,
	const char *value, const struct registry_likely *likely,
	bool without_serial, struct registry_candidates *ret,
	struct error *err)
{
	static const char sql[] =
		"WITH lot(value) AS (SELECT l.value FROM identifiers l"
		"  WHERE l.kind = '" REGISTRY_ID_LOT "' AND l.token ="
		"   (SELECT id FROM tokens ORDER BY seen DESC LIMIT 1))"
		" SELECT token, id FROM (SELECT c.token, c.id, t.firmware,"
		"  t.seen, EXISTS (SELECT 1 FROM identifiers s WHERE"
		"   s.token = c.token AND s.kind = '" REGISTRY_ID_SERIAL "')"
		"   AS has_serial,"
		"  EXISTS (SELECT 1 FROM names n WHERE n.kind = 'holder'"
		"   AND n.id = t.holder AND n.value = ?6) AS is_holders,"
		"  EXISTS (SELECT 1 FROM identifiers l WHERE"
		"   l.token = c.token AND l.kind = '" REGISTRY_ID_LOT "'"
		"   AND l.value IN lot) AS is_of_lot"
		"  FROM identifiers i"
		"  JOIN credentials c ON c.token = i.token AND c.rp = ?1"
		"  JOIN tokens t ON t.id = i.token"
		"  WHERE i.kind = ?2 AND i.value = ?3 AND c.removed IS NULL)"
		" WHERE NOT (?5 AND has_serial)"
		" ORDER BY has_serial, is_holders DESC, firmware IS ?4 DESC,"
		"  is_of_lot DESC, seen DESC, token";
	struct rows rows;
	int r = rows_read(reg, &candidate_fields, sql, VALUES(v_text(rp),
		v_text(kind), v_text(value), v_text(likely->firmware),
		v_int(without_serial), v_text(likely->holder)), &rows, err);

	if (r == 0)
		*ret = (struct registry_candidates){ rows.p, rows.n };
	return r;
}

/* ---- holders ---- */

#define HOLDER_COLUMNS                                                         \
	"SELECT h.id, h.kind, h.since, n.value, h.bag FROM holders h"          \
	" LEFT JOIN names n ON n.kind = 'holder' AND n.id = h.id"

#define HOLDER struct registry_holder

static const struct fields holder_fields = { sizeof(HOLDER),
	(const struct field[]){
		FIELD_OF_CHARS(HOLDER, id),
		FIELD_IN(WORD, HOLDER, kind, registry_holder_kind_names),
		FIELD(TIME, HOLDER, since),
		FIELD(TEXT, HOLDER, name),
		FIELD(TEXT, HOLDER, bag),
		{ FIELD_END },
	} };

static int query_holders(struct registry *reg, const char *sql,
	const struct value *values, struct registry_holders *ret,
	struct error *err)
{
	struct rows rows;
	int r = rows_read(reg, &holder_fields, sql, values, &rows, err);

	if (r == 0)
		*ret = (struct registry_holders){ rows.p, rows.n };
	return r;
}

int registry_holders_all(struct registry *reg, struct registry_holders *ret,
	struct error *err)
{
	static const char sql[] = HOLDER_COLUMNS " ORDER BY n.value, h.id";

	return query_holders(reg, sql, NULL, ret, err);
}

int registry_holder_get(struct registry *reg, const char *id,
	struct registry_holder *ret, bool *ret_found, struct error *err)
{
	static const char sql[] = HOLDER_COLUMNS " WHERE h.id = ?1";
	CLEANUP(registry_holders_done) struct registry_holders list = { 0 };
	int r;

	r = query_holders(reg, sql, VALUES(v_text(id)), &list, err);
	if (r < 0)
		return r;
	*ret_found = list.n > 0;
	if (list.n > 0) {
		*ret = list.p[0];
		list.n = 0; /* its strings have gone to the caller */
	}
	return 0;
}
