/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: the one table of personal data, and the actor, who is made of them.
 */
#include "bridge/registry/sqlite/store.h"

#include "base/file.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_ARN_MAX 2048
#define NAME_ID_MAX 160 /* ACCOUNT/USERID: 12 + 1 + 128 at most */

static const struct {
	const char *kind;
	const char *what;   /* in errors */
	size_t max;
	bool own_id;        /* a random one, the same value giving the same */
	bool changes;       /* people rename it */
} kinds[] = {
	{ "host", "host name", TEXT_MAX, true, false },
	{ "holder", "holder's name", TEXT_MAX, true, true },
	{ "caller", "caller's ARN", NAME_ARN_MAX, true, false },
	{ "ticket", "ticket", TEXT_MAX, true, false },
	{ "reason", "reason", TEXT_MAX, true, false },
	{ "local-user", "local user's name", TEXT_MAX, true, false },
	{ "aws-device", "device's serial", NAME_ARN_MAX, true, false },
	{ "oath-account", "OATH account's name", TEXT_MAX, true, false },
	{ "bag", "bag number", TEXT_MAX, true, false },
	{ "label", "label", TEXT_MAX, false, true },
	{ "aws-user", "IAM user's name", TEXT_MAX, false, true },
	{ "account", "account alias", TEXT_MAX, false, true },
};

static size_t kind_of(const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			break;
	return i;
}

bool name_kind_changes(const char *kind)
{
	size_t i = kind_of(kind);

	return i < ARRAY_LEN(kinds) && kinds[i].changes;
}

/* text_check; ARNs may be longer than what people type. */
static int check_value(size_t kind, const char *value, struct error *err)
{
	size_t n = strlen(value);

	if (n <= TEXT_MAX || kinds[kind].max <= TEXT_MAX)
		return text_check(value, kinds[kind].what, err);
	if (n > kinds[kind].max)
		return error_set(err, ERROR_USAGE,
			"the %s is longer than %zu bytes", kinds[kind].what,
			kinds[kind].max);
	if (!utf8_is_clean(value, n) || value[0] == ' ' || value[n - 1] == ' ')
		return error_set(err, ERROR_USAGE,
			"the %s holds a control character or is not UTF-8",
			kinds[kind].what);
	return 0;
}

static int check(const char *kind, const char *id, const char *value,
	struct error *err)
{
	size_t i = kind_of(kind);
	size_t n = strlen(id);

	if (i == ARRAY_LEN(kinds))
		return error_set(err, ERROR_USAGE,
			"there is no kind of name '%s'", kind);
	if (n == 0 || n > NAME_ID_MAX || !utf8_is_clean(id, n))
		return error_set(err, ERROR_USAGE,
			"the id of the %s is not valid", kinds[i].what);
	return value ? check_value(i, value, err) : 0;
}

bool name_is_plausible(const char *kind, const char *id, const char *value)
{
	return check(kind, id, value, NULL) == 0;
}

/* ---- rows ---- */

static int find(struct registry *reg, const char *kind, const char *value,
	char ret_id[EVENT_ID_LEN], struct error *err)
{
	static const char sql[] =
		"SELECT id FROM names WHERE kind = ?1 AND value = ?2"
		" ORDER BY n LIMIT 1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_query(reg, sql, VALUES(v_text(kind), v_text(value)), &stmt,
		err);
	if (r == 0)
		r = store_step(reg, stmt, err);
	if (r < 0)
		return r;
	ret_id[0] = '\0';
	if (r > 0)
		column_id(stmt, 0, ret_id);
	return 0;
}

static int set(struct registry *reg, const char *kind, const char *id,
	const char *value, struct error *err)
{
	static const char sql[] =
		"INSERT INTO names (kind, id, made, value)"
		" VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value";

	return store_run(reg, sql, VALUES(v_text(kind), v_text(id),
		v_int(time(NULL)), v_text(value)), err);
}

/* Inside a transaction. */
static int put(struct registry *reg, const char *kind, const char *value,
	char ret_id[EVENT_ID_LEN], struct error *err)
{
	char id[EVENT_ID_LEN];
	int r;

	r = find(reg, kind, value, id, err);
	if (r == 0 && !id[0]) {
		r = event_id_new(id, err);
		if (r == 0)
			r = set(reg, kind, id, value, err);
	}
	if (r < 0)
		return r;
	memcpy(ret_id, id, EVENT_ID_LEN);
	return 0;
}

