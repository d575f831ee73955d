/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing a token over: what is asked in which order, who and what is against
 * it, and what is recorded. Tokens, prompts and verdicts are a table's.
 */
#include "tests/unit/test_registry.h"

#include "bridge/lifecycle/handover.h"
#include "bridge/lifecycle/settled.h"
#include "bridge/run/run.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/verify.h"
#include "token/attest/authdata.h"

static struct place place;
static struct registry *reg;
static char row_id[ID_LEN], other_id[ID_LEN];

static struct world {
	char fails;       /* the step that does; 0: none */
	char steps[32];   /* what came of it */
	struct token token;
	bool unknown, unproved, other; /* what verifying tells */
	uint8_t flags;
	bool says_yes;
	char heard[1024];
	bool insists;     /* of settled */
	bool with_evidence;
} w;

static struct handover_request q;
static struct handed_over done;

static int step(char c, struct error *e)
{
	size_t n = strlen(w.steps);

	assert_true(n + 1 < sizeof(w.steps));
	w.steps[n] = c;
	w.steps[n + 1] = '\0';
	return w.fails == c ? error_set(e, ERROR_BUSY, "step %c fails", c) : 0;
}

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(w.heard);

	(void)self;
	snprintf(w.heard + n, sizeof(w.heard) - n, "%s%s\n",
		tone == RUN_WARNS ? "warning: " : "", text);
}

static int answer(void *self, const char *question, bool *ret_yes,
	struct error *e)
{
	hear(self, RUN_SAYS, question);
	*ret_yes = w.says_yes;
	return step('?', e);
}

static void forget(void *self)
{
	(void)self;
	step('x', NULL);
}

static const struct people people = { .say = hear, .confirm = answer,
	.forget_secrets = forget };
static const struct run run = { .people = &people, .cancel_fd = -1 };

WRAP(int, attached_find_open, const struct run *r, const struct wanted *wanted,
	struct attached *a, struct fido **ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(wanted, &q.wanted);
	*ret = NULL;
	a->chosen = &w.token;
	return step('f', e);
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	assert_ptr_equal(t, &w.token);
	return step('c', e);
}

WRAP(int, attached_open, const struct run *r, const struct token *t,
	struct fido **ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(t, &w.token);
	*ret = (struct fido *)&w;
	return step('o', e);
}

WRAP(void, fido_free, struct fido **f)
{
	*f = NULL;
}

WRAP(int, lifecycle_check_settled, const struct run *r, struct registry *given,
	const struct registry_token *row, bool insist, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(given, reg);
	assert_string_equal(row->id, row_id);
	w.insists = insist;
	return step('s', e);
}

WRAP(int, admission_check_row, const struct registry_token *row,
	const char *holder, struct error *e)
{
	assert_non_null(row);
	assert_string_equal(holder, "alice");
	return step('r', e);
}

WRAP(int, admission_check_token, const struct run *r,
	const struct admission *a, const struct verification *v,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(a->force, q.force);
	assert_ptr_equal(a->trust, q.trust);
	assert_null(a->method);
	assert_int_equal(v->verdict, VERDICT_GENUINE);
	return step('t', e);
}

WRAP(int, verify_token, const struct run *r, const struct verify_request *v,
	struct verification *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(v->token, &w.token);
	assert_ptr_equal(v->fido, &w);
	assert_ptr_equal(v->reg, reg);
	assert_string_equal(v->holder, "alice");
	assert_ptr_equal(v->trust, q.trust);
	assert_string_equal(v->purpose, "alice takes it over");
	assert_string_equal(v->sign_for, "handover");
	assert_int_equal(v->verify_user, w.token.fido.client_pin == FIDO_ON);
	assert_false(v->fresh || v->enterprise);
	ret->verdict = VERDICT_GENUINE;
	ret->known = !w.unknown;
	ret->proved = !w.unproved;
	ret->proof.flags = w.flags;
	ret->proof.counter = 9;
	if (ret->known)
		OK(lifecycle_find(reg, w.other ? other_id : row_id, &ret->row,
			e));
	return step('v', e);
}

