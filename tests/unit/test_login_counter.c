/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature counters: what survives, what is damage, and what a login makes of
 * it. Calls to the medium fail where a test says so (linked with --wrap).
 */
#include "bridge/hash/chain.h"
#include "bridge/login/counter.h"
#include "bridge/login/judge.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HEADER 128
#define RECORD 64
#define FILE_ID "00112233445566778899aabbccddeeff"
#define OTHER_ID "ffeeddccbbaa99887766554433221100"

#define DAMAGED "the signature counter of this token's credential is damaged: "  \
	"run `tokenbridge registry publish`"
#define ANOTHER "'counters' is not the file of signature counters that "        \
	"login.db names: run `tokenbridge registry publish`"
#define UNTRUSTED "'counters' is not trusted: it must belong to root and be "   \
	"closed to others (mode 0600)"

static char place[64];

/* ---- a medium that says no ---- */

static int open_errno;     /* of opening for writing */
static int pwrite_errno;
static ssize_t pwrite_max; /* bytes that are written; -1: all */
static int sync_errno;
static int syncs;          /* how many were done or refused */
static off_t pread_bad = -1; /* reading here fails */
static int interruptions;  /* EINTR before pwrite goes on */
static bool hurry;         /* deadlines are over */

int __real_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode);
ssize_t __real_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __real_pread64(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
bool __real_deadline_passed(deadline_t d);
bool __wrap_deadline_passed(deadline_t d);

static int says(int e)
{
	errno = e;
	return -1;
}

int __wrap_open64(const char *path, int flags, mode_t mode)
{
	return open_errno && (flags & O_ACCMODE) != O_RDONLY ?
		says(open_errno) : __real_open64(path, flags, mode);
}

ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	if (interruptions > 0) {
		interruptions--;
		return says(EINTR);
	}
	if (pwrite_errno)
		return says(pwrite_errno);
	if (pwrite_max >= 0 && n > (size_t)pwrite_max)
		n = (size_t)pwrite_max;
	return n ? __real_pwrite64(fd, p, n, at) : 0;
}

ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at)
{
	return at == pread_bad ? says(EIO) : __real_pread64(fd, p, n, at);
}

int __wrap_fdatasync(int fd)
{
	syncs++;
	return sync_errno ? says(sync_errno) : __real_fdatasync(fd);
}

bool __wrap_deadline_passed(deadline_t d)
{
	return hurry || __real_deadline_passed(d);
}

static void mend_the_medium(void)
{
	open_errno = pwrite_errno = sync_errno = interruptions = 0;
	pwrite_max = -1;
	pread_bad = -1;
	hurry = false;
}

/* ---- a file with two credentials ---- */

static uint32_t slot_a, slot_b;

static void make(struct counters *c, const char *want)
{
	char id[COUNTER_ID_LEN] = FILE_ID;

	*c = (struct counters)COUNTERS_INIT;
	OK(counters_make(c, "counters", id, &err));
	assert_string_equal(id, want);
}

static void open_file(struct counters *c)
{
	*c = (struct counters)COUNTERS_INIT;
	OK(counters_open(c, "counters", FILE_ID, &err));
}

static int set_up(void **state)
{
	struct counters c;

	(void)state;
	mend_the_medium();
	enter_place(place);
	umask(077);
	make(&c, FILE_ID);
	OK(counters_slot(&c, "a", 1, 10, &slot_a, &err));
	OK(counters_slot(&c, "b", 1, 0, &slot_b, &err));
	counters_done(&c);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mend_the_medium();
	leave_place(place);
	return 0;
}

static uint32_t last(struct counters *c, uint32_t slot, const char *credential)
{
	uint32_t n = 0xdead;

	OK(counters_read(c, slot, credential, 1, &n, &err));
	return n;
}

/* The last counter of "a" in a file that is opened again. */
static uint32_t last_of_a(void)
{
	struct counters c;
	uint32_t n;

	open_file(&c);
	n = last(&c, slot_a, "a");
	counters_done(&c);
	return n;
}

