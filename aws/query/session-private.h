/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a session and of its calls: for this room, for who signs in and
 * gives sessions on, and for who has several calls under way. */
#ifndef AWS_QUERY_SESSION_PRIVATE_H
#define AWS_QUERY_SESSION_PRIVATE_H

#include "aws/http/http.h"
#include "aws/query/call.h"
#include "aws/query/retry.h"
#include "aws/query/tape.h"

/* AWS's clock as one reply told it. */
struct aws_clock {
	bool known;
	time_t date;     /* of the Date header */
	int64_t date_at; /* deadline_now() when it arrived */
};

struct aws_session {
	struct aws_settings settings;
	struct aws_options options;    /* it was made with; strings owned */
	struct aws_credentials taken;  /* of a role; key_id "": none yet */
	struct aws_credentials mfa;    /* an MFA session that roles are
	                                  assumed with; key_id "": none */
	char mfa_serial[ROLE_SERIAL_MAX]; /* it was made with */
	char code[8];                  /* of an MFA device, used last; or "" */
	char session_name[ROLE_SESSION_NAME_MAX]; /* where none is said */
	char *user_agent;         /* owned */
	struct http *http;        /* owned; made by the first request */
	int cancel_fd;            /* borrowed */
	deadline_t until;
	int64_t call_timeout_ms;
	size_t report_max;
	struct aws_clock clock;
	char request_id[64];      /* of the last call that succeeded */
	unsigned requests;
	const struct aws_tape *tape; /* borrowed; NULL: none */
	bool hands_back;      /* a call that fails is not asked again here */
};

/* One without settings and keys. */
int aws_session_blank(struct aws_session **ret,
	const struct aws_options *options, struct error *err);

/* ---- one attempt of a call: see call.c ---- */

/* What became of one. */
struct outcome {
	struct attempt attempt;
	char code[64]; /* that attempt.code points to */
	struct error error;
	bool is_last;  /* of a tape: no other attempt was made */
};

/* What a request points to; holds until its answer is read. */
struct attempt_room {
	char sign[32 + REGION_MAX];
};

/* The form of a call, to be ended by buf_done. */
int attempt_form(struct buf *form, const struct operation *op,
	const struct param *params, struct error *err);
/* The session's connections, which are made here. */
int attempt_http(struct aws_session *s, struct http **ret, struct error *err);
/* Counts it. Borrows form, room and the session. */
void attempt_request(struct aws_session *s, const struct operation *op,
	const struct buf *form, struct attempt_room *room,
	struct http_request *ret);
/*
 * What has become of it: `sent` is the result of the exchange, o->error its
 * error. Success fills *ret, else *o is whole. What it was is kept where the
 * session has a tape for it.
 */
int attempt_read(struct aws_session *s, const struct operation *op,
	const struct buf *form, int sent, const struct http_reply *http,
	struct reply *ret, struct outcome *o);
/* Whether attempt number `done` may be followed by another; *ret is the pause
 * before that, in ms. */
bool attempt_again(const struct aws_session *s, const struct operation *op,
	const struct outcome *o, unsigned done, int64_t *ret);

/* ---- with a tape: tape.c ---- */

/* Of attempt_read. */
void attempt_keep(const struct aws_session *s, const struct operation *op,
	const struct buf *form, const struct http_reply *http,
	const struct outcome *o, bool failed);
/* In place of sending and attempt_read, where the session is played. */
int attempt_play(struct aws_session *s, const struct operation *op,
	struct buf *form, struct reply *ret, struct outcome *o);
/* Number of the reply that attempt_play takes next; TAPE_NONE. */
uint64_t attempt_find(const struct aws_session *s, const struct operation *op,
	struct buf *form);

#endif
