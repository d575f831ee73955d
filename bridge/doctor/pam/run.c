/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lines of a service come to: run as libpam runs them (pam_dispatch.c
 * there), over each thing that a module may return.
 */
#include "bridge/doctor/pam/modules.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 17     /* of substacks, and none */
#define SEEN_BITS 14      /* so many states are told apart */
#define SEEN_MAX (1u << SEEN_BITS)

/* What libpam thinks so far. */
struct impression {
	signed char sign;      /* -1 bad, 0 none yet, 1 good */
	unsigned char status;  /* enum pam_return */
};

struct state {
	unsigned short next;   /* entry */
	unsigned short level;  /* of the last one that was run */
	struct impression now;
	struct impression saved[LEVELS_MAX]; /* where each level began */
	unsigned short reached; /* our line was run; no byte is padding */
};

struct run {
	const struct pam_stack *s;
	const struct pam_world *world;
	struct state *seen; /* owned; a table of hashes */
	bool *taken;        /* owned; which of its rows */
	size_t seen_n;
	bool failed;
	struct pam_outcome outcome;
};

/* ---- one line ---- */

static int action_for(const struct pam_entry *e, int result)
{
	/* an include that failed has no control of its own */
	return e->line->kind != PAM_LINE_MODULE ? ACTION_BAD :
		e->line->actions[result];
}

/* The place where a substack begins, which does nothing itself. */
static bool is_mark(const struct pam_entry *e)
{
	return e->line->kind == PAM_LINE_SUBSTACK && !e->wrong;
}

/* The last line that a jump or a decision in entry i skips. */
static size_t skip_level(const struct pam_stack *s, size_t i, int *count)
{
	unsigned level = s->entries[i].level;

	while (i + 1 < s->n && s->entries[i + 1].level >= level &&
		*count != 0) {
		do
			i++;
		while (i + 1 < s->n && s->entries[i + 1].level > level);
		--*count;
	}
	return i;
}

static bool take_result(struct impression *now, int action, int result)
{
	bool good = now->sign == 0 ||
		(now->sign > 0 && now->status == RETURN_SUCCESS);

	if ((action == ACTION_OK || action == ACTION_DONE) && good)
		*now = (struct impression){ 1, (unsigned char)result };
	if ((action == ACTION_BAD || action == ACTION_DIE) && now->sign >= 0)
		*now = (struct impression){ -1, result == RETURN_IGNORE ?
			RETURN_PERM_DENIED : (unsigned char)result };
	return action == ACTION_DIE ||
		(action == ACTION_DONE && now->sign > 0);
}

/* The state behind the next entry, where its module returns that. */
static void step(const struct pam_stack *s, struct state *st, int result)
{
	size_t i = st->next;
	int action = action_for(&s->entries[i], result), all = -1;

	if (action == ACTION_RESET)
		st->now = st->saved[s->entries[i].level];
	else if (action > 0)
		i = skip_level(s, i, &action);
	else if (take_result(&st->now, action, result))
		i = skip_level(s, i, &all);
	if (action > 0) /* a jump beyond the end */
		st->now = (struct impression){ -1, RETURN_PERM_DENIED };
	st->next = (unsigned short)(i + 1);
}

/* A substack begins with what was thought before it. */
static void enter_level(struct state *st, unsigned level)
{
	unsigned i;

	for (i = st->level; i < level; i++)
		st->saved[i + 1] = st->now;
	st->level = (unsigned short)level;
}

/* ---- all of them ---- */

static size_t hash_of(const struct state *st)
{
	const unsigned char *p = (const unsigned char *)st;
	uint32_t h = 2166136261u; /* FNV-1a */
	size_t i;

	for (i = 0; i < sizeof(*st); i++)
		h = (h ^ p[i]) * 16777619u;
	return h & (SEEN_MAX - 1);
}

/* Whether the state is new, and there was room to remember it. */
static bool is_new(struct run *run, const struct state *st)
{
	size_t i = hash_of(st);

	if (run->failed)
		return false;
	for (; run->taken[i]; i = (i + 1) & (SEEN_MAX - 1))
		if (memcmp(&run->seen[i], st, sizeof(*st)) == 0)
			return false;
	run->failed = run->seen_n == SEEN_MAX / 2;
	if (run->failed)
		return false;
	run->seen_n++;
	run->seen[i] = *st;
	run->taken[i] = true;
	return true;
}

static void take_end(struct run *run, const struct state *st, int result)
{
	run->outcome.results |= PAM_RETURNS(result);
	run->outcome.reached = run->outcome.reached || st->reached;
	run->outcome.missed = run->outcome.missed || !st->reached;
}

static void stack_end(struct run *run, const struct state *st)
{
	take_end(run, st, st->now.status == RETURN_SUCCESS &&
		st->now.sign <= 0 ? RETURN_PERM_DENIED : st->now.status);
}

static void explore(struct run *run, struct state st);

/* Each thing that the entry may return. */
static void branch(struct run *run, const struct state *st,
	const struct pam_entry *e)
{
	pam_returns may = pam_entry_returns(run->s, e, run->world);
	int i;

	for (i = 0; i < RETURNS; i++) {
		struct state then = *st;

		if (!(may & PAM_RETURNS(i)))
			continue;
		if (i == RETURN_INCOMPLETE) {
			take_end(run, st, i);
			continue;
		}
		step(run->s, &then, i);
		explore(run, then);
	}
}

/* By value: what a state holds beyond its own lines stays zero, so that bytes
 * can be compared. */
static void explore(struct run *run, struct state st)
{
	const struct pam_entry *e;

	while (st.next < run->s->n) {
		e = &run->s->entries[st.next];
		enter_level(&st, e->level);
		if (is_mark(e)) {
			st.next++;
			continue;
		}
		st.reached = st.reached || pam_line_is_ours(e->line);
		if (is_new(run, &st))
			branch(run, &st, e);
		return;
	}
	stack_end(run, &st);
}

struct pam_outcome pam_stack_run(const struct pam_stack *s,
	const struct pam_world *world)
{
	CLEANUP(free_p) struct state *seen = calloc(SEEN_MAX, sizeof(*seen));
	CLEANUP(free_p) bool *taken = calloc(SEEN_MAX, sizeof(*taken));
	struct run run = { .s = s, .world = world, .seen = seen,
		.taken = taken, .failed = !seen || !taken };
	struct state begin;

	memset(&begin, 0, sizeof(begin));
	begin.now.status = RETURN_PERM_DENIED;
	begin.saved[0] = begin.now;
	if (s->trouble)
		return (struct pam_outcome){ PAM_RETURNS(RETURN_ABORT), false,
			true };
	explore(&run, begin);
	if (run.failed)
		return (struct pam_outcome){ PAM_ANY_RETURN, true, true };
	return run.outcome;
}