static void save(uint32_t n)
{
	struct counters c;

	open_file(&c);
	OK(counters_write(&c, slot_a, "a", 1, n, &err));
	counters_done(&c);
}

/* Cannot be told, and nothing was written. */
static void refuse_read(uint32_t slot, const char *credential)
{
	struct counters c;
	uint32_t n = 77;

	open_file(&c);
	SAYS(ERROR_CORRUPT, DAMAGED, counters_read(&c, slot, credential, 1, &n,
		&err));
	assert_int_equal(n, 77);
	SAYS(ERROR_CORRUPT, DAMAGED, counters_write(&c, slot, credential, 1,
		99, &err));
	counters_done(&c);
}

static off_t place_of(uint32_t slot, unsigned half)
{
	return HEADER + ((off_t)slot * 2 + half) * RECORD;
}

static void read_at(off_t at, void *p, size_t n)
{
	int fd = open("counters", O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, p, n, at), n);
	close(fd);
}

static void write_at(off_t at, const void *p, size_t n)
{
	int fd = open("counters", O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, p, n, at), n);
	close(fd);
}

static void flip(off_t at)
{
	unsigned char c;

	read_at(at, &c, 1);
	c ^= 1;
	write_at(at, &c, 1);
}

static off_t size_of_file(void)
{
	struct stat st;

	assert_int_equal(stat("counters", &st), 0);
	return st.st_size;
}

/* ---- making and opening ---- */

static void a_new_file_is_private_and_has_the_id_that_was_asked_for(
	void **state)
{
	struct stat st;
	char head[HEADER] = "";
	struct counters c;

	(void)state;
	unlink("counters");
	umask(0);
	make(&c, FILE_ID);
	umask(077);
	counters_done(&c);
	assert_int_equal(stat("counters", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	read_at(0, head, HEADER);
	assert_string_equal(head, "tokenbridge-counters-1\n" FILE_ID);
	assert_int_equal(st.st_size, HEADER);
}

static void the_path_lies_beside_login_db(void **state)
{
	char *path = counters_path("/srv/login.db");

	(void)state;
	assert_string_equal(path, "/srv/login.db.counters");
	free(path);
}

static void a_file_that_is_there_keeps_its_id_and_its_slots(void **state)
{
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = OTHER_ID;
	uint32_t slot;

	(void)state;
	OK(counters_make(&c, "counters", id, &err));
	assert_string_equal(id, FILE_ID);
	OK(counters_slot(&c, "b", 1, 5, &slot, &err));
	assert_int_equal(slot, slot_b);
	OK(counters_slot(&c, "a", 1, 5, &slot, &err));
	assert_int_equal(slot, slot_a);
	assert_int_equal(last(&c, slot_a, "a"), 10);
	assert_int_equal(last(&c, slot_b, "b"), 0);
	OK(counters_slot(&c, "c", 1, 5, &slot, &err));
	assert_int_equal(slot, 2);
	counters_done(&c);
	assert_int_equal(size_of_file(), HEADER + 6 * RECORD);
}

static void an_empty_file_is_begun_anew(void **state)
{
	struct counters c;
	int n;

	(void)state;
	for (n = 0; n < HEADER; n += 31) {
		assert_int_equal(truncate("counters", n), 0);
		make(&c, FILE_ID);
		assert_int_equal(c.slots, 0);
		counters_done(&c);
	}
}

static void a_file_of_another_id_or_form_is_corrupt(void **state)
{
	static const off_t at[] = { 0, 22, 23, 54, 55 };
	struct counters c = COUNTERS_INIT;
	size_t i;

	(void)state;
	SAYS(ERROR_CORRUPT, ANOTHER, counters_open(&c, "counters", OTHER_ID,
		&err));
	for (i = 0; i < ARRAY_LEN(at); i++) {
		flip(at[i]);
		SAYS(ERROR_CORRUPT, ANOTHER, counters_open(&c, "counters",
			FILE_ID, &err));
		flip(at[i]);
	}
	assert_int_equal(truncate("counters", HEADER - 1), 0);
	SAYS(ERROR_CORRUPT, ANOTHER, counters_open(&c, "counters", FILE_ID,
		&err));
	assert_int_equal(c.fd, -1);
	assert_false(c.read_only || c.keys || c.slots);
}

static void a_foreign_file_is_not_made_over(void **state)
{
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = FILE_ID, text[HEADER + 1] = "";

	(void)state;
	memset(text, 'x', HEADER);
	write_text("counters", text);
	SAYS(ERROR_CORRUPT, "'counters' is damaged: move it away (what it knew "
		"of counters is lost with it) and publish again",
		counters_make(&c, "counters", id, &err));
	assert_file_is("counters", text);
	assert_int_equal(c.fd, -1);
}

static void a_file_that_is_open_to_others_is_not_trusted(void **state)
{
	static const mode_t modes[] = { 0640, 0620, 0604, 0602, 0610, 0601,
		0666 };
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = FILE_ID;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod("counters", modes[i]), 0);
		SAYS(ERROR_PERMISSION, UNTRUSTED, counters_open(&c, "counters",
			FILE_ID, &err));
		SAYS(ERROR_PERMISSION, UNTRUSTED, counters_make(&c, "counters",
			id, &err));
		assert_int_equal(c.fd, -1);
	}
}

