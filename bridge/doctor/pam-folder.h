/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which PAM's files lie, and those that were read of it. */
#ifndef BRIDGE_DOCTOR_PAM_FOLDER_H
#define BRIDGE_DOCTOR_PAM_FOLDER_H

#include "bridge/doctor/doctor.h"
#include "bridge/doctor/pam/stack.h"

struct pam_loaded;

struct pam_folder {
	char *path;           /* owned; of the folder, or of pam.conf */
	bool is_file;
	bool is_system;       /* the vendor's folders stand behind it */
	struct pam_loaded **list; /* owned */
	size_t n;
	struct findings *f;   /* borrowed, while it is looked at */
};

/* dir NULL: the system's own, or its pam.conf. */
int pam_folder_open(struct pam_folder **ret, const char *dir,
	struct findings *f, struct error *err);
void pam_folder_free(struct pam_folder **folder);

/*
 * The file that a line of PAM's includes by that name, for pam_stack_build:
 * `arg` is the folder. Findings where it cannot be read, or where not every
 * libpam finds it.
 */
const struct pam_file *pam_folder_get(const char *name, void *arg,
	const char **ret_name);

/* pam.conf itself; NULL where it cannot be read. */
const struct pam_file *pam_folder_file(struct pam_folder *folder);

/* The path of a service's lines, owned by the caller; NULL without memory. */
char *pam_folder_service(const struct pam_folder *folder, const char *name);

#endif
