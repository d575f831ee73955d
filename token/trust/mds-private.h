/* SPDX-License-Identifier: Apache-2.0 */
/* What the blob's index and the reader of entries share. */
#ifndef TOKEN_TRUST_MDS_PRIVATE_H
#define TOKEN_TRUST_MDS_PRIVATE_H

#include "token/trust/jsonscan.h"
#include "token/trust/jws.h"
#include "token/trust/mds.h"

/* An entry: where it stands, and what it is looked up by. */
struct mds_row {
	struct jsonscan_range text;
	struct jsonscan_range key_ids; /* a JSON value; p NULL: none */
	bool has_aaguid;
	uint8_t aaguid[16];
};

struct mds {
	struct jws jws; /* whose payload the ranges point into */
	struct mds_info info;
	struct mds_row *rows; /* owned */
	size_t rows_n;
};

/* SHA-256 in hex. */
void mds_hash(struct jsonscan_range text, char ret[65]);
/* "2026-01-31" as midnight UTC. */
bool mds_date(const char *p, size_t n, time_t *ret);
/* An AAGUID with its dashes. */
bool mds_aaguid(const char *p, size_t n, uint8_t ret[16]);

#endif
