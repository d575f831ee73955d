/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backup, damage and restore: every page zeroed in turn, bytes flipped and the
 * file cut all along its length.
 */
#include "tests/unit/test_registry.h"

#include <sys/stat.h>

#define PAGE 4096
#define AT_BACKUP 11 /* events 0 to 10 */
#define EVENTS 81    /* in all */

static void add_big(struct registry *reg)
{
	json_t *list = json_array();
	char id[ID_LEN];

	/* an event of several overflow pages */
	new_id(id);
	for (int i = 0; i < 200; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "kind",
			"label", "id", id));
	add(reg, EVENT_NAME_ERASED, json_pack("{s:o}", "names", list));
}

static void add_rest(struct registry *reg)
{
	fill(reg, 5, 20);
	add_big(reg);
	fill(reg, 25, 14);
	add_big(reg);
}

static int set_up(void **state)
{
	return setup_damage(state, 5, add_rest);
}

/* ---- backup ---- */

static void a_backup_is_a_private_copy_of_everything(void **state)
{
	struct damage_place *p = *state;
	struct registry *reg;
	struct registry_report report;
	struct registry_tokens list;
	struct stat st;

	assert_int_equal(stat(p->place.backup, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	reg = open_ro(p->place.backup);
	OK(registry_verify(reg, NULL, NULL, NULL, &report, &err));
	assert_int_equal(report.events, AT_BACKUP);
	assert_int_equal(report.evidence, 5);
	OK(registry_tokens_all(reg, &list, &err));
	assert_int_equal(list.n, 5);
	assert_non_null(list.p[0].label);
	registry_tokens_done(&list);
	registry_free(&reg);
}

static void a_backup_does_not_replace_a_file(void **state)
{
	struct damage_place *p = *state;
	struct registry *reg = open_ro(p->place.db);

	SAYS(ERROR_CONFLICT, "backup.db' exists", registry_backup(reg,
		p->place.backup, &err));
	registry_free(&reg);
	assert_int_equal(assert_whole(p->place.backup).events, AT_BACKUP);
}

static void a_backup_while_others_write_is_whole(void **state)
{
	struct damage_place *p = *state;
	struct registry *reg;
	char path[160];
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		reg = open_rw(p->place.db);
		fill(reg, 1000, 60);
		_exit(0);
	}
	for (int i = 0; i < 10; i++) {
		reg = open_ro(p->place.db);
		snprintf(path, sizeof(path), "%s/b%d.db", p->place.dir, i);
		OK(registry_backup(reg, path, &err));
		registry_free(&reg);
		assert_whole(path);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* ---- damage ---- */

struct count {
	int tried, on_open, on_verify, harmless;
	int all, some, none; /* events after the backup that came back */
};

struct expect {
	struct buf bytes; /* of all events, one after the other */
	uint64_t n;
};

static int gather(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	struct expect *x = arg;

	(void)e;
	(void)h;
	(void)e2;
	buf_put(&x->bytes, bytes, n);
	x->n++;
	return 0;
}

static void gather_all(const char *path, struct expect *x)
{
	struct registry *reg = open_ro(path);

	buf_init(&x->bytes, 1 << 24);
	x->n = 0;
	OK(registry_events(reg, 0, gather, x, &err));
	registry_free(&reg);
}

/* Damage that nobody sees has changed no event. */
static void assert_seen(struct damage_place *p, struct count *c)
{
	struct registry *reg = NULL;
	struct registry_report report;
	struct expect a, b;
	int r;

	c->tried++;
	r = registry_open(&reg, p->damaged, REGISTRY_READ, NULL, &err);
	if (r < 0) {
		/* a number of a later schema cannot be told from damage */
		assert_true(r == -ERROR_CORRUPT || r == -ERROR_UNSUPPORTED);
		c->on_open++;
		return;
	}
	r = registry_verify(reg, NULL, NULL, NULL, &report, &err);
	registry_free(&reg);
	if (r < 0) {
		assert_int_equal(r, -ERROR_CORRUPT);
		c->on_verify++;
		return;
	}
	c->harmless++;
	assert_int_equal(report.evidence, 39);
	assert_int_equal(report.evidence_absent, 0);
	gather_all(p->place.db, &a);
	gather_all(p->damaged, &b);
	assert_int_equal(a.bytes.n, b.bytes.n);
	assert_memory_equal(a.bytes.p, b.bytes.p, a.bytes.n);
	buf_done(&a.bytes);
	buf_done(&b.bytes);
}

static void assert_untouched(struct damage_place *p, const struct buf *was)
{
	struct buf is;

	slurp(p->damaged, &is);
	assert_int_equal(is.n, was->n);
	assert_memory_equal(is.p, was->p, is.n);
	buf_done(&is);
}

/*
 * The result is a beginning of what was, at least as long as the backup; what
 * is missing is named.
 */
static void assert_restored(struct damage_place *p, const char *backup,
	struct count *c)
{
	struct registry_restored r;
	struct expect was, is;

	OK(registry_restore(p->damaged, backup, p->place.out, &r, &err));
	gather_all(p->place.db, &was);
	gather_all(p->place.out, &is);
	assert_true(is.n >= (backup ? AT_BACKUP : 1));
	assert_true(is.bytes.n <= was.bytes.n);
	assert_memory_equal(is.bytes.p, was.bytes.p, is.bytes.n);
	assert_int_equal(r.head.seq, is.n - 1);
	if (r.has_lost) {
		assert_int_equal(r.lost_first, is.n);
		assert_true(r.lost_last <= EVENTS - 1);
		assert_true(r.lost_readable <= r.lost_last - r.lost_first);
	}
	c->all += is.n == was.n;
	c->some += is.n < was.n && is.n > AT_BACKUP;
	c->none += is.n == AT_BACKUP;
	buf_done(&was.bytes);
	buf_done(&is.bytes);
	assert_whole(p->place.out);
	unlink(p->place.out);
}

static void show(const char *what, const struct count *c)
{
	print_message("%s: %d tried, %d seen on open, %d by verify, %d "
		"harmless; restored all %d, part %d, backup only %d\n", what,
		c->tried, c->on_open, c->on_verify, c->harmless, c->all,
		c->some, c->none);
}

static void a_zeroed_page_is_seen_and_restored_around(void **state)
{
	struct damage_place *p = *state;
	struct count c = { 0 };
	struct buf b;
	size_t at;

	for (at = 0; at < p->good.n; at += PAGE) {
		buf_init(&b, 1 << 28);
		buf_put(&b, p->good.p, p->good.n);
		memset(b.p + at, 0, PAGE);
		spill(p->damaged, b.p, b.n);
		assert_seen(p, &c);
		assert_restored(p, p->place.backup, &c);
		assert_untouched(p, &b);
		buf_done(&b);
	}
	show("zeroed pages", &c);
	assert_true(c.all > c.tried / 2);
}

static void a_flipped_byte_is_seen_or_harmless(void **state)
{
	struct damage_place *p = *state;
	struct count c = { 0 };
	struct buf b;
	size_t at;

	buf_init(&b, 1 << 28);
	buf_put(&b, p->good.p, p->good.n);
	for (at = 0; at < p->good.n; at += at < 100 ? 1 : 307) {
		b.p[at] ^= (unsigned char)(1u << at % 8);
		spill(p->damaged, b.p, b.n);
		assert_seen(p, &c);
		if (at % 23 == 0)
			assert_restored(p, p->place.backup, &c);
		assert_untouched(p, &b);
		b.p[at] = p->good.p[at];
	}
	buf_done(&b);
	show("flipped bytes", &c);
}

static void a_cut_file_is_seen_and_restored_up_to_there(void **state)
{
	struct damage_place *p = *state;
	struct count c = { 0 };
	struct buf b;
	size_t n;

	for (n = 0; n < p->good.n; n += 1500) {
		buf_init(&b, 1 << 28);
		buf_put(&b, p->good.p, n);
		spill(p->damaged, b.p, b.n);
		assert_seen(p, &c);
		assert_restored(p, p->place.backup, &c);
		assert_untouched(p, &b);
		buf_done(&b);
	}
	show("cut files", &c);
	assert_int_equal(c.harmless, 0);
}

/* ---- what restore says and does ---- */

static void lost_numbers_are_named(void **state)
{
	struct damage_place *p = *state;
	struct registry_restored r;

	spill(p->damaged, p->good.p, p->good.n);
	tamper(p->damaged, "UPDATE events SET event = zeroblob(9) WHERE seq = "
			   "50");
	OK(registry_restore(p->damaged, p->place.backup, p->place.out, &r,
		&err));
	assert_true(r.has_backup);
	assert_int_equal(r.backup.seq, AT_BACKUP - 1);
	assert_int_equal(r.head.seq, 49);
	assert_true(r.has_lost);
	assert_int_equal(r.lost_first, 50);
	assert_int_equal(r.lost_last, EVENTS - 1);
	assert_int_equal(r.lost_readable, EVENTS - 51);
	assert_int_equal(r.evidence, 34);
}

static void names_and_evidence_come_back(void **state)
{
	struct damage_place *p = *state;
	struct registry_restored r;
	struct registry_tokens list;
	struct registry *reg;
	struct buf b;
	bool absent;

	spill(p->damaged, p->good.p, p->good.n);
	OK(registry_restore(p->damaged, p->place.backup, p->place.out, &r,
		&err));
	assert_false(r.has_lost);
	assert_int_equal(r.names, 34);
	assert_int_equal(r.evidence, 34);
	reg = open_ro(p->place.out);
	buf_init(&b, REGISTRY_EVIDENCE_MAX);
	OK(registry_tokens_all(reg, &list, &err));
	assert_int_equal(list.n, 39);
	for (size_t i = 0; i < list.n; i++) {
		assert_non_null(list.p[i].label);
		OK(registry_evidence_get(reg, list.p[i].evidence, &b, &absent,
			&err));
		assert_false(absent);
	}
	registry_tokens_done(&list);
	buf_done(&b);
	registry_free(&reg);
}

static void erased_names_stay_erased_and_new_ones_win(void **state)
{
	struct damage_place *p = *state;
	struct registry_restored r;
	struct registry_tokens list;
	struct registry *reg = open_rw(p->place.backup);
	char gone[ID_LEN], renamed[ID_LEN], *value = NULL;

	OK(registry_tokens_all(reg, &list, &err));
	memcpy(gone, list.p[0].id, sizeof(gone));
	memcpy(renamed, list.p[1].id, sizeof(renamed));
	registry_tokens_done(&list);
	registry_free(&reg);
	reg = open_rw(p->place.db);
	OK(registry_name_delete(reg, "label", gone, &err));
	OK(registry_name_set(reg, "label", renamed, "new", &err));
	add(reg, EVENT_NAME_ERASED, json_pack("{s:[{s:s, s:s}]}", "names",
		"kind", "label", "id", gone));
	registry_free(&reg);
	OK(registry_restore(p->place.db, p->place.backup, p->place.out, &r,
		&err));
	reg = open_ro(p->place.out);
	OK(registry_name_get(reg, "label", gone, &value, &err));
	assert_null(value);
	OK(registry_name_get(reg, "label", renamed, &value, &err));
	assert_string_equal(value, "new");
	free(value);
	registry_free(&reg);
}

static void without_a_backup_the_file_itself_may_do(void **state)
{
	struct damage_place *p = *state;
	struct registry_restored r;
	struct count c = { 0 };

	spill(p->damaged, p->good.p, p->good.n);
	memset(p->good.p, 0, 100); /* the header: SQLite reads nothing */
	spill(p->damaged, p->good.p, p->good.n);
	assert_seen(p, &c);
	assert_int_equal(c.on_open, 1);
	assert_restored(p, NULL, &c);
	assert_int_equal(c.all, 1);
	spill(p->damaged, "nothing", 7);
	SAYS(ERROR_CORRUPT, "event 0 cannot be found in the damaged file, and "
		"there is no backup", registry_restore(p->damaged, NULL,
			p->place.out, &r, &err));
	assert_int_not_equal(access(p->place.out, F_OK), 0);
}

static void nothing_is_overwritten_and_nothing_mixed(void **state)
{
	struct damage_place *p = *state;
	struct registry_restored r;
	char other[160];

	SAYS(ERROR_CONFLICT, "registry.db' exists", registry_restore(
		p->place.db, p->place.backup, p->place.db, &r, &err));
	SAYS(ERROR_CONFLICT, "backup.db' exists", registry_restore(
		p->place.db, p->place.backup, p->place.backup, &r, &err));
	snprintf(other, sizeof(other), "%s/other.db", p->place.dir);
	OK(registry_init(other, false, &err));
	SAYS(ERROR_CONFLICT, "the damaged file and the backup are of different "
		"registries", registry_restore(p->place.db, other,
			p->place.out, &r, &err));
	tamper(other, "UPDATE events SET hash = zeroblob(32)");
	SAYS(ERROR_CORRUPT, "other.db' is damaged: event 0 does not fit the "
		"chain", registry_restore(p->place.db, other, p->place.out,
			&r, &err));
	assert_int_not_equal(access(p->place.out, F_OK), 0);
}

static void a_journal_beside_the_damaged_file_is_undone_in_a_copy(void **state)
{
	struct damage_place *p = *state;
	struct registry_restored r;
	char journal[160], command[1024];
	struct buf db, before, after;
	sqlite3 *raw;

	snprintf(journal, sizeof(journal), "%s-journal", p->damaged);
	/* pages spilled by a transaction that did not end */
	sqlite3_open(p->place.db, &raw);
	assert_int_equal(sqlite3_exec(raw, "PRAGMA cache_size = 1; BEGIN;"
		"UPDATE events SET event = zeroblob(length(event));"
		"UPDATE evidence SET bytes = zeroblob(2000)", NULL, NULL,
		NULL), SQLITE_OK);
	/* sqlite's locks are by process: copy in another one */
	snprintf(command, sizeof(command), "cp %s %s && cp %s-journal %s",
		p->place.db, p->damaged, p->place.db, journal);
	assert_int_equal(system(command), 0);
	sqlite3_close(raw);
	slurp(p->damaged, &db);
	slurp(journal, &before);
	OK(registry_restore(p->damaged, p->place.backup, p->place.out, &r,
		&err));
	assert_int_equal(r.head.seq, EVENTS - 1);
	slurp(journal, &after);
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.p, after.p, after.n);
	assert_untouched(p, &db);
	buf_done(&db);
	buf_done(&before);
	buf_done(&after);
	snprintf(command, sizeof(command), "test $(ls -A %s | wc -l) = 5",
		p->place.dir);
	assert_int_equal(system(command), 0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, set_up, teardown_damage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_backup_is_a_private_copy_of_everything),
		TEST(a_backup_does_not_replace_a_file),
		TEST(a_backup_while_others_write_is_whole),
		TEST(a_zeroed_page_is_seen_and_restored_around),
		TEST(a_flipped_byte_is_seen_or_harmless),
		TEST(a_cut_file_is_seen_and_restored_up_to_there),
		TEST(lost_numbers_are_named),
		TEST(names_and_evidence_come_back),
		TEST(erased_names_stay_erased_and_new_ones_win),
		TEST(without_a_backup_the_file_itself_may_do),
		TEST(nothing_is_overwritten_and_nothing_mixed),
		TEST(a_journal_beside_the_damaged_file_is_undone_in_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
