/* SPDX-License-Identifier: Apache-2.0 */
/* The verification steps on evidence that was saved, without the token. */
#include "bridge/verify/verify.h"

#include "base/encode.h"
#include "base/file.h"
#include "bridge/hash/chain.h"

#include <string.h>
#include <time.h>

static int check_hash(const struct buf *b, const char *want,
	struct steps *steps, struct error *err)
{
	unsigned char sha[32], given[32];
	int r;

	if (!want) {
		steps_add(steps, "file", STEP_WARN, VERDICT_GENUINE,
			"its unsigned parts are not protected: give --sha256");
		return 0;
	}
	if (hex_decode(want, strlen(want), given, sizeof(given)) != 32)
		return error_set(err, ERROR_USAGE,
			"--sha256 '%s': 64 hex digits are wanted", want);
	r = chain_digest(b->p, b->n, sha, err);
	if (r < 0)
		return r;
	if (bytes_equal(sha, given, sizeof(sha)))
		steps_add(steps, "file", STEP_PASS, VERDICT_GENUINE,
			"the file has the SHA-256 that was given");
	else
		steps_add(steps, "file", STEP_FAIL, VERDICT_FORGED,
			"the file does not have the SHA-256 that was given");
	return 0;
}

static void evidence_check_assertion(struct verification *v)
{
	const struct attest_facts *f = &v->facts;

	if (!v->evidence.has_assertion)
		return;
	if (v->evidence.assertion.credential_id.n != f->credential_id.n ||
		memcmp(v->evidence.assertion.credential_id.p,
			f->credential_id.p, f->credential_id.n) != 0)
		steps_add(&v->steps, "liveness", STEP_FAIL,
			VERDICT_NOT_THIS_TOKEN,
			"the assertion is by another credential");
	else
		proof_verify(&v->evidence.assertion, f->public_key.p,
			f->public_key.n, -1, &v->steps, &v->proof);
}

/* Whether client data were made for this, and not for a web site. */
static bool is_for(const struct buf *client_data, const char *type,
	const char *rp_id)
{
	json_t *o = json_loadb((const char *)client_data->p, client_data->n,
		JSON_REJECT_DUPLICATES, NULL);
	const char *type_ = json_string_value(json_object_get(o, "type"));
	const char *origin = json_string_value(json_object_get(o, "origin"));
	bool is = type_ && strcmp(type_, type) == 0 && origin &&
		strcmp(origin, rp_id) == 0;

	json_decref(o);
	return is;
}

/* The same token can be asked the same by any site: that proves nothing. */
static void check_purpose(struct verification *v, const char *rp_id)
{
	const struct evidence *e = &v->evidence;

	if (strcmp(e->attestation.rp_id, rp_id) != 0 ||
		!is_for(&e->attestation.client_data, "webauthn.create", rp_id))
		steps_add(&v->steps, "signature", STEP_FAIL, VERDICT_FORGED,
			"the attestation was not made for %s of '%s'",
			strcmp(rp_id, PROOF_RP_ID) == 0 ?
			"an identity credential" : "a credential", rp_id);
	if (e->has_assertion && !is_for(&e->assertion.client_data,
				       "webauthn.get", rp_id))
		steps_add(&v->steps, "liveness", STEP_FAIL,
			VERDICT_NOT_THIS_TOKEN,
			"the assertion was not made for '%s'", rp_id);
}

int verify_file(const struct verify_saved *q, struct verification *v,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, EVIDENCE_MAX);
	r = file_read(q->path, FILE_ANY, &b, NULL, err);
	if (r == 0 && evidence_parse(b.p, b.n, &v->evidence, &e) < 0)
		r = error_set(err, e.code, "'%s': %s", q->path, e.text);
	if (r == 0 && q->at.kind == MOMENT_MADE && !v->evidence.made_at)
		r = error_set(err, ERROR_USAGE,
			"--at made: the evidence does not say when it was "
			"made");
	if (r == 0)
		r = check_hash(&b, q->sha256, &v->steps, err);
	if (r < 0)
		return r;
	verify_evidence(q->trust, &v->evidence,
		moment_time(&q->at, v->evidence.made_at), &v->steps, &v->facts);
	check_purpose(v, q->rp_id ? q->rp_id : PROOF_RP_ID);
	evidence_check_assertion(v);
	verify_firmware(q->trust, v);
	v->verdict = steps_verdict(&v->steps);
	return 0;
}
