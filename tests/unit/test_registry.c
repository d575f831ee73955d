/* SPDX-License-Identifier: Apache-2.0 */
/* The registry: opening, events, names, evidence, reservations, questions. */
#include "base/paths.h"
#include "base/text.h"
#include "bridge/hash/chain.h"
#include "tests/unit/test_registry.h"

#include <sys/stat.h>

/* ---- making and opening ---- */

static void init_makes_a_private_file_in_a_private_directory(void **state)
{
	struct place *p = *state;
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/registry.db", p->dir);
	OK(registry_init(path, false, &err));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void init_refuses_a_path_that_exists(void **state)
{
	struct place *p = *state;
	struct buf before, after;
	char empty[160];

	slurp(p->db, &before);
	FAILS(ERROR_CONFLICT, registry_init(p->db, true, &err));
	slurp(p->db, &after);
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.p, after.p, after.n);
	buf_done(&before);
	buf_done(&after);
	snprintf(empty, sizeof(empty), "%s/empty", p->dir);
	spill(empty, "", 0);
	FAILS(ERROR_CONFLICT, registry_init(empty, true, &err));
}

static void init_leaves_nothing_else_behind(void **state)
{
	struct place *p = *state;
	char command[160];

	snprintf(command, sizeof(command),
		"test \"$(ls -A %s)\" = registry.db", p->dir);
	assert_int_equal(system(command), 0);
}

static int see_rehearsal(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	(void)bytes;
	(void)n;
	(void)e2;
	assert_int_equal(h->seq, 0);
	assert_int_equal(e->type, EVENT_REGISTRY_INIT);
	*(bool *)arg = event_bool(e->body, "rehearsal");
	return 0;
}

static void the_rehearsal_mark_stands_in_event_0(void **state)
{
	struct place *p = *state;
	struct registry *reg;
	bool mark;

	OK(registry_init(p->out, true, &err));
	reg = open_ro(p->out);
	assert_true(registry_is_rehearsal(reg));
	OK(registry_events(reg, 0, see_rehearsal, &mark, &err));
	assert_true(mark);
	registry_free(&reg);
	reg = open_ro(p->db);
	assert_false(registry_is_rehearsal(reg));
	registry_free(&reg);
}

static void stations_differ(void **state)
{
	struct place *p = *state;
	struct registry *a, *b;

	OK(registry_init(p->out, false, &err));
	a = open_ro(p->db);
	b = open_ro(p->out);
	assert_true(id_is_valid(registry_station(a)));
	assert_string_not_equal(registry_station(a), registry_station(b));
	registry_free(&a);
	registry_free(&b);
}

static void an_absent_file_is_told_from_a_failure(void **state)
{
	struct place *p = *state;
	struct registry *reg = (void *)p;
	bool absent = false;

	OK(registry_open(&reg, p->out, REGISTRY_WRITE, &absent, &err));
	assert_true(absent);
	assert_null(reg);
	SAYS(ERROR_FAILED, "'; run `tokenbridge registry init --registry '",
		registry_open(&reg, p->out, REGISTRY_READ, NULL, &err));
	assert_non_null(strstr(err.text, "tokenbridge registry init "
					 "--registry"));
	assert_int_not_equal(access(p->out, F_OK), 0);
	/* the system's, which is nobody's to name */
	FAILS(ERROR_FAILED, registry_open(&reg, PATH_REGISTRY, REGISTRY_READ,
		NULL, &err));
	assert_non_null(strstr(err.text, "`sudo tokenbridge registry init`"));
	OK(registry_open(&reg, p->db, REGISTRY_WRITE, &absent, &err));
	assert_false(absent);
	registry_free(&reg);
}

static void a_file_or_directory_that_others_can_write_is_refused(void **state)
{
	struct place *p = *state;
	struct registry *reg = NULL;

	chmod(p->db, 0620);
	SAYS(ERROR_PERMISSION, ": others could write the registry; run chmod",
		registry_open(&reg, p->db, REGISTRY_READ, NULL, &err));
	chmod(p->db, 0600);
	chmod(p->dir, 01777);
	SAYS(ERROR_PERMISSION, ": others could write the registry; run chmod",
		registry_open(&reg, p->db, REGISTRY_READ, NULL, &err));
	SAYS(ERROR_PERMISSION, ": others could write the registry; run chmod",
		registry_init(p->out, false, &err));
	chmod(p->dir, 0700);
	assert_null(reg);
	assert_whole(p->db);
}

static void it_belongs_to_root_or_to_whoever_opens_it(void **state)
{
	static const uid_t me = 65534, other = 65533;
	const struct {
		uid_t who, file, directory;
		bool opens;
	} rows[] = {
		{ 0, 0, 0, true }, { 0, other, 0, false },
		{ 0, 0, other, false }, { me, me, me, true },
		{ me, 0, 0, true }, { me, me, 0, true }, { me, 0, me, true },
		{ me, other, me, false }, { me, me, other, false },
	};
	struct place *p = *state;
	size_t i;

	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	chmod(p->dir, 0755);
	chmod(p->db, 0644);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct registry *reg = NULL;
		int r;

		assert_int_equal(chown(p->db, rows[i].file, 0), 0);
		assert_int_equal(chown(p->dir, rows[i].directory, 0), 0);
		assert_int_equal(seteuid(rows[i].who), 0);
		r = registry_open(&reg, p->db, REGISTRY_READ, NULL, &err);
		registry_free(&reg);
		assert_int_equal(seteuid(0), 0);
		if (rows[i].opens != (r == 0))
			fail_msg("row %zu: %s", i, r < 0 ? err.text : "opened");
		if (r < 0 && !strstr(err.text,
				": a registry and its directory must belong to"))
			fail_msg("row %zu: %s", i, err.text);
	}
	assert_int_equal(chown(p->db, 0, 0), 0);
	assert_int_equal(chown(p->dir, 0, 0), 0);
}

