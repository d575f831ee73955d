/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that one token says through every interface that it has. */
#ifndef BRIDGE_INFO_INFO_H
#define BRIDGE_INFO_INFO_H

#include "bridge/open/token.h"
#include "bridge/verify/verify.h"
#include "bridge/open/row.h"
#include "token/identity.h"
#include "token/fido/discoverable.h"
#include "token/worker/oath.h"

/* What the slow interfaces said; a text says why one said nothing. */
struct info {
	int pin_retries; /* -1: not known */
	json_t *getinfo; /* owned; NULL: none */
	char getinfo_text[512];
	struct discoverable discoverable; /* owned; with --credentials */
	bool has_discoverable;
	struct oath_card *card; /* owned; NULL: none */
	char card_text[512];
	struct otp_interface otp;
	bool has_otp;
	char otp_text[512];
	struct identity_differences differences;
	struct watch_row row; /* owned: of the registry, by serial number */
	char row_text[512];
	struct advisories advisories; /* owned */
	struct steps steps;           /* against them */
};

/*
 * All zero before; info_done() in any case. reg is the registry where it is
 * open already, else NULL: then it is opened where there is one.
 */
int info_gather(struct app *app, const struct token *t, struct registry *reg,
	struct info *ret, struct error *err);
void info_done(struct info *m);

/* The TOKEN of --json with all of it. New object. */
json_t *info_json(const struct token *t, const struct info *m);
/* The same for people, on standard output. */
void info_print(const struct token *t, const struct info *m);

/* "on", "off", "no" */
const char *info_option_text(enum fido_option o);

#endif
