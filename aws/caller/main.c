/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-settings: resolves the AWS settings of the person who called
 * root, as that person, and hands them up. Started bare: a socket as
 * descriptor 3, nothing else.
 */
#include "aws/caller/become.h"
#include "aws/caller/wire.h"
#include "aws/http/http.h"
#include "aws/http/memory.h"
#include "base/process.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>

#define REQUEST_MS 5000
#define ANSWER_MS 10000

/* What says which settings, into the fresh environment. */
static int take_variables(const struct settings_request *q, struct error *err)
{
	size_t i;

	for (i = 0; settings_variables[i]; i++)
		if (q->values[i] &&
			setenv(settings_variables[i], q->values[i], 1) < 0)
			return error_memory(err);
	return 0;
}

static int resolve(struct settings_request *q, struct aws_settings *ret,
	struct error *err)
{
	struct person person;
	int r = person_by_uid((uid_t)q->uid, &person, err);

	if (r >= 0)
		r = become(&person, err);
	if (r >= 0)
		r = take_variables(q, err);
	q->options.for_other = true;
	/* who asked has gone, or wants no answer any more */
	q->options.cancel_fd = PROCESS_BARE_FD;
	return r < 0 ? r : settings_here(ret, &q->options, err);
}

static int answer(const struct aws_settings *s, const struct error *e,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	deadline_t until = deadline_in(ANSWER_MS);
	size_t sent = 0, n;
	int r;

	buf_init(&b, WIRE_MAX);
	settings_put_answer(&b, s, e);
	r = buf_check(&b, "the answer", err);
	if (r >= 0)
		r = wire_send(PROCESS_BARE_FD, b.p, b.n, until, err);
	for (; r >= 0 && !e && sent < s->ca_pem.n; sent += n) {
		n = s->ca_pem.n - sent;
		if (n > SETTINGS_PIECE)
			n = SETTINGS_PIECE;
		r = wire_send(PROCESS_BARE_FD, s->ca_pem.p + sent, n, until,
			err);
	}
	return r;
}

int main(void)
{
	CLEANUP(settings_done) struct aws_settings s = { .has_owner = false };
	CLEANUP(settings_request_done) struct settings_request q = {
		.uid = 0 };
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, WIRE_MAX);
	process_harden();
	json_set_alloc_funcs(memory_alloc, memory_free);
	if (http_global_init(&e) < 0)
		return answer(NULL, &e, &e) < 0;
	/* what a source starts does not inherit it */
	fcntl(PROCESS_BARE_FD, F_SETFD, FD_CLOEXEC);
	r = wire_receive(PROCESS_BARE_FD, &b, -1, deadline_in(REQUEST_MS), &e);
	if (r >= 0)
		r = settings_get_request(&b, &q, &e);
	if (r >= 0)
		r = resolve(&q, &s, &e);
	return answer(&s, r < 0 ? &e : NULL, &e) < 0;
}
