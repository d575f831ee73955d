/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_log.h"

#include "bridge/audit/file/file.h"
#include "bridge/audit/file/rows.h"
#include "bridge/audit/rules/words.h"

#include <stdlib.h>
#include <string.h>

static size_t prepared;

size_t audit_log_prepared(void)
{
	return prepared;
}

static void log_begin(struct audit_printer *p, const struct audit *a)
{
	(void)p;
	(void)a;
}

static bool log_wants(const struct audit_printer *p, const struct audit *a,
	enum audit_status status, enum audit_severity severity)
{
	(void)severity;
	(void)p;
	return a->verbose || status != AUDIT_PASS;
}

static void log_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	(void)a;
	buf_printf(p->state, "%s|%s|%s|%s|%s|%s|%llu\n",
		audit_check_rows[f->check].name, audit_status_names[f->status],
		f->account, f->subject, f->seen, f->source,
		(unsigned long long)f->line);
}

static void log_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	size_t i, k;

	for (i = 0; i < AUDIT_CHECKS; i++)
		for (k = 0; k < AUDIT_STATUSES; k++)
			buf_printf(p->state, "%llu ",
				(unsigned long long)a->counts[i][k]);
	buf_printf(p->state, "\nreports %u rows %llu bad %llu status %d\n",
		a->report.reports, (unsigned long long)a->report.rows,
		(unsigned long long)a->report.bad_rows, exit_status);
	for (i = 0; i < a->notes_n; i++)
		buf_printf(p->state, "%s\n", a->notes[i]);
	buf_printf(p->state, "%s\n", failure ? failure->text : "");
}

static bool log_is_lost(const struct audit_printer *p)
{
	(void)p;
	return false;
}

static const struct audit_output log_output = { "log", log_begin, log_wants,
	log_row, log_end, log_is_lost };
static const struct run run = { .cancel_fd = -1 };

static struct audit audit_of(struct audit_printer *p, struct buf *to,
	bool tells_all)
{
	*p = (struct audit_printer){ .how = &log_output, .state = to };
	return (struct audit){ .run = &run,
		.checks = AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |
			AUDIT_BIT(AUDIT_ROOT_ACCESS_KEY) |
			AUDIT_BIT(AUDIT_USER_MFA_MISSING),
		.verbose = tells_all, .printers = p, .printers_n = 1 };
}

/* A block of its own, so that reading beyond it is seen. */
static int feed(struct report *parser, const unsigned char *p, size_t n,
	struct error *err)
{
	unsigned char *copy = malloc(n ? n : 1);
	int r;

	memcpy(copy, p, n);
	r = report_feed(parser, copy, n, err);
	free(copy);
	return r;
}

static int take(struct audit_reading *rows, struct report *parser,
	struct audit_piece *piece, const unsigned char *p, size_t n,
	const struct scan_way *way, struct error *err)
{
	struct report_layout layout;
	size_t i;

	/* what was there before must not matter */
	memcpy(piece->bytes, p, n);
	memset(piece->bytes + n, n % 2 ? ',' : '\n', SCAN_WORD);
	piece->n = n;
	audit_piece_prepare(piece, report_layout(parser, &layout) ? &layout :
		NULL, way, audit_reading_users(rows));
	for (i = 0; i < piece->rows_n; i++)
		prepared += !piece->rows[i].left;
	return audit_reading_take(rows, parser, piece, err);
}

/* way NULL: no piece is prepared. */
static void read_with(struct buf *ret, bool tells_all, const unsigned char *p,
	size_t n, size_t first, size_t piece, const struct scan_way *way)
{
	CLEANUP(audit_reading_free) struct audit_reading *rows = NULL;
	CLEANUP(report_free) struct report *parser = NULL;
	CLEANUP(audit_piece_free) struct audit_piece *room = NULL;
	struct audit_printer printer;
	struct audit a = audit_of(&printer, ret, tells_all);
	struct report_events events;
	struct error err;
	size_t at, k = first;
	int r = 0;

	prepared = 0;
	if (audit_reading_new(&rows, &a, &err) < 0 ||
		audit_piece_new(&room, &err) < 0)
		abort();
	events = audit_reading_events(rows);
	if (report_new(&parser, &events, &err) < 0)
		abort();
	for (at = 0; at < n && r >= 0; at += k, k = piece) {
		k = n - at < k ? n - at : k;
		r = !way ? feed(parser, p + at, k, &err) :
			take(rows, parser, room, p + at, k, way, &err);
	}
	if (r >= 0)
		r = report_finish(parser, &err);
	a.report.reports = report_count(parser);
	a.report.rows = report_rows(parser);
	audit_reading_end(rows, r >= 0);
	audit_print_end(&a, 0, r < 0 ? &err : NULL);
	audit_done(&a);
}

void audit_log_read(struct buf *ret, bool tells_all, const unsigned char *p,
	size_t n)
{
	read_with(ret, tells_all, p, n, n, n, NULL);
}

void audit_log_read_pieces(struct buf *ret, bool tells_all,
	const unsigned char *p, size_t n, size_t first, size_t piece,
	const struct scan_way *way)
{
	read_with(ret, tells_all, p, n, first, piece, way);
}

void audit_log_read_file(struct buf *ret, bool tells_all, const char *path)
{
	struct audit_printer printer;
	struct audit a = audit_of(&printer, ret, tells_all);
	struct error err;
	int r = audit_read_report(&a, path, 0, &err);

	audit_print_end(&a, 0, r < 0 ? &err : NULL);
	audit_done(&a);
}
