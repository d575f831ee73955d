/* SPDX-License-Identifier: Apache-2.0 */
/* Chains to metadata entries and to an administrator's anchors. */
#include "token/attest/private.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

void model_done(struct model *m)
{
	if (m->has_entry)
		mds_entry_done(&m->entry);
	m->has_entry = false;
}

static void add_key(struct model *m, X509 *cert)
{
	if (m->key_ids_n < MODEL_KEYS_MAX &&
		mds_key_id(cert, m->key_ids[m->key_ids_n]) == 0)
		m->key_ids_n++;
}

static void collect_keys(const struct model_question *q, struct model *m)
{
	int i;

	add_key(m, q->leaf);
	for (i = 0; i < sk_X509_num(q->others); i++)
		add_key(m, sk_X509_value(q->others, i));
}

static void take_anchor(struct model *m, const struct anchor *end)
{
	m->holds = true;
	memcpy(m->anchor_sha256, end->sha256, sizeof(end->sha256));
	memcpy(m->anchor_subject, end->subject, sizeof(end->subject));
	add_key(m, end->cert);
}

/* Takes *e over. */
static void take_entry(struct model *m, struct mds_entry *e)
{
	model_done(m);
	m->entry = *e;
	m->has_entry = true;
	memset(e, 0, sizeof(*e));
}

static bool is_bad(const struct model_question *q, struct model *m,
	const struct mds_entry *e)
{
	const struct mds_status *worst = mds_entry_worst(e, m->key_ids,
		m->key_ids_n, q->at);

	return worst && worst->weight == MDS_BAD;
}

/*
 * Among several entries that the chain leads to, which of them the token is
 * cannot be told apart: one that is compromised counts, else the one that was
 * certified least.
 */
static bool counts_more(const struct model_question *q, struct model *m,
	const struct mds_entry *e)
{
	if (!m->by_metadata || is_bad(q, m, e))
		return true;
	return !is_bad(q, m, &m->entry) &&
		mds_entry_level(e, q->at) < mds_entry_level(&m->entry, q->at);
}

static void try_entry(const struct model_question *q, struct model *m,
	struct mds_entry *e)
{
	const struct anchor *end;
	int why = anchors_verify(&e->anchors, q->leaf, q->others, q->at, &end);

	if (why != X509_V_OK) {
		m->why = anchors_better_reason(m->why, why);
		/* an AAGUID is of one model, whoever its chain leads to */
		if (!m->has_entry && e->has_aaguid)
			take_entry(m, e);
		return;
	}
	if (!counts_more(q, m, e))
		return;
	take_anchor(m, end);
	m->by_metadata = true;
	take_entry(m, e);
}

static void try_all(const struct model_question *q,
	const struct mds_query *query, struct model *m)
{
	struct mds_entry e;
	size_t i;

	for (i = 0; mds_next(q->mds, query, i, &i); i++) {
		if (mds_entry_load(q->mds, i, &e, NULL) < 0) {
			m->unreadable = true;
			continue;
		}
		try_entry(q, m, &e);
		mds_entry_done(&e);
	}
}

/*
 * The keys that an entry names may be a CA's that the token does not send: then
 * each entry that names keys is tried, and the end of its chain must be one of
 * them.
 */
static void try_u2f_cas(const struct model_question *q, struct model *m)
{
	const struct mds_query all = { .aaguid = NULL };
	unsigned char id[MDS_KEY_ID_LEN];
	const struct anchor *end;
	struct mds_entry e;
	size_t i;

	for (i = 0; mds_next(q->mds, &all, i, &i); i++) {
		if (mds_entry_load(q->mds, i, &e, NULL) < 0)
			continue;
		if (anchors_verify(&e.anchors, q->leaf, q->others, q->at,
			    &end) == X509_V_OK &&
			mds_key_id(end->cert, id) == 0 &&
			mds_entry_names_key(q->mds, i, id))
			try_entry(q, m, &e);
		mds_entry_done(&e);
	}
}

/*
 * The certificate tells its model, and another entry may name its very key: as
 * one of U2F's do, of the same batch. What is bad of that counts.
 */
static void try_leaf_key(const struct model_question *q, struct model *m)
{
	unsigned char id[1][MDS_KEY_ID_LEN];
	const struct mds_query query = { .key_ids = id, .key_ids_n = 1 };
	struct mds_entry e;
	size_t i;

	if (mds_key_id(q->leaf, id[0]) < 0)
		return;
	for (i = 0; mds_next(q->mds, &query, i, &i); i++) {
		if (mds_entry_load(q->mds, i, &e, NULL) < 0)
			continue;
		if (is_bad(q, m, &e))
			try_entry(q, m, &e);
		mds_entry_done(&e);
	}
}

static void search_metadata(const struct model_question *q, struct model *m)
{
	static const uint8_t zero[16];
	bool u2f = memcmp(q->aaguid, zero, sizeof(zero)) == 0;
	struct mds_query query = { .aaguid = u2f ? q->leaf_aaguid :
						   q->aaguid };

	if (query.aaguid)
		try_all(q, &query, m);
	if (u2f && m->by_metadata)
		try_leaf_key(q, m);
	if (!u2f || m->by_metadata)
		return;
	query.aaguid = NULL;
	query.key_ids = m->key_ids;
	query.key_ids_n = m->key_ids_n;
	if (query.key_ids_n)
		try_all(q, &query, m);
	if (!m->by_metadata)
		try_u2f_cas(q, m);
}

void model_find(const struct model_question *q, struct model *ret)
{
	const struct anchor *end;
	int why;

	memset(ret, 0, sizeof(*ret));
	ret->why = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	collect_keys(q, ret);
	if (q->mds)
		search_metadata(q, ret);
	if (ret->holds)
		return;
	why = anchors_verify(q->anchors, q->leaf, q->others, q->at, &end);
	if (why == X509_V_OK)
		take_anchor(ret, end);
	else
		ret->why = anchors_better_reason(ret->why, why);
}
