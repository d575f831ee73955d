/* SPDX-License-Identifier: Apache-2.0 */
/* The file of signature counters. */
#include "bridge/login/counter.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/hash/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define MAGIC "tokenbridge-counters-1\n"
#define HEADER 128
#define RECORD 64
#define KEY 16
#define SLOTS_MAX (1u << 20)
#define LOCK_MS 10000
#define LOCK_POLL_MS 50

struct record {
	unsigned char key[KEY];
	uint32_t turn;
	uint32_t counter;
};

char *counters_path(const char *login_db_path)
{
	return text_format("%s.counters", login_db_path);
}

void counters_done(struct counters *c)
{
	close_p(&c->fd);
	free(c->keys);
	c->keys = NULL;
}

/* ---- one record ---- */

static int counter_key_of(const void *credential, size_t n,
	unsigned char ret[KEY], struct error *err)
{
	unsigned char hash[SHA256_LEN];
	int r = chain_digest(credential, n, hash, err);

	if (r == 0)
		memcpy(ret, hash, KEY);
	return r;
}

static void put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

static bool seal(const unsigned char p[RECORD], unsigned char ret[16])
{
	unsigned char hash[SHA256_LEN];

	if (chain_digest(p, RECORD - 16, hash, NULL) < 0)
		return false;
	memcpy(ret, hash, 16);
	return true;
}

static bool build(const struct record *r, unsigned char p[RECORD])
{
	uint64_t now = (uint64_t)time(NULL);

	memset(p, 0, RECORD);
	memcpy(p, r->key, KEY);
	put32(p + 16, r->turn);
	put32(p + 20, r->counter);
	put32(p + 24, (uint32_t)(now >> 32));
	put32(p + 28, (uint32_t)now);
	return seal(p, p + RECORD - 16);
}

/* 1: whole; 0: not; -1: cannot be told */
static int parse(const unsigned char p[RECORD], struct record *ret)
{
	unsigned char want[16];

	if (!seal(p, want))
		return -1;
	if (!bytes_equal(want, p + RECORD - 16, sizeof(want)))
		return 0;
	memcpy(ret->key, p, KEY);
	ret->turn = get32(p + 16);
	ret->counter = get32(p + 20);
	return 1;
}

static off_t place(uint32_t slot, unsigned half)
{
	return HEADER + ((off_t)slot * 2 + half) * RECORD;
}

/*
 * The later whole record of a slot: 1; 0 where there is none. A record that
 * cannot be read or hashed is an error: the other one may be older.
 */
static int read_slot(struct counters *c, uint32_t slot, struct record *ret,
	struct error *err)
{
	unsigned char p[RECORD];
	struct record r;
	unsigned half;
	int found = 0, whole;
	ssize_t n;

	for (half = 0; half < 2; half++) {
		do {
			n = pread(c->fd, p, RECORD, place(slot, half));
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot read the signature counter");
		whole = n == RECORD ? parse(p, &r) : 0;
		if (whole < 0)
			return error_memory(err);
		if (whole && (!found || (int32_t)(r.turn - ret->turn) > 0))
			*ret = r;
		found |= whole;
	}
	return found;
}

/* err->status says what the medium did. */
static int cannot_save(int e, struct error *err)
{
	int code = error_errno(err, ERROR_FAILED, e,
		"cannot save the signature counter");

	if (err)
		err->status = e;
	return code;
}

static int counter_put(struct counters *c, uint32_t slot,
	const struct record *r, struct error *err)
{
	unsigned char p[RECORD];
	ssize_t n;

	if (!build(r, p))
		return error_memory(err);
	do {
		n = pwrite(c->fd, p, RECORD, place(slot, r->turn & 1));
	} while (n < 0 && errno == EINTR);
	return n == RECORD ? 0 : cannot_save(n < 0 ? errno : EIO, err);
}

static int sync_records(struct counters *c, struct error *err)
{
	return fdatasync(c->fd) == 0 ? 0 : cannot_save(errno, err);
}

/* ---- at login ---- */

static int check_header(int fd, const char *path, const char *id,
	char ret_id[COUNTER_ID_LEN], struct error *err)
{
	const size_t at = sizeof(MAGIC) - 1;
	char p[HEADER];

	if (pread(fd, p, HEADER, 0) != HEADER ||
		memcmp(p, MAGIC, at) != 0 || p[at + 32] != '\0' ||
		strspn(p + at, "0123456789abcdef") != 32 ||
		(id && memcmp(p + at, id, 32) != 0))
		return error_set(err, ERROR_CORRUPT,
			"'%s' is not the file of signature counters that "
			"login.db names: run `tokenbridge registry publish`",
			path);
	if (ret_id)
		memcpy(ret_id, p + at, COUNTER_ID_LEN);
	return 0;
}

static int check_owner(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		(st.st_uid != 0 && st.st_uid != geteuid()) ||
		(st.st_mode & 077))
		return error_set(err, ERROR_PERMISSION,
			"'%s' is not trusted: it must belong to root and be "
			"closed to others (mode 0600)", path);
	return 0;
}

