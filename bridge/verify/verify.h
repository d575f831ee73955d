/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verification steps on a real token: what the registry knows is asked for
 * an assertion by its identity credential and its stored evidence is checked
 * again; what it does not know makes a credential and is attested.
 */
#ifndef BRIDGE_VERIFY_VERIFY_H
#define BRIDGE_VERIFY_VERIFY_H

#include "bridge/attached/attached.h"
#include "bridge/registry/registry.h"
#include "bridge/verify/moment.h"
#include "bridge/verify/trust.h"
#include "token/evidence.h"
#include "token/fido/proof.h"
#include "token/model/advisory.h"

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
	bool registry_unknown;       /* others could have written it */
	char registry_closed[512];   /* why the system's may not be read; "" */
	const struct advisories *advisories; /* borrowed from the trust */
	struct advisory_subject subject;
};

void verification_init(struct verification *v);
void verification_done(struct verification *v);

/* A token to verify; everything is borrowed. */
struct verify_request {
	const struct token *token;
	struct fido *fido;
	struct registry *reg;      /* NULL: there is none */
	bool registry_unknown;     /* ... or others could have written it */
	const char *registry_closed; /* ... or it may not be read: why; NULL */
	const char *holder;        /* whose it should be; NULL: not known. Only
	                              the order of looking it up */
	const struct trust *trust;
	const char *purpose;       /* on the prompt: what the touch is for */
	const char *sign_for;      /* the purpose that an assertion signs;
	                              NULL: "liveness" */
	bool verify_user;          /* the assertion takes the PIN */
	bool fresh;                /* a new attestation of a known token too */
	bool enterprise;           /* ... by enterprise attestation */
};

/*
 * Goes through the steps with touches and prompts as needed. Fills v also when
 * it returns an error half-way (no touch, PIN, unplugged).
 */
int verify_token(const struct run *run, const struct verify_request *q,
	struct verification *v, struct error *err);

/* The part that evidence alone decides, as of `at`. Pure. */
void verify_evidence(const struct trust *trust, const struct evidence *e,
	time_t at, struct steps *steps, struct attest_facts *facts);

/* Evidence that was saved; everything is borrowed. */
struct verify_saved {
	const char *path;
	const char *sha256; /* what the file must have, in hex; NULL: any */
	const char *rp_id;  /* one of ours that it must be for; NULL: that of
	                       identity credentials */
	struct moment at;
	const struct trust *trust;
};

/* The steps on saved evidence, without the token. Fills v. */
int verify_file(const struct verify_saved *q, struct verification *v,
	struct error *err);

/*
 * Steps "advisories" and "firmware" from what the attestation proved, else from
 * what the token says (v->token), else from what the evidence says that it
 * said. Pure.
 */
void verify_firmware(const struct trust *trust, struct verification *v);
/* What it takes of a token alone, without attestation, for `info`. Pure. */
struct advisory_subject verify_claims(const struct advisories *t,
	const struct token *token);

#endif
