/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of a token, 64 bytes each, as the reply to one command. */
#include "token/hid/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What was received, sent again and received again, is the same. */
static void there_and_back(const struct hid_receiver *in)
{
	struct hid_sender out = hid_send_begin(in->cid, in->command,
		in->reply->p, in->reply->n);
	unsigned char report[HID_REPORT + 1];
	struct hid_receiver again;
	struct buf reply;
	int r = 0;

	buf_init(&reply, HID_MESSAGE_MAX);
	again = hid_receive_begin(in->cid, in->command, &reply);
	while (hid_send_next(&out, report)) {
		if (r != 0)
			abort();
		r = hid_receive_next(&again, report + 1, "x", NULL);
	}
	if (r != 1 || reply.n != in->reply->n ||
		(reply.n && memcmp(reply.p, in->reply->p, reply.n) != 0))
		abort();
	buf_done(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct hid_receiver in;
	struct buf reply;
	int r = 0;

	buf_init(&reply, HID_MESSAGE_MAX);
	in = hid_receive_begin(0x01020304, HID_CBOR, &reply);
	for (; r == 0 && n >= HID_REPORT; p += HID_REPORT, n -= HID_REPORT)
		r = hid_receive_next(&in, p, "x", NULL);
	if (reply.n > HID_MESSAGE_MAX)
		abort();
	if (r > 0)
		there_and_back(&in);
	buf_done(&reply);
	return 0;
}