static void a_link_or_a_directory_is_refused(void **state)
{
	struct place *p = *state;
	struct registry *reg = NULL;

	assert_int_equal(symlink(p->db, p->out), 0);
	SAYS(ERROR_PERMISSION, "' is not a regular file",
		registry_open(&reg, p->out, REGISTRY_READ, NULL, &err));
	SAYS(ERROR_PERMISSION, "' is not a regular file",
		registry_open(&reg, p->dir, REGISTRY_READ, NULL, &err));
}

static void a_later_schema_is_refused(void **state)
{
	struct place *p = *state;
	struct registry *reg = NULL;

	tamper(p->db, "PRAGMA user_version = 2");
	SAYS(ERROR_UNSUPPORTED, ": a newer tokenbridge is needed",
		registry_open(&reg, p->db, REGISTRY_WRITE, NULL, &err));
}

static void other_files_are_damage_and_stay_as_they_are(void **state)
{
	static const char *const contents[] = { "", "x",
		"SQLite format 3", "this is a longer text than a header of a "
		"database could be, so that it is read as one and refused as "
		"one, whatever the size of the first page may be" };
	struct place *p = *state;
	struct registry *reg = NULL;
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		spill(p->out, contents[i], strlen(contents[i]));
		SAYS(ERROR_CORRUPT, "; it is left as it is, see tokenbridge",
			registry_open(&reg, p->out,
			REGISTRY_WRITE, NULL, &err));
		slurp(p->out, &b);
		assert_string_equal(buf_str(&b), contents[i]);
		buf_done(&b);
	}
	unlink(p->out);
	tamper(p->out, "CREATE TABLE t (x)");
	chmod(p->out, 0600);
	SAYS(ERROR_CORRUPT, "; it is left as it is, see tokenbridge",
		registry_open(&reg, p->out, REGISTRY_WRITE, NULL, &err));
}

/* SQLite takes what is missing of its last page for zeros. */
static void a_file_that_is_cut_off_anywhere_is_damaged(void **state)
{
	struct place *p = *state;
	struct registry *reg = NULL;
	struct stat st;
	off_t n;

	assert_int_equal(stat(p->db, &st), 0);
	for (n = st.st_size - 1; n > 0; n -= 1111) {
		assert_int_equal(truncate(p->db, n), 0);
		FAILS(ERROR_CORRUPT, registry_open(&reg, p->db,
			REGISTRY_READ, NULL, &err));
		assert_null(reg);
		if (st.st_size - n < 4096)
			assert_non_null(strstr(err.text, "cut off"));
	}
}

static void triggers_in_the_file_do_not_run(void **state)
{
	struct place *p = *state;
	struct registry *reg;
	char id[ID_LEN], *value = NULL;

	tamper(p->db, "CREATE TRIGGER t AFTER INSERT ON events BEGIN "
		      "DELETE FROM names; END");
	reg = open_rw(p->db);
	OK(registry_name_put(reg, "holder", "alice", id, &err));
	add(reg, EVENT_HOLDER_ADDED, json_pack("{s:s, s:s}", "holder", id,
		"kind", "person"));
	OK(registry_name_get(reg, "holder", id, &value, &err));
	assert_string_equal(value, "alice");
	free(value);
	registry_free(&reg);
}

static void a_reader_cannot_write(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_ro(p->db);
	struct event_draft d = { .type = EVENT_REGISTRY_INIT };
	unsigned char sha[SHA256_LEN];
	char id[ID_LEN];

	d.body = json_pack("{s:b}", "rehearsal", 0);
	SAYS(ERROR_PERMISSION, "' is open for reading only",
		registry_append(reg, &d, NULL, &err));
	SAYS(ERROR_PERMISSION, "' is open for reading only",
		registry_name_put(reg, "host", "h", id, &err));
	SAYS(ERROR_PERMISSION, "' is open for reading only",
		registry_evidence_put(reg, "x", 1, sha, &err));
	SAYS(ERROR_PERMISSION, "' is open for reading only",
		registry_rebuild(reg, &err));
	json_decref((json_t *)(uintptr_t)d.body);
	registry_free(&reg);
}

/* ---- events ---- */

static void events_are_numbered_and_chained(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_head a, b, c;
	char id[ID_LEN];

	OK(registry_head(reg, &a, &err));
	assert_int_equal(a.seq, 0);
	add_token(reg, "1", id);
	OK(registry_head(reg, &b, &err));
	assert_int_equal(b.seq, 1);
	assert_string_equal(b.stream, registry_station(reg));
	c = add(reg, EVENT_TOKEN_STATE, json_pack("{s:s, s:s}", "token", id,
		"state", "lost"));
	assert_int_equal(c.seq, 2);
	assert_memory_not_equal(b.hash, c.hash, SHA256_LEN);
	registry_free(&reg);
	assert_int_equal(assert_whole(p->db).events, 3);
}

struct chain_walk {
	unsigned char hash[SHA256_LEN];
	uint64_t n;
};

static int walk(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	struct chain_walk *w = arg;

	assert_int_equal(h->seq, w->n++);
	assert_int_equal(e->seq, h->seq);
	OK(chain_next(h->seq ? w->hash : NULL, bytes, n, w->hash, &err));
	assert_memory_equal(w->hash, h->hash, SHA256_LEN);
	(void)e2;
	return 0;
}

static void events_come_back_as_written(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct chain_walk w = { .n = 0 };

	fill(reg, 0, 20);
	OK(registry_events(reg, 0, walk, &w, &err));
	assert_int_equal(w.n, 41);
	registry_free(&reg);
}

