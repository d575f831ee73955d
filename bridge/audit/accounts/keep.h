/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder that results of accounts are kept in: that of --state, which a
 * later run finds, or one that goes with this run. 0700, files 0600, whole or
 * not there: a result gets its name when it has come to its end.
 *
 * Nothing is synced: after a power cut an account is asked again.
 */
#ifndef BRIDGE_AUDIT_ACCOUNTS_KEEP_H
#define BRIDGE_AUDIT_ACCOUNTS_KEEP_H

#include "base/error.h"

#include <stdio.h>

struct keep {
	int fd;    /* the folder */
	int lock;  /* held as long as this run works on it */
	char *path; /* owned; of one that goes with this run, else NULL */
};

#define KEEP_INIT { -1, -1, NULL }

/*
 * path NULL: a new one in $TMPDIR, else /tmp. ERROR_PERMISSION where the folder
 * is another's or others may look into it, ERROR_BUSY where another run works
 * on it. What a run that was killed had not finished is removed.
 */
int keep_open(struct keep *ret, const char *path, struct error *err);
/* One that goes with this run is removed with all that is in it. */
void keep_done(struct keep *k);

/* A result that is being written, empty. */
int keep_begin(const struct keep *k, const char *account, int *ret_fd,
	struct error *err);
/* It is whole: it takes the place of an earlier one. */
int keep_finish(const struct keep *k, const char *account, struct error *err);

/* The whole one, or (`finished` false) the one that is being written; NULL
 * where there is none, or it is not ours. */
FILE *keep_read(const struct keep *k, const char *account, bool finished);
/* Removes the one that was being written. */
void keep_drop(const struct keep *k, const char *account);

#endif
