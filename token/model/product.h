/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of Yubico and their firmware versions.
 *
 * They are known from the attestation certificate's device id
 * (signed) or, failing that, from what a token of USB vendor 1050 says of
 * itself:
 *
 *   security-key    device id ...41482.1.1
 *   yubikey-neo     ...41482.1.2
 *   yubikey-plus    ...41482.1.3
 *   yubikey-edge    ...41482.1.4
 *   yubikey-4       ...41482.1.5 (those with firmware 4.4 are the FIPS ones)
 *   yubikey-5       ...41482.1.7, not FIPS
 *   yubikey-5-fips  the same with the FIPS extension or flag
 *   yubikey-bio     ...41482.1.9
 *   yubikey-6       ...41482.1.10, of firmware 6
 *
 * ...41482.1.6 is of tokens that were not for sale, and no product.
 */
#ifndef TOKEN_MODEL_PRODUCT_H
#define TOKEN_MODEL_PRODUCT_H

#include "token/model/devinfo.h"
#include "token/trust/certificate.h"

/* Firmware 5.7.4 as 0x050704, so that versions compare as numbers. */
#define PRODUCT_FIRMWARE_MAX 0xffffffu
#define PRODUCT_FIRMWARE_LEN 12

/* "5.7.4" as 0x050704; 0 or -1. */
int product_firmware_parse(const char *p, size_t n, uint32_t *ret);
void product_firmware_format(uint32_t v, char ret[PRODUCT_FIRMWARE_LEN]);

/* All of them, for messages. */
#define PRODUCT_NAMES "yubikey-neo, yubikey-plus, yubikey-edge, " \
	"yubikey-4, yubikey-5, yubikey-5-fips, yubikey-bio, yubikey-6, " \
	"security-key"

/* The name as a constant where it is one of those above, else NULL. */
const char *product_by_name(const char *name);

/*
 * Which of them a token is, by its attestation certificate (NULL: none that
 * holds), else by what it says of itself; NULL: none. *ret_signed is whether
 * the certificate said so.
 */
const char *product_identify(const struct leaf *leaf,
	const struct devinfo *info, uint16_t vendor, uint16_t usb_product,
	bool *ret_signed);

/*
 * firmwareVersion of getInfo as a version: Yubico packs three bytes into it.
 * Others count as they like: false.
 */
bool product_getinfo_firmware(uint16_t vendor, uint64_t number,
	uint8_t ret[3]);

/*
 * Whether the certificate is one of a vendor whose tokens have another USB
 * vendor, or the USB vendor is of one whose certificates are others; *ret_name
 * is that vendor, a constant, and *ret_vendor its USB vendor. Known for
 * Yubico alone: its device ids are in its certificates, and in no others.
 */
bool product_vendor_differs(const struct leaf *leaf, uint16_t vendor,
	const char **ret_name, uint16_t *ret_vendor);

/*
 * The version of CTAPHID's INIT (3 bytes, or NULL) where it is the firmware's:
 * Yubico's alone, and from the fourth generation on; before, it was one of the
 * protocol. Else NULL.
 */
const uint8_t *product_hid_firmware(uint16_t vendor,
	const uint8_t *hid_version);

#endif
