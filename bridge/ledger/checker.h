/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle while it is checked, a file a part of it. One thing that is wrong is a
 * problem, and does not keep the others from being looked at. For this room only.
 */
#ifndef BRIDGE_LEDGER_CHECKER_H
#define BRIDGE_LEDGER_CHECKER_H

#include "base/file.h"
#include "bridge/ledger/bundle.h"
#include "bridge/ledger/story.h"
#include "bridge/run/json.h"

struct checker {
	const struct bundle_check_request *q;
	struct bundle_checked *ret;
	json_t *files;    /* owned, as all here: names that SHA256SUMS has */
	json_t *names;    /* "KIND/ID": value */
	json_t *evidence; /* SHA-256 that given events name: their rp, or null */
	json_t *trails;   /* ... of what is no token's, and not judged */
	struct story *story;
	struct story_names story_names;
	/* along the chain */
	bool begun;
	bool met; /* the expected head */
	struct registry_head last;
};

/* ---- checker.c ---- */

/* A problem, which names the file. */
void checker_problem(struct checker *c, const char *fmt, ...) PRINTF(2, 3);

/* Where that file is, to be freed; NULL without memory. */
char *checker_path(const struct checker *c, const char *name);
/*
 * A regular file of the bundle, into b: 1. 0 where it cannot be read, which is a
 * problem; negative without memory, or interrupted.
 */
int checker_read(struct checker *c, const char *name, struct buf *b,
	struct error *err);

/* Of lines one after the other. */
enum { LINE_END, LINE_DONE, LINE_BAD };

/* Reads one and checks it: LINE_DONE and where the next one begins, LINE_END,
 * LINE_BAD with *why, or an error. */
typedef int checker_line_fn(struct checker *c, const char **p, size_t *n,
	void *arg, struct error *why, struct error *err);

/* *ret_whole: up to the end. */
int checker_walk(struct checker *c, const char *name, struct buf *b,
	checker_line_fn *each, void *arg, bool *ret_whole, struct error *err);

/* ---- bundle-files.c ---- */

/* Every file against SHA256SUMS, and that against the hash that was given. */
int check_sums(struct checker *c, struct error *err);
/* What is there and not listed: `below` is "" or a directory with its slash. */
int check_folder(struct checker *c, const char *below, struct error *err);

/* ---- bundle-chain.c ---- */

/* Every event in its place, and those of the token told. */
int check_chain(struct checker *c, struct error *err);

/* ---- bundle-evidence.c ---- */

/* Each piece by its signatures, then and now; and none that nobody names. */
int check_evidence(struct checker *c, struct error *err);

#endif
