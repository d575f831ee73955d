/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-qr: a frame with a text comes in, one with the QR code goes out,
 * empty where there is none. The text is a secret, and libqrencode leaves copies
 * of it in the heap: this process holds nothing else, and ends.
 */
#include "base/process.h"
#include "base/wire.h"
#include "bridge/terminal/screen/qr.h"

#include <unistd.h>

#define REQUEST_MS 5000

int main(void)
{
	CLEANUP(buf_done) struct buf request, reply;

	process_harden();
	buf_init(&request, QR_TEXT_MAX);
	buf_init(&reply, WIRE_MAX);
	if (wire_receive(STDIN_FILENO, &request, -1, deadline_in(REQUEST_MS),
			NULL) < 0)
		return 1;
	buf_put_byte(&request, 0);
	if (!buf_failed(&request))
		qr_encode((const char *)request.p, &reply);
	return buf_failed(&reply) || wire_send(STDIN_FILENO, reply.p, reply.n,
		deadline_in(REQUEST_MS), NULL) < 0;
}
