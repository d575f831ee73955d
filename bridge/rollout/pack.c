/* SPDX-License-Identifier: Apache-2.0 */
/* Ticking off what was enrolled: whose key is this? */
#include "bridge/rollout/session.h"

#include "base/text.h"
#include "bridge/journal/journal.h"
#include "bridge/run/json.h"
#include "bridge/verify/identify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct packing {
	const struct run *run;
	const struct rollout_packing *q;
	struct rollout_state state; /* owned */
	struct ports ports;         /* owned */
	bool closed;
};

static void packing_done(struct packing *x)
{
	ports_done(&x->ports);
	state_done(&x->state);
}

/* ---- which row ---- */

static const char *const pack_names[] = { "packed", "again", "not-in-plan",
	"failed" };

enum pack_outcome { PACK_TICKED, PACK_AGAIN, PACK_FOREIGN, PACK_FAILED };

/* By the row of the registry that the key is, without a touch. */
static int find_by_identity(struct packing *x, const struct token *t,
	size_t *ret, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	CLEANUP(identification_done) struct identification m = {
		.found = false };
	struct identify_request q = { .token = t, .reg = x->q->reg };
	size_t i;
	int r = attached_open(x->run, t, &f, err);

	q.fido = f;
	if (r == 0)
		r = identification_find(x->run, &q, &m, err);
	for (i = 0; r == 0 && m.found && i < x->state.n; i++)
		if (strcmp(x->state.rows[i].token, m.row.id) == 0 &&
			x->state.rows[i].state == ROW_DONE)
			*ret = i;
	return r;
}

/* *ret is state.n where it is none of the plan's. */
static int find_row(struct packing *x, const struct token *t, size_t *ret,
	struct error *err)
{
	uint32_t serial;
	size_t i;

	*ret = x->state.n;
	if (!token_serial(t, &serial))
		return find_by_identity(x, t, ret, err);
	for (i = 0; i < x->state.n; i++)
		if (x->state.rows[i].serial == serial &&
			x->state.rows[i].state == ROW_DONE)
			*ret = i;
	return 0;
}

/* ---- telling ---- */

static int tell_packed(struct packing *x, const struct arrival *a, size_t i,
	enum pack_outcome o, const char *why, struct error *err)
{
	const struct plan_row *row = i < x->state.n ?
		&x->q->plan->rows[i] : NULL;
	CLEANUP(json_decrefp) json_t *object = NULL;
	CLEANUP(free_p) char *text = NULL;
	uint32_t serial = 0;
	bool known = token_serial(a->attached.chosen, &serial);

	object = json_pack("{s:i,s:b,s:{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}}",
		"version", 1, "changed", o == PACK_TICKED, "packed",
		"result", pack_names[o],
		"port", json_of_text(a->port),
		"serial", json_of_number(known, serial),
		"line", json_of_number(row, row ? row->line : 0),
		"user", json_of_text(row ? row->user : NULL),
		"holder", json_of_text(row ? row->holder : NULL),
		"label", json_of_text(row ? row->label : NULL),
		"text", json_of_text(why));
	text = row ? text_format("%-11s  %s (%s)  %s  line %zu",
		pack_names[o], row->holder, row->user,
		*row->label ? row->label : "-", row->line) :
		text_format("%-11s  %s%s%s", pack_names[o], a->port,
			why ? ": " : "", why ? why : "");
	if (!object || !text)
		return error_memory(err);
	return run_result(x->run, object, text, &x->closed, err);
}

static size_t packed_left(const struct packing *x)
{
	size_t i, n = 0;

	for (i = 0; i < x->state.n; i++)
		n += x->state.rows[i].state == ROW_DONE &&
			!x->state.rows[i].packed;
	return n;
}

static int tick_off(struct packing *x, const struct arrival *a,
	struct error *err)
{
	enum pack_outcome o = PACK_TICKED;
	struct error why = { 0 };
	size_t i = x->state.n;
	int r = attached_check(a->attached.chosen, &why);

	if (r == 0)
		r = find_row(x, a->attached.chosen, &i, &why);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0)
		return tell_packed(x, a, x->state.n, PACK_FAILED, why.text,
			err);
	if (i == x->state.n)
		return tell_packed(x, a, i, PACK_FOREIGN,
			"this rollout has given it to nobody", err);
	if (x->state.rows[i].packed)
		o = PACK_AGAIN;
	x->state.rows[i].packed = true;
	r = o == PACK_TICKED ? state_write(&x->state, i, err) : 0;
	return r < 0 ? r : tell_packed(x, a, i, o, NULL, err);
}

static int pack_next(struct packing *x, struct error *err)
{
	struct arrival a;
	char c;
	int r;

	run_say(x->run, "Insert a key that is to be packed: %zu left.",
		packed_left(x));
	r = ports_wait(&x->ports, x->q->typed_fd, true, &a, err);
	/* whatever is typed ends it */
	if (r == PORTS_TYPED)
		return read(x->q->typed_fd, &c, 1) >= 0;
	if (r == PORTS_KEY)
		r = tick_off(x, &a, err);
	arrival_done(&a);
	return r;
}

static int pack_all(struct packing *x, struct error *err)
{
	CLEANUP(free_p) char *dir =
		journal_directory(registry_path(x->q->reg));
	int r;

	if (!dir)
		return error_memory(err);
	r = ports_open(&x->ports, x->run, dir, err);
	while (r == 0 && packed_left(x) > 0 && !x->closed)
		r = pack_next(x, err);
	return r == -ERROR_INTERRUPTED || r > 0 ? 0 : r;
}

static int open_state_as(struct packing *x, enum state_mode mode,
	struct error *err)
{
	state_done(&x->state);
	return state_open(&x->state, registry_path(x->q->reg),
		x->q->plan_path, x->q->plan, mode, err);
}

/* Whoever packs begins no rollout. */
static int open_begun(struct packing *x, struct error *err)
{
	int r = open_state_as(x, STATE_LOOK, err);

	if (r == 0 && !x->state.id[0])
		return error_set(err, ERROR_FAILED,
			"the rollout of '%s' has not begun: `tokenbridge "
			"rollout` without --pack does", x->q->plan_path);
	return r < 0 ? r : open_state_as(x, STATE_WORK, err);
}

int rollout_pack(const struct run *run, const struct rollout_packing *q,
	size_t *ret_left, struct error *err)
{
	CLEANUP(packing_done) struct packing x = { .run = run, .q = q,
		.state = { .fd = -1 } };
	int r;

	r = rollout_say_problems(run, q->plan, q->plan_path, err);
	if (r == 0)
		r = open_begun(&x, err);
	if (r == 0)
		r = pack_all(&x, err);
	if (r < 0)
		return r;
	*ret_left = packed_left(&x) + x.state.n -
		state_count(&x.state, ROW_DONE);
	run_say(run, "%zu keys are packed, %zu of the plan are not.",
		x.state.n - *ret_left, *ret_left);
	return 0;
}
