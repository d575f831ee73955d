/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restore where the file's pages are not in the order of what they hold, where
 * what it holds as event 0 is none, and where a copy of it cannot be made.
 */
#include "bridge/hash/chain.h"

#include "tests/unit/test_registry.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PAGE 4096
#define LEAF_TABLE 0x0d
#define TOKENS 40
#define EVENTS (1 + 2 * TOKENS)

static void add_rest(struct registry *reg)
{
	fill(reg, 2, TOKENS - 2);
}

static int set_up(void **state)
{
	return setup_damage(state, 2, add_rest);
}

/* Exactly so many files lie in the test's directory. */
static void assert_files(const struct damage_place *p, int n)
{
	char command[256];

	snprintf(command, sizeof(command), "test $(ls -A %s | wc -l) = %d",
		p->place.dir, n);
	assert_int_equal(system(command), 0);
}

/* ---- order ---- */

static bool is_leaf(const struct damage_place *p, size_t page)
{
	return page > 0 && p->good.p[page * PAGE] == LEAF_TABLE;
}

/* Only leaves: pages of which nobody but the tree above knows the number. */
static size_t reverse_leaves(struct damage_place *p)
{
	unsigned char page[PAGE];
	size_t low = 0, high = p->good.n / PAGE - 1, n = 0;

	for (; low < high; low++, high--) {
		while (low < high && !is_leaf(p, low))
			low++;
		while (low < high && !is_leaf(p, high))
			high--;
		memcpy(page, p->good.p + low * PAGE, PAGE);
		memcpy(p->good.p + low * PAGE, p->good.p + high * PAGE, PAGE);
		memcpy(p->good.p + high * PAGE, page, PAGE);
		n++;
	}
	return n;
}

static void assert_all_comes_back(struct damage_place *p, const char *backup)
{
	struct registry_restored r;
	struct registry_report is;

	OK(registry_restore(p->damaged, backup, p->place.out, &r, &err));
	assert_false(r.has_lost);
	assert_int_equal(r.head.seq, EVENTS - 1);
	is = assert_whole(p->place.out);
	assert_int_equal(is.events, EVENTS);
	assert_int_equal(is.evidence, TOKENS);
	unlink(p->place.out);
}

static void pages_out_of_order_come_back_in_order(void **state)
{
	struct damage_place *p = *state;

	assert_true(reverse_leaves(p) > 3);
	spill(p->damaged, p->good.p, p->good.n);
	assert_all_comes_back(p, p->place.backup);
	assert_all_comes_back(p, NULL);
}

/* What SQLite leaves when it moves a page is a copy that nobody needs. */
static void second_copies_change_nothing(void **state)
{
	struct damage_place *p = *state;
	size_t pages = p->good.n / PAGE;
	struct buf b;

	buf_init(&b, 1 << 28);
	buf_put(&b, p->good.p, p->good.n);
	for (size_t i = 0; i < pages; i++)
		if (is_leaf(p, i))
			buf_put(&b, p->good.p + i * PAGE, PAGE);
	assert_true(b.n > p->good.n);
	spill(p->damaged, b.p, b.n);
	assert_all_comes_back(p, p->place.backup);
	assert_all_comes_back(p, NULL);
	buf_done(&b);
}

/* A false event beside the true one, before it in the file and behind it. */
static void a_false_copy_is_passed_over(void **state)
{
	struct damage_place *p = *state;
	struct buf spoilt, b;
	size_t pages = p->good.n / PAGE;

	spill(p->damaged, p->good.p, p->good.n);
	tamper(p->damaged, "UPDATE events SET event ="
		" CAST(replace(event, 'YubiKey', 'YabiKey') AS BLOB)");
	slurp(p->damaged, &spoilt);
	assert_int_equal(spoilt.n, p->good.n);
	for (int first = 0; first < 2; first++) {
		const struct buf *lead = first ? &spoilt : &p->good;
		const struct buf *tail = first ? &p->good : &spoilt;

		buf_init(&b, 1 << 28);
		buf_put(&b, lead->p, lead->n);
		for (size_t i = 0; i < pages; i++)
			if (is_leaf(p, i))
				buf_put(&b, tail->p + i * PAGE, PAGE);
		spill(p->damaged, b.p, b.n);
		assert_all_comes_back(p, p->place.backup);
		assert_all_comes_back(p, NULL);
		buf_done(&b);
	}
	buf_done(&spoilt);
}

/* ---- event 0 ---- */

