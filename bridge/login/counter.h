/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature counters as seen at login: fixed-size records in a file of their
 * own beside login.db, preallocated, so that a login writes where a full disk
 * cannot refuse. Each credential has a slot of two records that are written by
 * turns: a torn write leaves the other.
 *
 *   header   "tokenbridge-counters-1\n" and 32 hex digits (the file's id, which
 *            login.db names), padded with NUL to 128 bytes
 *   record   16 bytes of SHA-256(credential id), turn, counter (u32 each),
 *            time (u64), 16 zeros, 16 bytes of SHA-256 over what is before;
 *            big endian
 */
#ifndef BRIDGE_LOGIN_COUNTER_H
#define BRIDGE_LOGIN_COUNTER_H

#include "base/deadline.h"
#include "base/error.h"

#include <stdint.h>

#define COUNTER_ID_LEN 33

struct counters {
	int fd;              /* owned; -1: none */
	bool read_only;      /* the file system is: nothing can be saved */
	unsigned char *keys; /* owned; of all slots, for counters_slot only */
	uint32_t slots;
	uint32_t synced;     /* of them were there at counters_make, or are
	                        synced since */
};

#define COUNTERS_INIT { -1, false, NULL, 0, 0 }

/* "PATH.counters"; free() it. */
char *counters_path(const char *login_db_path);

/*
 * Opens the file with that id. It must be private to root or the effective
 * user (ERROR_PERMISSION); another id or form is ERROR_CORRUPT.
 */
int counters_open(struct counters *ret, const char *path, const char *id,
	struct error *err);
void counters_done(struct counters *c);

/*
 * Locks a slot against other logins; publishing does not wait for it.
 * ERROR_BUSY.
 */
int counters_lock(struct counters *c, uint32_t slot, deadline_t until,
	struct error *err);
void counters_unlock(struct counters *c, uint32_t slot);

/*
 * The last counter of a credential. ERROR_CORRUPT where neither record of the
 * slot is its own and whole.
 */
int counters_read(struct counters *c, uint32_t slot, const void *credential,
	size_t n, uint32_t *ret, struct error *err);

/*
 * Saves it durably. ERROR_FAILED with err->status = errno where the medium
 * says no.
 */
int counters_write(struct counters *c, uint32_t slot, const void *credential,
	size_t n, uint32_t counter, struct error *err);

/* ---- for write.c ---- */

/*
 * Opens the file, or makes one with the given id, which becomes that of the
 * file where there was one. It stays locked
 * against another publisher until counters_done: who has read the registry
 * first must not be last with login.db. ERROR_BUSY after some seconds.
 */
int counters_make(struct counters *ret, const char *path,
	char id[COUNTER_ID_LEN], struct error *err);

/*
 * The slot that a credential has, else a new one at the end which begins with
 * `counter`. A damaged slot of its own is mended in the same way. A new one has
 * its room on the medium, and is only there to stay after counters_sync.
 */
int counters_slot(struct counters *c, const void *credential, size_t n,
	uint32_t counter, uint32_t *ret, struct error *err);

/*
 * Makes all slots outlive a power cut, with one sync for all of them: before
 * anything names them. Where that fails the new ones are taken back, and no
 * number that counters_slot told since is one.
 */
int counters_sync(struct counters *c, struct error *err);

#endif
