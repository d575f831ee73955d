/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a login.db and its file of counters from plain rows, as a new file
 * that is renamed into its place when it is whole. Which rows these are is for
 * the caller to say.
 *
 * Errors, where not said otherwise: ERROR_FAILED naming the file. Until
 * login_write_finish has succeeded the old login.db stays as it is.
 */
#ifndef BRIDGE_LOGIN_WRITE_H
#define BRIDGE_LOGIN_WRITE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

struct login_write;

/*
 * Begins. Other writers of the same path wait from here on until this one is
 * freed, so what goes into the file is to be read after this call: ERROR_BUSY
 * after some seconds. ERROR_PERMISSION.
 */
int login_write_new(struct login_write **ret, const char *path,
	struct error *err);
/*
 * Begins rows that become no login.db: nothing is opened, made or waited for,
 * and no counters' slots are taken. `path` is for errors.
 */
int login_write_new_apart(struct login_write **ret, const char *path,
	struct error *err);
/* Removes what was not finished. */
void login_write_free(struct login_write **w);

/* A FIDO credential by which a user logs in; everything is borrowed. */
struct login_write_credential {
	const char *user;
	const char *token;  /* id of its row, of which 8 digits are read */
	const char *aaguid; /* "" if unknown */
	const unsigned char *id;
	size_t id_n;
	const unsigned char *public_key; /* COSE_Key */
	size_t public_key_n;
	uint32_t counter;
	bool verify_required;
	const char *rp; /* the relying party that it was made for */
};

/* An sk key of a user, for sshd; everything is borrowed. */
struct login_write_ssh_key {
	const char *user;
	const char *fingerprint; /* "SHA256:..." */
	const char *token;       /* "" where it is not known */
	const char *line;        /* "[OPTIONS ]TYPE BASE64" */
};

/*
 * Adds one. What a user has twice is held to the stricter of the two.
 * ERROR_UNSUPPORTED for a credential that is too long.
 */
int login_write_credential(struct login_write *w,
	const struct login_write_credential *c, struct error *err);
int login_write_ssh_key(struct login_write *w,
	const struct login_write_ssh_key *k, struct error *err);

/* Which state of which registry the rows are. */
struct login_write_source {
	uint64_t generation; /* number of its last event */
	const char *station; /* borrowed */
	bool rehearsal;
	time_t made_at;      /* 0: when it was begun */
};

/* How many are in it. */
struct login_written {
	size_t users;
	size_t credentials;
	size_t ssh_keys;
	bool group_missing; /* only root can read it: there is no LOGIN_GROUP */
};

/*
 * Says where the rows come from, and gives the file its name, synced: 0640 for
 * LOGIN_GROUP where root writes and the group exists, else 0600. *ret is
 * untouched on failure.
 */
int login_write_finish(struct login_write *w,
	const struct login_write_source *source, struct login_written *ret,
	struct error *err);

/* The numbers of what has been written so far. */
int login_write_count(struct login_write *w, struct login_written *ret,
	struct error *err);

/* Whether owner, group and mode are what login_write_finish gives. */
bool login_write_is_given(const struct stat *st);

#endif
