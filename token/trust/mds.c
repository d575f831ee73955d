/* SPDX-License-Identifier: Apache-2.0 */
/* The blob and its index. */
#include "token/trust/mds.h"

#include "base/encode.h"
#include "base/text.h"
#include "token/trust/jsonscan.h"
#include "token/trust/jws.h"
#include "token/trust/mds-private.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* Members of the payload that we read */
enum { NUMBER, NEXT_UPDATE, ENTRIES, MEMBERS };

void mds_free(struct mds **m)
{
	if (!m || !*m)
		return;
	jws_done(&(*m)->jws);
	free((*m)->rows);
	free_p(m);
}

const struct mds_info *mds_info(const struct mds *m)
{
	return &m->info;
}

static int mds_malformed(const struct mds *m, const char *at, const char *what,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the blob's payload, byte %zu: %s",
		(size_t)(at - (const char *)m->jws.payload.p), what);
}

static int find_members(struct mds *m, struct jsonscan_member *x,
	struct error *err)
{
	const struct jsonscan_range text = { buf_str(&m->jws.payload),
		m->jws.payload.n };
	const char *at, *why;
	size_t i;

	if (jsonscan_find(text, x, MEMBERS, &at, &why) < 0)
		return mds_malformed(m, at, why, err);
	for (i = 0; i < MEMBERS; i++)
		if (!x[i].value.p)
			return error_set(err, ERROR_MALFORMED,
				"the blob has no '%s'", x[i].name);
	return 0;
}

void mds_hash(struct jsonscan_range text, char ret[65])
{
	unsigned char md[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text.p, text.n, md);
	hex_encode(md, sizeof(md), ret);
}

bool mds_date(const char *p, size_t n, time_t *ret)
{
	char text[32];

	if (n != 10)
		return false;
	snprintf(text, sizeof(text), "%.10sT00:00:00Z", p);
	return text_parse_time(text, strlen(text), ret) == 0;
}

static int read_head(struct mds *m, struct jsonscan_range number,
	struct jsonscan_range next_update, struct error *err)
{
	struct jsonscan_range date;

	if (text_parse_u64_n(number.p, number.n, INT64_MAX,
		    &m->info.number) < 0)
		return mds_malformed(m, number.p, "'no' is no number", err);
	if (!jsonscan_string(next_update, &date) ||
		!mds_date(date.p, date.n, &m->info.next_update))
		return mds_malformed(m, next_update.p,
			"'nextUpdate' is no date", err);
	return 0;
}

/* "d7781e5d-e353-46aa-afe2-3ca49f13332a", in either case */
bool mds_aaguid(const char *p, size_t n, uint8_t ret[16])
{
	char hex[32];
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (p[i] != '-')
				return false;
			continue;
		}
		if (k == sizeof(hex))
			return false;
		hex[k++] = p[i];
	}
	return n == 36 && hex_decode(hex, sizeof(hex), ret, 16) == 16;
}

/* What the entry is looked up by; false where it says nothing of that kind. */
static bool index_entry(struct mds_row *row)
{
	struct jsonscan_range name, value, text;
	struct jsonscan s;
	bool has_key = false;

	if (!jsonscan_begin(&s, row->text, '{'))
		return false;
	while (jsonscan_member(&s, &name, &value) == 1) {
		if (jsonscan_is(name, "aaguid") &&
			jsonscan_string(value, &text) &&
			mds_aaguid(text.p, text.n, row->aaguid))
			row->has_aaguid = has_key = true;
		else if (jsonscan_is(name,
				 "attestationCertificateKeyIdentifiers")) {
			row->key_ids = value;
			has_key = true;
		}
	}
	return has_key;
}

/* UAF models (aaid) are of no use here, and no fault of the blob's. */
static bool is_uaf(struct jsonscan_range text)
{
	struct jsonscan_range name, value;
	struct jsonscan s;

	if (!jsonscan_begin(&s, text, '{'))
		return false;
	while (jsonscan_member(&s, &name, &value) == 1)
		if (jsonscan_is(name, "aaid"))
			return true;
	return false;
}

static int add_entry(struct mds *m, struct jsonscan_range text,
	struct error *err)
{
	struct mds_row row = { .text = text }, *rows;

