/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A helper that sends anything: frames off a socket, and the members of each
 * read as the input's first byte says.
 */
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void read_members(const struct buf *b, unsigned how)
{
	struct wire_reader r = { b->p, b->n, false };
	char text[32];
	size_t n, i;

	for (i = 0; i < 64 && !r.failed; i++, how = how * 5 + 1) {
		const unsigned char *p;

		switch (how % 3) {
		case 0:
			(void)wire_get_be(&r, how % 9);
			break;
		case 1:
			wire_get_str(&r, text, sizeof(text));
			if (strlen(text) >= sizeof(text))
				abort();
			break;
		default:
			p = wire_get_bytes(&r, &n);
			if (p && (p < b->p || p + n > b->p + b->n))
				abort();
			break;
		}
		if (r.n > b->n)
			abort();
	}
	if (wire_done(&r) && r.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf b;
	int pair[2], frames;

	if (n < 1 || n > 100000 ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 0;
	if (send(pair[1], p + 1, n - 1, MSG_DONTWAIT) >= 0) {
		close(pair[1]);
		pair[1] = -1;
		buf_init(&b, WIRE_MAX);
		for (frames = 0; frames < 100; frames++) {
			if (wire_receive(pair[0], &b, -1, deadline_in(1000),
				    NULL) < 0)
				break;
			read_members(&b, p[0]);
		}
		buf_done(&b);
	}
	close_p(&pair[0]);
	close_p(&pair[1]);
	return 0;
}
