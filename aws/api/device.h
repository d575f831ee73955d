/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a serial number says about an MFA device.
 *
 * AWS gives no type: the shape of the serial is all there is. "fido" does not
 * mean hardware (synced passkeys get the same ARN), and "virtual" does not mean
 * software (OATH on a hardware key is enrolled as virtual).
 */
#ifndef AWS_API_DEVICE_H
#define AWS_API_DEVICE_H

enum device_kind {
	DEVICE_HARDWARE, /* a vendor's serial: a pre-seeded TOTP token */
	DEVICE_VIRTUAL,  /* arn:...:mfa/... */
	DEVICE_FIDO,     /* arn:...:u2f/...: security key or passkey */
	DEVICE_SMS,      /* arn:...:sms-mfa/...: no longer offered */
	DEVICE_UNKNOWN,  /* an ARN of a kind that is not known here */
};

enum device_kind device_kind(const char *serial);

/* "hardware", "virtual", "fido", "sms", "unknown" */
const char *device_kind_name(enum device_kind kind);

#endif
