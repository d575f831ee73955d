/* SPDX-License-Identifier: Apache-2.0 */
/* What others write down is called what it is, and never taken for evidence. */
#include "token/foreign.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"
#include "token/evidence.h"

#include <openssl/pem.h>
#include <openssl/sha.h>

static struct vendor vendor;
static struct attestation answer;
static struct buf object; /* answer's attestation object */

/* What it is called, and what reading it as evidence says */
static void is_called(const char *want, const void *p, size_t n)
{
	unsigned char *c = copy_of(p, n);
	const char *name = foreign_name(c, n);
	struct evidence e;

	if (!name || strncmp(name, want, strlen(want)) != 0)
		fail_msg("%s: %s", want, name ? name : "not known");
	evidence_init(&e);
	SAYS(ERROR_MALFORMED, want, evidence_parse(c, n, &e, &err));
	evidence_done(&e);
	free(c);
}

static void text_is_called(const char *want, const char *text)
{
	is_called(want, text, strlen(text));
}

#define OBJECT "an attestation object of WebAuthn: "
#define SITE "what a web site got from a browser (WebAuthn): "

static void an_attestation_object_is_known_in_every_spelling(void **state)
{
	char *hex = malloc(HEX_LEN(object.n));
	struct buf b;
	size_t i;

	(void)state;
	is_called(OBJECT, object.p, object.n);
	buf_init(&b, 1 << 20);
	for (i = 0; i < 2; i++) {
		buf_reset(&b);
		buf_put_str(&b, i ? "\r\n " : "");
		base64_encode(&b, i ? BASE64_URL : BASE64_STD, object.p,
			object.n);
		text_is_called(OBJECT, buf_str(&b));
	}
	hex_encode(object.p, object.n, hex);
	text_is_called(OBJECT, hex);
	buf_done(&b);
	free(hex);
}

/* toJSON(), older libraries' arrays and objects, a list, a console */
static void a_web_sites_answer_is_known(void **state)
{
	(void)state;
	text_is_called(SITE, "{\"id\":\"x\",\"response\":{"
		"\"attestationObject\":\"o2NmbXQ\",\"clientDataJSON\":\"e30\"}}");
	text_is_called(SITE, "\xef\xbb\xbf{\"response\":{"
		"\"attestationObject\":[163,99,102]}}");
	text_is_called(SITE, "[{\"attestationObject\":{\"0\":163}}]");
	text_is_called(SITE, "{\"response\":{\"authenticatorData\":\"x\"}}");
	text_is_called(SITE, "PublicKeyCredential {rawId: ArrayBuffer(64)}");
}

static void put_line(struct buf *b, const void *p, size_t n)
{
	base64_encode(b, BASE64_STD, p, n);
	buf_put_byte(b, '\n');
}

static void what_fido2_cred_made_is_known(void **state)
{
	unsigned char hash[32];
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	SHA256(answer.client_data.p, answer.client_data.n, hash);
	put_line(&b, hash, sizeof(hash));
	buf_printf(&b, "%s\n%s\n", answer.rp_id, answer.fmt);
	put_line(&b, answer.auth_data.p, answer.auth_data.n);
	text_is_called("a credential that fido2-cred made: ", buf_str(&b));
	buf_done(&b);
}

static X509 *make_certificate(const char *oid)
{
	const struct vendor_cert what = { .cn = "YubiKey PIV Attestation 9a",
		.extensions = { { oid, "050704", false } } };

	return vendor_cert(&what, vendor.leaf_key, vendor.middle,
		vendor.middle_key);
}

static void certificate_is_called(const char *want, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	char *pem;
	long pem_n;

	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	pem_n = BIO_get_mem_data(bio, &pem);
	is_called(want, pem, (size_t)pem_n);
	is_called(want, der, (size_t)n);
	OPENSSL_free(der);
	BIO_free(bio);
}

static void a_piv_attestation_is_no_attestation_of_fido(void **state)
{
	X509 *cert = make_certificate("1.3.6.1.4.1.41482.3.3");

	(void)state;
	certificate_is_called("a certificate of a PIV attestation: ", cert);
	X509_free(cert);
	/* 41482.13 is FIDO's */
	cert = make_certificate("1.3.6.1.4.1.41482.13.1");
	certificate_is_called("a certificate: ", cert);
	X509_free(cert);
}

static void other_files_are_known(void **state)
{
	static const char *const rows[][2] = {
		{ "an empty file", "" },
		{ "an empty file", " \r\n\t" },
		{ "an empty file", "\xef\xbb\xbf" },
		{ "text in UTF-16: ", "\xff\xfe{" },
		{ "text in UTF-16: ", "\xfe\xff" },
		{ "a private key: ", "-----BEGIN PRIVATE KEY-----\n" },
		{ "an SSH key: ", "sk-ssh-ed25519@openssh.com AAAA alice" },
		{ "an SSH key: ", "ssh-ed25519 AAAA bob" },
		{ "a signed blob: ", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA" },
		{ "FIDO's metadata without their signature: ",
			"{\"no\":1,\"nextUpdate\":\"2027-01-01\",\"entries\":[]}" },
	};
	static const char ssh[] = "\0\0\0\x11ssh-sk-attest-v01\0\0\0\0";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		text_is_called(rows[i][0], rows[i][1]);
	is_called("an attestation that ssh-keygen wrote: ", ssh, sizeof(ssh));
	assert_null(foreign_name((const unsigned char *)"{}", 2));
	assert_null(foreign_name((const unsigned char *)"words", 5));
	assert_null(foreign_name((const unsigned char *)"a\nb\nnone\n", 9));
}

/* No byte is read that is not there. */
static void cut_anywhere_it_is_called_something_or_nothing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < object.n; i++) {
		unsigned char *c = copy_of(object.p, i);

		(void)foreign_name(c, i);
		free(c);
	}
}

static int set_up(void **state)
{
	struct vendor_answer w;

	(void)state;
	vendor_init(&vendor);
	vendor_answer_init(&w, &vendor);
	attestation_init(&answer);
	vendor_answer_build(&w, &answer);
	buf_init(&object, ATTEST_BYTES_MAX);
	attestation_put_object(&object, &answer);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_done(&object);
	attestation_done(&answer);
	vendor_done(&vendor);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_attestation_object_is_known_in_every_spelling),
		cmocka_unit_test(a_web_sites_answer_is_known),
		cmocka_unit_test(what_fido2_cred_made_is_known),
		cmocka_unit_test(a_piv_attestation_is_no_attestation_of_fido),
		cmocka_unit_test(other_files_are_known),
		cmocka_unit_test(
			cut_anywhere_it_is_called_something_or_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
