/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation statements. */
#include "token/attest.h"

#include "base/encode.h"
#include "base/text.h"
#include "token/attest-model.h"
#include "token/tcbor.h"

#include <limits.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#define X5C_MAX 8

/* A statement taken apart; everything but certs points into att_stmt's map. */
struct statement {
	cbor_item_t *map; /* owned */
	int64_t alg;
	bool has_alg;
	const unsigned char *sig;
	size_t sig_n;
	X509 *leaf;             /* owned */
	STACK_OF(X509) *others; /* owned, intermediates in their order */
};

/* What the steps work on. */
struct climb {
	const struct attestation *a;
	const struct anchors *anchors;
	const struct mds *mds; /* may be NULL */
	time_t at;
	struct authdata auth;
	unsigned char client_data_hash[32];
	struct statement st;
	EVP_PKEY *key; /* the credential's; owned */
	struct model model; /* owned */
	struct steps *steps;
	struct attest_facts *facts;
};

void attestation_init(struct attestation *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->client_data, ATTEST_BYTES_MAX);
	buf_init(&a->auth_data, ATTEST_BYTES_MAX);
	buf_init(&a->att_stmt, ATTEST_BYTES_MAX);
}

void attestation_done(struct attestation *a)
{
	buf_done(&a->client_data);
	buf_done(&a->auth_data);
	buf_done(&a->att_stmt);
}

void attest_facts_init(struct attest_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->certification = -1;
	buf_init(&f->credential_id, ATTEST_BYTES_MAX);
	buf_init(&f->public_key, ATTEST_BYTES_MAX);
}

void attest_facts_done(struct attest_facts *f)
{
	buf_done(&f->credential_id);
	buf_done(&f->public_key);
}

void attestation_put_object(struct buf *b, const struct attestation *a)
{
	tcbor_put_head(b, TCBOR_MAP, 3);
	tcbor_put_text(b, "fmt");
	tcbor_put_text(b, a->fmt);
	tcbor_put_text(b, "attStmt");
	buf_put(b, a->att_stmt.p, a->att_stmt.n);
	tcbor_put_text(b, "authData");
	tcbor_put_bytes(b, a->auth_data.p, a->auth_data.n);
}

/*
 * Bytes of the value of a text key, as they stand: the statement is hashed and
 * passed on, never re-encoded. The item is known to be well-formed.
 */
static const unsigned char *raw_value(const unsigned char *p, size_t n,
	const char *key, size_t *ret_n)
{
	size_t len, pairs = p[0] & 31u, want = strlen(key);
	const unsigned char *k;

	*ret_n = 0;
	if (n == 0 || p[0] >> 5 != TCBOR_MAP || pairs > 23)
		return NULL;
	for (p++, n--; pairs > 0; pairs--) {
		k = p;
		len = tcbor_item_length(p, n);
		p += len;
		n -= len;
		*ret_n = tcbor_item_length(p, n);
		if (*ret_n == 0)
			return NULL;
		if (len == want + 1 && k[0] == (TCBOR_TEXT << 5 | want) &&
			memcmp(k + 1, key, want) == 0)
			return p;
		p += *ret_n;
		n -= *ret_n;
	}
	return NULL;
}

int attestation_parse_object(const unsigned char *p, size_t n,
	struct attestation *ret, struct error *err)
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	const unsigned char *auth, *stmt;
	char fmt[ATTEST_FMT_MAX + 1];
	size_t auth_n, stmt_n;
	int r;

	r = tcbor_load(p, n, &map, err);
	if (r < 0)
		return r;
	auth = tcbor_bytes(tcbor_get(map, "authData"), &auth_n);
	stmt = raw_value(p, n, "attStmt", &stmt_n);
	if (!auth || !stmt || stmt[0] >> 5 != TCBOR_MAP ||
		tcbor_text(tcbor_get(map, "fmt"), fmt, sizeof(fmt)) < 0)
		return error_set(err, ERROR_MALFORMED,
			"an attestation object without fmt, attStmt or "
			"authData");
	buf_reset(&ret->auth_data);
	buf_reset(&ret->att_stmt);
	buf_put(&ret->auth_data, auth, auth_n);
	buf_put(&ret->att_stmt, stmt, stmt_n);
	memcpy(ret->fmt, fmt, sizeof(fmt));
	r = buf_check(&ret->auth_data, "authenticator data", err);
	return r < 0 ? r : buf_check(&ret->att_stmt,
		"an attestation statement", err);
}

