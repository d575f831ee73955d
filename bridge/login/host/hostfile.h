/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a login.db as text, on their way from the station to other hosts:
 * docs/FORMATS.md, "The file for other hosts". It is read as root on every one
 * of them, so it is lines and no database; there is one way to write each row,
 * and the rows are in one order, so that two files can be compared.
 *
 * It says who logs in, and nothing that a host does not need: no holder, no IAM
 * name, no place in a counters' file.
 */
#ifndef BRIDGE_LOGIN_HOST_HOSTFILE_H
#define BRIDGE_LOGIN_HOST_HOSTFILE_H

#include "base/buf.h"
#include "base/id.h"
#include "bridge/login/write.h"

#include <time.h>

#define HOSTFILE_MAX (64 << 20) /* bytes: some 100,000 keys */

/* When it was made, and from which state of which registry. */
struct hostfile_info {
	time_t made_at;
	uint64_t generation;           /* number of the registry's last event */
	char station[ID_LEN];          /* the registry's id */
	unsigned char head[SHA256_LEN]; /* the chain's hash there */
	bool rehearsal;
};

struct hostfile {
	struct hostfile_info info;
	size_t credentials;
	size_t ssh_keys;
	const char *name; /* for errors; borrowed */
	const char *rows; /* their lines; borrowed */
	size_t rows_n;
	size_t line;      /* number of the first of them */
};

/*
 * Checks all of it: form, order, that nothing is there twice, every row as the
 * reader of login.db needs it, the digest. ret borrows p and name. `name` is the
 * file's, for errors: ERROR_MALFORMED with the line and the byte,
 * ERROR_UNSUPPORTED for a later version. *ret is untouched on failure. Pure.
 */
int hostfile_parse(const char *p, size_t n, const char *name,
	struct hostfile *ret, struct error *err);

/* The rows of a file that was checked, into a login.db that is made. */
int hostfile_rows(const struct hostfile *f, struct login_write *to,
	struct error *err);

/* The whole file, of what has been written to w, appended to b. */
int hostfile_put(struct login_write *w, const struct hostfile_info *info,
	struct buf *b, struct error *err);

struct login_db;
/* Its rows alone, of a login.db. */
int hostfile_put_rows(struct login_db *db, struct buf *b, struct error *err);

#endif
