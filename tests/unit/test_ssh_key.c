/* SPDX-License-Identifier: Apache-2.0 */
/* sk public keys and authorized_keys lines, against ssh-keygen where it is. */
#include "base/encode.h"
#include "bridge/event/ssh-key.h"

#include "tests/unit/unit.h"

#define ED25519 "sk-ssh-ed25519@openssh.com"
#define ECDSA "sk-ecdsa-sha2-nistp256@openssh.com"

static char place[64];
static struct buf ed25519, ecdsa; /* blobs */
static char ed25519_64[512], ecdsa_64[512];

/* ---- making keys ---- */

static void put(struct buf *b, const void *p, size_t n)
{
	buf_put_be(b, n, 4);
	buf_put(b, p, n);
}

static void put_text(struct buf *b, const char *s)
{
	put(b, s, strlen(s));
}

static void encode(const struct buf *blob, char *ret, size_t size)
{
	struct buf b;

	buf_init(&b, 8192);
	base64_encode(&b, BASE64_STD, blob->p, blob->n);
	assert_true(b.n < size);
	strcpy(ret, buf_str(&b));
	buf_done(&b);
}

/* The base point of P-256, which any reader finds to be on the curve. */
static const char point[] =
	"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

static void make_ed25519(struct buf *b, const char *application)
{
	unsigned char key[32];

	memset(key, 'k', sizeof(key));
	buf_init(b, 4096);
	put_text(b, ED25519);
	put(b, key, sizeof(key));
	put_text(b, application);
}

static void make_ecdsa(struct buf *b, const char *application)
{
	unsigned char key[65];

	assert_int_equal(hex_decode(point, strlen(point), key, sizeof(key)),
		65);
	buf_init(b, 4096);
	put_text(b, ECDSA);
	put_text(b, "nistp256");
	put(b, key, sizeof(key));
	put_text(b, application);
}

static int set_up(void **state)
{
	(void)state;
	enter_place(place);
	make_ed25519(&ed25519, "ssh:");
	make_ecdsa(&ecdsa, "ssh:work");
	encode(&ed25519, ed25519_64, sizeof(ed25519_64));
	encode(&ecdsa, ecdsa_64, sizeof(ecdsa_64));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_done(&ed25519);
	buf_done(&ecdsa);
	leave_place(place);
	return 0;
}

/* ---- reading ---- */

static struct ssh_key key;

static int parse_n(const char *p, size_t n, bool *ret_empty)
{
	char *block = (char *)copy_of(p, n);
	int r;

	memset(&err, 0, sizeof(err));
	r = ssh_key_parse_line(block, n, &key, ret_empty, &err);
	free(block);
	return r;
}

static void take(const char *line, const struct buf *blob, bool verify)
{
	bool empty = true;

	memset(&key, 0xa5, sizeof(key));
	if (parse_n(line, strlen(line), &empty) < 0)
		fail_msg("%s: %s", line, err.text);
	assert_false(empty);
	assert_int_equal(key.blob_n, blob->n);
	assert_memory_equal(key.blob, blob->p, blob->n);
	assert_int_equal(key.verify_required, verify);
}

/* Refused, and no key was written. */
static void refuse_n(int code, const char *p, size_t n)
{
	struct ssh_key before;
	bool empty;
	int r;

	memset(&key, 0xa5, sizeof(key));
	memcpy(&before, &key, sizeof(key));
	r = parse_n(p, n, &empty);
	if (r != -code)
		fail_msg("'%.*s': %d (%s)", (int)n, p, r, err.text);
	assert_true(err.text[0]);
	assert_true(utf8_is_clean(err.text, strlen(err.text)));
	assert_memory_equal(&key, &before, sizeof(key));
}

static void refuse(int code, const char *line)
{
	refuse_n(code, line, strlen(line));
}

static void refuse_blob(int code, const unsigned char *p, size_t n)
{
	unsigned char *block = copy_of(p, n);
	struct ssh_key before;

	memset(&key, 0xa5, sizeof(key));
	memcpy(&before, &key, sizeof(key));
	FAILS(code, ssh_key_parse_blob(block, n, &key, &err));
	assert_memory_equal(&key, &before, sizeof(key));
	free(block);
}

