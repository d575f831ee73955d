/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts that are kept, or come from where they were. */
#include "aws/query/session-private.h"

#include <stdio.h>
#include <string.h>

void aws_session_set_tape(struct aws_session *s, const struct aws_tape *tape)
{
	s->tape = tape;
}

bool aws_session_is_played(const struct aws_session *s)
{
	return s->tape && !s->tape->keep;
}

/* What AWS answers to others may have keys in it. */
static bool may_be_kept(const struct operation *op)
{
	if (op->effect != CALL_READS)
		return false;
	return op->service != AWS_STS ||
		strcmp(op->action, "GetCallerIdentity") == 0;
}

void attempt_keep(const struct aws_session *s, const struct operation *op,
	const struct buf *form, const struct http_reply *http,
	const struct outcome *o, bool failed)
{
	struct buf copy = *form;
	struct tape_reply kept = {
		.service = aws_service_name(op->service),
		.action = op->action,
		.request = buf_str(&copy),
		.status = o->attempt.status,
		.request_id = http->request_id,
		.sent = http->sent,
		.error = failed ? &o->error : NULL,
		.body = http->body.p,
		.body_n = http->body.n,
	};

	if (!s->tape || !s->tape->keep || !may_be_kept(op))
		return;
	if (o->attempt.status && http->has_date && s->clock.known &&
		s->clock.date_at == http->date_at)
		kept.date = s->clock.date;
	s->tape->keep(s->tape->self, &kept);
}

uint64_t attempt_find(const struct aws_session *s, const struct operation *op,
	struct buf *form)
{
	return s->tape->find(s->tape->self, aws_service_name(op->service),
		op->action, buf_str(form));
}

/* What is not on the tape was not asked then. */
static int play_nothing(const struct operation *op, struct outcome *o)
{
	return error_set(&o->error, ERROR_UNREACHABLE,
		"no answer to '%s:%s' was kept", aws_service_name(op->service),
		op->action);
}

static void play_clock(struct aws_session *s, const struct tape_reply *kept)
{
	if (!kept->date)
		return;
	s->clock.known = true;
	s->clock.date = kept->date;
	s->clock.date_at = 0;
}

static int play_failure(const struct tape_reply *kept, struct outcome *o)
{
	o->error = *kept->error;
	if (o->error.foreign[0]) {
		snprintf(o->code, sizeof(o->code), "%s", o->error.foreign);
		o->attempt.code = o->code;
	}
	return -o->error.code;
}

int attempt_play(struct aws_session *s, const struct operation *op,
	struct buf *form, struct reply *ret, struct outcome *o)
{
	uint64_t number = attempt_find(s, op, form);
	struct tape_reply kept;
	struct refusal refusal;
	int r;

	*o = (struct outcome){ .code = "" };
	o->attempt.limit_is_throttle = op->limit_is_throttle;
	if (number == TAPE_NONE)
		return play_nothing(op, o);
	s->tape->take(s->tape->self, number, &kept);
	o->attempt.sent = kept.sent;
	o->attempt.status = kept.status;
	play_clock(s, &kept);
	o->is_last = attempt_find(s, op, form) == TAPE_NONE;
	if (kept.error)
		return play_failure(&kept, o);
	r = op->target ? reply_read_json(kept.body, kept.body_n, true, ret,
		&refusal, &o->error) : reply_read(kept.body, kept.body_n,
		op->action, ret, &refusal, &o->error);
	if (r == 1)
		return 0;
	return r < 0 ? r : error_set(&o->error, ERROR_MALFORMED,
		"what was kept of '%s:%s' is no answer",
		aws_service_name(op->service), op->action);
}