static int stop_at_3(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	(void)e;
	(void)bytes;
	(void)n;
	(void)arg;
	(void)e2;
	return h->seq == 3 ? 33 : 0;
}

static void reading_events_stops_where_the_reader_says(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);

	fill(reg, 0, 5);
	assert_int_equal(registry_events(reg, 2, stop_at_3, NULL, &err), 33);
	assert_int_equal(registry_events(reg, 4, stop_at_3, NULL, &err), 0);
	registry_free(&reg);
}

static void a_repeated_step_changes_nothing(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char journal[ID_LEN], token[ID_LEN];
	struct registry_head first, again, head;
	struct event_draft d = { .type = EVENT_TOKEN_ADDED, .step = 4 };
	json_t *body;

	new_id(journal);
	new_id(token);
	body = json_pack("{s:s, s:s}", "token", token, "state", "stock");
	d.journal = journal;
	d.body = body;
	OK(registry_append(reg, &d, &first, &err));
	fill(reg, 0, 3);
	d.time = 99; /* a later run, by somebody else */
	d.actor.uid = 7;
	OK(registry_append(reg, &d, &again, &err));
	assert_int_equal(first.seq, again.seq);
	assert_memory_equal(first.hash, again.hash, SHA256_LEN);
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 7);

	json_object_set_new(body, "state", json_string("adopted"));
	SAYS(ERROR_CONFLICT, "', with different content",
		registry_append(reg, &d, &again, &err));
	d.step = 5;
	OK(registry_append(reg, &d, &again, &err));
	assert_int_equal(again.seq, 8);
	json_decref(body);
	registry_free(&reg);
	assert_whole(p->db);
}

struct pair_of_events {
	struct registry *reg;
	bool second_fails;
	char token[ID_LEN];
};

static int append_two(void *data, struct error *e)
{
	const struct pair_of_events *x = data;
	struct event_draft d = { .type = EVENT_TOKEN_ADDED };
	struct registry_tokens list = { NULL, 0 };
	char id[ID_LEN];
	json_t *body;
	int r;

	d.body = body = json_pack("{s:s, s:s}", "token", x->token, "state",
		"stock");
	r = registry_append(x->reg, &d, NULL, e);
	json_decref(body);
	/* what was written is seen by who wrote it */
	if (r == 0)
		r = registry_tokens_by_id(x->reg, x->token, &list, e);
	assert_int_equal(list.n, 1);
	registry_tokens_done(&list);
	if (r == 0)
		r = registry_name_put(x->reg, "reason", "both", id, e);
	d.type = EVENT_TOKEN_STATE;
	d.body = body = json_pack("{s:s, s:s}", "token", x->token, "state",
		x->second_fails ? "no-state" : "lost");
	if (r == 0)
		r = registry_append(x->reg, &d, NULL, e);
	json_decref(body);
	return r;
}

static void what_belongs_together_is_written_whole_or_not(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct pair_of_events x = { reg, true, "" };
	struct registry_head head;

	new_id(x.token);
	SAYS(ERROR_MALFORMED, "not of the right form",
		registry_together(reg, append_two, &x, &err));
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 0);
	x.second_fails = false;
	OK(registry_together(reg, append_two, &x, &err));
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 2);
	/* and one by one again */
	fill(reg, 0, 1);
	registry_free(&reg);
	assert_whole(p->db);
}

static void a_body_that_its_type_cannot_have_is_not_written(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct event_draft d = { .type = EVENT_TOKEN_STATE };
	struct registry_head head = { .seq = 77 };
	json_t *body = json_pack("{s:s}", "state", "lost");

	d.body = body;
	SAYS(ERROR_MALFORMED, "' is missing",
		registry_append(reg, &d, &head, &err));
	assert_int_equal(head.seq, 77);
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 0);
	json_decref(body);
	registry_free(&reg);
}

