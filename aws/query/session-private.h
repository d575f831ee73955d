/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a session, for this room and aws/role/ only. */
#ifndef AWS_QUERY_SESSION_PRIVATE_H
#define AWS_QUERY_SESSION_PRIVATE_H

#include "aws/http/http.h"
#include "aws/query/session.h"

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
};

/* One without settings and keys. */
int aws_session_blank(struct aws_session **ret,
	const struct aws_options *options, struct error *err);

#endif
