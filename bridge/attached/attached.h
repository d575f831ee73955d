/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in, and which of them is meant. */
#ifndef BRIDGE_ATTACHED_ATTACHED_H
#define BRIDGE_ATTACHED_ATTACHED_H

#include "bridge/run/run.h"
#include "token/card/join.h"
#include "token/token.h"

struct registry;

/* Which tokens are meant; everything is borrowed. */
struct wanted {
	const char *name;     /* serial number, label, the first digits of the
	                         row's id, or path; NULL: the only one that
	                         there is */
	bool readers;         /* those on readers too */
	struct registry *reg; /* which knows labels; NULL: none does */
	bool alone;           /* others are not asked where a path names it */
};

struct attached {
	struct token *tokens; /* owned */
	size_t n;
	const struct token *chosen; /* in tokens; NULL before a choice */
};

/* A token's smart card, as it was found before. */
struct attached_card {
	bool found;              /* else nothing is known */
	struct card_place place; /* with its application's id */
	enum card_join join;
	bool locked;             /* by a password */
};

/* How long a token may take to answer who it is. */
#define ATTACHED_ANSWER_MS 3000

/* Those that are plugged in, all that there are. */
int attached_look(const struct run *run, struct attached *ret,
	struct error *err);
/* Those that w wants looked at, on readers too. */
int attached_list(const struct run *run, const struct wanted *w,
	struct attached *ret, struct error *err);
/* The same, and they stay open: *ret_open is as token_list_open's. */
int attached_list_open(const struct run *run, const struct wanted *w,
	struct attached *ret, struct fido ***ret_open, struct error *err);
void attached_done(struct attached *a);

/* It does not only want what is plugged in. */
bool attached_wants_readers(const struct wanted *w);

/* The same for nodes that were enumerated already. */
int attached_ask(const struct run *run, const struct node *nodes, size_t n,
	struct attached *ret, struct error *err);

/* Whether it is what w names, as far as the token's own words tell; true where
 * that names none. */
bool attached_is_wanted(const struct token *t, const struct wanted *w);

/*
 * Lists, into an empty list, and chooses the one that w names, or the only one
 * that there is; usable or not. The row behind a label or an id finds its token
 * by the serial number, else by the identity credential, for which each token
 * is asked silently. ERROR_NO_TOKEN where there is none, or several and none
 * named: then the text lists them. Where the one that is named is not among
 * those that could be asked, waits a few seconds for tokens that another
 * process holds.
 */
int attached_find(const struct run *run, const struct wanted *w,
	struct attached *a, struct error *err);

/*
 * The same, and the chosen one stays open and locked in *ret; NULL where it has
 * a problem. attached_open() then goes on from there.
 */
int attached_find_open(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret, struct error *err);

/* ERROR_PERMISSION, ERROR_BUSY ... where the token has a problem. */
int attached_check(const struct token *t, struct error *err);

/*
 * Opens the FIDO side, unless *ret is open already; waits a few seconds for
 * another holder.
 */
int attached_open(const struct run *run, const struct token *t,
	struct fido **ret, struct error *err);

/* "YubiKey OTP+FIDO+CCID, serial 12345678" for prompts and errors. */
void attached_describe(const struct token *t, char *ret, size_t size);

/* The same in a sentence, with the registry's name where there is one (label
 * NULL: none, or not known): "the token 'blue-7' (YubiKey ..., serial 1)". */
#define ATTACHED_WHO_LEN 520
void attached_who(const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN]);
/* And at the beginning of one: "blue-7 (YubiKey ..., serial 1)". */
void attached_title(const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN]);

/* The members of a token in `list`, `info` and `verify` --json. New object. */
json_t *attached_json(const struct token *t);

#endif