WRAP(int, record_verification, struct record *r, const struct verification *v,
	struct error *e)
{
	assert_ptr_equal(r->reg, reg);
	assert_string_equal(r->holder.name, "alice");
	assert_int_equal(r->holder.kind, REGISTRY_PERSON);
	assert_ptr_equal(r->label, q.label);
	assert_string_equal(r->reason ? r->reason : "-", q.reason ? q.reason :
		q.force ? q.force : "-");
	strcpy(r->token, v->row.id);
	r->has_evidence = w.with_evidence;
	memset(r->evidence, 0xab, sizeof(r->evidence));
	return step('V', e);
}

WRAP(int, record_state, struct record *r, enum registry_state state,
	bool with_evidence, struct error *e)
{
	assert_int_equal(strlen(r->journal), ID_LEN - 1);
	assert_true(r->actor.uid == getuid());
	assert_int_equal(state, REGISTRY_HANDED_OVER);
	assert_true(with_evidence);
	r->head.seq = 77;
	return step('S', e);
}

WRAP(int, lifecycle_publish, const struct run *r,
	const struct change_place *p, const struct registry_token *row,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(p, &q.place);
	assert_string_equal(row->id, row_id);
	return step('p', e);
}

static void world(void)
{
	memset(&w, 0, sizeof(w));
	w.token.fido.client_pin = FIDO_ON;
	w.flags = AUTHDATA_UP | AUTHDATA_UV;
	w.says_yes = true;
	q = (struct handover_request){ .place = { reg, NULL },
		.holder = "alice", .trust = (const struct trust *)&w };
	memset(&done, 0, sizeof(done));
}

static int begin(void **state)
{
	(void)state;
	place_make(&place);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	add_token(reg, "1001", row_id);
	add_token(reg, "1002", other_id);
	world();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	registry_free(&reg);
	place_remove(&place);
	return 0;
}

static int hand_over(void)
{
	w.steps[0] = w.heard[0] = '\0';
	return lifecycle_handover(&run, &q, &done, &err);
}

/* With these steps and words; nothing is recorded. */
static void refuses(int code, const char *words, const char *steps)
{
	SAYS(code, words, hand_over());
	assert_string_equal(w.steps, steps);
	assert_false(done.changed);
	assert_string_equal(done.name, "");
}

static void the_holder_answers_proves_and_has_it(void **state)
{
	(void)state;
	w.with_evidence = true;
	q.label = "blue";
	OK(hand_over());
	assert_string_equal(w.steps, "fco?vxtsrVSp");
	assert_string_equal(w.heard, "Has alice set a PIN that nobody else "
		"knows? [y/N] \n");
	assert_true(done.changed && done.user_verified);
	assert_string_equal(done.token, row_id);
	assert_string_equal(done.name, "serial 1001");
	assert_int_equal(done.verdict, VERDICT_GENUINE);
	assert_int_equal(done.counter, 9);
	assert_int_equal(done.head.seq, 77);
	assert_int_equal(strlen(done.evidence), 64);
	assert_memory_equal(done.evidence, "abab", 4);
	assert_false(w.insists);
	/* a word beforehand, a reason, a token that keeps no evidence */
	world();
	q.own_pin = true;
	q.reason = "she moved";
	q.force = "urgent";
	OK(hand_over());
	assert_string_equal(w.steps, "fcovxtsrVSp");
	assert_string_equal(w.heard, "");
	assert_string_equal(done.evidence, "");
	assert_true(w.insists);
	world();
	q.own_pin = true;
	q.force = "urgent";
	OK(hand_over());
}

static void a_row_that_is_named_is_judged_before_any_touch(void **state)
{
	(void)state;
	q.what = "1001";
	OK(hand_over());
	assert_string_equal(w.steps, "srfco?vxtsrVSp");
	q.what = "4711";
	SAYS(ERROR_FAILED, "4711", hand_over());
	assert_string_equal(w.steps, "");
	world();
	q.what = "1001";
	w.fails = 's';
	refuses(ERROR_BUSY, "step s fails", "s");
	w.fails = 'r';
	refuses(ERROR_BUSY, "step r fails", "sr");
}

