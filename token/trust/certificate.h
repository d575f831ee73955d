/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attestation certificate says in its extensions: the model (AAGUID),
 * Yubico's product and firmware, and whether its form is what WebAuthn Level 3
 * sections 8.2.1 and 8.3.1 demand of a `packed` and a `tpm` statement.
 */
#ifndef TOKEN_TRUST_CERTIFICATE_H
#define TOKEN_TRUST_CERTIFICATE_H

#include "base/error.h"
#include "token/trust/aaguid.h"

#include <openssl/x509.h>
#include <stdint.h>

/* Yubico's device ids. Early certificates have one as an extension's OID. */
#define LEAF_DEVICE_IDS "1.3.6.1.4.1.41482.1."

struct leaf {
	bool has_aaguid;      /* id-fido-gen-ce-aaguid */
	bool aaguid_critical; /* which the specification forbids */
	uint8_t aaguid[16];
	bool has_firmware;    /* 1.3.6.1.4.1.41482.13.1 */
	uint8_t firmware[3];
	bool has_fw_version;  /* id-fido-gen-ce-fw-version */
	uint32_t fw_version;
	uint8_t serial[64];   /* id-fido-gen-ce-sernum: of enterprises */
	size_t serial_n;      /* 0: none */
	bool has_transports;  /* id-fido-u2f-ce-transports */
	uint8_t transports;   /* 0x20 USB, 0x10 NFC, ... */
	bool fips;            /* 1.3.6.1.4.1.41482.12 is there */
	char device_id[48];   /* 1.3.6.1.4.1.41482.2 as it stands, or the
	                         OID of an extension of LEAF_DEVICE_IDS, or "" */
	char subject[160];    /* common name, checked text */
	char sha256[65];      /* of the DER, lower-case hex */
};

/*
 * Reads a DER certificate that fills all n bytes; *ret_cert is owned by the
 * caller. An extension that is there but malformed, or there twice, is
 * ERROR_MALFORMED.
 */
int leaf_load(const unsigned char *der, size_t n, X509 **ret_cert,
	struct leaf *ret, struct error *err);

/*
 * The serial number of an enterprise's certificate as a number, the most
 * significant byte first; 0 where there is none, or none of at most 8 bytes.
 */
uint64_t leaf_serial(const struct leaf *l);

/*
 * Some early U2F leaves claim unused bits at the end of their signature, and no
 * library verifies such a one. Sets that byte to 0 and says whether it had to:
 * it stands outside of what the issuer signed. Leaves other bytes alone.
 */
bool leaf_clear_unused_bits(unsigned char *der, size_t n);

/* Whether it has the extension with an AAGUID: an attestation certificate's. */
bool leaf_names_model(X509 *cert);

/*
 * Why the certificate does not meet section 8.2.1 (version 3, subject with C,
 * O, OU and CN, no CA), or NULL where it does.
 */
const char *leaf_packed_defect(X509 *cert);
/* The same for section 8.3.1, a TPM's attestation identity key. */
const char *leaf_tpm_defect(X509 *cert);

/* A certificate in strict base64 (RFC 4648 section 4); NULL where it is none. */
X509 *leaf_from_base64(const char *text, size_t n);

/* SHA-256 of the DER in hex. 0 or -1. */
int leaf_fingerprint(X509 *cert, char ret[65]);

/* Common name, or the first attribute, as checked text. */
void leaf_name(X509_NAME *name, char *ret, size_t size);

#endif
