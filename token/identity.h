/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key says of itself over each of its interfaces, side by side. All of
 * it is self-reported; that two interfaces agree proves nothing, that they
 * differ says that something is wrong. Pure.
 */
#ifndef TOKEN_IDENTITY_H
#define TOKEN_IDENTITY_H

#include "token/card/join.h"
#include "token/token.h"
#include "token/worker/otp.h"

/* What each interface told; NULL: not asked, or without an answer. */
struct identity_interfaces {
	const struct devinfo *fido;  /* CTAPHID's vendor command */
	const struct devinfo *card;  /* the smart card's management applet */
	const struct otp_interface *otp; /* libykpers */
	const uint8_t *hid_version;  /* product_hid_firmware() */
};

#define IDENTITY_DIFFERENCES_MAX 8

struct identity_differences {
	char text[IDENTITY_DIFFERENCES_MAX][160];
	size_t n;
};

/*
 * Where the token's smart card is to be looked for; false where it shows none
 * and says that it has none.
 */
bool identity_card_place(const struct token *t, struct card_place *ret);

/* TOKEN_JOIN_USB or TOKEN_JOIN_SERIAL */
const char *identity_join_name(enum card_join join);

/*
 * Where two interfaces tell different things: "serial number: 1 over FIDO, 2
 * over the smart card".
 */
void identity_compare(const struct identity_interfaces *interfaces,
	struct identity_differences *ret);

#endif
