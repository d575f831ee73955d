/* SPDX-License-Identifier: Apache-2.0 */
/* FIDO's metadata: getting the newest blob into the trust store. */
#ifndef BRIDGE_VERIFY_METADATA_H
#define BRIDGE_VERIFY_METADATA_H

#include "bridge/command/command.h"
#include "token/trust/mds-cache.h"

#define METADATA_URL "https://mds3.fidoalliance.org/"

/* Whether --mds (or its default) names something on the network. */
bool metadata_is_remote(const struct options *o);

/* What an update came to. */
struct metadata_update {
	struct mds *mds;     /* owned: what is stored now */
	bool changed;        /* false: it was the newest already */
	size_t unreadable;   /* entries that are there and cannot be read */
};

void metadata_update_done(struct metadata_update *u);

/*
 * Reads the blob that --mds names, checks it against the setting mds_anchors at
 * --at (default now) and stores it. On failure the stored one is as before, and
 * the error says so. ERROR_EXPIRED, ERROR_REFUSED (signer, signature, an older
 * number), ERROR_MALFORMED, ERROR_FAILED (not reached).
 */
int metadata_update(struct app *app, struct metadata_update *ret,
	struct error *err);

/* Members for --json: number, nextUpdate, entries ... New object. */
json_t *metadata_json(const struct mds *m);
/* One line for people. */
#define METADATA_LINE_LEN 512
void metadata_describe(const struct mds *m, char ret[METADATA_LINE_LEN]);

#endif
