/* SPDX-License-Identifier: Apache-2.0 */
/* One key for one row. */
#include "bridge/rollout/pin.h"
#include "bridge/rollout/session.h"

#include "bridge/verify/admission.h"
#include "token/fido/care.h"

#include <stdio.h>
#include <string.h>

/* Until pcscd has found the card of a key that was just plugged in. */
#define CARD_MS 6000
#define STEP_MS 250
/* For what a person does in the console. */
#define CONSOLE_S 600

/* One key, as it is served. */
struct serving {
	struct session *x;
	size_t i;
	const struct plan_row *row;
	const struct token *token; /* borrowed */
	const struct attached_card *card; /* borrowed; NULL: nothing is known */
	struct key_line line;
	char name[PLUG_KEY_LEN + 8]; /* among the keys of the day */
	size_t given; /* the row, from 1, that has got it already; 0: none */
	bool untouched; /* it was refused before anybody touched it */
	struct error why;
};

static int no_key(struct serving *s, enum key_outcome outcome, int code,
	const char *text)
{
	s->line.outcome = outcome;
	return error_set(&s->why, code, "%s", text);
}

/* ---- by the plan ---- */

static const struct plan_row *row_of_serial(const struct serving *s)
{
	const struct plan *p = s->x->plan;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->rows[i].has_serial &&
			p->rows[i].serial == s->line.serial)
			return &p->rows[i];
	return NULL;
}

/* A key that this rollout gave to somebody already. */
static int check_used(struct serving *s, const char *token)
{
	const struct session *x = s->x;
	char text[300];
	size_t i;

	for (i = 0; i < x->state.n; i++) {
		const struct row_record *rec = &x->state.rows[i];

		if (rec->state != ROW_DONE && rec->state != ROW_UNDOING)
			continue;
		if (!(s->line.has_serial && rec->serial == s->line.serial) &&
			!(token && strcmp(rec->token, token) == 0))
			continue;
		s->given = i + 1;
		snprintf(text, sizeof(text), "this rollout has given it to "
			"'%s' already (line %zu)", x->plan->rows[i].user,
			x->plan->rows[i].line);
		return no_key(s, KEY_REFUSED, ERROR_REFUSED, text);
	}
	return 0;
}

static int check_number(struct serving *s)
{
	const struct plan_row *other = s->line.has_serial ?
		row_of_serial(s) : NULL;
	char text[300];

	if (other && other != s->row) {
		snprintf(text, sizeof(text), "by the plan it is for '%s' "
			"(line %zu)", other->user, other->line);
		return no_key(s, KEY_REFUSED, ERROR_REFUSED, text);
	}
	if (!s->row->has_serial || other == s->row)
		return check_used(s, NULL);
	snprintf(text, sizeof(text), "the plan wants the key with serial "
		"number %u for '%s'", s->row->serial, s->row->user);
	return no_key(s, KEY_REFUSED, ERROR_REFUSED, text);
}

/* ---- by the registry ---- */

/* A label that another key has. */
static int check_label_free(struct serving *s,
	const struct registry_token *row, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	const struct registry_token *other = NULL;
	const char *serial;
	size_t i;
	int r = 0;

	if (*s->row->label)
		r = registry_tokens_by_label(s->x->q->reg, s->row->label,
			&list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		if (row && strcmp(list.p[i].id, row->id) == 0)
			return 0;
		if (list.p[i].state != REGISTRY_RETIRED)
			other = &list.p[i];
	}
	if (r < 0 || !other)
		return r;
	serial = registry_token_identifier(other, REGISTRY_ID_SERIAL);
	return error_set(err, ERROR_REFUSED,
		"the label '%s' is another key's in the registry%s%s",
		s->row->label, serial ? ": that of the one with serial number "
		: "", serial ? serial : "");
}

/*
 * A rollout hands out keys that nobody uses; one that is somebody's device
 * already is taken only where the plan names it by its number.
 */
static int admit_row(void *data, const struct registry_token *row,
	struct error *err)
{
	struct serving *s = data;
	size_t i;
	int r = check_used(s, row->id);

