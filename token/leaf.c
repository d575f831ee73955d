/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of an attestation certificate. */
#include "token/leaf.h"

#include "base/encode.h"
#include "base/text.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static bool read_aaguid(struct leaf *l, const unsigned char *p, size_t n)
{
	/* an OCTET STRING inside the extension's OCTET STRING */
	if (n != 18 || p[0] != 0x04 || p[1] != 16)
		return false;
	memcpy(l->aaguid, p + 2, 16);
	l->has_aaguid = true;
	return true;
}

static bool read_firmware(struct leaf *l, const unsigned char *p, size_t n)
{
	if (n != 5 || p[0] != 0x04 || p[1] != 3)
		return false;
	memcpy(l->firmware, p + 2, 3);
	l->has_firmware = true;
	return true;
}

static bool read_device_id(struct leaf *l, const unsigned char *p, size_t n)
{
	size_t i;

	/* dotted decimal as raw ASCII, without a DER head */
	if (n == 0 || n >= sizeof(l->device_id))
		return false;
	for (i = 0; i < n; i++)
		if (p[i] != '.' && (p[i] < '0' || p[i] > '9'))
			return false;
	memcpy(l->device_id, p, n);
	l->device_id[n] = '\0';
	return true;
}

static bool read_fips(struct leaf *l, const unsigned char *p, size_t n)
{
	(void)p;
	l->fips = true;
	return n > 0;
}

static const struct {
	const char *oid;
	const char *name;
	bool (*read)(struct leaf *, const unsigned char *, size_t);
} extensions[] = {
	{ "1.3.6.1.4.1.45724.1.1.4", "AAGUID", read_aaguid },
	{ "1.3.6.1.4.1.41482.13.1", "firmware version", read_firmware },
	{ "1.3.6.1.4.1.41482.2", "device id", read_device_id },
	{ "1.3.6.1.4.1.41482.12", "FIPS", read_fips },
};

static int read_extension(struct leaf *l, X509_EXTENSION *e,
	struct error *err)
{
	ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(e);
	char oid[80];
	size_t i;

	OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(e), 1);
	for (i = 0; i < ARRAY_LEN(extensions); i++) {
		if (strcmp(oid, extensions[i].oid) != 0)
			continue;
		if (!extensions[i].read(l, ASN1_STRING_get0_data(data),
			    (size_t)ASN1_STRING_length(data)))
			return error_set(err, ERROR_MALFORMED,
				"attestation certificate: malformed extension "
				"'%s'", extensions[i].name);
		if (i == 0 && X509_EXTENSION_get_critical(e))
			l->aaguid_critical = true;
	}
	return 0;
}

int leaf_fingerprint(X509 *cert, char ret[65])
{
	unsigned char md[32];
	unsigned n = 0;

	if (X509_digest(cert, EVP_sha256(), md, &n) != 1 || n != sizeof(md))
		return -1;
	hex_encode(md, sizeof(md), ret);
	return 0;
}

void aaguid_format(const uint8_t aaguid[16], char ret[AAGUID_TEXT_LEN])
{
	char hex[HEX_LEN(16)];

	hex_encode(aaguid, 16, hex);
	snprintf(ret, AAGUID_TEXT_LEN, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8,
		hex + 12, hex + 16, hex + 20);
}

int aaguid_parse(const char *p, size_t n, uint8_t ret[16])
{
	char hex[32], again[AAGUID_TEXT_LEN];
	uint8_t aaguid[16];
	size_t i, digits = 0;

	if (n != AAGUID_TEXT_LEN - 1)
		return -1;
	for (i = 0; i < n && digits < sizeof(hex); i++)
		if (p[i] != '-')
			hex[digits++] = p[i];
	if (hex_decode(hex, digits, aaguid, 16) != 16)
		return -1;
	aaguid_format(aaguid, again);
	if (strncasecmp(again, p, n) != 0)
		return -1;
	memcpy(ret, aaguid, 16);
	return 0;
}

void leaf_name(X509_NAME *name, char *ret, size_t size)
{
	if (X509_NAME_get_text_by_NID(name, NID_commonName, ret,
		    (int)size) < 0)
		X509_NAME_oneline(name, ret, (int)size);
	text_sanitise(ret);
}

int leaf_load(const unsigned char *der, size_t n, X509 **ret_cert,
	struct leaf *ret, struct error *err)
{
	const unsigned char *p = der;
	struct leaf l = { 0 };
	X509 *cert;
	int i, r = 0;

	cert = n > 65535 ? NULL : d2i_X509(NULL, &p, (long)n);
	if (!cert || p != der + n)
		r = error_set(err, ERROR_MALFORMED,
			"attestation certificate: not one DER certificate");
	for (i = 0; r == 0 && i < X509_get_ext_count(cert); i++)
		r = read_extension(&l, X509_get_ext(cert, i), err);
	if (r == 0 && leaf_fingerprint(cert, l.sha256) < 0)
		r = error_set(err, ERROR_FAILED, "cannot hash a certificate");
	if (r < 0) {
		X509_free(cert);
		return r;
	}
	leaf_name(X509_get_subject_name(cert), l.subject, sizeof(l.subject));
	*ret_cert = cert;
	*ret = l;
	return 0;
}

const char *leaf_packed_defect(X509 *cert)
{
	char ou[64];

	if (X509_get_version(cert) != X509_VERSION_3)
		return "its certificate is not of version 3";
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
		    NID_organizationalUnitName, ou, sizeof(ou)) < 0 ||
		strcmp(ou, "Authenticator Attestation") != 0)
		return "its certificate's OU is not 'Authenticator "
		       "Attestation'";
	if (X509_get_ext_by_NID(cert, NID_basic_constraints, -1) < 0)
		return "its certificate has no basic constraints";
	if (X509_check_ca(cert) != 0)
		return "its certificate is one of a CA";
	return NULL;
}
