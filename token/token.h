/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer's face: tokens, made from device nodes. One physical key is one
 * token, whatever interfaces it shows; what joins them is written down.
 */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include "base/node.h"
#include "token/fido/fido.h"

#include <sys/types.h>

/* Why a token cannot be used as it is now. */
enum token_problem {
	TOKEN_USABLE,
	TOKEN_NO_PERMISSION,
	TOKEN_HELD,      /* by another process */
	TOKEN_NO_FIDO,   /* it shows no FIDO interface */
	TOKEN_BROKEN,    /* it does not answer as it should */
	TOKEN_GONE,      /* unplugged while it was asked */
};

struct token {
	struct node node;      /* the FIDO node; without one, any of its own */
	unsigned nodes;        /* how many nodes it has */
	enum token_problem problem;
	char problem_text[ERROR_TEXT_MAX]; /* "" where usable */
	bool identified;       /* fido and devinfo are filled */
	struct fido_info fido;
	struct devinfo devinfo;
};

/* How a token's interfaces are known to be one key. */
#define TOKEN_JOIN_USB "same-usb-parent"
#define TOKEN_JOIN_SERIAL "same-serial"

/*
 * Groups nodes by USB parent, keeps those that are or may be tokens, asks all
 * FIDO interfaces on USB side by side who they are, and closes them. Never
 * waits for another process that holds a token; waits at most ms for the
 * answers. free() *ret.
 */
int token_list(const struct node *nodes, size_t n, int cancel_fd, int64_t ms,
	struct token **ret, size_t *ret_n, struct error *err);

/*
 * The same, of tokens on readers too. *ret_open gets, for each of the *ret_n
 * tokens, the token as it was opened, still locked, or NULL; end it by
 * token_close_all().
 */
int token_list_open(const struct node *nodes, size_t n, int cancel_fd,
	int64_t ms, struct token **ret, struct fido ***ret_open, size_t *ret_n,
	struct error *err);
void token_close_all(struct fido ***open, size_t n);

/*
 * Pid of the process that holds the node, 0 if none or unknown; `name` (of size
 * bytes) gets its program's name. Opens nothing.
 */
pid_t token_holder(const char *node_path, char *name, size_t size);

/* The serial number that the token reports; false where it has none. */
bool token_serial(const struct token *t, uint32_t *ret);

/* "YubiKey 5 OTP+FIDO+CCID", "Solo 4": product name for people. */
void token_product(const struct token *t, char *ret, size_t size);

/* "5.7.4", or "" where it does not say. */
void token_firmware(const struct token *t, char ret[12]);

/* What is switched on over USB: "FIDO2 U2F OTP OATH PIV". */
void token_applications(const struct token *t, char *ret, size_t size);

#endif