	if (r < 0)
		return error_copy(err, &s->why);
	r = admission_check_row(row, s->row->holder, err);
	if (r == 0)
		r = check_label_free(s, row, err);
	for (i = 0; r == 0 && !s->row->has_serial && i < row->bindings.n; i++)
		if (!row->bindings.p[i].removed &&
			row->bindings.p[i].kind == REGISTRY_AWS)
			r = error_set(err, ERROR_REFUSED,
				"it is a device of '%s' in account %s already "
				"(give its serial number in the plan, if it is "
				"meant)", row->bindings.p[i].user_name ?
				row->bindings.p[i].user_name : "-",
				row->bindings.p[i].account);
	return r;
}

/* By the number that it tells, before anybody touches it. */
static int check_found_row(struct serving *s)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	char digits[16];
	size_t i;
	int r;

	snprintf(digits, sizeof(digits), "%u", s->line.serial);
	r = !s->line.has_serial ? 0 : registry_tokens_by_identifier(
		s->x->q->reg, REGISTRY_ID_SERIAL, digits, &list, &s->why);
	for (i = 0; r == 0 && i < list.n; i++)
		if (list.p[i].state != REGISTRY_RETIRED)
			r = admit_row(s, &list.p[i], &s->why);
	if (r == 0 && list.n == 0 && s->line.has_serial)
		r = check_label_free(s, NULL, &s->why);
	if (r < 0 && s->why.code == ERROR_REFUSED)
		s->line.outcome = KEY_REFUSED;
	return r;
}

/* What the policy refuses by the key's own words costs no touch. */
static int check_key_claims(struct serving *s, const struct run *run)
{
	const struct admission a = { s->x->q->trust, s->row->method,
		s->x->q->force };
	int r;

	if (!s->x->q->trust->policy.file)
		return 0;
	r = admission_check_claims(run, &a, s->token, &s->why);
	if (r == -ERROR_REFUSED)
		s->line.outcome = KEY_REFUSED;
	return r;
}

/* ---- enrolling ---- */

/* It shows which one is meant, where it can. */
static void wink_at(const struct serving *s, const struct run *run)
{
	CLEANUP(fido_free) struct fido *f = NULL;

	if (attached_open(run, s->token, &f, NULL) == 0)
		(void)care_wink(f, NULL);
}

static int begin_row(struct serving *s, struct error *err)
{
	struct row_record *rec = &s->x->state.rows[s->i];
	int r;

	*rec = (struct row_record){ .state = ROW_BEGUN,
		.packed = rec->packed };
	r = id_new(rec->journal, err);
	return r < 0 ? r : state_write(&s->x->state, s->i, err);
}

static int enroll_key(struct serving *s, const struct run *run,
	deadline_t since, struct mfa_enrolled *ret)
{
	const struct mfa_request q = {
		.aws = s->x->q->aws,
		.reg = s->x->q->reg,
		.actor = s->x->q->actor,
		.trust = s->x->q->trust,
		.wanted = { s->token ? s->token->node.path : NULL, false,
			NULL },
		.user = s->row->user,
		.method = s->row->method,
		.serial = *s->row->printed ? s->row->printed : NULL,
		.wait_s = CONSOLE_S,
		.holder = s->row->holder,
		.holder_kind = REGISTRY_PERSON,
		.label = *s->row->label ? s->row->label : NULL,
		.force = s->x->q->force,
		.journal = s->x->state.rows[s->i].journal,
		.card = s->card,
		.admit = admit_row,
		.admit_data = s,
	};
	int r;

	for (;;) {
		r = mfa_enroll(run, &q, ret, &s->why);
		/* nothing was begun yet: its card may not be there yet */
		if (r != -ERROR_UNSUPPORTED || !s->token ||
			deadline_passed(since + CARD_MS))
			return r;
		if (run_pause(run, STEP_MS, &s->why) < 0)
			return -ERROR_INTERRUPTED;
	}
}

static int end_row(struct serving *s, const struct mfa_enrolled *done,
	struct error *err)
{
	const struct journal_facts *f = &done->facts;
	struct row_record *rec = &s->x->state.rows[s->i];

