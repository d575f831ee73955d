/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of an attestation certificate. */
#include "token/trust/certificate.h"

#include "base/encode.h"
#include "base/text.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXTENSIONS_MAX 64

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

/* Told in two places it must be the same. */
static bool read_device_id(struct leaf *l, const unsigned char *p, size_t n)
{
	size_t i;

	/* dotted decimal as raw ASCII, without a DER head */
	if (n == 0 || n >= sizeof(l->device_id))
		return false;
	for (i = 0; i < n; i++)
		if (p[i] != '.' && (p[i] < '0' || p[i] > '9'))
			return false;
	if (l->device_id[0] && (strlen(l->device_id) != n ||
				       memcmp(l->device_id, p, n) != 0))
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

/* A DER INTEGER, not negative, in its shortest form, of at most 32 bits */
static bool read_fw_version(struct leaf *l, const unsigned char *p, size_t n)
{
	size_t i;

	if (n < 3 || n > 7 || p[0] != 0x02 || p[1] != n - 2 || p[2] & 0x80 ||
		(n == 7 && p[2] != 0) ||
		(n > 3 && p[2] == 0 && !(p[3] & 0x80)))
		return false;
	for (l->fw_version = 0, i = 2; i < n; i++)
		l->fw_version = l->fw_version << 8 | p[i];
	l->has_fw_version = true;
	return true;
}

static bool read_serial(struct leaf *l, const unsigned char *p, size_t n)
{
	if (n < 3 || p[0] != 0x04 || p[1] != n - 2 ||
		n - 2 > sizeof(l->serial))
		return false;
	memcpy(l->serial, p + 2, n - 2);
	l->serial_n = n - 2;
	return true;
}

/* A BIT STRING of one byte; for people only, so that another form is none. */
static bool read_transports(struct leaf *l, const unsigned char *p, size_t n)
{
	l->has_transports = n == 4 && p[0] == 0x03 && p[1] == 2 && p[2] < 8;
	if (l->has_transports)
		l->transports = p[3];
	return true;
}

static const struct {
	const char *oid;
	const char *name;
	bool (*read)(struct leaf *, const unsigned char *, size_t);
} extensions[] = {
	{ "1.3.6.1.4.1.45724.1.1.4", "AAGUID", read_aaguid },
	{ "1.3.6.1.4.1.45724.1.1.2", "serial number", read_serial },
	{ "1.3.6.1.4.1.45724.1.1.5", "firmware number", read_fw_version },
	{ "1.3.6.1.4.1.45724.2.1.1", "transports", read_transports },
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
	/* early keys: the extension is the device id, whatever it holds */
	if (strncmp(oid, LEAF_DEVICE_IDS, strlen(LEAF_DEVICE_IDS)) == 0 &&
		!read_device_id(l, (const unsigned char *)oid, strlen(oid)))
		return error_set(err, ERROR_MALFORMED,
			"attestation certificate: two device ids");
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

bool leaf_names_model(X509 *cert)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(extensions[0].oid, 1);
	bool names = !oid || X509_get_ext_by_OBJ(cert, oid, -1) >= 0;

	ASN1_OBJECT_free(oid);
	return names;
}

/* Two of one kind (RFC 5280 section 4.2) may be read in two ways. */
static int read_extensions(struct leaf *l, X509 *cert, struct error *err)
{
	int i, r, n = X509_get_ext_count(cert);
	X509_EXTENSION *e;

	if (n > EXTENSIONS_MAX)
		return error_set(err, ERROR_UNSUPPORTED,
			"attestation certificate: %d extensions, and at most "
			"%d are looked at", n, EXTENSIONS_MAX);
	for (i = 0; i < n; i++) {
		e = X509_get_ext(cert, i);
		if (X509_get_ext_by_OBJ(cert, X509_EXTENSION_get_object(e),
			    i) >= 0)
			return error_set(err, ERROR_MALFORMED,
				"attestation certificate: an extension is "
				"there twice");
		r = read_extension(l, e, err);
		if (r < 0)
			return r;
	}
	return 0;
}

X509 *leaf_from_base64(const char *text, size_t n)
{
	CLEANUP(free_p) unsigned char *der = malloc(n + 1);
	const unsigned char *p = der;
	X509 *cert = NULL;
	ssize_t len;

	len = der ? base64_decode(BASE64_STD, text, n, der, n) : -1;
	if (len > 0)
		cert = d2i_X509(NULL, &p, (long)len);
	if (cert && p != der + len) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
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

void leaf_name(X509_NAME *name, char *ret, size_t size)
{
	if (X509_NAME_get_text_by_NID(name, NID_commonName, ret,
		    (int)size) < 0)
		X509_NAME_oneline(name, ret, (int)size);
	utf8_sanitise(ret);
}

int leaf_load(const unsigned char *der, size_t n, X509 **ret_cert,
	struct leaf *ret, struct error *err)
{
	const unsigned char *p = der;
	struct leaf l = { 0 };
	X509 *cert;
	int r = 0;

	cert = n > 65535 ? NULL : d2i_X509(NULL, &p, (long)n);
	if (!cert || p != der + n)
		r = error_set(err, ERROR_MALFORMED,
			"attestation certificate: not one DER certificate");
	if (r == 0)
		r = read_extensions(&l, cert, err);
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

/* The content of the DER element at *pp, which is moved behind it. */
static unsigned char *der_element(unsigned char **pp, long *n, int want,
	long *ret_n)
{
	const unsigned char *p = *pp;
	unsigned char *content;
	int tag, class;

	if (ASN1_get_object(&p, ret_n, &tag, &class, *n) & 0x81 ||
		tag != want || class != V_ASN1_UNIVERSAL)
		return NULL;
	content = *pp + (p - *pp);
	*n -= content + *ret_n - *pp;
	*pp = content + *ret_n;
	return content;
}

uint64_t leaf_serial(const struct leaf *l)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; l->serial_n <= sizeof(n) && i < l->serial_n; i++)
		n = n << 8 | l->serial[i];
	return n;
}

bool leaf_clear_unused_bits(unsigned char *der, size_t n)
{
	long left = n > 65535 ? 0 : (long)n, len;
	unsigned char *p = der;

	p = der_element(&p, &left, V_ASN1_SEQUENCE, &len);
	if (!p || left != 0)
		return false;
	left = len;
	if (!der_element(&p, &left, V_ASN1_SEQUENCE, &len) ||
		!der_element(&p, &left, V_ASN1_SEQUENCE, &len))
		return false;
	p = der_element(&p, &left, V_ASN1_BIT_STRING, &len);
	if (!p || left != 0 || len < 1 || p[0] == 0)
		return false;
	p[0] = 0;
	return true;
}

static bool has_name(X509 *cert, int nid)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int i = X509_NAME_get_index_by_NID(subject, nid, -1);

	return i >= 0 && ASN1_STRING_length(X509_NAME_ENTRY_get_data(
		X509_NAME_get_entry(subject, i))) > 0;
}

