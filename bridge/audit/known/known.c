/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the registry as facts, and their devices by name. */
#include "bridge/audit/known/known.h"

#include "base/encode.h"
#include "bridge/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const known_doubt_texts[KNOWN_DOUBTS] = {
	[KNOWN_NO_FIRMWARE] = "its firmware or serial number is not known",
	[KNOWN_NO_EVIDENCE] = "there is no evidence of what it is",
};

void known_init(struct known *k)
{
	memset(k, 0, sizeof(*k));
}

void known_done(struct known *k)
{
	size_t i;

	for (i = 0; i < k->devices_n; i++)
		free(k->devices[i].serial);
	free_p(&k->devices);
	free_p(&k->tokens);
	journal_sights_done(&k->runs);
	k->n = k->devices_n = 0;
}

/* ---- a token's evidence ---- */

/* What the row says where there is no evidence: nothing of it is proved. */
static struct advisory_subject subject_of_row(const struct registry_token *t)
{
	struct advisory_subject s = { .product = NULL };
	uint32_t v;

	if (t->aaguid[0] && hex_decode(t->aaguid, strlen(t->aaguid),
		    s.aaguid, sizeof(s.aaguid)) == sizeof(s.aaguid))
		s.has_aaguid = true;
	if (t->firmware && product_firmware_parse(t->firmware,
		    strlen(t->firmware), &v) == 0) {
		s.basis = t->firmware_signed ? ADVISORY_SIGNED :
			ADVISORY_SELF_REPORTED;
		s.low = s.high = v;
	} else {
		s.high = PRODUCT_FIRMWARE_MAX;
	}
	return s;
}

/* What tokens are judged with. */
struct look {
	struct registry *reg;
	const struct trust *trust;
	time_t now;
};

/* False where there is none that can be read. */
static bool subject_of_evidence(const struct look *l,
	const struct registry_token *t, struct advisory_subject *ret)
{
	CLEANUP(verification_done) struct verification v;
	CLEANUP(buf_done) struct buf b;
	bool absent = true;

	verification_init(&v);
	buf_init(&b, EVIDENCE_MAX);
	if (!t->has_evidence || registry_evidence_get(l->reg, t->evidence, &b,
			&absent, NULL) < 0 || absent ||
		evidence_parse(b.p, b.n, &v.evidence, NULL) < 0)
		return false;
	verify_evidence(l->trust, &v.evidence, l->now, &v.steps, &v.facts);
	verify_firmware(l->trust, &v);
	*ret = v.subject;
	return true;
}

/* ---- advisories ---- */

static enum audit_severity severity_of(const struct advisory *a)
{
	size_t i;

	for (i = AUDIT_LOW; i < AUDIT_SEVERITIES; i++)
		if (strcmp(a->severity, audit_severity_names[i]) == 0)
			return (enum audit_severity)i;
	return AUDIT_MEDIUM;
}

static void add_advisory(struct known_token *k, const struct advisory *a)
{
	size_t n = strlen(k->advisories);

	snprintf(k->advisories + n, sizeof(k->advisories) - n, "%s%s (%s)",
		n ? ", " : "", a->id, a->affects);
	if (severity_of(a) > k->severity)
		k->severity = severity_of(a);
}

static void match_advisories(struct known_token *k,
	const struct advisories *table, const struct advisory_subject *s)
{
	const struct advisory *a;
	enum advisory_match match;
	size_t i;

	k->vulnerable = AUDIT_NO;
	for (i = 0; i < table->n; i++) {
		a = &table->rows[i];
		match = advisory_match(a, s);
		if (match == ADVISORY_NO || !(a->concerns & ADVISORY_USED) ||
			strcmp(a->severity, "none") == 0)
			continue;
		if (match == ADVISORY_YES) {
			k->vulnerable = AUDIT_YES;
			add_advisory(k, a);
		} else if (k->vulnerable == AUDIT_NO) {
			k->vulnerable = AUDIT_NOT_KNOWN;
			k->doubt = KNOWN_NO_FIRMWARE;
		}
	}
}

