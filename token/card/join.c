/* SPDX-License-Identifier: Apache-2.0 */
/* A token and a smart card: one key, or not. */
#include "token/card/join.h"

#include <string.h>

#define CHANNEL_USB 0x0020 /* PC/SC part 3, section 3.1.2 */

bool card_serial(const struct oath_applet *applet, const struct devinfo *info,
	uint32_t *ret)
{
	if (applet->has_serial)
		*ret = applet->serial;
	else if (info->has_serial)
		*ret = info->serial;
	return applet->has_serial || info->has_serial;
}

static bool has_usb(const struct card_place *p)
{
	return p->usb_bus != 0 && p->usb_dev != 0;
}

bool card_usb_decides(const struct card_place *token,
	const struct card_place *card)
{
	return has_usb(token) && has_usb(card);
}

enum card_join card_join(const struct card_place *token,
	const struct card_place *card)
{
	if (card_usb_decides(token, card))
		return token->usb_bus == card->usb_bus &&
			token->usb_dev == card->usb_dev ? CARD_SAME_USB :
							  CARD_OTHER;
	if (token->id[0] && strcmp(token->id, card->id) == 0)
		return CARD_SAME_ID;
	return token->has_serial && card->has_serial &&
		token->serial == card->serial ? CARD_SAME_SERIAL : CARD_OTHER;
}

void card_place_channel(uint32_t channel, struct card_place *ret)
{
	ret->usb_bus = ret->usb_dev = 0;
	if (channel >> 16 != CHANNEL_USB)
		return;
	ret->usb_bus = (uint8_t)(channel >> 8);
	ret->usb_dev = (uint8_t)channel;
}
