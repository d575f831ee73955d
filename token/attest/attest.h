/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation: the answer of makeCredential, and whether a vendor stands behind
 * it (WebAuthn Level 3 sections 6.5.4 and 8: packed, tpm, fido-u2f; every
 * other format is not attested). Pure: no device, no file, the clock given.
 */
#ifndef TOKEN_ATTEST_ATTEST_H
#define TOKEN_ATTEST_ATTEST_H

#include "base/buf.h"
#include "token/attest/authdata.h"
#include "token/trust/certificate.h"
#include "token/trust/mds.h"
#include "token/trust/trust.h"
#include "token/attest/verdict.h"

#define ATTEST_FMT_MAX 32
#define ATTEST_BYTES_MAX 65536

/* One answer of makeCredential with what was asked. All buffers are owned. */
struct attestation {
	char rp_id[64];
	char fmt[ATTEST_FMT_MAX + 1];
	struct buf client_data; /* clientDataJSON as it was hashed */
	struct buf auth_data;   /* raw */
	struct buf att_stmt;    /* raw CBOR: a map where fmt is understood */
};

/* Whether statements of that format are read; "none" is one. */
bool attest_understands(const char *fmt);

void attestation_init(struct attestation *a);
void attestation_done(struct attestation *a);

/* attestationObject of WebAuthn section 6.5.4, canonical CBOR. */
void attestation_put_object(struct buf *b, const struct attestation *a);
/*
 * The same back into fmt, auth_data and att_stmt, whatever the order of the
 * members. The statement of a format that is not understood may be of any
 * form: it is not read. ERROR_MALFORMED leaves *ret untouched.
 */
int attestation_parse_object(const unsigned char *p, size_t n,
	struct attestation *ret, struct error *err);

/* What a verified statement says of the token. */
struct attest_facts {
	bool attested;        /* signature, chain and form hold */
	uint8_t aaguid[16];   /* where proved the model's, whatever statement
	                         it is; else as the answer has it: zero for
	                         U2F, whose answers have none */
	bool aaguid_proved;   /* the certificate, or the metadata entry that
	                         the chain ends in, names it: the model is
	                         known */
	bool has_leaf;
	struct leaf leaf;     /* proved only with `attested` */
	char anchor_sha256[65];
	char anchor_subject[160];
	uint64_t metadata_number;  /* of the blob; 0: there was none */
	char metadata_entry[65];   /* SHA-256 of the model's entry, or "" */
	int certification;         /* mds_entry_level(); -1: not known */
	uint8_t flags;             /* without UV where nobody signed it */
	uint32_t counter;
	struct buf credential_id; /* owned */
	struct buf public_key;    /* owned: COSE_Key */
	int alg;
	bool unverifiable; /* alg is none that is verified here: nothing that
	                      the credential signs can be judged */
};

void attest_facts_init(struct attest_facts *f);
void attest_facts_done(struct attest_facts *f);

/*
 * Takes the verification steps 1 to 4 and appends them to *steps: "signature",
 * "credential" (of an algorithm that is not verified here), "chain", "model",
 * "serial" (of an enterprise's certificate), "hardware", "metadata". mds may be
 * NULL: no metadata. `at` is the moment that certificates and statuses are
 * judged by. Where the statement cannot even be parsed the signature step fails
 * and says why; there is no error to return.
 */
void attest_verify(const struct attestation *a, const struct anchors *anchors,
	const struct mds *mds, time_t at, struct steps *steps,
	struct attest_facts *facts);

/*
 * A COSE_Key, and its algorithm, of the bare numbers that libfido2 keeps a key
 * as: x and y of `es256` and `es384`, x of `eddsa`, n and e of `rs256` with 2048
 * bits. b is reset first. ERROR_UNSUPPORTED for another type, ERROR_MALFORMED
 * where they are no such key. Pure.
 */
int cose_key_of_raw(const char *type, const unsigned char *p, size_t n,
	struct buf *b, int *ret_alg, struct error *err);

#endif
