/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor_login is made of: each part looks at one thing here. */
#ifndef BRIDGE_DOCTOR_GATHER_H
#define BRIDGE_DOCTOR_GATHER_H

#include "bridge/doctor/doctor.h"
#include "bridge/doctor/pam-host.h"
#include "bridge/doctor/pam/stack.h"
#include "bridge/login/wire.h"

/* ---- PAM's services (pam-dir.c) ---- */

/* A service whose auth lines have ours among them, or one meant to be. */
struct pam_service {
	char name[PAM_SERVICE_LEN];
	struct pam_program program;
	struct pam_stack stack;
	char login_db[LOGIN_PATH_LEN]; /* of its line; "": the setting's */
};

struct pam_services {
	struct pam_service *list; /* owned */
	size_t n;
	struct pam_folder *folder; /* owned; what the stacks borrow from */
	const struct doctor_login_request *q; /* borrowed */
	bool called; /* root listens for programs that are not root's */
};

/*
 * Reads and judges the services, or only the one that is asked for, which is in
 * the list then even without a line of ours.
 */
int pam_services_look(struct pam_services *ret,
	const struct doctor_login_request *q, struct findings *f,
	struct error *err);
void pam_services_done(struct pam_services *s);

/* ---- the modules of their lines (pam-module.c) ---- */

/* Sets what is missing: the file, or its function for lines of that type. */
void pam_modules_mark(struct pam_stack *stack, enum pam_type type);

/* Whose the files of our lines are; each is told once. */
void pam_modules_judge(const struct pam_stack *stack, struct findings *f);

/* ---- the machine (host.c) ---- */

/* Whether root listens for programs that are not root's. */
bool host_is_called(void);

/* ... told, where some service needs it or where somebody wanted it. */
void host_look_socket(bool needed, struct findings *f);

/* The helper, the user that it becomes, the group that reads login.db. */
void host_look_helper(struct findings *f);

/* Told where it is enforcing: there is no policy for it. */
void host_look_selinux(struct findings *f);

/* *ret_plugged: some FIDO token is here, or that is not known. */
void host_look_nodes(bool *ret_plugged, struct findings *f);

/* ---- sshd (sshd-look.c) ---- */

/* *ret_uses_keys: sshd asks tokenbridge-keys. */
int host_look_sshd(const struct doctor_login_request *q, bool *ret_uses_keys,
	struct findings *f, struct error *err);

#endif