#define LINE(fmt, ...) (snprintf(line, sizeof(line), fmt, __VA_ARGS__), line)

static char line[4096];

static void both_types_are_read_with_their_application(void **state)
{
	(void)state;
	OK(ssh_key_parse_blob(ed25519.p, ed25519.n, &key, &err));
	assert_string_equal(key.application, "ssh:");
	OK(ssh_key_parse_blob(ecdsa.p, ecdsa.n, &key, &err));
	assert_string_equal(key.application, "ssh:work");
	take(LINE(ED25519 " %s", ed25519_64), &ed25519, false);
	assert_string_equal(key.application, "ssh:");
	take(LINE(ECDSA " %s alice@host", ecdsa_64), &ecdsa, false);
	assert_string_equal(key.application, "ssh:work");
}

static void blanks_and_comments_around_a_key_are_passed_over(void **state)
{
	(void)state;
	take(LINE(" \t" ED25519 " \t %s \t a b # c", ed25519_64), &ed25519,
		false);
	take(LINE(ED25519 " %s ", ed25519_64), &ed25519, false);
	take(LINE(ED25519 "\t%s\t\"quoted", ed25519_64), &ed25519, false);
	take(LINE(ED25519 " %s\r", ed25519_64), &ed25519, false);
	take(LINE(ED25519 " %s me\r", ed25519_64), &ed25519, false);
	take(LINE("verify-required \t" ED25519 " %s\r", ed25519_64), &ed25519,
		true);
}

static void a_blank_line_and_a_comment_are_empty(void **state)
{
	static const char *const rows[] = { "", " ", "\t \t", "\r", " \r", "#",
		("# " ED25519), "  #x", "#\r" };
	struct ssh_key before;
	bool empty;
	size_t i;

	(void)state;
	memset(&key, 0xa5, sizeof(key));
	memcpy(&before, &key, sizeof(key));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		empty = false;
		OK(parse_n(rows[i], strlen(rows[i]), &empty));
		assert_true(empty);
		assert_memory_equal(&key, &before, sizeof(key));
	}
}

static void verify_required_is_the_one_option_that_is_kept(void **state)
{
	(void)state;
	take(LINE("verify-required " ED25519 " %s", ed25519_64), &ed25519,
		true);
	take(LINE("VERIFY-Required " ECDSA " %s", ecdsa_64), &ecdsa, true);
	take(LINE("verify-required,verify-required " ED25519 " %s",
		ed25519_64), &ed25519, true);
}

static void options_that_cannot_be_kept_are_refused(void **state)
{
	static const char *const rows[] = { "no-touch-required", "restrict",
		"command=\"/bin/true\"", "from=\"192.0.2.1\"", "cert-authority",
		"no-pty", "verify-required,no-touch-required",
		"restrict,verify-required", "verify-required,restrict",
		"verify-required=1", "no-verify-required", "verify-require",
		"verify-requiredx", ",verify-required",
		"verify-required,,verify-required",
		"command=\"say \\\"hi, verify-required \\\" \"",
		"environment=\"A=" ED25519 "\"", "expiry-time=\"20300101\"",
		"command=\"a b\",verify-required",
		"verify-required,command=\"a b\"", "\"verify-required\"" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		refuse(ERROR_UNSUPPORTED, LINE("%s " ED25519 " %s", rows[i],
			ed25519_64));
		refuse(ERROR_UNSUPPORTED, LINE("%s\t" ECDSA " %s me", rows[i],
			ecdsa_64));
	}
}

static void a_key_inside_of_quotes_is_no_key(void **state)
{
	(void)state;
	refuse(ERROR_UNSUPPORTED, LINE("command=\"x " ED25519 " %s",
		ed25519_64));
	refuse(ERROR_UNSUPPORTED, LINE("command=\"x\\\" " ED25519 " %s\"",
		ed25519_64));
	refuse(ERROR_UNSUPPORTED, LINE("\" " ED25519 " %s", ed25519_64));
	refuse(ERROR_UNSUPPORTED, LINE("\\\" " ED25519 " %s", ed25519_64));
}

