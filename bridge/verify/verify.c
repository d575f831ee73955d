/* SPDX-License-Identifier: Apache-2.0 */
/* The verification steps on a real token. */
#include "bridge/verify/verify.h"

#include "base/text.h"
#include "bridge/prompt/touch.h"
#include "bridge/registry/lookup.h"
#include "bridge/verify/identify.h"
#include "token/trust/mds-cache.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WHAT_LEN 96 /* of the prompt */

/* What the parts of one verification share. */
struct verifier {
	const struct run *run;
	const struct verify_request *q;
	struct verification *v;
};

void verification_init(struct verification *v)
{
	memset(v, 0, sizeof(*v));
	v->verdict = VERDICT_UNDECIDED;
	evidence_init(&v->evidence);
	attest_facts_init(&v->facts);
}

void verification_done(struct verification *v)
{
	evidence_done(&v->evidence);
	attest_facts_done(&v->facts);
	registry_token_done(&v->row);
	v->credential = NULL;
}

static struct advisory_source source_of_token(const struct token *t)
{
	struct advisory_source source = { .info = &t->devinfo,
		.vendor = t->node.vendor, .usb_product = t->node.product };

	if (t->identified) {
		source.hid_version = t->fido.hid_version;
		source.getinfo_version = t->fido.firmware;
		source.aaguid = t->fido.aaguid;
	}
	return source;
}

struct advisory_subject verify_claims(const struct advisories *t,
	const struct token *token)
{
	struct advisory_source source = source_of_token(token);

	return advisory_subject(t, &source);
}

/* What the evidence says that the token said. */
static struct advisory_source source_of_evidence(const struct evidence *e,
	struct devinfo *claimed)
{
	uint32_t v;

	if (product_firmware_parse(e->claimed_firmware,
		    strlen(e->claimed_firmware), &v) == 0) {
		claimed->has_version = true;
		claimed->version[0] = (uint8_t)(v >> 16);
		claimed->version[1] = (uint8_t)(v >> 8);
		claimed->version[2] = (uint8_t)v;
	}
	claimed->has_serial = e->claimed_serial != 0;
	claimed->serial = e->claimed_serial;
	return (struct advisory_source){ .info = claimed,
		.aaguid = e->has_claims ? e->claimed_aaguid : NULL };
}

void verify_firmware(const struct trust *trust, struct verification *v)
{
	struct devinfo claimed = { 0 };
	struct advisory_source source;

	v->advisories = &trust->advisories;
	source = v->token ? source_of_token(v->token) :
			    source_of_evidence(&v->evidence, &claimed);
	if (v->facts.attested && v->facts.has_leaf)
		source.leaf = &v->facts.leaf;
	if (v->facts.aaguid_proved) {
		source.aaguid = v->facts.aaguid;
		source.aaguid_proved = true;
	}
	v->subject = advisory_subject(v->advisories, &source);
	advisory_check(v->advisories, &v->subject, &v->steps);
}

void verify_evidence(const struct trust *trust, const struct evidence *e,
	time_t at, struct steps *steps, struct attest_facts *facts)
{
	attest_verify(&e->attestation, &trust->anchors, trust->mds, at, steps,
		facts);
}

static void judge_evidence(struct verifier *x)
{
	struct verification *v = x->v;

	verify_evidence(x->q->trust, &v->evidence, time(NULL), &v->steps,
		&v->facts);
}

/* "to prove what it is: touch 1 of 2" */
static struct touch touch_of(const struct verifier *x, const char *purpose,
	const char *to, char what[WHAT_LEN])
{
	snprintf(what, WHAT_LEN, "%s%s%s", to, x->q->purpose[0] ? ": " : "",
		x->q->purpose);
	return (struct touch){
		.token = x->q->token,
		.label = x->v->row.label,
		.fido = x->q->fido,
		.rp_id = PROOF_RP_ID,
		.purpose = purpose,
		.what = what,
	};
}

static int attest(struct verifier *x, struct error *err)
{
	struct verification *v = x->v;
	char what[WHAT_LEN];
	struct touch t = touch_of(x, "identity", "to prove what it is", what);
	int r = 0;

	if (x->q->enterprise)
		r = fido_want_enterprise(x->q->fido, err);
	if (r == 0)
		r = touch_make_credential(x->run, &t, &v->evidence.attestation,
			err);
	if (r < 0)
		return r;
	/* an assertion by the credential before this one proves nothing here */
	assertion_done(&v->evidence.assertion);
	assertion_init(&v->evidence.assertion);
	v->evidence.has_assertion = false;
	attest_facts_done(&v->facts);
	attest_facts_init(&v->facts);
	v->has_evidence = v->fresh = true;
	v->evidence.made_at = time(NULL);
	evidence_set_claims(&v->evidence, x->q->token);
	judge_evidence(x);
	return 0;
}

