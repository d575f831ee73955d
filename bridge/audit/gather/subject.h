/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One user while he is asked about: as few questions as decide, each from within
 * the answer to the one before. For users.c, which asks about all of them.
 */
#ifndef BRIDGE_AUDIT_GATHER_SUBJECT_H
#define BRIDGE_AUDIT_GATHER_SUBJECT_H

#include "aws/many/calls.h"
#include "bridge/audit/gather/steps.h"

struct crowd;

/* One user while he is asked about. */
struct subject {
	struct live_asked asked; /* his devices; first: see live_on_device */
	struct crowd *crowd;
	bool devices_asked, password_asked;
	bool keys_asked, user_asked;
	bool exists;             /* a password, as GetLoginProfile answered */
	bool gone;
	bool contradicted;       /* his own list, by that of virtual devices */
	bool over;               /* nothing more is asked */
	struct audit_fact mfa, password, listed, key, rights;
	bool bounded;
	struct iam_user *user;   /* owned; as GetUser answered */
	bool user_found;
	char *mfa_why, *password_why, *key_why, *rights_why; /* owned: of these */
};

struct crowd {
	struct live *l;
	struct calls *calls;     /* owned */
	/* nothing more is asked about him */
	int (*over_with)(struct subject *p, struct error *err);
	struct subject *p;        /* owned; one for each of the people */
	size_t next;             /* of the people whose row comes next */
	size_t over;             /* how many are */
	const char **virtual_ids; /* owned array of borrowed ids, sorted */
	size_t virtual_ids_n;
	int64_t begun;
};

/* The user with that index among the people; ended by subject_done. */
void subject_init(struct subject *p, struct crowd *c, size_t owner);
void subject_done(struct subject *p);
/* Puts his next question, or says that he is over. Errors as of live steps. */
int subject_ask(struct subject *p, struct error *err);
/* His row of the people. */
const struct live_person *subject_row(const struct subject *p);
/* The row that follows from what is known of him by now. */
void subject_judge(struct subject *p);

/* Sorts the ids of those who have a virtual device, before anybody is asked. */
int crowd_find_virtual(struct crowd *c, struct error *err);

#endif
