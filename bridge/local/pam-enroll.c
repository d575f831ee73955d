/* SPDX-License-Identifier: Apache-2.0 */
/* Binding a token to a local user for PAM. */
#include "bridge/local/pam-enroll.h"

#include "base/encode.h"
#include "base/shell.h"
#include "bridge/local/publish.h"
#include "bridge/prompt/touch.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SILENT_MS 10000 /* for a question without a touch */
#define WHAT_LEN 160 /* of a touch prompt */

/* One binding under way. */
struct pam_enrollment {
	const struct run *run;
	const struct pam_request *q;
	struct attached attached;
	const struct token *token;         /* the chosen one */
	struct fido *fido;                 /* owned */
	struct local_user user;
	struct registry_bindings bindings; /* the user's, removed ones too */
	struct event_actor actor;
	struct verification verification;
	struct evidence evidence;          /* of the login credential */
	struct attest_facts facts;         /* ... */
	struct pam_enrolled done;
};

static void pam_enrollment_done(struct pam_enrollment *e)
{
	fido_free(&e->fido);
	attest_facts_done(&e->facts);
	evidence_done(&e->evidence);
	verification_done(&e->verification);
	registry_bindings_done(&e->bindings);
	attached_done(&e->attached);
}

/* ---- who and which ---- */

static int find_user(struct pam_enrollment *e, struct error *err)
{
	struct user_names names;
	int r = local_user_find(e->q->user, &e->user, err);

	if (r == 0)
		r = registry_actor(e->q->reg, NULL, e->run->ticket, &e->actor,
			err);
	if (r < 0)
		return r;
	if (strcmp(e->user.name, e->user.asked) != 0)
		run_say(e->run, "'%s' is the local user %s.", e->user.asked,
			e->user.name);
	/* whose token has to agree, under whichever name it is bound */
	names = local_user_names(&e->user);
	return registry_bindings_by_local_user(e->q->reg, names.p, names.n,
		&e->bindings, err);
}

static bool is_login(const struct registry_binding *b)
{
	return !b->removed && b->kind == REGISTRY_PAM && b->rp &&
		b->credential;
}

static bool has_login(const struct pam_enrollment *e)
{
	size_t i;

	for (i = 0; i < e->bindings.n; i++)
		if (is_login(&e->bindings.p[i]))
			return true;
	return false;
}

static const char *holder_of(const struct pam_enrollment *e)
{
	return e->q->holder ? e->q->holder : e->user.name;
}

static struct admission admission_of(const struct pam_enrollment *e)
{
	return (struct admission){ e->q->trust, NULL, e->q->force };
}

/* What the touches would come to is known before them. */
static int check_can_verify(const struct token *t, struct error *err)
{
	if (!t->fido.ctap2 || t->fido.client_pin == FIDO_ABSENT)
		return error_set(err, ERROR_UNSUPPORTED,
			"this token %s, and logging in would want one: another "
			"token, or without --verify-required", t->fido.ctap2 ?
			"says that it has no PIN" :
			"does U2F only, which has no PIN");
	if (t->fido.client_pin != FIDO_ON)
		return error_set(err, ERROR_PIN,
			"the token has no PIN yet, and logging in would want "
			"one: `tokenbridge pin set`");
	if (t->fido.pin_change_forced)
		return error_set(err, ERROR_PIN,
			"the token takes no PIN before it is given a new one: "
			"`tokenbridge pin change`");
	return 0;
}

static int pam_enroll_find_token(struct pam_enrollment *e, struct error *err)
{
	const struct admission admission = admission_of(e);
	int r;

	r = attached_find_open(e->run, &e->q->wanted, &e->attached, &e->fido,
		err);
	if (r == 0)
		r = attached_check(e->attached.chosen, err);
	if (r < 0)
		return r;
	e->token = e->attached.chosen;
	/* a token that always verifies wants its PIN at login too */
	e->done.verify_required = e->q->verify_required ||
		e->token->fido.always_uv == FIDO_ON;
	if (e->done.verify_required)
		r = check_can_verify(e->token, err);
	if (r == 0)
		r = admission_check_claims(e->run, &admission, e->token, err);
	return r < 0 ? r : attached_open(e->run, e->token, &e->fido, err);
}

/* The user's login credential that an open token has; NULL if none. */
static int find_login(struct pam_enrollment *e, struct fido *f,
	const struct registry_binding **ret, struct error *err)
{
	bool has = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !has && i < e->bindings.n; i++) {
		const struct registry_binding *b = &e->bindings.p[i];
		const struct fido_id id = { b->credential, b->credential_n };

		if (!is_login(b))
			continue;
		r = proof_has_credential(f, b->rp, &id, deadline_in(SILENT_MS),
			&has, err);
		if (has)
			*ret = b;
	}
	return r;
}

