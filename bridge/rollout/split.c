/* SPDX-License-Identifier: Apache-2.0 */
/* One plan for each workstation. */
#include "bridge/rollout/rollout.h"

#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SPLIT_MAX 1000

/* "plan.csv": "plan-1.csv"; NULL without memory. */
static char *part_path(const char *path, size_t i)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	int n = dot ? (int)(dot - path) : (int)strlen(path);

	return text_format("%.*s-%zu%s", n, path, i + 1, dot ? dot : "");
}

static bool belong_together(const struct plan_row *a, const struct plan_row *b)
{
	return strcasecmp(a->user, b->user) == 0 ||
		strcmp(a->holder, b->holder) == 0;
}

/* The first of the rows that row i is tied to, as far as that is known. */
static size_t first_of(const size_t *tie, size_t i)
{
	while (tie[i] != i)
		i = tie[i];
	return i;
}

/*
 * A user's rows stay together, and a holder's, in the part of the first of
 * them: also where only a third row ties two of them.
 */
static void deal_rows(const struct plan *p, size_t n, size_t *part)
{
	size_t i, k, a, b;

	for (i = 0; i < p->n; i++) {
		part[i] = i;
		for (k = 0; k < i; k++)
			if (belong_together(&p->rows[i], &p->rows[k])) {
				a = first_of(part, i);
				b = first_of(part, k);
				part[a > b ? a : b] = a < b ? a : b;
			}
	}
	for (i = 0; i < p->n; i++)
		part[i] = part[i] == i ? i * n / p->n : part[part[i]];
}

static void put_record(struct buf *b, char *const *fields, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		csv_put(b, fields[i], i == 0);
	csv_end(b);
}

static int write_part(const struct plan *p, const size_t *part, size_t which,
	const char *path, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t i;
	int r;

	buf_init(&b, CSV_FILE_MAX);
	put_record(&b, p->names, p->columns_n);
	for (i = 0; i < p->n; i++)
		if (part[i] == which)
			put_record(&b, p->rows[i].fields, p->columns_n);
	r = buf_check(&b, "a part of the plan", err);
	return r < 0 ? r : file_write_atomic(path, b.p, b.n, 0600, true, err);
}

static size_t rows_of(const struct plan *p, const size_t *part, size_t which)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += part[i] == which;
	return n;
}

/* All or none: what was written is taken away again where one fails. */
static int write_parts(const struct run *run, const struct plan *p,
	const size_t *part, const char *path, size_t n, struct error *err)
{
	size_t i, k;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		CLEANUP(free_p) char *name = part_path(path, i);

		if (rows_of(p, part, i) == 0)
			continue;
		r = name ? write_part(p, part, i, name, err) :
			error_memory(err);
		if (r == 0)
			run_say(run, "'%s': %zu row%s", name,
				rows_of(p, part, i),
				text_plural(rows_of(p, part, i)));
	}
	for (k = 0; r < 0 && k + 1 < i; k++) {
		CLEANUP(free_p) char *name = part_path(path, k);

		if (name && rows_of(p, part, k) > 0)
			unlink(name);
	}
	return r;
}

/* Whoever has a key by the whole plan would get another by a part. */
static int check_not_begun(const char *registry_path, const char *path,
	const struct plan *p, struct error *err)
{
	struct rollout_state s = { .fd = -1 };
	bool begun;
	int r = state_open(&s, registry_path, path, p, STATE_LOOK, err);

	if (r < 0)
		return r;
	begun = s.id[0] != '\0';
	state_done(&s);
	if (begun)
		return error_set(err, ERROR_REFUSED,
			"the rollout of '%s' has begun already: go on with it, "
			"or make plans of the rows that are left", path);
	return 0;
}

int rollout_split(const struct run *run, const struct plan *plan,
	const char *path, const char *registry_path, size_t n,
	struct error *err)
{
	CLEANUP(free_p) size_t *part = calloc(plan->n, sizeof(*part));
	int r;

	if (!part)
		return error_memory(err);
	if (n < 2 || n > SPLIT_MAX || n > plan->n)
		return error_set(err, ERROR_USAGE,
			"--split: a number of 2 to %zu, for a plan of %zu rows",
			plan->n < SPLIT_MAX ? plan->n : SPLIT_MAX, plan->n);
	r = rollout_say_problems(run, plan, path, err);
	if (r == 0)
		r = check_not_begun(registry_path, path, plan, err);
	if (r < 0)
		return r;
	deal_rows(plan, n, part);
	return write_parts(run, plan, part, path, n, err);
}
