/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder on a real token. */
#include "bridge/verify/verify.h"

#include "base/text.h"
#include "bridge/verify/identify.h"
#include "bridge/lifecycle/show.h"
#include "bridge/prompt/touch.h"
#include "bridge/terminal/ui.h"
#include "token/trust/mds-cache.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WHAT_LEN 96 /* of the cue */

/* What the parts of one verification share. */
struct verifier {
	struct app *app;
	const struct token *token;
	struct fido *fido;
	struct registry *reg; /* may be NULL */
	const char *purpose;
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
	advisories_done(&v->advisories);
}

static int load_advisories(const struct app *app, struct verification *v,
	struct error *err)
{
	if (v->advisories.rows)
		return 0;
	return advisories_load(option(&app->options, OPTION_ADVISORIES),
		&v->advisories, err);
}

static struct advisory_source source_of_token(const struct token *t)
{
	return (struct advisory_source){ NULL, &t->devinfo, t->node.vendor,
		t->node.product, t->identified ? t->fido.hid_version : NULL,
		t->identified ? t->fido.aaguid : NULL, false };
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

int verify_firmware(const struct app *app, struct verification *v,
	struct error *err)
{
	struct devinfo claimed = { 0 };
	struct advisory_source source;
	int r = load_advisories(app, v, err);

	if (r < 0)
		return r;
	source = v->token ? source_of_token(v->token) :
			    source_of_evidence(&v->evidence, &claimed);
	if (v->facts.attested && v->facts.has_leaf)
		source.leaf = &v->facts.leaf;
	if (v->facts.aaguid_proved) {
		source.aaguid = v->facts.aaguid;
		source.aaguid_proved = true;
	}
	v->subject = advisory_subject(&v->advisories, &source);
	advisory_check(&v->advisories, &v->subject, &v->steps);
	return 0;
}

int verify_evidence(const char *trust_dir, const struct evidence *e, time_t at,
	struct steps *steps, struct attest_facts *facts, struct error *err)
{
	CLEANUP(anchors_done) struct anchors anchors = { NULL, 0 };
	CLEANUP(mds_free) struct mds *mds = NULL;
	int r;

