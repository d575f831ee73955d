/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pam_tokenbridge and tokenbridge-auth say to each other: one request,
 * then touch prompts, then one answer. Both sides read the other's frames as
 * input like any other. Pure.
 */
#ifndef BRIDGE_LOGIN_WIRE_H
#define BRIDGE_LOGIN_WIRE_H

#include "base/buf.h"
#include "base/secret.h"

#include <stdint.h>

#define LOGIN_USER_LEN 257
#define LOGIN_ITEM_LEN 257
#define LOGIN_PATH_LEN 1025
#define LOGIN_PIN_MAX 63 /* bytes; CTAP 2.1 section 6.5.1 */

enum login_flag {
	LOGIN_REMOTE_ALLOWED = 1, /* also where nobody is known to sit here */
	LOGIN_VERIFY = 2,         /* the user must be verified */
};

struct login_request {
	bool prove;  /* with the PIN; false: unless a PIN is wanted */
	uint32_t flags;
	uint32_t timeout_ms; /* for all that the helper does but waiting */
	uint32_t wait_ms;    /* for a token to be plugged in */
	char user[LOGIN_USER_LEN];
	char service[LOGIN_ITEM_LEN];
	char tty[LOGIN_ITEM_LEN];
	char remote_host[LOGIN_ITEM_LEN];
	char login_db[LOGIN_PATH_LEN]; /* "": what the system's file says */
	struct secret pin;             /* empty: none */
};

#define LOGIN_REQUEST_INIT { .pin = SECRET_INIT }

enum login_reply_kind {
	LOGIN_PROMPT_INSERT = 'I', /* ask the person to plug a token in */
	LOGIN_PROMPT_TOUCH = 'T',  /* ... to touch it */
	LOGIN_ANSWER = 'A',     /* the last one */
};

/*
 * Letters, so that no slip makes one into another. What is none of them is
 * refused.
 */
enum login_result {
	LOGIN_READY = 'r',       /* not proved yet: ask for the PIN */
	LOGIN_GRANTED = 'G',
	LOGIN_NO_BINDING = 'n',  /* known for certain */
	LOGIN_NOT_LOCAL = 'l',
	LOGIN_NOT_ROOT = 'u',    /* the caller may not ask */
	LOGIN_NO_RECORD = 'd',   /* login.db or the counters are not usable */
	LOGIN_NO_TOKEN = 't',    /* none here is the user's */
	LOGIN_BUSY = 'b',        /* held by another process */
	LOGIN_NOT_TOUCHED = 'h',
	LOGIN_PIN_WRONG = 'p',
	LOGIN_PIN_BLOCKED = 'k', /* until it is plugged in anew, or for good */
	LOGIN_PIN_SCARCE = 's',  /* the last tries are not spent here */
	LOGIN_FALSE = 'f',       /* signature, flags or relying party */
	LOGIN_COUNTER = 'c',     /* it fell: perhaps a clone */
	LOGIN_FAILED = 'x',
};

struct login_reply {
	enum login_reply_kind kind;
	enum login_result result;
	bool needs_pin;        /* with LOGIN_READY */
	bool counter_unsaved;  /* with LOGIN_GRANTED: err says why */
	char token[9];         /* "" where none is known */
	char aaguid[33];
	uint32_t counter;
	uint32_t flags;        /* signed ones */
	char text[LOGIN_ITEM_LEN]; /* for the log */
};

/* The frame's bytes go into a secret, for they may hold a PIN. */
int login_request_write(const struct login_request *q, struct secret *ret,
	struct error *err);
/* ERROR_MALFORMED. ret->pin must be empty. */
int login_request_read(const unsigned char *p, size_t n,
	struct login_request *ret, struct error *err);
void login_request_done(struct login_request *q);

void login_reply_write(const struct login_reply *a, struct buf *b);
/* ERROR_MALFORMED. */
int login_reply_read(const unsigned char *p, size_t n, struct login_reply *ret,
	struct error *err);

#endif
