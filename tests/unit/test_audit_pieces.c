/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report in prepared pieces says what the same report row by row says, to the
 * byte: over generated files with everything in them that is out of the common,
 * cut at every place, by every way to scan that this machine has.
 */
#include "audit_log.h"

#include "aws/report/csv/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FILES 40      /* small ones, each cut at every byte */
#define BIG (3u << 20)

/* ---- files ---- */

static uint64_t state;

/* xorshift64: the same files in every run. */
static unsigned pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static bool one_in(unsigned n)
{
	return pick(n) == 0;
}

#define PICK(list) ((list)[pick(sizeof(list) / sizeof((list)[0]))])

/* What a file is like. */
struct style {
	unsigned header;
	bool crlf;
	bool quotes;   /* every field */
	unsigned odd;  /* one row in so many; 0: none */
	const char *account;
};

static const char *const accounts[] = { "123456789012", "210987654321",
	"111111111111" };
static const char *const headers[] = {
	"user,arn,password_enabled,mfa_active",
	"mfa_active,x,password_enabled,y,arn,user",
	"user,arn,user_creation_time,password_enabled,password_last_used,"
	"mfa_active,access_key_1_active,cert_1_active",
	"z,user,mfa_active,password_enabled,arn",
};

static void put_text(struct buf *b, const struct style *s, const char *text)
{
	buf_printf(b, s->quotes ? "\"%s\"" : "%s", text);
}

static void put_header(struct buf *b, const struct style *s)
{
	const char *p = headers[s->header];
	char name[64];
	size_t n;

	for (;; p += n + 1) {
		n = strcspn(p, ",");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		put_text(b, s, name);
		if (!p[n])
			return;
		buf_put_str(b, ",");
	}
}

static const char *value(void)
{
	static const char *const values[] = { "true", "false", "true", "false",
		"TRUE", "False", "N/A", "no_information", "not_supported", "",
		"maybe", "2026-01-02T03:04:05Z" };

	return PICK(values);
}

static const char *field(const char *name, size_t n, const char *user,
	const char *arn)
{
	if (n == 4 && memcmp(name, "user", n) == 0)
		return user;
	if (n == 3 && memcmp(name, "arn", n) == 0)
		return arn;
	return value();
}

static void put_row(struct buf *b, const struct style *s, const char *user,
	const char *arn)
{
	const char *p = headers[s->header];
	size_t n;

	for (;; p += n + 1) {
		n = strcspn(p, ",");
		put_text(b, s, field(p, n, user, arn));
		if (!p[n])
			return;
		buf_put_str(b, ",");
	}
}

/* Names from few, so that they come again, and that columns have, too. */
static void put_user(struct buf *b, const struct style *s)
{
	static const char *const names[] = { "alice", "bob", "user", "arn",
		"mfa_active", "u", "carol@example.com", "dave+x", "access",
		"cert_1_active", "password_enabled" };
	static const char *const paths[] = { "", "a/", "team/blue/" };
	char user[64], arn[160];

	snprintf(user, sizeof(user), one_in(3) ? "%s" : "%s%u", PICK(names),
		pick(1000));
	snprintf(arn, sizeof(arn), "arn:aws:iam::%s:user/%s%s", s->account,
		PICK(paths), user);
	put_row(b, s, user, arn);
}

static void put_root(struct buf *b, const struct style *s)
{
	char arn[80];

	snprintf(arn, sizeof(arn), "arn:aws:iam::%s:root", s->account);
	put_row(b, s, "<root_account>", arn);
}

