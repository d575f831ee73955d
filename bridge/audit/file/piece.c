/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of which the first look says that nothing is unusual about them. */
#include "bridge/audit/file/piece.h"

#include "aws/config/arn.h"

#include <stdlib.h>
#include <string.h>

void audit_piece_free(struct audit_piece **p)
{
	if (!p || !*p)
		return;
	free((*p)->bytes);
	csv_block_free(&(*p)->csv);
	free((*p)->rows);
	free((*p)->hashes);
	free_p(p);
}

int audit_piece_new(struct audit_piece **ret, struct error *err)
{
	CLEANUP(audit_piece_free) struct audit_piece *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return error_memory(err);
	r = csv_block_new(&p->csv, AUDIT_PIECE, err);
	if (r < 0)
		return r;
	/* the last word is read whole; a row has a byte at least, and what is
	   not used costs nothing */
	p->bytes = calloc(AUDIT_PIECE + 2 * SCAN_WORD, 1);
	p->rows = malloc((AUDIT_PIECE + 1) * sizeof(*p->rows));
	p->hashes = malloc(AUDIT_PIECE * sizeof(*p->hashes));
	if (!p->bytes || !p->rows || !p->hashes)
		return error_memory(err);
	*ret = steal(&p);
	return 0;
}

bool audit_piece_fits(size_t prefix, struct report_field name,
	struct report_field arn)
{
	const char *end = arn.p + arn.n;
	size_t least = prefix + strlen("user/") + name.n;

	if (name.n == 0 || name.n > AUDIT_USER_NAME_MAX || arn.n < least)
		return false;
	return memcmp(arn.p + prefix, "user/", 5) == 0 &&
		memcmp(end - name.n, name.p, name.n) == 0 &&
		end[-(ptrdiff_t)name.n - 1] == '/';
}

/* "arn:aws:iam::123456789012:"; 0 where it does not begin so. */
static size_t prefix_of(struct report_field f)
{
	struct arn arn;

	return arn_parse(f.p, f.n, &arn) ? (size_t)(arn.resource.p - f.p) : 0;
}

/* Whether nothing but the rows before decides about it. */
static bool is_usual(size_t prefix, struct report_field name,
	struct report_field arn)
{
	/* a row of root says more than two columns do */
	return name.n > 0 && name.p[0] != '<' &&
		audit_piece_fits(prefix, name, arn);
}

static void look_at_rows(struct audit_piece *p, const struct audit_seen *users)
{
	const char *base = (const char *)p->csv->p;
	struct report_field before = { NULL, 0 }, name, arn;
	struct report_glance *g;
	size_t i;

	for (i = 0; i < p->rows_n; i++) {
		g = &p->rows[i];
		if (g->left)
			continue;
		name = (struct report_field){ base + g->user, g->user_n };
		arn = (struct report_field){ base + g->arn, g->arn_n };
		if (before.n == 0 || arn.n <= before.n ||
			memcmp(arn.p, before.p, before.n) != 0) {
			before.p = arn.p;
			before.n = prefix_of(arn);
			g->left = true;
		} else if (is_usual(before.n, name, arn)) {
			p->hashes[i] = audit_seen_hash(users, name.p, name.n);
		} else {
			g->left = true;
		}
	}
}

void audit_piece_prepare(struct audit_piece *p,
	const struct report_layout *layout, const struct scan_way *way,
	const struct audit_seen *users)
{
	const unsigned char *newline = p->n && layout ?
		memchr(p->bytes, '\n', p->n) : NULL;

	p->rows_n = 0;
	p->head = newline ? (size_t)(newline - p->bytes) + 1 : p->n;
	if (!newline)
		return;
	p->layout = *layout;
	csv_block_scan(p->csv, way, p->bytes + p->head, p->n - p->head);
	report_glance(layout, p->csv, p->rows);
	p->rows_n = p->csv->rows_n;
	look_at_rows(p, users);
}