static void a_head_goes_through_text_and_back(void **state)
{
	static const char *const bad[] = { "", ":", "::", "x:1:y",
		"0123456789abcdef0123456789abcdef0:1:"
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef",
		"0123456789abcdef0123456789abcdef:1:00",
		"0123456789abcdef0123456789abcdef:-1:"
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef",
		"0123456789abcdef0123456789abcdef:1:"
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef00" };
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_head a, b;
	char text[REGISTRY_HEAD_LEN];

	fill(reg, 0, 1);
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	OK(registry_head(reg, &a, &err));
	registry_head_format(&a, text);
	OK(registry_head_parse(text, &b, &err));
	assert_string_equal(a.stream, b.stream);
	assert_int_equal(a.seq, b.seq);
	assert_memory_equal(a.hash, b.hash, SHA256_LEN);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		SAYS(ERROR_USAGE, "' is not a registry head: one is written",
			registry_head_parse(bad[i], &b, &err));
	registry_free(&reg);
}

static int check_actor(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	(void)h;
	(void)e2;
	*(struct event_actor *)arg = e->actor;
	assert_null(memmem(bytes, n, "arn:", 4));
	assert_null(memmem(bytes, n, "CHG-1", 5));
	return 0;
}

static void an_actor_is_ids_in_the_event_and_names_beside_it(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	const char *arn = "arn:aws:iam::123456789012:user/alice";
	struct event_draft d = { .type = EVENT_REGISTRY_INIT };
	struct event_actor a, again;
	char host[256] = "", *value = NULL;
	json_t *body = json_pack("{s:b}", "rehearsal", 0);

	OK(registry_actor(reg, arn, "CHG-1", &d.actor, &err));
	OK(registry_actor(reg, arn, "CHG-1", &again, &err));
	assert_memory_equal(&d.actor, &again, sizeof(again));
	d.body = body;
	OK(registry_append(reg, &d, NULL, &err));
	OK(registry_events(reg, 1, check_actor, &a, &err));
	assert_memory_equal(&d.actor, &a, sizeof(a));
	OK(registry_name_get(reg, "caller", a.caller, &value, &err));
	assert_string_equal(value, arn);
	free(value);
	OK(registry_name_get(reg, "ticket", a.ticket, &value, &err));
	assert_string_equal(value, "CHG-1");
	free(value);
	gethostname(host, sizeof(host) - 1);
	OK(registry_name_get(reg, "host", a.host, &value, &err));
	assert_string_equal(value, host);
	free(value);
	json_decref(body);
	registry_free(&reg);
}

/* ---- names ---- */

static void equal_names_have_one_id(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char a[ID_LEN], b[ID_LEN], c[ID_LEN];

	OK(registry_name_put(reg, "holder", "alice", a, &err));
	OK(registry_name_put(reg, "holder", "alice", b, &err));
	OK(registry_name_put(reg, "ticket", "alice", c, &err));
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	OK(registry_name_find(reg, "holder", "alice", b, &err));
	assert_string_equal(a, b);
	OK(registry_name_find(reg, "holder", "bob", b, &err));
	assert_string_equal(b, "");
	registry_free(&reg);
}

static void names_pass_the_text_check(void **state)
{
	static const char *const bad[] = { "", " x", "a\nb", "a\x1b[31m",
		"\xc3", "\xe2\x80\xae", "a\x7f" };
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char id[ID_LEN], long_name[2100];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		FAILS(ERROR_USAGE, registry_name_put(reg, "holder", bad[i], id,
			&err));
		FAILS(ERROR_USAGE, registry_name_set(reg, "label", "x", bad[i],
			&err));
	}
	memset(long_name, 'x', sizeof(long_name));
	long_name[300] = '\0';
	SAYS(ERROR_USAGE, "is longer than",
		registry_name_put(reg, "holder", long_name, id, &err));
	OK(registry_name_put(reg, "caller", long_name, id, &err));
	long_name[100] = '\n';
	SAYS(ERROR_USAGE, "holds a control character or is not UTF-8",
		registry_name_put(reg, "caller", long_name, id, &err));
	long_name[100] = long_name[300] = 'x';
	long_name[2099] = '\0';
	SAYS(ERROR_USAGE, "is longer than",
		registry_name_put(reg, "caller", long_name, id, &err));
	SAYS(ERROR_USAGE, "there is no kind of name '",
		registry_name_put(reg, "colour", "red", id, &err));
	SAYS(ERROR_USAGE, "names of kind '",
		registry_name_put(reg, "label", "red", id, &err));
	SAYS(ERROR_USAGE, "the id of the",
		registry_name_set(reg, "label", "a\nb", "x", &err));
	registry_free(&reg);
}

static void a_deleted_name_is_gone_from_the_file(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char id[ID_LEN], *value = NULL;
	struct buf b;

	OK(registry_name_put(reg, "holder", "carol-the-unforgettable", id,
		&err));
	OK(registry_name_delete(reg, "holder", id, &err));
	OK(registry_name_delete(reg, "holder", id, &err));
	OK(registry_name_get(reg, "holder", id, &value, &err));
	assert_null(value);
	registry_free(&reg);
	slurp(p->db, &b);
	assert_null(memmem(b.p, b.n, "unforgettable", 13));
	buf_done(&b);
	assert_whole(p->db);
}

/* ---- evidence ---- */

static void evidence_is_found_by_its_digest(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	unsigned char sha[SHA256_LEN], other[SHA256_LEN] = { 0 };
	bool absent = true;
	struct buf b;

	buf_init(&b, REGISTRY_EVIDENCE_MAX);
	OK(registry_evidence_put(reg, "abc", 3, sha, &err));
	OK(registry_evidence_put(reg, "abc", 3, sha, &err));
	assert_int_equal(sha[0], 0xba);
	OK(registry_evidence_get(reg, sha, &b, &absent, &err));
	assert_false(absent);
	assert_string_equal(buf_str(&b), "abc");
	OK(registry_evidence_get(reg, other, &b, &absent, &err));
	assert_true(absent);
	assert_int_equal(b.n, 0);
	buf_done(&b);
	registry_free(&reg);
}

static void evidence_has_a_size(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	unsigned char *big = calloc(1, REGISTRY_EVIDENCE_MAX + 1);
	unsigned char sha[SHA256_LEN];
	bool absent;
	struct buf b;

	SAYS(ERROR_USAGE, "evidence of",
		registry_evidence_put(reg, "", 0, sha, &err));
	SAYS(ERROR_USAGE, "evidence of",
		registry_evidence_put(reg, big,
		REGISTRY_EVIDENCE_MAX + 1, sha, &err));
	OK(registry_evidence_put(reg, big, REGISTRY_EVIDENCE_MAX, sha, &err));
	buf_init(&b, REGISTRY_EVIDENCE_MAX);
	OK(registry_evidence_get(reg, sha, &b, &absent, &err));
	assert_int_equal(b.n, REGISTRY_EVIDENCE_MAX);
	buf_done(&b);
	free(big);
	registry_free(&reg);
}

static void changed_evidence_is_refused_and_healed(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	unsigned char sha[SHA256_LEN];
	bool absent;
	struct buf b;

	buf_init(&b, 100);
	OK(registry_evidence_put(reg, "abc", 3, sha, &err));
	tamper(p->db, "UPDATE evidence SET bytes = x'616264'");
	SAYS(ERROR_CORRUPT, "; it is left as it is, see tokenbridge",
		registry_evidence_get(reg, sha, &b, &absent, &err));
	OK(registry_evidence_put(reg, "abc", 3, sha, &err));
	OK(registry_evidence_get(reg, sha, &b, &absent, &err));
	buf_done(&b);
	registry_free(&reg);
}

