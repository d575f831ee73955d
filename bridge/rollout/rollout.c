/* SPDX-License-Identifier: Apache-2.0 */
/* A plan's users get their keys, one after the other. */
#include "bridge/rollout/rollout.h"

#include "base/text.h"
#include "bridge/account/device.h"
#include "bridge/journal/journal.h"
#include "bridge/rollout/pin.h"
#include "bridge/rollout/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A user is kept for this rollout while a key is awaited and served. */
#define RESERVE_S 14400
#define TYPED_MAX 256

static void session_done(struct session *x)
{
	scout_done(&x->scout);
	state_done(&x->state);
	free(x->drawn);
	free(x->passed);
}

static bool is_typed_at(const struct session *x)
{
	return x->q->typed_fd >= 0;
}

/* ---- one user ---- */

static void user_key_of(const struct plan_row *row, char ret[160])
{
	size_t i;

	snprintf(ret, 160, "%s/%s", row->account, row->user);
	for (i = 0; ret[i]; i++)
		if (ret[i] >= 'A' && ret[i] <= 'Z')
			ret[i] = (char)(ret[i] - 'A' + 'a');
}

static void give_back(struct session *x, size_t i)
{
	char key[160];

	user_key_of(&x->plan->rows[i], key);
	(void)registry_release(x->q->reg, "rollout", key, x->state.id, NULL);
}

static int pass_busy(struct session *x, size_t i, const struct error *why,
	struct error *err)
{
	const struct key_line line = { .outcome = KEY_BUSY, .row = i,
		.text = why->text };

	x->passed[i] = true;
	return session_tell(x, &line, err);
}

/*
 * Keeps the user, so that no other rollout serves the same one, and looks
 * whether one has: 1, the row is not to be served now.
 */
static int keep_user(struct session *x, size_t i, struct error *err)
{
	char key[160], called[ACCOUNT_USER_CALLED_LEN];
	struct error why;
	bool done = false;
	int r;

	user_key_of(&x->plan->rows[i], key);
	account_user_called(x->plan->rows[i].account, x->plan->rows[i].user,
		called);
	r = registry_reserve(x->q->reg, "rollout", key, called, x->state.id,
		RESERVE_S, &why);
	if (r == -ERROR_BUSY) {
		r = pass_busy(x, i, &why, err);
		return r < 0 ? r : 1;
	}
	if (r < 0)
		return error_copy(err, &why);
	r = session_find_done(x, i, &done, err);
	if (r < 0 || !done)
		return r;
	give_back(x, i);
	run_say(x->run, "line %zu: '%s' has got a key meanwhile.",
		x->plan->rows[i].line, x->plan->rows[i].user);
	r = state_write(&x->state, i, err);
	return r < 0 ? r : 1;
}

/* ", about 12 min left"; "" before anything is known. */
static void time_left(const struct session *x, size_t rows, char ret[48])
{
	int64_t ms = deadline_now() - x->begun;
	char age[32];

	ret[0] = '\0';
	if (x->counts[KEY_DONE] == 0)
		return;
	text_format_age((time_t)(ms / 1000 * (int64_t)rows /
		(int64_t)x->counts[KEY_DONE]), age, sizeof(age));
	snprintf(ret, 48, ", about %s left", age);
}

static void ask_for_key(const struct session *x, size_t i)
{
	const struct plan_row *row = &x->plan->rows[i];
	size_t open = state_count(&x->state, ROW_OPEN);
	char left[48], serial[40] = "";

	time_left(x, open, left);
	if (row_is_typed(row)) {
		run_say(x->run, "Press Enter for %s (%s), %s %s, %zu of %zu%s. "
			"[Enter s skips, u undoes the last one, q ends]",
			row->user, row->holder, *row->printed ? "the token" :
			"an app", *row->printed ? row->printed : "on the phone",
			x->plan->n - open + 1, x->plan->n, left);
		return;
	}
	if (row->has_serial)
		snprintf(serial, sizeof(serial), " with serial number %u",
			row->serial);
	run_say(x->run, "Insert the next key for %s (%s)%s, %zu of %zu%s.%s",
		row->user, row->holder, serial, x->plan->n - open + 1,
		x->plan->n, left, is_typed_at(x) ? " [Enter s skips, u undoes "
		"the last one, p pauses, q ends]" : "");
}

/* ---- what is typed ---- */

enum order {
	ORDER_NONE,
	ORDER_SKIP,
	ORDER_UNDO,
	ORDER_PAUSE,
	ORDER_QUIT,
};

static enum order read_order(int fd)
{
	static const char letters[] = { [ORDER_SKIP] = 's',
		[ORDER_UNDO] = 'u', [ORDER_PAUSE] = 'p', [ORDER_QUIT] = 'q' };
	char line[TYPED_MAX];
	ssize_t n;
	size_t i;