static void fail(struct climb *c, const char *step, enum verdict verdict,
	const char *text)
{
	steps_add(c->steps, step, STEP_FAIL, verdict, "%s", text);
}

/* Step 0: what must hold before any signature is worth a look. */
static bool check_auth_data(struct climb *c)
{
	unsigned char want[32];
	struct error e;

	if (authdata_parse(c->a->auth_data.p, c->a->auth_data.n, &c->auth,
		    &e) < 0) {
		fail(c, "signature", VERDICT_FORGED, e.text);
		return false;
	}
	c->facts->flags = c->auth.flags;
	c->facts->counter = c->auth.counter;
	SHA256((const unsigned char *)c->a->rp_id, strlen(c->a->rp_id), want);
	if (!bytes_equal(want, c->auth.rp_id_hash, sizeof(want))) {
		fail(c, "signature", VERDICT_FORGED,
			"the answer is for another relying party (rpIdHash)");
		return false;
	}
	if (!c->auth.aaguid) {
		fail(c, "signature", VERDICT_FORGED,
			"the answer holds no credential (flag AT is not set)");
		return false;
	}
	if (!(c->auth.flags & AUTHDATA_UP)) {
		fail(c, "signature", VERDICT_FORGED,
			"the signed flags say that nobody was present (UP is "
			"not set)");
		return false;
	}
	return true;
}

static bool load_credential(struct climb *c)
{
	struct error e;

	memcpy(c->facts->aaguid, c->auth.aaguid, 16);
	buf_put(&c->facts->credential_id, c->auth.credential_id,
		c->auth.credential_id_n);
	buf_put(&c->facts->public_key, c->auth.public_key,
		c->auth.public_key_n);
	if (cose_key_load(c->auth.public_key, c->auth.public_key_n, &c->key,
		    &c->facts->alg, &e) == 0)
		return true;
	steps_add(c->steps, "signature", STEP_FAIL, VERDICT_FORGED,
		"the new credential: %s", e.text);
	return false;
}

static bool add_certificate(struct climb *c, cbor_item_t *item, size_t i,
	struct error *err)
{
	struct leaf other;
	const unsigned char *der;
	X509 *cert = NULL;
	size_t n;

	der = tcbor_bytes(item, &n);
	if (!der) {
		error_set(err, ERROR_MALFORMED, "x5c holds no byte string");
		return false;
	}
	if (leaf_load(der, n, &cert, i == 0 ? &c->facts->leaf : &other,
		    err) < 0)
		return false;
	if (i == 0) {
		c->st.leaf = cert;
	} else if (sk_X509_push(c->st.others, cert) <= 0) {
		X509_free(cert);
		error_memory(err);
		return false;
	}
	return true;
}

static bool load_x5c(struct climb *c, cbor_item_t *x5c, struct error *err)
{
	size_t i, n;

	if (!x5c)
		return true;
	c->st.others = sk_X509_new_null();
	n = cbor_isa_array(x5c) ? cbor_array_size(x5c) : 0;
	if (n == 0 || n > X5C_MAX || !c->st.others) {
		error_set(err, ERROR_MALFORMED,
			"x5c is no list of 1 to %d certificates", X5C_MAX);
		return false;
	}
	for (i = 0; i < n; i++)
		if (!add_certificate(c, cbor_array_handle(x5c)[i], i, err))
			return false;
	c->facts->has_leaf = true;
	return true;
}

static bool load_statement(struct climb *c)
{
	struct statement *st = &c->st;
	struct error e;

	if (tcbor_load(c->a->att_stmt.p, c->a->att_stmt.n, &st->map, &e) < 0 ||
		!load_x5c(c, tcbor_get(st->map, "x5c"), &e)) {
		steps_add(c->steps, "signature", STEP_FAIL, VERDICT_FORGED,
			"the attestation statement: %s", e.text);
		return false;
	}
	st->has_alg = tcbor_int(tcbor_get(st->map, "alg"), &st->alg) == 0 &&
		st->alg >= INT_MIN && st->alg <= INT_MAX;
	st->sig = tcbor_bytes(tcbor_get(st->map, "sig"), &st->sig_n);
	return true;
}

static void pass_signature(struct climb *c, const char *by)
{
	steps_add(c->steps, "signature", STEP_PASS, VERDICT_GENUINE,
		"%s statement over the challenge that was asked, signed by %s", c->a->fmt,
		by);
}

static void forged_signature(struct climb *c)
{
	fail(c, "signature", VERDICT_FORGED,
		"the signature does not hold over this challenge: the answer "
		"was forged, replayed or changed");
}

