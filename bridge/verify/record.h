/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a verification into the registry: evidence and names first, then the
 * events, each named by (journal, step), so that a repeat changes nothing.
 */
#ifndef BRIDGE_VERIFY_RECORD_H
#define BRIDGE_VERIFY_RECORD_H

#include "bridge/registry/registry.h"
#include "bridge/verify/verify.h"

/* Steps of a journal's events; a sequence keeps to the order. */
enum record_step {
	RECORD_HOLDER = 1,
	RECORD_TOKEN,
	RECORD_CREDENTIAL,
	RECORD_VERIFIED,
	RECORD_ASSIGNED,
	RECORD_IDENTIFIED,
	RECORD_BINDING,
	RECORD_BINDING_REMOVED,
	RECORD_LOGIN_CREDENTIAL,
	RECORD_STATE,
	RECORD_LOT,
	RECORD_BAG = 20,
	RECORD_RECIPIENTS,
	RECORD_WITNESSED,
	RECORD_ROOT_REMOVED,
	RECORD_SIGNED_IN,
};

/* Who has it; borrowed strings. name NULL: nobody. */
struct record_holder {
	const char *name;
	enum registry_holder_kind kind;
};

struct record {
	struct registry *reg;
	const char *journal;      /* borrowed: an event id */
	struct event_actor actor;
	struct record_holder holder;
	const char *label;        /* NULL: none */
	const char *reason;       /* of --force; NULL: none */
	/* results */
	char token[ID_LEN]; /* the row's id */
	bool has_evidence;
	unsigned char evidence[SHA256_LEN];
	struct registry_head head; /* after the last event */
};

/* Appends one event; takes body over. */
int record_event(struct record *r, enum event_type type, enum record_step step,
	json_t *body, struct error *err);

/* The id of r->holder, who is added where the registry has none of that name. */
int record_put_holder(struct record *r, char ret_id[ID_LEN],
	struct error *err);

/* Members of an event about a new credential, whose token is r->token. */
struct record_credential {
	const char *rp;
	const struct attest_facts *facts;
	const unsigned char *evidence; /* SHA256_LEN bytes */
};

/*
 * Appends credential.added as that step. ERROR_UNSUPPORTED where nothing that
 * the credential signs can be verified: nobody's word registers such a one.
 */
int record_credential(struct record *r, enum record_step step,
	const struct record_credential *c, struct error *err);

/* Keeps evidence; ret_sha names it. */
int record_evidence(struct record *r, const struct evidence *e,
	unsigned char ret_sha[SHA256_LEN], struct error *err);

/* r->holder gets the token r->token, with r->reason. */
int record_assigned(struct record *r, struct error *err);

/*
 * The token r->token is in this state, with r->reason; `with_evidence`: that
 * rests on r->evidence, where there is any.
 */
int record_state(struct record *r, enum registry_state state,
	bool with_evidence, struct error *err);

/* The token r->token went into a bag, or out of one, with r->reason. */
struct record_bag {
	enum registry_bag state;
	const char *bag;           /* its number; NULL: not said */
	const char *custodians[2]; /* names; NULL: not said */
};
int record_bag(struct record *r, const struct record_bag *b,
	struct error *err);

/*
 * Token row (made or added to), identity credential, verdict, holder. Not for
 * a verification that failed to prove a known row.
 */
int record_verification(struct record *r, const struct verification *v,
	struct error *err);

#endif