/* ---- reservations ---- */

/* That time, or one of the few seconds before it. */
static bool says_until(const char *text, time_t when)
{
	char until[TEXT_TIME_LEN];
	int s;

	for (s = 0; s < 9; s++) {
		text_format_time(when - s, until);
		if (strstr(text, until))
			return true;
	}
	return false;
}

static void a_reservation_keeps_others_out_until_it_ends(void **state)
{
	struct place *p = *state;
	struct registry *a = open_rw(p->db), *b = open_rw(p->db);
	char x[ID_LEN], y[ID_LEN];

	new_id(x);
	new_id(y);
	OK(registry_reserve(a, "token", "t1", NULL, x, 600, &err));
	OK(registry_reserve(a, "token", "t1", NULL, x, 900, &err)); /* again */
	SAYS(ERROR_BUSY, "' is reserved by station",
		registry_reserve(b, "token", "t1", NULL, y, 60, &err));
	assert_non_null(strstr(err.text, registry_station(a)));
	assert_non_null(strstr(err.text, "min"));
	assert_true(says_until(err.text, time(NULL) + 900));
	SAYS(ERROR_BUSY, "token 'blue-7' is reserved by station",
		registry_reserve(b, "token", "t1", "token 'blue-7'", y, 60,
			&err));
	assert_non_null(strstr(err.text, " (this one) until "));
	OK(registry_reserve(b, "token", "t2", NULL, y, 60, &err));
	OK(registry_reserve(b, "user", "t1", NULL, y, 60, &err));
	OK(registry_release(b, "token", "t1", y, &err)); /* not its own */
	SAYS(ERROR_BUSY, "' is reserved by station",
		registry_reserve(b, "token", "t1", NULL, y, 60, &err));
	OK(registry_release(a, "token", "t1", x, &err));
	OK(registry_reserve(b, "token", "t1", NULL, y, 60, &err));
	SAYS(ERROR_BUSY, "' is reserved by station",
		registry_reserve(a, "token", "t1", NULL, x, 60, &err));
	OK(registry_reserve(b, "token", "t1", NULL, y, 1, &err));
	sleep(2);
	OK(registry_reserve(a, "token", "t1", NULL, x, 60, &err));
	SAYS(ERROR_USAGE, "a reservation lasts 1 to",
		registry_reserve(a, "token", "t1", NULL, x, 0, &err));
	SAYS(ERROR_USAGE, "holds a control character or is not UTF-8",
		registry_reserve(a, "token", "a\nb", NULL, x, 9, &err));
	registry_free(&a);
	registry_free(&b);
}

static bool is_reserved(struct registry *reg, const char *kind,
	const char *key)
{
	bool there = false;

	OK(registry_is_reserved(reg, kind, key, &there, &err));
	return there;
}

static void a_reservation_is_told_to_anybody_and_forgotten_when_over(
	void **state)
{
	struct place *p = *state;
	struct registry *a = open_rw(p->db), *b = open_rw(p->db);
	sqlite3_stmt *stmt;
	sqlite3 *db;
	char x[ID_LEN];

	new_id(x);
	assert_false(is_reserved(a, "device-gone", "d1"));
	OK(registry_reserve(a, "device-gone", "d1", NULL, x, 600, &err));
	assert_true(is_reserved(a, "device-gone", "d1"));
	assert_true(is_reserved(b, "device-gone", "d1"));
	assert_false(is_reserved(b, "device-gone", "d2"));
	assert_false(is_reserved(b, "token", "d1"));
	/* over, or of a clock that was set back since */
	tamper(p->db, "UPDATE reservations SET expires = expires - 601");
	assert_false(is_reserved(b, "device-gone", "d1"));
	OK(registry_reserve(b, "token", "t1", NULL, x, 9, &err));
	tamper(p->db, "UPDATE reservations SET expires = expires + 1000000");
	assert_false(is_reserved(b, "token", "t1"));
	/* the one that was over is not kept: its key was a name */
	assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM reservations "
		"WHERE kind = 'device-gone'", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	registry_free(&a);
	registry_free(&b);
}

/* ---- questions ---- */

static struct registry_token only(struct registry_tokens *list)
{
	struct registry_token t;

	assert_int_equal(list->n, 1);
	t = list->p[0];
	free(list->p);
	*list = (struct registry_tokens){ NULL, 0 };
	return t;
}

