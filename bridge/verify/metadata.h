/* SPDX-License-Identifier: Apache-2.0 */
/* FIDO's metadata: getting the newest blob into the trust store. */
#ifndef BRIDGE_VERIFY_METADATA_H
#define BRIDGE_VERIFY_METADATA_H

#include "bridge/run/run.h"
#include "token/trust/mds-cache.h"

#define METADATA_URL "https://mds3.fidoalliance.org/"

/* What to get; everything is borrowed. */
struct metadata_request {
	const char *dir;     /* of the trust store */
	const char *source;  /* a URL or a file */
	const char *signers; /* PEM files of what it may be signed under,
	                        separated by blanks */
	const char *ca_bundle, *proxy; /* of the system's settings; NULL: none */
	time_t at;           /* by which signatures and dates are judged */
};

/* Whether that names something on the network. */
bool metadata_is_remote(const char *source);

/* What an update came to. */
struct metadata_update {
	struct mds *mds;     /* owned: what is stored now */
	bool changed;        /* false: it was the newest already */
	size_t unreadable;   /* entries that are there and cannot be read */
};

void metadata_update_done(struct metadata_update *u);

/*
 * Reads the blob, checks it against the signers and stores it. On failure the
 * stored one is as before, and the error says so. ERROR_EXPIRED, ERROR_REFUSED
 * (signer, signature, an older number), ERROR_MALFORMED, ERROR_FAILED (not
 * reached).
 */
int metadata_update(const struct run *run, const struct metadata_request *q,
	struct metadata_update *ret, struct error *err);

#endif
