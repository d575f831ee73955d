/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as a member account's root. */
#include "bridge/member/enter.h"

#include <string.h>

void member_leave(struct member *m)
{
	aws_session_free(&m->session);
}

int member_enter(struct member *m, struct error *err)
{
	CLEANUP(credentials_done) struct aws_credentials keys = { .expires =
		0 };
	struct aws_session *s = NULL;
	time_t now;
	int r;

	if (m->session && !deadline_passed(m->until))
		return 0;
	r = sts_assume_root(m->from, m->account, m->task, &keys, err);
	if (r == 0)
		r = aws_session_derive(&s, m->from, &keys, NULL, err);
	if (r < 0)
		return r;
	member_leave(m);
	m->session = s;
	now = aws_now(m->from);
	m->until = deadline_in(keys.expires > now + MEMBER_LEFT_MIN ?
		(int64_t)(keys.expires - now - MEMBER_LEFT_MIN) * 1000 : 0);
	return 0;
}

static bool is_over(const struct error *e)
{
	return strcmp(e->foreign, "ExpiredToken") == 0 ||
		strcmp(e->foreign, "ExpiredTokenException") == 0;
}

int member_do(struct member *m, member_fn *fn, void *data, struct error *err)
{
	struct error e;
	int r;

	r = member_enter(m, err);
	if (r < 0)
		return r;
	r = fn(data, m->session, &e);
	if (r < 0 && is_over(&e)) {
		member_leave(m);
		r = member_enter(m, &e);
		if (r == 0)
			r = fn(data, m->session, &e);
	}
	return r < 0 ? error_copy(err, &e) : r;
}
