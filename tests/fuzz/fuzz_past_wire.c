/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module of an earlier version that sends anything: a request is refused, or
 * as sane as one of today, and the answer is of its version.
 */
#include "bridge/login/auth/past-wire.h"

#include "base/text.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

/* But for the proof without a token it is a request that could be written. */
static void is_sane(const struct login_request *q)
{
	struct login_request like = *q, back;
	struct buf b;

	like.prove = like.token[0] != '\0';
	buf_init(&b, WIRE_MAX);
	login_request_write(&like, &b);
	require(login_request_read(b.p, b.n, &back, NULL) == 0);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct login_reply a = { .kind = LOGIN_ANSWER,
		.result = LOGIN_UNKNOWN_USER };
	struct login_request q = { .user = "" };
	struct secret pin = SECRET_INIT;
	unsigned version = past_version(p, n);
	struct buf b;

	if (past_request_read(p, n, &q, &pin, NULL) < 0) {
		require(!q.user[0] && !pin.p);
		return 0;
	}
	require(version == 1 || version == 2);
	require(!(q.flags & ~(uint32_t)(LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY)));
	require((pin.n > 0) == (q.prove && version == 1));
	require(pin.n <= LOGIN_PIN_MAX);
	is_sane(&q);
	buf_init(&b, WIRE_MAX);
	past_reply_write(version, &a, &b);
	require(b.n > 2 && b.p[0] == version && b.p[2] == LOGIN_FAILED);
	buf_done(&b);
	secret_done(&pin);
	return 0;
}