static void keys_that_live_elsewhere_are_unsupported(void **state)
{
	static const char *const rows[] = { "ssh-ed25519", "ssh-rsa", "ssh-dss",
		"ecdsa-sha2-nistp256", "webauthn-sk-ecdsa-sha2-nistp256@"
		"openssh.com", "sk-ssh-ed25519-cert-v01@"
		"openssh.com",
		"sk-ssh-ed25519", ED25519 "x",
		"sk-ecdsa-sha2-nistp384@" "openssh.com" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		refuse(ERROR_UNSUPPORTED, LINE("%s %s", rows[i], ed25519_64));
		refuse(ERROR_UNSUPPORTED, LINE("verify-required %s %s",
			rows[i], ed25519_64));
		refuse(ERROR_UNSUPPORTED, rows[i]);
	}
}

static void a_blob_of_another_type_is_unsupported(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	put_text(&b, "ssh-ed25519");
	put(&b, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 32);
	refuse_blob(ERROR_UNSUPPORTED, b.p, b.n);
	FAILS(ERROR_UNSUPPORTED, ssh_key_line(b.p, b.n, false, &b, &err));
	encode(&b, line + 1024, sizeof(line) - 1024);
	buf_reset(&b);
	buf_printf(&b, ED25519 " %s", line + 1024);
	refuse(ERROR_UNSUPPORTED, buf_str(&b));
	buf_done(&b);
}

static void a_line_must_name_the_type_of_its_key(void **state)
{
	(void)state;
	refuse(ERROR_MALFORMED, LINE(ECDSA " %s", ed25519_64));
	refuse(ERROR_MALFORMED, LINE(ED25519 " %s", ecdsa_64));
}

static void every_truncation_of_a_blob_is_refused(void **state)
{
	const struct buf *const blobs[] = { &ed25519, &ecdsa };
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(blobs); i++)
		for (n = 0; n < blobs[i]->n; n++)
			refuse_blob(ERROR_MALFORMED, blobs[i]->p, n);
}

static void a_blob_with_more_than_a_key_is_refused(void **state)
{
	(void)state;
	buf_put_byte(&ed25519, 0);
	refuse_blob(ERROR_MALFORMED, ed25519.p, ed25519.n);
	buf_put_be(&ecdsa, 0, 4);
	refuse_blob(ERROR_MALFORMED, ecdsa.p, ecdsa.n);
}

static void every_truncation_of_a_line_is_refused(void **state)
{
	static const char *const heads[] = { ED25519 " ", "verify-required "
		ED25519 " ", "verify-required\t" ECDSA "  " };
	size_t i, n, all;
	bool empty;

	(void)state;
	for (i = 0; i < ARRAY_LEN(heads); i++) {
		LINE("%s%s", heads[i], i < 2 ? ed25519_64 : ecdsa_64);
		all = strlen(line);
		for (n = 1; n < all; n++) {
			int r = parse_n(line, n, &empty);

			if (r != -ERROR_MALFORMED && r != -ERROR_UNSUPPORTED)
				fail_msg("%zu bytes: %d", n, r);
			refuse_n(-r, line, n);
		}
		OK(parse_n(line, all, &empty));
	}
}

/* Any other character in the place of one of base64 is refused, or is a key
 * that differs there alone. */
static void damage_to_base64_is_refused_or_another_key(void **state)
{
	size_t head = strlen(ED25519 " "), i, n;
	static const char bad[] = "\n\v-_.=!\x80~\"#,";
	bool empty;

	(void)state;
	n = strlen(LINE(ED25519 " %s", ed25519_64));
	for (i = head; i < n; i++) {
		char was = line[i];
		const char *c;

		for (c = bad; *c; c++) {
			line[i] = *c;
			if (*c != was)
				refuse_n(ERROR_MALFORMED, line, n);
		}
		line[i] = was == 'A' ? 'B' : 'A';
		if (parse_n(line, n, &empty) == 0)
			assert_memory_not_equal(key.blob, ed25519.p,
				ed25519.n);
		line[i] = was;
	}
}