static void a_file_of_another_user_is_not_trusted(void **state)
{
	static const uid_t others[] = { 1, 4711 };
	struct counters c = COUNTERS_INIT;
	size_t i;
	int r;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < ARRAY_LEN(others); i++) {
		assert_int_equal(chown("counters", others[i], (gid_t)-1), 0);
		SAYS(ERROR_PERMISSION, UNTRUSTED, counters_open(&c, "counters",
			FILE_ID, &err));
	}
	/* to whom it belongs it is his own */
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(seteuid(4711), 0);
	r = counters_open(&c, "counters", FILE_ID, &err);
	counters_done(&c);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(r, 0);
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
	struct counters c = COUNTERS_INIT;

	(void)state;
	assert_int_equal(symlink("counters", "link"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_true(counters_open(&c, "link", FILE_ID, &err) < 0);
	assert_true(counters_open(&c, "folder", FILE_ID, &err) < 0);
	FAILS(ERROR_PERMISSION, counters_open(&c, "fifo", FILE_ID, &err));
	SAYS(ERROR_FAILED, "cannot open 'nowhere': No such file",
		counters_open(&c, "nowhere", FILE_ID, &err));
	assert_int_equal(c.fd, -1);
}

/* ---- slots ---- */

static void a_counter_survives_reopening(void **state)
{
	static const uint32_t rows[] = { 11, 12, 4000000000u, UINT32_MAX, 0,
		7 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		save(rows[i]);
		assert_true(last_of_a() == rows[i]);
	}
	assert_int_equal(size_of_file(), HEADER + 4 * RECORD);
}

static void the_two_records_are_written_by_turns(void **state)
{
	unsigned char one[2][RECORD], two[2][RECORD];
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		read_at(place_of(slot_a, 0), one, sizeof(one));
		save((uint32_t)(20 + i));
		read_at(place_of(slot_a, 0), two, sizeof(two));
		assert_memory_equal(one[!(i & 1)], two[!(i & 1)], RECORD);
		assert_memory_not_equal(one[i & 1], two[i & 1], RECORD);
	}
}

static void a_torn_write_of_either_record_leaves_the_other(void **state)
{
	off_t at;
	int turn;

	(void)state;
	for (turn = 0; turn < 2; turn++)
		for (at = 0; at < RECORD; at++) {
			save(20);
			save(21);
			if (turn)
				save(22);
			/* the record that save(22 - !turn) wrote */
			flip(place_of(slot_a, !turn) + at);
			assert_int_equal(last_of_a(), 20 + turn);
			save(30);
			assert_int_equal(last_of_a(), 30);
			save(31); /* both are whole again */
			if (!turn)
				save(32);
		}
}

