/* CTAPHID (CTAP 2.1 section 11.2): reports in, reports out. */
#ifndef TOKEN_CTAPHID_H
#define TOKEN_CTAPHID_H

#include "token.h"

#define HID_REPORT 64

enum hid_cmd {
	HID_PING = 0x01, HID_MSG = 0x03, HID_LOCK = 0x04, HID_INIT = 0x06,
	HID_WINK = 0x08, HID_CBOR = 0x10, HID_CANCEL = 0x11,
	HID_KEEPALIVE = 0x3b, HID_ERROR = 0x3f, HID_READ_CONFIG = 0x42
};

struct ctaphid *ctaphid_new(struct token *t);
void ctaphid_free(struct ctaphid *h);
void ctaphid_power_up(struct ctaphid *h);
/* End the silence of "reply-then-silence" and of endless keepalives. */
void ctaphid_speak(struct ctaphid *h);
/* How reports leave: set by the transport. */
void ctaphid_transport(struct ctaphid *h,
		  void (*send)(void *arg, const uint8_t *report, size_t n),
		  void (*unplug)(void *arg), void *arg);
/* One report of 64 bytes from the host. */
void ctaphid_report(struct ctaphid *h, const uint8_t *report);
/* The reply of a backend process to the command under way. */
void ctaphid_backend_reply(struct ctaphid *h, unsigned cmd, const uint8_t *p,
			   size_t n);

#endif
