/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OTP interface of a YubiKey (the keyboard), through the worker. Reading
 * it detaches the keyboard driver for a moment: `info` does that, `list` never.
 */
#ifndef TOKEN_WORKER_OTP_H
#define TOKEN_WORKER_OTP_H

#include "token/worker/worker.h"

#include <stdint.h>

#define OTP_INTERFACES_MAX 16

struct otp_slot {
	bool configured;
	bool touch; /* the slot's answer needs a touch */
};

struct otp_interface {
	bool has_serial; /* readable over this interface */
	uint32_t serial;
	uint8_t version[3];
	unsigned programming_sequence;
	struct otp_slot slots[2];
};

/* The USB device that is asked, as the kernel counts them; bus 0: each one. */
struct otp_place {
	uint8_t bus, dev;
};

/*
 * What is in that USB device, and no other is asked; free() *ret.
 * ERROR_UNSUPPORTED without libykpers.
 */
int otp_interfaces(struct worker *w, const struct otp_place *place,
	struct otp_interface **ret, size_t *ret_n, int cancel_fd,
	deadline_t until, struct error *err);

#endif