static void a_slot_without_a_whole_record_is_damaged(void **state)
{
	struct counters c;
	uint32_t slot;

	(void)state;
	flip(place_of(slot_a, 0) + 20);
	flip(place_of(slot_a, 1) + 63);
	refuse_read(slot_a, "a");
	make(&c, FILE_ID);
	OK(counters_slot(&c, "a", 1, 12, &slot, &err));
	assert_int_equal(slot, 2);
	assert_int_equal(last(&c, slot, "a"), 12);
	assert_int_equal(last(&c, slot_b, "b"), 0);
	counters_done(&c);
}

static void another_credentials_slot_is_damaged(void **state)
{
	(void)state;
	refuse_read(slot_b, "a");
	refuse_read(slot_a, "b");
	refuse_read(slot_a, "c");
	refuse_read(2, "a");
	refuse_read(UINT32_MAX, "a");
}

static void a_record_of_zeros_is_nobodys(void **state)
{
	static const char zeros[2 * RECORD];

	(void)state;
	write_at(place_of(slot_a, 0), zeros, sizeof(zeros));
	refuse_read(slot_a, "a");
	refuse_read(slot_a, "\0");
}

/* A record of "a" as the header of counter.h describes it. */
static void put_record(unsigned half, uint32_t turn, uint32_t counter)
{
	unsigned char record[RECORD] = { 0 }, hash[SHA256_LEN];
	int i;

	OK(chain_digest("a", 1, hash, &err));
	memcpy(record, hash, 16);
	for (i = 0; i < 4; i++) {
		record[16 + i] = (unsigned char)(turn >> (24 - 8 * i));
		record[20 + i] = (unsigned char)(counter >> (24 - 8 * i));
	}
	OK(chain_digest(record, 48, hash, &err));
	memcpy(record + 48, hash, 16);
	write_at(place_of(slot_a, half), record, RECORD);
}

static void the_later_turn_counts_also_where_turns_begin_anew(void **state)
{
	static const uint32_t rows[][2] = { { 4, 3 }, { 4, 5 },
		{ 0, UINT32_MAX }, { UINT32_MAX - 1, UINT32_MAX },
		{ 0x80000000u, 0x7fffffffu } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		bool first = rows[i][0] == rows[i][1] + 1;

		put_record(0, rows[i][0], 70);
		put_record(1, rows[i][1], 71);
		assert_int_equal(last_of_a(), first ? 70 : 71);
		save(80); /* over the earlier one */
		flip(place_of(slot_a, first));
		assert_int_equal(last_of_a(), first ? 70 : 71);
	}
}

static void a_file_that_was_cut_off_loses_only_what_was_cut(void **state)
{
	struct counters c;
	uint32_t n;
	off_t size;
	int r;

	(void)state;
	for (size = HEADER + 4 * RECORD; size >= HEADER; size--) {
		assert_int_equal(truncate("counters", size), 0);
		open_file(&c);
		r = counters_read(&c, slot_b, "b", 1, &n, &err);
		assert_true(r == 0 ? n == 0 && size >= place_of(1, 1) :
				     size < place_of(1, 1));
		r = counters_read(&c, slot_a, "a", 1, &n, &err);
		assert_true(r == 0 ? n == 10 && size >= place_of(0, 1) :
				     size < place_of(0, 1));
		counters_done(&c);
	}
}

/* ---- judging ---- */

static enum login_result judge(struct counters *c, uint32_t published,
	uint32_t counter, bool *ret_unsaved)
{
	struct login_credential credential = {
		.id = "a", .id_n = 1, .counter = published, .slot = slot_a,
	};

	*ret_unsaved = false;
	memset(&err, 0, sizeof(err));
	return login_judge_counter(c, &credential, counter, deadline_in(2000),
		ret_unsaved, &err);
}

static void judge_is(enum login_result want, uint32_t published,
	uint32_t counter)
{
	struct counters c;
	bool unsaved;

	open_file(&c);
	assert_int_equal(judge(&c, published, counter, &unsaved), want);
	assert_false(unsaved);
	if (want != LOGIN_GRANTED)
		assert_true(err.text[0]);
	counters_done(&c);
}

