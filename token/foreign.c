/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that people take for evidence. */
#include "token/foreign.h"

#include "base/buf.h"
#include "token/attest/attest.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define BOM "\xef\xbb\xbf" /* which some editors put before a text */

#define LINE_LEN 64

static bool starts(const unsigned char *p, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(p, with, strlen(with)) == 0;
}

static bool mentions(const unsigned char *p, size_t n, const char *word)
{
	return n && memmem(p, n, word, strlen(word)) != NULL;
}

/* Past what mail and editors put before a text */
static void pass_blanks(const unsigned char **p, size_t *n)
{
	for (; *n && strchr(" \t\r\n", **p); (*p)++)
		(*n)--;
}

static bool is_empty(const unsigned char *p, size_t n)
{
	pass_blanks(&p, &n);
	return n == 0;
}

static bool is_utf16(const unsigned char *p, size_t n)
{
	return n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) ||
				 (p[0] == 0xfe && p[1] == 0xff));
}

static X509 *load_certificate(const unsigned char *p, size_t n)
{
	BIO *bio = BIO_new_mem_buf(p, (int)n);
	X509 *cert = NULL;

	if (bio && n && p[0] == 0x30)
		cert = d2i_X509_bio(bio, NULL);
	else if (bio)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return cert;
}

/* Yubico's extensions 1.3.6.1.4.1.41482.3.*: of a key in a PIV slot */
static bool is_piv(const unsigned char *p, size_t n)
{
	X509 *cert = load_certificate(p, n);
	bool found = false;
	char oid[80];
	int i;

	for (i = 0; cert && i < X509_get_ext_count(cert); i++) {
		OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(
			X509_get_ext(cert, i)), 1);
		found = found || starts((unsigned char *)oid, strlen(oid),
			"1.3.6.1.4.1.41482.3.");
	}
	X509_free(cert);
	return found;
}

static bool is_certificate(const unsigned char *p, size_t n)
{
	X509 *cert = load_certificate(p, n);
	bool is = cert != NULL;

	X509_free(cert);
	return is;
}

static bool is_private_key(const unsigned char *p, size_t n)
{
	return mentions(p, n, "PRIVATE KEY-----");
}

/* ssh-sk-attest-v00 and later, behind the length of that text */
static bool is_ssh_attestation(const unsigned char *p, size_t n)
{
	return n > 4 && starts(p + 4, n - 4, "ssh-sk-attest-v");
}

static bool is_ssh_key(const unsigned char *p, size_t n)
{
	pass_blanks(&p, &n);
	return starts(p, n, "sk-ssh-") || starts(p, n, "sk-ecdsa-") ||
		starts(p, n, "ssh-") || starts(p, n, "ecdsa-sha2-");
}

/* A map of three whose first key is one of its own: raw, base64, hex */
static bool is_attestation_object(const unsigned char *p, size_t n)
{
	static const char *const heads[] = { "\xa3\x63" "fmt",
		"\xa3\x67" "attStmt", "\xa3\x68" "authData", "o2NmbXR",
		"o2dhdHRTdG10", "o2hhdXRoRGF0Y", "a363666d74", "A363666D74",
		"a367617474537", "A367617474537", "a368617574684",
		"A368617574684" };
	size_t i;

	pass_blanks(&p, &n);
	for (i = 0; i < ARRAY_LEN(heads); i++)
		if (starts(p, n, heads[i]))
			return true;
	return false;
}

static bool is_json(const unsigned char *p, size_t n)
{
	pass_blanks(&p, &n);
	return n && (p[0] == '{' || p[0] == '[');
}

/* Evidence of ours that is damaged has the member, too */
static bool is_webauthn(const unsigned char *p, size_t n)
{
	if (mentions(p, n, "\"madeAt\""))
		return false;
	return is_json(p, n) ?
		mentions(p, n, "attestationObject") ||
			mentions(p, n, "authenticatorData") :
		mentions(p, n, "PublicKeyCredential") ||
			mentions(p, n, "AuthenticatorAttestationResponse");
}

/* client data's hash, relying party, format, each on its line */
static bool is_fido2_cred(const unsigned char *p, size_t n)
{
	char line[LINE_LEN];
	const unsigned char *end;
	size_t i, len;

	for (i = 0; i < 3; i++, p += len + 1, n -= len + 1) {
		end = n ? memchr(p, '\n', n) : NULL;
		len = end ? (size_t)(end - p) : 0;
		if (len == 0 || (i != 1 && len >= sizeof(line)))
			return false;
		if (i != 1)
			snprintf(line, sizeof(line), "%.*s", (int)len, p);
		if (i == 0 && (len != 44 || line[43] != '='))
			return false;
	}
	return attest_understands(line);
}

static bool is_jws(const unsigned char *p, size_t n)
{
	return starts(p, n, "eyJ") && memchr(p, '.', n);
}

static bool is_mds_payload(const unsigned char *p, size_t n)
{
	return is_json(p, n) && mentions(p, n, "\"nextUpdate\"") &&
		mentions(p, n, "\"entries\"");
}

#define NOT_OURS ": it was made for another relying party, and is not " \
		 "judged here"

static const struct {
	bool (*is)(const unsigned char *p, size_t n);
	const char *name;
} forms[] = {
	{ is_empty, "an empty file" },
	{ is_utf16, "text in UTF-16: save it as UTF-8" },
	{ is_private_key, "a private key: whoever saw it can use it" },
	{ is_piv, "a certificate of a PIV attestation: it speaks of a key of "
		"the smart card application, not of FIDO's" },
	{ is_certificate, "a certificate: those of a vendor are trusted by "
		"`tokenbridge trust add FILE`" },
	{ is_ssh_attestation, "an attestation that ssh-keygen wrote" NOT_OURS },
	{ is_ssh_key, "an SSH key: it does not say what holds it" },
	{ is_attestation_object, "an attestation object of WebAuthn" NOT_OURS },
	{ is_fido2_cred, "a credential that fido2-cred made" NOT_OURS },
	{ is_jws, "a signed blob: FIDO's metadata are taken by "
		"`tokenbridge trust update --mds FILE`" },
	{ is_mds_payload, "FIDO's metadata without their signature: "
		"`tokenbridge trust update` takes the signed blob" },
	{ is_webauthn, "what a web site got from a browser (WebAuthn)"
		NOT_OURS },
};

const char *foreign_name(const unsigned char *p, size_t n)
{
	size_t i;

	if (starts(p, n, BOM)) {
		p += strlen(BOM);
		n -= strlen(BOM);
	}
	for (i = 0; i < ARRAY_LEN(forms); i++)
		if (forms[i].is(p, n))
			return forms[i].name;
	return NULL;
}