/* What both formats ask of a certificate */
static const char *common_defect(X509 *cert)
{
	if (X509_get_version(cert) != X509_VERSION_3)
		return "its certificate is not of version 3";
	if (X509_get_ext_by_NID(cert, NID_basic_constraints, -1) < 0)
		return "its certificate has no basic constraints";
	if (X509_check_ca(cert) != 0)
		return "its certificate is one of a CA";
	return NULL;
}

const char *leaf_packed_defect(X509 *cert)
{
	char ou[64];

	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
		    NID_organizationalUnitName, ou, sizeof(ou)) < 0 ||
		strcmp(ou, "Authenticator Attestation") != 0)
		return "its certificate's OU is not 'Authenticator "
		       "Attestation'";
	if (!has_name(cert, NID_countryName) ||
		!has_name(cert, NID_organizationName) ||
		!has_name(cert, NID_commonName))
		return "its certificate's subject lacks one of C, O, CN";
	return common_defect(cert);
}

/* TCG's attributes in a directory name: manufacturer, model, version */
static bool names_tpm(X509_NAME *name)
{
	static const char *const oids[] = { "2.23.133.2.1", "2.23.133.2.2",
		"2.23.133.2.3" };
	ASN1_OBJECT *oid;
	size_t i;
	int at;

	for (i = 0; i < ARRAY_LEN(oids); i++) {
		oid = OBJ_txt2obj(oids[i], 1);
		at = oid ? X509_NAME_get_index_by_OBJ(name, oid, -1) : -1;
		ASN1_OBJECT_free(oid);
		if (at < 0 || ASN1_STRING_length(X509_NAME_ENTRY_get_data(
				X509_NAME_get_entry(name, at))) == 0)
			return false;
	}
	return true;
}

static bool has_tpm_name(X509 *cert)
{
	GENERAL_NAMES *names;
	bool found = false;
	int i, critical;

	names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	for (i = 0; critical == 1 && i < sk_GENERAL_NAME_num(names); i++) {
		GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DIRNAME)
			found = found || names_tpm(name->d.directoryName);
	}
	GENERAL_NAMES_free(names);
	return found;
}

static bool has_usage(X509 *cert, const char *want)
{
	EXTENDED_KEY_USAGE *usages;
	bool found = false;
	char oid[80];
	int i;

	usages = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	for (i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		OBJ_obj2txt(oid, sizeof(oid),
			sk_ASN1_OBJECT_value(usages, i), 1);
		found = found || strcmp(oid, want) == 0;
	}
	EXTENDED_KEY_USAGE_free(usages);
	return found;
}

const char *leaf_tpm_defect(X509 *cert)
{
	if (X509_NAME_entry_count(X509_get_subject_name(cert)) != 0)
		return "its certificate's subject is not empty";
	if (!has_tpm_name(cert))
		return "its certificate has no critical alternative name with "
		       "the TPM's manufacturer, model and version";
	if (!has_usage(cert, "2.23.133.8.3")) /* tcg-kp-AIKCertificate */
		return "its certificate is not one for TPM attestation";
	return common_defect(cert);
}
