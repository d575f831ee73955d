/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: the bytes that let anybody repeat a check later without the token
 * (docs/FORMATS.md). One JSON object; bytes as base64url; it holds no name.
 */
#ifndef TOKEN_EVIDENCE_H
#define TOKEN_EVIDENCE_H

#include "token/token.h"

#include <time.h>

#define EVIDENCE_MAX (256u * 1024)

struct evidence {
	struct attestation attestation;
	bool has_assertion;
	struct assertion assertion; /* by the attested credential */
	time_t made_at;
	/* basis: what the verdict rested on when it was made */
	int verdict;                /* -1 unknown */
	char anchor_sha256[65];     /* "" none */
	char advisories[11];        /* date of the table */
	uint64_t metadata_number;   /* of the blob; 0: there was none */
	char metadata_entry[65];    /* SHA-256 of the model's entry, or "" */
	char local_advisories[11];  /* of the one that was added; "" none */
	/* getInfo and device information: unsigned, for people */
	bool has_claims;
	uint8_t claimed_aaguid[16];
	char claimed_firmware[12];  /* "" unknown */
	uint32_t claimed_serial;    /* 0 none */
	/* how it was set up at that time; older evidence does not say */
	bool has_posture;
	bool claimed_pin;           /* one is set */
	bool claimed_always_uv;
	uint64_t claimed_min_pin;   /* code points; 0 unknown */
};

void evidence_init(struct evidence *e);
void evidence_done(struct evidence *e);

/* Unsigned members from a token. */
void evidence_set_claims(struct evidence *e, const struct token *t);

/* The JSON object, a newline behind it. b is reset first. */
int evidence_write(const struct evidence *e, struct buf *b,
	struct error *err);

/*
 * Reads one back; unknown members are allowed, duplicates are not.
 * ERROR_MALFORMED names the member or the line. *ret must be initialised.
 */
int evidence_parse(const void *p, size_t n, struct evidence *ret,
	struct error *err);

#endif
