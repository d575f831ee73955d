/* SPDX-License-Identifier: Apache-2.0 */
/* What audit holds against AWS or a report, opened as the options say: the
 * registry, what it knows, and which checks that leaves. */
#ifndef BRIDGE_COMMAND_AUDIT_HAND_H
#define BRIDGE_COMMAND_AUDIT_HAND_H

#include "aws/query/session.h"
#include "bridge/audit/gather/gather.h"
#include "bridge/audit/known/known.h"
#include "bridge/command/audit-keep.h"
#include "bridge/registry/registry.h"

struct audit_hand {
	struct registry *reg; /* owned; NULL: there is none, or it is not
	                         readable: a->registry.why_not */
	struct registry_bindings list; /* owned */
	bool has_list;
	struct known known;
	struct registry_head head; /* with --bundle: when all was read */
	struct audit_keeping *keeping; /* borrowed; NULL: no evidence */
};

void audit_hand_init(struct audit_hand *x);
void audit_hand_done(struct audit_hand *x);

/*
 * Opens the registry and chooses the checks, for asking AWS or for a report
 * alone. ERROR_USAGE where nothing is left to be decided.
 */
int audit_hand_open(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err);
int audit_hand_open_for_report(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err);

/* The registry's tokens, where a check wants them. What cannot be read is not
 * known, and said so in its row. */
int audit_hand_read_tokens(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err);
/* The same where no account is asked; with --bundle they are evidence. */
int audit_hand_tokens_beside_report(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err);
/* Rows of the tokens that were read, where they are asked for. */
void audit_hand_judge_tokens(struct audit *a, const struct audit_hand *x);
/* The checks that are about one account; who asks one of many leaves the others
 * to who began. */
unsigned audit_hand_checks_there(const struct audit *a);
void audit_hand_leave_others(struct audit *a);

/* The same, and which sequences of ours are not at their end. */
int audit_hand_read(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err);
/* Reads all of that and asks the account of the session; no row is about a
 * token of the registry. With --bundle what was known is evidence. */
int audit_hand_ask(const struct app *app, struct audit *a,
	struct aws_session *s, struct audit_hand *x,
	const struct audit_renewal *renewal, struct error *err);

#endif
