/* CTAP 2.0 and 2.1 commands, the payload of CTAPHID_CBOR. */
#ifndef TOKEN_CTAP2_H
#define TOKEN_CTAP2_H

#include "cbor.h"
#include "token.h"

enum ctap2_status {
	CTAP2_OK = 0x00,
	CTAP1_ERR_INVALID_COMMAND = 0x01,
	CTAP1_ERR_INVALID_PARAMETER = 0x02,
	CTAP1_ERR_INVALID_LENGTH = 0x03,
	CTAP2_ERR_CBOR_UNEXPECTED_TYPE = 0x11,
	CTAP2_ERR_INVALID_CBOR = 0x12,
	CTAP2_ERR_MISSING_PARAMETER = 0x14,
	CTAP2_ERR_LIMIT_EXCEEDED = 0x15,
	CTAP2_ERR_FP_DATABASE_FULL = 0x17,
	CTAP2_ERR_CREDENTIAL_EXCLUDED = 0x19,
	CTAP2_ERR_UNSUPPORTED_ALGORITHM = 0x26,
	CTAP2_ERR_OPERATION_DENIED = 0x27,
	CTAP2_ERR_KEY_STORE_FULL = 0x28,
	CTAP2_ERR_UNSUPPORTED_OPTION = 0x2b,
	CTAP2_ERR_INVALID_OPTION = 0x2c,
	CTAP2_ERR_KEEPALIVE_CANCEL = 0x2d,
	CTAP2_ERR_NO_CREDENTIALS = 0x2e,
	CTAP2_ERR_USER_ACTION_TIMEOUT = 0x2f,
	CTAP2_ERR_NOT_ALLOWED = 0x30,
	CTAP2_ERR_PIN_INVALID = 0x31,
	CTAP2_ERR_PIN_BLOCKED = 0x32,
	CTAP2_ERR_PIN_AUTH_INVALID = 0x33,
	CTAP2_ERR_PIN_AUTH_BLOCKED = 0x34,
	CTAP2_ERR_PIN_NOT_SET = 0x35,
	CTAP2_ERR_PUAT_REQUIRED = 0x36,
	CTAP2_ERR_PIN_POLICY_VIOLATION = 0x37,
	CTAP2_ERR_REQUEST_TOO_LARGE = 0x39,
	CTAP2_ERR_UV_BLOCKED = 0x3c,
	CTAP2_ERR_INVALID_SUBCOMMAND = 0x3e,
	CTAP2_ERR_UV_INVALID = 0x3f,
	CTAP2_ERR_UNAUTHORIZED_PERMISSION = 0x40,
	/* not on the wire: the command waits for a touch */
	CTAP2_TOUCH = -1
};

enum {
	AD_UP = 0x01, AD_UV = 0x04, AD_BE = 0x08, AD_BS = 0x10, AD_AT = 0x40,
	AD_ED = 0x80
};

#define MESSAGE_MAX 1200	/* maxMsgSize */
#define LIST_MAX 8		/* maxCredentialCountInList */
#define MIN_PIN_RPS 8		/* maxRPIDsForSetMinPINLength */

/* Count the command that the message holds. */
void ctap2_name(struct token *t, const uint8_t *p, size_t n);
/* Answer it: status byte and CBOR. */
enum outcome ctap2_handle(struct token *t, uint32_t cid, const uint8_t *p,
			  size_t n, bool touched, GByteArray *out);
/* What lasts from one command to the next is over (power, reset). */
void ctap2_forget(struct token *t);

/* A command on its way. */
struct call {
	uint32_t cid;
	bool touched;
	struct cbor req;	/* the parameters: a map of canonical CBOR */
};

/*
 * The commands, one file each: a status, or CTAP2_TOUCH. out takes the
 * reply's map and is ignored unless CTAP2_OK.
 */
typedef int ctap2_command(struct token *t, const struct call *c,
			  GByteArray *out);
ctap2_command ctap2_get_info, ctap2_make_credential, ctap2_get_assertion,
	ctap2_next_assertion, ctap2_client_pin, ctap2_reset,
	ctap2_credential_management, ctap2_config, ctap2_bio;
void assertion_forget(struct token *t);
void credman_forget(struct token *t);
void bio_forget(struct token *t);

/* Carry out the orders that make any reply wrong. */
void ctap2_spoil(struct token *t, GByteArray *out);

/* A member that must be there (or may be absent: *ret_has). Statuses. */
int ctap2_need(const struct cbor *map, int key, enum cbor_major major,
	       struct cbor *ret);
int ctap2_may(const struct cbor *map, int key, enum cbor_major major,
	      bool *ret_has, struct cbor *ret);
/* The boolean option named; 0 or a status. *ret keeps its value if absent. */
int ctap2_option(const struct cbor *options, const char *name, bool *ret);
/* Does this list member name a credential of ours for the RP? uv: credentials
 * that need it may be seen. Returns 1, 0 or minus a status. */
struct credential;
int ctap2_open_listed(struct token *t, const struct cbor *member,
		      const uint8_t rp_hash[32], struct credential *ret,
		      struct cbor *ret_id);
struct resident *ctap2_resident(struct token *t, const uint8_t *id, size_t n);
/* PublicKeyCredentialUserEntity; full: with names */
void ctap2_put_user(const struct resident *r, bool full, GByteArray *out);
/* a text of at most 64 bytes, or NULL; the caller frees with g_free */
char *ctap2_text_member(const struct cbor *map, const char *key);
/* The COSE_Key of key agreement: ECDH on P-256 of scalar d. */
void ctap2_put_agreement(GByteArray *b, const uint8_t d[32]);

#endif
