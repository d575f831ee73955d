/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware advisories as data: token/model/advisories.tsv, built into the
 * program, and a table of the same form that an administrator adds.
 *
 * A row of a product that product.h does not know names AAGUIDs or USB ids by
 * which it is known; a row of one that it knows may name some, too, and then
 * means only those tokens.
 *
 * Firmware is known from the certificate (signed), or by the proved AAGUID
 * where the vendor gave an AAGUID to a range of versions, or from the token's
 * own words: in this order.
 */
#ifndef TOKEN_MODEL_ADVISORY_H
#define TOKEN_MODEL_ADVISORY_H

#include "token/attest/verdict.h"
#include "token/model/product.h"

#define ADVISORY_TABLE_MAX (256u * 1024) /* bytes of a table */
#define ADVISORY_IDS_MAX 16              /* AAGUIDs or USB ids of a row */
#define ADVISORY_DATE_LEN 11

/* Which application of the token it is about */
enum advisory_application {
	ADVISORY_FIDO = 1,
	ADVISORY_OATH = 2,
	ADVISORY_PIV = 4,
	ADVISORY_OPENPGP = 8,
	ADVISORY_OTP = 16,
};
/* What this project uses a token for: only this makes it vulnerable. */
#define ADVISORY_USED (ADVISORY_FIDO | ADVISORY_OATH)

struct advisory_usb {
	uint16_t vendor;
	uint16_t product;
};

struct advisory {
	char id[24];
	char alias[64];
	char product[24];
	uint8_t aaguids[ADVISORY_IDS_MAX][16];
	size_t aaguids_n;
	struct advisory_usb devices[ADVISORY_IDS_MAX];
	size_t devices_n;
	bool has_serials;
	uint32_t serial_from, serial_to; /* both included */
	uint32_t from;
	uint32_t before;   /* above PRODUCT_FIRMWARE_MAX: no fix is known */
	unsigned concerns; /* advisory_application bits */
	char affects[128];
	char severity[12]; /* "none": accepted here, which mutes it */
	char link[128];
	bool local;        /* of the administrator's table */
	size_t line;
};

/* Versions that a vendor's AAGUID stands for. */
struct advisory_model {
	uint8_t aaguid[16];
	uint32_t from, before;
};

struct advisories {
	struct advisory *rows; /* owned */
	size_t n;
	struct advisory_model *models; /* owned */
	size_t models_n;
	char date[ADVISORY_DATE_LEN];       /* "" where it has none */
	char local[256];                    /* the other table's path, or "" */
	char local_date[ADVISORY_DATE_LEN];
};

void advisories_done(struct advisories *t);

/*
 * Reads a table into *ret, which is empty. `name` is for errors;
 * ERROR_MALFORMED names it and the line. Rows that are out of order (by id,
 * product, from), overlap, or stand twice are malformed, too. On failure *ret
 * is empty. Pure.
 */
int advisory_parse(const char *p, size_t n, const char *name,
	struct advisories *ret, struct error *err);

/*
 * *added's rows (emptied) before those of *t; what has the same id and product
 * in *t goes. `path` is where they come from. Pure.
 */
int advisories_overlay(struct advisories *t, struct advisories *added,
	const char *path, struct error *err);

/*
 * The built-in table and, where path is not NULL, the one in that file, which
 * others must not be able to write. *ret is empty before, and on failure.
 */
int advisories_load(const char *path, struct advisories *ret,
	struct error *err);

/* The bytes that were built in. */
const char *advisory_builtin(size_t *ret_n);

/* "table of 2026-11-22" or "tables of 2026-11-22 (built in) and ... (PATH)" */
void advisories_describe(const struct advisories *t, char *ret, size_t size);

/* ---- a token against the table ---- */

/* What a subject is made from. */
struct advisory_source {
	const struct leaf *leaf; /* NULL: no attestation that holds */
	const struct devinfo *info; /* present may be false */
	uint16_t vendor, usb_product; /* 0: unknown */
	const uint8_t *hid_version; /* 3 bytes of CTAPHID INIT; NULL: none */
	uint64_t getinfo_version;   /* as the vendor counts; 0: none */
	const uint8_t *aaguid;      /* 16 bytes; NULL: unknown */
	bool aaguid_proved;
};

/* On what the firmware rests */
enum advisory_basis {
	ADVISORY_UNKNOWN,
	ADVISORY_SELF_REPORTED,
	ADVISORY_BY_AAGUID,
	ADVISORY_SIGNED,
};

/* What is known about product and firmware, and how. */
struct advisory_subject {
	const char *product; /* constant; NULL: none that product.h knows */
	bool product_signed;
	bool has_aaguid;
	uint8_t aaguid[16];
	struct advisory_usb device;
	bool has_serial;
	uint32_t serial;
	/* the firmware that counts lies in low to high, both included */
	enum advisory_basis basis;
	uint32_t low, high;
	/* what the token cannot talk itself out of: signed, or by AAGUID */
	enum advisory_basis proof;
	uint32_t proof_low, proof_high;
	bool has_claim;      /* what it says of itself */
	uint32_t claim;
	uint64_t uncompared; /* or a number that its vendor alone can read; 0:
	                        none */
};

struct advisory_subject advisory_subject(const struct advisories *t,
	const struct advisory_source *source);

/* Whether the version is known to the last digit. */
static inline bool advisory_is_exact(const struct advisory_subject *s)
{
	return s->basis != ADVISORY_UNKNOWN && s->low == s->high;
}

/* "signed firmware 5.7.4", "firmware before 5.7.0 (by its AAGUID)" */
#define ADVISORY_BASIS_LEN 64
void advisory_subject_describe(const struct advisory_subject *s,
	char ret[ADVISORY_BASIS_LEN]);
/* "signed", "aaguid", "self-reported", "unknown" */
const char *advisory_basis_name(enum advisory_basis basis);

enum advisory_match {
	ADVISORY_NO,    /* another product or version */
	ADVISORY_MAYBE, /* the product, and the version or serial is unknown */
	ADVISORY_YES,
};

enum advisory_match advisory_match(const struct advisory *a,
	const struct advisory_subject *s);

/*
 * Steps "firmware": what is known to fall under a row that concerns FIDO or
 * OATH has VERDICT_VULNERABLE; a row that is muted or concerns something else
 * is shown and changes nothing; what may fall under one is unknown. A token
 * that contradicts what is proved of it is told.
 */
void advisory_check(const struct advisories *t,
	const struct advisory_subject *s, struct steps *steps);

#endif
