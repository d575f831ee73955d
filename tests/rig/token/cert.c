/* The token vendor's certificate authority. */
#include "cert.h"

#include "key.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)

static bool complain(const char *what, const char *path)
{
	fprintf(stderr, "softtoken: cannot %s '%s': %s\n", what, path,
		errno ? g_strerror(errno) : "refused by libcrypto");
	return false;
}

static void add_raw(X509 *x, const char *oid, bool critical, const void *p,
		    size_t n)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	ASN1_OCTET_STRING_set(s, p, (int)n);
	e = X509_EXTENSION_create_by_OBJ(NULL, o, critical, s);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(s);
	ASN1_OBJECT_free(o);
}

static void add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX c;
	X509_EXTENSION *e;

	X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
	if (!e)
		g_error("extension %s", value);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void add_name(X509 *x, const char *field, const char *value)
{
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), field,
				   MBSTRING_UTF8, (const uint8_t *)value, -1,
				   -1, 0);
}

/* version 3, a serial, and dates that no test outlives */
static X509 *begin(EVP_PKEY *key)
{
	X509 *x = X509_new();
	uint8_t serial[8];
	BIGNUM *n;

	random_bytes(serial, sizeof serial);
	serial[0] = (serial[0] & 0x7f) | 1;
	n = BN_bin2bn(serial, sizeof serial, NULL);
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	X509_set_version(x, 2);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "20600101000000Z");
	X509_set_pubkey(x, key);
	return x;
}

static void finish(X509 *x, X509 *issuer, EVP_PKEY *key)
{
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	X509_sign(x, key, EVP_sha256());
}

/* written whole under another name, then linked: of two daemons that make
 * the same file at once one wins and both go on with the winner's */
static bool save(const char *dir, const char *base, const char *suffix,
		 X509 *x, EVP_PKEY *key)
{
	g_autofree char *path = g_strdup_printf("%s/%s.%s", dir, base, suffix);
	g_autofree char *tmp = g_strdup_printf("%s.%d", path, (int)getpid());
	FILE *f = fopen(tmp, "we");
	bool ok;

	if (!f)
		return complain("write", tmp);
	ok = key ? PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) : 1;
	ok = ok && (!x || PEM_write_X509(f, x));
	ok = fclose(f) == 0 && ok;
	errno = 0;
	ok = ok && (link(tmp, path) == 0 || errno == EEXIST);
	unlink(tmp);
	return ok || complain("write", path);
}

/* one file may hold both the certificate and its key */
static bool load(const char *dir, const char *base, const char *suffix,
		 X509 **x, EVP_PKEY **key)
{
	g_autofree char *path = g_strdup_printf("%s/%s.%s", dir, base, suffix);
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	if (key)
		*key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	rewind(f);
	if (x)
		*x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	return (!key || *key) && (!x || *x);
}

