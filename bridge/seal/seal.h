/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret encrypted for others into a new file, by age or gpg, as the person
 * who called: root's keyring, settings and rights are not there (SUDO_UID and
 * its like, base/person.h). tokenbridge-seal does it: it takes that person's
 * identity for good before it opens anything.
 *
 * In two acts, so that between them may be written down which file it is: after
 * the first it lies complete and synced beside its name, after the second it
 * has the name, and the directory is synced.
 */
#ifndef BRIDGE_SEAL_SEAL_H
#define BRIDGE_SEAL_SEAL_H

#include "base/process.h"
#include "bridge/seal/wire.h"

/* Everything is borrowed. */
struct seal_order {
	const struct recipients *to;
	const char *path;       /* as a person wrote it */
	const char *part;       /* behind the name while it is made: the same
	                           again removes what a killed run left */
	const char *replaces;   /* the sign of a file that may be there; "" */
	const struct secret *secret;
	int cancel_fd;
};

struct sealing {
	struct process process;
	char file[SEAL_FILE_LEN]; /* its sign, which a new name does not change */
};

#define SEALING_INIT { .process = PROCESS_INIT }

/* The path from the root on; new. ERROR_USAGE where it names no file. */
int seal_path(const char *path, char **ret, struct error *err);

/*
 * ERROR_CONFLICT where the file is there already; ERROR_UNSUPPORTED where the
 * program is not installed; ERROR_TIMEOUT, ERROR_MALFORMED where it hangs or
 * writes what is no message; ERROR_FAILED with its own words where it says no.
 * Nothing is left behind then.
 */
int seal_begin(struct sealing *ret, const struct seal_order *o,
	struct error *err);

/* Gives it its name. */
int seal_keep(struct sealing *s, int cancel_fd, struct error *err);

/* What was not kept is removed. */
void seal_done(struct sealing *s);

#endif