/* Something in place of a row, or into one. */
static void put_odd(struct buf *b, const struct style *s)
{
	static const char *const rows[] = {
		"a,b", ",,,,,,,,,", "", " \t", "\r", "\xef\xbb\xbf",
		"\"a\nb\",arn:aws:iam::123456789012:user/a,true,false",
		"\"a\"\"b\",arn:aws:iam::123456789012:user/a,true,false",
		"a\"b,arn:aws:iam::123456789012:user/a,true,false",
		"\"ab\"c,arn:aws:iam::123456789012:user/ab,true,false",
		"\"a,b\",\"arn:aws:iam::123456789012:user/a,b\",true,false",
		"x\xc3\xa9,arn:aws:iam::123456789012:user/x\xc3\xa9,true,"
		"false",
		"x\xff,arn:aws:iam::123456789012:user/x\xff,true,false",
		"eve,arn:aws:iam::123456789012:user/mallory,true,false",
		"eve,arn:aws:s3:::bucket,true,false",
		"eve,none,true,false",
		"eve,arn:aws-cn:iam::123456789012:user/eve,true,false",
		"eve,arn:aws:iam::210987654321:user/eve,true,false",
		"\"eve\",arn:aws:iam::123456789012:user/eve,true,\"false\"",
		"eve,arn:aws:iam::123456789012:user/eve,true,\"false\r\"",
		"eve,arn:aws:iam::123456789012:user/eve,true,\"false\"\r",
		"eve,arn:aws:iam::123456789012:user/eve,true,\"false\"\rx",
		"\"x\ny\",\"arn:aws:iam::123456789012:user/x\ny\",true,false",
		"<root_account>,arn:aws:iam::123456789012:user/<root_account>,"
		"true,false",
		"\"", "\"\"", "a,\"b", "user,arn,mfa_active",
	};

	buf_put_str(b, PICK(rows));
	if (one_in(60))
		buf_put_byte(b, '\0');
	if (one_in(6))
		put_user(b, s);
}

static void put_end(struct buf *b, const struct style *s)
{
	buf_put_str(b, s->crlf ? "\r\n" : "\n");
}

static void put_report(struct buf *b, struct style *s, unsigned rows)
{
	if (one_in(8))
		buf_put_str(b, "\xef\xbb\xbf");
	put_header(b, s);
	put_end(b, s);
	while (rows-- > 0) {
		if (s->odd && one_in(s->odd))
			put_odd(b, s);
		else if (one_in(12))
			put_root(b, s);
		else
			put_user(b, s);
		if (one_in(15))
			s->account = PICK(accounts);
		if (one_in(200))
			s->crlf = !s->crlf;
		/* the last one may be without an end: the next is glued on */
		if (rows > 0 || !one_in(3))
			put_end(b, s);
	}
}

static void put_file(struct buf *b, uint64_t seed, size_t least)
{
	static const unsigned odds[] = { 0, 3, 9, 500 };
	struct style s;

	state = seed * 0x9e3779b97f4a7c15u + 1;
	s.crlf = one_in(3);
	s.quotes = one_in(3);
	s.odd = PICK(odds);
	do {
		s.header = one_in(3) ? pick(4) : 0;
		s.account = PICK(accounts);
		put_report(b, &s, least > 4096 ? 50 + pick(4000) :
			4 + pick(24));
	} while (b->n < least);
}

/* ---- both ways ---- */

static void compare(struct buf *one, struct buf *other, uint64_t seed,
	size_t first, size_t piece)
{
	if (one->n == other->n && memcmp(one->p, other->p, one->n) == 0)
		return;
	print_error("file %llu, first %zu, pieces of %zu:\n%s\nbut:\n%s\n",
		(unsigned long long)seed, first, piece, buf_str(one),
		buf_str(other));
	fail();
}

/* By one of the ways: each of them has its turn. */
static void check_cut(const struct buf *file, struct buf *want, bool tells_all,
	uint64_t seed, size_t first, size_t piece)
{
	static size_t turn;
	struct buf got;

	if (!scan_way(++turn))
		turn = 0;
	buf_init(&got, 256u << 20);
	audit_log_read_pieces(&got, tells_all, file->p, file->n, first, piece,
		scan_way(turn));
	compare(want, &got, seed, first, piece);
	buf_done(&got);
}

