/* SPDX-License-Identifier: Apache-2.0 */
/* The process that asks one of many accounts. */
#include "bridge/audit/accounts/asked.h"

#include "aws/role/handover.h"
#include "base/wire.h"
#include "bridge/audit/accounts/record.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TOLD_MS 60000 /* who started this may be busy with another */
#define LEFT_MIN 300  /* seconds; less is left to no question */

void asked_die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* As long as it takes: a reader that prints may wait for a person. */
static int send_line(struct asked *x, struct buf *b, struct error *err)
{
	int r = buf_check(b, "what was found out", err);

	if (r >= 0)
		r = wire_send(x->fd, b->p, b->n, DEADLINE_NEVER, err);
	x->lost |= r < 0;
	return r;
}

/* ---- keys that end, reports that take their time ---- */

static int asked_renew(void *self, const struct sts_identity *first,
	struct error *err)
{
	struct asked *x = self;
	time_t now = aws_now(x->session);
	time_t expires = aws_session_credentials(x->session)->expires;
	CLEANUP(buf_done) struct buf b;
	int r;

	(void)first; /* whose they are is checked where they come from */
	buf_init(&b, RECORD_LINE_MAX);
	if (now <= 0 || expires == 0 || expires - now >= LEFT_MIN)
		return 0;
	record_put_renew(&b);
	r = send_line(x, &b, err);
	return r < 0 ? r : aws_session_take_keys(x->session, x->fd,
		deadline_in(TOLD_MS), err);
}

static int asked_begun(void *self, bool limited, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct asked *x = self;
	int r;

	buf_init(&b, RECORD_LINE_MAX);
	record_put_begun(&b, limited);
	r = send_line(x, &b, err);
	buf_reset(&b);
	return r < 0 ? r : wire_receive(x->fd, &b, -1, DEADLINE_NEVER, err);
}

/* ---- root ---- */

/* What stands before the keys: "" they follow, else why they do not. */
static int take_refusal(struct asked *x, struct error *err)
{
	struct wire_reader reader;
	CLEANUP(buf_done) struct buf b;
	struct error e = { .code = 0 };
	bool keys;
	int r;

	buf_init(&b, RECORD_LINE_MAX);
	r = wire_receive(x->fd, &b, -1, deadline_in(TOLD_MS), err);
	if (r < 0)
		return r;
	reader = (struct wire_reader){ b.p, b.n, false };
	keys = wire_get_be(&reader, 1) == 1;
	wire_get_str(&reader, e.foreign, sizeof(e.foreign));
	wire_get_str(&reader, e.text, sizeof(e.text));
	if (!wire_done(&reader))
		return error_set(err, ERROR_FAILED,
			"what is said of root's keys cannot be read");
	e.code = ERROR_REMOTE;
	return e.text[0] ? error_copy(err, &e) : keys;
}

static int asked_root(void *self, struct aws_session **ret, struct error *err)
{
	struct asked *x = self;
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, RECORD_LINE_MAX);
	record_put_root(&b);
	r = send_line(x, &b, err);
	if (r >= 0)
		r = take_refusal(x, err);
	return r <= 0 ? r : aws_session_take(ret, x->fd, x->fd,
		deadline_in(TOLD_MS), err);
}

void asked_as_root(struct asked *x)
{
	x->renewal.root = asked_root;
}

/* ---- findings ---- */

static void asked_print_begin(struct audit_printer *p, const struct audit *a)
{
	(void)p;
	(void)a;
}

/* What an output wants is for who prints: a result may be kept for another. */
static bool asked_wants(const struct audit_printer *p, const struct audit *a,
	enum audit_status status, enum audit_severity severity)
{
	(void)p;
	(void)a;
	(void)status;
	(void)severity;
	return true;
}

static void asked_print_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	CLEANUP(buf_done) struct buf b;

	(void)a;
	buf_init(&b, RECORD_LINE_MAX);
	record_put_finding(&b, f);
	(void)send_line(p->state, &b, NULL);
}

static void asked_print_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	(void)p;
	(void)a;
	(void)exit_status;
	(void)failure;
}

static bool asked_is_lost(const struct audit_printer *p)
{
	return ((const struct asked *)p->state)->lost;
}

static const struct audit_output to_parent = {
	"record",
	asked_print_begin,
	asked_wants,
	asked_print_row,
	asked_print_end,
	asked_is_lost,
};

int asked_end(struct asked *x, const struct audit *a,
	const struct error *failure, struct error *err)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, RECORD_LINE_MAX);
	record_put_end(&b, a, failure);
	return send_line(x, &b, err);
}

/* ---- being told ---- */

static int take_account(struct asked *x, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, sizeof(x->account));
	r = wire_receive(x->fd, &b, -1, deadline_in(TOLD_MS), err);
	if (r < 0)
		return r;
	if (b.n != ARN_ACCOUNT_LEN)
		return error_set(err, ERROR_MALFORMED,
			"the account to be asked cannot be read");
	memcpy(x->account, b.p, b.n);
	return 0;
}

int asked_open(struct asked *ret, int fd, struct error *err)
{
	int r;

	*ret = (struct asked){
		.fd = fd,
		.renewal = { asked_renew, asked_begun, NULL, ret },
		.printer = { .how = &to_parent, .state = ret },
	};
	r = take_account(ret, err);
	/* who started this has gone, or wants no answer any more */
	return r < 0 ? r : aws_session_take(&ret->session, fd, fd,
		deadline_in(TOLD_MS), err);
}

void asked_done(struct asked *x)
{
	aws_session_free(&x->session);
}
