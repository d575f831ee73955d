/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of the blob, and what its status reports weigh. */
#include "base/text.h"
#include "token/trust/certificate.h"
#include "token/trust/mds-private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CERTIFICATES_MAX 512

/* Section 3.1.4, AuthenticatorStatus */
static const struct {
	const char *name;
	enum mds_weight weight;
	int level;
} statuses[] = {
	{ "NOT_FIDO_CERTIFIED", MDS_NEUTRAL, 0 },
	{ "SELF_ASSERTION_SUBMITTED", MDS_NEUTRAL, 0 },
	{ "FIDO_CERTIFIED", MDS_NEUTRAL, 1 },
	{ "FIDO_CERTIFIED_L1", MDS_NEUTRAL, 2 },
	{ "FIDO_CERTIFIED_L1plus", MDS_NEUTRAL, 3 },
	{ "FIDO_CERTIFIED_L2", MDS_NEUTRAL, 4 },
	{ "FIDO_CERTIFIED_L2plus", MDS_NEUTRAL, 5 },
	{ "FIDO_CERTIFIED_L3", MDS_NEUTRAL, 6 },
	{ "FIDO_CERTIFIED_L3plus", MDS_NEUTRAL, 7 },
	{ "FIPS140_CERTIFIED_L1", MDS_NEUTRAL, 0 },
	{ "FIPS140_CERTIFIED_L2", MDS_NEUTRAL, 0 },
	{ "FIPS140_CERTIFIED_L3", MDS_NEUTRAL, 0 },
	{ "FIPS140_CERTIFIED_L4", MDS_NEUTRAL, 0 },
	{ "UPDATE_AVAILABLE", MDS_NOTICE, 0 },
	{ "RETIRED", MDS_NOTICE, 0 },
	{ "USER_VERIFICATION_BYPASS", MDS_BAD, 0 },
	{ "ATTESTATION_KEY_COMPROMISE", MDS_BAD, 0 },
	{ "USER_KEY_REMOTE_COMPROMISE", MDS_BAD, 0 },
	{ "USER_KEY_PHYSICAL_COMPROMISE", MDS_BAD, 0 },
	{ "REVOKED", MDS_BAD, 0 },
};

#define LEVEL_MAX 7

void mds_entry_done(struct mds_entry *e)
{
	anchors_done(&e->anchors);
	free_p(&e->statuses);
	e->statuses_n = 0;
}

int mds_key_id(X509 *cert, unsigned char ret[MDS_KEY_ID_LEN])
{
	const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(cert);

	if (!key || !SHA1(ASN1_STRING_get0_data(key),
			    (size_t)ASN1_STRING_length(key), ret))
		return -1;
	return 0;
}

static void copy_text(json_t *from, char *ret, size_t size)
{
	const char *text = json_string_value(from);

	snprintf(ret, size, "%s", text ? text : "");
	utf8_sanitise(ret);
}

/* Base64 with line breaks, which some vendors have sent in. */
static X509 *read_certificate(json_t *item)
{
	const char *text = json_string_value(item);
	size_t n = json_string_length(item), i, k = 0;
	CLEANUP(free_p) char *plain = malloc(n + 1);

	for (i = 0; plain && i < n; i++)
		if (!strchr(" \t\r\n", text[i]))
			plain[k++] = text[i];
	return plain ? leaf_from_base64(plain, k) : NULL;
}

static int entry_malformed(const char *member, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the metadata entry's '%s' is missing or malformed", member);
}

