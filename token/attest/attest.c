/* SPDX-License-Identifier: Apache-2.0 */
/* The verification steps: from a signature to what is known of the model. */
#include "token/attest/private.h"

#include "base/encode.h"
#include "base/text.h"
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static void step_fails(struct verification *c, const char *step,
	enum verdict verdict, const char *text)
{
	steps_add(c->steps, step, STEP_FAIL, verdict, "%s", text);
}

/*
 * A fido-u2f statement signs neither flags nor AAGUID: what stands in the answer
 * for a model is anybody's word, and looks nothing up, and nobody was verified.
 */
static bool signs_all(const struct verification *c)
{
	return strcmp(c->a->fmt, "fido-u2f") != 0;
}

/* Step 0: what must hold before any signature is worth a look. */
static bool check_auth_data(struct verification *c)
{
	unsigned char want[32];
	struct error e;

	if (authdata_parse(c->a->auth_data.p, c->a->auth_data.n, &c->auth,
		    &e) < 0) {
		step_fails(c, "signature", VERDICT_FORGED, e.text);
		return false;
	}
	c->facts->flags = signs_all(c) ? c->auth.flags :
		c->auth.flags & (uint8_t)~AUTHDATA_UV;
	c->facts->counter = c->auth.counter;
	SHA256((const unsigned char *)c->a->rp_id, strlen(c->a->rp_id), want);
	if (!bytes_equal(want, c->auth.rp_id_hash, sizeof(want))) {
		step_fails(c, "signature", VERDICT_FORGED,
			"the answer is for another relying party (rpIdHash)");
		return false;
	}
	if (!c->auth.aaguid) {
		step_fails(c, "signature", VERDICT_FORGED,
			"the answer holds no credential (flag AT is not set)");
		return false;
	}
	if (!(c->auth.flags & AUTHDATA_UP)) {
		step_fails(c, "signature", VERDICT_FORGED,
			"the flags say that nobody was present (UP is not "
			"set)");
		return false;
	}
	return true;
}

static bool load_credential(struct verification *c)
{
	struct error e;
	int r;

	memcpy(c->facts->aaguid, c->auth.aaguid, 16);
	buf_put(&c->facts->credential_id, c->auth.credential_id,
		c->auth.credential_id_n);
	buf_put(&c->facts->public_key, c->auth.public_key,
		c->auth.public_key_n);
	r = cose_key_load(c->auth.public_key, c->auth.public_key_n, &c->key,
		&c->facts->alg, &e);
	if (r == -ERROR_UNSUPPORTED) {
		r = algorithm_of_key(c->auth.public_key, c->auth.public_key_n,
			&c->facts->alg, &e);
		c->facts->unverifiable = r == 0;
	}
	if (r == 0)
		return true;
	steps_add(c->steps, "signature", STEP_FAIL, VERDICT_FORGED,
		"the new credential: %s", e.text);
	return false;
}

#define QUOTED_LEN 192

/* A TPM's certificate has no subject. */
static const char *quoted(const char *subject, const char *sha256,
	char ret[QUOTED_LEN])
{
	if (subject[0])
		snprintf(ret, QUOTED_LEN, "'%s'", subject);
	else
		snprintf(ret, QUOTED_LEN,
			"a certificate without a subject (SHA-256 %.16s)",
			sha256);
	return ret;
}

static void chain_holds(struct verification *c)
{
	const struct model *m = &c->model;
	char leaf[QUOTED_LEN];

	memcpy(c->facts->anchor_sha256, m->anchor_sha256,
		sizeof(m->anchor_sha256));
	memcpy(c->facts->anchor_subject, m->anchor_subject,
		sizeof(m->anchor_subject));
	c->facts->attested = true;
	steps_add(c->steps, "chain", STEP_PASS, VERDICT_GENUINE,
		"%s leads to the trusted '%s' (SHA-256 %.16s)%s%s%s",
		quoted(c->facts->leaf.subject, c->facts->leaf.sha256, leaf),
		m->anchor_subject, m->anchor_sha256,
		m->by_metadata ? " of the metadata entry '" : "",
		m->by_metadata ? m->entry.description : "",
		m->by_metadata ? "'" : "");
}