static void test_a_border_anywhere_changes_nothing(void **unused)
{
	struct buf file, want;
	size_t cut, prepared = 0;
	uint64_t seed;

	(void)unused;
	for (seed = 1; seed <= FILES; seed++) {
		buf_init(&file, 1u << 20);
		buf_init(&want, 1u << 20);
		put_file(&file, seed, 400);
		audit_log_read(&want, seed % 2, file.p, file.n);
		for (cut = 1; cut <= file.n; cut++) {
			check_cut(&file, &want, seed % 2, seed, cut, file.n);
			prepared += audit_log_prepared();
		}
		for (cut = 1; cut < 300; cut += 7)
			check_cut(&file, &want, seed % 2, seed, 150, cut);
		buf_done(&file);
		buf_done(&want);
	}
	/* it would be no test if nearly all rows went the ordinary way */
	print_message("%zu rows were prepared\n", prepared);
	assert_true(prepared > 100000);
}

static void write_file(const char *path, const struct buf *file)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(file->p, 1, file->n, f), file->n);
	assert_int_equal(fclose(f), 0);
}

static void test_threads_change_nothing(void **unused)
{
	char path[] = "/tmp/tokenbridge-pieces-XXXXXX";
	struct buf file, want, got;
	uint64_t seed;
	int fd = mkstemp(path);

	(void)unused;
	assert_true(fd >= 0);
	close(fd);
	for (seed = 1; seed <= 8; seed++) {
		buf_init(&file, 64u << 20);
		buf_init(&want, 256u << 20);
		buf_init(&got, 256u << 20);
		put_file(&file, seed, BIG);
		write_file(path, &file);
		audit_log_read(&want, seed % 2, file.p, file.n);
		audit_log_read_file(&got, seed % 2, path);
		compare(&want, &got, seed, 0, 0);
		check_cut(&file, &want, seed % 2, seed, 100000, 65536);
		buf_done(&file);
		buf_done(&want);
		buf_done(&got);
	}
	unlink(path);
}

/* ---- scanning ---- */

static void scan_bytes(const unsigned char *p, size_t words,
	struct scan_word *ret)
{
	size_t i;

	memset(ret, 0, words * sizeof(*ret));
	for (i = 0; i < words * SCAN_WORD; i++) {
		uint64_t bit = (uint64_t)1 << i % 64;

		ret[i / 64].comma |= p[i] == ',' ? bit : 0;
		ret[i / 64].newline |= p[i] == '\n' ? bit : 0;
		ret[i / 64].quote |= p[i] == '"' ? bit : 0;
		ret[i / 64].odd |= p[i] == 0 || p[i] >= 0x80 ? bit : 0;
	}
}

static void test_every_way_finds_the_same_bits(void **unused)
{
	static const unsigned char most[] = { ',', '\n', '"', 0, 0x80, 0xff,
		',' ^ 1, ',' ^ 0x80, '\n' ^ 1, '"' ^ 1, 1, 0x7f };
	static unsigned char bytes[SCAN_WORD * 40];
	struct scan_word want[40], got[40];
	const struct scan_way *way;
	size_t i, k, n;

	(void)unused;
	state = 1;
	for (k = 0; k < 2000; k++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = one_in(2) ? PICK(most) :
				(unsigned char)pick(256);
		n = k % 38;
		scan_bytes(bytes + k % 64, n, want);
		for (i = 0; (way = scan_way(i)) != NULL; i++) {
			way->scan(bytes + k % 64, n, got);
			assert_memory_equal(want, got, n * sizeof(*want));
		}
	}
}

static void test_the_portable_way_is_always_there(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; scan_way(i); i++)
		if (!scan_way(i + 1))
			assert_ptr_equal(scan_way(i), &scan_portable);
	assert_true(i > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_way_finds_the_same_bits),
		cmocka_unit_test(test_the_portable_way_is_always_there),
		cmocka_unit_test(test_a_border_anywhere_changes_nothing),
		cmocka_unit_test(test_threads_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
