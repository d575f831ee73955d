/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which trusted certificate an attestation leads to, and which metadata entry
 * speaks of its model. Private to this room.
 */
#ifndef TOKEN_ATTEST_MODEL_H
#define TOKEN_ATTEST_MODEL_H

#include "token/trust/mds.h"

struct model_question {
	X509 *leaf;
	STACK_OF(X509) *others;
	const uint8_t *aaguid;      /* as signed; all zero for U2F */
	const uint8_t *leaf_aaguid; /* of the certificate; NULL: none */
	const struct anchors *anchors;
	const struct mds *mds;      /* NULL: no metadata */
	time_t at;
};

#define MODEL_KEYS_MAX 16

struct model {
	bool holds;            /* the chain does */
	int why;               /* why not: X509_V_... */
	char anchor_sha256[65];
	char anchor_subject[160];
	bool by_metadata;      /* the anchor is of the model's own entry */
	bool unreadable;       /* an entry for it cannot be read */
	bool has_entry;
	struct mds_entry entry; /* owned where there */
	/* identifiers of the keys in the chain */
	unsigned char key_ids[MODEL_KEYS_MAX][MDS_KEY_ID_LEN];
	size_t key_ids_n;
};

/* *ret is to be ended by model_done(). */
void model_find(const struct model_question *q, struct model *ret);
void model_done(struct model *m);

#endif