static void a_token_has_all_that_events_said(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char token[ID_LEN], alice[ID_LEN], device[ID_LEN],
		binding[ID_LEN];
	const char *arn = "arn:aws:iam::123456789012:mfa/alice-0a1b";
	struct registry_tokens list;
	struct registry_token t;

	add_holder(reg, "alice", alice);
	add_token(reg, "8675309", token);
	OK(registry_name_set(reg, "label", token, "key 7", &err));
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s, s:s}", "token", token,
		"holder", alice));
	add(reg, EVENT_TOKEN_IDENTIFIED, json_pack("{s:s, s:s, s:b, s:[{s:s, "
		"s:s, s:s}]}", "token", token, "firmware", "5.7.4",
		"firmware_signed", 1, "identifiers", "kind", "serial", "value",
		"8675309", "basis", "attested"));
	add(reg, EVENT_TOKEN_IDENTIFIED, json_pack("{s:s, s:s, s:[{s:s, s:s, "
		"s:s}]}", "token", token, "firmware", "9.9.9", "identifiers",
		"kind", "serial", "value", "8675309", "basis",
		"self-reported"));
	add(reg, EVENT_TOKEN_VERIFIED, json_pack("{s:s, s:i, s:s}", "token",
		token, "verdict", 20, "evidence",
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef"));
	add(reg, EVENT_CREDENTIAL_ADDED, json_pack("{s:s, s:s, s:o, s:o, s:i, "
		"s:i, s:b}", "token", token, "rp", REGISTRY_RP_ID,
		"credential", event_bytes_new("\1\0\2", 3), "public_key",
		event_bytes_new("key", 3), "alg", -7, "counter", 5, "resident",
		0));
	add(reg, EVENT_CREDENTIAL_USED, json_pack("{s:s, s:s, s:o, s:i}",
		"token", token, "rp", REGISTRY_RP_ID, "credential",
		event_bytes_new("\1\0\2", 3), "counter", 9));
	add(reg, EVENT_CREDENTIAL_USED, json_pack("{s:s, s:s, s:o, s:i}",
		"token", token, "rp", REGISTRY_RP_ID, "credential",
		event_bytes_new("\1\0\2", 3), "counter", 2));
	OK(registry_name_put(reg, "aws-device", arn, device, &err));
	OK(registry_name_set(reg, "aws-user", "123456789012/AIDAEXAMPLE",
		"alice.aws", &err));
	new_id(binding);
	add(reg, EVENT_BINDING_ADDED, json_pack("{s:s, s:s, s:s, s:s, s:s, "
		"s:s, s:s}", "binding", binding, "kind", "aws", "user",
		"AIDAEXAMPLE", "token", token, "account", "123456789012",
		"device", device, "method", "totp"));

	OK(registry_tokens_by_identifier(reg, "serial", "8675309", &list,
		&err));
	t = only(&list);
	assert_string_equal(t.id, token);
	assert_int_equal(t.state, REGISTRY_ASSIGNED);
	assert_string_equal(t.holder, alice);
	assert_string_equal(t.holder_name, "alice");
	assert_string_equal(t.label, "key 7");
	assert_string_equal(t.model, "YubiKey 5");
	assert_string_equal(t.firmware, "5.7.4"); /* signed beats said */
	assert_true(t.firmware_signed);
	assert_int_equal(t.verdict, 20);
	assert_true(t.has_evidence);
	assert_int_equal(t.evidence[1], 0x23);
	assert_int_equal(t.identifiers_n, 1);
	assert_int_equal(t.identifiers[0].basis, REGISTRY_ATTESTED);
	assert_int_equal(t.joins_n, 1);
	assert_string_equal(t.joins[0].by, "same-serial");
	assert_int_equal(t.credentials_n, 1);
	assert_int_equal(t.credentials[0].counter, 9); /* the highest */
	assert_int_equal(t.credentials[0].alg, -7);
	assert_int_equal(t.credentials[0].id_n, 3);
	assert_memory_equal(t.credentials[0].public_key, "key", 3);
	assert_int_equal(t.bindings.n, 1);
	assert_string_equal(t.bindings.p[0].device, arn);
	assert_string_equal(t.bindings.p[0].user_name, "alice.aws");
	assert_int_equal(t.bindings.p[0].method, REGISTRY_TOTP);
	assert_int_equal(t.bindings.p[0].removed, 0);
	registry_token_done(&t);
	registry_free(&reg);
	assert_whole(p->db);
}

static void a_token_is_called_by_its_label_or_a_number_on_it(void **state)
{
	struct registry_identifier ids[] = {
		{ .kind = REGISTRY_ID_TOTP_SERIAL, .value = "GAKT12345679" },
		{ .kind = REGISTRY_ID_SERIAL, .value = "12345678" },
	};
	struct registry_token t = { .id = "0143333cffff", .label = "blue-7",
		.identifiers = ids, .identifiers_n = 2 };
	char name[REGISTRY_TOKEN_NAME_LEN];

	(void)state;
	registry_token_name(&t, name);
	assert_string_equal(name, "'blue-7'");
	t.label = NULL;
	registry_token_name(&t, name);
	assert_string_equal(name, "serial 12345678");
	t.identifiers_n = 1;
	registry_token_name(&t, name);
	assert_string_equal(name, "serial GAKT12345679");
	t.identifiers_n = 0;
	registry_token_name(&t, name);
	assert_string_equal(name, "0143333c");
}

static void tokens_are_found_by_what_is_known_of_them(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char a[ID_LEN], b[ID_LEN], bob[ID_LEN], prefix[9];
	struct registry_tokens list;

	add_token(reg, "1", a);
	add_token(reg, "2", b);
	add_holder(reg, "bob", bob);
	OK(registry_name_set(reg, "label", b, "workstation", &err));
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s, s:s}", "token", b,
		"holder", bob));
	add(reg, EVENT_CREDENTIAL_ADDED, json_pack("{s:s, s:s, s:o, s:o, s:i, "
		"s:i, s:b}", "token", b, "rp", REGISTRY_RP_LOGIN, "credential",
		event_bytes_new("cred", 4), "public_key",
		event_bytes_new("key", 3), "alg", -7, "counter", 5, "resident",
		0));
#define ONE(call)                                                              \
	do {                                                                   \
		OK(call);                                                      \
		assert_int_equal(list.n, 1);                                   \
		assert_string_equal(list.p[0].id, b);                          \
		registry_tokens_done(&list);                                   \
	} while (0)
