/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines of PAM's files a service runs, and how they end for whom, as
 * libpam 1.5 of Debian has it. Nothing here opens a file.
 */
#ifndef BRIDGE_DOCTOR_PAM_STACK_H
#define BRIDGE_DOCTOR_PAM_STACK_H

#include "bridge/doctor/pam/file.h"

#include <stdint.h>

/* ---- the lines of one type that a service runs ---- */

struct pam_entry {
	const struct pam_line *line; /* borrowed */
	const char *file;   /* its name, borrowed */
	unsigned level;     /* of substacks */
	const char *wrong;  /* as of the line, or of an include; NULL */
	bool missing;       /* its module, or the function in it, is not there:
	                     * for the caller to set */
};

#define PAM_SERVICE_LEN 128

struct pam_stack {
	char service[PAM_SERVICE_LEN];
	struct pam_entry *entries; /* owned */
	size_t n;
	/* Why PAM refuses the service whatever its lines say, or does not read
	 * them as they stand there; NULL. `trouble_file` is borrowed. */
	const char *trouble, *trouble_file;
	unsigned trouble_number;
	bool mentions;  /* some line of its files has our name, read or not */
	/* Whether a file of the machine is there and regular; NULL: not known. */
	bool (*has_file)(const char *path);
	/* ... and has a line that is neither empty nor a comment. */
	bool (*has_words)(const char *path);
};

/* The file of that name, NULL where it cannot be had; *ret_name lives as long
 * as the file. */
typedef const struct pam_file *pam_file_get(const char *name, void *arg,
	const char **ret_name);

/*
 * The service's lines, beginning with those of `file`. ERROR_FAILED where there
 * are senselessly many.
 */
int pam_stack_build(struct pam_stack *ret, const char *file,
	const char *service, enum pam_type type, pam_file_get *get, void *arg,
	struct error *err);
void pam_stack_done(struct pam_stack *stack);

/* Our first line; NULL where there is none. */
const struct pam_line *pam_stack_ours(const struct pam_stack *stack);

/* ---- running them ---- */

/* What may come back: a bit for each enum pam_return. */
typedef uint32_t pam_returns;
#define PAM_RETURNS(code) ((pam_returns)1 << (code))
#define PAM_ANY_RETURN (~PAM_RETURNS(RETURN_INCOMPLETE))

/* What those modules hear that ask for something, like a password. */
enum pam_asked {
	ASKED_GOOD,
	ASKED_BAD,
	ASKED_EITHER,
};

/* Who logs in: an ordinary person, whom no list names. */
struct pam_world {
	enum pam_return ours;  /* what our lines return, but ... */
	bool unbound;          /* ... what each has for who has no token */
	enum pam_asked asked;
	bool root;             /* who asks is root (pam_rootok) */
};

struct pam_outcome {
	pam_returns results;   /* any of these may come of it */
	bool reached, missed;  /* our line may be run; it may be not */
};

/*
 * What may come of the lines, over all that is not known. Where there is too
 * much of it, or no memory, everything may.
 */
struct pam_outcome pam_stack_run(const struct pam_stack *stack,
	const struct pam_world *world);

#endif