static void a_counter_that_rises_is_granted_and_saved(void **state)
{
	(void)state;
	judge_is(LOGIN_GRANTED, 0, 11);
	assert_int_equal(last_of_a(), 11);
	judge_is(LOGIN_GRANTED, 0, 500);
	judge_is(LOGIN_GRANTED, 0, UINT32_MAX);
	assert_true(last_of_a() == UINT32_MAX);
}

static void a_counter_that_falls_or_stands_is_refused_and_not_saved(
	void **state)
{
	(void)state;
	judge_is(LOGIN_COUNTER, 0, 10);
	judge_is(LOGIN_COUNTER, 0, 9);
	judge_is(LOGIN_COUNTER, 0, 0);
	assert_non_null(strstr(err.text, "10"));
	assert_non_null(strstr(err.text, "clone"));
	assert_int_equal(last_of_a(), 10);
	save(UINT32_MAX);
	judge_is(LOGIN_COUNTER, 0, UINT32_MAX);
	judge_is(LOGIN_COUNTER, 0, 0);
	assert_true(last_of_a() == UINT32_MAX);
}

static void the_published_counter_counts_where_it_is_later(void **state)
{
	(void)state;
	judge_is(LOGIN_COUNTER, 20, 15);
	judge_is(LOGIN_COUNTER, 20, 20);
	assert_int_equal(last_of_a(), 10);
	judge_is(LOGIN_GRANTED, 20, 21);
	assert_int_equal(last_of_a(), 21);
}

static void a_constant_0_is_granted_again_and_again(void **state)
{
	int i;

	(void)state;
	save(0);
	for (i = 0; i < 3; i++)
		judge_is(LOGIN_GRANTED, 0, 0);
	assert_int_equal(last_of_a(), 0);
	judge_is(LOGIN_COUNTER, 1, 0);
	judge_is(LOGIN_GRANTED, 0, 1);
	judge_is(LOGIN_COUNTER, 0, 0);
}

static void a_counter_that_cannot_be_told_lets_nobody_in(void **state)
{
	(void)state;
	flip(place_of(slot_a, 0));
	flip(place_of(slot_a, 1));
	judge_is(LOGIN_NO_RECORD, 0, 1000);
	slot_a = slot_b;
	judge_is(LOGIN_NO_RECORD, 0, 1000);
}

static void a_counter_that_cannot_be_read_lets_nobody_in(void **state)
{
	unsigned half;

	(void)state;
	for (half = 0; half < 2; half++) {
		save(20);
		save(21); /* half 1 is the later one */
		pread_bad = place_of(slot_a, half);
		judge_is(LOGIN_NO_RECORD, 0, 21);
		judge_is(LOGIN_NO_RECORD, 0, 100);
		mend_the_medium();
		assert_int_equal(last_of_a(), 21);
	}
}

/* None of its bytes, some, or all but the last. */
static void a_file_whose_head_is_not_written_is_not_made(void **state)
{
	static const int written[] = { -1, 0, 1, 127 };
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = FILE_ID;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(written); i++) {
		assert_int_equal(unlink("counters"), 0);
		pwrite_errno = written[i] < 0 ? ENOSPC : 0;
		pwrite_max = written[i];
		SAYS(ERROR_FAILED, "cannot write 'counters'",
			counters_make(&c, "counters", id, &err));
		assert_int_equal(c.fd, -1);
		mend_the_medium();
	}
	/* what is left of it is begun anew */
	make(&c, FILE_ID);
	counters_done(&c);
}

static void a_slot_that_cannot_be_read_is_not_given_anew(void **state)
{
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = FILE_ID;

	(void)state;
	pread_bad = place_of(slot_a, 0);
	SAYS(ERROR_FAILED, "cannot read the signature counter: ",
		counters_make(&c, "counters", id, &err));
	assert_int_equal(c.fd, -1);
}

static void judge_is_unsaved(uint32_t counter)
{
	struct counters c;
	bool unsaved;

	open_file(&c);
	assert_int_equal(judge(&c, 0, counter, &unsaved), LOGIN_GRANTED);
	assert_true(unsaved);
	assert_true(err.text[0]);
	counters_done(&c);
}