/* ---- what the registry knows ---- */

static int look_up(struct verifier *x, struct error *err)
{
	CLEANUP(identification_done) struct identification m = { 0 };
	const struct identify_request q = { x->q->token, x->q->fido,
		x->q->reg, x->q->holder };
	struct verification *v = x->v;
	int r;

	if (!q.reg)
		return 0;
	r = identification_find(x->run, &q, &m, err);
	if (r < 0 || !m.found)
		return r;
	registry_token_done(&v->row);
	v->row = m.row;
	v->credential = m.credential; /* in the list that v->row now owns */
	v->known = true;
	memset(&m, 0, sizeof(m));
	return 0;
}

static void stored_evidence(struct verifier *x)
{
	CLEANUP(buf_done) struct buf b;
	struct verification *v = x->v;
	char made_at[TEXT_TIME_LEN];
	bool absent = true;
	struct error e;
	int r = 0;

	buf_init(&b, EVIDENCE_MAX);
	if (v->credential->has_evidence)
		r = registry_evidence_get(x->q->reg, v->credential->evidence,
			&b, &absent, &e);
	if (r == 0 && !absent)
		r = evidence_parse(b.p, b.n, &v->evidence, &e);
	if (r < 0 || absent) {
		steps_add(&v->steps, "signature", STEP_UNKNOWN,
			VERDICT_UNDECIDED, "the stored attestation %s%s",
			r < 0 ? "cannot be read: " : "is not there any more",
			r < 0 ? e.text : "");
		return;
	}
	v->has_evidence = true;
	text_format_time(v->evidence.made_at, made_at);
	steps_add(&v->steps, "evidence", STEP_PASS, VERDICT_GENUINE,
		"its stored attestation of %s is checked again (--fresh asks "
		"for a new one)", made_at);
	judge_evidence(x);
}

static int verify_prove(struct verifier *x, struct error *err)
{
	struct verification *v = x->v;
	const struct registry_credential *c = v->credential;
	CLEANUP(assertion_done) struct assertion a;
	char what[WHAT_LEN];
	struct touch t = touch_of(x,
		x->q->sign_for ? x->q->sign_for : "liveness",
		"to prove that it is the registered one", what);
	bool found = true;
	size_t before;
	int r;

	assertion_init(&a);
	t.rp_id = c->rp;
	t.verify = x->q->verify_user;
	t.credential = c->id;
	t.credential_n = c->id_n;
	r = touch_get_assertion(x->run, &t, &a, &found, err);
	if (r < 0)
		return r;
	if (!found) {
		steps_add(&v->steps, "liveness", STEP_FAIL,
			VERDICT_NOT_THIS_TOKEN, "the token did not answer for "
			"the identity credential that it said it has");
		return 0;
	}
	before = v->steps.n;
	proof_verify(&a, c->public_key, c->public_key_n, c->counter,
		&v->steps, &v->proof);
	v->proved = v->steps.rows[before].status == STEP_PASS;
	if (v->proved && v->has_evidence) {
		assertion_done(&v->evidence.assertion);
		v->evidence.assertion = a;
		v->evidence.has_assertion = true;
		assertion_init(&a);
	}
	return 0;
}

static int check_known(struct verifier *x, struct error *err)
{
	struct verification *v = x->v;
	int r;

	if (!v->credential) {
		steps_add(&v->steps, "liveness", STEP_FAIL,
			VERDICT_NOT_THIS_TOKEN,
			"its serial number is that of a registered token, but "
			"it does not have that token's identity credential: "
			"another token, or FIDO was reset (where you know "
			"that: `tokenbridge registry retire %.8s`, and it is "
			"registered anew)", v->row.id);
		return 0;
	}
	stored_evidence(x);
	r = verify_prove(x, err);
	if (r == 0 && (x->q->fresh || x->q->enterprise))
		r = attest(x, err);
	return r;
}

/* ---- the last steps ---- */

static void posture_step(struct verification *v, const struct token *t)
{
	const struct fido_info *f = &t->fido;

	if (!f->ctap2)
		steps_add(&v->steps, "posture", STEP_WARN, VERDICT_GENUINE,
			"U2F only: it has no PIN");
	else if (f->client_pin == FIDO_ON)
		steps_add(&v->steps, "posture", STEP_PASS, VERDICT_GENUINE,
			"a PIN is set%s", f->always_uv == FIDO_ON ?
			", the user is always verified" : "");
	else if (f->user_verification == FIDO_ON)
		steps_add(&v->steps, "posture", STEP_PASS, VERDICT_GENUINE,
			"biometry is set up");
	else
		steps_add(&v->steps, "posture", STEP_WARN, VERDICT_GENUINE,
			"no PIN is set: who finds the token can use it");
}