/* Section 8.2: packed, basic or self. */
static bool verify_packed(struct climb *c)
{
	const struct attestation *a = c->a;
	struct statement *st = &c->st;
	const char *defect;

	if (!st->sig || !st->has_alg) {
		fail(c, "signature", VERDICT_FORGED,
			"a packed statement without alg or sig");
		return false;
	}
	if (!cose_verify(st->leaf ? X509_get0_pubkey(st->leaf) : c->key,
		    (int)st->alg, a->auth_data.p, a->auth_data.n,
		    c->client_data_hash, 32, st->sig, st->sig_n) ||
		(!st->leaf && st->alg != c->facts->alg)) {
		forged_signature(c);
		return false;
	}
	if (!st->leaf) {
		pass_signature(c, "the new credential itself");
		return true;
	}
	defect = leaf_packed_defect(st->leaf);
	if (defect) {
		fail(c, "signature", VERDICT_FORGED, defect);
		return false;
	}
	pass_signature(c, "its attestation certificate");
	return true;
}

/* One DER integer of at most 127 bytes, without needless zeros. */
static bool put_short_integer(struct buf *b, const unsigned char **p,
	size_t *n)
{
	const unsigned char *v = *p + 2;
	size_t len = *n < 2 ? 0 : (*p)[1];

	if (len == 0 || len > 127 || (*p)[0] != 0x02 || len > *n - 2)
		return false;
	*p += 2 + len;
	*n -= 2 + len;
	for (; len > 1 && v[0] == 0; len--)
		v++;
	buf_put_byte(b, 0x02);
	buf_put_byte(b, (unsigned char)(len + (v[0] >> 7)));
	if (v[0] & 0x80)
		buf_put_byte(b, 0);
	buf_put(b, v, len);
	return true;
}

/*
 * Old U2F tokens put more zeros before r and s than DER allows, and OpenSSL
 * refuses those: the same two numbers in their one right form, or nothing.
 */
static void shorten_signature(const unsigned char *p, size_t n,
	struct buf *ret)
{
	CLEANUP(buf_done) struct buf body;

	buf_init(&body, 127);
	if (n < 2 || p[0] != 0x30 || p[1] != n - 2)
		return;
	p += 2;
	n -= 2;
	if (!put_short_integer(&body, &p, &n) ||
		!put_short_integer(&body, &p, &n) || n != 0 ||
		buf_failed(&body))
		return;
	buf_put_byte(ret, 0x30);
	buf_put_byte(ret, (unsigned char)body.n);
	buf_put(ret, body.p, body.n);
}

static bool is_p256(EVP_PKEY *key)
{
	char group[32];

	return key && EVP_PKEY_get_group_name(key, group, sizeof(group),
			      NULL) == 1 && strcmp(group, "prime256v1") == 0;
}

/* Section 8.6: the layout of U2F's registration response. */
static bool verify_fido_u2f(struct climb *c)
{
	CLEANUP(buf_done) struct buf data, sig;
	struct statement *st = &c->st;
	unsigned char point[65];

	buf_init(&data, ATTEST_BYTES_MAX);
	buf_init(&sig, 256);
	if (!st->sig || !st->leaf || sk_X509_num(st->others) != 0 ||
		!is_p256(X509_get0_pubkey(st->leaf)) ||
		cose_key_point(c->auth.public_key, c->auth.public_key_n,
			point) < 0) {
		fail(c, "signature", VERDICT_FORGED,
			"a fido-u2f statement without one certificate, a "
			"signature and P-256 keys");
		return false;
	}
	shorten_signature(st->sig, st->sig_n, &sig);
	buf_put_byte(&data, 0);
	buf_put(&data, c->auth.rp_id_hash, 32);
	buf_put(&data, c->client_data_hash, 32);
	buf_put(&data, c->auth.credential_id, c->auth.credential_id_n);
	buf_put(&data, point, sizeof(point));
	if (buf_failed(&data) ||
		!cose_verify(X509_get0_pubkey(st->leaf), COSE_ALG_ES256,
			data.p, data.n, NULL, 0, sig.p, sig.n)) {
		forged_signature(c);
		return false;
	}
	pass_signature(c, "its attestation certificate");
	return true;
}

static bool verify_none(struct climb *c)
{
	fail(c, "signature", VERDICT_NOT_ATTESTED,
		"the token gives no attestation (format 'none')");
	return false;
}

static const struct {
	const char *fmt;
	bool (*verify)(struct climb *);
} formats[] = {
	{ "packed", verify_packed },
	{ "fido-u2f", verify_fido_u2f },
	{ "none", verify_none },
};

