/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.db: what PAM and sshd may know. A projection of the registry in a file
 * of its own, keyed by the local user's name: no holder, no IAM name, no ARN.
 *
 * It is made new and renamed into its place (write.h), so who reads it
 * reads one whole state and needs no lock; it is opened as immutable.
 *
 * Everything that cannot be read, is not trusted or makes no sense is an
 * error, never "no keys": "the user has none" is known only from a row that is
 * not there in a file that is good.
 */
#ifndef BRIDGE_LOGIN_DB_H
#define BRIDGE_LOGIN_DB_H

#include "base/error.h"
#include "base/paths.h"
#include "bridge/login/user.h"
#include "bridge/login/wire.h"

#include <stdint.h>
#include <time.h>

#define LOGIN_DB_PATH PATH_STATE "/login.db"

#define LOGIN_DB_APPLICATION 0x746b6c67 /* "tklg" */
/* 1: every credential is one of LOGIN_RP; 2: each says whose it is. A file is
 * of 1 where that is enough, so that older programs read it. */
#define LOGIN_DB_VERSION 2
#define LOGIN_CREDENTIALS_MAX 64  /* of one user */
#define LOGIN_BYTES_MAX 1024      /* of a credential id or a key */
#define LOGIN_RP_LEN 257
#define LOGIN_RP "tokenbridge:login"
#define LOGIN_FUTURE_MAX 300      /* seconds that made-at may be ahead */

struct login_db;

/*
 * The rule of login_max_age, max_age in seconds (0: no limit), for what was made
 * at `made`: ERROR_REFUSED where it is older at `now`, or made in the future.
 */
int login_made_check(const char *path, time_t made, time_t now,
	uint64_t max_age, struct error *err);

/* When the file was made, and from which state of which registry. */
struct login_db_info {
	time_t made_at;
	uint64_t generation; /* number of the registry's last event */
	char station[33];
	bool rehearsal;
	char counters[33];   /* id of the counters' file, counter.h */
};

/*
 * Opens the file. It and its directory must belong to root or the effective
 * user and be writable by nobody else: ERROR_PERMISSION, also where it may not
 * be read. Not there, or not a login.db: ERROR_FAILED, ERROR_CORRUPT.
 * A later version: ERROR_UNSUPPORTED.
 */
int login_db_open(struct login_db **ret, const char *path, struct error *err);
void login_db_free(struct login_db **db);

/* Borrowed; valid until login_db_free. */
const char *login_db_path(const struct login_db *db);
const struct login_db_info *login_db_info(const struct login_db *db);

/* login_made_check of when the file was made. */
int login_db_check_age(const struct login_db *db, time_t now, uint64_t max_age,
	struct error *err);

/* One FIDO credential by which a user logs in. */
struct login_credential {
	char token[LOGIN_TOKEN_LEN];
	char aaguid[33];
	unsigned char id[LOGIN_BYTES_MAX];
	size_t id_n;
	unsigned char public_key[LOGIN_BYTES_MAX]; /* COSE_Key */
	size_t public_key_n;
	uint32_t counter;     /* when it was published */
	uint32_t slot;        /* of the counters' file */
	bool verify_required; /* the signed flags must say UV */
	char rp[LOGIN_RP_LEN]; /* the relying party that it was made for */
};

struct login_credentials {
	struct login_credential *p; /* owned */
	size_t n;
};

void login_credentials_done(struct login_credentials *list);

/*
 * The credentials of a user, under each of the names; n = 0 is known for
 * certain: every row is looked at, and a digest over them all. More than
 * LOGIN_CREDENTIALS_MAX, a row that makes no sense, or rows that were not
 * published together: ERROR_CORRUPT.
 */
int login_db_credentials(struct login_db *db, const struct user_names *user,
	struct login_credentials *ret, struct error *err);

/*
 * Calls `each` for every name that has a credential or an ssh key, once and in
 * order, until it returns non-zero, which is then returned. A name that is no
 * clean text is ERROR_CORRUPT.
 */
typedef int login_name_fn(const char *name, void *arg);
int login_db_names(struct login_db *db, login_name_fn *each, void *arg,
	struct error *err);

/* One sk key of a user, for sshd. */
struct login_ssh_key {
	char token[LOGIN_TOKEN_LEN]; /* "" where it is not known */
	const char *line;            /* "[OPTIONS ]TYPE BASE64"; borrowed */
};

/*
 * Calls `each` for the user's keys, under each of the names, until it returns
 * non-zero, which is then returned; only the key with that fingerprint
 * ("SHA256:...") where it is not NULL. A line with a control character is
 * ERROR_CORRUPT.
 */
typedef int login_ssh_key_fn(const struct login_ssh_key *key, void *arg);
int login_db_ssh_keys(struct login_db *db, const struct user_names *user,
	const char *fingerprint, login_ssh_key_fn *each, void *arg,
	struct error *err);

#endif
