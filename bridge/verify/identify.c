/* SPDX-License-Identifier: Apache-2.0 */
/* Which row of the registry an attached token is. */
#include "bridge/verify/identify.h"

#include "base/text.h"
#include "token/fido/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION_MS 10000 /* for one list; no touch is waited for */
#define FAILED_IN_A_ROW 4 /* questions; such a token answers none */
#define TELL_MS 1000

void identification_done(struct identification *m)
{
	registry_token_done(&m->row);
	memset(m, 0, sizeof(*m));
}

struct search {
	const struct run *run;
	const struct identify_request *q;
	struct registry_candidates list;
	struct fido_id *ids; /* of list; owned */
	int64_t begun;       /* as deadline_now() */
	deadline_t tell;     /* when the next line is due */
	size_t skipped;      /* candidates that it did not answer for */
	unsigned in_a_row;   /* questions that failed, up to now */
	struct error why;    /* of the last one that failed */
};

static void search_done(struct search *s)
{
	registry_candidates_done(&s->list);
	free(s->ids);
	s->ids = NULL;
	s->skipped = 0;
	s->in_a_row = 0;
}

/* The rest takes as long for each as those before did. */
static void tell_progress(struct search *s, size_t asked)
{
	int64_t took = deadline_now() - s->begun;
	char who[200], left[32];

	if (asked == 0 || asked >= s->list.n || !deadline_passed(s->tell))
		return;
	attached_describe(s->q->token, who, sizeof(who));
	text_format_age((time_t)((uint64_t)took * (s->list.n - asked) / asked /
		1000), left, sizeof(left));
	run_progress(s->run, "Asking %s for the registered credentials: %zu of "
			     "%zu, about %s left",
		who, asked, s->list.n, left);
	s->tell = deadline_in(TELL_MS);
}

static bool is_endured(struct search *s, int r)
{
	if (r != -ERROR_TIMEOUT && !fido_may_pass(r))
		return false;
	return ++s->in_a_row < FAILED_IN_A_ROW;
}

/*
 * One question about n candidates. A list that fails, however often it is
 * asked, is asked for one by one, and one candidate that does is passed over:
 * that it is not this one is not known then.
 */
static int ask_some(struct search *s, const struct buf *client_data, size_t i,
	size_t n, bool *ret_found, size_t *ret_at, struct error *err)
{
	size_t end = i + n;
	int r, one = 0;

	fido_set_deadline(s->q->fido, deadline_in(QUESTION_MS));
	r = fido_find_credential(s->q->fido, PROOF_RP_ID, client_data,
		s->ids + i, n, ret_found, ret_at, &s->why);
	if (r == 0) {
		s->in_a_row = 0;
		*ret_at += i;
	} else if (!is_endured(s, r)) {
		return error_copy(err, &s->why);
	} else if (n == 1) {
		s->skipped++;
	}
	for (; r < 0 && n > 1 && one == 0 && !*ret_found && i < end; i++)
		one = ask_some(s, client_data, i, 1, ret_found, ret_at, err);
	return one;
}

/* What it did not answer for is not what it is not. */
static int tell_skipped(struct search *s, bool found, struct error *err)
{
	char who[200];

	attached_describe(s->q->token, who, sizeof(who));
	if (s->skipped > 0 && found)
		run_warn(s->run, "%s did not answer for %zu of %zu registered "
				 "credentials: %s", who, s->skipped, s->list.n,
			s->why.text);
	if (s->skipped == 0 || found)
		return 0;
	return error_set(err, s->why.code,
		"%s did not answer for %zu of %zu registered credentials, so "
		"it may be one of those: %s; plug it in again", who,
		s->skipped, s->list.n, s->why.text);
}

/* *ret is the candidate that it has; NULL if none. */
static int ask_all(struct search *s, const struct registry_candidate **ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf client_data;
	size_t i = 0, n, at = 0;
	bool found = false;
	int r;

	buf_init(&client_data, 1024);
	r = proof_client_data(&client_data, PROOF_GET, PROOF_RP_ID, "lookup",
		err);
	s->begun = deadline_now();
	s->tell = deadline_in(TELL_MS);
	while (r == 0 && !found && i < s->list.n) {
		n = fido_list_fits(s->q->fido, PROOF_RP_ID, s->ids + i,
			s->list.n - i);
		r = ask_some(s, &client_data, i, n, &found, &at, err);
		if (r == 0 && found)
			*ret = &s->list.p[at];
		i += n;
		tell_progress(s, i);
	}
	return r < 0 ? r : tell_skipped(s, found, err);
}

