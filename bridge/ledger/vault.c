/* SPDX-License-Identifier: Apache-2.0 */
/* Root's keys, and how they are kept. */
#include "bridge/ledger/vault.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const vault_finding_names[VAULT_FINDINGS] = {
	"in-no-place", "in-no-bag", "out-of-its-bag", "not-in-use", "advisory",
	"advisory-possible", "no-token", "no-second-key", "all-in-one-place",
};

void vault_done(struct vault *v)
{
	free(v->p);
	*v = (struct vault){ NULL, 0 };
}

bool vault_is_root(const struct registry_binding *b)
{
	return !b->removed && b->kind == REGISTRY_AWS && b->account[0] &&
		b->user && strcmp(b->user, b->account) == 0;
}

/* ---- firmware ---- */

/* What the row alone knows, where no evidence was kept. */
static struct advisory_subject subject_of_row(const struct registry_token *t)
{
	struct advisory_subject s = { .product = t->model ?
		product_by_name(t->model) : NULL };
	const char *serial = registry_token_identifier(t, REGISTRY_ID_SERIAL);
	uint64_t n;

	s.has_aaguid = t->aaguid[0] && hex_decode(t->aaguid,
		2 * sizeof(s.aaguid), s.aaguid, sizeof(s.aaguid)) ==
		(ssize_t)sizeof(s.aaguid);
	if (serial && text_parse_u64(serial, UINT32_MAX, &n) == 0) {
		s.has_serial = true;
		s.serial = (uint32_t)n;
	}
	if (t->firmware && product_firmware_parse(t->firmware,
		strlen(t->firmware), &s.low) == 0) {
		s.high = s.low;
		s.basis = t->firmware_signed ? ADVISORY_SIGNED :
			ADVISORY_SELF_REPORTED;
	}
	return s;
}

/* What the attestation that was kept says, by today's anchors and table. */
static int find_subject(const struct vault_request *q,
	const struct registry_token *t, struct advisory_subject *ret,
	struct error *err)
{
	CLEANUP(verification_done) struct verification v;
	CLEANUP(buf_done) struct buf b;
	struct error why;
	bool absent = true;
	int r = 0;

	verification_init(&v);
	buf_init(&b, REGISTRY_EVIDENCE_MAX);
	*ret = subject_of_row(t);
	if (t->has_evidence)
		r = registry_evidence_get(q->reg, t->evidence, &b, &absent,
			err);
	if (r < 0 || absent || evidence_parse((const char *)b.p, b.n,
		&v.evidence, &why) < 0)
		return r;
	v.has_evidence = true;
	verify_evidence(q->trust, &v.evidence, time(NULL), &v.steps, &v.facts);
	verify_firmware(q->trust, &v);
	*ret = v.subject;
	return 0;
}

static void add_advisory(struct vault_key *key, const char *id)
{
	size_t n = strlen(key->advisories);

	snprintf(key->advisories + n, sizeof(key->advisories) - n, "%s%s",
		n ? " " : "", id);
}

static void judge_firmware(struct vault_key *key,
	const struct advisory_subject *s, const struct advisories *table)
{
	size_t i;

	for (i = 0; i < table->n; i++) {
		const struct advisory *a = &table->rows[i];
		enum advisory_match match = advisory_match(a, s);

		if (match == ADVISORY_NO || !(a->concerns & ADVISORY_USED) ||
			strcmp(a->severity, "none") == 0)
			continue;
		key->findings |= match == ADVISORY_YES ? VAULT_ADVISORY :
			VAULT_MAYBE;
		add_advisory(key, a->id);
	}
}

/* ---- one key, one account ---- */

void vault_judge_key(struct vault_key *key,
	const struct advisory_subject *subject, const struct advisories *table)
{
	const struct registry_token *t = key->token;

	if (!t) {
		key->findings |= VAULT_NO_TOKEN;
		return;
	}
	if (t->state == REGISTRY_LOST || t->state == REGISTRY_RETIRED)
		key->findings |= VAULT_LOST;
	if (!t->holder[0])
		key->findings |= VAULT_IN_NO_PLACE;
	if (t->bag_state == REGISTRY_BAG_OUT)
		key->findings |= VAULT_OUT;
	else if (t->bag_state == REGISTRY_BAG_NONE)
		key->findings |= VAULT_IN_NO_BAG;
	judge_firmware(key, subject, table);
}

unsigned vault_judge_account(const struct vault_key *keys, size_t n)
{
	const char *place = NULL;
	size_t i, usable = 0;
	bool elsewhere = false;

	for (i = 0; i < n; i++) {
		if (keys[i].findings & (VAULT_LOST | VAULT_NO_TOKEN))
			continue;
		usable++;
		if (keys[i].findings & VAULT_IN_NO_PLACE)
			continue;
		elsewhere |= place && strcmp(place, keys[i].token->holder);
		place = keys[i].token->holder;
	}
	if (usable < 2)
		return VAULT_ONE_KEY;
	return elsewhere ? 0 : VAULT_ONE_PLACE;
}

/* ---- all ---- */

static int compare_keys(const void *a, const void *b)
{
	const struct vault_key *x = a, *y = b;
	const char *p = x->token && x->token->label ? x->token->label : "";
	const char *q = y->token && y->token->label ? y->token->label : "";
	int r = strcmp(x->binding->account, y->binding->account);

	r = r ? r : strcmp(p, q);
	return r ? r : strcmp(x->binding->id, y->binding->id);
}

static void add_keys(struct vault *v, const struct registry_token *token,
	const struct registry_bindings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (vault_is_root(&list->p[i]))
			v->p[v->n++] = (struct vault_key){ .token = token,
				.binding = &list->p[i] };
}

static size_t count_of(const struct registry_tokens *tokens,
	const struct registry_bindings *others)
{
	size_t i, n = others->n;

	for (i = 0; i < tokens->n; i++)
		n += tokens->p[i].bindings.n;
	return n;
}

/* A binding stands in both lists where a token is known of it. */
static bool is_alone(const struct registry_binding *b)
{
	return !b->token[0] && vault_is_root(b);
}

static int judge_keys(const struct vault_request *q, struct vault *v,
	struct error *err)
{
	struct advisory_subject subject = { .product = NULL };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < v->n; i++) {
		if (v->p[i].token)
			r = find_subject(q, v->p[i].token, &subject, err);
		vault_judge_key(&v->p[i], &subject, &q->trust->advisories);
	}
	return r;
}

int vault_collect(const struct vault_request *q, struct vault *ret,
	struct error *err)
{
	CLEANUP(vault_done) struct vault v = { .p = NULL };
	size_t n = count_of(q->tokens, q->others), i;
	int r;

	v.p = calloc(n ? n : 1, sizeof(*v.p));
	if (!v.p)
		return error_memory(err);
	for (i = 0; i < q->tokens->n; i++)
		add_keys(&v, &q->tokens->p[i], &q->tokens->p[i].bindings);
	for (i = 0; i < q->others->n; i++)
		if (is_alone(&q->others->p[i]))
			v.p[v.n++] = (struct vault_key){ .binding =
				&q->others->p[i] };
	r = judge_keys(q, &v, err);
	if (r < 0)
		return r;
	qsort(v.p, v.n, sizeof(*v.p), compare_keys);
	*ret = v;
	v.p = NULL;
	return 0;
}
