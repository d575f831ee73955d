/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report in a file, or several in a directory: CSV in pieces that are prepared
 * ahead, and what the AWS command line prints as it comes.
 */
#include "bridge/audit/file/file.h"

#include "base/text.h"
#include "bridge/audit/file/ahead.h"
#include "bridge/audit/file/folder.h"
#include "bridge/audit/file/input.h"
#include "bridge/audit/file/rows.h"

#include <string.h>

#define NAMED 16 /* files that could not be read; the others are counted */

static int find_generated(struct audit *a, struct audit_input *in,
	time_t given, struct error *err)
{
	char when[TEXT_TIME_LEN];
	time_t told = 0;
	int r;

	a->report.generated = given;
	r = audit_input_generated(in, &told, err);
	if (r <= 0)
		return r;
	if (given)
		return error_set(err, ERROR_USAGE,
			"--generated is for a CSV: '%s' tells its "
			"GeneratedTime itself", in->name);
	a->report.generated = told;
	if (audit_is_to_come(a, told)) {
		text_format_time(told, when);
		audit_note(a, "'%s' says that it was made %s, which is still to "
			"come: one clock is wrong, or that was changed",
			in->name, when);
	}
	return 0;
}

/* Of a CSV that can be read at any place, what follows the first piece. */
static int read_ahead(struct audit_reading *rows, struct report *parser,
	struct audit_input *in, struct error *err)
{
	CLEANUP(audit_ahead_free) struct audit_ahead *ahead = NULL;
	const struct audit_piece *p;
	struct report_layout layout;
	int r;

	r = audit_ahead_new(&ahead, in->fd, in->start + (off_t)in->chunk_n,
		audit_reading_users(rows), err);
	while (r >= 0) {
		p = audit_ahead_next(ahead,
			report_layout(parser, &layout) ? &layout : NULL);
		r = audit_may_go_on(in->a, err);
		if (r >= 0 && p->error)
			r = audit_input_failed(in, p->error, err);
		if (r >= 0 && p->n == 0)
			break;
		if (r >= 0)
			r = audit_reading_take(rows, parser, p, err);
	}
	return r;
}

/* The same of a pipe: a piece is what has come. */
static int read_along(struct audit_reading *rows, struct report *parser,
	struct audit_input *in, struct error *err)
{
	CLEANUP(audit_piece_free) struct audit_piece *p = NULL;
	struct report_layout layout;
	int r;

	r = audit_piece_new(&p, err);
	while (r >= 0) {
		r = audit_input_next(in, p->bytes, AUDIT_PIECE, &p->n, err);
		if (r < 0 || p->n == 0)
			break;
		audit_piece_prepare(p,
			report_layout(parser, &layout) ? &layout : NULL,
			scan_way(0), audit_reading_users(rows));
		r = audit_reading_take(rows, parser, p, err);
	}
	return r;
}

static int read_csv(struct audit_reading *rows, struct report_input *parser,
	struct audit_input *in, struct error *err)
{
	struct report *csv;
	int r;

	r = report_input_feed(parser, in->chunk, in->chunk_n, err);
	if (r < 0)
		return r;
	csv = report_input_csv(parser);
	r = in->start < 0 ? read_along(rows, csv, in, err) :
		read_ahead(rows, csv, in, err);
	return r < 0 ? r : report_input_finish(parser, err);
}

static int read_rows(struct audit_reading *rows, struct audit *a,
	struct audit_input *in, struct error *err)
{
	const struct report_events events = audit_reading_events(rows);
	CLEANUP(report_input_free) struct report_input *parser = NULL;
	const struct report *report;
	int r;

	r = report_input_new(&parser, &events, err);
	if (r < 0)
		return r;
	if (report_form_of(in->chunk, in->chunk_n) == REPORT_FORM_CSV)
		r = read_csv(rows, parser, in, err);
	else
		r = audit_input_feed(in, parser, err);
	report = report_input_report(parser);
	a->report.reports += report_count(report);
	a->report.rows += report_rows(report);
	return r;
}

static int read_one(struct audit_reading *rows, struct audit *a,
	const char *path, time_t generated, struct error *err)
{
	CLEANUP(audit_input_done) struct audit_input in = { .owned = -1 };
	int r;

	r = audit_input_open(&in, a, path, err);
	if (r >= 0)
		r = find_generated(a, &in, generated, err);
	return r < 0 ? r : read_rows(rows, a, &in, err);
}

/* ---- a directory ---- */

/* Whether the others are read all the same. */
static bool ends_file_only(const struct audit *a, int r)
{
	return r != -ERROR_REFUSED && r != -ERROR_USAGE &&
		r != -ERROR_INTERRUPTED && audit_may_go_on(a, NULL) >= 0;
}

static void say_not_read(struct audit *a, size_t failed, const char *path,
	const struct error *e)
{
	a->not_read = true;
	if (failed <= NAMED)
		audit_note(a, "not read to its end: '%s': %s", path, e->text);
}

/* The age of all is that of the oldest, where all are known. */
static void join_ages(struct audit *a, time_t *all, size_t file)
{
	if (file == 0 || a->report.generated < *all)
		*all = a->report.generated;
}

static int read_folder(struct audit_reading *rows, struct audit *a,
	const struct audit_folder *f, time_t generated, struct error *err)
{
	size_t i, failed = 0;
	struct error e;
	time_t all = 0;
	int r = 0;

	for (i = 0; i < f->n; i++) {
		audit_reading_next(rows, f->paths[i], r >= 0);
		r = read_one(rows, a, f->paths[i], generated, &e);
		if (r < 0 && !ends_file_only(a, r))
			return error_copy(err, &e);
		if (r < 0)
			say_not_read(a, ++failed, f->paths[i], &e);
		join_ages(a, &all, i);
	}
	audit_reading_next(rows, NULL, r >= 0);
	a->report.generated = all;
	if (failed > NAMED)
		audit_note(a, "%zu more files were not read to their end",
			failed - NAMED);
	return failed < f->n ? 0 : error_set(err, ERROR_MALFORMED,
		f->n ? "no file of '%s' could be read" :
		"there is no file in '%s'", a->report.name);
}

int audit_read_report(struct audit *a, const char *path, time_t generated,
	struct error *err)
{
	CLEANUP(audit_folder_done) struct audit_folder folder = { NULL, 0 };
	CLEANUP(audit_reading_free) struct audit_reading *rows = NULL;
	int r;

	a->report.used = true;
	a->report.name = audit_input_name(path);
	r = audit_reading_new(&rows, a, err);
	if (r >= 0)
		r = audit_folder_list(&folder, path, err);
	if (r < 0)
		return r;
	r = r > 0 ? read_folder(rows, a, &folder, generated, err) :
		read_one(rows, a, path, generated, err);
	audit_reading_end(rows, r >= 0);
	return r;
}
