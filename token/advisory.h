/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware advisories as data: token/advisories.tsv, built into the program.
 *
 * A product is known from the attestation certificate's device id (signed) or,
 * failing that, from what the token says of itself:
 *
 *   yubikey-5       device id ...41482.1.7, not FIPS
 *   yubikey-5-fips  the same with the FIPS extension or flag
 *   yubikey-bio     ...41482.1.9
 *   security-key    ...41482.1.1
 *   yubikey-4-fips  ...41482.1.5 with firmware 4.4.x
 */
#ifndef TOKEN_ADVISORY_H
#define TOKEN_ADVISORY_H

#include "token/devinfo.h"
#include "token/leaf.h"
#include "token/verdict.h"

struct advisory {
	char id[24];
	char alias[64];
	char product[24];
	uint8_t from[3];
	uint8_t before[3];
	char affects[128];
	char severity[12];
	char link[128];
};

/*
 * Reads a table; *ret is owned by the caller. ERROR_MALFORMED names the line;
 * rows that are out of order are malformed too. Pure.
 */
int advisory_parse(const char *p, size_t n, struct advisory **ret,
	size_t *ret_n, char ret_date[11], struct error *err);

/* The table that was built in. */
const char *advisory_builtin(size_t *ret_n);

/* Date of the built-in table, "" if it has none. */
void advisory_date(char ret[11]);

/* What is known about product and firmware, and how. */
struct advisory_subject {
	const char *product; /* constant; NULL: no product of the table */
	bool product_signed;
	bool has_firmware;
	bool firmware_signed;
	uint8_t firmware[3];
};

/*
 * leaf may be NULL (no attestation that holds); info->present may be false;
 * vendor is the USB vendor id, 0 if unknown; hid_version is what CTAPHID INIT
 * said or NULL.
 */
struct advisory_subject advisory_subject(const struct leaf *leaf,
	const struct devinfo *info, uint16_t vendor,
	const uint8_t hid_version[3]);

/* Whether a row of the table speaks of this subject. */
bool advisory_applies(const struct advisory *a,
	const struct advisory_subject *s);

/*
 * Step "firmware": every built-in row against the subject; each hit is a
 * step of its own with VERDICT_VULNERABLE.
 */
void advisory_check(const struct advisory_subject *s, struct steps *steps);

#endif
