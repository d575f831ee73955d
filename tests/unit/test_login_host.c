/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file for other hosts: one way to write it, nothing of a bad one is used;
 * and login.db out of it, which never goes back.
 */
#define OK_IS_ZERO
#include "bridge/login/host/install.h"

#include "base/encode.h"
#include "bridge/hash/chain.h"
#include "bridge/login/counter.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/stat.h>

#define STATION "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define TOKEN "aabbccdd00112233445566778899aabb"

static char place[64];

/* ---- what a station says ---- */

/* COSE_Key: the base point of P-256, which is on its curve. */
static const unsigned char key[] = {
	0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20,
	0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
	0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
	0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x22, 0x58, 0x20,
	0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a,
	0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
	0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

#define SSH_LINE "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc" \
	"2guY29tAAAAIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2trAAAABHNzaDo="
/* As ssh-keygen -lf prints of that line. */
#define SSH_FINGERPRINT "SHA256:ZE5TabYjtY2XJ0X0n3sXJoaZOaALYBjvz7uVX3qLELg"

struct said {
	uint64_t generation;
	time_t made_at;
	const char *station;
	bool rehearsal;
	const char *users[4]; /* who log in; their credential is their name */
	bool ssh;             /* the first has an ssh key, too */
	uint32_t counter;
	const char *rp;       /* NULL: ours */
};

static void add_user(struct login_write *w, const struct said *s, size_t i)
{
	OK(login_write_credential(w, &(struct login_write_credential){
		.user = s->users[i],
		.token = TOKEN,
		.aaguid = i ? "" : OTHER,
		.id = (const unsigned char *)s->users[i],
		.id_n = strlen(s->users[i]),
		.public_key = key,
		.public_key_n = sizeof(key),
		.counter = s->counter,
		.verify_required = i == 1,
		.rp = s->rp ? s->rp : LOGIN_RP,
	}, &err));
}

static void publish(const struct said *s, struct buf *ret)
{
	struct hostfile_info info = {
		.made_at = s->made_at,
		.generation = s->generation,
		.rehearsal = s->rehearsal,
	};
	struct login_write *w = NULL;
	size_t i;

	snprintf(info.station, sizeof(info.station), "%s", s->station);
	memset(info.head, 0x5a, sizeof(info.head));
	OK(login_write_new_apart(&w, "out", &err));
	for (i = 0; i < ARRAY_LEN(s->users) && s->users[i]; i++)
		add_user(w, s, i);
	if (s->ssh)
		OK(login_write_ssh_key(w, &(struct login_write_ssh_key){
			.user = s->users[0],
			.fingerprint = SSH_FINGERPRINT,
			.token = "",
			.line = SSH_LINE,
		}, &err));
	buf_init(ret, HOSTFILE_MAX);
	OK(hostfile_put(w, &info, ret, &err));
	login_write_free(&w);
}

/* What a reader would not take is not written. */
static void test_what_is_too_long_for_it_is_refused(void **state)
{
	static unsigned char much[LOGIN_BYTES_MAX + 1];
	char party[LOGIN_RP_LEN + 1];
	struct login_write_credential c = { .user = "alice", .token = TOKEN,
		.aaguid = "", .id = much, .id_n = LOGIN_BYTES_MAX,
		.public_key = key, .public_key_n = sizeof(key),
		.rp = LOGIN_RP };
	struct login_write *w = NULL;

	(void)state;
	OK(login_write_new_apart(&w, "out", &err));
	memset(party, 'p', sizeof(party));
	party[LOGIN_RP_LEN - 1] = '\0';
	OK(login_write_credential(w, &c, &err));
	c.id_n++;
	SAYS(ERROR_UNSUPPORTED, "token aabbccdd has a credential that is too "
		"long for login.db", login_write_credential(w, &c, &err));
	c.id_n = 1;
	c.public_key = much;
	c.public_key_n = sizeof(much);
	SAYS(ERROR_UNSUPPORTED, "that is too long", login_write_credential(w,
		&c, &err));
	c.public_key_n--;
	c.rp = party;
	OK(login_write_credential(w, &c, &err));
	party[LOGIN_RP_LEN - 1] = 'p';
	party[LOGIN_RP_LEN] = '\0';
	c.id_n = 2;
	SAYS(ERROR_UNSUPPORTED, "token aabbccdd has a credential of a relying "
		"party whose name is too long for login.db",
		login_write_credential(w, &c, &err));
	login_write_free(&w);
}

static struct said plain(void)
{
	return (struct said){ .generation = 9, .made_at = 1700000000,
		.station = STATION, .users = { "alice", "bob" }, .ssh = true,
		.counter = 5 };
}

/* A file of that name. */
static void publish_to(const char *path, const struct said *s)
{
	struct buf b;

	publish(s, &b);
	write_file(path, b.p, b.n, 0644);
	buf_done(&b);
}

/* With its digest, so that only the rows are wrong. */
static void seal(struct buf *b)
{
	unsigned char digest[SHA256_LEN];
	char hex[HEX_LEN(SHA256_LEN)];

	OK(chain_digest(b->p, b->n, digest, &err));
	hex_encode(digest, SHA256_LEN, hex);
	buf_printf(b, "end\t%s\n", hex);
}

#define HEADER "tokenbridge-login 1\nmade\t1700000000\ngeneration\t9\n" \
	"registry\t" STATION "\nhead\t" STATION STATION "\nrehearsal\t0\n"
#define KEY64 "pQECAyYgASFYIGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWIlgg" \
	"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
#define PARTY "\t" LOGIN_RP
#define ALICE "credential\talice\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64 PARTY "\n"
#define BOB "credential\tbob\taabbccdd\t" OTHER "\t0\t1\tYm9i\t" KEY64 \
	PARTY "\n"
#define SSH "ssh-key\talice\t\t" SSH_LINE "\n"

static int parse(const char *text, bool sealed, struct hostfile *ret)
{
	struct buf b;
	char *copy;
	int r;

	buf_init(&b, HOSTFILE_MAX);
	buf_put_str(&b, text);
	if (sealed)
		seal(&b);
	copy = (char *)copy_of(b.p, b.n);
	r = hostfile_parse(copy, b.n, "in", ret, &err);
	free(copy);
	buf_done(&b);
	return r;
}

/* ---- the file ---- */

static void test_what_is_written_is_read(void **state)
{
	struct said s = plain();
	struct hostfile f;
	struct buf b;

	(void)state;
	publish(&s, &b);
	OK(hostfile_parse(buf_str(&b), b.n, "in", &f, &err));
	assert_int_equal(f.info.generation, 9);
	assert_int_equal(f.info.made_at, 1700000000);
	assert_string_equal(f.info.station, STATION);
	assert_int_equal(f.info.head[31], 0x5a);
	assert_false(f.info.rehearsal);
	assert_int_equal(f.credentials, 2);
	assert_int_equal(f.ssh_keys, 1);
	assert_non_null(strstr(buf_str(&b), "\t" SSH_LINE "\n"));
	buf_done(&b);
	/* an id of one byte, and nobody behind the first */
	s.users[0] = "x";
	s.users[1] = NULL;
	s.ssh = false;
	publish(&s, &b);
	OK(hostfile_parse(buf_str(&b), b.n, "in", &f, &err));
	assert_int_equal(f.credentials, 1);
	assert_int_equal(f.ssh_keys, 0);
	buf_done(&b);
}

static void test_a_file_by_the_words_of_its_format_is_read(void **state)
{
	struct hostfile f;

	(void)state;
	OK(parse(HEADER ALICE BOB SSH, true, &f));
	assert_int_equal(f.credentials, 2);
	OK(parse(HEADER, true, &f)); /* nobody logs in */
	assert_int_equal(f.credentials + f.ssh_keys, 0);
}

static void test_a_bad_row_is_named_by_its_line_and_byte(void **state)
{
	static const struct {
		const char *rows, *words;
	} bad[] = {
		{ BOB ALICE, "line 8 (from byte 361)" },
		{ BOB ALICE, "not in its order" },
		{ ALICE ALICE, "the same is in the line before" },
		{ SSH ALICE, "not in its order" },
		{ SSH SSH, "the same is in the line before" },
		{ "credential\t\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "its user" },
		{ "credential\tal\x1b" "ice\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "its user" },
		{ "credential\talice\taabbccd\t\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "its token" },
		{ "credential\talice\tAABBCCDD\t\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "its token" },
		{ "credential\talice\taabbccdd\t12\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "AAGUID" },
		{ "credential\talice\taabbccdd\t\t05\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "number" },
		{ "credential\talice\taabbccdd\t\t4294967296\t0\tYWxpY2U\t"
			KEY64 PARTY "\n", "number" },
		{ "credential\talice\taabbccdd\t\t5\t2\tYWxpY2U\t" KEY64
			PARTY "\n", "number" },
		{ "credential\talice\taabbccdd\t\t5\t0\tYWxpY2V\t" KEY64
			PARTY "\n", "base64" },
		{ "credential\talice\taabbccdd\t\t5\t0\t\t" KEY64
			PARTY "\n", "base64" },
		{ "credential\talice\taabbccdd\t\t5\t0\tYWxpY2U\tpQ" PARTY "\n",
			"its key" },
		{ "credential\talice\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64 "\t\n",
			"relying party" },
		{ "credential\talice\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64
			"\tpam://\x1b\n", "relying party" },
		{ "credential\talice\taabbccdd\t\t5\t0\tYWxpY2U\n",
			"no row and no end" },
		{ "credential\talice\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\tmore\n", "too many fields" },
		{ "ssh-key\talice\t\tcommand=\"sh\" " SSH_LINE "\n",
			"security key" },
		{ "ssh-key\talice\t\t" SSH_LINE " comment\n", "security key" },
		{ "ssh-key\talice\t\tssh-rsa AAAA\n", "security key" },
		{ "ssh-key\talice\t\t\n", "security key" },
		{ "ssh-key\tal\x1b\t\t" SSH_LINE "\n", "its user is no name" },
		{ "ssh-key\t\t\t" SSH_LINE "\n", "its user is no name" },
		{ "ssh-key\talice\taabbccd\t" SSH_LINE "\n",
			"its token is no eight digits" },
		{ "ssh-key\talice\taabbccddd\t" SSH_LINE "\n",
			"its token is no eight digits" },
		{ "ssh-key\talice\taabbccdg\t" SSH_LINE "\n",
			"its token is no eight digits" },
		{ "ssh-key\talice\t" SSH_LINE "\n", "no row and no end" },
		{ "root\tme\n", "no row and no end" },
		{ "\n", "no row and no end" },
	};
	struct hostfile f = { .credentials = 77 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		char text[4096];

		snprintf(text, sizeof(text), HEADER "%s", bad[i].rows);
		SAYS(ERROR_MALFORMED, bad[i].words, parse(text, true, &f));
		assert_non_null(strstr(err.text, "line "));
		assert_int_equal(f.credentials, 77);
	}
}

static void test_a_bad_head_of_the_file_is_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "it begins otherwise" },
		{ "SQLite format 3", "it begins otherwise" },
		{ "tokenbridge-login 0\n", "version" },
		{ "tokenbridge-login 01\n", "version" },
		{ "tokenbridge-login 1", "in the middle" },
		{ "tokenbridge-login 1\ngeneration\t9\n", "'made'" },
		{ "tokenbridge-login 1\nmade\t-1\n", "number" },
		{ "tokenbridge-login 1\nmade\t1\ngeneration\tx\n", "number" },
		{ "tokenbridge-login 1\nmade\t1\ngeneration\t1\nregistry\tx\n",
			"registry's id" },
		{ "tokenbridge-login 1\nmade\t1\ngeneration\t1\nregistry\t"
			STATION "\nhead\tx\n", "no hash" },
	};
	struct hostfile f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		SAYS(ERROR_MALFORMED, bad[i].words,
			parse(bad[i].text, false, &f));
	SAYS(ERROR_UNSUPPORTED, "up to date",
		parse("tokenbridge-login 2\nanything", false, &f));
}

/* Cut anywhere, or with any byte changed, nothing of it is used. */
static void test_no_byte_can_be_changed_or_lost(void **state)
{
	struct said s = plain();
	struct hostfile f;
	struct buf b;
	char *copy;
	size_t i;

	(void)state;
	publish(&s, &b);
	for (i = 0; i < b.n; i++) {
		copy = (char *)copy_of(b.p, b.n);
		copy[i] ^= 1;
		assert_true(hostfile_parse(copy, b.n, "in", &f, NULL) < 0);
		free(copy);
		copy = (char *)copy_of(b.p, i);
		assert_true(hostfile_parse(copy, i, "in", &f, NULL) < 0);
		free(copy);
	}
	buf_put_byte(&b, '\n');
	SAYS(ERROR_MALFORMED, "behind the end",
		hostfile_parse(buf_str(&b), b.n, "in", &f, &err));
	buf_done(&b);
}

static void test_a_user_with_too_many_credentials_is_refused(void **state)
{
	struct hostfile f;
	char line[512];
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, HOSTFILE_MAX);
	buf_put_str(&b, HEADER);
	for (i = 0; i < 65; i++) {
		static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
			"ghijklmnopqrstuvwxyz0123456789-_";

		/* one byte more each time, so that the order holds */
		snprintf(line, sizeof(line), "credential\talice\taabbccdd\t\t5"
			"\t0\t%c%cA\t" KEY64 PARTY "\n", digits[i / 4],
			digits[i % 4 * 16]);
		buf_put_str(&b, line);
		if (i == 63)
			OK(parse(buf_str(&b), true, &f));
	}
	SAYS(ERROR_MALFORMED, "too many", parse(buf_str(&b), true, &f));
	buf_done(&b);
}

/* ---- installing ---- */

static const struct install_request request = { .file = "in",
	.login_db = "login.db" };

static struct installed install(const struct said *s)
{
	struct installed done;

	publish_to("in", s);
	OK(login_install(&request, &done, &err));
	return done;
}

static struct login_credentials ask(const char *name, uint32_t *ret_counter)
{
	struct login_credentials list = { 0 };
	struct counters c = COUNTERS_INIT;
	struct login_db *db = NULL;

	OK(login_db_open(&db, "login.db", &err));
	OK(login_db_credentials(db, USER_NAMED(name), &list, &err));
	OK(counters_open(&c, "login.db.counters",
		login_db_info(db)->counters, &err));
	if (list.n > 0)
		OK(counters_read(&c, list.p[0].slot, list.p[0].id,
			list.p[0].id_n, ret_counter, &err));
	counters_done(&c);
	login_db_free(&db);
	return list;
}

static void assert_counter(const char *name, size_t n, uint32_t counter)
{
	uint32_t is = 0;
	struct login_credentials list = ask(name, &is);

	assert_int_equal(list.n, n);
	assert_int_equal(is, counter);
	login_credentials_done(&list);
}

/* A login by it. */
static void count_up(const char *name, uint32_t counter)
{
	struct login_credentials list;
	struct counters c = COUNTERS_INIT;
	struct login_db *db = NULL;
	uint32_t is;

	list = ask(name, &is);
	OK(login_db_open(&db, "login.db", &err));
	OK(counters_open(&c, "login.db.counters",
		login_db_info(db)->counters, &err));
	OK(counters_write(&c, list.p[0].slot, list.p[0].id, list.p[0].id_n,
		counter, &err));
	counters_done(&c);
	login_db_free(&db);
	login_credentials_done(&list);
}

static void test_a_host_without_any_gets_a_login_db(void **state)
{
	struct said s = plain();
	struct installed done = install(&s);
	struct stat st;

	(void)state;
	assert_true(done.changed);
	assert_false(done.had);
	assert_int_equal(done.credentials, 2);
	assert_int_equal(done.ssh_keys, 1);
	assert_counter("alice", 1, 5);
	assert_counter("bob", 1, 5);
	assert_counter("carol", 0, 0);
	assert_int_equal(stat("login.db", &st), 0);
	assert_true(login_write_is_given(&st));
	assert_int_equal(access("login.db.part", F_OK), -1);
}

static void test_a_credential_stays_its_relying_party_s(void **state)
{
	struct said s = plain();
	struct login_credentials list;
	uint32_t counter;

	(void)state;
	s.rp = "pam://host";
	assert_true(install(&s).changed);
	list = ask("alice", &counter);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].rp, "pam://host");
	login_credentials_done(&list);
	assert_false(install(&s).changed);
	s.rp = NULL;
	s.generation++;
	assert_true(install(&s).changed);
	list = ask("alice", &counter);
	assert_string_equal(list.p[0].rp, LOGIN_RP);
	login_credentials_done(&list);
}

static void test_the_same_again_changes_nothing(void **state)
{
	struct said s = plain();
	struct stat before, after;
	struct installed done;

	(void)state;
	install(&s);
	assert_int_equal(stat("login.db", &before), 0);
	done = install(&s);
	assert_false(done.changed);
	assert_true(done.had);
	assert_int_equal(stat("login.db", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_what_became_worse_is_mended_by_the_same_file(void **state)
{
	struct said s = plain();

	(void)state;
	install(&s);
	assert_int_equal(chmod("login.db", 0644), 0);
	assert_true(install(&s).changed);
	assert_false(install(&s).changed);
	assert_int_equal(unlink("login.db.counters"), 0);
	assert_true(install(&s).changed);
	assert_counter("alice", 1, 5);
	assert_int_equal(truncate("login.db.counters", 128), 0);
	assert_true(install(&s).changed);
	assert_counter("bob", 1, 5);
	assert_false(install(&s).changed);
}

static void test_counters_stay_and_are_made_for_what_is_new(void **state)
{
	struct said s = plain();

	(void)state;
	install(&s);
	count_up("alice", 900);
	s.generation++;
	s.users[2] = "carol";
	s.counter = 7;
	assert_true(install(&s).changed);
	assert_counter("alice", 1, 900);
	assert_counter("bob", 1, 5);
	assert_counter("carol", 1, 7);
}

/* Away and here again, it is still known what was seen. */
static void test_a_counter_outlives_its_row(void **state)
{
	struct said s = plain();

	(void)state;
	install(&s);
	count_up("bob", 900);
	s.users[1] = NULL;
	s.generation++;
	assert_true(install(&s).changed);
	assert_counter("bob", 0, 0);
	s.users[1] = "bob";
	s.generation++;
	assert_true(install(&s).changed);
	assert_counter("bob", 1, 900);
}

static void refuse(const struct said *s, int code, const char *words)
{
	struct installed done = { .credentials = 77 };
	struct stat before = { 0 }, after = { 0 };

	(void)stat("login.db", &before);
	publish_to("in", s);
	errno = ENOENT; /* what some call left does not count */
	SAYS(code, words, login_install(&request, &done, &err));
	assert_int_equal(done.credentials, 77);
	(void)stat("login.db", &after);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_the_generation_never_goes_back(void **state)
{
	struct said s = plain(), old = plain();

	(void)state;
	install(&s);
	old.generation = 8;
	old.made_at += 1000; /* says nothing */
	refuse(&old, ERROR_REFUSED, "generation 8");
	refuse(&old, ERROR_REFUSED, "generation 9");
	old = plain();
	old.made_at--;
	refuse(&old, ERROR_REFUSED, "older than what is installed");
	s.made_at++; /* published again, for its age */
	assert_true(install(&s).changed);
	s.generation++;
	s.made_at -= 5000; /* the station's clock was put right */
	assert_true(install(&s).changed);
}

static void test_another_registry_has_to_be_named(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	install(&s);
	s.station = OTHER;
	s.generation = 1;
	refuse(&s, ERROR_REFUSED, "'login.db' is from the registry " STATION
		", and 'in' from another one, " OTHER ": where that one is to "
		"say who logs in here from now on, add --station " OTHER);
	q.station = STATION;
	SAYS(ERROR_REFUSED, "--station says", login_install(&q, &done, &err));
	q.station = OTHER;
	OK(login_install(&q, &done, &err));
	assert_true(done.changed);
	OK(login_install(&q, &done, &err));
	assert_false(done.changed);
	/* naming it does not let an older one of the same in */
	s.generation = 0;
	publish_to("in", &s);
	SAYS(ERROR_REFUSED, "older", login_install(&q, &done, &err));
}

static void test_the_hash_has_to_be_the_one_that_is_named(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;
	char hash[HEX_LEN(SHA256_LEN)];

	(void)state;
	publish_to("in", &s);
	q.sha256 = STATION STATION;
	SAYS(ERROR_MALFORMED, "'in' is not the file that was published: its "
		"SHA-256 is ", login_install(&q, &done, &err));
	assert_non_null(strstr(err.text, ", and --sha256 says '" STATION STATION
		"'; copy it again"));
	assert_int_equal(access("login.db", F_OK), -1);
	q.sha256 = NULL;
	OK(login_install(&q, &done, &err));
	snprintf(hash, sizeof(hash), "%s", done.sha256);
	q.sha256 = hash;
	OK(login_install(&q, &done, &err));
}

static void test_a_dry_run_leaves_nothing(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	q.dry_run = true;
	publish_to("in", &s);
	OK(login_install(&q, &done, &err));
	assert_true(done.changed);
	assert_int_equal(access("login.db", F_OK), -1);
	assert_int_equal(access("login.db.counters", F_OK), -1);
}

static void test_what_login_would_refuse_is_not_installed(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	s.made_at = time(NULL) + 1000;
	refuse(&s, ERROR_REFUSED, "in the future");
	s.made_at = time(NULL) - 2 * 86400;
	publish_to("in", &s);
	q.max_age = 86400;
	SAYS(ERROR_REFUSED, "login_max_age", login_install(&q, &done, &err));
	q.max_age = 3 * 86400;
	OK(login_install(&q, &done, &err));
}

static void test_a_rehearsal_does_not_let_people_in(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	s.rehearsal = true;
	publish_to("in", &s);
	q.login_db = LOGIN_DB_PATH;
	SAYS(ERROR_REFUSED, "rehearsals", login_install(&q, &done, &err));
	assert_true(install(&s).info.rehearsal);
}

/* Nobody knows what generation a damaged one was. */
static void test_a_login_db_that_cannot_be_read_is_not_replaced(void **state)
{
	struct said s = plain();

	(void)state;
	write_text("login.db", "no database, but long enough to be looked at");
	refuse(&s, ERROR_CORRUPT, "whether 'in' is older");
	assert_int_equal(unlink("login.db"), 0);
	install(&s);
	assert_int_equal(chmod("login.db", 0666), 0);
	refuse(&s, ERROR_PERMISSION, "whether 'in' is older");
}

static int set_up(void **state)
{
	(void)state;
	enter_place(place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_what_is_written_is_read),
		CASE(test_what_is_too_long_for_it_is_refused),
		CASE(test_a_file_by_the_words_of_its_format_is_read),
		CASE(test_a_bad_row_is_named_by_its_line_and_byte),
		CASE(test_a_bad_head_of_the_file_is_refused),
		CASE(test_no_byte_can_be_changed_or_lost),
		CASE(test_a_user_with_too_many_credentials_is_refused),
		CASE(test_a_host_without_any_gets_a_login_db),
		CASE(test_a_credential_stays_its_relying_party_s),
		CASE(test_the_same_again_changes_nothing),
		CASE(test_what_became_worse_is_mended_by_the_same_file),
		CASE(test_counters_stay_and_are_made_for_what_is_new),
		CASE(test_a_counter_outlives_its_row),
		CASE(test_the_generation_never_goes_back),
		CASE(test_another_registry_has_to_be_named),
		CASE(test_the_hash_has_to_be_the_one_that_is_named),
		CASE(test_a_dry_run_leaves_nothing),
		CASE(test_what_login_would_refuse_is_not_installed),
		CASE(test_a_rehearsal_does_not_let_people_in),
		CASE(test_a_login_db_that_cannot_be_read_is_not_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
