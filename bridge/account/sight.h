/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has an MFA device now, by AWS's own lists. A user is known by the unique
 * id: names change and are given again.
 */
#ifndef BRIDGE_ACCOUNT_SIGHT_H
#define BRIDGE_ACCOUNT_SIGHT_H

#include "bridge/account/account.h"

enum sight_at {
	SIGHT_UNSEEN,  /* AWS does not tell */
	SIGHT_ABSENT,  /* no such device */
	SIGHT_FREE,    /* there, and nobody's */
	SIGHT_NOT_HIS, /* not the user's; AWS tells no more */
	SIGHT_UNLISTED, /* the only list that there is lacks it: a vendor's bare
	                  number, of which no other call tells */
	SIGHT_HIS,     /* enabled for the user */
	SIGHT_OTHERS,  /* enabled for somebody else */
	SIGHT_PLACES,  /* how many */
};

struct sight {
	enum sight_at at;
	time_t enabled;              /* with HIS, OTHERS; 0: not told */
	char user[IAM_NAME_MAX + 1]; /* with HIS, UNLISTED, OTHERS: the name by
	                                now */
	bool of_root;                /* with OTHERS: `user` is "root" */
	struct error why;            /* what AWS said that does not tell whose it
	                                is: with UNSEEN and NOT_HIS, and where
	                                account_look_everywhere() was refused */
};

/* Whose device, as it was known before. Borrowed. */
struct sight_of {
	const char *user;    /* IAM name */
	const char *user_id; /* "": the name has to do */
	const char *serial;
};

/*
 * Asks ListVirtualMFADevices for a virtual device, and ListMFADevices; of a FIDO
 * device that the list lacks GetMFADevice, too. A list that lags behind, or lies,
 * is outvoted by the other source as far as the user is concerned: he has it
 * where either says so. What AWS refuses to tell is no
 * error; ERROR_INTERRUPTED, and ERROR_UNREACHABLE where nothing can be asked.
 */
int account_look(struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *err);

/*
 * Of a vendor's bare number, which no list of an account's devices has: whether
 * another user has it, by each user's own list. SIGHT_OTHERS with the user, or
 * ret->at is left. As many calls as there are users. What AWS refuses to tell is
 * no error, and nobody's word: ret->why has it.
 */
int account_look_everywhere(struct account *c, const char *serial,
	struct sight *ret, struct error *err);

/*
 * The user by the name that was known, else, as it may have been renamed, by
 * the unique id in the list of all users. name "" or NULL: by the id alone;
 * id "": by the name alone.
 */
int account_find_user(struct account *c, const char *name, const char *id,
	struct iam_user *ret, bool *ret_found, struct error *err);

/*
 * A list lags a minute behind now and then. What this station took away is kept
 * in the registry for as long, so that a device that only the list still
 * has is not counted as one that is left. `enabled` is AWS's EnableDate: who
 * enables the same serial number again, as a vendor's in the next hand, has a
 * device that is there. 0 is for one that nobody has, or whose date is not known,
 * and then is nobody's word on one that is enabled.
 */
void account_remember_gone(struct registry *reg, const char *account,
	const char *serial, time_t enabled, const char *journal);
int account_is_gone(struct registry *reg, const char *account,
	const char *serial, time_t enabled, bool *ret, struct error *err);

#endif