	n = read(fd, line, sizeof(line));
	if (n == 0)
		return ORDER_QUIT;
	for (i = ORDER_SKIP; n > 0 && i < ARRAY_LEN(letters); i++)
		if (line[0] == letters[i])
			return (enum order)i;
	return ORDER_NONE;
}

static int skip_row(struct session *x, size_t i, struct error *err)
{
	const struct key_line line = { .outcome = KEY_SKIPPED, .row = i };
	struct row_record *rec = &x->state.rows[i];
	int r;

	x->passed[i] = rec->state == ROW_DONE; /* that waits for its PIN */
	if (x->passed[i])
		return 0;
	*rec = (struct row_record){ .state = ROW_SKIPPED };
	r = state_write(&x->state, i, err);
	return r < 0 ? r : session_tell(x, &line, err);
}

static int pause_here(struct session *x, struct error *err)
{
	struct arrival a;
	int r;

	run_say(x->run, "Paused: no key is taken until you press Enter.");
	r = scout_wait(&x->scout, x->q->typed_fd, false, &a, err);
	if (r == PORTS_TYPED)
		(void)read_order(x->q->typed_fd);
	return r < 0 ? r : 0;
}

/* What a row comes to, beside errors. */
enum went {
	WENT_ON,    /* it is asked for again */
	WENT_DONE,  /* the next row */
	WENT_ENDED, /* a person ended it */
	WENT_SERVED, /* Enter alone, of a row that waits for that */
};

static int obey(struct session *x, size_t i, struct error *err)
{
	int r = 0;

	switch (read_order(x->q->typed_fd)) {
	case ORDER_SKIP:
		r = skip_row(x, i, err);
		return r < 0 ? r : WENT_DONE;
	case ORDER_UNDO:
		r = session_undo(x, err);
		return r < 0 ? r : WENT_DONE; /* it may be the next one now */
	case ORDER_PAUSE:
		r = pause_here(x, err);
		return r < 0 ? r : WENT_ON;
	case ORDER_QUIT:
		return WENT_ENDED;
	default:
		return row_is_typed(&x->plan->rows[i]) ? WENT_SERVED : WENT_ON;
	}
}

/* ---- one key ---- */

static int stick_label(struct session *x, size_t i, struct error *err)
{
	char prompt[TEXT_MAX + 64], line[TYPED_MAX];
	int r;

	if (!x->q->stick)
		return 0;
	snprintf(prompt, sizeof(prompt), "Stick '%s' on the key, then press "
		"Enter: ", x->plan->rows[i].label);
	r = run_ask_text(x->run, prompt, line, sizeof(line), err);
	return r < 0 ? r : 0;
}

static int serve_key(struct session *x, size_t i, struct arrival *a,
	struct error *err)
{
	bool done = false;
	struct error e = { 0 };
	int r = session_renew(x, err);

	if (r < 0)
		return r;
	r = session_serve(x, i, a, &done, &e);
	/* what is written down shows, also when this ends it */
	if (session_write_result(x, err) < 0)
		return -err->code;
	if (r < 0)
		return error_copy(err, &e);
	if (done && x->state.rows[i].state == ROW_DONE)
		r = session_print_label(x, i, err);
	if (r == 0 && done && x->state.rows[i].state == ROW_DONE)
		r = stick_label(x, i, err);
	return r < 0 ? r : done ? WENT_DONE : WENT_ON;
}

/* Nothing is plugged in for this row: a person says when. */
static int wait_for_person(struct session *x, size_t i, struct error *err)
{
	struct arrival a;
	int r = scout_wait(&x->scout, x->q->typed_fd, false, &a, err);

	if (r == PORTS_TYPED)
		r = obey(x, i, err);
	return r == WENT_SERVED ? serve_key(x, i, NULL, err) : r;
}

static int wait_for_key(struct session *x, size_t i, struct error *err)
{
	struct arrival a;
	int r;

	if (row_is_typed(&x->plan->rows[i]))
		return wait_for_person(x, i, err);
	r = scout_wait(&x->scout, x->q->typed_fd, true, &a, err);
	if (r == PORTS_TYPED)
		r = obey(x, i, err);
	else if (r == PORTS_KEY)
		r = serve_key(x, i, &a, err);
	arrival_done(&a);
	return r;
}

static int serve_row(struct session *x, size_t i, struct error *err)
{
	int r = keep_user(x, i, err);

	if (r != 0)
		return r < 0 ? r : WENT_DONE;
	do {
		ask_for_key(x, i);
		r = wait_for_key(x, i, err);
	} while (r == WENT_ON && !x->closed);
	give_back(x, i);
	return r;
}

/* Its key is registered, and was away before it had its PIN. */
static int serve_owed(struct session *x, size_t i, struct error *err)
{
	const struct plan_row *row = &x->plan->rows[i];
	int r;

	do {
		run_say(x->run, "Insert the key of %s (%s) with serial number "
			"%u again: it has no initial PIN yet.%s", row->user,
			row->holder, x->state.rows[i].serial, is_typed_at(x) ?
			" [Enter s skips, q ends]" : "");
		r = wait_for_key(x, i, err);
	} while (r == WENT_ON && !x->closed && !x->passed[i] &&
		session_owes_pin(x, i));
	return r;
}

