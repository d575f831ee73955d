/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that were prepared, many at a time: those of whom nothing is printed are
 * counted by what they say. */
#include "bridge/audit/file/reading.h"

#include "bridge/audit/file/piece.h"
#include "bridge/audit/file/row-facts.h"

#include <string.h>

static struct audit_user anybody(const struct audit_reading *r,
	enum report_value mfa, enum report_value password)
{
	return (struct audit_user){ .account = r->account, .name = "",
		.mfa = row_fact_of_value(reading_made(r), mfa),
		.password = row_fact_of_value(reading_made(r), password) };
}

/* Of which values nothing is printed, whoever has them. */
static void begin_alike(struct audit_reading *r)
{
	struct audit_user u;
	unsigned m, p;

	memset(r->alike, 0, sizeof(r->alike));
	for (m = 0; m < READING_VALUES && !r->knows_alike; m++) {
		for (p = 0; p < READING_VALUES; p++) {
			u = anybody(r, m, p);
			r->is_alike[m][p] = audit_users_alike(r->a, &u, 0);
		}
	}
	r->knows_alike = true;
}

static void end_alike(struct audit_reading *r)
{
	struct audit_user u;
	unsigned m, p;

	for (m = 0; m < READING_VALUES; m++) {
		for (p = 0; p < READING_VALUES; p++) {
			if (r->alike[m][p] == 0)
				continue;
			u = anybody(r, m, p);
			audit_users_alike(r->a, &u, r->alike[m][p]);
		}
	}
}

static struct report_field piece_name(const struct audit_piece *p, size_t i)
{
	return (struct report_field){ (const char *)p->csv->p +
		p->rows[i].user, p->rows[i].user_n };
}

/* Whether row i is one of the section that is open. */
static bool row_goes_on(const struct audit_reading *r, const struct report *parser,
	const struct audit_piece *p, size_t i)
{
	const struct report_glance *g = &p->rows[i];

	return r->has_section && r->prefix_n > 0 &&
		r->report == report_count(parser) && g->arn_n > r->prefix_n &&
		memcmp(p->csv->p + g->arn, r->prefix, r->prefix_n) == 0;
}

static void take_prepared(struct audit_reading *r, const struct audit_piece *p,
	size_t i, uint64_t line)
{
	const struct report_glance *g = &p->rows[i];

	if (audit_seen_before(r->users, r->section, p->hashes[i]))
		reading_say_user_twice(r, piece_name(p, i), line);
	if (r->is_alike[g->mfa][g->password])
		r->alike[g->mfa][g->password]++;
	else
		reading_judge_user(r, piece_name(p, i), g->mfa, g->password, line);
}

/* From row i on, whose account those behind it share; returns the next one that
 * is left. */
static size_t take_rows(struct audit_reading *r, struct report *parser,
	const struct audit_piece *p, size_t i)
{
	uint64_t line = report_line(parser);
	size_t k;

	for (k = i; k < p->rows_n && !p->rows[k].left; k++) {
		if (k + SEEN_AHEAD < p->rows_n)
			audit_seen_expect(r->users, r->section,
				p->hashes[k + SEEN_AHEAD]);
		take_prepared(r, p, k, line + (k - i));
	}
	report_pass(parser, k - i, p->rows[k].at - p->rows[i].at);
	return k;
}

/* Rows i to k - 1, k the next one that is not left, as any other bytes. */
static int feed_rows(struct report *parser, const struct audit_piece *p,
	size_t i, size_t *ret, struct error *err)
{
	size_t k = i + 1;

	while (k < p->rows_n && p->rows[k].left)
		k++;
	*ret = k;
	return report_feed(parser, p->csv->p + p->rows[i].at,
		p->rows[k].at - p->rows[i].at, err);
}

int audit_reading_take(struct audit_reading *r, struct report *parser,
	const struct audit_piece *p, struct error *err)
{
	size_t i = 0, at = p->head;
	int e = report_feed(parser, p->bytes, p->head, err);

	begin_alike(r);
	while (e >= 0 && i < p->rows_n && report_is_at(parser, &p->layout)) {
		if (!p->rows[i].left && row_goes_on(r, parser, p, i))
			i = take_rows(r, parser, p, i);
		else
			e = feed_rows(parser, p, i, &i, err);
		at = p->head + p->rows[i].at;
	}
	end_alike(r);
	return e < 0 ? e : report_feed(parser, p->bytes + at, p->n - at, err);
}
