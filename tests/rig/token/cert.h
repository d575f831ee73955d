/* The token vendor's certificate authority: root, intermediate, leaves. */
#ifndef TOKEN_CERT_H
#define TOKEN_CERT_H

#include "bytes.h"

/* What an attestation leaf says about its model. */
struct leaf {
	const char *org;	/* subject O */
	const char *cn;		/* subject CN */
	const char *file;	/* base name of the files below the CA folder */
	const uint8_t *aaguid;	/* 16 bytes, NULL: no extension */
	const uint8_t *fw;	/* 3 bytes, NULL: no extension */
	const char *device_id;	/* dotted text, NULL: no extension */
	bool id_as_oid;		/* as an extension's OID, as early ones have it */
	const GByteArray *serial;	/* of the device, NULL: no extension */
	bool tpm;		/* for the identity key of a TPM */
	bool rsa;		/* an RSA key, not P-256 */
	bool old;		/* a common name, and no constraints */
	const char *shape;	/* NULL, or what is wrong: cert_has_shape() */
};

/*
 * Write root.pem and root.key into dir (made when absent), and
 * intermediate.pem and .key when asked. False with a line on stderr.
 */
bool cert_make_ca(const char *dir, const char *name, bool intermediate);

/*
 * The leaf of a model from a CA folder, made on first use, so that all tokens
 * of a batch carry the same one as real batches do. dir NULL: a certificate
 * of the token's own, signed by itself. ret_chain gets the intermediate's DER
 * (empty when the root signs). The key goes to ret_d, or where it is RSA as
 * PKCS#1 DER to ret_rsa. False with a line on stderr, and then nothing is
 * changed.
 */
bool cert_leaf(const char *dir, const struct leaf *leaf, uint8_t ret_d[32],
	       GByteArray *ret_rsa, GByteArray *ret_leaf,
	       GByteArray *ret_chain);

/* Is that a way in which a leaf can be wrong? */
bool cert_has_shape(const char *shape);

#endif