static void a_nul_anywhere_in_a_line_is_refused(void **state)
{
	size_t i, n;

	(void)state;
	n = strlen(LINE("verify-required " ED25519 " %s me", ed25519_64));
	for (i = 0; i < n; i++) {
		char was = line[i];

		line[i] = '\0';
		refuse_n(ERROR_MALFORMED, line, n);
		line[i] = was;
	}
	refuse_n(ERROR_MALFORMED, "\0", 1);
}

static void a_type_without_a_key_is_refused(void **state)
{
	(void)state;
	refuse(ERROR_MALFORMED, ED25519);
	refuse(ERROR_MALFORMED, ED25519 " ");
	refuse(ERROR_MALFORMED, ED25519 " ====");
	refuse(ERROR_MALFORMED, "verify-required");
	refuse(ERROR_MALFORMED, "verify-required ");
	refuse(ERROR_MALFORMED, "verify-required hello");
	refuse(ERROR_MALFORMED, LINE("verify-required %s", ed25519_64));
	refuse(ERROR_UNSUPPORTED, ed25519_64);
}

/* A key as `sizes` says, of the type that has a curve where it is not NULL. */
static void refuse_parts(const char *curve, size_t point_n, int first,
	const char *application)
{
	unsigned char bytes[128];
	struct buf b;

	memset(bytes, 'k', sizeof(bytes));
	bytes[0] = (unsigned char)first;
	buf_init(&b, 4096);
	put_text(&b, curve ? ECDSA : ED25519);
	if (curve)
		put_text(&b, curve);
	put(&b, bytes, point_n);
	put_text(&b, application);
	refuse_blob(ERROR_MALFORMED, b.p, b.n);
	buf_done(&b);
}

static void parts_of_another_size_or_form_are_refused(void **state)
{
	char big[66] = "";

	(void)state;
	refuse_parts(NULL, 31, 'k', "ssh:");
	refuse_parts(NULL, 33, 'k', "ssh:");
	refuse_parts(NULL, 0, 'k', "ssh:");
	refuse_parts("nistp256", 64, 4, "ssh:");
	refuse_parts("nistp256", 66, 4, "ssh:");
	refuse_parts("nistp256", 33, 2, "ssh:");
	refuse_parts("nistp256", 65, 2, "ssh:");
	refuse_parts("nistp384", 65, 4, "ssh:");
	refuse_parts("", 65, 4, "ssh:");
	refuse_parts(NULL, 32, 'k', "");
	refuse_parts(NULL, 32, 'k', "ssh:\n");
	refuse_parts(NULL, 32, 'k', "ssh:\xff");
	memset(big, 'a', 65);
	refuse_parts(NULL, 32, 'k', big);
	big[64] = '\0';
	buf_done(&ed25519);
	make_ed25519(&ed25519, big);
	OK(ssh_key_parse_blob(ed25519.p, ed25519.n, &key, &err));
	assert_string_equal(key.application, big);
}

static void a_length_that_wraps_around_is_refused(void **state)
{
	static const char *const lengths[] = { "\xff\xff\xff\xff",
		"\x7f\xff\xff\xff", "\x80\0\0\0", "\xff\xff\xff\xfc" };
	size_t i, at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lengths); i++)
		for (at = 0; at < 3; at++) {
			const size_t places[] = { 0, 4 + strlen(ED25519),
				4 + strlen(ED25519) + 36 };
			unsigned char *p = copy_of(ed25519.p, ed25519.n);

			memcpy(p + places[at], lengths[i], 4);
			refuse_blob(ERROR_MALFORMED, p, ed25519.n);
			free(p);
		}
}

static void a_blob_or_a_line_that_is_too_long_is_refused(void **state)
{
	static unsigned char big[SSH_KEY_MAX + 1];
	size_t head = strlen(ED25519 " ");

	(void)state;
	memcpy(big, ed25519.p, ed25519.n);
	refuse_blob(ERROR_MALFORMED, big, sizeof(big));
	memset(line, 'A', sizeof(line));
	memcpy(line, ED25519 " ", head);
	refuse_n(ERROR_MALFORMED, line, sizeof(line));
	memset(line, 'x', sizeof(line));
	refuse_n(ERROR_UNSUPPORTED, line, sizeof(line));
	memset(line, ' ', sizeof(line));
	memcpy(line, "verify-required", 15);
	refuse_n(ERROR_MALFORMED, line, sizeof(line));
}