	if (!index_entry(&row)) {
		m->info.skipped += !is_uaf(text);
		return 0;
	}
	if (m->rows_n == MDS_ENTRIES_MAX)
		return mds_malformed(m, text.p, "too many entries", err);
	if (m->rows_n % 256 == 0) {
		rows = reallocarray(m->rows, m->rows_n + 256, sizeof(*rows));
		if (!rows)
			return error_memory(err);
		m->rows = rows;
	}
	m->rows[m->rows_n++] = row;
	return 0;
}

static int build_index(struct mds *m, struct jsonscan_range entries,
	struct error *err)
{
	struct jsonscan_range text;
	struct jsonscan s;
	int r, e = 0;

	if (!jsonscan_begin(&s, entries, '['))
		return mds_malformed(m, entries.p, "'entries' is no list", err);
	while (e == 0 && (r = jsonscan_element(&s, &text)) == 1)
		e = add_entry(m, text, err);
	if (e < 0)
		return e;
	if (r < 0)
		return mds_malformed(m, s.at, "not JSON", err);
	m->info.entries = m->rows_n;
	return 0;
}

static int read_payload(struct mds *m, struct error *err)
{
	struct jsonscan_member x[MEMBERS] = {
		[NUMBER] = { .name = "no" },
		[NEXT_UPDATE] = { .name = "nextUpdate" },
		[ENTRIES] = { .name = "entries" },
	};
	int r;

	r = find_members(m, x, err);
	if (r == 0)
		r = read_head(m, x[NUMBER].value, x[NEXT_UPDATE].value, err);
	return r < 0 ? r : build_index(m, x[ENTRIES].value, err);
}

static struct mds *new_mds(void)
{
	struct mds *m = calloc(1, sizeof(*m));

	if (m)
		jws_init(&m->jws, MDS_BLOB_MAX);
	return m;
}

int mds_open(const char *p, size_t n, const struct anchors *signers,
	time_t at, struct mds **ret, struct error *err)
{
	CLEANUP(mds_free) struct mds *m = new_mds();
	int r;

	if (!m)
		return error_memory(err);
	r = jws_verify(p, n, signers, MDS_SIGNER, at, &m->jws, err);
	if (r == 0)
		r = read_payload(m, err);
	if (r < 0)
		return r;
	memcpy(m->info.signer, m->jws.signer, sizeof(m->info.signer));
	memcpy(m->info.anchor, m->jws.anchor, sizeof(m->info.anchor));
	memcpy(m->info.anchor_sha256, m->jws.anchor_sha256,
		sizeof(m->info.anchor_sha256));
	*ret = steal(&m);
	return 0;
}

int mds_open_checked(const char *p, size_t n, struct mds **ret,
	struct error *err)
{
	CLEANUP(mds_free) struct mds *m = new_mds();
	int r;

	if (!m)
		return error_memory(err);
	r = jws_payload(p, n, &m->jws.payload, err);
	if (r == 0)
		r = read_payload(m, err);
	if (r < 0)
		return r;
	*ret = steal(&m);
	return 0;
}

/* ---- looking up ---- */

static bool names_key(const struct mds_row *row,
	const unsigned char key_id[MDS_KEY_ID_LEN])
{
	unsigned char raw[MDS_KEY_ID_LEN];
	struct jsonscan_range value, text;
	struct jsonscan s;

	if (!row->key_ids.p || !jsonscan_begin(&s, row->key_ids, '['))
		return false;
	while (jsonscan_element(&s, &value) == 1)
		if (jsonscan_string(value, &text) &&
			hex_decode(text.p, text.n, raw, sizeof(raw)) ==
				MDS_KEY_ID_LEN &&
			memcmp(raw, key_id, sizeof(raw)) == 0)
			return true;
	return false;
}

bool mds_entry_names_key(const struct mds *m, size_t index,
	const unsigned char key_id[MDS_KEY_ID_LEN])
{
	return names_key(&m->rows[index], key_id);
}

static bool is_for(const struct mds_row *row, const struct mds_query *q)
{
	size_t i;

	if (q->aaguid)
		return row->has_aaguid &&
			memcmp(row->aaguid, q->aaguid, 16) == 0;
	if (q->key_ids_n == 0)
		return row->key_ids.p != NULL;
	for (i = 0; i < q->key_ids_n; i++)
		if (names_key(row, q->key_ids[i]))
			return true;
	return false;
}

bool mds_next(const struct mds *m, const struct mds_query *q, size_t from,
	size_t *ret)
{
	size_t i;

	for (i = from; i < m->rows_n; i++)
		if (is_for(&m->rows[i], q)) {
			*ret = i;
			return true;
		}
	return false;
}
