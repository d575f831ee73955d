/* SPDX-License-Identifier: Apache-2.0 */
/* The file for other hosts: one way to write it, nothing of a bad one is used. */
#include "tests/unit/host-parts.h"

/* ---- what is written ---- */

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

/* ---- what is read ---- */

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

/* Eight digits of a token, 32 of an AAGUID: none fewer, none more, none in
 * another alphabet. */
static void test_an_id_is_whole_or_absent(void **state)
{
	static const struct {
		const char *format, *words;
		size_t whole;
		bool may_be_absent;
	} rows[] = {
		{ HEADER "ssh-key\talice\t%s\t" SSH_LINE "\n",
			"its token is no eight digits", 8, true },
		{ HEADER "credential\talice\t%s\t\t5\t0\tYWxpY2U\t" KEY64
			PARTY "\n", "its token is no eight digits", 8, false },
		{ HEADER "credential\talice\taabbccdd\t%s\t5\t0\tYWxpY2U\t"
			KEY64 PARTY "\n", "its AAGUID is no 32 digits", 32,
			true },
	};
	static const char digits[] = "0123456789abcdef0123456789abcdef0";
	static const char others[] = "gAF/: \x1b";
	struct hostfile f;
	char text[4096], id[40];
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		for (n = 0; n <= rows[i].whole + 1; n++) {
			snprintf(id, sizeof(id), "%.*s", (int)n, digits);
			snprintf(text, sizeof(text), rows[i].format, id);
			if (n == rows[i].whole ||
				(n == 0 && rows[i].may_be_absent))
				OK(parse(text, true, &f));
			else
				SAYS(ERROR_MALFORMED, rows[i].words,
					parse(text, true, &f));
		}
		for (n = 0; others[n]; n++) {
			snprintf(id, sizeof(id), "%.*s%c",
				(int)rows[i].whole - 1, digits, others[n]);
			snprintf(text, sizeof(text), rows[i].format, id);
			SAYS(ERROR_MALFORMED, rows[i].words,
				parse(text, true, &f));
		}
	}
}

/* Text that has no room is not what stood there two rows before. */
static void test_a_text_that_is_too_long_is_refused(void **state)
{
	static const struct {
		const char *before, *behind, *words;
		size_t room; /* with its NUL */
	} rows[] = {
		{ "credential\t", "\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64 PARTY
			"\n", "its user is no name", LOCAL_USER_LEN },
		{ "credential\tcarol\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64 "\t",
			"\n", "its relying party is no name", LOGIN_RP_LEN },
		{ "ssh-key\t", "\t\t" SSH_LINE "\n", "its user is no name",
			LOCAL_USER_LEN },
		{ "ssh-key\tcarol\t\t" SSH_LINE, "\n", "security key",
			2048 - (sizeof(SSH_LINE) - 1) },
	};
	static char text[8192], name[4096];
	struct hostfile f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(name, 'c', sizeof(name));
		name[rows[i].room] = '\0';
		snprintf(text, sizeof(text), HEADER ALICE BOB "%s%s%s",
			rows[i].before, name, rows[i].behind);
		SAYS(ERROR_MALFORMED, rows[i].words, parse(text, true, &f));
		if (i == 3) /* no comment has room there */
			continue;
		name[rows[i].room - 1] = '\0';
		snprintf(text, sizeof(text), HEADER ALICE BOB "%s%s%s",
			rows[i].before, name, rows[i].behind);
		OK(parse(text, true, &f));
	}
}

/* Nor one with a NUL in it. */
static void test_a_text_ends_at_no_nul(void **state)
{
	static const char *const marked[] = {
		"credential\tca#rol\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64 PARTY
			"\n",
		"credential\tcarol\taabbccdd\t\t5\t0\tYWxpY2U\t" KEY64 PARTY
			"#x\n",
		"ssh-key\tca#rol\t\t" SSH_LINE "\n",
		"ssh-key\tcarol\t\t" SSH_LINE "#\n",
	};
	struct hostfile f;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(marked); i++) {
		buf_init(&b, HOSTFILE_MAX);
		buf_printf(&b, HEADER ALICE BOB "%s", marked[i]);
		*(char *)memchr(b.p, '#', b.n) = '\0';
		seal(&b);
		FAILS(ERROR_MALFORMED, hostfile_parse((const char *)b.p, b.n,
			"in", &f, &err));
		assert_non_null(strstr(err.text, "line 9"));
		buf_done(&b);
	}
}

static void test_a_bad_head_of_the_file_is_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "it begins otherwise" },
		{ "SQLite format 3", "it begins otherwise" },
		{ "tokenbridge-logi", "it begins otherwise" },
		{ "tokenbridge-logon 1\nmade\t1\n", "it begins otherwise" },
		{ "Tokenbridge-login 1\nmade\t1\n", "it begins otherwise" },
		{ " tokenbridge-login 1\nmade\t1\n", "it begins otherwise" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_what_is_written_is_read),
		CASE(test_what_is_too_long_for_it_is_refused),
		CASE(test_a_file_by_the_words_of_its_format_is_read),
		CASE(test_a_bad_row_is_named_by_its_line_and_byte),
		CASE(test_an_id_is_whole_or_absent),
		CASE(test_a_text_that_is_too_long_is_refused),
		CASE(test_a_text_ends_at_no_nul),
		CASE(test_a_bad_head_of_the_file_is_refused),
		CASE(test_no_byte_can_be_changed_or_lost),
		CASE(test_a_user_with_too_many_credentials_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