static X509 *authority(EVP_PKEY *key, const char *o, const char *cn, X509 *by,
		       EVP_PKEY *by_key)
{
	X509 *x = begin(key);

	add_name(x, "O", o);
	add_name(x, "CN", cn);
	add_ext(x, x, NID_basic_constraints, by ?
		"critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE");
	add_ext(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_ext(x, x, NID_subject_key_identifier, "hash");
	if (by)
		add_ext(x, by, NID_authority_key_identifier, "keyid");
	finish(x, by ? by : x, by ? by_key : key);
	return x;
}

bool cert_make_ca(const char *dir, const char *name, bool intermediate)
{
	g_autoptr(EVP_PKEY) rk = EVP_EC_gen("P-256"), ik = NULL;
	g_autofree char *cn = g_strdup_printf("%s FIDO Root", name);
	g_autofree char *icn = g_strdup_printf("%s FIDO Attestation 1", name);
	g_autoptr(X509) root = authority(rk, name, cn, NULL, NULL), mid = NULL;

	if (g_mkdir_with_parents(dir, 0755))
		return complain("make", dir);
	if (!save(dir, "root", "pem", root, NULL) ||
	    !save(dir, "root", "key", NULL, rk))
		return false;
	if (!intermediate)
		return true;
	ik = EVP_EC_gen("P-256");
	mid = authority(ik, name, icn, root, rk);
	return save(dir, "intermediate", "pem", mid, NULL) &&
	       save(dir, "intermediate", "key", NULL, ik);
}

static const char *const shapes[] = {
	"no-aaguid", "critical-aaguid", "other-aaguid", "expired",
	"not-yet-valid", "is-ca", "no-ou", "preview"
};

bool cert_has_shape(const char *shape)
{
	for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
		if (!strcmp(shapes[i], shape))
			return true;
	return false;
}

static bool is(const struct leaf *l, const char *shape)
{
	return l->shape && !strcmp(l->shape, shape);
}

static void add_aaguid(X509 *x, const struct leaf *l)
{
	uint8_t aaguid[18] = { 4, 16 };

	if (!l->aaguid || is(l, "no-aaguid"))
		return;
	memcpy(aaguid + 2, l->aaguid, 16);
	if (is(l, "other-aaguid"))
		aaguid[2] ^= 1;
	add_raw(x, "1.3.6.1.4.1.45724.1.1.4", is(l, "critical-aaguid"),
		aaguid, sizeof aaguid);
}

static void add_serial(X509 *x, const struct leaf *l)
{
	g_autoptr(GByteArray) wrapped = g_byte_array_new();

	if (!l->serial)
		return;
	put_tlv(wrapped, 4, l->serial->data, l->serial->len);
	add_raw(x, "1.3.6.1.4.1.45724.1.1.2", false, wrapped->data,
		wrapped->len);
}

static void extensions(X509 *x, const struct leaf *l)
{
	uint8_t fw[5] = { 4, 3 };
	static const uint8_t transports[] = { 3, 2, 5, 0x20 };	/* USB */

	if (!l->old)
		add_ext(x, x, NID_basic_constraints, is(l, "is-ca") ?
			"critical,CA:TRUE" : "critical,CA:FALSE");
	if (l->device_id && l->id_as_oid)
		add_raw(x, l->device_id, false, "\x05", 2);	/* NULL */
	/* ASCII without a DER wrapper: so do the real ones */
	if (l->device_id && !l->id_as_oid)
		add_raw(x, "1.3.6.1.4.1.41482.2", false, l->device_id,
			strlen(l->device_id));
	if (l->fw) {
		memcpy(fw + 2, l->fw, 3);
		add_raw(x, "1.3.6.1.4.1.41482.13.1", false, fw, sizeof fw);
	}
	add_serial(x, l);
	add_raw(x, "1.3.6.1.4.1.45724.2.1.1", false, transports,
		sizeof transports);
	add_aaguid(x, l);
}

/* the TPM's vendor, model and version, as the TCG's EK profile has them */
static void add_tpm_name(X509 *x)
{
	static const struct { const char *oid, *value; } parts[] = {
		{ "2.23.133.2.1", "id:FFFFF1D0" },
		{ "2.23.133.2.2", "Soft TPM" },
		{ "2.23.133.2.3", "id:00010002" },
	};
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *g = GENERAL_NAME_new();
	X509_NAME *n = X509_NAME_new();

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		X509_NAME_add_entry_by_txt(n, parts[i].oid, MBSTRING_UTF8,
			(const uint8_t *)parts[i].value, -1, -1, i ? -1 : 0);
	GENERAL_NAME_set0_value(g, GEN_DIRNAME, n);
	sk_GENERAL_NAME_push(all, g);
	/* critical: the subject is empty */
	if (!X509_add1_ext_i2d(x, NID_subject_alt_name, all, 1, 0))
		g_error("subject alternative name");
	sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
}

static void tpm_extensions(X509 *x, const struct leaf *l)
{
	add_ext(x, x, NID_basic_constraints, "critical,CA:FALSE");
	add_ext(x, x, NID_ext_key_usage, "2.23.133.8.3");
	add_tpm_name(x);
	add_aaguid(x, l);
}

static void subject(X509 *x, const struct leaf *l)
{
	if (!l->old) {
		add_name(x, "C", "SE");
		add_name(x, "O", l->org);
	}
	if (!l->old && !is(l, "no-ou"))
		add_name(x, "OU", "Authenticator Attestation");
	add_name(x, "CN", l->cn);
}

static X509 *issue(const struct leaf *l, EVP_PKEY *key, X509 *by,
		   EVP_PKEY *by_key)
{
	X509 *x = begin(key);

	if (is(l, "expired"))
		ASN1_TIME_set_string(X509_getm_notAfter(x),
				     "20210101000000Z");
	if (is(l, "not-yet-valid"))
		ASN1_TIME_set_string(X509_getm_notBefore(x),
				     "20590101000000Z");
	if (!l->tpm)
		subject(x, l);
	if (l->tpm)
		tpm_extensions(x, l);
	else
		extensions(x, l);
	finish(x, by ? by : x, by ? by_key : key);
	return x;
}

static EVP_PKEY *new_key(const struct leaf *l)
{
	return l->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

/* the CA of keys that are not for sale, below the root */
static bool make_preview(const char *dir)
{
	g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256"), by_key = NULL;
	g_autoptr(X509) by = NULL, x = NULL;

	if (!load(dir, "root", "pem", &by, NULL) ||
	    !load(dir, "root", "key", NULL, &by_key))
		return complain("read the root of CA", dir);
	x = authority(key, "Example Tokens", "Example FIDO Preview CA", by,
		      by_key);
	return save(dir, "preview", "key", NULL, key) &&
	       save(dir, "preview", "pem", x, NULL);
}

/* the file that has who signs this leaf */
static const char *issuer(const char *dir, const struct leaf *l)
{
	g_autoptr(X509) x = NULL;

	if (is(l, "preview"))
		return "preview";
	return load(dir, "intermediate", "pem", &x, NULL) ? "intermediate" :
	       "root";
}

static bool make_leaf(const char *dir, const struct leaf *l)
{
	g_autoptr(EVP_PKEY) key = new_key(l), by_key = NULL;
	g_autoptr(X509) by = NULL, x = NULL;
	const char *from = issuer(dir, l);

	if (is(l, "preview") && !load(dir, from, "pem", NULL, NULL) &&
	    !make_preview(dir))
		return false;
	errno = 0;
	if (!load(dir, from, "pem", &by, NULL) ||
	    !load(dir, from, "key", NULL, &by_key))
		return complain("read the keys of CA", dir);
	x = issue(l, key, by, by_key);
	return save(dir, l->file, "pem", x, key);
}

static void der(X509 *x, GByteArray *ret)
{
	uint8_t *p = NULL;
	int n = i2d_X509(x, &p);

	g_byte_array_set_size(ret, 0);
	put(ret, p, (size_t)n);
	OPENSSL_free(p);
}

static void scalar(EVP_PKEY *k, uint8_t d[32])
{
	BIGNUM *n = NULL;

	if (!EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_PRIV_KEY, &n) ||
	    BN_bn2binpad(n, d, 32) != 32)
		g_error("attestation key is not on P-256");
	BN_clear_free(n);
}

static void private_der(EVP_PKEY *k, GByteArray *ret)
{
	uint8_t *p = NULL;
	int n = i2d_PrivateKey(k, &p);

	g_byte_array_set_size(ret, 0);
	put(ret, p, (size_t)n);
	OPENSSL_clear_free(p, (size_t)n);
}

bool cert_leaf(const char *dir, const struct leaf *l, uint8_t ret_d[32],
	       GByteArray *ret_rsa, GByteArray *ret_leaf,
	       GByteArray *ret_chain)
{
	g_autoptr(EVP_PKEY) key = NULL;
	g_autoptr(X509) x = NULL, mid = NULL;
	const char *from = dir ? issuer(dir, l) : "root";

	if (!dir) {
		key = new_key(l);
		x = issue(l, key, NULL, NULL);
	} else if (!load(dir, l->file, "pem", &x, &key) &&
		   (!make_leaf(dir, l) ||
		    !load(dir, l->file, "pem", &x, &key))) {
		return false;
	}
	if (l->rsa)
		private_der(key, ret_rsa);
	else
		scalar(key, ret_d);
	der(x, ret_leaf);
	if (strcmp(from, "root") && load(dir, from, "pem", &mid, NULL))
		der(mid, ret_chain);
	return true;
}
