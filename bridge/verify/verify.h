/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder on a real token: what the registry knows is asked for an
 * assertion by its identity credential and its stored evidence is checked
 * again; what it does not know makes a credential and is attested.
 */
#ifndef BRIDGE_VERIFY_VERIFY_H
#define BRIDGE_VERIFY_VERIFY_H

#include "bridge/open/token.h"
#include "token/model/advisory.h"
#include "token/evidence.h"
#include "token/fido/proof.h"

struct verification {
	const struct token *token;   /* borrowed; NULL with --from */
	struct steps steps;
	enum verdict verdict;
	struct evidence evidence;    /* of now, or the stored one */
	bool has_evidence;
	bool fresh;                  /* a credential was made now */
	struct attest_facts facts;
	bool known;                  /* a row of the registry was found */
	bool proved;                 /* ... and the token proved to be it */
	struct registry_token row;   /* where known */
	struct registry_credential *credential; /* in row; NULL if none */
	struct proof_facts proof;    /* where an assertion held */
	bool registry_unknown;       /* a registry is there but not readable */
	struct advisories advisories; /* owned; loaded where rows is set */
	struct advisory_subject subject;
	/* set by the caller before verify_token */
	bool verify_user;            /* the assertion takes the PIN */
	const char *sign_for;        /* the purpose that it signs; NULL:
	                                "liveness" */
};

void verification_init(struct verification *v);
void verification_done(struct verification *v);

/*
 * Climbs the ladder with touches and prompts as needed. `reg` may be NULL (no
 * registry). `purpose` says on the prompt what the touch is for. Fills v also
 * when it returns an error half-way (no touch, PIN, unplugged).
 */
int verify_token(struct app *app, const struct token *t, struct fido *f,
	struct registry *reg, const char *purpose, struct verification *v,
	struct error *err);

/* The part that evidence alone decides, as of `at`. Pure but for `dir`. */
int verify_evidence(const char *trust_dir, const struct evidence *e, time_t at,
	struct steps *steps, struct attest_facts *facts, struct error *err);

/*
 * The ladder on the evidence that --from names, as of --at; --sha256 says what
 * the file must be. Fills v.
 */
int verify_file(const struct app *app, struct verification *v,
	struct error *err);

/*
 * Steps "advisories" and "firmware" from what the attestation proved, else from
 * what the token says (v->token), else from what the evidence says that it
 * said. ERROR_MALFORMED where the administrator's table cannot be read.
 */
int verify_firmware(const struct app *app, struct verification *v,
	struct error *err);
/* What it takes of a token alone, without attestation, for `info`. */
struct advisory_subject verify_claims(const struct advisories *t,
	const struct token *token);
/* The tables' dates, a member of --json. New object. */
json_t *verify_advisories_json(const struct advisories *t);

/* Steps as in --json. New array. */
json_t *verify_steps_json(const struct steps *s);
/* Members of --json: verdict, code, steps ... New object. */
json_t *verify_json(const struct verification *v);
/* Steps and verdict on standard output. */
void verify_print(const struct verification *v);

#endif