#define NONE(call)                                                             \
	do {                                                                   \
		OK(call);                                                      \
		assert_int_equal(list.n, 0);                                   \
		registry_tokens_done(&list);                                   \
	} while (0)
	snprintf(prefix, sizeof(prefix), "%.8s", b);
	ONE(registry_tokens_by_id(reg, prefix, &list, &err));
	ONE(registry_tokens_by_id(reg, b, &list, &err));
	ONE(registry_tokens_by_label(reg, "workstation", &list, &err));
	ONE(registry_tokens_by_holder(reg, bob, &list, &err));
	ONE(registry_tokens_by_credential(reg, NULL, "cred", 4, &list, &err));
	ONE(registry_tokens_by_credential(reg, REGISTRY_RP_LOGIN, "cred", 4,
		&list, &err));
	NONE(registry_tokens_by_credential(reg, REGISTRY_RP_ID, "cred", 4,
		&list, &err));
	NONE(registry_tokens_by_credential(reg, NULL, "cre", 3, &list, &err));
	NONE(registry_tokens_by_identifier(reg, "serial", "3", &list, &err));
	NONE(registry_tokens_by_identifier(reg, "usb-serial", "2", &list,
		&err));
	SAYS(ERROR_USAGE, "' is not a token's id:",
		registry_tokens_by_id(reg, "abc", &list, &err));
	SAYS(ERROR_USAGE, "' is not a token's id:",
		registry_tokens_by_id(reg, "%%%%", &list, &err));
	OK(registry_tokens_all(reg, &list, &err));
	assert_int_equal(list.n, 2);
	registry_tokens_done(&list);
	add(reg, EVENT_CREDENTIAL_REMOVED, json_pack("{s:s, s:s, s:o}",
		"token", b, "rp", REGISTRY_RP_LOGIN, "credential",
		event_bytes_new("cred", 4)));
	NONE(registry_tokens_by_credential(reg, NULL, "cred", 4, &list, &err));
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s, s:s}", "token", b,
		"state", "stock"));
	NONE(registry_tokens_by_holder(reg, bob, &list, &err));
	registry_free(&reg);
	assert_whole(p->db);
}

static void bindings_are_found_by_user_device_and_local_name(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	const char *arn = "arn:aws:iam::123456789012:mfa/phone";
	static const char *const carol[] = { "CORP\\carol", "Carol", "carol" };
	static const char *const dave[] = { "dave", "caro", "carol2" };
	char a[ID_LEN], b[ID_LEN], device[ID_LEN],
		local[ID_LEN];
	struct registry_bindings list;

	OK(registry_name_put(reg, "aws-device", arn, device, &err));
	OK(registry_name_put(reg, "local-user", "carol", local, &err));
	new_id(a);
	new_id(b);
	add(reg, EVENT_BINDING_ADDED, json_pack("{s:s, s:s, s:s, s:s, s:s, "
		"s:s}", "binding", a, "kind", "aws", "user", "AIDAEXAMPLE",
		"account", "123456789012", "device", device, "method",
		"virtual"));
	add(reg, EVENT_BINDING_ADDED, json_pack("{s:s, s:s, s:s, s:s, s:s, "
		"s:o}", "binding", b, "kind", "pam", "user", "1000",
		"local_user", local, "rp", REGISTRY_RP_LOGIN, "credential",
		event_bytes_new("cred", 4)));
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding", a));
	OK(registry_bindings_all(reg, &list, &err));
	assert_int_equal(list.n, 2);
	registry_bindings_done(&list);
	OK(registry_bindings_by_user(reg, "123456789012", "AIDAEXAMPLE", &list,
		&err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].id, a);
	assert_string_equal(list.p[0].token, "");
	assert_true(list.p[0].removed > 0);
	registry_bindings_done(&list);
	OK(registry_bindings_by_device(reg, arn, &list, &err));
	assert_int_equal(list.n, 1);
	registry_bindings_done(&list);
	OK(registry_bindings_by_local_user(reg, carol, 3, &list, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].kind, REGISTRY_PAM);
	assert_int_equal(list.p[0].method, REGISTRY_METHOD_NONE);
	assert_int_equal(list.p[0].credential_n, 4);
	assert_string_equal(list.p[0].user_name, "carol");
	registry_bindings_done(&list);
	OK(registry_bindings_by_local_user(reg, dave, 3, &list, &err));
	assert_int_equal(list.n, 0);
	registry_bindings_done(&list);
	registry_free(&reg);
}

static void a_token_shows_the_bag_that_it_is_in_and_who_put_it_there(
	void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_tokens list;
	char id[ID_LEN], bag[ID_LEN], alice[ID_LEN], bob[ID_LEN];

	add_token(reg, "1", id);
	OK(registry_tokens_by_id(reg, id, &list, &err));
	assert_int_equal(list.p[0].bag_state, REGISTRY_BAG_NONE);
	registry_tokens_done(&list);
	add_holder(reg, "alice", alice);
	add_holder(reg, "bob", bob);
	OK(registry_name_put(reg, "bag", "A 17", bag, &err));
	add(reg, EVENT_TOKEN_BAG, json_pack("{s:s, s:s, s:s, s:[s,s]}",
		"token", id, "state", "sealed", "bag", bag, "custodians",
		alice, bob));
	OK(registry_tokens_by_id(reg, id, &list, &err));
	assert_int_equal(list.p[0].bag_state, REGISTRY_BAG_SEALED);
	assert_string_equal(list.p[0].bag, "A 17");
	assert_true(list.p[0].bag_since > 0);
	assert_string_equal(list.p[0].custodians[0], "alice");
	assert_string_equal(list.p[0].custodians[1], "bob");
	registry_tokens_done(&list);
	OK(registry_name_delete(reg, "holder", bob, &err));
	add(reg, EVENT_TOKEN_BAG, json_pack("{s:s, s:s, s:[s]}", "token", id,
		"state", "out", "custodians", bob));
	OK(registry_tokens_by_id(reg, id, &list, &err));
	assert_int_equal(list.p[0].bag_state, REGISTRY_BAG_OUT);
	assert_null(list.p[0].bag);
	assert_null(list.p[0].custodians[0]);
	registry_tokens_done(&list);
	registry_free(&reg);
	assert_whole(p->db);
}

