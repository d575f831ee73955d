/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of an operation. An attempt ends in one of three ways: a result, a
 * refusal that AWS wrote, or no usable answer; only the last leaves the effect
 * unknown, and only then does it matter whether the operation changes
 * anything.
 */
#include "aws/query/call.h"

#include "aws/text/form.h"
#include "aws/query/refusal.h"
#include "aws/query/session-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define FORM_MAX 65536
#define REPLY_MAX (4u << 20)

static const char *const versions[AWS_SERVICES] = {
	[AWS_IAM] = "2010-05-08",
	[AWS_STS] = "2011-06-15", /* others are not asked by forms */
};

int attempt_form(struct buf *form, const struct operation *op,
	const struct param *params, struct error *err)
{
	buf_init(form, FORM_MAX);
	form_put(form, "Action", op->action);
	form_put(form, "Version", versions[op->service]);
	for (; params && params->name; params++)
		if (params->value)
			form_put(form, params->name, params->value);
	return buf_check(form, "the request", err);
}

int attempt_http(struct aws_session *s, struct http **ret, struct error *err)
{
	struct http_options options = {
		.ca_pem = &s->settings.ca_pem,
		.user_agent = s->user_agent,
		.cancel_fd = s->cancel_fd,
	};

	int r = s->http ? 0 : http_new(&s->http, &options, err);

	*ret = s->http;
	return r;
}

void attempt_request(struct aws_session *s, const struct operation *op,
	const struct buf *form, struct attempt_room *room,
	struct http_request *ret)
{
	const struct aws_endpoint *e = &s->settings.config.endpoints[op->service];
	const struct aws_credentials *c = aws_session_credentials(s);
	const struct aws_way *way = &s->settings.config.way;
	bool is_signed = !op->is_unsigned;

	*ret = (struct http_request){
		.url = e->url,
		.proxy = way_is_by_proxy(way, e->url) ? way->proxy : "",
		.content_type = op->target ? "application/x-amz-json-1.1" :
			"application/x-www-form-urlencoded; charset=utf-8",
		.target = op->target,
		.body = form->p,
		.body_n = form->n,
		.sign = is_signed ? room->sign : NULL,
		.key_id = c->key_id,
		.key = &c->key,
		.token = is_signed ? &c->token : NULL,
		.reply_max = op->large_reply ? s->report_max : REPLY_MAX,
		.repeatable = op->effect == CALL_READS,
		.until = deadline_min(s->until,
			deadline_in(s->call_timeout_ms)),
	};

	snprintf(room->sign, sizeof(room->sign), "aws:amz:%s:%s", e->region,
		aws_service_name(op->service));
	s->requests++;
}

/* The time limit of one attempt is a lost connection like any other. */
static int call_lost(const struct aws_session *s, const struct operation *op,
	struct outcome *o)
{
	const char *service = aws_service_name(op->service);

	if (o->error.code != ERROR_TIMEOUT)
		return -o->error.code;
	if (deadline_passed(s->until))
		return error_set(&o->error, ERROR_TIMEOUT,
			"the deadline passed before '%s:%s' was answered",
			service, op->action);
	return error_set(&o->error, ERROR_UNREACHABLE,
		"no answer to '%s:%s' within %lld ms", service, op->action,
		(long long)s->call_timeout_ms);
}

static int call_refused(const struct aws_session *s, const struct operation *op,
	const struct refusal *refusal, int status, struct outcome *o)
{
	const struct aws_endpoint *e = &s->settings.config.endpoints[op->service];
	const struct aws_credentials *keys = aws_session_credentials(s);
	struct refusal_context c = {
		.service = aws_service_name(op->service),
		.action = op->action,
		.region = e->region,
		.partition = s->settings.config.partition->name,
		.origin = keys->origin,
		.session = keys->token.n > 0,
		.status = status,
	};

	c.skew_known = aws_clock_skew(s, &c.skew);
	snprintf(o->code, sizeof(o->code), "%s", refusal->code);
	o->attempt.code = o->code;
	return refusal_error(refusal, &c, &o->error);
}

/* Something that is not AWS's, whatever its status: what stands before AWS may
 * have held back AWS's answer, and not the request. */
static int call_strange(const struct operation *op,
	const struct http_reply *reply, struct outcome *o)
{
	struct error why = o->error;

	error_set(&o->error, ERROR_UNREACHABLE,
		"%s (HTTP %d): is the endpoint of %s right, or does a proxy "
		"answer for it", why.text, reply->status,
		aws_service_name(op->service));
	o->error.status = reply->status;
	snprintf(o->error.request_id, sizeof(o->error.request_id), "%s",
		reply->request_id);
	return -o->error.code;
}

static void set_clock(struct aws_session *s, const struct http_reply *reply)
{
	if (!reply->has_date)
		return;
	s->clock.known = true;
	s->clock.date = reply->date;
	s->clock.date_at = reply->date_at;
}