static void known_step(struct verification *v)
{
	const struct registry_token *row = &v->row;
	size_t bindings = registry_bindings_in_force(&row->bindings);
	char seen[300];

	registry_seen_text(row, seen, sizeof(seen));
	steps_add(&v->steps, "holder", v->proved ? STEP_PASS : STEP_UNKNOWN,
		VERDICT_GENUINE, "%s%s, %s, token %.8s, %zu binding%s%s%s",
		row->holder_name ? row->holder_name : "no holder",
		v->proved ? "" : " (found, not proved)",
		registry_state_names[row->state], row->id, bindings,
		bindings == 1 ? "" : "s", seen[0] ? ", " : "", seen);
}

/* What the token says of itself against what its vendor signed. */
static void serial_step(struct verifier *x)
{
	struct verification *v = x->v;
	uint64_t proved = v->facts.attested ? leaf_serial(&v->facts.leaf) : 0;
	uint32_t claimed;

	if (x->q->enterprise &&
		v->facts.leaf.serial_n == 0)
		steps_add(&v->steps, "serial", STEP_WARN, VERDICT_GENUINE,
			"enterprise attestation was asked for, and the token "
			"gave none");
	if (proved && token_serial(v->token, &claimed) && proved != claimed)
		steps_add(&v->steps, "serial", STEP_WARN, VERDICT_GENUINE,
			"the token says %u of itself, which is not what its "
			"certificate says", claimed);
}

/* What stands between the token and us may be another's device. */
static void vendor_step(struct verification *v)
{
	const struct node *n = &v->token->node;
	const struct leaf *leaf = &v->facts.leaf;
	uint16_t vendor;
	const char *name;

	if (!v->facts.attested || n->transport != NODE_USB || !n->vendor ||
		!product_vendor_differs(leaf, n->vendor, &name, &vendor))
		return;
	if (n->vendor == vendor)
		steps_add(&v->steps, "vendor", STEP_WARN, VERDICT_GENUINE,
			"USB says that it is %s's (vendor %04x), and its "
			"certificate is not one of theirs", name, vendor);
	else
		steps_add(&v->steps, "vendor", STEP_WARN, VERDICT_GENUINE,
			"its certificate is one of %s's (USB vendor %04x), and "
			"USB says vendor %04x", name, vendor, n->vendor);
}

static void holder_step(struct verifier *x)
{
	struct verification *v = x->v;

	if (v->registry_closed[0])
		steps_add(&v->steps, "holder", STEP_SKIPPED, VERDICT_GENUINE,
			"%s", v->registry_closed);
	else if (v->registry_unknown)
		steps_add(&v->steps, "holder", STEP_UNKNOWN, VERDICT_GENUINE,
			"the registry cannot be read");
	else if (!x->q->reg)
		steps_add(&v->steps, "holder", STEP_SKIPPED,
			VERDICT_GENUINE, "there is no registry");
	else if (!v->known)
		steps_add(&v->steps, "holder", STEP_SKIPPED,
			VERDICT_GENUINE, "the registry does not know it");
	else
		known_step(v);
}

/* A verdict rests on the attestation; without a step for it there is none. */
static void verify_finish(struct verification *v)
{
	v->verdict = steps_verdict(&v->steps);
	v->evidence.verdict = (int)v->verdict;
	v->evidence.metadata_number = v->facts.metadata_number;
	memcpy(v->evidence.metadata_entry, v->facts.metadata_entry,
		sizeof(v->evidence.metadata_entry));
	memcpy(v->evidence.advisories, v->advisories->date,
		sizeof(v->evidence.advisories));
	memcpy(v->evidence.local_advisories, v->advisories->local_date,
		sizeof(v->evidence.local_advisories));
	snprintf(v->evidence.anchor_sha256, sizeof(v->evidence.anchor_sha256),
		"%s", v->facts.anchor_sha256);
}

int verify_token(const struct run *run, const struct verify_request *q,
	struct verification *v, struct error *err)
{
	struct verifier x = { run, q, v };
	int r;

	if (q->token->devinfo.unreadable[0])
		run_warn(run, "the token's configuration cannot be read, so its "
			"serial number is not known: %s",
			q->token->devinfo.unreadable);
	v->token = q->token;
	v->registry_unknown = q->registry_unknown;
	if (q->registry_closed)
		snprintf(v->registry_closed, sizeof(v->registry_closed), "%s",
			q->registry_closed);
	r = look_up(&x, err);
	if (r == 0)
		r = v->known && registry_token_has_credential(&v->row,
				PROOF_RP_ID) ? check_known(&x, err) :
					       attest(&x, err);
	if (r < 0)
		return r;
	verify_firmware(q->trust, v);
	serial_step(&x);
	vendor_step(v);
	posture_step(v, q->token);
	holder_step(&x);
	verify_finish(v);
	return 0;
}
