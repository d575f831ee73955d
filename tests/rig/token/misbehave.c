/* What a token can be told to do wrong. */
#include "misbehave.h"

#include <string.h>

static const char *const names[M_KINDS] = {
	[M_FORGE_ATTESTATION] = "forge-attestation",
	[M_REPLAY_ATTESTATION] = "replay-attestation",
	[M_FIXED_CHALLENGE] = "fixed-challenge",
	[M_WRONG_RPID_HASH] = "wrong-rpid-hash",
	[M_WRONG_AAGUID] = "wrong-aaguid",
	[M_NO_UP] = "no-up",
	[M_NO_UV] = "no-uv",
	[M_COUNTER_BACK] = "counter-back",
	[M_COUNTER_ZERO] = "counter-zero",
	[M_WRONG_SIGNATURE] = "wrong-signature",
	[M_WRONG_KEY] = "wrong-key",
	[M_OTHER_CREDENTIAL] = "other-credential",
	[M_IGNORE_PROTECT] = "ignore-protect",
	[M_PROTECT_FALSE] = "protect-false",
	[M_COSE_OTHER_KEY] = "cose-other-key",
	[M_COSE_OFF_CURVE] = "cose-off-curve",
	[M_COSE_WRONG_ALG] = "cose-wrong-alg",
	[M_BACKED_UP] = "backed-up",
	[M_INFO_AAGUID] = "info-aaguid",
	[M_INFO_HUGE] = "info-huge",
	[M_TRUNCATE_CBOR] = "truncate-cbor",
	[M_OVERSIZE_STRING] = "oversize-string",
	[M_DEEP_NESTING] = "deep-nesting",
	[M_INDEFINITE_LENGTH] = "indefinite-length",
	[M_DUPLICATE_KEYS] = "duplicate-keys",
	[M_TRAILING_BYTES] = "trailing-bytes",
	[M_NON_CANONICAL] = "non-canonical",
	[M_WRONG_STATUS] = "wrong-status",
	[M_UNPLUG_AT_BYTE] = "unplug-at-byte",
	[M_UNPLUG_AT_REPORT] = "unplug-at-report",
	[M_UNPLUG_ON_COMMAND] = "unplug-on-command",
	[M_REPLY_THEN_SILENCE] = "reply-then-silence",
	[M_SILENCE] = "silence",
	[M_KEEPALIVE_FOREVER] = "keepalive-forever",
	[M_WRONG_CID] = "wrong-cid",
	[M_WRONG_SEQUENCE] = "wrong-sequence",
	[M_WRONG_NONCE] = "wrong-nonce",
	[M_HID_ERROR] = "hid-error",
	[M_SLOW] = "slow",
	[M_CONFIG_GARBAGE] = "config-garbage",
	[M_CONFIG_TRUNCATED] = "config-truncated",
	[M_CONFIG_TOO_LONG] = "config-too-long",
	[M_OATH_WRONG_HMAC] = "oath-wrong-hmac",
	[M_OATH_SHORT_REPLY] = "oath-short-reply",
	[M_OATH_ENDLESS] = "oath-endless",
	[M_OATH_SW_6F00] = "oath-sw-6f00",
	[M_OATH_WRONG_STATUS] = "oath-wrong-status",
	[M_OATH_DELAY] = "oath-delay",
	[M_CARD_REMOVED] = "card-removed",
	[M_CCID_OTHER_SERIAL] = "ccid-other-serial",
	[M_OTP_BAD_CRC] = "otp-bad-crc",
	[M_OTP_WRONG_SERIAL] = "otp-wrong-serial",
};

const char *misbehave_name(unsigned kind)
{
	return kind < M_KINDS ? names[kind] : NULL;
}

int misbehave_find(const char *name)
{
	for (int i = 0; i < M_KINDS; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

bool misbehave_stands(const struct order *orders, enum misbehaviour kind,
		      const char *command)
{
	const struct order *o = &orders[kind];

	return o->count && (!*o->command ||
			    !strcmp(o->command, command ? command : ""));
}

bool misbehave(struct order *orders, enum misbehaviour kind,
	       const char *command, long *at)
{
	struct order *o = &orders[kind];

	if (!misbehave_stands(orders, kind, command))
		return false;
	if (o->skip > 0) {
		o->skip--;
		return false;
	}
	if (o->count > 0)
		o->count--;
	o->done++;
	if (at)
		*at = o->at;
	return true;
}
