/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit prints on standard output: text for people, or JSON. */
#ifndef BRIDGE_AUDIT_OUTPUT_OUTPUT_H
#define BRIDGE_AUDIT_OUTPUT_OUTPUT_H

#include "bridge/audit/run.h"

extern const struct audit_output audit_text, audit_json;

/* The table of checks, for people and as one JSON object. */
int audit_checks_print(struct error *err);
int audit_checks_json(struct error *err);

/* Their is_lost: the stream cannot be written to. */
bool audit_output_is_lost(const struct audit_printer *p);

#endif
