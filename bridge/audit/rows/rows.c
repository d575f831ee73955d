/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that an output keeps until the end. */
#include "bridge/audit/rows/rows.h"

#include "bridge/terminal/ui.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS 8
#define RANKS (AUDIT_STATUSES * AUDIT_SEVERITIES)

/* Rows that are equally important. */
struct rank {
	struct audit_row **row;
	size_t n, size;
};

struct audit_rows {
	struct rank ranks[RANKS]; /* the worst first */
	size_t n, max;
	uint64_t came;
};

size_t audit_rows_rank(enum audit_status status)
{
	static const size_t order[AUDIT_STATUSES] = {
		[AUDIT_FAIL] = 0,
		[AUDIT_UNKNOWN] = 1,
		[AUDIT_MUTED] = 2,
		[AUDIT_PASS] = 3,
		[AUDIT_NOT_APPLICABLE] = 4,
	};

	return order[status];
}

static size_t rank_of(enum audit_status status, enum audit_severity severity)
{
	return audit_rows_rank(status) * AUDIT_SEVERITIES +
		(AUDIT_SEVERITIES - 1 - severity);
}

struct audit_rows *audit_rows_new(size_t max)
{
	struct audit_rows *rows = calloc(1, sizeof(*rows));

	if (rows)
		rows->max = max;
	else
		ui_fail();
	return rows;
}

void audit_rows_free(struct audit_rows **rows)
{
	size_t i, k;

	if (!rows || !*rows)
		return;
	for (i = 0; i < RANKS; i++) {
		for (k = 0; k < (*rows)->ranks[i].n; k++)
			free((*rows)->ranks[i].row[k]);
		free((*rows)->ranks[i].row);
	}
	free(*rows);
	*rows = NULL;
}

/* The least important that there are; RANKS: none. */
static size_t last_rank(const struct audit_rows *rows)
{
	size_t i = RANKS;

	while (i > 0 && rows->ranks[i - 1].n == 0)
		i--;
	return i > 0 ? i - 1 : RANKS;
}

bool audit_rows_would_keep(const struct audit_rows *rows,
	enum audit_status status, enum audit_severity severity)
{
	if (!rows || rows->max == 0)
		return false;
	return rows->n < rows->max ||
		rank_of(status, severity) < last_rank(rows);
}

/* ---- a row ---- */

static const char *text_behind(char **at, const char *text)
{
	const char *copy = *at;
	size_t n = strlen(text) + 1;

	memcpy(*at, text, n);
	*at += n;
	return copy;
}

static struct audit_row *copy_finding(const struct audit_finding *f)
{
	const char *texts[TEXTS] = { f->account, f->subject,
		f->device ? f->device : "", f->seen, f->source, f->remedy,
		f->literal, f->missing };
	struct audit_row *row;
	size_t i, n = sizeof(*row);
	char *at;

	for (i = 0; i < TEXTS; i++)
		n += strlen(texts[i]) + 1;
	row = malloc(n);
	if (!row)
		return NULL;
	at = (char *)(row + 1);
	*row = (struct audit_row){ .check = f->check, .reason = f->reason,
		.status = f->status, .mutes = f->mutes,
		.severity = f->severity, .change = f->change,
		.remedy_kind = f->remedy_kind, .mute = f->mute,
		.when = f->when, .line = f->line };
	row->account = text_behind(&at, texts[0]);
	row->subject = text_behind(&at, texts[1]);
	row->device = text_behind(&at, texts[2]);
	row->seen = text_behind(&at, texts[3]);
	row->source = text_behind(&at, texts[4]);
	row->remedy = text_behind(&at, texts[5]);
	row->literal = text_behind(&at, texts[6]);
	row->missing = text_behind(&at, texts[7]);
	return row;
}

static bool rank_add(struct rank *r, struct audit_row *row)
{
	size_t size = r->size ? 2 * r->size : 16;
	struct audit_row **more;

	if (r->n == r->size) {
		more = realloc(r->row, size * sizeof(struct audit_row *));
		if (!more)
			return false;
		r->row = more;
		r->size = size;
	}
	r->row[r->n++] = row;
	return true;
}

static void drop_last(struct audit_rows *rows)
{
	struct rank *r = &rows->ranks[last_rank(rows)];

	free(r->row[--r->n]);
	rows->n--;
}

void audit_rows_add(struct audit_rows *rows, const struct audit_finding *f)
{
	struct audit_row *row;

	if (!audit_rows_would_keep(rows, f->status, f->severity))
		return;
	row = copy_finding(f);
	if (!row || !rank_add(&rows->ranks[rank_of(f->status, f->severity)],
			row)) {
		free(row);
		ui_fail();
		return;
	}
	row->number = rows->came++;
	if (++rows->n > rows->max)
		drop_last(rows);
}

const struct audit_row **audit_rows_all(const struct audit_rows *rows,
	size_t *ret_n)
{
	const struct audit_row **all;
	size_t i, k, n = 0;

	*ret_n = 0;
	if (!rows || rows->n == 0)
		return NULL;
	all = calloc(rows->n, sizeof(struct audit_row *));
	if (!all) {
		ui_fail();
		return NULL;
	}
	for (i = 0; i < RANKS; i++)
		for (k = 0; k < rows->ranks[i].n; k++)
			all[n++] = rows->ranks[i].row[k];
	*ret_n = n;
	return all;
}
