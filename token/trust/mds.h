/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A FIDO Metadata Service blob (version 3.1.1, sections 3.1 and 3.2): which
 * certificates a model's attestation leads to, and what is known against it.
 * Pure: no file, no network, the clock given.
 *
 * A blob is indexed when it is opened and its entries are read when they are
 * asked for, so that 16 MiB cost one pass and no tree.
 */
#ifndef TOKEN_TRUST_MDS_H
#define TOKEN_TRUST_MDS_H

#include "token/trust/trust.h"

#define MDS_BLOB_MAX (32u << 20)
#define MDS_ENTRIES_MAX 16384
#define MDS_ENTRY_MAX (4u << 20)
#define MDS_SIGNER "mds.fidoalliance.org"
#define MDS_KEY_ID_LEN 20 /* SHA-1 of a subject public key */

struct mds;

struct mds_info {
	uint64_t number;      /* of the blob: it only grows */
	time_t next_update;   /* when another is due: midnight UTC */
	size_t entries;       /* that can be looked up */
	size_t skipped;       /* that are no objects, or have no key */
	char signer[160];
	char anchor[160];
	char anchor_sha256[65];
	time_t fetched_at;    /* 0: not known */
};

/*
 * Checks the signature of a blob (jws_verify's errors) and indexes it. The
 * bytes are not needed afterwards. ERROR_MALFORMED names the payload's byte.
 */
int mds_open(const char *p, size_t n, const struct anchors *signers,
	time_t at, struct mds **ret, struct error *err);
/* The same for a blob whose signature was checked when it was stored. */
int mds_open_checked(const char *p, size_t n, struct mds **ret,
	struct error *err);
void mds_free(struct mds **m);

const struct mds_info *mds_info(const struct mds *m);

/* What a status report stands for. */
enum mds_weight {
	MDS_NEUTRAL,  /* a level, or nothing that we know */
	MDS_NOTICE,   /* somebody should know */
	MDS_BAD,      /* the key cannot be relied on */
};

struct mds_status {
	char name[48];        /* as it stands, checked text */
	enum mds_weight weight;
	int level;            /* of certification: 0 none, 1 certified without
	                         a level, 2 L1, 3 L1plus ... 7 L3plus */
	bool known;           /* a status of the specification */
	bool has_date;
	time_t since;         /* effectiveDate */
	char url[160];        /* checked text, or "" */
	bool has_certificate; /* what it says concerns this key only ... */
	unsigned char key_id[MDS_KEY_ID_LEN]; /* ... by its identifier */
};

#define MDS_STATUSES_MAX 64

/* One model. */
struct mds_entry {
	char description[160];
	char sha256[65];      /* of the entry's bytes as they stand */
	bool has_aaguid;
	uint8_t aaguid[16];
	struct anchors anchors; /* owned */
	size_t anchors_skipped; /* that are no certificates */
	struct mds_status *statuses; /* owned */
	size_t statuses_n;
};

void mds_entry_done(struct mds_entry *e);

/* Which entries to look for: by AAGUID, or by identifiers of keys. */
struct mds_query {
	const uint8_t *aaguid; /* NULL: by keys */
	unsigned char (*key_ids)[MDS_KEY_ID_LEN];
	size_t key_ids_n;      /* 0 with no AAGUID: all that name keys */
};

/*
 * The index of the first entry at or behind `from` that the query is for;
 * false where there is none.
 */
bool mds_next(const struct mds *m, const struct mds_query *q, size_t from,
	size_t *ret);

/*
 * Reads an entry; mds_entry_done(). ERROR_MALFORMED where it is not what the
 * specification says: unknown members and statuses are no reason.
 */
int mds_entry_load(const struct mds *m, size_t index, struct mds_entry *ret,
	struct error *err);

/* Whether the entry names this key. */
bool mds_entry_names_key(const struct mds *m, size_t index,
	const unsigned char key_id[MDS_KEY_ID_LEN]);

/* Identifier of a certificate's key (RFC 5280 section 4.2.1.2 (1)). */
int mds_key_id(X509 *cert, unsigned char ret[MDS_KEY_ID_LEN]);

/* How many entries cannot be read: each is tried. */
size_t mds_count_unreadable(const struct mds *m);

/*
 * The report that weighs most of those in force at `at`: bad before notice,
 * the latest of each. A report about another key than those named does not
 * count. NULL where all are neutral.
 */
const struct mds_status *mds_entry_worst(const struct mds_entry *e,
	unsigned char (*key_ids)[MDS_KEY_ID_LEN], size_t key_ids_n,
	time_t at);

/* Best level of certification in force at `at`, as in struct mds_status. */
int mds_entry_level(const struct mds_entry *e, time_t at);
/* "FIDO_CERTIFIED_L1"; "NOT_FIDO_CERTIFIED" for 0. */
const char *mds_level_name(int level);

#endif
