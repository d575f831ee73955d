/* What a token can be told to do wrong. */
#ifndef TOKEN_MISBEHAVE_H
#define TOKEN_MISBEHAVE_H

#include <stdbool.h>
#include <stddef.h>

enum misbehaviour {
	M_FORGE_ATTESTATION, M_REPLAY_ATTESTATION, M_FIXED_CHALLENGE,
	M_WRONG_RPID_HASH, M_WRONG_AAGUID, M_NO_UP, M_NO_UV,
	M_COUNTER_BACK, M_COUNTER_ZERO, M_WRONG_SIGNATURE, M_WRONG_KEY,
	M_OTHER_CREDENTIAL, M_IGNORE_PROTECT, M_PROTECT_FALSE, M_COSE_OTHER_KEY,
	M_COSE_OFF_CURVE, M_COSE_WRONG_ALG, M_BACKED_UP, M_INFO_AAGUID,
	M_INFO_HUGE,
	M_TRUNCATE_CBOR, M_OVERSIZE_STRING, M_DEEP_NESTING,
	M_INDEFINITE_LENGTH, M_DUPLICATE_KEYS, M_TRAILING_BYTES,
	M_NON_CANONICAL, M_WRONG_STATUS,
	M_UNPLUG_AT_BYTE, M_UNPLUG_AT_REPORT, M_UNPLUG_ON_COMMAND,
	M_REPLY_THEN_SILENCE, M_SILENCE, M_KEEPALIVE_FOREVER, M_WRONG_CID,
	M_WRONG_SEQUENCE, M_WRONG_NONCE, M_HID_ERROR, M_SLOW,
	M_CONFIG_GARBAGE, M_CONFIG_TRUNCATED, M_CONFIG_TOO_LONG,
	M_OATH_WRONG_HMAC, M_OATH_SHORT_REPLY, M_OATH_ENDLESS, M_OATH_SW_6F00,
	M_OATH_WRONG_STATUS, M_OATH_DELAY, M_CARD_REMOVED, M_CCID_OTHER_SERIAL,
	M_OTP_BAD_CRC, M_OTP_WRONG_SERIAL,
	M_KINDS
};

/* One order. count: how often it still applies, below 0 for ever. */
struct order {
	int count;
	int skip;		/* as often it is not carried out first */
	long at;
	char command[32];	/* only for this command; "" for any */
	unsigned done;		/* how often it was carried out */
};

/* its name in the control protocol, or NULL past the end */
const char *misbehave_name(unsigned kind);
/* -1 when unknown */
int misbehave_find(const char *name);

/* True when the order stands for this command; uses one of its counts. */
bool misbehave(struct order *orders, enum misbehaviour kind,
	       const char *command, long *at);
/* Does it stand? Uses nothing up. */
bool misbehave_stands(const struct order *orders, enum misbehaviour kind,
		      const char *command);

#endif
