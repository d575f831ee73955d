/* SPDX-License-Identifier: Apache-2.0 */
/* Another holder, or another state. */
#include "bridge/lifecycle/move.h"

#include "bridge/lifecycle/settled.h"

#include <string.h>

void moved_done(struct moved *m)
{
	registry_token_done(&m->row);
}

/* One change under way. */
struct change {
	const struct run *run;
	const struct move_request *q;
	struct moved *ret;
	struct record record;
	char journal[ID_LEN];
};

static int move_begin(struct change *c, struct error *err)
{
	struct registry *reg = c->q->place.reg;
	int r;

	c->ret->to = c->q->to;
	r = registry_actor(reg, NULL, c->run->ticket, &c->record.actor, err);
	if (r == 0)
		r = lifecycle_find(reg, c->q->what, &c->ret->row, err);
	if (r == 0)
		r = id_new(c->journal, err);
	if (r < 0)
		return r;
	c->record.reg = reg;
	c->record.journal = c->journal;
	c->record.holder = c->q->holder;
	c->record.reason = c->q->reason ? c->q->reason : c->q->force;
	memcpy(c->record.token, c->ret->row.id, sizeof(c->record.token));
	c->ret->holder = c->q->to == REGISTRY_ASSIGNED ? c->q->holder.name :
		c->q->to == REGISTRY_STOCK ? NULL : c->ret->row.holder_name;
	return 0;
}

/* Whether nothing would be another than it is. */
static bool is_so(const struct change *c)
{
	const struct registry_token *row = &c->ret->row;

	if (c->q->to != REGISTRY_ASSIGNED)
		return row->state == c->q->to;
	return (row->state == REGISTRY_ASSIGNED ||
		       row->state == REGISTRY_HANDED_OVER) &&
		row->holder_name &&
		strcmp(row->holder_name, c->q->holder.name) == 0;
}

/* Another's hands must not have what lets the old holder in. */
static int check_bindings(struct change *c, struct error *err)
{
	const struct registry_token *row = &c->ret->row;
	size_t bindings = registry_bindings_in_force(&row->bindings);

	/* whose an adopted one is was never known: these are its first hands */
	bool first = row->state == REGISTRY_ADOPTED && !row->holder[0] &&
		c->q->to == REGISTRY_ASSIGNED;

	if (c->q->to == REGISTRY_LOST || first)
		return 0;
	if (!c->q->force)
		return lifecycle_check_unbound(row,
			", or give --force REASON", err);
	if (bindings > 0)
		run_warn(c->run, "%zu binding%s in force by --force: %s",
			bindings, bindings == 1 ? " stays" : "s stay",
			c->q->force);
	return 0;
}

/* A run would go on with a token that somebody else has; with a lost one none
 * does. */
static int check_runs(struct change *c, struct error *err)
{
	bool lost = c->q->to == REGISTRY_LOST ||
		c->ret->row.state == REGISTRY_LOST;

	return lifecycle_check_settled(c->run, c->q->place.reg, &c->ret->row,
		c->q->force || lost, err);
}

static int write_move(struct change *c, struct error *err)
{
	return c->q->to == REGISTRY_ASSIGNED ?
		record_assigned(&c->record, err) :
		record_state(&c->record, c->q->to, false, err);
}

/* What AWS still lets in by a token that is gone. */
static bool stays_at_aws(const struct moved *m)
{
	size_t i;

	for (i = 0; i < m->row.bindings.n; i++)
		if (!m->row.bindings.p[i].removed &&
			m->row.bindings.p[i].kind == REGISTRY_AWS)
			return m->to == REGISTRY_LOST;
	return false;
}

static int move_finish(struct change *c, struct error *err)
{
	c->ret->changed = true;
	c->ret->head = c->record.head;
	c->ret->stays_at_aws = stays_at_aws(c->ret);
	return lifecycle_publish(c->run, &c->q->place, &c->ret->row, err);
}

int lifecycle_move(const struct run *run, const struct move_request *q,
	struct moved *ret, struct error *err)
{
	struct change c = { run, q, ret };
	int r;

	r = move_begin(&c, err);
	if (r == 0 && is_so(&c))
		return registry_head(q->place.reg, &ret->head, err);
	if (r == 0)
		r = lifecycle_check(&ret->row, q->to, err);
	if (r == 0)
		r = check_bindings(&c, err);
	if (r == 0)
		r = check_runs(&c, err);
	if (r == 0)
		r = write_move(&c, err);
	return r < 0 ? r : move_finish(&c, err);
}

int lifecycle_retire(const struct run *run, const struct move_request *q,
	struct moved *ret, struct error *err)
{
	struct change c = { run, q, ret };
	int r;

	r = move_begin(&c, err);
	if (r == 0 && ret->row.state == REGISTRY_RETIRED)
		return registry_head(q->place.reg, &ret->head, err);
	if (r == 0)
		r = lifecycle_check(&ret->row, q->to, err);
	if (r == 0)
		r = lifecycle_check_unbound(&ret->row, "", err);
	if (r == 0)
		r = check_runs(&c, err);
	if (r == 0)
		r = record_state(&c.record, q->to, false, err);
	return r < 0 ? r : move_finish(&c, err);
}