static json_t *parse_entry(const struct jsonscan_member *m)
{
	return json_loadb(m->value.p, m->value.n,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

static int read_certificates(json_t *roots, struct mds_entry *e,
	struct error *err)
{
	json_t *item;
	X509 *cert;
	size_t i;
	int r = 0;

	json_array_foreach(roots, i, item) {
		cert = read_certificate(item);
		if (!cert)
			e->anchors_skipped++;
		else
			r = anchors_add(&e->anchors, cert, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_statement(struct jsonscan_range statement,
	bool with_certificates, struct mds_entry *e, struct error *err)
{
	struct jsonscan_member members[] = {
		{ .name = "description" },
		{ .name = "attestationRootCertificates" },
	};
	json_t *json;
	int r = 0;

	/* the rest is passed over, icons above all: most of an entry */
	if (!statement.p || jsonscan_find(statement, members,
				    ARRAY_LEN(members), NULL, NULL) < 0)
		return entry_malformed("metadataStatement", err);
	if (members[0].value.p) {
		json = parse_entry(&members[0]);
		copy_text(json, e->description, sizeof(e->description));
		json_decref(json);
	}
	if (members[1].value.p) {
		json = parse_entry(&members[1]);
		if (!json_is_array(json) ||
			json_array_size(json) > CERTIFICATES_MAX)
			r = entry_malformed("attestationRootCertificates", err);
		else if (with_certificates)
			r = read_certificates(json, e, err);
		json_decref(json);
	}
	return r;
}

static void read_concerned_key(json_t *report, struct mds_status *s)
{
	X509 *cert = read_certificate(json_object_get(report, "certificate"));

	s->has_certificate = cert && mds_key_id(cert, s->key_id) == 0;
	X509_free(cert);
}

static int read_status(json_t *report, struct mds_status *s,
	struct error *err)
{
	json_t *name = json_object_get(report, "status");
	json_t *date = json_object_get(report, "effectiveDate");
	size_t i;

	memset(s, 0, sizeof(*s));
	if (!json_is_string(name))
		return entry_malformed("status", err);
	copy_text(name, s->name, sizeof(s->name));
	copy_text(json_object_get(report, "url"), s->url, sizeof(s->url));
	s->weight = MDS_NOTICE; /* of what nobody here knows */
	for (i = 0; i < ARRAY_LEN(statuses); i++)
		if (strcmp(statuses[i].name, json_string_value(name)) == 0) {
			s->known = true;
			s->weight = statuses[i].weight;
			s->level = statuses[i].level;
		}
	/* one whose date cannot be read has been in force for ever */
	s->has_date = json_is_string(date) && mds_date(json_string_value(date),
		json_string_length(date), &s->since);
	read_concerned_key(report, s);
	return 0;
}

static int read_statuses(json_t *list, struct mds_entry *e,
	struct error *err)
{
	size_t i, n = json_array_size(list);
	json_t *report;
	int r;

	if (!json_is_array(list) || n == 0 || n > MDS_STATUSES_MAX)
		return entry_malformed("statusReports", err);
	e->statuses = calloc(n, sizeof(*e->statuses));
	if (!e->statuses)
		return error_memory(err);
	json_array_foreach(list, i, report) {
		r = read_status(report, &e->statuses[i], err);
		if (r < 0)
			return r;
		e->statuses_n = i + 1;
	}
	return 0;
}

static int read_entry(const struct mds_row *row, bool with_certificates,
	struct mds_entry *e, struct error *err)
{
	/* the index has read the keys: here they only may not stand twice */
	struct jsonscan_member members[] = {
		{ .name = "metadataStatement" },
		{ .name = "statusReports" },
		{ .name = "aaguid" },
		{ .name = "attestationCertificateKeyIdentifiers" },
	};
	json_t *json;
	int r;

	if (jsonscan_find(row->text, members, ARRAY_LEN(members), NULL,
		    NULL) < 0)
		return entry_malformed("members", err);
	if (row->text.n > MDS_ENTRY_MAX)
		return entry_malformed("size", err);
	r = read_statement(members[0].value, with_certificates, e, err);
	if (r < 0)
		return r;
	json = members[1].value.p ? parse_entry(&members[1]) : NULL;
	r = read_statuses(json, e, err);
	json_decref(json);
	return r;
}

int mds_entry_load(const struct mds *m, size_t index, struct mds_entry *ret,
	struct error *err)
{
	const struct mds_row *row = &m->rows[index];
	struct mds_entry e = { .anchors = { NULL, 0 } };
	int r;

	r = read_entry(row, /* with_certificates= */ true, &e, err);
	if (r < 0) {
		mds_entry_done(&e);
		return r;
	}
	mds_hash(row->text, e.sha256);
	e.has_aaguid = row->has_aaguid;
	memcpy(e.aaguid, row->aaguid, sizeof(e.aaguid));
	*ret = e;
	return 0;
}

size_t mds_count_unreadable(const struct mds *m)
{
	size_t i, bad = 0;

	for (i = 0; i < m->rows_n; i++) {
		struct mds_entry e = { .anchors = { NULL, 0 } };

		bad += read_entry(&m->rows[i], /* with_certificates= */ false,
			&e, NULL) < 0;
		mds_entry_done(&e);
	}
	return bad;
}

/* ---- what statuses weigh ---- */

static bool in_force(const struct mds_status *s, time_t at)
{
	return !s->has_date || s->since <= at;
}

/* A report about one certificate is none about other vendors' batches. */
static bool status_concerns(const struct mds_status *s,
	unsigned char (*key_ids)[MDS_KEY_ID_LEN], size_t n)
{
	size_t i;

	if (!s->has_certificate ||
		strcmp(s->name, "ATTESTATION_KEY_COMPROMISE") != 0)
		return true;
	for (i = 0; i < n; i++)
		if (memcmp(s->key_id, key_ids[i], MDS_KEY_ID_LEN) == 0)
			return true;
	return false;
}

const struct mds_status *mds_entry_worst(const struct mds_entry *e,
	unsigned char (*key_ids)[MDS_KEY_ID_LEN], size_t key_ids_n,
	time_t at)
{
	const struct mds_status *worst = NULL, *s;
	size_t i;

	for (i = 0; i < e->statuses_n; i++) {
		s = &e->statuses[i];
		if (s->weight == MDS_NEUTRAL || !in_force(s, at) ||
			!status_concerns(s, key_ids, key_ids_n))
			continue;
		if (!worst || s->weight > worst->weight ||
			(s->weight == worst->weight &&
				s->since >= worst->since))
			worst = s;
	}
	return worst;
}

int mds_entry_level(const struct mds_entry *e, time_t at)
{
	int best = 0;
	size_t i;

	for (i = 0; i < e->statuses_n; i++)
		if (in_force(&e->statuses[i], at) &&
			e->statuses[i].level > best)
			best = e->statuses[i].level;
	return best;
}

const char *mds_level_name(int level)
{
	size_t i;

	for (i = 0; level > 0 && level <= LEVEL_MAX &&
		i < ARRAY_LEN(statuses); i++)
		if (statuses[i].level == level)
			return statuses[i].name;
	return statuses[0].name;
}
