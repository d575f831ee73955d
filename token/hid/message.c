/* SPDX-License-Identifier: Apache-2.0 */
/* CTAPHID messages from and to reports. */
#include "token/hid/message.h"

#include <string.h>

#define IS_FIRST 0x80 /* command byte of a message's first report */
#define FIRST_ROOM (HID_REPORT - 7)
#define NEXT_ROOM (HID_REPORT - 5)

#define STATUS_TOUCH 2 /* of a KEEPALIVE: UPNEEDED */

/* Codes of a CTAPHID ERROR */
#define INVALID_COMMAND 0x01
#define MESSAGE_TIMEOUT 0x05
#define CHANNEL_BUSY 0x06

static void put_be32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

struct hid_sender hid_send_begin(uint32_t cid, uint8_t command, const void *p,
	size_t n)
{
	return (struct hid_sender){ cid, command, p, n, -1 };
}

bool hid_send_next(struct hid_sender *s, unsigned char ret[HID_REPORT + 1])
{
	size_t room = s->seq < 0 ? FIRST_ROOM : NEXT_ROOM;
	size_t n = s->n < room ? s->n : room;

	if (s->seq >= 0 && s->n == 0)
		return false;
	memset(ret, 0, HID_REPORT + 1);
	put_be32(ret + 1, s->cid);
	if (s->seq < 0) {
		ret[5] = IS_FIRST | s->command;
		ret[6] = (unsigned char)(s->n >> 8);
		ret[7] = (unsigned char)s->n;
	} else {
		ret[5] = (unsigned char)s->seq;
	}
	if (n)
		memcpy(ret + HID_REPORT + 1 - room, s->p, n);
	s->p += n;
	s->n -= n;
	s->seq++;
	return true;
}

struct hid_receiver hid_receive_begin(uint32_t cid, uint8_t command,
	struct buf *reply)
{
	buf_reset(reply);
	return (struct hid_receiver){ .cid = cid, .command = command,
		.seq = -1, .reply = reply };
}

static int token_refuses(uint8_t command, uint8_t code, const char *name,
	struct error *err)
{
	int r;

	if (code == CHANNEL_BUSY)
		r = error_set(err, ERROR_BUSY,
			"the token at '%s' is busy with an earlier command: "
			"wait, or plug it in again", name);
	else
		r = error_set(err, code == INVALID_COMMAND ?
			ERROR_UNSUPPORTED : ERROR_FAILED,
			"the token at '%s' refuses command 0x%02x with CTAPHID "
			"error 0x%02x", name, command, code);
	if (err)
		err->status = code;
	return r;
}

bool hid_message_was_cut(const struct error *err, size_t n)
{
	return err->code == ERROR_FAILED && err->status == MESSAGE_TIMEOUT &&
		n > FIRST_ROOM;
}

static void take_part(struct hid_receiver *r, const unsigned char *p,
	size_t room)
{
	size_t n = r->left < room ? r->left : room;

	buf_put(r->reply, p, n);
	r->left -= n;
	r->seq++;
}

static int take_first(struct hid_receiver *r, const unsigned char *report,
	const char *name, struct error *err)
{
	size_t n = (size_t)report[5] << 8 | report[6];

	if (report[4] == (IS_FIRST | HID_ERROR))
		return token_refuses(r->command, report[7], name, err);
	if (report[4] != (IS_FIRST | r->command) || n > HID_MESSAGE_MAX)
		return error_set(err, ERROR_MALFORMED,
			"the token at '%s' answers command 0x%02x with 0x%02x "
			"of %zu bytes", name, r->command, report[4], n);
	r->left = n;
	take_part(r, report + 7, FIRST_ROOM);
	return 0;
}

static int take_next(struct hid_receiver *r, const unsigned char *report,
	const char *name, struct error *err)
{
	if (report[4] != r->seq)
		return error_set(err, ERROR_MALFORMED,
			"the token at '%s' sends part %u where part %d was due",
			name, report[4], r->seq);
	take_part(r, report + 5, NEXT_ROOM);
	return 0;
}

/* Keep-alive status UPNEEDED, or U2F's "conditions not satisfied". */
static bool asks_for_touch(const unsigned char *report)
{
	static const unsigned char u2f[] = { IS_FIRST | HID_MSG, 0, 2, 0x69,
		0x85 };

	return (report[4] == (IS_FIRST | HID_KEEPALIVE) &&
		       report[7] == STATUS_TOUCH) ||
		memcmp(report + 4, u2f, sizeof(u2f)) == 0;
}

int hid_receive_next(struct hid_receiver *r,
	const unsigned char report[HID_REPORT], const char *name,
	struct error *err)
{
	unsigned char cid[4];
	int e;

	put_be32(cid, r->cid);
	if (memcmp(report, cid, sizeof(cid)) != 0)
		return 0;
	r->touch_wanted = asks_for_touch(report);
	if (report[4] == (IS_FIRST | HID_KEEPALIVE))
		return 0;
	e = r->seq < 0 ? take_first(r, report, name, err) :
			 take_next(r, report, name, err);
	if (e < 0 || r->left > 0)
		return e;
	e = buf_check(r->reply, "a token's reply", err);
	return e < 0 ? e : 1;
}
