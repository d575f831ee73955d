/* clientPIN's secrets, as the other commands use them. */
#ifndef TOKEN_PIN_H
#define TOKEN_PIN_H

#include "ctap2.h"

enum {
	PERM_MC = 0x01, PERM_GA = 0x02, PERM_CM = 0x04, PERM_BE = 0x08,
	PERM_ACFG = 0x20, PERM_CM_READ = 0x40 /* lasts */
};

/* New keys; what was proved before the power went is forgotten. */
void pin_power_up(struct token *t);
bool pin_has_protocol(const struct token *t, uint64_t protocol);

/*
 * Check the pinUvAuthParam (member param of req; its protocol is member
 * protocol_key) over a message. *ret_uv becomes true when it holds and stays
 * when it is absent. rp_hash may be NULL. An empty one asks for a touch
 * first. Statuses.
 */
int pin_authorize(struct token *t, const struct cbor *req, int param,
		  int protocol_key, const uint8_t *message, size_t n,
		  unsigned permission, const uint8_t *rp_hash, bool touched,
		  bool *ret_uv);
/* The same by the token that lasts, for reading what is kept. */
bool pin_lasting(const struct token *t, const struct cbor *req, int param,
		 int protocol_key, const uint8_t *message, size_t n);
/* After a command that used the touch: CTAP 2.1 tokens serve one command. */
void pin_use_up(struct token *t);

/* The secret shared with the platform, for hmac-secret too. */
struct shared {
	int protocol;
	uint8_t hmac[32], aes[32];
};

int pin_shared(struct token *t, int protocol, const struct cbor *cose,
	       struct shared *ret);
bool pin_verify(int protocol, const uint8_t key[32], const void *p, size_t n,
		const struct cbor *mac);
/* false when the length is not one that the protocol makes */
bool pin_decrypt(const struct shared *s, const struct cbor *c,
		 GByteArray *ret);
void pin_encrypt(const struct shared *s, const uint8_t *p, size_t n,
		 GByteArray *ret);

#endif
