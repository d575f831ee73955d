/*
 * The models a soft token can be. The AAGUIDs are invented: a token of ours
 * must not pass for a real one where somebody trusts the real vendors.
 *
 * A double is no kinder than what it stands for: firmware before the fourth
 * generation is not told by CTAPHID, that of the 4.4 FIPS series sets no FIPS
 * flag, old leaves say little, and old U2F keys sign integers too long.
 */
#include "profile.h"

#include <string.h>

enum {
	OTP = 0x01, U2F = 0x02, OPGP = 0x08, PIV = 0x10, OATH = 0x20,
	FIDO2 = 0x200
};

#define YK "1.3.6.1.4.1.41482.1."

static const struct profile table[] = {
	{ .name = "yubikey5", .manufacturer = "Yubico",
	  .product = "YubiKey OTP+FIDO+CCID", .vid = 0x1050, .pid = 0x0407,
	  .fw = { 5, 7, 4 }, .aaguid = "a0f1c5d20b5e4e8f9a3657f045740001",
	  .u2f = true, .ctap21 = true, .otp = true, .ccid = true,
	  .serial = true, .config = true,
	  .caps = OTP | U2F | OPGP | PIV | OATH | FIDO2, .form = 1,
	  .att = ATT_X5C, .device_id = YK "7", .fw_ext = true,
	  .rk_max = 100, .oath_max = 64,
	  .protocols = { 2, 1 }, .algs = { -7, -8, -35 },
	  .credman = CREDMAN_FULL | CREDMAN_PREVIEW, .acfg = true,
	  .ep = true },
	{ .name = "yubikey5-old", .manufacturer = "Yubico",
	  .product = "YubiKey OTP+FIDO+CCID", .vid = 0x1050, .pid = 0x0407,
	  .fw = { 5, 4, 3 }, .aaguid = "a0f1c5d20b5e4e8f9a3657f045430001",
	  .u2f = true, .ctap21 = false, .otp = true, .ccid = true,
	  .serial = true, .config = true,
	  .caps = OTP | U2F | OPGP | PIV | OATH | FIDO2, .form = 1,
	  .att = ATT_X5C, .device_id = YK "7",
	  .rk_max = 25, .oath_max = 32,
	  .protocols = { 2, 1 }, .algs = { -7, -8 },
	  .credman = CREDMAN_PREVIEW },
	{ .name = "yubikey4-fips", .manufacturer = "Yubico",
	  .product = "Yubikey 4 OTP+U2F+CCID", .vid = 0x1050, .pid = 0x0407,
	  .fw = { 4, 4, 2 }, .u2f = true, .otp = true, .ccid = true,
	  .serial = true, .config = true,
	  .caps = OTP | U2F | OPGP | PIV | OATH, .form = 1,
	  .att = ATT_X5C, .device_id = YK "5", .old_leaf = true,
	  .oath_max = 32 },
	{ .name = "securitykey", .manufacturer = "Yubico",
	  .product = "YubiKey FIDO", .vid = 0x1050, .pid = 0x0402,
	  .fw = { 5, 7, 4 }, .aaguid = "a0f1c5d20b5e4e8f9a3657f045740002",
	  .u2f = true, .ctap21 = true, .config = true,
	  .caps = U2F | FIDO2, .form = 0x41,
	  .att = ATT_X5C, .device_id = YK "1", .fw_ext = true,
	  .rk_max = 100,
	  .protocols = { 2, 1 }, .algs = { -7, -8, -35 },
	  .credman = CREDMAN_FULL | CREDMAN_PREVIEW, .acfg = true },
	{ .name = "neo", .manufacturer = "Yubico",
	  .product = "Yubikey NEO U2F", .vid = 0x1050, .pid = 0x0113,
	  .fw = { 3, 4, 9 }, .u2f = true, .caps = U2F,
	  .att = ATT_X5C, .device_id = YK "2", .id_as_oid = true,
	  .old_leaf = true },
	{ .name = "solo", .manufacturer = "Example Keys",
	  .product = "Solo Example", .vid = 0x1234, .pid = 0x5678,
	  .fw = { 4, 1, 5 }, .aaguid = "b71d09e84c2a4f0e8d1156780000c001",
	  .u2f = true, .caps = U2F | FIDO2,
	  .att = ATT_SELF, .rk_max = 50,
	  .protocols = { 1 }, .algs = { -7, -8 } },
	{ .name = "none-att", .manufacturer = "Example Keys",
	  .product = "Quiet Example", .vid = 0x1234, .pid = 0x5679,
	  .fw = { 1, 0, 0 }, .aaguid = "00000000000000000000000000000000",
	  .caps = FIDO2, .att = ATT_NONE, .rk_max = 50,
	  .protocols = { 1 }, .algs = { -7 } },
	{ .name = "bio", .manufacturer = "Yubico",
	  .product = "YubiKey FIDO", .vid = 0x1050, .pid = 0x0402,
	  .fw = { 5, 7, 4 }, .aaguid = "a0f1c5d20b5e4e8f9a3657f045740003",
	  .u2f = true, .ctap21 = true, .serial = true, .config = true,
	  .caps = U2F | FIDO2, .form = 6,
	  .att = ATT_X5C, .device_id = YK "9", .fw_ext = true,
	  .rk_max = 100, .protocols = { 2, 1 }, .algs = { -7, -8 },
	  .credman = CREDMAN_FULL | CREDMAN_PREVIEW, .acfg = true,
	  .bio = true },
	{ .name = "oathkey", .manufacturer = "Example Keys",
	  .product = "Card Example", .vid = 0x1234, .pid = 0x567a,
	  .fw = { 3, 0, 1 }, .aaguid = "b71d09e84c2a4f0e8d1156780000c002",
	  .u2f = true, .ccid = true, .caps = U2F | OATH | FIDO2,
	  .att = ATT_X5C, .rk_max = 50, .oath_max = 5, .oath_short = true,
	  .protocols = { 1 }, .algs = { -7, -8 } },
	{ .name = "feitian", .manufacturer = "FT Example",
	  .product = "U2F Example", .vid = 0x096e, .pid = 0x0850,
	  .fw = { 1, 0, 0 }, .u2f = true, .caps = U2F, .att = ATT_X5C,
	  .old_leaf = true, .odd_der = 3 },
	{ .name = "securitykey-u2f", .manufacturer = "Yubico",
	  .product = "Security Key by Yubico", .vid = 0x1050, .pid = 0x0402,
	  .fw = { 5, 1, 2 }, .aaguid = "a0f1c5d20b5e4e8f9a3657f045120002",
	  .u2f = true, .fido2_off = true, .config = true,
	  .caps = U2F | FIDO2, .form = 0x41,
	  .att = ATT_X5C, .device_id = YK "1", .rk_max = 25,
	  .protocols = { 1 }, .algs = { -7, -8 } },
};

const struct profile *profile_at(size_t i)
{
	return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

const struct profile *profile_find(const char *name)
{
	const struct profile *p;

	for (size_t i = 0; (p = profile_at(i)); i++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}