static bool step_signature(struct climb *c)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].fmt, c->a->fmt) == 0)
			return formats[i].verify(c);
	steps_add(c->steps, "signature", STEP_FAIL, VERDICT_NOT_ATTESTED,
		"attestation format '%s' is not understood", c->a->fmt);
	return false;
}

static void chain_holds(struct climb *c)
{
	const struct model *m = &c->model;

	memcpy(c->facts->anchor_sha256, m->anchor_sha256,
		sizeof(m->anchor_sha256));
	memcpy(c->facts->anchor_subject, m->anchor_subject,
		sizeof(m->anchor_subject));
	c->facts->attested = true;
	steps_add(c->steps, "chain", STEP_PASS, VERDICT_GENUINE,
		"'%s' leads to the trusted '%s' (SHA-256 %.16s)%s%s%s",
		c->facts->leaf.subject, m->anchor_subject, m->anchor_sha256,
		m->by_metadata ? " of the metadata entry '" : "",
		m->by_metadata ? m->entry.description : "",
		m->by_metadata ? "'" : "");
}

static void chain_fails(struct climb *c)
{
	const struct model *m = &c->model;
	bool open = anchors_expired(m->why) || m->unreadable;

	if (m->why == X509_V_ERR_OUT_OF_MEM) {
		steps_add(c->steps, "chain", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"the chain could not be built");
		return;
	}
	steps_add(c->steps, "chain", STEP_FAIL,
		open ? VERDICT_UNDECIDED : VERDICT_UNKNOWN_MAKER,
		"'%s' leads to none of the trusted certificates (%zu added "
		"here%s): %s", c->facts->leaf.subject, c->anchors->n,
		!c->mds ? ", no metadata" : m->unreadable ?
		", the model's metadata cannot be read" : m->has_entry ?
		", and the model's in the metadata" :
		", none in the metadata",
		X509_verify_cert_error_string(m->why));
}

static void step_chain(struct climb *c)
{
	struct model_question q = {
		.leaf = c->st.leaf,
		.others = c->st.others,
		.aaguid = c->auth.aaguid,
		.leaf_aaguid = c->facts->leaf.has_aaguid ?
			c->facts->leaf.aaguid : NULL,
		.anchors = c->anchors,
		.mds = c->mds,
		.at = c->at,
	};

	if (!c->st.leaf) {
		fail(c, "chain", VERDICT_SELF_ATTESTED,
			"there is no certificate: the token vouches for "
			"itself only");
		return;
	}
	if (c->anchors->n == 0 && !c->mds) {
		steps_add(c->steps, "chain", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"there is no trust data: get FIDO's metadata with "
			"`tokenbridge trust update`, or add a maker's "
			"certificates with `tokenbridge trust add FILE`");
		return;
	}
	model_find(&q, &c->model);
	if (c->model.holds)
		chain_holds(c);
	else
		chain_fails(c);
}

/* Whether the chain ends in the entry of the very model that is claimed. */
static bool names_model(const struct climb *c)
{
	const struct model *m = &c->model;

	return m->by_metadata && m->entry.has_aaguid &&
		memcmp(m->entry.aaguid, c->auth.aaguid, 16) == 0;
}

static void step_model(struct climb *c)
{
	static const uint8_t zero[16];
	const struct leaf *l = &c->facts->leaf;
	char signed_[AAGUID_TEXT_LEN], named[AAGUID_TEXT_LEN];
	bool is_u2f = strcmp(c->a->fmt, "fido-u2f") == 0 &&
		memcmp(c->auth.aaguid, zero, sizeof(zero)) == 0;

	if (!c->facts->has_leaf)
		return;
	aaguid_format(c->auth.aaguid, signed_);
	if (!l->has_aaguid && names_model(c)) {
		c->facts->aaguid_proved = c->facts->attested;
		steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
			"AAGUID %s, whose own metadata entry the chain ends in",
			signed_);
		return;
	}
	if (!l->has_aaguid) {
		steps_add(c->steps, "model", STEP_UNKNOWN, VERDICT_GENUINE,
			"the certificate names no model: AAGUID %s is only "
			"claimed", signed_);
		return;
	}
	aaguid_format(l->aaguid, named);
	if (!is_u2f && memcmp(l->aaguid, c->auth.aaguid, 16) != 0) {
		steps_add(c->steps, "model", STEP_FAIL, VERDICT_FORGED,
			"the certificate is one for AAGUID %s, the answer "
			"claims %s", named, signed_);
		return;
	}
	if (l->aaguid_critical) {
		fail(c, "model", VERDICT_FORGED,
			"the certificate marks its AAGUID critical, which no "
			"maker may do");
		return;
	}
	if (is_u2f) { /* whose answer has no room for it */
		steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
			"AAGUID %s in the certificate; a U2F answer names none",
			named);
		return;
	}
	c->facts->aaguid_proved = c->facts->attested;
	steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
		"AAGUID %s, the same in the certificate", signed_);
}

