/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pam_enroll asks: tokens, prompts and verdicts are a table's; the
 * signature of the token that agrees is real.
 */
#ifndef TESTS_PAM_ENROLL_PARTS_H
#define TESTS_PAM_ENROLL_PARTS_H

#include "tests/unit/local-place.h"
#include "tests/unit/vendor.h"

#include "bridge/local/pam-enroll.h"
#include "bridge/prompt/touch.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/record.h"
#include "token/attest/authdata.h"

enum agrees { TRULY, BY_ANOTHER_KEY, BY_AN_OLD_COUNTER, NOT_AT_ALL };

static struct world {
	char fails;            /* the step that does; 0: none */
	struct token tokens[2];
	size_t plugged;        /* the first is the new one */
	unsigned broken, has;  /* tokens that cannot be used, and that have the
	                          user's login, as bits */
	enum agrees agrees;
	bool known;            /* a row of the new one */
	uint8_t flags;         /* of its statement */
	bool no_id, no_key, attested;
	char steps[64];        /* what came of it */
	bool verify, verify_old;
} w;

static struct pam_request q;
static struct pam_enrolled enrolled;
static EVP_PKEY *key, *other;

static int step(char c, struct error *e)
{
	size_t n = strlen(w.steps);

	assert_true(n + 1 < sizeof(w.steps));
	w.steps[n] = c;
	w.steps[n + 1] = '\0';
	return w.fails == c ? error_set(e, ERROR_BUSY, "step %c fails", c) : 0;
}

static unsigned bit_of(const void *token_or_fido, const struct token *tokens)
{
	return 1u << ((const struct token *)token_or_fido - tokens);
}

static const struct token *listed; /* the tokens, as the list has them */

WRAP(int, attached_find_open, const struct run *r, const struct wanted *wanted,
	struct attached *a, struct fido **ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(wanted, &q.wanted);
	*ret = NULL;
	a->tokens = calloc(2, sizeof(*a->tokens));
	assert_non_null(a->tokens);
	memcpy(a->tokens, w.tokens, sizeof(w.tokens));
	listed = a->chosen = a->tokens;
	a->n = w.plugged;
	return step('f', e);
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	return w.broken & bit_of(t, listed) ?
		error_set(e, ERROR_BUSY, "it is held") : 0;
}

WRAP(int, attached_open, const struct run *r, const struct token *t,
	struct fido **ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_null(*ret);
	*ret = (struct fido *)(uintptr_t)t;
	return step('o', e);
}

WRAP(void, fido_free, struct fido **f)
{
	*f = NULL;
}

WRAP(int, admission_check_claims, const struct run *r,
	const struct admission *a, const struct token *t, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_null(a->method);
	assert_ptr_equal(a->force, q.force);
	assert_ptr_equal(a->trust, q.trust);
	assert_ptr_equal(t, listed);
	return step('c', e);
}

WRAP(int, proof_has_credential, struct fido *f, const char *rp,
	const struct fido_id *id, deadline_t until, bool *ret, struct error *e)
{
	assert_string_equal(rp, PROOF_RP_LOGIN);
	assert_true(id->n == 2 || memcmp(id->p, "new", id->n) == 0);
	assert_in_range(until - deadline_now(), 5000, 10000);
	*ret = w.has & bit_of(f, listed);
	return step('h', e);
}

WRAP(int, touch_get_assertion, const struct run *r, const struct touch *t,
	struct assertion *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(t->token, listed + 1);
	assert_ptr_equal(t->fido, listed + 1);
	assert_string_equal(t->rp_id, PROOF_RP_LOGIN);
	assert_string_equal(t->purpose, "second-token");
	assert_string_equal(t->what, "that lets alice in today, to agree to "
		"another one");
	assert_memory_equal(t->credential, "id", 2);
	assert_int_equal(t->credential_n, 2);
	w.verify_old = t->verify;
	*ret_found = w.agrees != NOT_AT_ALL;
	vendor_assertion(w.agrees == BY_ANOTHER_KEY ? other : key,
		PROOF_RP_LOGIN, "{}", "id", AUTHDATA_UP,
		w.agrees == BY_AN_OLD_COUNTER ? 5 : 6, ret);
	return step('a', e);
}

WRAP(int, verify_token, const struct run *r, const struct verify_request *v,
	struct verification *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(v->token, listed);
	assert_ptr_equal(v->fido, listed);
	assert_ptr_equal(v->reg, reg);
	assert_ptr_equal(v->holder, q.holder);
	assert_string_equal(v->purpose, "touch 1 of 2 for alice");
	assert_int_equal(v->fresh, q.fresh);
	assert_int_equal(v->enterprise, q.enterprise);
	ret->verdict = VERDICT_GENUINE;
	ret->known = w.known;
	return step('v', e);
}