	rec->state = ROW_DONE;
	snprintf(rec->device, sizeof(rec->device), "%s", f->serial);
	memcpy(rec->token, f->token, sizeof(rec->token));
	rec->serial = f->token_serial;
	if (session_note_pin(s->x, s->i, err) < 0)
		return -err->code;
	s->line.outcome = KEY_DONE;
	s->line.device = rec->device;
	s->line.token = rec->token;
	s->line.verdict = done->has_verdict ? verdict_name(done->verdict) :
		NULL;
	s->x->head = done->head;
	s->x->has_head = true;
	s->x->changed = true;
	s->x->last = s->i;
	memcpy(s->x->last_key, s->name, sizeof(s->x->last_key));
	if (!done->confirmed)
		run_warn(s->x->run, "AWS does not list the device of '%s' yet: "
			"check with `tokenbridge audit`", s->row->user);
	return state_write(&s->x->state, s->i, err);
}

/* What no other key and no other row would change. */
static bool ends_session(const struct error *e)
{
	static const enum error_code codes[] = { ERROR_INTERRUPTED,
		ERROR_CORRUPT, ERROR_UNREACHABLE, ERROR_USAGE };
	static const char *const foreign[] = { "AccessDenied", "ExpiredToken",
		"InvalidClientTokenId", "SignatureDoesNotMatch",
		"RequestExpired", "ExpiredTokenException",
		"UnrecognizedClientException", "OptInRequired" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(codes); i++)
		if (e->code == (int)codes[i])
			return true;
	for (i = 0; i < ARRAY_LEN(foreign); i++)
		if (strcmp(e->foreign, foreign[i]) == 0)
			return true;
	return false;
}

/* AWS's no to this user is the same with every key. */
static bool ends_row(const struct error *e)
{
	return e->code == ERROR_REMOTE;
}

static int fail_row(struct serving *s, bool *ret_done, struct error *err)
{
	struct row_record *rec = &s->x->state.rows[s->i];
	int r = session_settle_row(s->x, s->i, err);

	if (r < 0)
		return r;
	s->x->changed |= rec->state == ROW_DONE;
	*ret_done = rec->state != ROW_OPEN;
	if (rec->state != ROW_OPEN || !ends_row(&s->why))
		return 0;
	rec->state = ROW_FAILED;
	snprintf(rec->text, sizeof(rec->text), "%.*s",
		(int)sizeof(rec->text) - 1, s->why.text);
	utf8_sanitise(rec->text);
	*ret_done = true;
	return state_write(&s->x->state, s->i, err);
}

static int serve_begun(struct serving *s, const struct run *run,
	deadline_t since, bool *ret_done, struct error *err)
{
	struct mfa_enrolled done;
	struct error e;
	int r;

	r = begin_row(s, err);
	if (r < 0)
		return r;
	if (enroll_key(s, run, since, &done) == 0) {
		*ret_done = true;
		r = end_row(s, &done, err);
		return r < 0 || !s->token ? r : session_give_pin(s->x, run,
			s->i, s->token, err);
	}
	e = s->why;
	if (e.code == ERROR_REFUSED || e.code == ERROR_CONFLICT)
		s->line.outcome = KEY_REFUSED;
	r = fail_row(s, ret_done, err);
	if (r < 0)
		return r;
	if (s->x->state.rows[s->i].state == ROW_DONE) {
		s->line.outcome = KEY_DONE;
		s->line.device = s->x->state.rows[s->i].device;
		s->line.token = s->x->state.rows[s->i].token;
	}
	return ends_session(&e) ? error_copy(err, &e) : 0;
}

/* ---- together ---- */

static void name_drawn(struct serving *s, const struct arrival *a)
{
	if (!a)
		snprintf(s->name, sizeof(s->name), "typed %.60s",
			*s->row->printed ? s->row->printed : s->row->user);
	else if (s->line.has_serial)
		snprintf(s->name, sizeof(s->name), "serial %u",
			s->line.serial);
	else
		snprintf(s->name, sizeof(s->name), "plug %s", a->key);
}

