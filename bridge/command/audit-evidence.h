/* SPDX-License-Identifier: Apache-2.0 */
/* audit's evidence, for audit-keep.c: written by --bundle, read by --from. */
#ifndef BRIDGE_COMMAND_AUDIT_EVIDENCE_H
#define BRIDGE_COMMAND_AUDIT_EVIDENCE_H

#include "bridge/command/audit-keep.h"

/* Copies what the run will read; its options name the copies from here on. */
int audit_evidence_begin(struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err);
/* Notes what the session is; what comes back to it is kept. */
void audit_evidence_watch(const struct audit *a, struct audit_keeping *k,
	struct aws_session *s);
/* Gives the whole its name, and tells its hash. */
int audit_evidence_end(const struct app *app, const struct audit *a,
	struct audit_keeping *k, struct error *err);

/* Opens what --from names; the options are those of the run that made it. */
int audit_evidence_open(struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err);

/* Where the evidence has that part, the option names it. */
int audit_evidence_point(struct app *app, const struct audit_keeping *k,
	enum option_id id, const char *part, struct error *err);

#endif