/* ---- writing ---- */

static void a_line_that_was_written_is_read_again(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	OK(ssh_key_line(ed25519.p, ed25519.n, true, &b, &err));
	assert_string_equal(buf_str(&b), LINE("verify-required " ED25519 " %s",
		ed25519_64));
	take(buf_str(&b), &ed25519, true);
	buf_reset(&b);
	OK(ssh_key_line(ecdsa.p, ecdsa.n, false, &b, &err));
	assert_string_equal(buf_str(&b), LINE(ECDSA " %s", ecdsa_64));
	take(buf_str(&b), &ecdsa, false);
	buf_done(&b);
	buf_init(&b, 32);
	FAILS(ERROR_FAILED, ssh_key_line(ecdsa.p, ecdsa.n, false, &b, &err));
	buf_done(&b);
}

/* What `ssh-keygen -lf key.pub` says. */
static void ask_ssh_keygen(const struct buf *blob, char *ret, int size)
{
	struct buf b;
	FILE *f;

	buf_init(&b, 4096);
	OK(ssh_key_line(blob->p, blob->n, false, &b, &err));
	buf_put_str(&b, " alice@host\n");
	write_text("key.pub", buf_str(&b));
	buf_done(&b);
	f = popen("ssh-keygen -l -E sha256 -f key.pub 2>&1", "re");
	assert_non_null(f);
	assert_non_null(fgets(ret, size, f));
	if (pclose(f) != 0)
		fail_msg("ssh-keygen: %s", ret);
}

static void ssh_keygen_reads_the_line_and_has_the_same_fingerprint(
	void **state)
{
	const struct buf *const blobs[] = { &ed25519, &ecdsa };
	static const char *const names[] = { "(ED25519-SK)", "(ECDSA-SK)" };
	char fingerprint[SSH_FINGERPRINT_LEN], said[512], want[128];
	size_t i;

	(void)state;
	if (system("command -v ssh-keygen >/dev/null") != 0)
		skip();
	for (i = 0; i < ARRAY_LEN(blobs); i++) {
		OK(ssh_key_fingerprint(blobs[i]->p, blobs[i]->n, fingerprint,
			&err));
		assert_int_equal(strlen(fingerprint), SSH_FINGERPRINT_LEN - 2);
		ask_ssh_keygen(blobs[i], said, sizeof(said));
		snprintf(want, sizeof(want), "256 %s alice@host %s\n",
			fingerprint, names[i]);
		assert_string_equal(said, want);
	}
}

static void a_fingerprint_is_the_sha256_of_the_blob(void **state)
{
	char ret[SSH_FINGERPRINT_LEN];

	(void)state;
	OK(ssh_key_fingerprint((const unsigned char *)"abc", 3, ret, &err));
	/* FIPS 180-4's example */
	assert_string_equal(ret,
		"SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_types_are_read_with_their_application),
		TEST(blanks_and_comments_around_a_key_are_passed_over),
		TEST(a_blank_line_and_a_comment_are_empty),
		TEST(verify_required_is_the_one_option_that_is_kept),
		TEST(options_that_cannot_be_kept_are_refused),
		TEST(a_key_inside_of_quotes_is_no_key),
		TEST(keys_that_live_elsewhere_are_unsupported),
		TEST(a_blob_of_another_type_is_unsupported),
		TEST(a_line_must_name_the_type_of_its_key),
		TEST(every_truncation_of_a_blob_is_refused),
		TEST(a_blob_with_more_than_a_key_is_refused),
		TEST(every_truncation_of_a_line_is_refused),
		TEST(damage_to_base64_is_refused_or_another_key),
		TEST(a_nul_anywhere_in_a_line_is_refused),
		TEST(a_type_without_a_key_is_refused),
		TEST(parts_of_another_size_or_form_are_refused),
		TEST(a_length_that_wraps_around_is_refused),
		TEST(a_blob_or_a_line_that_is_too_long_is_refused),
		TEST(a_line_that_was_written_is_read_again),
		TEST(ssh_keygen_reads_the_line_and_has_the_same_fingerprint),
		TEST(a_fingerprint_is_the_sha256_of_the_blob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
