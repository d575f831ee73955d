/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines of PAM's files a service runs, and how they end for whom. Nothing
 * here opens a file.
 */
#ifndef BRIDGE_DOCTOR_PAM_H
#define BRIDGE_DOCTOR_PAM_H

#include "bridge/doctor/pam-file.h"

/* ---- the lines of one type that a service runs ---- */

struct pam_entry {
	const struct pam_line *line; /* borrowed */
	const char *file;   /* its name, borrowed */
	unsigned level;     /* of substacks */
	const char *wrong;  /* as of the line, or of an include; NULL */
};

struct pam_stack {
	struct pam_entry *entries; /* owned */
	size_t n;
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

/* The last module before it that is content or not by who asks; "" without. */
const char *pam_stack_gate(const struct pam_stack *stack);

/*
 * What is assumed of the modules: what ours returns; what those return that
 * ask for something (a password); whether those are content that look at who
 * asks (pam_rootok, pam_succeed_if).
 */
struct pam_world {
	enum pam_return ours;
	enum pam_return asking;
	bool gates;
};

struct pam_outcome {
	int result;   /* enum pam_return */
	bool reached; /* our line was run */
};

struct pam_outcome pam_stack_run(const struct pam_stack *stack,
	const struct pam_world *world);

#endif
