/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry when SQLite finds no memory: its allocation number n fails, for
 * n = 1, 2, 3 ... until a run meets no failure, once alone and once with all
 * that follow. What is told to have succeeded is as it would have been, what is
 * told to have failed has changed nothing, and a file that is whole is never
 * called damaged.
 */
#include "bridge/local/publish.h"
#include "bridge/login/db.h"

#include "tests/unit/scarce.h"
#include "tests/unit/test_registry.h"

/* ---- a small registry that has one of everything ---- */

static struct place *at;
static char token[ID_LEN], holder[ID_LEN], user[ID_LEN];
static unsigned char sha[SHA256_LEN];
static char login_db[160], fresh[160], damaged[160];
static struct buf pristine; /* the file, before each run */
static char *good;          /* what all questions are answered, owned */
static uint64_t events;

#define RP "tokenbridge:login"

static void put_bindings(struct registry *reg)
{
	char id[ID_LEN];

	OK(registry_name_put(reg, "local-user", "alice", user, &err));
	add(reg, EVENT_CREDENTIAL_ADDED, json_pack(
		"{s:s, s:s, s:o, s:o, s:i, s:i, s:b}", "token", token, "rp", RP,
		"credential", event_bytes_new("one", 3), "public_key",
		event_bytes_new("key", 3), "alg", -7, "counter", 5,
		"resident", 0));
	new_id(id);
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "binding", id,
		"kind", "pam", "user", "1000", "token", token, "local_user",
		user, "rp", RP, "credential", event_bytes_new("one", 3),
		"verify_required", 1));
}

/* That it opens is a row of its own: the others begin behind it. */
static int opened(struct registry **ret, enum registry_mode mode)
{
	long left = scarce.countdown;
	int r;

	scarce.countdown = 0;
	r = registry_open(ret, at->db, mode, NULL, &err);
	scarce.countdown = left;
	return r;
}

/* ---- all that can be asked, as one text; NULL where one question fails ---- */

static int say_event(const struct event *e, const struct registry_head *h,
	const unsigned char *p, size_t n, void *arg, struct error *err_)
{
	(void)e;
	(void)err_;
	buf_printf(arg, "%llu %.*s\n", (unsigned long long)h->seq, (int)n,
		(const char *)p);
	return 0;
}

static int say_tokens(struct registry *reg, struct buf *b)
{
	struct registry_tokens list = { 0 };
	int r = registry_tokens_all(reg, &list, &err);

	for (size_t i = 0; r == 0 && i < list.n; i++) {
		const struct registry_token *t = &list.p[i];

		buf_printf(b, "%s %s %s %zu %zu %zu %zu %d\n", t->id,
			t->label ? t->label : "-", t->model ? t->model : "-",
			t->identifiers_n, t->joins_n, t->credentials_n,
			t->bindings.n, t->has_evidence);
	}
	registry_tokens_done(&list);
	return r;
}

static int say_holders(struct registry *reg, struct buf *b)
{
	struct registry_holders list = { 0 };
	int r = registry_holders_all(reg, &list, &err);

	for (size_t i = 0; r == 0 && i < list.n; i++)
		buf_printf(b, "%s %s\n", list.p[i].id, list.p[i].name);
	registry_holders_done(&list);
	return r;
}

static int say_bindings(struct registry *reg, struct buf *b)
{
	static const char *const names[] = { "alice" };
	struct registry_bindings list = { 0 };
	int r = registry_bindings_by_local_user(reg, names, 1, &list, &err);

	for (size_t i = 0; r == 0 && i < list.n; i++)
		buf_printf(b, "%s %s %zu %s\n", list.p[i].user_name,
			list.p[i].rp, list.p[i].credential_n, list.p[i].user);
	registry_bindings_done(&list);
	return r;
}

static int say_names(struct registry *reg, struct buf *b)
{
	char id[ID_LEN], *value = NULL;
	int r = registry_name_find(reg, "local-user", "alice", id, &err);

	if (r == 0)
		r = registry_name_get(reg, "label", token, &value, &err);
	if (r == 0)
		buf_printf(b, "%s %s\n", id, value ? value : "-");
	free(value);
	return r;
}

static int say_evidence(struct registry *reg, struct buf *b)
{
	struct buf bytes;
	bool absent = true;
	int r;

	buf_init(&bytes, REGISTRY_EVIDENCE_MAX);
	r = registry_evidence_get(reg, sha, &bytes, &absent, &err);
	if (r == 0)
		buf_printf(b, "%d %.*s\n", absent, (int)bytes.n,
			(const char *)bytes.p);
	buf_done(&bytes);
	return r;
}