static void a_broken_medium_lets_in_and_says_so(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EROFS, EDQUOT };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(errors); i++) {
		pwrite_errno = errors[i];
		judge_is_unsaved(50);
		assert_int_equal(err.status, errors[i]);
		assert_int_equal(last_of_a(), 10);
		judge_is(LOGIN_COUNTER, 0, 10); /* what falls still does */
	}
	mend_the_medium();
	sync_errno = EIO;
	judge_is_unsaved(50);
}

static void a_short_write_is_one_that_failed(void **state)
{
	int n;

	(void)state;
	for (n = 0; n < RECORD; n += 9) {
		pwrite_max = n;
		judge_is_unsaved((uint32_t)(50 + n));
		assert_int_equal(err.status, EIO);
		mend_the_medium();
		assert_int_equal(last_of_a(), 10);
	}
}

static void other_failures_to_save_let_nobody_in(void **state)
{
	static const int errors[] = { EBADF, EINVAL, EPERM, EFBIG };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(errors); i++) {
		pwrite_errno = errors[i];
		judge_is(LOGIN_NO_RECORD, 0, 50);
	}
	mend_the_medium();
	assert_int_equal(last_of_a(), 10);
}

static void an_interrupted_write_goes_on(void **state)
{
	(void)state;
	interruptions = 3;
	judge_is(LOGIN_GRANTED, 0, 50);
	assert_int_equal(interruptions, 0);
	assert_int_equal(last_of_a(), 50);
}

static void a_read_only_file_system_lets_in_and_says_so(void **state)
{
	struct counters c = COUNTERS_INIT;
	bool unsaved;

	(void)state;
	open_errno = EROFS;
	open_file(&c);
	assert_true(c.read_only);
	assert_int_equal(judge(&c, 0, 11, &unsaved), LOGIN_GRANTED);
	assert_true(unsaved);
	assert_int_equal(err.status, EROFS);
	assert_int_equal(judge(&c, 0, 10, &unsaved), LOGIN_COUNTER);
	counters_done(&c);
	mend_the_medium();
	assert_int_equal(last_of_a(), 10);
}

static void other_failures_to_open_are_errors(void **state)
{
	struct counters c = COUNTERS_INIT;

	(void)state;
	open_errno = EACCES;
	SAYS(ERROR_PERMISSION, "cannot open 'counters': Permission denied",
		counters_open(&c, "counters", FILE_ID, &err));
	open_errno = EIO;
	SAYS(ERROR_FAILED, "cannot open 'counters': Input/output error",
		counters_open(&c, "counters", FILE_ID, &err));
	assert_int_equal(c.fd, -1);
	assert_false(c.read_only);
}

/* ---- locks ---- */

static void a_slot_is_one_logins_at_a_time(void **state)
{
	struct counters one, two;
	bool unsaved;

	(void)state;
	open_file(&one);
	open_file(&two);
	OK(counters_lock(&one, slot_a, deadline_in(0), &err));
	SAYS(ERROR_BUSY, "cannot lock the signature counter: ", counters_lock(
		&two, slot_a, deadline_in(60), &err));
	OK(counters_lock(&two, slot_b, deadline_in(0), &err));
	hurry = true;
	assert_int_equal(judge(&two, 0, 11, &unsaved), LOGIN_NO_RECORD);
	hurry = false;
	counters_unlock(&one, slot_a);
	assert_int_equal(judge(&two, 0, 11, &unsaved), LOGIN_GRANTED);
	/* judging has let go of it */
	OK(counters_lock(&one, slot_a, deadline_in(0), &err));
	counters_done(&one);
	OK(counters_lock(&two, slot_a, deadline_in(0), &err));
	counters_done(&two);
}

static void every_verdict_lets_go_of_the_slot(void **state)
{
	struct counters one, two;
	bool unsaved;

	(void)state;
	open_file(&one);
	open_file(&two);
	judge(&one, 0, 1, &unsaved);
	OK(counters_lock(&two, slot_a, deadline_in(0), &err));
	counters_unlock(&two, slot_a);
	pwrite_errno = EIO;
	judge(&one, 0, 100, &unsaved);
	OK(counters_lock(&two, slot_a, deadline_in(0), &err));
	counters_done(&one);
	counters_done(&two);
}

