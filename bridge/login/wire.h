/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pam_tokenbridge and tokenbridge-auth say to each other: one request
 * (and a PIN), then prompts, then one answer. Both sides read the other's frames as
 * input like any other; an answer may come before the request was read. Pure.
 */
#ifndef BRIDGE_LOGIN_WIRE_H
#define BRIDGE_LOGIN_WIRE_H

#include "base/buf.h"
#include "base/secret.h"

#include <stdint.h>

#define LOGIN_USER_LEN 257
#define LOGIN_ITEM_LEN 257
#define LOGIN_PATH_LEN 1025
#define LOGIN_TOKEN_LEN 9  /* eight digits of the row's id */
#define LOGIN_NAME_LEN 97
#define LOGIN_PIN_MAX 63 /* bytes; CTAP 2.1 section 6.5.1 */

enum login_flag {
	LOGIN_REMOTE_ALLOWED = 1, /* also where nobody is known to sit here */
	LOGIN_VERIFY = 2,         /* the user must be verified */
	/* what an administrator says of the service (seat/word.h) */
	LOGIN_SEAT_GREETER = 4,
	LOGIN_SEAT_PEER = 8,
	LOGIN_SEAT_UNLOCK = 16,
};

struct login_request {
	bool prove;  /* with the PIN, a frame of its own that follows;
	                false: unless a PIN is wanted */
	uint32_t flags;
	uint32_t timeout_ms; /* for all that the helper does but waiting */
	uint32_t wait_ms;    /* for a token to be plugged in */
	char user[LOGIN_USER_LEN];
	char service[LOGIN_ITEM_LEN];
	char remote_host[LOGIN_ITEM_LEN];
	char login_db[LOGIN_PATH_LEN]; /* "": what the system's file says */
	char token[LOGIN_TOKEN_LEN];   /* with prove: whose PIN it is */
};

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
	LOGIN_UNKNOWN_USER = 'o', /* NSS says that there is no such user */
	LOGIN_NOT_LOCAL = 'l',
	LOGIN_NOT_ROOT = 'u',    /* the caller may not ask */
	LOGIN_NOT_LISTED = 'i',  /* ... by that service, as he is not root */
	LOGIN_TOO_OFTEN = 'y',   /* ... now, for he has asked so often */
	LOGIN_NO_RECORD = 'd',   /* login.db or the counters are not usable */
	LOGIN_NO_TOKEN = 't',    /* none here is the user's */
	LOGIN_BUSY = 'b',        /* held by another process */
	LOGIN_NOT_TOUCHED = 'h',
	LOGIN_PIN_WRONG = 'p',
	LOGIN_PIN_BLOCKED = 'k', /* until it is plugged in anew, or for good */
	LOGIN_PIN_SCARCE = 's',  /* the last tries are not spent here */
	LOGIN_PIN_DEAD = 'z',    /* no try is left: only a reset helps */
	LOGIN_PIN_CHANGE = 'm',  /* the token takes none before it is new */
	LOGIN_PIN_UNFIT = 'q',   /* it can be no PIN of this token */
	LOGIN_SILENT = 'e',      /* a token does not answer, and may be his */
	LOGIN_FALSE = 'f',       /* signature, flags or relying party */
	LOGIN_COUNTER = 'c',     /* it fell: perhaps a clone */
	LOGIN_FAILED = 'x',
};

struct login_reply {
	enum login_reply_kind kind;
	enum login_result result;
	bool needs_pin;        /* with LOGIN_READY */
	bool counter_unsaved;  /* with LOGIN_GRANTED: err says why */
	char token[LOGIN_TOKEN_LEN]; /* "" where none is known */
	char name[LOGIN_NAME_LEN]; /* with needs_pin: the token, for people */
	uint32_t min_pin;      /* with needs_pin: code points; 0: not known */
	char aaguid[33];
	uint32_t counter;
	uint32_t flags;        /* signed ones */
	char text[LOGIN_ITEM_LEN]; /* for the log */
	char alert[LOGIN_ITEM_LEN]; /* for the log, whatever the result: a
	                       device that answered falsely; "": none */
};

void login_request_write(const struct login_request *q, struct buf *b);
/* ERROR_MALFORMED. */
int login_request_read(const unsigned char *p, size_t n,
	struct login_request *ret, struct error *err);
/*
 * Leaves of a request what counts where root has not made it: which service it
 * is, and what makes it stricter. Whose it is says the kernel.
 */
void login_request_distrust(struct login_request *q);

/*
 * The frame behind a request with `prove`: the PIN's bytes. ret must be empty.
 * ERROR_MALFORMED.
 */
int login_pin_read(const unsigned char *p, size_t n, struct secret *ret,
	struct error *err);
/*
 * Whether it can be a PIN of a token that wants `least` code points (0: not
 * known, CTAP's 4 then), so that no try is spent on a slip: the key's own OTP
 * (44 letters of modhex) is none. (CTAP 2.1 section 6.5.1.)
 */
bool login_pin_is_fit(const char *p, size_t n, uint32_t least);

void login_reply_write(const struct login_reply *a, struct buf *b);
/* ERROR_MALFORMED. */
int login_reply_read(const unsigned char *p, size_t n, struct login_reply *ret,
	struct error *err);

#endif
