/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FIDO devices of a user that have appeared since an enrollment began: a person
 * registers them in the console, and no API does, so that name and time are all
 * that joins one to a token.
 */
#ifndef BRIDGE_MFA_APPEARED_H
#define BRIDGE_MFA_APPEARED_H

#include "bridge/account/account.h"
#include "bridge/journal/journal.h"

/* More than a user may have. */
#define APPEARED_MAX 16

struct appeared {
	struct iam_device p[APPEARED_MAX]; /* the new ones */
	size_t n;
	size_t named;     /* how many of them have the name */
	size_t first;     /* of these the first, in p */
	struct iam_device old[APPEARED_MAX]; /* that were there before */
	size_t old_n;
};

/* Sorts one device in: `f` says the name and what was there before, `begun`
 * when that was, by AWS's clock (0: not known). Pure. */
void appeared_take(struct appeared *a, const struct journal_facts *f,
	time_t begun, const struct iam_device *device);

/* Asks ListMFADevices for the journal's user. */
int appeared_look(struct account *c, const struct journal *j,
	struct appeared *ret, struct error *err);

/*
 * The name that was typed in the console, out of the ARN:
 * ...:u2f/user/USER/NAME-26CHARACTERS. Returns its length. Pure.
 */
size_t appeared_name(const char *serial, const char **ret);

/* Adds a serial number to a list with blanks between. ERROR_FAILED where it has
 * no room. Pure. */
int appeared_remember(char *list, size_t size, const char *serial,
	struct error *err);

#endif