/* Each child logs in with the counters from `first` on, in steps of 2. */
static void log_in_often(uint32_t first)
{
	struct counters c = COUNTERS_INIT;
	uint32_t n, granted = 0;
	bool unsaved;

	if (counters_open(&c, "counters", FILE_ID, NULL) < 0)
		_exit(255);
	for (n = first; n < first + 200; n += 2)
		granted += judge(&c, 0, n, &unsaved) == LOGIN_GRANTED;
	_exit((int)granted);
}

static void of_two_clones_at_once_no_counter_is_granted_twice(void **state)
{
	pid_t pid[2];
	int status, all = 0, i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			log_in_often(1001);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		all += WEXITSTATUS(status);
	}
	assert_int_equal(all, 100);
	assert_int_equal(last_of_a(), 1199);
}

static void of_two_publishers_the_second_waits_or_is_told(void **state)
{
	struct counters one, two = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = OTHER_ID;

	(void)state;
	make(&one, FILE_ID);
	hurry = true;
	SAYS(ERROR_BUSY, "publishes", counters_make(&two, "counters", id,
		&err));
	assert_string_equal(id, OTHER_ID);
	assert_int_equal(two.fd, -1);
	hurry = false;
	counters_done(&one);
	OK(counters_make(&two, "counters", id, &err));
	assert_string_equal(id, FILE_ID);
	counters_done(&two);
}

static void a_login_and_a_publisher_do_not_wait_for_each_other(void **state)
{
	struct counters publisher, login;
	uint32_t slot;

	(void)state;
	make(&publisher, FILE_ID);
	hurry = true;
	open_file(&login);
	OK(counters_lock(&login, slot_a, deadline_in(0), &err));
	OK(counters_slot(&publisher, "c", 1, 3, &slot, &err));
	OK(counters_write(&login, slot_a, "a", 1, 11, &err));
	assert_int_equal(last(&login, slot, "c"), 3);
	counters_done(&publisher);
	make(&publisher, FILE_ID);
	counters_done(&publisher);
	counters_done(&login);
}

static void a_slot_that_cannot_be_written_is_an_error_and_no_slot(void **state)
{
	struct counters c;
	uint32_t slot = 77;

	(void)state;
	make(&c, FILE_ID);
	pwrite_errno = ENOSPC;
	SAYS(ERROR_FAILED, "cannot save the signature counter: No space left",
		counters_slot(&c, "c", 1, 3, &slot, &err));
	assert_int_equal(slot, 77);
	mend_the_medium();
	OK(counters_slot(&c, "c", 1, 3, &slot, &err));
	assert_int_equal(slot, 2);
	assert_int_equal(last(&c, slot, "c"), 3);
	counters_done(&c);
}

static void slots_stay_apart_with_many_credentials(void **state)
{
	struct counters c;
	uint32_t slot;
	char name[16];
	int i;

	(void)state;
	make(&c, FILE_ID);
	sync_errno = 0;
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		OK(counters_slot(&c, name, strlen(name), (uint32_t)i, &slot,
			&err));
		assert_int_equal(slot, 2 + i);
	}
	counters_done(&c);
	make(&c, FILE_ID);
	assert_int_equal(c.slots, 102);
	for (i = 99; i >= 0; i--) {
		uint32_t n;

		snprintf(name, sizeof(name), "name%d", i);
		OK(counters_slot(&c, name, strlen(name), 7777, &slot, &err));
		assert_int_equal(slot, 2 + i);
		OK(counters_read(&c, slot, name, strlen(name), &n, &err));
		assert_int_equal(n, i);
	}
	counters_done(&c);
}

static void one_sync_does_for_however_many_slots_are_new(void **state)
{
	struct counters c;
	uint32_t slot;
	char name[16];
	int i;

	(void)state;
	make(&c, FILE_ID);
	syncs = 0;
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		OK(counters_slot(&c, name, strlen(name), 1, &slot, &err));
	}
	assert_int_equal(syncs, 0);
	OK(counters_sync(&c, &err));
	assert_int_equal(syncs, 1);
	counters_done(&c);
}

