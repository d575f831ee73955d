/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open FIDO token: libfido2 over our own descriptor. Every wait ends at
 * the deadline given to fido_open or fido_set_deadline, and at once when the
 * cancel descriptor becomes readable; the token is then told to stop.
 */
#ifndef TOKEN_FIDO_FIDO_H
#define TOKEN_FIDO_FIDO_H

#include "base/deadline.h"
#include "base/secret.h"
#include "token/attest/attest.h"
#include "token/model/devinfo.h"

/* A setting of getInfo: what the token lists, and what it says of it. */
enum fido_option {
	FIDO_ABSENT,
	FIDO_OFF,
	FIDO_ON,
};

#define FIDO_LIST_MAX 160

struct fido_info {
	bool ctap2;                    /* false: U2F (CTAP1) only */
	bool untold;                   /* getInfo was not asked: the rest but
	                                  for INIT's is not known */
	uint8_t hid_protocol;          /* version of CTAPHID */
	uint8_t hid_version[3];
	uint8_t hid_capabilities;      /* HID_CAP_* of token/hid/hid.h */
	char versions[FIDO_LIST_MAX];  /* "U2F_V2 FIDO_2_0" */
	char extensions[FIDO_LIST_MAX];
	char transports[FIDO_LIST_MAX];
	char algorithms[FIDO_LIST_MAX]; /* "es256 eddsa" */
	uint8_t aaguid[16];            /* unsigned: a hint only */
	enum fido_option client_pin;   /* ON: a PIN is set */
	enum fido_option user_verification; /* ON: biometry is set up */
	enum fido_option always_uv;
	enum fido_option resident;
	enum fido_option make_cred_uv_not_required;
	enum fido_option credential_management;
	enum fido_option credential_preview; /* the same, before CTAP 2.1 */
	enum fido_option credential_listing; /* by a token that lasts */
	enum fido_option enterprise;   /* attestation that names the token */
	enum fido_option config;       /* takes authenticatorConfig */
	enum fido_option min_pin_settable; /* and orders about PINs by it */
	bool cred_protect;
	bool pin_change_forced;        /* until then it takes no PIN */
	int pin_retries;               /* -1 unknown */
	uint64_t min_pin_length;       /* code points; 0 unknown */
	uint64_t firmware;             /* as the vendor counts; 0 unknown */
	int64_t resident_left;         /* -1 unknown */
	uint64_t max_message;
	uint64_t max_list;             /* credentials in one list; 0 unknown */
	uint64_t max_id;               /* bytes of a credential id; 0 unknown */
};

/* Whether its versions have this word. */
bool fido_speaks(const struct fido_info *i, const char *version);

struct fido;
struct survey;

/*
 * Opens the node, waits for another holder until lock_until, and asks who it
 * is until `until`; a node of USB vendor 1050 is also
 * asked for Yubico's device information. ERROR_BUSY, ERROR_PERMISSION,
 * ERROR_NO_TOKEN, ERROR_TIMEOUT, ERROR_INTERRUPTED, ERROR_MALFORMED.
 */
int fido_open(struct fido **ret, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *err);
/* The same on a node's descriptor that is open already (it is closed in any
 * case), for who may not open nodes any more. */
int fido_open_fd(struct fido **ret, int fd, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until, struct error *err);
/*
 * The same, and asks it for a channel alone: some 7 reports less, which is much
 * of a login's time. Of what speaks CTAP2 info.untold is set, and no PIN goes to
 * it before fido_learn.
 */
int fido_open_briefly(struct fido **ret, int fd, const char *path,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *err);
/*
 * Asks that one who it is, as fido_open does, until its deadline. Where that
 * fails it is fit for nothing but fido_free.
 */
int fido_learn(struct fido *f, uint16_t vendor, struct error *err);
/*
 * The same of a token that was asked already, side by side with others: takes
 * over its descriptor and asks it nothing. s->error where that says why not.
 */
int fido_from_survey(struct fido **ret, struct survey *s, struct error *err);
void fido_free(struct fido **f);

void fido_set_deadline(struct fido *f, deadline_t until);

/*
 * From now on `told` hears of it when the token begins to wait for a touch
 * (CTAPHID_KEEPALIVE, CTAP 2.1 section 11.2.9.1.7), perhaps more than once in a
 * question. U2F and readers do not tell. It must not ask the token anything.
 */
void fido_on_touch(struct fido *f, void (*told)(void *arg), void *arg);
const struct fido_info *fido_info(const struct fido *f);

/* Yubico's device information; absent (not an error) on other tokens. */
const struct devinfo *fido_devinfo(const struct fido *f);

/* PIN tries left, read anew; -1 where the token does not say. */
int fido_pin_retries(struct fido *f);

/*
 * Makes an ES256 credential (not resident) for rp_id and a random user handle
 * over SHA-256 of *client_data; credProtect level 2 where the token lists it.
 * Needs a touch. pin may be NULL: ERROR_PIN then means that one is needed.
 * *ret must be initialised; it gets rp_id and client_data too.
 */
int fido_make_credential(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct secret *pin,
	struct attestation *ret, struct error *err);

/*
 * Credentials made from now on ask for enterprise attestation: the certificate
 * then is this very token's and tells its serial number. ERROR_UNSUPPORTED
 * where it is not switched on in the token, and with a libfido2 before 1.16.
 */
int fido_want_enterprise(struct fido *f, struct error *err);

/* An assertion (WebAuthn section 6.3.3) with what was asked. Owned buffers. */
struct assertion {
	char rp_id[257]; /* whoever made it: pam_u2f's is its origin */
	struct buf client_data;
	struct buf credential_id;
	struct buf auth_data;
	struct buf signature;
};

void assertion_init(struct assertion *a);
void assertion_done(struct assertion *a);

/* A credential's id; borrowed. */
struct fido_id {
	const void *p;
	size_t n;
};

/* What is asked of one credential; borrowed. */
struct fido_assertion_request {
	const char *rp_id;
	const struct buf *client_data;
	struct fido_id credential;
	bool touch; /* false asks only whether the token has it (CTAP 2.1
	               section 6.2.2, up=false): *ret is what it signed
	               then, and stays as it is on a U2F key, which signs
	               nothing without a touch */
	const struct secret *pin; /* NULL: none */
};

/*
 * Asks for an assertion. *ret_found is false where the token does not have the
 * credential. *ret must be initialised. Without a touch it asks up to three
 * times more where fido_may_pass(), as fido_find_credential does.
 */
int fido_get_assertion(struct fido *f, const struct fido_assertion_request *q,
	struct assertion *ret, bool *ret_found, struct error *err);

/*
 * Whether the next answer to the same question may be another one: the token
 * was busy, a report was lost or late, it answered with an error or with
 * nonsense. Not where it was unplugged, or silent until the deadline.
 */
bool fido_may_pass(int r);

/*
 * How many of these the token takes in one question: what getInfo says of
 * lists and of messages, one where it does not say and of U2F. At least 1 of
 * n > 0.
 */
size_t fido_list_fits(const struct fido *f, const char *rp_id,
	const struct fido_id *ids, size_t n);

/*
 * Asks in one question which of n credentials (at most fido_list_fits) the
 * token has; no touch, no PIN, and nothing is proved. A token that does not
 * say which is then asked for each by itself. *ret_found is false where it has
 * none of them.
 */
int fido_find_credential(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *err);

#endif