/* No token has a credential whose id is longer than it says its ids are. */
static int list_ids(struct search *s, struct error *err)
{
	uint64_t longest = s->q->token->fido.max_id;
	size_t i, n = 0;

	s->ids = calloc(s->list.n ? s->list.n : 1, sizeof(*s->ids));
	if (!s->ids)
		return error_memory(err);
	for (i = 0; i < s->list.n; i++) {
		struct registry_candidate c = s->list.p[i];

		if (longest && c.id_n > longest)
			continue;
		s->list.p[i] = s->list.p[n]; /* keeps its owner */
		s->list.p[n] = c;
		s->ids[n++] = (struct fido_id){ c.id, c.id_n };
	}
	for (i = n; i < s->list.n; i++)
		free(s->list.p[i].id);
	s->list.n = n;
	return 0;
}

static int take_row(struct search *s, const struct registry_candidate *c,
	struct identification *ret, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	struct registry_token *row;
	size_t i;
	int r;

	r = registry_tokens_by_id(s->q->reg, c->token, &list, err);
	if (r < 0 || list.n == 0)
		return r;
	row = &list.p[0];
	for (i = 0; i < row->credentials_n; i++)
		if (row->credentials[i].id_n == c->id_n &&
			!row->credentials[i].removed &&
			strcmp(row->credentials[i].rp, PROOF_RP_ID) == 0 &&
			memcmp(row->credentials[i].id, c->id, c->id_n) == 0)
			ret->credential = &row->credentials[i];
	ret->row = *row;
	ret->found = true;
	memset(row, 0, sizeof(*row)); /* its strings have gone to the caller */
	return 0;
}

/* Among the tokens with an identifier. */
static int search_among(struct search *s, const char *kind, const char *value,
	bool without_serial, struct identification *ret, struct error *err)
{
	const struct registry_candidate *c = NULL;
	struct registry_likely likely = { .holder = s->q->holder };
	char firmware[12];
	int r;

	token_firmware(s->q->token, firmware);
	if (firmware[0])
		likely.firmware = firmware;
	r = registry_candidates(s->q->reg, PROOF_RP_ID, kind, value, &likely,
		without_serial, &s->list, err);
	if (r == 0)
		r = list_ids(s, err);
	if (r == 0)
		r = ask_all(s, &c, err);
	if (r == 0 && c)
		r = take_row(s, c, ret, err);
	search_done(s);
	return r;
}

/* The row that bears its serial number, though none of its credentials. */
static int take_pointed(struct search *s, const char *serial,
	struct identification *ret, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	size_t i;
	int r;

	r = registry_tokens_by_identifier(s->q->reg, REGISTRY_ID_SERIAL, serial,
		&list, err);
	for (i = 0; r == 0 && !ret->found && i < list.n; i++) {
		if (list.p[i].state == REGISTRY_RETIRED)
			continue;
		ret->row = list.p[i];
		ret->found = true;
		memset(&list.p[i], 0, sizeof(list.p[i]));
	}
	return r;
}

int identification_find(const struct run *run, const struct identify_request *q,
	struct identification *ret, struct error *err)
{
	struct search s = { .run = run, .q = q };
	const struct token *t = q->token;
	char aaguid[AAGUID_TEXT_LEN], digits[16];
	uint32_t serial;
	bool has_serial = token_serial(t, &serial);
	int r = 0;

	if (has_serial) {
		snprintf(digits, sizeof(digits), "%u", serial);
		r = search_among(&s, REGISTRY_ID_SERIAL, digits, false, ret, err);
		if (r == 0 && !ret->found)
			r = take_pointed(&s, digits, ret, err);
	}
	if (r < 0 || ret->found)
		return r;
	/* one without, or one that did not tell it when it was registered */
	aaguid_format(t->fido.aaguid, aaguid);
	return search_among(&s, REGISTRY_ID_AAGUID, aaguid, has_serial, ret, err);
}