WRAP(int, admission_check_token, const struct run *r,
	const struct admission *a, const struct verification *v,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(a->force, q.force);
	assert_int_equal(v->verdict, VERDICT_GENUINE);
	return step('t', e);
}

WRAP(int, admission_check_row, const struct registry_token *row,
	const char *holder, struct error *e)
{
	assert_non_null(row);
	assert_string_equal(holder, q.holder ? q.holder : "alice");
	return step('r', e);
}

WRAP(int, touch_make_credential, const struct run *r, const struct touch *t,
	struct attestation *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_non_null(ret);
	assert_ptr_equal(t->token, listed);
	assert_ptr_equal(t->fido, listed);
	assert_string_equal(t->rp_id, PROOF_RP_LOGIN);
	assert_string_equal(t->purpose, "login");
	assert_string_equal(t->what, "again, to make its key for logging in: "
		"touch 2 of 2 for alice");
	w.verify = t->verify;
	return step('m', e);
}

WRAP(void, verify_evidence, const struct trust *trust,
	const struct evidence *ev, time_t at, struct steps *steps,
	struct attest_facts *facts)
{
	assert_ptr_equal(trust, q.trust);
	assert_true(ev->made_at > VENDOR_AT / 2 && at >= ev->made_at);
	assert_true(ev->has_claims);
	step('e', NULL);
	steps_add(steps, "signature", STEP_PASS, VERDICT_GENUINE, "x");
	steps_add(steps, "chain", STEP_PASS, VERDICT_GENUINE, "x");
	facts->flags = w.flags;
	facts->alg = COSE_ALG_ES256;
	facts->attested = w.attested;
	if (!w.no_id)
		buf_put(&facts->credential_id, "new", 3);
	if (!w.no_key)
		buf_put(&facts->public_key, "\1\2\3\4", 4);
}

WRAP(int, admission_check_statement, const struct run *r,
	const struct admission *a, enum verdict v,
	const struct attest_facts *facts, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(a->force, q.force);
	assert_int_equal(v, VERDICT_GENUINE);
	assert_int_equal(facts->flags, w.flags);
	return step('s', e);
}

WRAP(int, record_verification, struct record *r, const struct verification *v,
	struct error *e)
{
	int n = step('V', e);

	assert_non_null(v);
	assert_string_equal(r->holder.name, q.holder ? q.holder : "alice");
	assert_int_equal(r->holder.kind, REGISTRY_PERSON);
	assert_ptr_equal(r->label, q.label);
	assert_ptr_equal(r->reason, q.force);
	if (n == 0)
		add_token(reg, "12345678", r->token);
	return n;
}

WRAP(int, record_evidence, struct record *r, const struct evidence *ev,
	unsigned char ret[SHA256_LEN], struct error *e)
{
	assert_ptr_equal(r->reg, reg);
	assert_int_equal(ev->verdict, VERDICT_GENUINE);
	OK(registry_evidence_put(reg, "evidence", 8, ret, &err));
	return step('E', e);
}

/* ---- one act ---- */

static UNUSED void world(void)
{
	static const struct trust *const trust = (void *)&w;
	size_t i;

	w = (struct world){ .plugged = 1, .flags = AUTHDATA_UP,
		.attested = true };
	for (i = 0; i < 2; i++) {
		w.tokens[i].fido.ctap2 = true;
		w.tokens[i].fido.client_pin = FIDO_ON;
	}
	q = (struct pam_request){ .reg = reg, .trust = trust,
		.login_db = "/l.db", .user = "alice" };
	memset(&enrolled, 0, sizeof(enrolled));
}

/* alice's login by "id", whose counter was 5. */
static UNUSED void has_login(bool verify_required)
{
	char token[ID_LEN], binding[ID_LEN], name[ID_LEN];
	struct buf cose;

	add_token(reg, "87654321", token);
	new_id(binding);
	OK(registry_name_put(reg, "local-user", "alice", name, &err));
	buf_init(&cose, 512);
	vendor_cose_key(&cose, key, COSE_ALG_ES256);
	add(reg, EVENT_CREDENTIAL_ADDED, json_pack(
		"{s:s,s:s,s:o,s:o,s:i,s:i,s:b}", "token", token, "rp",
		PROOF_RP_LOGIN, "credential", event_bytes_new("id", 2),
		"public_key", event_bytes_new(cose.p, cose.n), "alg",
		COSE_ALG_ES256, "counter", 5, "resident", 0));
	buf_done(&cose);
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:s}", "binding", binding,
		"kind", "pam", "user", "1001", "token", token, "local_user",
		name, "rp", PROOF_RP_LOGIN, "credential",
		event_bytes_new("id", 2), "verify_required", verify_required,
		"basis", "attested"));
}

#endif