static int say_all(struct registry *reg, char **ret)
{
	int (*const say[])(struct registry *reg, struct buf *b) = { say_tokens,
		say_holders, say_bindings, say_names, say_evidence };
	struct registry_head head;
	struct buf b;
	int r;

	buf_init(&b, 1 << 20);
	r = registry_head(reg, &head, &err);
	if (r == 0)
		buf_printf(&b, "%s %llu\n", head.stream,
			(unsigned long long)head.seq);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(say); i++)
		r = say[i](reg, &b);
	if (r == 0)
		r = registry_events(reg, 0, say_event, &b, &err);
	if (r == 0)
		*ret = strdup(buf_str(&b));
	buf_done(&b);
	return r;
}

/* A file that says all that was said at first. */
static void assert_same(const char *path)
{
	struct registry *reg = open_ro(path);
	char *is = NULL;

	OK(say_all(reg, &is));
	assert_string_equal(is, good);
	free(is);
	registry_free(&reg);
}

/* ---- what is run, and what must hold behind it ---- */

static int run_open(void)
{
	struct registry *reg = NULL;
	int r = registry_open(&reg, at->db, REGISTRY_WRITE, NULL, &err);

	registry_free(&reg);
	return r;
}

static int run_ask(void)
{
	struct registry *reg = NULL;
	char *is = NULL;
	int r = opened(&reg, REGISTRY_READ);

	if (r == 0)
		r = say_all(reg, &is);
	if (r == 0)
		assert_string_equal(is, good);
	free(is);
	registry_free(&reg);
	return r;
}

static int run_verify(void)
{
	struct registry *reg = NULL;
	struct registry_report report;
	int r = opened(&reg, REGISTRY_READ);

	if (r == 0)
		r = registry_verify(reg, NULL, NULL, NULL, &report, &err);
	if (r == 0) {
		assert_int_equal(report.events, events);
		assert_int_equal(report.evidence, 1);
		assert_int_equal(report.problems, 0);
	}
	registry_free(&reg);
	return r;
}

static int run_append(void)
{
	struct event_draft d = { .type = EVENT_HOLDER_ADDED };
	struct registry *reg = NULL;
	json_t *body = json_pack("{s:s, s:s}", "holder",
		"00000000000000000000000000000001", "kind", "person");
	int r = opened(&reg, REGISTRY_WRITE);

	d.body = body;
	if (r == 0)
		r = registry_actor(reg, NULL, NULL, &d.actor, &err);
	if (r == 0)
		r = registry_append(reg, &d, NULL, &err);
	registry_free(&reg);
	json_decref(body);
	return r;
}

static void check_append(int r)
{
	assert_int_equal(assert_whole(at->db).events, events + (r == 0));
}

/* A name that is there already keeps its id. */
static int run_name(void)
{
	struct registry *reg = NULL;
	char id[ID_LEN] = "";
	int r = opened(&reg, REGISTRY_WRITE);

	if (r == 0)
		r = registry_name_put(reg, "local-user", "alice", id, &err);
	if (r == 0)
		assert_string_equal(id, user);
	registry_free(&reg);
	return r;
}

/* Somebody else has it for an hour. */
static int run_reserve(void)
{
	struct registry *reg = NULL;
	int r = opened(&reg, REGISTRY_WRITE);

	if (r == 0)
		r = registry_reserve(reg, "token", token, NULL,
			"00000000000000000000000000000002", 60, &err);
	registry_free(&reg);
	assert_int_not_equal(r, 0);
	return r == -ERROR_BUSY ? 0 : r;
}

static int run_evidence(void)
{
	struct registry *reg = NULL;
	unsigned char is[SHA256_LEN];
	int r = opened(&reg, REGISTRY_WRITE);

	if (r == 0)
		r = registry_evidence_put(reg, "other", 5, is, &err);
	registry_free(&reg);
	return r;
}

static void check_evidence(int r)
{
	assert_int_equal(assert_whole(at->db).evidence, 1 + (r == 0));
}

static int run_rebuild(void)
{
	struct registry *reg = NULL;
	int r = opened(&reg, REGISTRY_WRITE);

	if (r == 0)
		r = registry_rebuild(reg, &err);
	registry_free(&reg);
	return r;
}

static int run_backup(void)
{
	struct registry *reg = NULL;
	int r = opened(&reg, REGISTRY_READ);

	if (r == 0)
		r = registry_backup(reg, fresh, &err);
	registry_free(&reg);
	return r;
}

/* All of it, or no file. */
static void check_fresh(int r)
{
	assert_int_equal(access(fresh, F_OK), r == 0 ? 0 : -1);
	if (r == 0)
		assert_same(fresh);
}

static int run_restore(void)
{
	struct registry_restored ret;
	int r = registry_restore(damaged, at->backup, fresh, &ret, &err);

	if (r == 0) {
		assert_int_equal(ret.head.seq, events - 1);
		assert_false(ret.has_lost);
	}
	return r;
}

static int run_init(void)
{
	return registry_init(fresh, false, &err);
}