/* ---- all of them ---- */

static size_t next_owed(const struct session *x)
{
	size_t i;

	for (i = 0; i < x->plan->n; i++)
		/* one without a number is not known again */
		if (session_owes_pin(x, i) && !x->passed[i] &&
			x->state.rows[i].serial)
			break;
	return i;
}

static size_t next_open(const struct session *x)
{
	size_t i;

	for (i = 0; i < x->plan->n; i++)
		if (x->state.rows[i].state == ROW_OPEN && !x->passed[i])
			break;
	return i;
}

/* Those of any other method are served over FIDO alone. */
static bool wants_cards(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->rows[i].method, "totp") == 0)
			return true;
	return false;
}

static int serve_all(struct session *x, struct error *err)
{
	CLEANUP(free_p) char *dir =
		journal_directory(registry_path(x->q->reg));
	struct error e;
	size_t i;
	int r;

	if (!dir)
		return error_memory(err);
	r = scout_start(&x->scout, x->run, dir, wants_cards(x->plan), err);
	x->begun = deadline_now();
	while (r >= 0 && r != WENT_ENDED && !x->closed) {
		bool owed;

		i = next_open(x);
		owed = i == x->plan->n;
		if (owed)
			i = next_owed(x);
		if (i == x->plan->n)
			return 0;
		r = session_offer_aside(x, i, &e);
		if (r == 0)
			r = owed ? serve_owed(x, i, &e) : serve_row(x, i, &e);
		if (r < 0)
			error_copy(err, &e);
	}
	return r == -ERROR_INTERRUPTED ? 0 : r < 0 ? r : 0;
}

/* Without a terminal a question is an error that names the option. */
static int check_terminal(const struct rollout_request *q, struct error *err)
{
	if (q->stick && q->typed_fd < 0)
		return error_set(err, ERROR_USAGE,
			"--stick waits for a person, and there is no terminal "
			"to ask on: leave it out");
	return 0;
}

static int open_state(struct session *x, enum state_mode mode,
	struct error *err)
{
	state_done(&x->state);
	return state_open(&x->state, registry_path(x->q->reg),
		x->q->plan_path, x->plan, mode, err);
}

/*
 * A state is begun behind a check that found nothing, so that a plan in which
 * something is wrong can be mended. One that is there is settled first.
 */
static int check_and_open(struct session *x, struct error *err)
{
	bool is_new;
	int r = open_state(x, STATE_LOOK, err);

	is_new = r == 0 && !x->state.id[0];
	if (r == 0 && (is_new || x->q->only_look))
		r = session_check(x, err);
	if (r < 0 || x->q->only_look)
		return r;
	r = open_state(x, STATE_WORK, err);
	/* a run that was killed behind its row kept the user */
	if (r == 0 && x->state.last < x->state.n)
		give_back(x, x->state.last);
	if (r == 0)
		r = session_settle(x, err);
	if (r < 0)
		return r;
	return is_new ? session_note_checked(x, err) : session_check(x, err);
}

static int session_begin(struct session *x, struct error *err)
{
	const struct rollout_request *q = x->q;
	int r;

	x->last = x->plan->n;
	x->passed = calloc(x->plan->n, sizeof(*x->passed));
	if (!x->passed)
		return error_memory(err);
	r = check_terminal(q, err);
	if (r == 0)
		r = rollout_say_problems(x->run, x->plan, q->plan_path, err);
	if (r == 0)
		r = session_check_result(x, err);
	if (r == 0)
		r = check_and_open(x, err);
	x->before = state_count(&x->state, ROW_DONE);
	return r;
}

static int log_and_summarise(struct session *x, struct error *err)
{
	int r = session_write_result(x, err);

	if (x->has_head)
		registry_log_head(&x->head);
	return r < 0 ? r : session_summarise(x, err);
}

int rollout_run(const struct run *run, const struct rollout_request *q,
	size_t *ret_left, struct error *err)
{
	CLEANUP(session_done) struct session x = {
		.run = run,
		.q = q,
		.plan = q->plan,
		.state = { .fd = -1 },
		.scout = SCOUT_INIT,
	};
	struct error why;
	int r, told;

	r = session_begin(&x, err);
	if (r < 0)
		return r;
	*ret_left = x.plan->n - x.before;
	if (q->only_look)
		return session_tell_plan(&x, err);
	r = session_write_result(&x, err);
	if (r < 0)
		return r;
	r = serve_all(&x, &why);
	told = log_and_summarise(&x, r < 0 ? NULL : err);
	*ret_left = x.plan->n - state_count(&x.state, ROW_DONE) +
		session_pins_owed(&x);
	return r < 0 ? error_copy(err, &why) : told;
}
