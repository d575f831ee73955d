/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smart-card applications of a token as APDUs: management (READ CONFIG)
 * and YKOATH (developers.yubico.com, YKOATH protocol). Pure but for the
 * `transmit` that the caller gives; every reply is hostile until parsed.
 */
#ifndef TOKEN_CARD_YKOATH_H
#define TOKEN_CARD_YKOATH_H

#include "base/secret.h"
#include "token/model/devinfo.h"

#include "base/buf.h"

#define OATH_NAME_MAX 64
#define OATH_ACCOUNTS_MAX 128
#define OATH_ID_TEXT 24 /* base64 of 16 bytes without padding, and a NUL */
#define OATH_SALT_MAX 32

struct card {
	/* One APDU; reply gets the data without the status word. */
	int (*transmit)(void *context, const unsigned char *apdu, size_t n,
		struct buf *reply, uint16_t *ret_sw, struct error *err);
	void *context;
};

enum { OATH_HOTP = 1, OATH_TOTP = 2 };

struct oath_account {
	char name[OATH_NAME_MAX + 1];
	uint8_t type; /* high nibble OATH_...; low 1 SHA-1 2 SHA-256 ... */
};

struct oath_applet {
	uint8_t version[3];
	char id[OATH_ID_TEXT]; /* the device id: changes when reset */
	bool has_serial;       /* it tells the key's serial number */
	uint32_t serial;
	bool locked;           /* a password protects it */
	/* What that is proved by; empty where it is not locked. */
	unsigned char salt[OATH_SALT_MAX], challenge[OATH_SALT_MAX];
	size_t salt_n, challenge_n;
	struct oath_account accounts[OATH_ACCOUNTS_MAX];
	size_t n;              /* 0 where locked, and before ykoath_list */
};

/*
 * Selects management and reads every page. *info is all zero where the card
 * has no such application.
 */
int ykoath_read_config(const struct card *c, struct devinfo *info,
	struct error *err);

/* Selects YKOATH; *ret_present is false where the card does not have it. */
int ykoath_select(const struct card *c, struct oath_applet *ret,
	bool *ret_present, struct error *err);

/*
 * Unlocks the applet that was just selected, for as long as it is; the applet
 * has to prove the password, too. a->locked is false then. ERROR_PIN_WRONG.
 */
int ykoath_unlock(const struct card *c, struct oath_applet *a,
	const void *password, size_t n, struct error *err);

/* Lists the accounts of the selected applet unless it is locked. */
int ykoath_list(const struct card *c, struct oath_applet *a,
	struct error *err);

/*
 * The following need a ykoath_select before, and an unlocked applet.
 *
 * Puts a TOTP account: SHA-1, 6 digits, 30 s, touch required. It would
 * overwrite one of the same name without a word: list first. ERROR_REFUSED
 * where the applet is full.
 */
int ykoath_put(const struct card *c, const char *name,
	const struct secret *key, struct error *err);
/* ERROR_CONFLICT where there is no such account. */
int ykoath_delete(const struct card *c, const char *name, struct error *err);

/* What an account answers to a challenge. */
struct oath_response {
	bool whole;             /* hmac is filled, else truncated is */
	unsigned char hmac[20]; /* HMAC-SHA-1 */
	uint32_t truncated;     /* 31 bits of it (RFC 4226 section 5.3) */
	unsigned digits;        /* of a code, 6 to 8 */
};

/*
 * Over an 8-byte challenge: `whole` asks for all of an HMAC-SHA-1 and takes
 * what a code is made of where the applet gives no more. Blocks until the
 * token is touched; ERROR_TOUCH when it was not. ERROR_CONFLICT where there is
 * no such account.
 */
int ykoath_calculate(const struct card *c, const char *name,
	const unsigned char challenge[8], bool whole,
	struct oath_response *ret, struct error *err);

#endif
