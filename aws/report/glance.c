/* SPDX-License-Identifier: Apache-2.0 */
/* Millions of rows pass here: what is looked at, is looked at once. */
#include "aws/report/glance.h"

#include "aws/report/header.h"

/* The first fields of a row, as many as are asked for. */
struct span {
	uint32_t from, to;
};

static struct report_field field_of(const struct csv_block *b, struct span s)
{
	return (struct report_field){ (const char *)b->p + s.from,
		s.to - s.from };
}

/* Field k of the row at `at`, which has more than k. */
static inline void find_spans(const struct csv_block *b, uint32_t at,
	size_t n, struct span *ret)
{
	uint64_t ends = csv_ends_from(b, at);
	uint32_t word = at, from = at;
	size_t i;

	for (i = 0; i < n; i++) {
		while (!ends) {
			word += SCAN_WORD;
			ends = csv_ends_from(b, word);
		}
		ret[i].from = from;
		ret[i].to = word + (uint32_t)__builtin_ctzll(ends);
		from = ret[i].to + 1;
		ends &= ends - 1;
	}
}

/* As it stands in the row, without the carriage return of its end and without
 * quotes. */
static struct span glance_trim(const struct csv_block *b, struct span s, bool is_last)
{
	if (is_last && s.to > s.from && b->p[s.to - 1] == '\r')
		s.to--;
	/* what is no whole field in quotes is odd */
	if (b->quoted && s.to > s.from && b->p[s.from] == '"') {
		s.from++;
		s.to--;
	}
	return s;
}

static inline __attribute__((always_inline)) bool glance_row(const struct report_layout *l,
	const struct csv_block *b, struct report_glance *g)
{
	struct span spans[REPORT_FIELDS_MAX], user, arn, password, mfa;
	size_t last = l->columns - 1u;

	find_spans(b, g->at, l->wanted, spans);
	user = glance_trim(b, spans[l->user], l->user == last);
	arn = glance_trim(b, spans[l->arn], l->arn == last);
	password = glance_trim(b, spans[l->password], l->password == last);
	mfa = glance_trim(b, spans[l->mfa], l->mfa == last);
	if (header_has_name(field_of(b, user)) ||
		header_has_name(field_of(b, mfa)) ||
		(l->user != 0 && header_has_name(field_of(b,
			glance_trim(b, spans[0], false)))))
		return false;
	if (user.to - user.from > UINT16_MAX || arn.to - arn.from > UINT16_MAX)
		return false;
	g->user = user.from;
	g->user_n = (uint16_t)(user.to - user.from);
	g->arn = arn.from;
	g->arn_n = (uint16_t)(arn.to - arn.from);
	g->password = (unsigned char)report_value(field_of(b, password));
	g->mfa = (unsigned char)report_value(field_of(b, mfa));
	return true;
}

CSV_CLONES
void report_glance(const struct report_layout *l, const struct csv_block *b,
	struct report_glance *ret)
{
	const uint32_t *odd = b->odd;
	uint32_t at = 0, end, ends = 0, upto;
	size_t i;

	for (i = 0; i < b->rows_n; i++, ends = upto, at = end + 1) {
		end = b->rows[i];
		upto = csv_ends_upto(b, end);
		ret[i].at = at;
		ret[i].left = *odd < end || upto - ends != l->columns ||
			!glance_row(l, b, &ret[i]);
		while (*odd < end)
			odd++;
	}
	ret[i].at = at;
}