static void refused_without_event_0(struct damage_place *p)
{
	struct registry_restored r;

	SAYS(ERROR_CORRUPT, "event 0 cannot be found in the damaged file, and "
		"there is no backup", registry_restore(p->damaged, NULL,
			p->place.out, &r, &err));
	assert_files(p, 3);
	OK(registry_restore(p->damaged, p->place.backup, p->place.out, &r,
		&err));
	assert_int_equal(r.head.seq, EVENTS - 1);
	unlink(p->place.out);
}

static int take_bytes(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *e2)
{
	(void)e;
	(void)h;
	(void)e2;
	buf_put(arg, bytes, n);
	return 1;
}

/* Event 1 as if it were the first: its bytes and its hash are right. */
static void an_event_0_that_is_no_init_begins_nothing(void **state)
{
	struct damage_place *p = *state;
	unsigned char hash[SHA256_LEN];
	struct registry *reg = open_ro(p->place.db);
	char hex[HEX_LEN(SHA256_LEN)], *seq, *sql, *bytes;
	struct buf b;

	buf_init(&b, EVENT_MAX);
	assert_int_equal(registry_events(reg, 1, take_bytes, &b, &err), 1);
	registry_free(&reg);
	seq = strstr(buf_str(&b), "\"seq\":1,");
	assert_non_null(seq);
	seq[6] = '0';
	OK(chain_next(NULL, b.p, b.n, hash, &err));
	hex_encode(hash, SHA256_LEN, hex);
	bytes = calloc(2, b.n + 1);
	hex_encode(b.p, b.n, bytes);
	sql = text_format("UPDATE events SET event = x'%s', hash = x'%s'"
		" WHERE seq = 0", bytes, hex);
	spill(p->damaged, p->good.p, p->good.n);
	tamper(p->damaged, sql);
	free(sql);
	free(bytes);
	buf_done(&b);
	refused_without_event_0(p);
}

static void an_event_0_that_does_not_fit_its_hash_neither(void **state)
{
	struct damage_place *p = *state;

	spill(p->damaged, p->good.p, p->good.n);
	tamper(p->damaged, "UPDATE events SET hash = zeroblob(32)"
		" WHERE seq = 0");
	refused_without_event_0(p);
}

static void an_event_0_of_another_stream_neither(void **state)
{
	struct damage_place *p = *state;

	spill(p->damaged, p->good.p, p->good.n);
	tamper(p->damaged, "UPDATE events SET stream ="
		" '00000000000000000000000000000001' WHERE seq = 0");
	refused_without_event_0(p);
}

/* ---- copies ---- */

static void limit_files(rlim_t n)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void refused_beyond(struct damage_place *p, rlim_t n, int files,
	const char *words)
{
	struct registry_restored r = { .names = 77 };

	limit_files(n);
	SAYS(ERROR_FAILED, words, registry_restore(p->damaged,
		p->place.backup, p->place.out, &r, &err));
	limit_files(RLIM_INFINITY);
	assert_int_equal(r.names, 77);
	assert_files(p, files);
}

static void a_damaged_file_that_cannot_be_copied_is_not_restored(void **state)
{
	struct damage_place *p = *state;
	char journal[160];

	spill(p->damaged, p->good.p, p->good.n);
	snprintf(journal, sizeof(journal), "%s-journal", p->damaged);
	spill(journal, "a journal", 9);
	refused_beyond(p, p->good.n - 1, 4, "cannot write '");
	/* the file, but not the journal beside it */
	unlink(journal);
	assert_int_equal(mkdir(journal, 0700), 0);
	refused_beyond(p, RLIM_INFINITY, 4, "is not a regular file");
}

static void a_backup_that_cannot_be_copied_restores_nothing(void **state)
{
	struct damage_place *p = *state;

	spill(p->damaged, p->good.p, p->good.n);
	refused_beyond(p, PAGE, 3, "registry '");
}

static void a_backup_that_cannot_be_written_is_none(void **state)
{
	struct damage_place *p = *state;
	struct registry *reg = open_ro(p->place.db);

	limit_files(2 * PAGE);
	SAYS(ERROR_FAILED, "cannot copy registry '",
		registry_backup(reg, p->place.out, &err));
	limit_files(RLIM_INFINITY);
	registry_free(&reg);
	assert_files(p, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, teardown_damage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_out_of_order_come_back_in_order),
		TEST(second_copies_change_nothing),
		TEST(a_false_copy_is_passed_over),
		TEST(an_event_0_that_is_no_init_begins_nothing),
		TEST(an_event_0_that_does_not_fit_its_hash_neither),
		TEST(an_event_0_of_another_stream_neither),
		TEST(a_damaged_file_that_cannot_be_copied_is_not_restored),
		TEST(a_backup_that_cannot_be_copied_restores_nothing),
		TEST(a_backup_that_cannot_be_written_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