/* A run that was broken off behind the registering owes it still. */
static int give_owed_pin(struct serving *s, struct error *err)
{
	const struct plan_row *row = &s->x->plan->rows[s->given - 1];
	struct voice voice = { .inner = s->x->run };
	struct run run = voice_run(&voice);

	if (s->x->state.rows[s->given - 1].state != ROW_DONE)
		return 0;
	snprintf(voice.words, sizeof(voice.words), "port %.60s, %.64s: ",
		s->line.port, row->user);
	return session_give_owed_pin(s->x, &run, s->given - 1, s->token, err);
}

/* Nothing is enrolled for a row that is done: it is served for its PIN. */
static int check_open(struct serving *s)
{
	if (s->x->state.rows[s->i].state != ROW_DONE)
		return 0;
	return no_key(s, KEY_REFUSED, ERROR_REFUSED, "no row waits for it: "
		"only keys that have no initial PIN yet are wanted");
}

static int serve(struct serving *s, const struct arrival *a, bool *ret_done,
	struct error *err)
{
	struct voice voice = { .inner = s->x->run };
	struct run run = voice_run(&voice);
	int r;

	snprintf(voice.words, sizeof(voice.words), "port %.60s, %.64s: ",
		a->port, s->row->user);
	r = attached_check(s->token, &s->why);
	if (r == 0)
		r = check_number(s);
	if (r == 0)
		r = check_open(s);
	if (r == 0)
		r = check_found_row(s);
	if (r == 0)
		r = check_key_claims(s, &run);
	if (r < 0 && s->why.code == ERROR_CORRUPT)
		return error_copy(err, &s->why);
	s->untouched = r < 0;
	if (r < 0)
		return s->given ? give_owed_pin(s, err) : 0;
	run_say(&run, "this key is for %s.", s->row->holder);
	wink_at(s, &run);
	return serve_begun(s, &run, a->since, ret_done, err);
}

/* Nothing is plugged in: what the codes come from is told by the plan. */
static int serve_typed(struct serving *s, bool *ret_done, struct error *err)
{
	struct voice voice = { .inner = s->x->run };
	struct run run = voice_run(&voice);

	snprintf(voice.words, sizeof(voice.words), "%.64s: ", s->row->user);
	return serve_begun(s, &run, 0, ret_done, err);
}

/*
 * One that may be for another row stays plugged in, and is looked at for that
 * one: which is told once. True: it was told.
 */
static bool put_aside(struct session *x, const struct serving *s,
	const struct arrival *a)
{
	if (s->untouched && s->line.outcome == KEY_REFUSED && !s->given)
		return session_put_aside(x, a->key, s->i);
	if (a)
		session_take_from_aside(x, a->key);
	return false;
}

static int tell_key(struct session *x, const struct serving *s,
	struct error *err)
{
	int r = session_draw(x, s->name, s->line.outcome, err);

	return r < 0 ? r : session_tell(x, &s->line, err);
}

int session_serve(struct session *x, size_t i, struct arrival *a,
	bool *ret_done, struct error *err)
{
	struct serving s = {
		.x = x,
		.i = i,
		.row = &x->plan->rows[i],
		.token = a ? a->attached.chosen : NULL,
		.card = a ? &a->card : NULL,
		.line = { .outcome = KEY_FAILED, .row = i,
			.port = a ? a->port : NULL },
	};
	struct error e;
	int r;

	*ret_done = false;
	s.line.has_serial = a && token_serial(s.token, &s.line.serial);
	name_drawn(&s, a);
	r = a ? serve(&s, a, ret_done, err) : serve_typed(&s, ret_done, err);
	if (s.line.outcome != KEY_DONE)
		s.line.text = s.why.text;
	/* what became of it is told, also when that ends the session */
	if ((r != -ERROR_INTERRUPTED || s.line.outcome == KEY_DONE) &&
		!put_aside(x, &s, a) && tell_key(x, &s, &e) < 0 && r == 0)
		r = error_copy(err, &e);
	return r;
}
