/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CTAPHID messages and the reports that carry them (CTAP 2.1 section 11.2.4).
 * Pure.
 */
#ifndef TOKEN_HID_MESSAGE_H
#define TOKEN_HID_MESSAGE_H

#include "base/buf.h"

#include <stdint.h>

#define HID_REPORT 64
#define HID_MESSAGE_MAX 7609 /* 64 - 7 + 128 * (64 - 5) */
#define HID_BROADCAST 0xffffffffu

enum hid_command_code {
	HID_PING = 0x01,
	HID_MSG = 0x03,
	HID_INIT = 0x06,
	HID_WINK = 0x08,
	HID_CBOR = 0x10,
	HID_CANCEL = 0x11,
	HID_KEEPALIVE = 0x3b,
	HID_ERROR = 0x3f,
	HID_YUBICO_READ_CONFIG = 0x42,
};

/* A message on its way out; p is borrowed. */
struct hid_sender {
	uint32_t cid;
	uint8_t command;
	const unsigned char *p;
	size_t n;
	int seq; /* of the next report; -1 before the first */
};

/* At most HID_MESSAGE_MAX bytes. */
struct hid_sender hid_send_begin(uint32_t cid, uint8_t command, const void *p,
	size_t n);
/* The next report behind its number 0; false where all was sent. */
bool hid_send_next(struct hid_sender *s, unsigned char ret[HID_REPORT + 1]);

/* The reply to one command on its way in. */
struct hid_receiver {
	uint32_t cid;
	uint8_t command;
	size_t left;       /* bytes that are still to come */
	int seq;           /* of the next report; -1 before the first */
	struct buf *reply; /* borrowed */
	bool touch_wanted; /* the last report says so */
};

/* `reply` (reset first) must hold HID_MESSAGE_MAX and live as long. */
struct hid_receiver hid_receive_begin(uint32_t cid, uint8_t command,
	struct buf *reply);
/*
 * Takes one report: 1 where the reply is whole, 0 where more is due (reports
 * of other channels and keep-alives are passed over). ERROR_BUSY where the
 * token is in the middle of another command, ERROR_UNSUPPORTED where it does
 * not know this one, ERROR_FAILED for other CTAPHID errors (err->status is the
 * code of each), ERROR_MALFORMED. `name` of the token is for the text.
 */
int hid_receive_next(struct hid_receiver *r,
	const unsigned char report[HID_REPORT], const char *name,
	struct error *err);

/*
 * Whether that error is the token's word that a part of a message of n bytes
 * came too late, so that it did nothing (CTAP 2.1 section 11.2.9.1.6,
 * ERR_MSG_TIMEOUT). Never of a message that is one report.
 */
bool hid_message_was_cut(const struct error *err, size_t n);

#endif
