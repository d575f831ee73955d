/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record as people tell it: what each event did, to which token, whose it
 * was and became, who did it and why. A fold over all events from number 0 on:
 * an event says only what it changes.
 */
#ifndef BRIDGE_LEDGER_STORY_H
#define BRIDGE_LEDGER_STORY_H

#include "bridge/event/event.h"
#include "bridge/registry/head.h"

/* Where names are had, which are no part of events. */
struct story_names {
	/* *ret is a new string, NULL where there is none; as
	   registry_name_get, with the same kinds */
	int (*get)(void *arg, const char *kind, const char *id, char **ret,
		struct error *err);
	void *arg;
	/* The host whose users this machine knows by their numbers; NULL: no
	   number has a name. Borrowed. */
	const char *here;
};

struct story;

/* `names` is borrowed. */
int story_new(struct story **ret, const struct story_names *names,
	struct error *err);
void story_free(struct story **s);

/*
 * The next event, its place in the chain and its bytes, as a new object whose
 * members are those of an entry of registry-log.schema.json: all are always
 * there, null where there is none or a name was erased. `text` is the sentence.
 */
int story_tell(struct story *s, const struct event *e,
	const struct registry_head *at, const unsigned char *bytes, size_t n,
	json_t **ret, struct error *err);

/* What is wanted of it; NULL, 0: not said. Borrowed. */
struct story_filter {
	const char *token;  /* a row's id */
	const char *person; /* holder before or behind it, or who did it: the
	                       local user, or the AWS caller by ARN or the name
	                       at its end */
	time_t since, until;
};

/* Whether an entry of story_tell is. Pure. */
bool story_fits(const struct story_filter *f, const json_t *entry);

#endif
