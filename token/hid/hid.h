/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one owner of a HID descriptor: open, lock, deadline, cancel, and CTAPHID
 * commands on a channel of our own (CTAP 2.1 section 11.2). libfido2 runs on
 * the same channel.
 *
 * libfido2's own open sleeps up to 21 s behind another process; ours gives up
 * at the caller's deadline and names the process.
 */
#ifndef TOKEN_HID_HID_H
#define TOKEN_HID_HID_H

#include "base/deadline.h"
#include "base/node.h"
#include "token/hid/message.h"

/* Capabilities of the INIT reply */
#define HID_CAP_WINK 0x01
#define HID_CAP_CBOR 0x04
#define HID_CAP_NMSG 0x08

#define HID_NONCE 8
#define HID_INIT_REPLY 17

struct hid {
	int fd;
	int cancel_fd;     /* borrowed; readable means stop; -1: none */
	deadline_t until;  /* every wait ends here */
	char path[NODE_PATH_LEN];
	uint32_t cid;      /* our own channel, 0 before INIT */
	uint8_t protocol;  /* version of CTAPHID */
	uint8_t version[3];
	uint8_t capabilities;
	bool touch_wanted; /* the last report on our channel says so */
	void (*on_touch)(void *arg); /* told when it begins to; NULL: nobody */
	void *on_touch_arg;
};

/*
 * Opens the node and locks it, waiting for another holder until `until`.
 * ERROR_BUSY names the holder's pid and program, ERROR_PERMISSION,
 * ERROR_NO_TOKEN (gone), ERROR_INTERRUPTED.
 */
int hid_open(struct hid *h, const char *path, int cancel_fd, deadline_t until,
	struct error *err);
/* The same on a descriptor that is open already; it is owned from now on. */
int hid_adopt(struct hid *h, int fd, const char *path, int cancel_fd,
	deadline_t until, struct error *err);
void hid_done(struct hid *h);

/*
 * Takes a channel: fills protocol, version and capabilities. The nonce is
 * fresh and random. ERROR_MALFORMED, else as hid_transact. (CTAP 2.1 section
 * 11.2.9.1.3.)
 */
int hid_init(struct hid *h, const unsigned char nonce[HID_NONCE],
	struct error *err);

/*
 * One command on our channel; its reply goes into `reply` (reset first), which
 * holds up to HID_MESSAGE_MAX. ERROR_UNSUPPORTED where the token answers ERROR
 * "invalid command", ERROR_BUSY, ERROR_TOUCH (the deadline, while it waited
 * for a touch), ERROR_TIMEOUT, ERROR_INTERRUPTED (the token was told to stop),
 * ERROR_NO_TOKEN (unplugged), ERROR_MALFORMED.
 */
int hid_transact(struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *reply, struct error *err);

/* ERROR_UNSUPPORTED where INIT's capabilities lack it, too. */
int hid_wink(struct hid *h, struct error *err);

/*
 * Its two halves. The kernel's write ends once the token has taken the report:
 * ERROR_TIMEOUT where it takes none, after 5 s.
 */
int hid_send(struct hid *h, uint8_t command, const void *p, size_t n,
	struct error *err);
/*
 * p and n are those that were sent. Where a report of them was late for the
 * token (a busy machine: it waits 500 ms), it has done nothing, and they are
 * sent again on a new channel, twice at most; a PIN's try never is.
 */
int hid_receive(struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *reply, struct error *err);

#endif