static int read_answer(struct aws_session *s, const struct operation *op,
	const struct http_reply *http, struct reply *ret, struct outcome *o)
{
	struct refusal refusal;
	struct reply reply;
	bool good = http->status >= 200 && http->status < 300;
	int r;

	r = op->target ? reply_read_json(http->body.p, http->body.n, good,
		&reply, &refusal, &o->error) : reply_read(http->body.p,
		http->body.n, op->action, &reply, &refusal, &o->error);
	if (r < 0)
		return call_strange(op, http, o);
	if (r == 1 && good) {
		set_clock(s, http);
		snprintf(s->request_id, sizeof(s->request_id), "%s",
			reply.request_id[0] ? reply.request_id :
			http->request_id);
		*ret = reply;
		return 0;
	}
	if (r == 1)
		reply_done(&reply);
	if (r == 1 || http->status < 400) {
		error_set(&o->error, ERROR_MALFORMED,
			"the answer to %s does not fit its status", op->action);
		return call_strange(op, http, o);
	}
	set_clock(s, http);
	if (!refusal.request_id[0])
		snprintf(refusal.request_id, sizeof(refusal.request_id), "%s",
			http->request_id);
	return call_refused(s, op, &refusal, http->status, o);
}

int attempt_read(struct aws_session *s, const struct operation *op,
	const struct buf *form, int sent, const struct http_reply *http,
	struct reply *ret, struct outcome *o)
{
	int r;

	o->attempt = (struct attempt){
		.sent = http->sent,
		.limit_is_throttle = op->limit_is_throttle,
	};
	if (sent < 0) {
		/* a proxy's refusal, which asking again would not change */
		o->attempt.status = o->error.status;
		r = call_lost(s, op, o);
	} else {
		o->attempt.status = http->status;
		r = read_answer(s, op, http, ret, o);
	}
	attempt_keep(s, op, form, http, o, r < 0);
	return r;
}

static int call_attempt(struct aws_session *s, const struct operation *op,
	struct buf *form, struct reply *ret, struct outcome *o)
{
	CLEANUP(http_reply_done) struct http_reply reply = { .status = 0 };
	struct attempt_room room;
	struct http_request request;
	struct http *http;
	int r;

	if (aws_session_is_played(s))
		return attempt_play(s, op, form, ret, o);
	*o = (struct outcome){ .code = "" };
	r = attempt_http(s, &http, &o->error);
	if (r < 0)
		return r;
	attempt_request(s, op, form, &room, &request);
	r = http_post(http, &request, &reply, &o->error);
	return attempt_read(s, op, form, r, &reply, ret, o);
}

static uint32_t random_u32(void)
{
	uint32_t v = 0;

	/* a jitter: without entropy it is none */
	(void)!getrandom(&v, sizeof(v), GRND_NONBLOCK);
	return v;
}

int call_wait(struct aws_session *s, int64_t ms, deadline_t until,
	struct error *err)
{
	deadline_t wake = deadline_in(ms);

	if (aws_session_is_played(s))
		return 0;
	if (wake > deadline_min(until, s->until))
		return error_set(err, ERROR_TIMEOUT,
			"the deadline comes before AWS can be asked again");
	if (deadline_sleep(wake, s->cancel_fd))
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	return 0;
}

bool attempt_again(const struct aws_session *s, const struct operation *op,
	const struct outcome *o, unsigned done, int64_t *ret)
{
	enum retry class;

	if (o->error.code != ERROR_REMOTE && o->error.code != ERROR_UNREACHABLE)
		return false;
	if (aws_session_is_played(s) && o->is_last)
		return false;
	if (s->hands_back)
		return false;
	class = retry_class(&o->attempt);
	if (!retry_again(class, &o->attempt, op->effect == CALL_READS, done,
		    s->settings.config.attempts))
		return false;
	*ret = retry_delay(class, done, random_u32());
	return true;
}

/* Whether another attempt follows, after its pause. */
static bool call_again(struct aws_session *s, const struct operation *op,
	const struct outcome *o, unsigned done, struct error *ret_stop)
{
	int64_t pause;

	/* a deadline in the pause leaves the error as it is */
	return attempt_again(s, op, o, done, &pause) &&
		call_wait(s, pause, DEADLINE_NEVER, ret_stop) >= 0;
}

/* Until it is answered, or there is no sense in asking on. */
static int call_send(struct aws_session *s, const struct operation *op,
	struct buf *body, struct reply *ret, struct error *err)
{
	struct error stop = { .code = 0 };
	struct outcome o;
	unsigned done;
	int r;

	for (done = 1;; done++) {
		r = call_attempt(s, op, body, ret, &o);
		if (r >= 0 || !call_again(s, op, &o, done, &stop))
			break;
	}
	if (r >= 0)
		return 0;
	return error_copy(err, stop.code == ERROR_INTERRUPTED ? &stop :
		&o.error);
}

int call(struct aws_session *s, const struct operation *op,
	const struct param *params, struct reply *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf form;
	int r;

	r = attempt_form(&form, op, params, err);
	return r < 0 ? r : call_send(s, op, &form, ret, err);
}

int call_json(struct aws_session *s, const struct operation *op,
	const json_t *body, struct reply *ret, struct error *err)
{
	CLEANUP(free_p) char *text = json_dumps(body, JSON_COMPACT);
	CLEANUP(buf_done) struct buf bytes;

	buf_init(&bytes, FORM_MAX);
	if (!text)
		return error_memory(err);
	buf_put_str(&bytes, text);
	return buf_failed(&bytes) ? buf_check(&bytes, "the request", err) :
		call_send(s, op, &bytes, ret, err);
}

int call_lacks(const struct operation *op, const char *what, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the answer to '%s:%s' lacks %s", aws_service_name(op->service),
		op->action, what);
}
