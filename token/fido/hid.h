/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one owner of a HID descriptor: open, lock, deadline, cancel, CTAPHID
 * frames of our own (vendor commands) and the I/O functions that libfido2 gets.
 *
 * libfido2's own open sleeps up to 21 s behind another process; ours gives up
 * at the caller's deadline and names the process. (CTAP 2.1 section 11.2.)
 */
#ifndef TOKEN_FIDO_HID_H
#define TOKEN_FIDO_HID_H

#include "base/buf.h"
#include "base/deadline.h"
#include "base/node.h"

#include <fido.h>
#include <sys/types.h>

#define HID_REPORT 64
#define HID_MESSAGE_MAX 7609 /* 64 - 7 + 128 * (64 - 5) */

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

/* Capabilities of the INIT reply */
#define HID_CAP_WINK 0x01
#define HID_CAP_CBOR 0x04
#define HID_CAP_NMSG 0x08

struct hid {
	int fd;
	int cancel_fd;     /* borrowed; readable means stop; -1: none */
	deadline_t until;  /* every wait ends here */
	char path[NODE_PATH_LEN];
	uint32_t cid;      /* our own channel, 0 before hid_init */
	uint32_t last_cid; /* of the last frame written by anyone */
	uint8_t protocol;  /* version of CTAPHID */
	uint8_t version[3];
	uint8_t capabilities;
	bool touch_wanted; /* the last report that libfido2 got says so */
	int stopped;       /* why an I/O function of libfido2 failed: an
	                      error code, or 0 */
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

/* Takes a channel: fills protocol, version and capabilities. */
int hid_init(struct hid *h, struct error *err);

/*
 * One command on our channel; its reply goes into `reply` (reset first).
 * ERROR_UNSUPPORTED where the token answers ERROR "invalid command".
 */
int hid_transact(struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *reply, struct error *err);

/* ERROR_UNSUPPORTED where INIT's capabilities lack it, too. */
int hid_wink(struct hid *h, struct error *err);

/*
 * Gives libfido2 our I/O functions and opens dev on this descriptor. dev's
 * close does not close it. `h` must outlive dev and stay where it is.
 */
int hid_open_fido(struct hid *h, fido_dev_t *dev, struct error *err);

/* What h->stopped says as an error, or `otherwise` where it is 0. */
int hid_stopped(const struct hid *h, int otherwise, const char *what,
	struct error *err);

/*
 * Pid of the process that holds the lock on this open descriptor's file,
 * 0 if unknown; `name` (of size bytes) gets its program's name.
 */
pid_t hid_holder(int fd, char *name, size_t size);
/* The same for a node that is not opened. */
pid_t hid_holder_of_path(const char *path, char *name, size_t size);

#endif
