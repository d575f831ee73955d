/* The models a soft token can be. */
#ifndef TOKEN_PROFILE_H
#define TOKEN_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* the numbers are in state files: only add at the end */
enum attestation {
	ATT_X5C, ATT_SELF, ATT_NONE, ATT_TPM, ATT_U2F, ATT_UNKNOWN
};

/* which of the two command bytes of credential management it knows */
enum { CREDMAN_FULL = 1, CREDMAN_PREVIEW = 2 };

#define ALGORITHMS 4

struct profile {
	const char *name;
	const char *manufacturer, *product;	/* USB strings */
	uint16_t vid, pid;
	uint8_t fw[3];
	const char *aaguid;		/* NULL: U2F only */
	bool u2f, ctap21;
	bool otp, ccid;			/* interfaces besides FIDO */
	bool serial;			/* tells a serial number */
	bool config;			/* answers READ_CONFIG */
	uint16_t caps;			/* usb_supported and usb_enabled */
	uint8_t form;
	enum attestation att;
	const char *device_id;		/* 1.3.6.1.4.1.41482.2, or NULL */
	bool id_as_oid;			/* the id is an extension's OID */
	bool fw_ext;			/* leaf says the firmware */
	bool old_leaf;			/* of the first generations: a common
					 * name, no constraints, no model */
	bool fido2_off;			/* switched off: U2F alone, and the
					 * leaf names the model all the same */
	unsigned rk_max, oath_max;
	uint8_t protocols[2];		/* of PIN/UV auth, best first */
	int algs[ALGORITHMS];		/* COSE numbers, best first */
	uint8_t credman;
	bool credman_hidden;		/* and getInfo does not say so */
	bool acfg;			/* authenticatorConfig */
	bool ep;			/* may attest its serial number */
	bool lasting;			/* gives a PIN/UV auth token that
					 * lasts, and an encIdentifier */
	bool fido_card;			/* FIDO on the smart card too */
	bool oath_serial;		/* its OATH applet tells the serial */
	bool oath_short;		/* it calculates codes only */
	bool bio;			/* has a fingerprint reader */
	unsigned odd_der;		/* every nth signature has an integer
					 * too long by a byte; 0: none */
};

const struct profile *profile_find(const char *name);
/* NULL after the last one */
const struct profile *profile_at(size_t i);

#endif
