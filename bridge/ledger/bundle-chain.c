/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's chain: its events, each in its place. */
#include "bridge/ledger/checker.h"

#include "bridge/hash/chain.h"

#include <string.h>

static void remember_evidence(struct checker *c, const struct event *e)
{
	const char *hex = event_str(e->body, "evidence");
	const char *rp = e->type == EVENT_CREDENTIAL_ADDED ?
		event_str(e->body, "rp") : NULL;

	if (e->type == EVENT_BINDING_WITNESSED)
		json_member(&c->trails, event_str(e->body, "trail"),
			json_true());
	/* the credential's own event says what it is for */
	if (hex && (rp || !json_object_get(c->evidence, hex)))
		json_member(&c->evidence, hex, json_of_text(rp));
}

static bool is_in_place(const struct checker *c, const struct event *e,
	uint64_t seq)
{
	return e->seq == seq && strcmp(e->stream,
		c->ret->facts.head.stream) == 0;
}

static int tell_given(struct checker *c, const struct event *e,
	const struct bundle_link *link, struct error *err)
{
	struct registry_head at = { .seq = link->seq };
	json_t *entry = NULL;
	const char *token;
	int r;

	memcpy(at.hash, link->hash, sizeof(at.hash));
	r = story_tell(c->story, e, &at, link->event, link->event_n, &entry,
		err);
	if (r < 0)
		return r;
	token = event_str(entry, "token");
	if (token && strcmp(token, c->ret->facts.token) == 0) {
		remember_evidence(c, e);
		json_row(&c->ret->events, json_incref(entry));
	}
	json_decref(entry);
	return 0;
}

static int check_given(struct checker *c, const struct bundle_link *link,
	struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	unsigned long long seq = link->seq;
	unsigned char hash[SHA256_LEN];
	struct error why;
	int r;

	c->ret->given++;
	r = chain_next(link->seq ? c->last.hash : NULL, link->event,
		link->event_n, hash, err);
	if (r < 0)
		return r;
	if (memcmp(hash, link->hash, sizeof(hash)) != 0)
		checker_problem(c, BUNDLE_CHAIN ": event %llu does not fit the chain",
			seq);
	else if (event_parse(link->event, link->event_n, &e, &why) < 0)
		checker_problem(c, BUNDLE_CHAIN ": event %llu: %s", seq, why.text);
	else if (!is_in_place(c, &e, link->seq))
		checker_problem(c, BUNDLE_CHAIN ": event %llu is in another event's "
			"place", seq);
	else
		return tell_given(c, &e, link, err);
	return 0;
}

static void check_expected(struct checker *c)
{
	const struct registry_head *want = c->q->head;

	if (!want || want->seq != c->last.seq)
		return;
	c->met = true;
	if (memcmp(want->hash, c->last.hash, SHA256_LEN) != 0)
		checker_problem(c, BUNDLE_CHAIN ": event %llu is not the one of the "
			"head that was given",
			(unsigned long long)want->seq);
}

static int check_link(struct checker *c, const struct bundle_link *link,
	struct error *err)
{
	uint64_t wanted = c->begun ? c->last.seq + 1 : 0;
	int r = 0;

	if (link->seq != wanted)
		checker_problem(c, BUNDLE_CHAIN ": event %llu stands where event %llu "
			"should", (unsigned long long)link->seq,
			(unsigned long long)wanted);
	if (link->seq == 0 && !link->event)
		checker_problem(c, BUNDLE_CHAIN ": event 0 is not given");
	if (link->event)
		r = check_given(c, link, err);
	c->begun = true;
	c->ret->links++;
	c->last.seq = link->seq;
	memcpy(c->last.hash, link->hash, sizeof(c->last.hash));
	check_expected(c);
	return r;
}

static void check_end(struct checker *c)
{
	const struct registry_head *head = &c->ret->facts.head;
	const struct registry_head *want = c->q->head;

	if (!c->begun || c->last.seq != head->seq ||
		memcmp(c->last.hash, head->hash, SHA256_LEN) != 0)
		checker_problem(c, BUNDLE_CHAIN ": it does not end at the head that "
			"stands in " BUNDLE_FACTS);
	if (want && strcmp(want->stream, head->stream) != 0)
		checker_problem(c, BUNDLE_FACTS ": its head is of station %s, the one "
			"that was given of %s", head->stream, want->stream);
	else if (want && !c->met)
		checker_problem(c, BUNDLE_CHAIN ": it ends before event %llu, which "
			"the head that was given is of",
			(unsigned long long)want->seq);
}

static int check_chain_line(struct checker *c, const char **p, size_t *n,
	void *arg, struct error *why, struct error *err)
{
	struct bundle_link link;
	int r = bundle_link_next(p, n, &link, why);

	(void)arg;
	if (r <= 0)
		return r < 0 ? LINE_BAD : LINE_END;
	r = check_link(c, &link, err);
	return r < 0 ? r : LINE_DONE;
}

int check_chain(struct checker *c, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool whole;
	int r;

	buf_init(&b, BUNDLE_FILE_MAX);
	r = checker_read(c, BUNDLE_CHAIN, &b, err);
	if (r >= 0)
		r = checker_walk(c, BUNDLE_CHAIN, &b, check_chain_line, NULL,
			&whole, err);
	if (r == 0 && whole)
		check_end(c);
	return r;
}