static void step_hardware(struct climb *c)
{
	if (c->auth.flags & (AUTHDATA_BE | AUTHDATA_BS))
		steps_add(c->steps, "hardware", STEP_FAIL, VERDICT_UNDECIDED,
			"the signed flags say that the credential can be "
			"copied (BE or BS is set)");
}

/* "metadata 276, 12 days old" */
static void describe_metadata(const struct climb *c, char *ret, size_t size)
{
	const struct mds_info *i = mds_info(c->mds);
	char age[32] = "of unknown age";

	if (i->fetched_at > 0) {
		text_format_age(c->at > i->fetched_at ?
			c->at - i->fetched_at : 0, age, sizeof(age));
		strcat(age, " old");
	}
	snprintf(ret, size, "metadata %llu, %s%s",
		(unsigned long long)i->number, age,
		i->next_update < c->at ? ", overdue" : "");
}

static void judge_entry(struct climb *c, const char *source)
{
	const struct mds_entry *e = &c->model.entry;
	const struct mds_status *worst = mds_entry_worst(e, c->model.key_ids,
		c->model.key_ids_n, c->at);
	const char *level = mds_level_name(c->facts->certification);
	bool overdue = mds_info(c->mds)->next_update < c->at;

	if (!worst)
		steps_add(c->steps, "metadata", overdue ? STEP_WARN : STEP_PASS,
			VERDICT_GENUINE, "'%s': %s (%s; entry SHA-256 %.16s)%s",
			e->description, level, source, e->sha256, overdue ?
			"; `tokenbridge trust update` gets the newest" : "");
	else if (worst->weight == MDS_BAD)
		steps_add(c->steps, "metadata", STEP_FAIL, VERDICT_COMPROMISED,
			"'%s': %s (%s; entry SHA-256 %.16s) %s",
			e->description, worst->name, source, e->sha256,
			worst->url);
	else
		steps_add(c->steps, "metadata", STEP_WARN, VERDICT_GENUINE,
			"'%s': %s%s, %s (%s; entry SHA-256 %.16s) %s",
			e->description, worst->name,
			worst->known ? "" : ", a status not known here", level,
			source, e->sha256, worst->url);
}

static void step_metadata(struct climb *c)
{
	char source[80];

	if (!c->mds) {
		steps_add(c->steps, "metadata", STEP_NOT_ASKED,
			VERDICT_GENUINE, "no metadata");
		return;
	}
	describe_metadata(c, source, sizeof(source));
	c->facts->metadata_number = mds_info(c->mds)->number;
	if (c->model.has_entry) {
		memcpy(c->facts->metadata_entry, c->model.entry.sha256,
			sizeof(c->facts->metadata_entry));
		c->facts->certification = mds_entry_level(&c->model.entry,
			c->at);
		judge_entry(c, source);
	} else if (c->model.unreadable) {
		steps_add(c->steps, "metadata", STEP_UNKNOWN,
			VERDICT_UNDECIDED, "the model's entry cannot be read "
			"(%s)", source);
	} else {
		steps_add(c->steps, "metadata", STEP_UNKNOWN, VERDICT_GENUINE,
			"the model is not in it (%s)", source);
	}
}

static void climb_done(struct climb *c)
{
	EVP_PKEY_free(c->key);
	model_done(&c->model);
	X509_free(c->st.leaf);
	sk_X509_pop_free(c->st.others, X509_free);
	tcbor_done(&c->st.map);
}

void attest_verify(const struct attestation *a, const struct anchors *anchors,
	const struct mds *mds, time_t at, struct steps *steps, struct attest_facts *facts)
{
	CLEANUP(climb_done) struct climb c = {
		.a = a,
		.anchors = anchors,
		.mds = mds,
		.at = at,
		.steps = steps,
		.facts = facts,
	};

	SHA256(a->client_data.p, a->client_data.n, c.client_data_hash);
	if (!check_auth_data(&c) || !load_credential(&c) ||
		!load_statement(&c) || !step_signature(&c))
		return;
	step_chain(&c);
	step_model(&c);
	step_hardware(&c);
	step_metadata(&c);
}