static void chain_fails(struct verification *c)
{
	const struct model *m = &c->model;
	bool open = anchors_expired(m->why) || m->unreadable;
	char leaf[QUOTED_LEN];

	if (m->why == X509_V_ERR_OUT_OF_MEM) {
		steps_add(c->steps, "chain", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"the chain could not be built");
		return;
	}
	steps_add(c->steps, "chain", STEP_FAIL,
		open ? VERDICT_UNDECIDED : VERDICT_UNKNOWN_VENDOR,
		"%s leads to none of the trusted certificates (%zu added "
		"here%s): %s", quoted(c->facts->leaf.subject,
			c->facts->leaf.sha256, leaf), c->anchors->n,
		!c->mds ? ", no metadata" : m->unreadable ?
		", the model's metadata cannot be read" : m->has_entry ?
		", and the model's in the metadata" :
		", none in the metadata",
		X509_verify_cert_error_string(m->why));
}

static const uint8_t no_aaguid[16];

static bool names_none(const struct verification *c)
{
	return memcmp(c->auth.aaguid, no_aaguid, sizeof(no_aaguid)) == 0;
}

/* A good attestation of a key that nobody here can use. */
static void step_credential(struct verification *c)
{
	char name[ALGORITHM_NAME_LEN];

	if (!c->facts->unverifiable)
		return;
	algorithm_name(c->facts->alg, name);
	steps_add(c->steps, "credential", STEP_UNKNOWN, VERDICT_UNDECIDED,
		"the new credential's algorithm %s cannot be judged here: "
		"nothing that it signs can be verified", name);
}

