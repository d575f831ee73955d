/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata blob in the trust store: one file, `metadata.blob`, that holds
 * the blob as it was served and behind it one line about it (docs/FORMATS.md).
 * It is as trusted as the anchors beside it: only who may write there can have
 * put it there, after its signature was checked.
 */
#ifndef TOKEN_TRUST_MDS_CACHE_H
#define TOKEN_TRUST_MDS_CACHE_H

#include "token/trust/mds.h"

/* Where a blob came from. */
struct mds_origin {
	char url[256];  /* "" where from a file */
	char etag[128]; /* as the server sent it, or "" */
};

/*
 * The stored blob; *ret NULL where there is none. ERROR_PERMISSION where the
 * file is not trusted, ERROR_CORRUPT where its bytes are not those that were
 * stored. ret_origin may be NULL.
 */
int mds_cache_load(const char *dir, struct mds **ret,
	struct mds_origin *ret_origin, struct error *err);

/*
 * Puts a verified blob in the place of the stored one, or nothing at all.
 * `blob` is what mds_open read; it grows by the line. m learns fetched_at.
 * ERROR_REFUSED where its number is less than stored_number, which the caller
 * has seen there: 0 where there is none, or none that is sound. (To look here
 * again would take the memory of a second blob.)
 */
int mds_cache_store(const char *dir, struct buf *blob, struct mds *m,
	time_t fetched_at, const struct mds_origin *origin,
	uint64_t stored_number, struct error *err);

/* Whether the stored bytes are this blob's, which mds_open has read. */
bool mds_cache_has(const char *dir, const struct buf *blob);

/* Writes down that the stored blob is the newest at `at` too. */
int mds_cache_confirm(const char *dir, time_t at, struct error *err);

/* Removes it; *ret_absent where there is none. */
int mds_cache_remove(const char *dir, bool *ret_absent, struct error *err);

#endif
