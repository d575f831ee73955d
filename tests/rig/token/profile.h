/* The models a soft token can be. */
#ifndef TOKEN_PROFILE_H
#define TOKEN_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attestation { ATT_X5C, ATT_SELF, ATT_NONE };

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
	bool fw_ext;			/* leaf says the firmware */
	unsigned rk_max, oath_max;
};

const struct profile *profile_find(const char *name);
/* NULL after the last one */
const struct profile *profile_at(size_t i);

#endif