static void step_chain(struct verification *c)
{
	struct model_question q = {
		.leaf = c->st.leaf,
		.others = c->st.others,
		.aaguid = signs_all(c) ? c->auth.aaguid : no_aaguid,
		.leaf_aaguid = c->facts->leaf.has_aaguid ?
			c->facts->leaf.aaguid : NULL,
		.anchors = c->anchors,
		.mds = c->mds,
		.at = c->at,
	};

	if (!c->st.leaf) {
		step_fails(c, "chain", VERDICT_SELF_ATTESTED,
			"there is no certificate: the token vouches for "
			"itself only");
		return;
	}
	if (c->anchors->n == 0 && !c->mds) {
		steps_add(c->steps, "chain", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"there is no trust data: get FIDO's metadata with "
			"`tokenbridge trust update`, or add a vendor's "
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
static bool names_model(const struct verification *c)
{
	const struct model *m = &c->model;

	return signs_all(c) && m->by_metadata && m->entry.has_aaguid &&
		memcmp(m->entry.aaguid, c->auth.aaguid, 16) == 0;
}

/* Where the certificate names no model, its metadata entry may. */
static void model_by_entry(struct verification *c)
{
	char claimed[AAGUID_TEXT_LEN];

	aaguid_format(c->auth.aaguid, claimed);
	if (names_model(c)) {
		c->facts->aaguid_proved = c->facts->attested;
		steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
			"AAGUID %s, whose own metadata entry the chain ends in",
			claimed);
		return;
	}
	if (names_none(c))
		steps_add(c->steps, "model", STEP_UNKNOWN, VERDICT_GENUINE,
			"neither the certificate nor the answer names a model");
	else
		steps_add(c->steps, "model", STEP_UNKNOWN, VERDICT_GENUINE,
			"the certificate names no model: AAGUID %s is only "
			"claimed", claimed);
}

/* What the certificate names is proved by its chain alone. */
static void model_by_leaf(struct verification *c)
{
	const struct leaf *l = &c->facts->leaf;
	char named[AAGUID_TEXT_LEN];

	aaguid_format(l->aaguid, named);
	if (!c->facts->attested) {
		steps_add(c->steps, "model", STEP_UNKNOWN, VERDICT_GENUINE,
			"AAGUID %s in the certificate, which nobody who is "
			"trusted here vouches for", named);
		return;
	}
	c->facts->aaguid_proved = true;
	memcpy(c->facts->aaguid, l->aaguid, sizeof(c->facts->aaguid));
	steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
		names_none(c) ? "AAGUID %s by the certificate, a U2F answer "
		"names none" : "AAGUID %s, the same in the certificate", named);
}

static void step_model(struct verification *c)
{
	const struct leaf *l = &c->facts->leaf;
	char claimed[AAGUID_TEXT_LEN], named[AAGUID_TEXT_LEN];

	if (!c->facts->has_leaf)
		return;
	if (!l->has_aaguid) {
		model_by_entry(c);
		return;
	}
	if (memcmp(l->aaguid, c->auth.aaguid, 16) != 0 &&
		(signs_all(c) || !names_none(c))) {
		aaguid_format(l->aaguid, named);
		aaguid_format(c->auth.aaguid, claimed);
		steps_add(c->steps, "model", STEP_FAIL, VERDICT_FORGED,
			"the certificate is one for AAGUID %s, the answer "
			"claims %s", named, claimed);
		return;
	}
	if (l->aaguid_critical) {
		step_fails(c, "model", VERDICT_FORGED,
			"the certificate marks its AAGUID critical, which no "
			"vendor may do");
		return;
	}
	model_by_leaf(c);
}

/* An enterprise's certificate is one token's own. */
static void step_serial(struct verification *c)
{
	const struct leaf *l = &c->facts->leaf;
	char hex[HEX_LEN(sizeof(l->serial))], number[24] = "";

	if (!c->facts->has_leaf || l->serial_n == 0)
		return;
	hex_encode(l->serial, l->serial_n, hex);
	if (leaf_serial(l))
		snprintf(number, sizeof(number), "%llu, ",
			(unsigned long long)leaf_serial(l));
	steps_add(c->steps, "serial", c->facts->attested ? STEP_PASS :
		STEP_UNKNOWN, VERDICT_GENUINE,
		"the certificate is this token's own: serial number %s0x%s",
		number, hex);
}

static void step_hardware(struct verification *c)
{
	if (c->auth.flags & (AUTHDATA_BE | AUTHDATA_BS))
		steps_add(c->steps, "hardware", STEP_FAIL, VERDICT_UNDECIDED,
			"the signed flags say that the credential can be "
			"copied (BE or BS is set)");
	if (c->st.movable)
		steps_add(c->steps, "hardware", STEP_FAIL, VERDICT_UNDECIDED,
			"the TPM says that the key can leave it, or was made "
			"elsewhere");
}

/* "metadata 276, 12 days old" */
static void describe_metadata(const struct verification *c, char *ret,
	size_t size)
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

static void judge_entry(struct verification *c, const char *source)
{
	const struct mds_entry *e = &c->model.entry;
	const struct mds_status *worst = mds_entry_worst(e, c->model.key_ids,
		c->model.key_ids_n, c->at);
	int certified = mds_entry_level(e, c->at);
	const char *level = mds_level_name(certified);
	bool overdue = mds_info(c->mds)->next_update < c->at;
	bool ours = c->model.by_metadata || c->facts->aaguid_proved;

	/* of a model that is only claimed nothing is known */
	if (ours)
		c->facts->certification = certified;
	if (!ours && (!worst || worst->weight != MDS_BAD))
		steps_add(c->steps, "metadata", STEP_UNKNOWN, VERDICT_GENUINE,
			"'%s' is the model that is claimed, and not proved "
			"(%s; entry SHA-256 %.16s)", e->description, source,
			e->sha256);
	else if (!worst)
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

static void step_metadata(struct verification *c)
{
	char source[80];

	if (!c->mds) {
		steps_add(c->steps, "metadata", STEP_SKIPPED,
			VERDICT_GENUINE, "no metadata is here: `tokenbridge "
			"trust update` gets it");
		return;
	}
	describe_metadata(c, source, sizeof(source));
	c->facts->metadata_number = mds_info(c->mds)->number;
	if (c->model.has_entry) {
		memcpy(c->facts->metadata_entry, c->model.entry.sha256,
			sizeof(c->facts->metadata_entry));
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

static void verification_done(struct verification *c)
{
	EVP_PKEY_free(c->key);
	model_done(&c->model);
	statement_done(&c->st);
}

void attest_verify(const struct attestation *a, const struct anchors *anchors,
	const struct mds *mds, time_t at, struct steps *steps,
	struct attest_facts *facts)
{
	CLEANUP(verification_done) struct verification c = {
		.a = a,
		.anchors = anchors,
		.mds = mds,
		.at = at,
		.steps = steps,
		.facts = facts,
	};

	SHA256(a->client_data.p, a->client_data.n, c.client_data_hash);
	if (!check_auth_data(&c) || !load_credential(&c) ||
		!statement_verify(&c))
		return;
	step_credential(&c);
	step_chain(&c);
	step_model(&c);
	step_serial(&c);
	step_hardware(&c);
	step_metadata(&c);
}
