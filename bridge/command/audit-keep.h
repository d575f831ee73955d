/* SPDX-License-Identifier: Apache-2.0 */
/* audit's files: what a run is held against, and what it leaves behind. */
#ifndef BRIDGE_COMMAND_AUDIT_KEEP_H
#define BRIDGE_COMMAND_AUDIT_KEEP_H

#include "aws/query/session.h"
#include "bridge/audit/keep/bundle.h"
#include "bridge/audit/keep/tape-file.h"
#include "bridge/audit/known/told.h"
#include "bridge/audit/output/plan.h"
#include "bridge/command/command.h"

/* What is kept of a run, or was kept of an earlier one. */
struct audit_keeping {
	struct audit_plan plan;
	struct audit_counted counted;
	struct audit_bundle bundle;
	bool writes, plays;      /* --bundle, --from */
	struct aws_session *session; /* borrowed; that --record rests on */
	struct tape_file *tape;  /* owned; NULL: no replies are kept */
	char *registry;          /* owned: of the settings, where its option
	                            names a place of the evidence; else NULL */
	char sha[2 * SHA256_LEN + 1]; /* of the manifest; "" */
	bool recorded;           /* by --record, now or by the run of --from */
};

void audit_keeping_init(struct audit_keeping *k);
void audit_keeping_done(struct audit_keeping *k);

/*
 * Before all else: the lists that options name, into the audit. With --bundle
 * all that the run reads is copied first, and with --from it was then: the
 * options name the copies from here on.
 */
int audit_prepare(struct app *app, struct audit *a, struct audit_keeping *k,
	struct error *err);

/* What the registry told, at that head, becomes part of the evidence: when the
 * account is known. */
int audit_keep_told(struct audit_keeping *k, const struct audit *a,
	const struct registry_head *head, const struct known_told *told,
	struct error *err);
/* With --from: what it told then. `path`: what the journals stand beside. */
int audit_played_told(const struct audit_keeping *k, struct audit *a,
	const char *path, struct known_told *ret, struct error *err);

/* A session whose replies are those of the evidence. */
int audit_played_session(const struct app *app, struct audit *a,
	const struct audit_keeping *k, struct aws_session **ret,
	struct error *err);

/*
 * Before anything is asked: ERROR_REFUSED where --record will not do. With
 * --bundle what comes back is kept.
 */
int audit_watch_session(const struct app *app, const struct audit *a,
	struct audit_keeping *k, struct aws_session *s, struct error *err);

/* Files by the names that they had, for outputs. */
void audit_show_names(struct audit *a, const struct audit_keeping *k);

/* Writes what options ask for; at_end: the run came to its end. */
int audit_keep(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err);

#endif