	r = trust_load(trust_dir, &anchors, err);
	if (r == 0)
		r = mds_cache_load(trust_dir, &mds, NULL, err);
	if (r < 0)
		return r;
	attest_verify(&e->attestation, &anchors, mds, at, steps, facts);
	return 0;
}

static int judge_evidence(struct verifier *x, struct error *err)
{
	struct verification *v = x->v;

	return verify_evidence(option(&x->app->options, OPTION_TRUST_DIR),
		&v->evidence, time(NULL), &v->steps, &v->facts, err);
}

/* "to prove what it is: touch 1 of 2" */
static struct touch touch_of(const struct verifier *x, const char *purpose,
	const char *to, char what[WHAT_LEN])
{
	snprintf(what, WHAT_LEN, "%s%s%s", to, x->purpose[0] ? ": " : "",
		x->purpose);
	return (struct touch){ x->app, x->token, x->fido, PROOF_RP_ID, purpose,
		what, false };
}

static int attest(struct verifier *x, struct error *err)
{
	struct verification *v = x->v;
	char what[WHAT_LEN];
	struct touch t = touch_of(x, "identity", "to prove what it is", what);
	int r = 0;

	if (option_is_set(&x->app->options, OPTION_ENTERPRISE))
		r = fido_want_enterprise(x->fido, err);
	if (r == 0)
		r = touch_make_credential(&t, &v->evidence.attestation, err);
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
	evidence_set_claims(&v->evidence, x->token);
	return judge_evidence(x, err);
}

/* ---- what the registry knows ---- */

static int look_up(struct verifier *x, struct error *err)
{
	CLEANUP(mapping_done) struct mapping m = { 0 };
	struct verification *v = x->v;
	int r;

	if (!x->reg)
		return 0;
	r = mapping_find(x->token, x->fido, x->reg, &m, err);
	if (r < 0 || !m.found)
		return r;
	registry_token_done(&v->row);
	v->row = m.row;
	v->credential = m.credential; /* in the list that v->row now owns */
	v->known = true;
	memset(&m, 0, sizeof(m));
	return 0;
}

static bool has_identity(const struct registry_token *row)
{
	size_t i;

	for (i = 0; i < row->credentials_n; i++)
		if (!row->credentials[i].removed &&
			strcmp(row->credentials[i].rp, PROOF_RP_ID) == 0)
			return true;
	return false;
}

static int stored_evidence(struct verifier *x, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct verification *v = x->v;
	char made_at[TEXT_TIME_LEN];
	bool absent = true;
	struct error e;
	int r = 0;

	buf_init(&b, EVIDENCE_MAX);
	if (v->credential->has_evidence)
		r = registry_evidence_get(x->reg, v->credential->evidence, &b,
			&absent, &e);
	if (r == 0 && !absent)
		r = evidence_parse(b.p, b.n, &v->evidence, &e);
	if (r < 0 || absent) {
		steps_add(&v->steps, "signature", STEP_UNKNOWN,
			VERDICT_UNDECIDED, "the stored attestation %s%s",
			r < 0 ? "cannot be read: " : "is not there any more",
			r < 0 ? e.text : "");
		return 0;
	}
	v->has_evidence = true;
	text_format_time(v->evidence.made_at, made_at);
	steps_add(&v->steps, "evidence", STEP_PASS, VERDICT_GENUINE,
		"its stored attestation of %s is checked again (--fresh asks "
		"for a new one)", made_at);
	return judge_evidence(x, err);
}

static int prove(struct verifier *x, struct error *err)
{
	struct verification *v = x->v;
	const struct registry_credential *c = v->credential;
	CLEANUP(assertion_done) struct assertion a;
	char what[WHAT_LEN];
	struct touch t = touch_of(x, v->sign_for ? v->sign_for : "liveness",
		"to prove that it is the registered one", what);
	bool found = true;
	size_t before;
	int r;

	assertion_init(&a);
	t.rp_id = c->rp;
	t.verify = v->verify_user;
	r = touch_get_assertion(&t, c->id, c->id_n, &a, &found, err);
	if (r < 0)
		return r;
	if (!found) {
		steps_add(&v->steps, "liveness", STEP_FAIL,
			VERDICT_NOT_THIS_TOKEN, "the token took back that it "
			"has the identity credential");
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
	r = stored_evidence(x, err);
	if (r < 0)
		return r;
	r = prove(x, err);
	if (r == 0 && (option_is_set(&x->app->options, OPTION_FRESH) ||
			      option_is_set(&x->app->options,
				      OPTION_ENTERPRISE)))
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

static size_t in_force(const struct registry_bindings *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += list->p[i].removed == 0;
	return n;
}

static void known_step(struct verification *v)
{
	const struct registry_token *row = &v->row;
	size_t bindings = in_force(&row->bindings);
	char seen[300];

	show_seen_text(row, seen, sizeof(seen));
	steps_add(&v->steps, "holder", v->proved ? STEP_PASS : STEP_UNKNOWN,
		VERDICT_GENUINE, "%s%s, %s, token %.8s, %zu binding%s%s%s",
		row->holder_name ? row->holder_name : "no holder",
		v->proved ? "" : " (found, not proved)",
		registry_state_names[row->state], row->id, bindings,
		bindings == 1 ? "" : "s", seen[0] ? ", " : "", seen);
}

/* What the token says of itself against what its maker signed. */
static void serial_step(struct verifier *x)
{
	struct verification *v = x->v;
	uint64_t proved = v->facts.attested ? leaf_serial(&v->facts.leaf) : 0;
	uint32_t claimed;

	if (option_is_set(&x->app->options, OPTION_ENTERPRISE) &&
		v->facts.leaf.serial_n == 0)
		steps_add(&v->steps, "serial", STEP_WARN, VERDICT_GENUINE,
			"enterprise attestation was asked for, and the token "
			"gave none");
	if (proved && token_serial(v->token, &claimed) && proved != claimed)
		steps_add(&v->steps, "serial", STEP_WARN, VERDICT_GENUINE,
			"the token says %u of itself, which is not what its "
			"certificate says", claimed);
}

static void mapping_step(struct verifier *x)
{
	struct verification *v = x->v;

	if (v->registry_unknown)
		steps_add(&v->steps, "holder", STEP_UNKNOWN, VERDICT_GENUINE,
			"the registry cannot be read");
	else if (!x->reg)
		steps_add(&v->steps, "holder", STEP_SKIPPED,
			VERDICT_GENUINE, "there is no registry");
	else if (!v->known)
		steps_add(&v->steps, "holder", STEP_SKIPPED,
			VERDICT_GENUINE, "the registry does not know it");
	else
		known_step(v);
}

/* A verdict rests on the attestation; without a step for it there is none. */
static void finish(struct verification *v)
{
	v->verdict = steps_verdict(&v->steps);
	v->evidence.verdict = (int)v->verdict;
	v->evidence.metadata_number = v->facts.metadata_number;
	memcpy(v->evidence.metadata_entry, v->facts.metadata_entry,
		sizeof(v->evidence.metadata_entry));
	memcpy(v->evidence.advisories, v->advisories.date,
		sizeof(v->evidence.advisories));
	memcpy(v->evidence.local_advisories, v->advisories.local_date,
		sizeof(v->evidence.local_advisories));
	snprintf(v->evidence.anchor_sha256, sizeof(v->evidence.anchor_sha256),
		"%s", v->facts.anchor_sha256);
}

int verify_token(struct app *app, const struct token *t, struct fido *f,
	struct registry *reg, const char *purpose, struct verification *v,
	struct error *err)
{
	struct verifier x = { app, t, f, reg, purpose, v };
	int r;

	v->token = t;
	r = load_advisories(app, v, err);
	if (r == 0)
		r = look_up(&x, err);
	if (r == 0)
		r = v->known && has_identity(&v->row) ? check_known(&x, err) :
							attest(&x, err);
	if (r == 0)
		r = verify_firmware(app, v, err);
	if (r < 0)
		return r;
	serial_step(&x);
	posture_step(v, t);
	mapping_step(&x);
	finish(v);
	return 0;
}

/* ---- showing ---- */

json_t *verify_steps_json(const struct steps *s)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < s->n; i++) {
		o = json_pack("{s:s,s:s,s:s}", "step", s->rows[i].name,
			"status", step_status_name(s->rows[i].status), "text",
			s->rows[i].text);
		if (s->rows[i].verdict != VERDICT_GENUINE)
			json_object_set_new(o, "verdict", json_string(
				verdict_name(s->rows[i].verdict)));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *verify_advisories_json(const struct advisories *t)
{
	json_t *o = json_pack("{s:o}", "date", ui_json_text(t->date));

	if (t->local[0])
		json_object_set_new(o, "local", json_pack("{s:s,s:o}",
			"path", t->local, "date",
			ui_json_text(t->local_date)));
	return o;
}

static void firmware_json(json_t *o, const struct advisory_subject *s)
{
	char text[PRODUCT_FIRMWARE_LEN];

	json_object_set_new(o, "firmwareBasis",
		json_string(advisory_basis_name(s->basis)));
	if (!advisory_is_exact(s))
		return;
	product_firmware_format(s->low, text);
	json_object_set_new(o, "firmware", json_string(text));
	json_object_set_new(o, "firmwareSigned",
		json_boolean(s->basis == ADVISORY_SIGNED));
}

static json_t *bindings_json(const struct registry_bindings *bindings)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < bindings->n; i++)
		if (!bindings->p[i].removed)
			json_array_append_new(list,
				show_binding_json(&bindings->p[i]));
	return list;
}

json_t *verify_json(const struct verification *v)
{
	json_t *o;
	char text[AAGUID_TEXT_LEN];

	o = json_pack("{s:s,s:i,s:o,s:b,s:b}",
		"verdict", verdict_name(v->verdict),
		"code", (int)v->verdict,
		"steps", verify_steps_json(&v->steps),
		"known", v->known,
		"proved", v->proved);
	if (v->token)
		json_object_set_new(o, "token", attached_json(v->token));
	if (v->known) {
		json_object_set_new(o, "id", json_string(v->row.id));
		json_object_set_new(o, "holder", v->row.holder_name ?
			json_string(v->row.holder_name) : json_null());
		json_object_set_new(o, "state", json_string(
			registry_state_names[v->row.state]));
		json_object_set_new(o, "bindings",
			bindings_json(&v->row.bindings));
		json_object_set_new(o, "seen", show_seen_json(&v->row));
	}
	if (v->facts.aaguid_proved) {
		aaguid_format(v->facts.aaguid, text);
		json_object_set_new(o, "provedAaguid", json_string(text));
	}
	firmware_json(o, &v->subject);
	json_object_set_new(o, "advisories",
		verify_advisories_json(&v->advisories));
	return o;
}

static enum ui_style style_of(enum step_status status)
{
	static const enum ui_style styles[] = {
		[STEP_PASS] = UI_GOOD,
		[STEP_WARN] = UI_WARN,
		[STEP_FAIL] = UI_BAD,
		[STEP_UNKNOWN] = UI_WARN,
		[STEP_SKIPPED] = UI_DIM,
	};

	return styles[status];
}

void verify_print(const struct verification *v)
{
	bool good = v->verdict == VERDICT_GENUINE;
	char who[200];
	size_t i;

	if (v->token) {
		attached_describe(v->token, who, sizeof(who));
		printf("%s\n", who);
	}
	for (i = 0; i < v->steps.n; i++)
		printf("  %s%-9s%s %-10s %s\n",
			ui_style(stdout, style_of(v->steps.rows[i].status)),
			step_status_name(v->steps.rows[i].status),
			ui_style(stdout, UI_PLAIN), v->steps.rows[i].name,
			v->steps.rows[i].text);
	printf("%s%s%s: %s\n", ui_style(stdout, good ? UI_GOOD :
		v->verdict == VERDICT_VULNERABLE ? UI_WARN : UI_BAD),
		verdict_name(v->verdict), ui_style(stdout, UI_PLAIN),
		verdict_meaning(v->verdict));
}
