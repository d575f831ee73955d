/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a token may be registered for anything. */
#include "bridge/verify/admission.h"

#include <stdio.h>
#include <string.h>

static enum policy_fact fact_of(bool known, bool is)
{
	return !known ? POLICY_UNKNOWN : is ? POLICY_YES : POLICY_NO;
}

/* What the token says of how it is set up; nobody signs that. */
static void add_posture(struct policy_facts *f, const struct token *t)
{
	bool known = t->identified;

	f->pin = fact_of(known, known && t->fido.client_pin == FIDO_ON);
	f->always_uv = fact_of(known, known && t->fido.always_uv == FIDO_ON);
	f->pin_length = known ? t->fido.min_pin_length : 0;
}

/* The same as the evidence has it, of the time when it was made. */
static void add_saved_posture(struct policy_facts *f, const struct evidence *e)
{
	f->pin = fact_of(e->has_posture, e->claimed_pin);
	f->always_uv = fact_of(e->has_posture, e->claimed_always_uv);
	f->pin_length = e->claimed_min_pin;
}

/* By the flags of a statement that could be read. */
static enum policy_fact copyable(const struct attest_facts *f)
{
	return fact_of(f->credential_id.n > 0,
		f->flags & (AUTHDATA_BE | AUTHDATA_BS));
}

static enum policy_fact verifiable(const struct attest_facts *f)
{
	return fact_of(f->credential_id.n > 0, !f->unverifiable);
}

/* By the metadata's count of levels, which begins at "not certified". */
static enum policy_certification certification(const struct attest_facts *f)
{
	return f->certification < 0 ? POLICY_CERTIFICATION_UNKNOWN :
		(enum policy_certification)(POLICY_NOT_CERTIFIED +
			f->certification);
}

struct policy_facts admission_facts(const struct verification *v,
	const char *method)
{
	struct policy_facts f = { .verdict = v->verdict,
		.aaguid_proved = v->facts.aaguid_proved,
		.subject = v->subject,
		.certification = certification(&v->facts),
		.method = method };

	if (v->token)
		add_posture(&f, v->token);
	else
		add_saved_posture(&f, &v->evidence);
	f.copyable = copyable(&v->facts);
	f.verifiable = verifiable(&v->facts);
	return f;
}

/* A refusal as an error: the first one's words, and how many more. */
static int admission_refuse(const struct policy_refusals *r, enum verdict v,
	struct error *err)
{
	const char *force = r->never ? "" : "; --force REASON accepts it";
	bool by_verdict = r->rows[0].key == POLICY_VERDICTS && !r->rows[0].line;
	char more[64] = "";
	int code;

	if (r->n > 1)
		snprintf(more, sizeof(more), "; and %zu more (`tokenbridge "
			"policy check`)", r->n - 1);
	code = error_set(err, by_verdict ? ERROR_VERDICT : ERROR_REFUSED,
		"%s%s%s", r->rows[0].text, more, force);
	if (err && by_verdict)
		err->verdict = (int)v;
	return code;
}

/* What is refused, unless --force accepts it. */
static int settle(const struct run *run, const struct admission *a,
	const struct policy_refusals *r, enum verdict v, struct error *err)
{
	size_t i;

	if (r->n && (!a->force || r->never))
		return admission_refuse(r, v, err);
	for (i = 0; i < r->n; i++)
		run_warn(run, "accepted by --force: %s; %s", a->force,
			r->rows[i].text);
	if (r->n == 0 && v == VERDICT_VULNERABLE)
		run_warn(run, "%s", verdict_meaning(v));
	return 0;
}

int admission_check_claims(const struct run *run, const struct admission *a,
	const struct token *t, struct error *err)
{
	struct policy_facts f = {
		.claims_only = true,
		.method = a->method,
		.subject = verify_claims(&a->trust->advisories, t),
	};
	struct policy_refusals refusals;

	add_posture(&f, t);
	policy_decide(&a->trust->policy, &f, &refusals);
	/* a token is accepted when it is verified: it is said then */
	return a->force ? 0 : settle(run, a, &refusals, f.verdict, err);
}

int admission_check_method(const struct run *run, const struct admission *a,
	struct error *err)
{
	struct policy_refusals refusals;

	policy_decide_method(&a->trust->policy, a->method, &refusals);
	return settle(run, a, &refusals, VERDICT_GENUINE, err);
}

int admission_check_token(const struct run *run, const struct admission *a,
	const struct verification *v, struct error *err)
{
	struct policy_facts f = admission_facts(v, a->method);
	struct policy_refusals refusals;

	policy_decide(&a->trust->policy, &f, &refusals);
	return settle(run, a, &refusals, f.verdict, err);
}

int admission_check_statement(const struct run *run,
	const struct admission *a, enum verdict v,
	const struct attest_facts *facts, struct error *err)
{
	const struct policy_facts f = { .verdict = v,
		.copyable = copyable(facts), .verifiable = verifiable(facts) };
	struct policy_refusals refusals;

	policy_decide_statement(&a->trust->policy, &f, &refusals);
	return settle(run, a, &refusals, v, err);
}

void admission_steps(const struct policy *p, const struct policy_refusals *r,
	struct steps *steps)
{
	size_t i;

	if (!p->file)
		return;
	for (i = 0; i < r->n; i++)
		steps_add(steps, "policy", STEP_FAIL, VERDICT_GENUINE, "%s",
			r->rows[i].text);
	if (r->n == 0)
		steps_add(steps, "policy", STEP_PASS, VERDICT_GENUINE,
			"'%s' lets it be registered", p->file);
}

int admission_check_row(const struct registry_token *row, const char *holder,
	struct error *err)
{
	if (row->state == REGISTRY_LOST || row->state == REGISTRY_RETIRED)
		return error_set(err, ERROR_REFUSED,
			"the registry says that this token is %s",
			registry_state_names[row->state]);
	if (row->holder[0] && !row->holder_name)
		return error_set(err, ERROR_REFUSED,
			"this token is somebody else's, not %s's: plug in "
			"another one", holder);
	if (row->holder[0] && strcmp(row->holder_name, holder) != 0)
		return error_set(err, ERROR_REFUSED,
			"this token is %s's, not %s's: plug in another one, or "
			"where both are one person name %s as the holder "
			"(--holder; in a plan, its column)", row->holder_name,
			holder, row->holder_name);
	return 0;
}
