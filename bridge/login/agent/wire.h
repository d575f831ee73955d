/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tokenbridge-auth and the process of one token say to each other. That
 * process has read bytes of a token: what it says is input like any other, and
 * what it claims counts only by a signature. Pure.
 */
#ifndef BRIDGE_LOGIN_AGENT_WIRE_H
#define BRIDGE_LOGIN_AGENT_WIRE_H

#include "base/secret.h"
#include "token/fido/fido.h"

#define AGENT_NO_CREDENTIAL 0xffffu

enum agent_order_kind {
	AGENT_LOOK = 'L',  /* which of the credentials does it have? */
	AGENT_PROVE = 'P', /* have it sign for one, with a touch */
};

struct agent_order {
	enum agent_order_kind kind;
	bool pin_facts;        /* with LOOK: what is to be known for a PIN is
	                          asked too, and getInfo */
	unsigned credential;   /* with PROVE: index */
	struct buf client_data; /* owned */
	struct secret pin;     /* with PROVE; empty: none */
};

void agent_order_init(struct agent_order *o);
void agent_order_done(struct agent_order *o);
/* The frame may hold a PIN: buf_done wipes it. */
void agent_order_write(const struct agent_order *o, struct buf *b);
/* ERROR_MALFORMED. *ret must be initialised. */
int agent_order_read(const unsigned char *p, size_t n, struct agent_order *ret,
	struct error *err);

enum agent_report_kind {
	AGENT_BUSY = 'b',   /* another process holds it; it is waited for */
	AGENT_LOOKED = 'l', /* facts, and what it signed without a touch */
	AGENT_TOUCH = 't',  /* it waits for a touch */
	AGENT_WANTS_PIN = 'w', /* facts: it does not sign without its PIN */
	AGENT_PROVED = 'p', /* what it signed */
	AGENT_FAILED = 'x', /* code and text; the last one */
};

/* What a token says of itself: nothing of it is proved. */
struct agent_facts {
	bool ctap2;
	bool has_pin;
	bool always_uv;
	bool pin_change_forced;
	uint32_t min_pin;   /* code points, 0: not known */
	int32_t pin_retries; /* -1: not known */
	uint32_t serial;    /* 0: not known */
	bool brief;         /* of all these ctap2 alone is known */
};

struct agent_report {
	enum agent_report_kind kind;
	struct agent_facts facts;
	unsigned credential; /* index; AGENT_NO_CREDENTIAL: it has none */
	bool is_signed;      /* U2F signs nothing without a touch */
	struct buf auth_data, signature; /* owned */
	enum error_code code;
	char text[200];
};

void agent_report_init(struct agent_report *r);
void agent_report_done(struct agent_report *r);
void agent_report_write(const struct agent_report *r, struct buf *b);
/* ERROR_MALFORMED; `credentials`: how many there are. *ret must be initialised,
 * and is to be ended in any case. */
int agent_report_read(const unsigned char *p, size_t n, size_t credentials,
	struct agent_report *ret, struct error *err);

#endif
