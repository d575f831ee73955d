/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root's keys by the registry, account by account, and what stands against how
 * they are kept.
 */
#ifndef BRIDGE_LEDGER_VAULT_H
#define BRIDGE_LEDGER_VAULT_H

#include "bridge/registry/registry.h"
#include "bridge/verify/trust.h"

enum vault_finding {
	/* of a key */
	VAULT_IN_NO_PLACE = 1,  /* nobody wrote down where it lies */
	VAULT_IN_NO_BAG = 2,
	VAULT_OUT = 4,          /* taken out of its bag, and in no new one */
	VAULT_LOST = 8,         /* or retired, and bound all the same */
	VAULT_ADVISORY = 16,    /* its firmware falls under one */
	VAULT_MAYBE = 32,       /* it may: the version is not known */
	VAULT_NO_TOKEN = 64,    /* an app, or a device that nobody recorded */
	/* of an account */
	VAULT_ONE_KEY = 128,    /* no second one */
	VAULT_ONE_PLACE = 256,  /* all of them lie in one place */
};
/* "in-no-place" ..., for i from 0 the word of the bit 1 << i. */
#define VAULT_FINDINGS 9
extern const char *const vault_finding_names[VAULT_FINDINGS];

struct vault_key {
	const struct registry_token *token;     /* borrowed; NULL: none */
	const struct registry_binding *binding; /* borrowed */
	unsigned findings;
	char advisories[160]; /* their names, with blanks between */
};

/* A device of root, in force: user and account are the same number. */
bool vault_is_root(const struct registry_binding *b);

/* What is to be said of the key by itself, whose firmware is known from
 * *subject. Pure. */
void vault_judge_key(struct vault_key *key,
	const struct advisory_subject *subject, const struct advisories *table);

/* What is to be said of an account that has these keys, which are judged.
 * Pure. */
unsigned vault_judge_account(const struct vault_key *keys, size_t n);

struct vault {
	struct vault_key *p; /* owned; by account, then by label */
	size_t n;
};
void vault_done(struct vault *v);

/* What is asked. Everything is borrowed, by the vault, too. */
struct vault_request {
	struct registry *reg;
	const struct trust *trust; /* as it is today, with its advisories */
	const struct registry_tokens *tokens;
	const struct registry_bindings *others; /* all bindings */
};

/* All of them, by their evidence as it is judged today. */
int vault_collect(const struct vault_request *q, struct vault *ret,
	struct error *err);

#endif
