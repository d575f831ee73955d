/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which smart card is a token's own. The kernel numbers USB devices, and pcscd
 * knows by that number which device a reader is: that decides wherever both
 * are known, for keys of any vendor. Where a reader does not tell (it is no USB
 * device, or its driver does not say), a serial number joins that the
 * key tells over both interfaces. Pure.
 */
#ifndef TOKEN_CARD_JOIN_H
#define TOKEN_CARD_JOIN_H

#include "token/card/ykoath.h"

/* What is known of where a card is, from its token's side or its reader's. */
struct card_place {
	uint8_t usb_bus; /* as in /dev/bus/usb/BUS/DEV; both 0: not known */
	uint8_t usb_dev;
	bool has_serial;
	uint32_t serial;
	char id[OATH_ID_TEXT]; /* of the OATH application, "" not known */
};

/* As the OATH application tells it, else the management application. */
bool card_serial(const struct oath_applet *applet, const struct devinfo *info,
	uint32_t *ret);

/* In the order in which they are worth more. */
enum card_join {
	CARD_OTHER,       /* nothing joins them */
	CARD_SAME_SERIAL, /* the key's own word, twice */
	CARD_SAME_ID,     /* the OATH application is one that was seen before */
	CARD_SAME_USB,    /* the kernel's word */
};

/* Both sides tell a USB device, so that nothing else has to be asked. */
bool card_usb_decides(const struct card_place *token,
	const struct card_place *card);

/*
 * A card whose USB device is another one is CARD_OTHER whatever it says. The
 * id counts only where the token's USB device is not known: by then the token
 * may have been plugged in again.
 */
enum card_join card_join(const struct card_place *token,
	const struct card_place *card);

/* Takes the USB device out of SCARD_ATTR_CHANNEL_ID: 0x0020 BUS DEV. */
void card_place_channel(uint32_t channel, struct card_place *ret);

#endif
