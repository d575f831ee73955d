/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and replies of tokenbridge-worker, both ways: what one end puts,
 * the function of the same name at the other end gets. Both ends are one
 * build, so that the form may change with any version.
 *
 * Request: operation (1 byte), then what it takes. Reply: 0 and the result, or
 * an error's code (1 byte) and its text. One is answered before the next is
 * sent.
 */
#ifndef TOKEN_WORKER_WIRE_H
#define TOKEN_WORKER_WIRE_H

#include "base/wire.h"
#include "token/worker/oath.h"
#include "token/worker/otp.h"

enum worker_operation {
	WORKER_CARDS = 1,      /* a search -> cards */
	WORKER_OATH_PUT,       /* account, its key -> nothing */
	WORKER_OATH_DELETE,    /* account -> whether it was there */
	WORKER_OATH_CALCULATE, /* account, challenge -> response, whole if it
	                          can be */
	WORKER_OATH_CODE,      /* account, challenge -> response, truncated */
	WORKER_OTP,            /* a USB device -> OTP interfaces */
	WORKER_OATH_UNLOCK,    /* account without a name -> nothing */
};

/* WORKER_CARDS. */
void worker_put_search(struct buf *b, const struct oath_search *q,
	const struct worker_access *access);

/* What unlocks the applet of that id; "": nothing. */
struct worker_key {
	char id[OATH_ID_TEXT];
	const unsigned char *p; /* the password, in the request */
	size_t n;
};

/* The same behind its operation. ERROR_FAILED where it is malformed. */
int worker_get_search(struct wire_reader *r, struct oath_search *ret,
	struct worker_key *ret_key, struct error *err);

/* A request about one account; data is its key, a challenge, or empty. */
void worker_put_account(struct buf *b, enum worker_operation op,
	const struct oath_target *t, const struct worker_access *access,
	const void *data, size_t n);

struct worker_account {
	struct card_place place;
	char name[OATH_NAME_MAX + 1];
	struct worker_key key;
	const unsigned char *data; /* in the request */
	size_t data_n;
};

/* The same behind its operation. ERROR_FAILED where it is malformed. */
int worker_get_account(struct wire_reader *r, struct worker_account *ret,
	struct error *err);

/* Replaces what the reply holds. */
void worker_put_error(struct buf *reply, const struct error *e);
/*
 * Takes the leading 0 off a reply, or the error out of it, which is returned.
 * ERROR_FAILED for a reply that is malformed.
 */
int worker_get_result(struct buf *reply, struct error *err);

/* One card for worker_put_cards. */
void worker_put_card(struct buf *cards, const struct oath_card *card);
void worker_put_cards(struct buf *b, const struct buf *cards, unsigned n,
	unsigned held);
/* See oath_cards. ERROR_FAILED where it is malformed. */
int worker_get_cards(const struct buf *reply, struct oath_card **ret,
	size_t *ret_n, size_t *ret_held, struct error *err);

void worker_put_deleted(struct buf *b, bool deleted);
bool worker_get_deleted(const struct buf *reply);

void worker_put_response(struct buf *b, const struct oath_response *x);
/* ERROR_FAILED where it is malformed. */
int worker_get_response(const struct buf *reply, struct oath_response *ret,
	struct error *err);

/* WORKER_OTP, and the same behind its operation. */
void worker_put_place(struct buf *b, const struct otp_place *place);
int worker_get_place(struct wire_reader *r, struct otp_place *ret,
	struct error *err);

void worker_put_interfaces(struct buf *b, const struct otp_interface *list,
	size_t n);
/* See otp_interfaces. ERROR_FAILED where it is malformed. */
int worker_get_interfaces(const struct buf *reply, struct otp_interface **ret,
	size_t *ret_n, struct error *err);

#endif