int counters_open(struct counters *ret, const char *path, const char *id,
	struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	bool read_only = false;
	int r;

	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == EROFS) {
		read_only = true;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	}
	if (fd < 0)
		return error_access(err, errno, "cannot open '%s'", path);
	r = check_owner(fd, path, err);
	if (r == 0)
		r = check_header(fd, path, id, NULL, err);
	if (r < 0)
		return r;
	ret->fd = fd;
	ret->read_only = read_only;
	fd = -1;
	return 0;
}

/* The slot's record where it is this credential's. */
static int own_record(struct counters *c, uint32_t slot,
	const unsigned char key[KEY], struct record *ret, struct error *err)
{
	int r = read_slot(c, slot, ret, err);

	if (r < 0)
		return r;
	if (r > 0 && memcmp(ret->key, key, KEY) == 0)
		return 0;
	return error_set(err, ERROR_CORRUPT,
		"the signature counter of this token's credential is damaged: "
		"run `tokenbridge registry publish`");
}

static int set_lock(struct counters *c, uint32_t slot, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = place(slot, 0),
		.l_len = 2 * RECORD,
	};

	return fcntl(c->fd, F_OFD_SETLK, &lock);
}

int counters_lock(struct counters *c, uint32_t slot, deadline_t until,
	struct error *err)
{
	if (c->read_only)
		return 0; /* nothing will be written */
	while (set_lock(c, slot, F_WRLCK) < 0) {
		if ((errno != EAGAIN && errno != EACCES && errno != EINTR) ||
			deadline_passed(until))
			return error_errno(err, ERROR_BUSY, errno,
				"cannot lock the signature counter");
		deadline_sleep(deadline_in(LOCK_POLL_MS), -1);
	}
	return 0;
}

void counters_unlock(struct counters *c, uint32_t slot)
{
	if (!c->read_only)
		(void)set_lock(c, slot, F_UNLCK);
}

int counters_read(struct counters *c, uint32_t slot, const void *credential,
	size_t n, uint32_t *ret, struct error *err)
{
	unsigned char key[KEY];
	struct record r;
	int e;

	e = counter_key_of(credential, n, key, err);
	if (e == 0)
		e = own_record(c, slot, key, &r, err);
	if (e < 0)
		return e;
	*ret = r.counter;
	return 0;
}

int counters_write(struct counters *c, uint32_t slot, const void *credential,
	size_t n, uint32_t counter, struct error *err)
{
	unsigned char key[KEY];
	struct record r;
	int e;

	e = counter_key_of(credential, n, key, err);
	if (e == 0)
		e = own_record(c, slot, key, &r, err);
	if (e < 0)
		return e;
	if (c->read_only)
		return cannot_save(EROFS, err);
	r.turn++;
	r.counter = counter;
	e = counter_put(c, slot, &r, err);
	return e < 0 ? e : sync_records(c, err);
}

/* ---- making it ---- */

static int write_header(int fd, const char *path, const char *id,
	struct error *err)
{
	char p[HEADER] = MAGIC;

	memcpy(p + sizeof(MAGIC) - 1, id, COUNTER_ID_LEN);
	if (pwrite(fd, p, HEADER, 0) != HEADER || fsync(fd) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot write '%s'", path);
	return 0;
}

static int take_lock(int fd, const char *path, struct error *err)
{
	deadline_t until = deadline_in(LOCK_MS);

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (deadline_passed(until))
			return error_set(err, ERROR_BUSY,
				"another process publishes and keeps '%s' "
				"locked", path);
		deadline_sleep(deadline_in(LOCK_POLL_MS), -1);
	}
	return 0;
}

