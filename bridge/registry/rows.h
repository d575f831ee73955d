/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the events of a registry add up to, as plain structs. Strings and lists
 * are owned by the struct they stand in, which registry_*_done empties; ids are
 * "" and times 0 where there is none.
 */
#ifndef BRIDGE_REGISTRY_ROWS_H
#define BRIDGE_REGISTRY_ROWS_H

#include "base/id.h"
#include "bridge/event/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct registry_holder {
	char id[ID_LEN];
	enum registry_holder_kind kind;
	time_t since;
	char *name; /* NULL once erased */
	char *bag;  /* of a place; NULL if none */
};

struct registry_identifier {
	char *kind;
	char *value;
	enum registry_basis basis;
	time_t seen;
};

struct registry_join {
	char *a;  /* fido, otp, ccid */
	char *b;
	char *by; /* same-serial, same-usb-parent */
};

struct registry_credential {
	char token[ID_LEN];
	char *rp;
	unsigned char *id; /* owned */
	size_t id_n;
	unsigned char *public_key; /* owned, COSE */
	size_t public_key_n;
	int alg;
	char aaguid[ID_LEN]; /* "" if unknown */
	uint32_t counter;          /* highest seen */
	bool resident;
	bool uv;                   /* made with user verification */
	bool has_evidence;
	unsigned char evidence[SHA256_LEN];
	time_t since;
	time_t removed;            /* 0: in use */
};

struct registry_binding {
	char id[ID_LEN];
	char token[ID_LEN];  /* "" for a phone app */
	enum registry_binding_kind kind;
	char account[13];          /* AWS account id or "" */
	char *user;                /* AWS unique id, or local uid in digits */
	char *user_name;           /* IAM or local user; NULL once erased */
	char *device;              /* AWS serial or ARN; NULL if none, erased */
	enum registry_method method;
	char *rp;                  /* with credential; else NULL */
	unsigned char *credential; /* owned; NULL if none */
	size_t credential_n;
	char *oath_account;        /* NULL if none, erased */
	unsigned char *ssh_key;    /* owned, as ssh sends it; NULL if none */
	size_t ssh_key_n;
	bool verify_required;      /* login wants the user verified */
	char *basis;               /* NULL if not said */
	bool has_evidence;
	unsigned char evidence[SHA256_LEN];
	time_t since;
	time_t removed;            /* 0: in force */
};

struct registry_bindings {
	struct registry_binding *p;
	size_t n;
};

struct registry_token {
	char id[ID_LEN];
	enum registry_state state;
	time_t since;               /* of the state */
	char holder[ID_LEN];  /* "" if none */
	enum registry_holder_kind holder_kind;
	char *holder_name;          /* NULL if none or erased */
	char *label;                /* NULL if none or erased */
	char *model;                /* NULL if unknown */
	char aaguid[ID_LEN];  /* "" if unknown */
	char *firmware;             /* NULL if unknown */
	bool firmware_signed;
	int verdict;                /* -1: never verified */
	time_t verdict_time;
	bool has_evidence;          /* of that verdict */
	unsigned char evidence[SHA256_LEN];
	struct registry_identifier *identifiers;
	size_t identifiers_n;
	struct registry_join *joins;
	size_t joins_n;
	struct registry_credential *credentials; /* removed ones too */
	size_t credentials_n;
	struct registry_bindings bindings;       /* removed ones too */
	time_t seen;                /* last proof by it; 0: none */
	char *seen_host;            /* where; NULL if unknown or erased */
	enum registry_bag bag_state; /* of a token in a safe */
	char *bag;                  /* its number; NULL if none or erased */
	time_t bag_since;
	char *custodians[2];        /* who did that; NULL if not said, erased */
};

struct registry_tokens {
	struct registry_token *p;
	size_t n;
};

struct registry_holders {
	struct registry_holder *p;
	size_t n;
};

/* A credential that an attached token may have. */
struct registry_candidate {
	char token[ID_LEN];
	unsigned char *id; /* owned */
	size_t id_n;
};

struct registry_candidates {
	struct registry_candidate *p;
	size_t n;
};

/* ---- asking ---- */

size_t registry_bindings_in_force(const struct registry_bindings *list);

/* Whether it has a credential of that relying party that was not removed. */
bool registry_token_has_credential(const struct registry_token *t,
	const char *rp);

/* How people are told of it: "'blue-7'", else "serial 12345678", which a display
 * token has printed on it, else the first digits of its id. */
#define REGISTRY_TOKEN_NAME_LEN 80
void registry_token_name(const struct registry_token *t,
	char ret[REGISTRY_TOKEN_NAME_LEN]);

/*
 * The value of a kind of identifier that rests on most, borrowed; NULL: it has
 * none.
 */
const char *registry_token_identifier(const struct registry_token *t,
	const char *kind);
/* Whether this is one of them. */
bool registry_token_is(const struct registry_token *t, const char *kind,
	const char *value);

/* ---- emptying ---- */

void registry_holder_done(struct registry_holder *h);
void registry_holders_done(struct registry_holders *list);
void registry_token_done(struct registry_token *t);
void registry_tokens_done(struct registry_tokens *list);
void registry_binding_done(struct registry_binding *b);
void registry_bindings_done(struct registry_bindings *list);
void registry_candidates_done(struct registry_candidates *list);

#endif