static void judge_advisories(struct known_token *k, const struct look *l,
	const struct registry_token *t)
{
	struct advisory_subject s;
	bool has = subject_of_evidence(l, t, &s);

	if (!has)
		s = subject_of_row(t);
	_Static_assert(sizeof(k->firmware) >= ADVISORY_BASIS_LEN, "room");
	advisory_subject_describe(&s, k->firmware);
	match_advisories(k, &l->trust->advisories, &s);
	/* without a product only rows that name AAGUIDs can match */
	if (!has && k->vulnerable == AUDIT_NO) {
		k->vulnerable = AUDIT_NOT_KNOWN;
		k->doubt = KNOWN_NO_EVIDENCE;
	}
}

static void judge_verdict(struct known_token *k,
	const struct registry_token *t, const struct policy *policy)
{
	const struct policy_facts f = {
		.verdict = (enum verdict)t->verdict,
		.copyable = POLICY_NO,
		.verifiable = POLICY_YES,
	};
	struct policy_refusals refused;

	if (t->verdict < 0)
		return;
	policy_decide_statement(policy, &f, &refused);
	k->accepted = refused.n == 0;
	k->verdict = verdict_name(f.verdict);
	k->verdict_time = t->verdict_time;
}

/* ---- the registry's rows ---- */

static int by_serial(const void *a, const void *b)
{
	return strcmp(((const struct known_device *)a)->serial,
		((const struct known_device *)b)->serial);
}

static int add_devices(struct known *k, const struct registry_token *t,
	struct error *err)
{
	const struct registry_binding *b;
	struct known_device *grown, *d;
	size_t i;

	grown = reallocarray(k->devices, k->devices_n + t->bindings.n + 1,
		sizeof(*grown));
	if (!grown)
		return error_memory(err);
	k->devices = grown;
	for (i = 0; i < t->bindings.n; i++) {
		b = &t->bindings.p[i];
		if (b->kind != REGISTRY_AWS || b->removed || !b->device)
			continue;
		d = &k->devices[k->devices_n];
		*d = (struct known_device){ .serial = strdup(b->device),
			.token = k->n, .is_totp = b->method == REGISTRY_TOTP };
		if (!d->serial)
			return error_memory(err);
		snprintf(d->account, sizeof(d->account), "%s", b->account);
		k->devices_n++;
	}
	return 0;
}

static int known_add_token(struct known *k, const struct look *l,
	const struct registry_token *t, struct error *err)
{
	struct known_token *row = &k->tokens[k->n];
	int r;

	memset(row, 0, sizeof(*row));
	registry_token_name(t, row->name);
	row->in_use = t->state != REGISTRY_LOST && t->state != REGISTRY_RETIRED;
	judge_verdict(row, t, &l->trust->policy);
	if (row->in_use)
		judge_advisories(row, l, t);
	r = add_devices(k, t, err);
	k->n++;
	return r;
}

static void note_basis(struct known_basis *b, const struct trust *trust)
{
	const struct mds_info *info = trust->mds ? mds_info(trust->mds) : NULL;

	b->metadata = info ? info->number : 0;
	b->metadata_next = info ? info->next_update : 0;
	snprintf(b->advisories, sizeof(b->advisories), "%s",
		trust->advisories.date);
	snprintf(b->advisories_added, sizeof(b->advisories_added), "%s",
		trust->advisories.local_date);
}

int known_read_tokens(struct known *k, struct registry *reg,
	const struct trust *trust, time_t now, struct error *err)
{
	const struct look look = { reg, trust, now };
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL,
		0 };
	struct error e;
	size_t i;
	int r = 0;

	if (registry_tokens_all(reg, &list, &e) < 0) {
		snprintf(k->why_not, sizeof(k->why_not), "%s", e.text);
		return 0;
	}
	note_basis(&k->basis, trust);
	k->tokens = calloc(list.n + 1, sizeof(*k->tokens));
	if (!k->tokens)
		return error_memory(err);
	for (i = 0; r == 0 && i < list.n; i++)
		r = known_add_token(k, &look, &list.p[i], err);
	if (k->devices_n)
		qsort(k->devices, k->devices_n, sizeof(*k->devices),
			by_serial);
	return r;
}

const struct known_token *known_token_of(const struct known *k,
	const char *account, const char *serial, bool *ret_is_totp)
{
	const struct known_device key = { .serial = (char *)(uintptr_t)serial };
	const struct known_device *d = !k->devices_n ? NULL : bsearch(&key,
		k->devices, k->devices_n, sizeof(key), by_serial);

	if (!d || strcmp(d->account, account) != 0)
		return NULL;
	*ret_is_totp = d->is_totp;
	return &k->tokens[d->token];
}