/* A slot without a whole record gets zeros, which are nobody's key. */
static int load_keys(struct counters *c, struct error *err)
{
	struct stat st;
	struct record r;
	uint32_t slot;
	int whole;

	if (fstat(c->fd, &st) < 0 || st.st_size < HEADER)
		return error_set(err, ERROR_FAILED, "no signature counters");
	c->slots = (uint32_t)((st.st_size - HEADER) / (2 * RECORD));
	c->synced = c->slots;
	c->keys = calloc((size_t)c->slots + 1, KEY);
	if (!c->keys)
		return error_memory(err);
	for (slot = 0; slot < c->slots; slot++) {
		whole = read_slot(c, slot, &r, err);
		if (whole < 0)
			return whole;
		if (whole)
			memcpy(c->keys + (size_t)slot * KEY, r.key, KEY);
	}
	return 0;
}

int counters_make(struct counters *ret, const char *path,
	char id[COUNTER_ID_LEN], struct error *err)
{
	CLEANUP(counters_done) struct counters c = COUNTERS_INIT;
	struct stat st;
	int fd, r;

	fd = c.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		O_NONBLOCK, 0600);
	if (fd < 0)
		return error_access(err, errno, "cannot open '%s'", path);
	r = check_owner(fd, path, err);
	if (r == 0)
		r = take_lock(fd, path, err);
	if (r < 0)
		return r;
	/* an empty one is what a crash left of the first time */
	if (fstat(fd, &st) == 0 && st.st_size < HEADER) {
		r = write_header(fd, path, id, err);
		if (r == 0)
			r = file_sync_dir_of(path, err);
	} else {
		r = check_header(fd, path, NULL, id, NULL);
		if (r < 0)
			r = error_set(err, ERROR_CORRUPT,
				"'%s' is damaged: move it away (what it knew "
				"of counters is lost with it) and publish "
				"again", path);
	}
	if (r == 0)
		r = load_keys(&c, err);
	if (r < 0)
		return r;
	*ret = c;
	c = (struct counters)COUNTERS_INIT;
	return 0;
}

static int new_slot(struct counters *c, uint32_t slot, struct record *r,
	struct error *err)
{
	int e = posix_fallocate(c->fd, place(slot, 0), 2 * RECORD), code;

	if (e != 0)
		return error_errno(err, ERROR_FAILED, e,
			"cannot make room for a signature counter");
	for (code = 0, r->turn = 0; code == 0 && r->turn < 2; r->turn++)
		code = counter_put(c, slot, r, err);
	return code;
}

int counters_slot(struct counters *c, const void *credential, size_t n,
	uint32_t counter, uint32_t *ret, struct error *err)
{
	struct record fresh = { .counter = counter };
	unsigned char *grown;
	uint32_t slot;
	int e;

	e = counter_key_of(credential, n, fresh.key, err);
	if (e < 0)
		return e;
	for (slot = 0; slot < c->slots; slot++)
		if (memcmp(c->keys + (size_t)slot * KEY, fresh.key, KEY) == 0) {
			*ret = slot;
			return 0;
		}
	if (slot == SLOTS_MAX)
		return error_set(err, ERROR_FAILED,
			"too many signature counters");
	grown = reallocarray(c->keys, (size_t)slot + 1, KEY);
	if (!grown)
		return error_memory(err);
	c->keys = grown;
	e = new_slot(c, slot, &fresh, err);
	if (e < 0)
		return e;
	memcpy(c->keys + (size_t)slot * KEY, fresh.key, KEY);
	c->slots++;
	*ret = slot;
	return 0;
}

/*
 * What a sync failed on may be in memory and nowhere else, and the next sync
 * need not know. So slots that nobody was told of are taken back; the next run
 * writes them anew.
 */
int counters_sync(struct counters *c, struct error *err)
{
	int r = sync_records(c, err);

	if (r == 0)
		c->synced = c->slots;
	else if (c->slots > c->synced &&
		ftruncate(c->fd, place(c->synced, 0)) == 0)
		c->slots = c->synced;
	return r;
}