/* What is in memory alone must not be taken for a slot by the next run. */
static void slots_that_cannot_be_synced_are_taken_back(void **state)
{
	struct counters c;
	off_t before = size_of_file();
	uint32_t slot;

	(void)state;
	make(&c, FILE_ID);
	OK(counters_slot(&c, "c", 1, 3, &slot, &err));
	OK(counters_slot(&c, "d", 1, 4, &slot, &err));
	assert_true(size_of_file() > before);
	sync_errno = EIO;
	SAYS(ERROR_FAILED, "cannot save the signature counter: ",
		counters_sync(&c, &err));
	assert_int_equal(err.status, EIO);
	assert_int_equal(c.slots, 2);
	assert_int_equal(size_of_file(), before);
	mend_the_medium();
	OK(counters_slot(&c, "d", 1, 5, &slot, &err));
	assert_int_equal(slot, 2);
	OK(counters_sync(&c, &err));
	assert_int_equal(last(&c, slot, "d"), 5);
	assert_int_equal(last(&c, slot_a, "a"), 10);
	/* nothing is new: nothing is taken back */
	sync_errno = EIO;
	SAYS(ERROR_FAILED, "cannot save the signature counter: ",
		counters_sync(&c, &err));
	assert_int_equal(c.slots, 3);
	mend_the_medium();
	counters_done(&c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_is_private_and_has_the_id_that_was_asked_for),
		TEST(the_path_lies_beside_login_db),
		TEST(a_file_that_is_there_keeps_its_id_and_its_slots),
		TEST(an_empty_file_is_begun_anew),
		TEST(a_file_of_another_id_or_form_is_corrupt),
		TEST(a_foreign_file_is_not_made_over),
		TEST(a_file_that_is_open_to_others_is_not_trusted),
		TEST(a_file_of_another_user_is_not_trusted),
		TEST(what_is_no_regular_file_is_not_opened),
		TEST(a_counter_survives_reopening),
		TEST(the_two_records_are_written_by_turns),
		TEST(a_torn_write_of_either_record_leaves_the_other),
		TEST(a_slot_without_a_whole_record_is_damaged),
		TEST(another_credentials_slot_is_damaged),
		TEST(a_record_of_zeros_is_nobodys),
		TEST(the_later_turn_counts_also_where_turns_begin_anew),
		TEST(a_file_that_was_cut_off_loses_only_what_was_cut),
		TEST(a_counter_that_rises_is_granted_and_saved),
		TEST(a_counter_that_falls_or_stands_is_refused_and_not_saved),
		TEST(the_published_counter_counts_where_it_is_later),
		TEST(a_constant_0_is_granted_again_and_again),
		TEST(a_counter_that_cannot_be_told_lets_nobody_in),
		TEST(a_counter_that_cannot_be_read_lets_nobody_in),
		TEST(a_file_whose_head_is_not_written_is_not_made),
		TEST(a_slot_that_cannot_be_read_is_not_given_anew),
		TEST(a_broken_medium_lets_in_and_says_so),
		TEST(a_short_write_is_one_that_failed),
		TEST(other_failures_to_save_let_nobody_in),
		TEST(an_interrupted_write_goes_on),
		TEST(a_read_only_file_system_lets_in_and_says_so),
		TEST(other_failures_to_open_are_errors),
		TEST(a_slot_is_one_logins_at_a_time),
		TEST(every_verdict_lets_go_of_the_slot),
		TEST(of_two_clones_at_once_no_counter_is_granted_twice),
		TEST(of_two_publishers_the_second_waits_or_is_told),
		TEST(a_login_and_a_publisher_do_not_wait_for_each_other),
		TEST(a_slot_that_cannot_be_written_is_an_error_and_no_slot),
		TEST(slots_stay_apart_with_many_credentials),
		TEST(one_sync_does_for_however_many_slots_are_new),
		TEST(slots_that_cannot_be_synced_are_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
