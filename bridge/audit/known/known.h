/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What registry and journals know beside AWS: which token a device sits in, what
 * became of its verification, which sequences of ours have it in hand.
 */
#ifndef BRIDGE_AUDIT_KNOWN_KNOWN_H
#define BRIDGE_AUDIT_KNOWN_KNOWN_H

#include "bridge/audit/run.h"
#include "bridge/journal/journal.h"
#include "bridge/registry/registry.h"
#include "token/model/advisory.h"

struct trust;

/* What tokens were judged by, beside their own evidence. */
struct known_basis {
	uint64_t metadata;     /* the number of FIDO's; 0: there was none */
	time_t metadata_next;  /* when another is due */
	char advisories[ADVISORY_DATE_LEN]; /* dates; "": none */
	char advisories_added[ADVISORY_DATE_LEN];
};

/* Why it is not known whether a token is vulnerable. */
enum known_doubt {
	KNOWN_NO_DOUBT,
	KNOWN_NO_FIRMWARE,
	KNOWN_NO_EVIDENCE,
	KNOWN_DOUBTS, /* how many */
};
extern const char *const known_doubt_texts[KNOWN_DOUBTS];

/* A token as the audit sees it; strings are owned by the struct. */
struct known_token {
	char name[REGISTRY_TOKEN_NAME_LEN];
	bool in_use; /* neither lost nor retired */
	char firmware[64];
	enum audit_answer vulnerable;
	enum known_doubt doubt;
	char advisories[256];
	enum audit_severity severity;
	bool accepted;
	const char *verdict;   /* constant; NULL: there is none */
	time_t verdict_time;
};

/* A device of a token. */
struct known_device {
	char *serial;   /* owned */
	char account[13];
	size_t token;   /* of tokens */
	bool is_totp;   /* its seed sits in the token */
};

struct known {
	struct known_token *tokens; /* owned; by id, as the registry has them */
	size_t n;
	struct known_device *devices; /* owned; by serial */
	size_t devices_n;
	struct known_basis basis;
	char why_not[ERROR_TEXT_MAX]; /* the tokens could not be read; "" */
	struct journal_sights runs;
	char runs_why_not[ERROR_TEXT_MAX]; /* not all could be read; "" */
};

void known_init(struct known *k);
void known_done(struct known *k);

/*
 * Reads the tokens, and judges each by its newest evidence, the advisories and
 * the policy of `trust`, as of `now`. What cannot be read is no error: ->why_not.
 */
int known_read_tokens(struct known *k, struct registry *reg,
	const struct trust *trust, time_t now, struct error *err);
/* The sequences that stand beside the registry; see ->runs_why_not. */
void known_read_runs(struct known *k, const char *registry_path);

/* The token that the registry binds this device to; NULL: none. */
const struct known_token *known_token_of(const struct known *k,
	const char *account, const char *serial, bool *ret_is_totp);

/*
 * The sequence that has this device in hand, at AWS's own endpoint ("") or at
 * that one, whether its process lives or not: "enrollment", constant; NULL: none.
 */
struct known_place {
	const char *account, *endpoint;
};
const char *known_run_of(const struct known *k, const struct known_place *at,
	const char *serial);
/*
 * The same of a device that somebody has and no binding names: only an
 * enrollment will bind it. A revocation that was broken off is no word for it:
 * it was enabled again since; of one that runs the binding went a moment ago.
 */
const char *known_binder_of(const struct known *k, const struct known_place *at,
	const char *serial);

/* A row for each token that is in use, or one for all that could not be read. */
void known_judge_tokens(struct audit *a, const struct known *k);

#endif