static int check_not_bound(struct pam_enrollment *e, struct error *err)
{
	const struct registry_binding *b = NULL;
	int r = find_login(e, e->fido, &b, err);
	char id[9] = "";
	const char *const words[] = { "tokenbridge", "revoke", "--local", "--",
		e->user.name, id, NULL };
	CLEANUP(free_p) char *line = NULL;

	if (r < 0 || !b)
		return r;
	snprintf(id, sizeof(id), "%.8s", b->id);
	line = shell_line(words);
	return error_set(err, ERROR_CONFLICT,
		"this token lets %s in already (binding %s); to make it anew "
		"take that away first: `%s`", e->user.name, id,
		line ? line : "tokenbridge revoke --local");
}

/* ---- the token that the user has already ---- */

static const struct registry_credential *credential_of(const struct
	registry_tokens *list, const struct registry_binding *b)
{
	size_t i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->p[i].credentials_n; k++) {
			const struct registry_credential *c =
				&list->p[i].credentials[k];

			if (c->id_n == b->credential_n && !c->removed &&
				memcmp(c->id, b->credential, c->id_n) == 0)
				return c;
		}
	return NULL;
}

static int pam_enroll_check_assertion(struct pam_enrollment *e,
	const struct registry_binding *b, const struct assertion *a,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	const struct registry_credential *c;
	struct steps steps = { .n = 0 };
	struct proof_facts facts;
	int r;

	r = registry_tokens_by_credential(e->q->reg, b->rp, b->credential,
		b->credential_n, &list, err);
	if (r < 0)
		return r;
	c = credential_of(&list, b);
	if (!c)
		return error_set(err, ERROR_REFUSED,
			"the registry knows no key for binding %.8s", b->id);
	proof_verify(a, c->public_key, c->public_key_n, c->counter, &steps,
		&facts);
	if (steps.n == 1 && steps.rows[0].status == STEP_PASS)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"the token that %s has already does not prove it: %s",
		e->user.name, steps.n ? steps.rows[0].text : "no answer");
}

static int ask_old(struct pam_enrollment *e, const struct token *t,
	struct fido *f, const struct registry_binding *b, struct error *err)
{
	CLEANUP(assertion_done) struct assertion a;
	char what[WHAT_LEN];
	struct touch touch = { t, NULL, f, b->rp, "second-token", what,
		b->verify_required, b->credential, b->credential_n };
	bool found = false;
	int r;

	assertion_init(&a);
	snprintf(what, sizeof(what), "that lets %.64s in today, to agree to "
		"another one", e->user.name);
	r = touch_get_assertion(e->run, &touch, &a, &found, err);
	if (r == 0 && !found)
		r = error_set(err, ERROR_REFUSED, "the token did not answer "
			"for the credential that it said it has");
	return r < 0 ? r : pam_enroll_check_assertion(e, b, &a, err);
}

/* Whoever may only run this must not make himself somebody else's token. */
static int agree_by_old(struct pam_enrollment *e, struct error *err)
{
	const struct registry_binding *b = NULL;
	size_t i;
	int r = 0;

	if (!has_login(e) || e->q->force)
		return 0;
	for (i = 0; r == 0 && !b && i < e->attached.n; i++) {
		CLEANUP(fido_free) struct fido *f = NULL;
		const struct token *t = &e->attached.tokens[i];

		if (t == e->token || attached_check(t, NULL) < 0)
			continue;
		r = attached_open(e->run, t, &f, err);
		if (r == 0)
			r = find_login(e, f, &b, err);
		if (r == 0 && b)
			r = ask_old(e, t, f, b, err);
	}
	if (r < 0 || b)
		return r;
	return error_set(err, ERROR_REFUSED,
		"%s has a token already, and that has to agree: plug it in "
		"beside the new one (and name the new one by --token), or give "
		"--force REASON", e->user.name);
}

/* ---- the new one ---- */

static int pam_enroll_identify(struct pam_enrollment *e, struct error *err)
{
	const struct admission admission = admission_of(e);
	char purpose[WHAT_LEN / 2];
	const struct verify_request q = {
		.token = e->token,
		.fido = e->fido,
		.reg = e->q->reg,
		.holder = e->q->holder,
		.trust = e->q->trust,
		.purpose = purpose,
		.fresh = e->q->fresh,
		.enterprise = e->q->enterprise,
	};
	int r;

	snprintf(purpose, sizeof(purpose), "touch 1 of 2 for %.40s",
		e->user.name);
	r = verify_token(e->run, &q, &e->verification, err);
	if (r == 0)
		r = admission_check_token(e->run, &admission, &e->verification,
			err);
	if (r == 0 && e->verification.known)
		r = admission_check_row(&e->verification.row, holder_of(e),
			err);
	return r;
}