static void holders_are_listed_with_their_names(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char safe[ID_LEN], bob[ID_LEN];
	struct registry_holders list;
	struct registry_holder h;
	bool found;

	add_holder(reg, "bob", bob);
	OK(registry_name_put(reg, "holder", "the safe", safe, &err));
	add(reg, EVENT_HOLDER_ADDED, json_pack("{s:s, s:s, s:s}", "holder",
		safe, "kind", "place", "bag", "A 17"));
	OK(registry_holders_all(reg, &list, &err));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.p[0].name, "bob");
	registry_holders_done(&list);
	OK(registry_holder_get(reg, safe, &h, &found, &err));
	assert_true(found);
	assert_int_equal(h.kind, REGISTRY_PLACE);
	assert_string_equal(h.bag, "A 17");
	registry_holder_done(&h);
	OK(registry_name_delete(reg, "holder", bob, &err));
	OK(registry_holder_get(reg, bob, &h, &found, &err));
	assert_true(found);
	assert_null(h.name);
	registry_holder_done(&h);
	new_id(bob);
	OK(registry_holder_get(reg, bob, &h, &found, &err));
	assert_false(found);
	registry_free(&reg);
	assert_whole(p->db);
}

/* ---- projections ---- */

static void rows_that_fell_behind_are_caught_up_on_open(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_tokens list;

	fill(reg, 0, 10);
	registry_free(&reg);
	/* as if only the first 11 events had been applied */
	tamper(p->db, "DELETE FROM tokens WHERE id IN (SELECT "
		"json_extract(CAST(event AS TEXT), '$.body.token') "
		"FROM events WHERE pos > 11);"
		"DELETE FROM identifiers WHERE token NOT IN "
		"(SELECT id FROM tokens);"
		"DELETE FROM joins WHERE token NOT IN (SELECT id FROM tokens);"
		"UPDATE applied SET pos = 11, hash = (SELECT hash FROM events "
		"WHERE pos = 11)");
	reg = open_ro(p->db); /* a reader sees them, and writes nothing */
	OK(registry_tokens_all(reg, &list, &err));
	assert_int_equal(list.n, 10);
	registry_tokens_done(&list);
	registry_free(&reg);
	reg = open_rw(p->db);
	OK(registry_tokens_all(reg, &list, &err));
	assert_int_equal(list.n, 10);
	registry_tokens_done(&list);
	registry_free(&reg);
	assert_whole(p->db);
}

static void rows_of_another_version_are_made_anew(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);

	fill(reg, 0, 5);
	registry_free(&reg);
	tamper(p->db, "UPDATE applied SET version = 0;"
		      "UPDATE tokens SET model = 'wrong'");
	assert_whole(p->db);
}

static void rebuilding_mends_rows(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_report report;

	fill(reg, 0, 5);
	tamper(p->db, "DELETE FROM tokens");
	SAYS(ERROR_CORRUPT, "' does not verify:",
		registry_verify(reg, NULL, NULL, NULL, &report, &err));
	OK(registry_rebuild(reg, &err));
	OK(registry_verify(reg, NULL, NULL, NULL, &report, &err));
	registry_free(&reg);
	assert_whole(p->db);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(init_makes_a_private_file_in_a_private_directory),
		TEST(init_refuses_a_path_that_exists),
		TEST(init_leaves_nothing_else_behind),
		TEST(the_rehearsal_mark_stands_in_event_0),
		TEST(stations_differ),
		TEST(an_absent_file_is_told_from_a_failure),
		TEST(a_file_or_directory_that_others_can_write_is_refused),
		TEST(it_belongs_to_root_or_to_whoever_opens_it),
		TEST(a_link_or_a_directory_is_refused),
		TEST(a_later_schema_is_refused),
		TEST(other_files_are_damage_and_stay_as_they_are),
		TEST(a_file_that_is_cut_off_anywhere_is_damaged),
		TEST(triggers_in_the_file_do_not_run),
		TEST(a_reader_cannot_write),
		TEST(events_are_numbered_and_chained),
		TEST(events_come_back_as_written),
		TEST(reading_events_stops_where_the_reader_says),
		TEST(a_repeated_step_changes_nothing),
		TEST(what_belongs_together_is_written_whole_or_not),
		TEST(a_body_that_its_type_cannot_have_is_not_written),
		TEST(a_head_goes_through_text_and_back),
		TEST(an_actor_is_ids_in_the_event_and_names_beside_it),
		TEST(equal_names_have_one_id),
		TEST(names_pass_the_text_check),
		TEST(a_deleted_name_is_gone_from_the_file),
		TEST(evidence_is_found_by_its_digest),
		TEST(evidence_has_a_size),
		TEST(changed_evidence_is_refused_and_healed),
		TEST(a_reservation_keeps_others_out_until_it_ends),
		TEST(a_reservation_is_told_to_anybody_and_forgotten_when_over),
		TEST(a_token_has_all_that_events_said),
		TEST(a_token_is_called_by_its_label_or_a_number_on_it),
		TEST(tokens_are_found_by_what_is_known_of_them),
		TEST(bindings_are_found_by_user_device_and_local_name),
		TEST(a_token_shows_the_bag_that_it_is_in_and_who_put_it_there),
		TEST(holders_are_listed_with_their_names),
		TEST(rows_that_fell_behind_are_caught_up_on_open),
		TEST(rows_of_another_version_are_made_anew),
		TEST(rebuilding_mends_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
