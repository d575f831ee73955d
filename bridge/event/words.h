/* SPDX-License-Identifier: Apache-2.0 */
/* The words of events and rows: what one of a few things is called for ever. */
#ifndef BRIDGE_EVENT_WORDS_H
#define BRIDGE_EVENT_WORDS_H

/* ---- words, in the order of the enumerators, NULL behind ---- */

enum registry_state {
	REGISTRY_ADOPTED,     /* found at AWS on the first day */
	REGISTRY_STOCK,
	REGISTRY_ASSIGNED,
	REGISTRY_HANDED_OVER, /* the holder has proved to have it */
	REGISTRY_LOST,
	REGISTRY_RETIRED,
};
extern const char *const registry_state_names[];

enum registry_basis { /* weakest first */
	REGISTRY_SELF_REPORTED,
	REGISTRY_ATTESTED,
	REGISTRY_PROVED,
};
extern const char *const registry_basis_names[];

enum registry_holder_kind {
	REGISTRY_PERSON,
	REGISTRY_PLACE,
};
extern const char *const registry_holder_kind_names[];

enum registry_binding_kind {
	REGISTRY_AWS,
	REGISTRY_PAM,
	REGISTRY_SSH,
	REGISTRY_OATH,
};
extern const char *const registry_binding_kind_names[];

enum registry_method { /* NONE first: of a binding that is not `aws` */
	REGISTRY_METHOD_NONE,
	REGISTRY_FIDO,
	REGISTRY_TOTP,
	REGISTRY_HARDWARE_TOTP,
	REGISTRY_VIRTUAL,
};
extern const char *const registry_method_names[]; /* [0] is "none" */

enum registry_bag { /* NONE first: a token that is in no bag */
	REGISTRY_BAG_NONE,
	REGISTRY_BAG_SEALED,
	REGISTRY_BAG_OUT, /* taken out; the number is of the one it was in */
};
extern const char *const registry_bag_names[]; /* [0] is "none" */

/* Kinds of identifiers that this program writes; others may occur. */
#define REGISTRY_ID_SERIAL "serial"
#define REGISTRY_ID_AAGUID "aaguid"
#define REGISTRY_ID_OATH_DEVICE "oath-device-id"
#define REGISTRY_ID_USB_SERIAL "usb-serial"
#define REGISTRY_ID_CREDENTIAL "credential" /* sha of the credential id */
#define REGISTRY_ID_ATTESTATION "attestation-cert" /* sha of the leaf */
#define REGISTRY_ID_LOT "lot" /* of the delivery's list: nobody proves it */
/* of a token with a display, as a person typed it and AWS knows it */
#define REGISTRY_ID_TOTP_SERIAL "totp-serial"
/* of one that a file of others' speaks of: what its one-time passwords begin
 * with; the sha of a resident credential's key (COSE) */
#define REGISTRY_ID_OTP "otp-public-id"
#define REGISTRY_ID_PUBLIC_KEY "public-key"

/*
 * What the binding of a TOTP device rests on: over a random challenge the token
 * gave the whole HMAC, or the 31 bits that a code is made of where its OATH
 * application gives no more.
 */
#define REGISTRY_BASIS_SEED "seed-proved"
#define REGISTRY_BASIS_CODE "code-proved"
/* ... of one whose codes a person typed: that AWS took them. */
#define REGISTRY_BASIS_TYPED "codes-typed"
/* ... and that they are of the secret that a phone app was given, too. */
#define REGISTRY_BASIS_APP "app-codes"
/* ... of one that stood at AWS before, whose codes an attached token makes: that
 * STS took one, or IAM two in a row. */
#define REGISTRY_BASIS_STS "code-taken"
#define REGISTRY_BASIS_RESYNC "codes-taken"
/*
 * ... of a FIDO device, which a person registers in the console: that exactly
 * one new device had the name that was told; or that a person said so.
 */
#define REGISTRY_BASIS_NAME "name-and-time"
#define REGISTRY_BASIS_STATED "stated"

/*
 * What the binding of root's device rests on, strongest first: CloudTrail has
 * its registration or a sign-in with it; a list of AWS's has it; AWS's numbers
 * moved as they would by it; a person said so.
 */
#define REGISTRY_BASIS_TRAIL "seen-in-trail"
#define REGISTRY_BASIS_LISTED "seen-in-list"
#define REGISTRY_BASIS_COUNTED "inferred-from-counts"
#define REGISTRY_BASIS_STATED "stated"

/* RP ids that no web site can claim. */
#define REGISTRY_RP_ID "tokenbridge:id"
#define REGISTRY_RP_LOGIN "tokenbridge:login"

/* The state, or basis, ... of a word; -1 where it is none of them. */
int registry_word(const char *const *names, const char *word);

#endif
