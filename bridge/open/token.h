/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in, and which of them is meant. */
#ifndef BRIDGE_OPEN_TOKEN_H
#define BRIDGE_OPEN_TOKEN_H

#include "bridge/command/command.h"
#include "bridge/registry/registry.h"
#include "token/token.h"

struct attached {
	struct token *tokens; /* owned */
	size_t n;
};

int attached_list(const struct app *app, struct attached *ret,
	struct error *err);
void attached_done(struct attached *a);

/* The same for nodes that were enumerated already. */
int attached_ask(const struct app *app, const struct node *nodes, size_t n,
	struct attached *ret, struct error *err);

/* Whether it is what --token NAME means. reg (or NULL) knows labels. */
bool attached_is_named(const struct token *t, const char *name,
	struct registry *reg);

/*
 * The one that --token names, or the only one that there is; usable or not.
 * ERROR_NO_TOKEN where there is none, or several and none named: then the text
 * lists them. reg (or NULL) knows labels.
 */
int attached_select(const struct app *app, const struct attached *a,
	struct registry *reg, const struct token **ret, struct error *err);

/*
 * Both, into an empty list; where the one that --token names is not among
 * those that could be asked, waits a few seconds for tokens that another
 * process holds.
 */
int attached_find(const struct app *app, struct attached *a,
	struct registry *reg, const struct token **ret, struct error *err);

/* ERROR_PERMISSION, ERROR_BUSY ... where the token has a problem. */
int attached_check(const struct token *t, struct error *err);

/* Opens the FIDO side; waits a few seconds for another holder. */
int attached_open(const struct app *app, const struct token *t,
	struct fido **ret, struct error *err);

/* When a wait for a touch ends: --touch-timeout from now. */
int attached_touch_deadline(const struct app *app, deadline_t *ret,
	struct error *err);

/* "YubiKey OTP+FIDO+CCID, serial 12345678" for prompts and errors. */
void attached_describe(const struct token *t, char *ret, size_t size);

/* The members of a token in `list`, `info` and `verify` --json. New object. */
json_t *attached_json(const struct token *t);

#endif