/* The statement over the login credential must be as good as the one before. */
static int check_login(struct pam_enrollment *e, struct error *err)
{
	const struct admission admission = admission_of(e);
	struct steps steps = { .n = 0 };
	int r;

	verify_evidence(e->q->trust, &e->evidence, time(NULL), &steps,
		&e->facts);
	e->evidence.verdict = (int)steps_verdict(&steps);
	r = admission_check_statement(e->run, &admission,
		steps_verdict(&steps), &e->facts, err);
	if (r == 0 && (!e->facts.credential_id.n || !e->facts.public_key.n))
		r = error_set(err, ERROR_MALFORMED,
			"the token's answer holds no credential");
	if (r == 0 && e->done.verify_required &&
		!(e->facts.flags & AUTHDATA_UV))
		r = error_set(err, ERROR_REFUSED,
			"the signed flags do not say that the user was "
			"verified, which --verify-required wants");
	return r;
}

static int make_login(struct pam_enrollment *e, struct error *err)
{
	char what[WHAT_LEN];
	const struct touch touch = {
		.token = e->token,
		.label = e->verification.row.label,
		.fido = e->fido,
		.rp_id = PROOF_RP_LOGIN,
		.purpose = "login",
		.what = what,
		.verify = e->done.verify_required,
	};
	int r;

	snprintf(what, sizeof(what), "again, to make its key for logging in: "
		"touch 2 of 2 for %.40s", e->user.name);
	r = touch_make_credential(e->run, &touch, &e->evidence.attestation,
		err);
	if (r < 0)
		return r;
	e->evidence.made_at = time(NULL);
	evidence_set_claims(&e->evidence, e->token);
	return check_login(e, err);
}

/* ---- the record ---- */

static json_t *binding_body(const struct pam_enrollment *e,
	const char *name, const char *evidence)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:s,s:s}",
		"binding", e->done.binding,
		"kind", registry_binding_kind_names[REGISTRY_PAM],
		"user", e->user.uid_text,
		"token", e->done.row,
		"local_user", name,
		"rp", PROOF_RP_LOGIN,
		"credential", event_bytes_new(e->facts.credential_id.p,
			e->facts.credential_id.n),
		"verify_required", e->done.verify_required,
		"basis", e->facts.attested ? "attested" : "made-here",
		"evidence", evidence);
}

static int record_login(struct pam_enrollment *e, struct record *record,
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	struct record_credential c = { PROOF_RP_LOGIN, &e->facts, sha };
	char hex[2 * SHA256_LEN + 1], name[ID_LEN];
	int r;

	r = record_evidence(record, &e->evidence, sha, err);
	if (r == 0)
		r = registry_name_put(e->q->reg, "local-user", e->user.name,
			name, err);
	if (r == 0)
		r = record_credential(record, RECORD_LOGIN_CREDENTIAL, &c, err);
	if (r < 0)
		return r;
	hex_encode(sha, sizeof(sha), hex);
	return record_event(record, EVENT_BINDING_ADDED, RECORD_BINDING,
		binding_body(e, name, hex), err);
}

static int record_all(struct pam_enrollment *e, struct error *err)
{
	char journal[ID_LEN];
	struct record record = {
		.reg = e->q->reg,
		.journal = journal,
		.actor = e->actor,
		.holder = { holder_of(e), REGISTRY_PERSON },
		.label = e->q->label,
		.reason = e->q->force,
	};
	int r;

	r = id_new(journal, err);
	if (r == 0)
		r = id_new(e->done.binding, err);
	if (r == 0)
		r = record_verification(&record, &e->verification, err);
	if (r < 0)
		return r;
	memcpy(e->done.row, record.token, sizeof(e->done.row));
	r = record_login(e, &record, err);
	e->done.head = record.head;
	return r;
}

static int forget_pins(struct pam_enrollment *e, struct error *err)
{
	(void)err;
	run_forget_secrets(e->run);
	return 0;
}

static int run_steps(struct pam_enrollment *e, struct error *err)
{
	static int (*const steps[])(struct pam_enrollment *,
		struct error *) = {
		find_user,
		pam_enroll_find_token,
		check_not_bound,
		agree_by_old,
		pam_enroll_identify,
		make_login,
		forget_pins,
		record_all,
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(steps); i++)
		r = steps[i](e, err);
	if (r == 0)
		r = login_publish_change(e->run, e->q->reg, e->q->login_db,
			err);
	e->done.published = r > 0;
	return r < 0 ? r : 0;
}

int pam_enroll(const struct run *run, const struct pam_request *q,
	struct pam_enrolled *ret, struct error *err)
{
	struct pam_enrollment e = { .run = run, .q = q };
	int r;

	verification_init(&e.verification);
	evidence_init(&e.evidence);
	attest_facts_init(&e.facts);
	r = run_steps(&e, err);
	if (r == 0) {
		e.done.token = *e.token;
		e.done.user = e.user;
		e.done.verdict = e.verification.verdict;
		*ret = e.done;
	}
	pam_enrollment_done(&e);
	return r;
}
