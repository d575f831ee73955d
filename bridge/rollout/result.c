/* SPDX-License-Identifier: Apache-2.0 */
/* The plan with what became of each row, and the labels. */
#include "bridge/rollout/session.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define RESULT_MAX (64u << 20)

enum result_column {
	RESULT_STATE,
	RESULT_DEVICE,
	RESULT_SERIAL,
	RESULT_TOKEN,
	RESULT_WHEN,
	RESULT_WHY,
	RESULT_COLUMNS,
};

static const char *const result_names[RESULT_COLUMNS] = {
	"result", "device", "key_serial", "key_id", "when", "reason",
};

/* ---- the result ---- */

/* A result may be the next rollout's plan: its columns are written anew. */
static enum result_column result_of(const char *name)
{
	int i;

	for (i = 0; i < RESULT_COLUMNS; i++)
		if (strcasecmp(name, result_names[i]) == 0)
			break;
	return (enum result_column)i;
}

static void put_value(struct buf *b, const struct row_record *rec,
	enum result_column c)
{
	char text[64] = "";

	switch (c) {
	case RESULT_STATE:
		csv_put(b, row_state_name(rec->state), false);
		return;
	case RESULT_DEVICE:
		csv_put(b, rec->device, false);
		return;
	case RESULT_TOKEN:
		csv_put(b, rec->token, false);
		return;
	case RESULT_WHY:
		csv_put(b, rec->text, false);
		return;
	case RESULT_SERIAL:
		if (rec->serial)
			snprintf(text, sizeof(text), "%u", rec->serial);
		break;
	default:
		if (rec->when)
			text_format_time(rec->when, text);
	}
	csv_put(b, text, false);
}

/* The plan's own columns, then ours. */
static void put_result_row(struct buf *b, const struct session *x, size_t row)
{
	const struct plan *p = x->plan;
	bool first = true;
	size_t i;

	for (i = 0; i < p->columns_n; i++)
		if (result_of(p->names[i]) == RESULT_COLUMNS) {
			csv_put(b, p->rows[row].fields[i], first);
			first = false;
		}
	for (i = 0; i < RESULT_COLUMNS; i++)
		put_value(b, &x->state.rows[row], (enum result_column)i);
	csv_end(b);
}

static void put_result_names(struct buf *b, const struct plan *p)
{
	bool first = true;
	size_t i;

	for (i = 0; i < p->columns_n; i++)
		if (result_of(p->names[i]) == RESULT_COLUMNS) {
			csv_put(b, p->names[i], first);
			first = false;
		}
	for (i = 0; i < RESULT_COLUMNS; i++)
		csv_put(b, result_names[i], false);
	csv_end(b);
}

int session_write_result(const struct session *x, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t i;
	int r;

	buf_init(&b, RESULT_MAX);
	if (!x->q->result_path)
		return 0;
	put_result_names(&b, x->plan);
	for (i = 0; i < x->plan->n; i++)
		put_result_row(&b, x, i);
	r = buf_check(&b, "the result", err);
	return r < 0 ? r : file_write_atomic(x->q->result_path, b.p, b.n, 0600,
		false, err);
}

int session_check_result(const struct session *x, struct error *err)
{
	struct stat plan, there;

	if (!x->q->result_path)
		return 0;
	if (stat(x->q->plan_path, &plan) == 0 &&
		stat(x->q->result_path, &there) == 0 &&
		plan.st_dev == there.st_dev && plan.st_ino == there.st_ino)
		return error_set(err, ERROR_USAGE,
			"--result '%s' is the plan itself: give another file",
			x->q->result_path);
	return 0;
}

/* ---- labels ---- */

/* Its lines stand between '|'. */
static void put_address(struct buf *b, const char *address)
{
	for (; address && *address; address++)
		buf_put_byte(b, *address == '|' ? '\n' :
			(unsigned char)*address);
	if (address)
		buf_put_byte(b, '\n');
}

/* A printer takes what is written; a file keeps all of them. */
int session_print_label(const struct session *x, size_t i, struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	CLEANUP(buf_done) struct buf b;
	const char *path = x->q->labels_path;
	int r;

	buf_init(&b, 8192);
	if (!path)
		return 0;
	buf_put_str(&b, x->plan->rows[i].label);
	buf_put_byte(&b, '\n');
	put_address(&b, x->q->return_address);
	buf_put_byte(&b, '\n');
	r = buf_check(&b, "the label", err);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		0600);
	if (fd < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot open '%s' for labels", path);
	return file_write_fd(fd, b.p, b.n, path, err);
}
