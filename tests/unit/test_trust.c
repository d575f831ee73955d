/* SPDX-License-Identifier: Apache-2.0 */
/* The trust store: what gets in, and that in doubt nothing is trusted. */
#include "token/trust/trust.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"
#include "token/trust/certificate.h"

#include <dirent.h>
#include <openssl/pem.h>

static struct vendor vendor;
static char place[64], root_hex[65], middle_hex[65], leaf_hex[65];
static size_t added;

/* Two certificates whose digests begin alike are not to be had: files of this
 * name say so of theirs. */
#define ALIKE "0123456701234567012345670123456701234567012345670123456701234"

int __real_anchors_parse(struct anchors *a, struct buf *b, const char *name,
	struct error *e);
WRAP(int, anchors_parse, struct anchors *a, struct buf *b, const char *name,
	struct error *e)
{
	const char *alike = strstr(name, ALIKE);
	int r = __real_anchors_parse(a, b, name, e);

	if (r == 0 && alike)
		memcpy(a->rows[a->n - 1].sha256, alike, 64);
	return r;
}

static char *pem_of(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *s;
	long n;

	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	n = BIO_get_mem_data(bio, &p);
	s = strndup(p, (size_t)n);
	BIO_free(bio);
	return s;
}

/* before + certificates + behind */
static void write_pem(const char *path, const char *before, X509 *const *certs,
	size_t n, const char *behind)
{
	FILE *f = fopen(path, "we");
	char *s;
	size_t i;

	assert_non_null(f);
	fputs(before, f);
	for (i = 0; i < n; i++) {
		s = pem_of(certs[i]);
		fputs(s, f);
		free(s);
	}
	fputs(behind, f);
	fclose(f);
}

