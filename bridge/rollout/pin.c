/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key's initial PIN, when all that is registered with it stands: random,
 * encrypted for its holder, to be changed. A key that is plugged in again gets
 * what a run that was broken off owes it.
 */
#include "bridge/rollout/pin.h"

#include "base/text.h"
#include "bridge/initial/pin.h"
#include "bridge/initial/recipients.h"

#include <stdio.h>
#include <string.h>

/* Whether the registry has a key to encrypt for; a holder without one gets no
 * PIN, which is said. */
static int has_recipients(const struct session *x, const char *holder,
	bool *ret, struct error *err)
{
	CLEANUP(recipients_done) struct recipients to = { .n = 0 };
	char id[ID_LEN];
	struct error why;
	int r = initial_recipients(x->q->reg, holder, id, &to, &why);

	/* nobody of that name: he is added with his first key */
	if (r == -ERROR_CORRUPT)
		return error_copy(err, &why);
	*ret = r == 0 && to.n > 0;
	return 0;
}

int session_check_pins(struct session *x, struct error *err)
{
	size_t i, without = 0;
	const char *first = "";
	bool has = true;
	int r = 0;

	for (i = 0; x->q->pin_folder && r == 0 && i < x->plan->n; i++) {
		const struct plan_row *row = &x->plan->rows[i];

		if (row_is_typed(row) || x->state.rows[i].state == ROW_DONE)
			continue;
		r = has_recipients(x, row->holder, &has, err);
		if (r < 0 || has)
			continue;
		first = without++ == 0 ? row->holder : first;
	}
	if (r == 0 && without > 0)
		run_warn(x->run, "the registry has no key of %zu holder%s to "
			"encrypt a PIN for, of '%s' first: their keys get none "
			"(`tokenbridge registry recipient`)", without,
			text_plural(without), first);
	return r;
}

/* By what a person finds it with: "12345678.pin". */
static char *file_of(const struct session *x, const struct row_record *rec)
{
	return rec->serial ? text_format("%s/%u.pin", x->q->pin_folder,
			rec->serial) :
		text_format("%s/%.8s.pin", x->q->pin_folder, rec->token);
}

static size_t digits_of(const struct token *t)
{
	size_t least = initial_pin_least(t);

	return least < INITIAL_PIN_DIGITS ? INITIAL_PIN_DIGITS : least;
}

static int make_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err)
{
	CLEANUP(initial_pin_done) struct initial_pin done = { .file = NULL };
	CLEANUP(free_p) char *file = file_of(x, &x->state.rows[i]);
	CLEANUP(fido_free) struct fido *f = NULL;
	const struct initial_pin_request q = {
		.reg = x->q->reg,
		.token = t,
		.holder = x->plan->rows[i].holder,
		.output = file,
		.digits = digits_of(t),
	};
	struct initial_pin_request with = q;
	int r;

	if (!file)
		return error_memory(err);
	r = attached_open(run, t, &f, err);
	with.fido = f;
	if (r == 0)
		r = initial_pin_make(run, &with, &done, err);
	if (done.changed)
		run_say(run, "it has an initial PIN%s: '%s', encrypted for %s.",
			done.forced ? ", which has to be changed first" :
			", which nothing forces to be changed", done.file,
			q.holder);
	return r;
}

/* ---- owed ---- */

int session_note_pin(struct session *x, size_t i, struct error *err)
{
	const struct plan_row *row = &x->plan->rows[i];
	bool has = false;
	int r = 0;

	if (x->q->pin_folder && !row_is_typed(row))
		r = has_recipients(x, row->holder, &has, err);
	x->state.rows[i].pin_owed |= r == 0 && has;
	return r;
}

bool session_owes_pin(const struct session *x, size_t i)
{
	const struct row_record *rec = &x->state.rows[i];

	return x->q->pin_folder && rec->state == ROW_DONE && rec->pin_owed;
}

size_t session_pins_owed(const struct session *x)
{
	size_t i, n = 0;

	for (i = 0; i < x->plan->n; i++)
		n += session_owes_pin(x, i);
	return n;
}

static int note_paid(struct session *x, size_t i, struct error *err)
{
	if (!x->state.rows[i].pin_owed)
		return 0;
	x->state.rows[i].pin_owed = false;
	return state_write(&x->state, i, err);
}

static int give_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err)
{
	bool has_one = t->fido.client_pin == FIDO_ON;
	struct error why;
	int r = make_pin(x, run, i, t, &why);

	if (r == -ERROR_INTERRUPTED || r == -ERROR_CORRUPT)
		return error_copy(err, &why);
	if (r == 0)
		return note_paid(x, i, err);
	if (r == -ERROR_CONFLICT && has_one) {
		run_warn(run, "%s", why.text);
		return note_paid(x, i, err);
	}
	run_warn(run, "it has no initial PIN: %s. Plug it in again to give it "
		"one, or `tokenbridge pin initial`", why.text);
	x->passed[i] = true; /* who waits for it may wait for ever */
	return 0;
}

int session_give_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err)
{
	if (!session_owes_pin(x, i))
		return 0;
	if (t->fido.client_pin != FIDO_ON)
		return give_pin(x, run, i, t, err);
	run_warn(run, "it has a PIN already, and gets no other one");
	return note_paid(x, i, err);
}

int session_give_owed_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err)
{
	int r = 0;

	/* it was registered when nobody wanted that */
	if (t->fido.client_pin != FIDO_ON)
		r = session_note_pin(x, i, err);
	return r < 0 || !session_owes_pin(x, i) ? r :
		give_pin(x, run, i, t, err);
}
