/*
 * A token: what it is, what it remembers, and what it is doing. All its parts
 * (ctaphid, ctap2, u2f, ccid, oath, otp) share this struct; the transports (transport.h)
 * and vpcd bring the bytes.
 */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include "bytes.h"
#include "misbehave.h"
#include "profile.h"
#include "touch.h"

#include <jansson.h>

/* What a handler of a whole command says. WANT_TOUCH: nothing was changed;
 * call it again with touched set once the finger has come. */
enum outcome { DONE, WANT_TOUCH };

struct resident {
	char *rp;		/* RP id */
	GByteArray *id;		/* credential id, the wrapped key */
	GByteArray *user;
	char *user_name, *user_display;
	uint32_t born;		/* order of creation */
};

struct pin_session {
	uint8_t agreement[2][32];	/* ECDH scalars of this power cycle,
					 * one for each protocol */
	uint8_t token[32];
	int protocol;		/* the one that the token was given by */
	gint64 begun;		/* when that was */
	bool used;
	unsigned permissions;
	unsigned failures;	/* in a row, since power up */
	bool rp_bound;
	uint8_t rp_hash[32];
};

/* what authenticatorConfig and the PIN's own rules need */
struct policy {
	bool always_uv, enterprise, force_change;
	unsigned min_pin;	/* code points */
	unsigned pin_length;	/* of the PIN that is set */
	GPtrArray *rps;		/* of char *: may be told the minimum */
};

struct finger {
	uint8_t id[2];
	char *name;		/* or NULL */
};

struct bio {
	GPtrArray *fingers;	/* of struct finger */
	unsigned retries;
	bool untrusted;		/* no finger of ours is on the reader */
	/* an enrollment under way, since power up: */
	struct finger *fresh;
	unsigned samples;	/* still wanted */
};

struct account {
	GByteArray *name, *key;
	uint8_t type_alg, digits, props;
	uint64_t moving;	/* HOTP counter, or the last step calculated */
};

struct oath {
	GPtrArray *accounts;	/* of struct account */
	uint8_t salt[8];
	GByteArray *lock;	/* access key, empty when none */
	uint8_t lock_alg;
	/* since SELECT: */
	bool open;
	uint8_t challenge[8];
};

struct otp {
	uint8_t slot[2][52];
	bool valid[2];
	uint8_t sequence;
	/* transfer: */
	uint8_t frame[70];
	GByteArray *reply;
	unsigned sent;
	bool sending, waiting;
	struct touch_wait *wait;
	uint8_t pending;	/* slot command that waits for a touch */
};

struct assertion;		/* getNextAssertion's memory: assertion.c */

struct token {
	char name[32];
	struct profile p;	/* a copy, with the options applied */
	char *own[4];		/* strings of p that are ours to free */
	uint32_t serial;
	uint8_t aaguid[16];
	char *ca, *path;	/* CA folder (or NULL), state file (or NULL) */
	char *backend_command;
	bool send_chain, usb_serial, start_unplugged;
	unsigned up_timeout, oath_timeout;	/* ms */
	unsigned report_ms;	/* that a report takes either way */
	unsigned reset_window;			/* ms after power up */
	unsigned token_window;			/* ms to the first use of a
						 * PIN/UV auth token */
	char *ep_rps;		/* who may ask for the serial, by commas */
	char *tpm_alg;		/* of the attestation key of a TPM */
	char *leaf_shape;	/* NULL: as it should be */
	unsigned vpcd_port;			/* 0: no card reader */

	/* kept in the state file */
	bool has_serial;
	uint8_t secret[32];
	uint8_t att_d[32];
	GByteArray *att_rsa;	/* PKCS#1 DER, where it is no EC key */
	GByteArray *leaf, *chain;
	uint32_t counter;
	bool pin_set;
	uint8_t pin_hash[16];
	unsigned pin_retries;
	struct policy policy;
	struct bio bio;
	GPtrArray *residents;
	struct oath oath;
	struct otp otp;

	/* since power up */
	bool plugged;
	gint64 plugged_at;
	struct pin_session pin;
	struct assertion *assertion;
	GPtrArray *listed;	/* credential management: yet to be told */
	unsigned listing;	/* the subcommand that goes on with them */
	unsigned signatures;
	GByteArray *last_attestation;	/* reply of the last makeCredential */

	struct touch touch;
	struct order orders[M_KINDS];
	char command[32];	/* the one being served */
	GHashTable *seen;	/* name -> struct seen */

	struct ctaphid *hid;
	struct backend *backend;
	struct ccid *ccid;
	struct card *card;	/* NULL: no reader */
	const struct transport *transport;
	void *node;		/* the transport's part */
	struct pace *pace_in, *pace_out;	/* as the host sees them */
	guint unplugging;	/* from inside a command, once it is read */
	unsigned draining;
};

struct seen { uint64_t seen, waited; };

/* The options of --token and of the control verb "set"; one line on why not
 * in *ret_why (static text) when false. */
bool token_option(struct token *t, const char *key, json_t *value,
		  const char **ret_why);

/* Make from {"name":.., "profile":.., option..}, going on from its state file
 * below state_dir (NULL: nothing is kept) when there is one. NULL after a
 * line on stderr. */
struct token *token_new(json_t *spec, const char *state_dir,
			const char *ca_dir);
void token_free(struct token *t);
void token_save(struct token *t);
void token_set_pin(struct token *t, const char *pin);
/* as it leaves the factory */
void token_reset_policy(struct token *t);
/* as if just plugged in */
void token_power_up(struct token *t);
void token_forget_residents(struct token *t);
void resident_free(void *resident);

/* Whether it speaks CTAP 2: not what is U2F only, or has that switched off. */
static inline bool token_has_fido2(const struct token *t)
{
	return t->p.aaguid && !t->p.fido2_off;
}

/* A command has arrived: remember its name and count it. */
void token_seen(struct token *t, const char *format, ...)
	G_GNUC_PRINTF(2, 3);
bool token_misbehaves(struct token *t, enum misbehaviour kind, long *at);

#endif