static void check_init(int r)
{
	assert_int_equal(access(fresh, F_OK), r == 0 ? 0 : -1);
	if (r == 0)
		assert_int_equal(assert_whole(fresh).events, 1);
}

static int run_publish(void)
{
	struct login_published done = { 0 };
	struct registry *reg = NULL;
	int r = opened(&reg, REGISTRY_READ);

	if (r == 0)
		r = login_publish(reg, login_db, &done, &err);
	if (r == 0)
		assert_int_equal(done.credentials, 1);
	login_published_done(&done);
	registry_free(&reg);
	return r;
}

/* Whole, or as it was: there was none. */
static void check_publish(int r)
{
	struct login_credentials list = { 0 };
	struct login_db *db = NULL;

	assert_int_equal(access(login_db, F_OK), r == 0 ? 0 : -1);
	if (r < 0)
		return;
	OK(login_db_open(&db, login_db, &err));
	OK(login_db_credentials(db, USER_NAMED("alice"), &list, &err));
	assert_int_equal(list.n, 1);
	assert_memory_equal(list.p[0].id, "one", 3);
	assert_true(list.p[0].verify_required);
	login_credentials_done(&list);
	login_db_free(&db);
	unlink(login_db);
}

static const struct row {
	const char *name;
	int (*run)(void);
	void (*check)(int r); /* NULL: the file is as it was */
	long step;            /* 0: 1; what opens files meets thousands */
} rows[] = {
	{ "a registry is opened, or an error is told", run_open, NULL, 5 },
	{ "questions are answered in full or not at all", run_ask, NULL, 7 },
	{ "verifying finds no damage that is not there", run_verify, NULL, 61 },
	{ "an event is appended, or an error is told", run_append,
		check_append, 0 },
	{ "a name that is there is never made again", run_name, NULL, 0 },
	{ "what is reserved is never given to another", run_reserve, NULL,
		0 },
	{ "evidence is kept, or an error is told", run_evidence,
		check_evidence, 0 },
	{ "rows are made anew, or stay", run_rebuild, NULL, 61 },
	{ "a backup is whole or none", run_backup, check_fresh, 31 },
	{ "a restored registry is whole or none", run_restore, check_fresh,
		211 },
	{ "a new registry is whole or none", run_init, check_init, 13 },
	{ "a published file is whole or none", run_publish, check_publish,
		13 },
};

/* The file that was there, or one that holds the same. */
static void check_unchanged(void)
{
	struct buf is;
	bool same;

	slurp(at->db, &is);
	same = is.n == pristine.n && memcmp(is.p, pristine.p, is.n) == 0;
	buf_done(&is);
	if (same)
		return;
	assert_same(at->db);
	assert_whole(at->db);
}

/* false where no allocation was left to fail */
static bool run_with(const struct row *row, long n, bool all)
{
	int r;

	spill(at->db, pristine.p, pristine.n);
	unlink(fresh);
	memset(&err, 0, sizeof(err));
	scarce.countdown = n;
	scarce.onwards = all;
	scarce.met = false;
	r = row->run();
	scarce.countdown = 0;
	if (r < 0 && (!scarce.met || err.code != ERROR_FAILED))
		fail_msg("allocation %ld%s: %d, %s", n, all ? " and on" : "",
			r, err.text);
	if (row->check)
		row->check(r);
	else
		check_unchanged();
	return scarce.met;
}

static void run_row(void **state)
{
	const struct row *row = *state;
	long n;

	for (int all = 0; all < 2; all++)
		for (n = 1; run_with(row, n, all); n += row->step ?
			row->step : 1)
			;
	print_message("%ld allocations\n", n - 1);
}

/* ---- set-up ---- */

static int set_up(void **state)
{
	struct registry *reg;

	(void)state;
	setup((void **)&at);
	snprintf(login_db, sizeof(login_db), "%s/login.db", at->dir);
	snprintf(fresh, sizeof(fresh), "%s/fresh.db", at->dir);
	snprintf(damaged, sizeof(damaged), "%s/damaged.db", at->dir);
	reg = open_rw(at->db);
	add_holder(reg, "bob", holder);
	add_token(reg, "1001", token);
	OK(registry_backup(reg, at->backup, &err));
	OK(registry_name_set(reg, "label", token, "the label of it", &err));
	OK(registry_evidence_put(reg, "evidence", 8, sha, &err));
	put_bindings(reg);
	OK(registry_reserve(reg, "token", token, NULL,
		"00000000000000000000000000000001", 3600, &err));
	OK(say_all(reg, &good));
	registry_free(&reg);
	slurp(at->db, &pristine);
	spill(damaged, pristine.p, pristine.n);
	events = assert_whole(at->db).events;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(good);
	buf_done(&pristine);
	return teardown((void **)&at);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows)];

	if (!scarce_sqlite((struct scarce_heap){ malloc, realloc, free }))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("registry memory", tests, set_up,
		tear_down);
}