static int set_up(void **state)
{
	X509 *const all[] = { vendor.root, vendor.middle, vendor.leaf };

	(void)state;
	enter_place(place);
	umask(022);
	write_pem("root.pem", "", all, 1, "");
	write_pem("all.pem", "words before\n", all, 3, "words behind\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static int add(const char *path)
{
	struct anchors a = { NULL, 0 };
	int r = trust_add("store", path, &a, &added, &err);

	if (r == 0)
		assert_true(a.n > 0);
	anchors_done(&a);
	return r;
}

/* Loads; says how many, or the error. */
static int count(void)
{
	struct anchors a = { NULL, 0 };
	int r = trust_load("store", &a, &err), n = (int)a.n;

	anchors_done(&a);
	return r < 0 ? r : n;
}

static const char *file_of(const char *hex)
{
	static char path[128];

	snprintf(path, sizeof(path), "store/%s.pem", hex);
	return path;
}

static void a_store_that_is_not_there_is_empty(void **state)
{
	(void)state;
	assert_int_equal(count(), 0);
}

/* The same one as often as there is room, and once more. */
static void a_store_has_room_for_so_many(void **state)
{
	struct anchors a = { NULL, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ANCHORS_MAX; i++) {
		X509_up_ref(vendor.root);
		OK(anchors_add(&a, vendor.root, &err));
	}
	X509_up_ref(vendor.root);
	SAYS(ERROR_FAILED, "more than 1024 trust anchors", anchors_add(&a,
		vendor.root, &err));
	assert_int_equal(a.n, ANCHORS_MAX);
	anchors_done(&a);
}

/* Whatever the umask; one that is there keeps what the administrator gave it. */
static void others_may_read_a_store_that_is_made(void **state)
{
	struct stat st;

	(void)state;
	umask(077);
	OK(add("root.pem"));
	umask(022);
	assert_int_equal(stat("store", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(chmod("store", 0700), 0);
	OK(add("root.pem"));
	assert_int_equal(stat("store", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void an_added_anchor_is_loaded_as_it_is(void **state)
{
	struct anchors a = { NULL, 0 };
	struct stat st;

	(void)state;
	OK(add("root.pem"));
	assert_int_equal(added, 1);
	assert_int_equal(stat(file_of(root_hex), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	OK(trust_load("store", &a, &err));
	assert_int_equal(a.n, 1);
	assert_int_equal(X509_cmp(a.rows[0].cert, vendor.root), 0);
	assert_string_equal(a.rows[0].sha256, root_hex);
	assert_string_equal(a.rows[0].subject, "Example Root CA");
	assert_int_equal(a.rows[0].not_before, 1577836800); /* 2020 */
	assert_int_equal(a.rows[0].not_after, 2524607999);  /* end of 2049 */
	anchors_done(&a);
}

static void several_certificates_in_one_file_are_all_added_once(void **state)
{
	(void)state;
	OK(add("root.pem"));
	OK(add("all.pem"));
	assert_int_equal(added, 2);
	assert_int_equal(count(), 3);
	OK(add("all.pem"));
	assert_int_equal(added, 0);
	assert_int_equal(count(), 3);
}

static void a_certificate_in_der_is_added_too(void **state)
{
	unsigned char *der = NULL;
	int n = i2d_X509(vendor.root, &der);
	char *more = malloc((size_t)n + 1);

	(void)state;
	write_file("root.der", der, (size_t)n, 0600);
	OK(add("root.der"));
	assert_int_equal(added, 1);
	OK(add("root.pem"));
	assert_int_equal(added, 0);
	assert_int_equal(access(file_of(root_hex), F_OK), 0);
	/* one and nothing more, whole */
	memcpy(more, der, (size_t)n);
	more[n] = '\n';
	write_file("bad.der", more, (size_t)n + 1, 0600);
	SAYS(ERROR_MALFORMED, "is not one in DER", add("bad.der"));
	write_file("bad.der", more, (size_t)n - 1, 0600);
	SAYS(ERROR_MALFORMED, "is not one in DER", add("bad.der"));
	/* '0' begins a line as well as DER */
	write_text("bad.pem", "0 s:CN = alice\n");
	SAYS(ERROR_MALFORMED, "holds no PEM certificate", add("bad.pem"));
	free(more);
	OPENSSL_free(der);
}

#define KEY "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n" \
	    "-----END PRIVATE KEY-----\n"

static void a_file_with_a_private_key_is_refused_whole(void **state)
{
	static const char *const keys[] = { KEY,
		"-----BEGIN EC PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" };
	X509 *const root[] = { vendor.root };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		write_pem("key.pem", keys[i], root, 1, "");
		SAYS(ERROR_REFUSED, "private key", add("key.pem"));
		write_pem("key.pem", "", root, 1, keys[i]);
		SAYS(ERROR_REFUSED, "private key", add("key.pem"));
	}
	assert_int_equal(access("store", F_OK), -1);
}

static void a_file_without_certificates_is_malformed(void **state)
{
	static const char *const texts[] = { "", "\n", "words\n",
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n"
		"-----END PUBLIC KEY-----\n",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n!!!!\n"
		"-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nMAA=\n"
		"-----END CERTIFICATE-----\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		write_text("bad.pem", texts[i]);
		SAYS(ERROR_MALFORMED, "'bad.pem'", add("bad.pem"));
	}
	SAYS(ERROR_FAILED, "cannot open 'none.pem'", add("none.pem"));
}

static void a_damaged_certificate_behind_a_good_one_adds_nothing(void **state)
{
	X509 *const root[] = { vendor.root };

	(void)state;
	write_pem("bad.pem", "", root, 1,
		"-----BEGIN CERTIFICATE-----\nMAA=\n"
		"-----END CERTIFICATE-----\n");
	SAYS(ERROR_MALFORMED, "certificate 2", add("bad.pem"));
	assert_int_equal(access("store", F_OK), -1);
}

static void a_file_larger_than_64_kib_is_refused(void **state)
{
	static char big[65537];

	(void)state;
	memset(big, '\n', sizeof(big));
	write_file("big.pem", big, sizeof(big), 0600);
	SAYS(ERROR_FAILED, "big.pem is larger than 65536 bytes",
		add("big.pem"));
}

static void a_store_that_others_may_write_is_not_trusted(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0777, 01777 };
	size_t i;

	(void)state;
	OK(add("root.pem"));
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod("store", modes[i]), 0);
		SAYS(ERROR_PERMISSION, "'store' must belong to root or to you "
			"and be writable by nobody else", count());
	}
	assert_int_equal(chmod("store", 0700), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(chmod(file_of(root_hex), 0666), 0);
	SAYS(ERROR_PERMISSION, "has mode 0666: others must not write it",
		count());
	assert_int_equal(chmod(file_of(root_hex), 0464), 0);
	SAYS(ERROR_PERMISSION, "has mode 0464: others must not write it",
		count());
}

static void a_store_of_another_user_is_not_trusted(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	OK(add("root.pem"));
	assert_int_equal(chown("store", 65534, 0), 0);
	SAYS(ERROR_PERMISSION, "'store' must belong to root or to you and be "
		"writable by nobody else", count());
	assert_int_equal(chown("store", 0, 0), 0);
	assert_int_equal(chown(file_of(root_hex), 65534, 0), 0);
	SAYS(ERROR_PERMISSION, "belongs to uid 65534", count());
}

/* As another one than root: root's and his own, and nobody else's. */
static void roots_store_and_ones_own_are_trusted(void **state)
{
	static const uid_t owners[] = { 0, 65534, 65533, 1 };
	size_t dir, file;
	int n;

	(void)state;
	if (geteuid() != 0)
		skip();
	OK(add("root.pem"));
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(chmod("store", 0755), 0);
	assert_int_equal(chmod(file_of(root_hex), 0644), 0);
	for (dir = 0; dir < ARRAY_LEN(owners); dir++)
		for (file = 0; file < ARRAY_LEN(owners); file++) {
			assert_int_equal(chown("store", owners[dir], 0), 0);
			assert_int_equal(chown(file_of(root_hex), owners[file],
				0), 0);
			assert_int_equal(seteuid(65534), 0);
			n = count();
			assert_int_equal(seteuid(0), 0);
			assert_int_equal(n, dir < 2 && file < 2 ? 1 :
				-ERROR_PERMISSION);
		}
}

static void a_file_that_is_not_what_its_name_says_spoils_the_store(
	void **state)
{
	X509 *const both[] = { vendor.root, vendor.middle };
	X509 *const middle[] = { vendor.middle };

	(void)state;
	OK(add("root.pem"));
	write_pem(file_of(root_hex), "", middle, 1, "");
	SAYS(ERROR_CORRUPT, "does not hold the one certificate that its name "
		"says", count());
	write_pem(file_of(root_hex), "", both, 2, "");
	SAYS(ERROR_CORRUPT, "does not hold the one certificate that its name "
		"says", count());
	write_text(file_of(root_hex), "");
	SAYS(ERROR_MALFORMED, "holds no PEM certificate", count());
	write_pem(file_of(root_hex), KEY, both, 1, "");
	SAYS(ERROR_REFUSED, "holds a private key: give a file with "
		"certificates only", count());
	assert_int_equal(unlink(file_of(root_hex)), 0);
	assert_int_equal(symlink("../root.pem", file_of(root_hex)), 0);
	SAYS(ERROR_PERMISSION, "cannot open 'store/", count());
	assert_int_equal(unlink(file_of(root_hex)), 0);
	assert_int_equal(mkdir(file_of(root_hex), 0700), 0);
	SAYS(ERROR_FAILED, "is not a regular file", count());
}

#define HEX63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void files_of_other_names_are_nobody_s_business(void **state)
{
	X509 *const middle[] = { vendor.middle };

	(void)state;
	OK(add("root.pem"));
	write_text("store/README", "words");
	write_text("store/.hidden", "words");
	/* one letter is none of hex; one digit less; another ending */
	write_text("store/g" HEX63 ".pem", "words");
	write_text("store/" HEX63 "g.pem", "words");
	write_text("store/" HEX63 ".pem", "words");
	write_text("store/" HEX63 "00.pem", "words");
	write_text("store/" HEX63 "0.pen", "words");
	write_pem("store/middle.pem", "", middle, 1, "");
	write_pem("store/0123.pem", "", middle, 1, "");
	assert_int_equal(count(), 1);
}

static void an_anchor_is_removed_by_the_beginning_of_its_name(void **state)
{
	char sha256[65] = "kept", prefix[65];
	size_t i;

	(void)state;
	OK(add("all.pem"));
	strcpy(prefix, middle_hex);
	prefix[7] = '\0';
	SAYS(ERROR_USAGE, "': name an anchor by 8 to 64 hex digits of its "
		"SHA-256, as `trust show` prints it",
		trust_remove("store", prefix, sha256, &err));
	SAYS(ERROR_USAGE, "'': name an anchor by 8 to 64",
		trust_remove("store", "", sha256, &err));
	SAYS(ERROR_USAGE, ": name an anchor by 8 to 64", trust_remove("store",
		"0000000000000000000000000000000000000000000000000000000000000"
		"0000", sha256, &err));
	SAYS(ERROR_FAILED, "no anchor", trust_remove("store", "0000000000",
		sha256, &err));
	SAYS(ERROR_FAILED, "no anchor begins with '../../../x'",
		trust_remove("store", "../../../x", sha256, &err));
	assert_string_equal(sha256, "kept");
	assert_int_equal(count(), 3);
	prefix[7] = middle_hex[7];
	prefix[8] = '\0';
	for (i = 0; i < 8; i++) /* in upper case, as some tools print it */
		if (prefix[i] >= 'a')
			prefix[i] = (char)(prefix[i] - 'a' + 'A');
	OK(trust_remove("store", prefix, sha256, &err));
	assert_string_equal(sha256, middle_hex);
	assert_int_equal(count(), 2);
	assert_int_equal(access(file_of(middle_hex), F_OK), -1);
	OK(trust_remove("store", leaf_hex, sha256, &err));
	SAYS(ERROR_FAILED, "no anchor begins with '",
		trust_remove("store", leaf_hex, sha256, &err));
	assert_int_equal(count(), 1);
}

static void an_anchor_that_is_not_the_only_one_is_not_removed(void **state)
{
	X509 *const certs[] = { vendor.leaf, vendor.middle };
	char sha256[65] = "kept";

	(void)state;
	OK(add("root.pem"));
	write_pem("store/" ALIKE "aaa.pem", "", &certs[0], 1, "");
	write_pem("store/" ALIKE "aab.pem", "", &certs[1], 1, "");
	SAYS(ERROR_FAILED, "several anchors begin with '" ALIKE "aa'",
		trust_remove("store", ALIKE "aa", sha256, &err));
	assert_string_equal(sha256, "kept");
	assert_int_equal(count(), 3);
	OK(trust_remove("store", ALIKE "aab", sha256, &err));
	assert_int_equal(access("store/" ALIKE "aaa.pem", F_OK), 0);
	assert_int_equal(count(), 2);
}

static void the_vendor_s_name_is_shown_harmless(void **state)
{
	const struct vendor_cert evil = { .cn = "Example\x1b[2J CA\n",
		.basic = "CA:TRUE" };
	X509 *cert = vendor_cert(&evil, vendor.root_key, NULL, NULL);
	struct anchors a = { NULL, 0 };

	(void)state;
	write_pem("evil.pem", "", &cert, 1, "");
	OK(add("evil.pem"));
	OK(trust_load("store", &a, &err));
	assert_string_equal(a.rows[0].subject, "Example?[2J CA?");
	anchors_done(&a);
	X509_free(cert);
}

static int make_vendor(void **state)
{
	(void)state;
	vendor_init(&vendor);
	leaf_fingerprint(vendor.root, root_hex);
	leaf_fingerprint(vendor.middle, middle_hex);
	leaf_fingerprint(vendor.leaf, leaf_hex);
	return 0;
}

static int drop_vendor(void **state)
{
	(void)state;
	vendor_done(&vendor);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_that_is_not_there_is_empty),
		TEST(a_store_has_room_for_so_many),
		TEST(others_may_read_a_store_that_is_made),
		TEST(an_added_anchor_is_loaded_as_it_is),
		TEST(several_certificates_in_one_file_are_all_added_once),
		TEST(a_certificate_in_der_is_added_too),
		TEST(a_file_with_a_private_key_is_refused_whole),
		TEST(a_file_without_certificates_is_malformed),
		TEST(a_damaged_certificate_behind_a_good_one_adds_nothing),
		TEST(a_file_larger_than_64_kib_is_refused),
		TEST(a_store_that_others_may_write_is_not_trusted),
		TEST(a_store_of_another_user_is_not_trusted),
		TEST(roots_store_and_ones_own_are_trusted),
		TEST(a_file_that_is_not_what_its_name_says_spoils_the_store),
		TEST(files_of_other_names_are_nobody_s_business),
		TEST(an_anchor_is_removed_by_the_beginning_of_its_name),
		TEST(an_anchor_that_is_not_the_only_one_is_not_removed),
		TEST(the_vendor_s_name_is_shown_harmless),
	};

	return cmocka_run_group_tests(tests, make_vendor, drop_vendor);
}
