/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a whole live run counted, written into the registry as events
 * mfa.counted: facts, never a status, and nothing that mutes, filters or a
 * report had a say in.
 */
#ifndef BRIDGE_AUDIT_KEEP_RECORD_H
#define BRIDGE_AUDIT_KEEP_RECORD_H

#include "bridge/audit/run.h"
#include "bridge/registry/registry.h"

/* ERROR_REFUSED where the run was not whole, with what is missing. */
int audit_record_check(const struct audit *a, bool at_end, struct error *err);

/*
 * Writes the events, of one journal, one after the other: who reads them takes
 * them only when all parts are there. bundle: the SHA-256 of the evidence's
 * manifest, in hex; NULL: there is none.
 */
int audit_record(const struct audit *a, struct registry *reg,
	const char *ticket, const char *bundle, struct registry_head *ret_head,
	struct error *err);

#endif
