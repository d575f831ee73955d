/* SPDX-License-Identifier: Apache-2.0 */
/* A token or key that lets a local user in no more. */
#ifndef BRIDGE_LOCAL_REVOKE_H
#define BRIDGE_LOCAL_REVOKE_H

#include "bridge/registry/registry.h"
#include "bridge/run/run.h"
#include "bridge/verify/record.h"

/* Everything is borrowed. */
struct local_revocation {
	struct registry *reg; /* writable */
	const char *user;     /* local user, by any name that NSS knows */
	const char *what;     /* a token's label or serial number, the beginning
	                         of its id or of a binding's (4 digits or
	                         more), or "all" */
	const char *reason;   /* NULL: none */
};

struct local_revoked {
	json_t *removed; /* owned: [{binding, kind, token}], a
	                    token null where none is known */
	struct registry_head head;
};

/*
 * Removes those of the user's pam and ssh bindings from the registry; a
 * login.db that was made from it is in force until it is published anew.
 * ERROR_FAILED where none is named, ERROR_REFUSED where the text means two
 * things.
 */
int local_revoke(const struct run *run, const struct local_revocation *q,
	struct local_revoked *ret, struct error *err);

/* Removes one binding in force; record's reg, actor and reason are set. */
int local_unbind(struct record *record, const struct registry_binding *b,
	struct error *err);

#endif
