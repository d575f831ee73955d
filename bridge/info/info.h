/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that one token says through every interface that it has. */
#ifndef BRIDGE_INFO_INFO_H
#define BRIDGE_INFO_INFO_H

#include "bridge/attached/attached.h"
#include "bridge/attached/row.h"
#include "bridge/verify/verify.h"
#include "token/fido/discoverable.h"
#include "token/identity.h"
#include "token/worker/oath.h"

/* What the slow interfaces said; a text says why one said nothing. */
struct info {
	int pin_retries; /* -1: not known */
	json_t *getinfo; /* owned; NULL: none */
	char getinfo_text[ERROR_TEXT_MAX];
	struct discoverable discoverable; /* owned; with --credentials */
	bool has_discoverable;
	struct oath_card *card; /* owned; NULL: none */
	char card_text[ERROR_TEXT_MAX];
	struct otp_interface otp;
	bool has_otp;
	char otp_text[ERROR_TEXT_MAX];
	struct identity_differences differences;
	struct attached_row row; /* owned: of the registry, by serial number */
	char row_text[ERROR_TEXT_MAX];
	const struct advisories *advisories; /* borrowed from the request */
	struct steps steps;           /* against them */
};

/* Which token to ask for what; everything is borrowed. */
struct info_request {
	const struct token *token;
	struct fido *fido;           /* owned, unlike the rest: closed once it
	                                was asked, for its other interfaces to
	                                be free; NULL: it could not be opened */
	struct registry *reg;        /* NULL: there is none to look in */
	const char *registry_text;   /* why not; NULL: there is none at all */
	const struct advisories *advisories;
	bool credentials;            /* what it keeps, which takes the PIN */
};

/* *ret is all zero before; info_done() in any case. */
int info_gather(const struct run *run, const struct info_request *q,
	struct info *ret, struct error *err);
void info_done(struct info *m);

#endif