int registry_name_put(struct registry *reg, const char *kind,
	const char *value, char ret_id[EVENT_ID_LEN], struct error *err)
{
	char id[EVENT_ID_LEN];
	int r;

	r = check(kind, "-", value, err);
	if (r < 0)
		return r;
	if (!kinds[kind_of(kind)].own_id)
		return error_set(err, ERROR_USAGE,
			"names of kind '%s' need an id", kind);
	r = find(reg, kind, value, id, err); /* mostly there: no write lock */
	if (r == 0 && !id[0]) {
		r = store_begin(reg, err);
		if (r < 0)
			return r;
		r = store_end(reg, put(reg, kind, value, id, err), err);
	}
	if (r < 0)
		return r;
	memcpy(ret_id, id, EVENT_ID_LEN);
	return 0;
}

int registry_name_set(struct registry *reg, const char *kind, const char *id,
	const char *value, struct error *err)
{
	int r;

	r = check(kind, id, value, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, set(reg, kind, id, value, err), err);
}

int registry_name_get(struct registry *reg, const char *kind, const char *id,
	char **ret, struct error *err)
{
	static const char sql[] =
		"SELECT value FROM names WHERE kind = ?1 AND id = ?2";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	char *value = NULL;
	int r;

	r = store_query(reg, sql, VALUES(v_text(kind), v_text(id)), &stmt,
		err);
	if (r == 0)
		r = store_step(reg, stmt, err);
	if (r < 0)
		return r;
	if (r > 0 && !column_dup(stmt, 0, &value))
		return error_memory(err);
	*ret = value;
	return 0;
}

int registry_name_find(struct registry *reg, const char *kind,
	const char *value, char ret_id[EVENT_ID_LEN], struct error *err)
{
	return find(reg, kind, value, ret_id, err);
}

int registry_name_delete(struct registry *reg, const char *kind,
	const char *id, struct error *err)
{
	static const char sql[] =
		"DELETE FROM names WHERE kind = ?1 AND id = ?2";
	int r;

	r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, store_run(reg, sql,
		VALUES(v_text(kind), v_text(id)), err), err);
}

/* ---- the actor ---- */

/* The uid that logged in, which sudo does not change. */
static uint32_t login_uid(void)
{
	CLEANUP(buf_done) struct buf b;
	uint64_t uid;

	buf_init(&b, 32);
	if (file_read("/proc/self/loginuid", FILE_ANY, &b, NULL, NULL) < 0 ||
		text_parse_u64(buf_str(&b), UINT32_MAX, &uid) < 0 ||
		uid == UINT32_MAX) /* nobody logged in */
		return getuid();
	return (uint32_t)uid;
}

static void host_name(char *ret, size_t size)
{
	if (gethostname(ret, size) < 0)
		ret[0] = '\0';
	ret[size - 1] = '\0';
	utf8_sanitise(ret);
	if (text_check(ret, "host name", NULL) < 0)
		strncpy(ret, "unknown", size);
}

/* One put after the other; `put_fn` takes its own transaction or none. */
typedef int put_fn(struct registry *reg, const char *kind, const char *value,
	char ret_id[EVENT_ID_LEN], struct error *err);

static int make_actor(struct registry *reg, put_fn *put_name,
	const char *caller_arn, const char *ticket, struct event_actor *ret,
	struct error *err)
{
	struct event_actor a = { .uid = login_uid() };
	char host[HOST_NAME_MAX + 1];
	int r;

	host_name(host, sizeof(host));
	r = put_name(reg, "host", host, a.host, err);
	if (r == 0 && caller_arn)
		r = put_name(reg, "caller", caller_arn, a.caller, err);
	if (r == 0 && ticket)
		r = put_name(reg, "ticket", ticket, a.ticket, err);
	if (r < 0)
		return r;
	*ret = a;
	return 0;
}

int registry_actor(struct registry *reg, const char *caller_arn,
	const char *ticket, struct event_actor *ret, struct error *err)
{
	return make_actor(reg, registry_name_put, caller_arn, ticket, ret, err);
}

int actor_inside(struct registry *reg, struct event_actor *ret,
	struct error *err)
{
	return make_actor(reg, put, NULL, NULL, ret, err);
}