static void another_token_than_the_one_named_is_refused(void **state)
{
	char words[128];

	(void)state;
	q.what = "1001";
	w.other = true;
	snprintf(words, sizeof(words), "the attached token is serial 1002 (id "
		"%.8s), not the one with id %.8s", other_id, row_id);
	refuses(ERROR_REFUSED, words, "srfco?vxt");
}

static void a_state_that_nothing_follows_is_refused(void **state)
{
	(void)state;
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s, s:s}", "token", row_id,
		"state", "retired"));
	q.what = "1001";
	refuses(ERROR_REFUSED, "token serial 1001 is retired and cannot become "
		"handed-over: nothing follows", "");
	q.what = NULL;
	refuses(ERROR_REFUSED, "token serial 1001 is retired and cannot become "
		"handed-over: nothing follows", "fco?vxt");
}

static void a_pin_of_ones_own_is_asked_for_where_there_is_one(void **state)
{
	(void)state;
	w.says_yes = false;
	refuses(ERROR_REFUSED, "the holder sets a new PIN first, by "
		"`tokenbridge pin change`; --own-pin says that it was done",
		"fco?");
	w.fails = '?';
	refuses(ERROR_BUSY, "step ? fails", "fco?");
	world();
	w.token.fido.client_pin = FIDO_OFF;
	w.flags = AUTHDATA_UP;
	w.says_yes = false;
	OK(hand_over());
	assert_string_equal(w.steps, "fcovxtsrVSp");
	assert_string_equal(w.heard, "warning: the token has no PIN: who finds "
		"it can use it\n");
	assert_false(done.user_verified);
	world();
	w.token.fido.client_pin = FIDO_ABSENT;
	w.flags = AUTHDATA_UP;
	OK(hand_over());
	assert_string_equal(w.heard, "warning: the token has no PIN: who finds "
		"it can use it\n");
}

static void what_does_not_prove_itself_is_refused(void **state)
{
	(void)state;
	w.unknown = true;
	refuses(ERROR_REFUSED, "the registry does not know this token: take it "
		"into the stock first (registry intake, or verify --record)",
		"fco?vx");
	world();
	w.unproved = true;
	refuses(ERROR_REFUSED, "token serial 1001 has no identity credential "
		"to prove itself by: run `tokenbridge verify --record` first",
		"fco?vxt");
	world();
	w.flags = AUTHDATA_UP;
	refuses(ERROR_REFUSED, "the signed flags do not say that the user was "
		"verified by the PIN", "fco?vxt");
}

static void what_fails_ends_it_there(void **state)
{
	static const char all[] = "fco?vxtsrVSp";
	char words[32], steps[16];
	size_t i;

	(void)state;
	for (i = 0; all[i]; i++) {
		if (all[i] == 'x')
			continue; /* has no error */
		world();
		w.fails = all[i];
		snprintf(words, sizeof(words), "step %c fails", all[i]);
		snprintf(steps, sizeof(steps), "%.*s%s", (int)i + 1, all,
			all[i] == 'v' ? "x" : "");
		SAYS(ERROR_BUSY, words, hand_over());
		assert_string_equal(w.steps, steps);
		/* where only publishing failed the rest is told */
		assert_int_equal(done.changed, all[i] == 'p');
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_holder_answers_proves_and_has_it),
		TEST(a_row_that_is_named_is_judged_before_any_touch),
		TEST(another_token_than_the_one_named_is_refused),
		TEST(a_state_that_nothing_follows_is_refused),
		TEST(a_pin_of_ones_own_is_asked_for_where_there_is_one),
		TEST(what_does_not_prove_itself_is_refused),
		TEST(what_fails_ends_it_there),
	};

	return cmocka_run_group_tests_name("handed over", tests, NULL, NULL);
}
