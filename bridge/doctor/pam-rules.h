/* SPDX-License-Identifier: Apache-2.0 */
/* What a service's PAM lines come to: findings. Pure. */
#ifndef BRIDGE_DOCTOR_PAM_RULES_H
#define BRIDGE_DOCTOR_PAM_RULES_H

#include "bridge/doctor/doctor.h"
#include "bridge/doctor/pam-host.h"
#include "bridge/doctor/pam/stack.h"
#include "bridge/login/pam/options.h"

/*
 * Whether a line is ours, was meant to be, or names a module that is not there.
 */
bool pam_is_concerned(const struct pam_stack *stack);

/*
 * What the service's lines come to, whoever logs in; nothing where it is not
 * concerned.
 */
void pam_judge(const char *service, const struct pam_program *program,
	const struct pam_stack *stack, struct findings *f);

/* Our module where it has no function: anything but auth. */
void pam_judge_type(const char *service, enum pam_type type,
	const struct pam_stack *stack, struct findings *f);

/*
 * The arguments of all lines of ours; *ret is of the first one. Findings where
 * `f` is not NULL. Negative where an argument is refused.
 */
int pam_read_options(const char *service, const struct pam_stack *s,
	struct pam_options *ret, struct findings *f);

#define PAM_WHY_LEN 200

/* Why a program gets nothing but a refusal of the line, and what helps. */
struct pam_refusal {
	char why[PAM_WHY_LEN]; /* for a sentence behind the service's name */
	const char *word;      /* of the log */
	const char *remedy;
};

/* Whether the program is not served as it is; *ret says why. */
bool pam_program_refused(const char *service, const struct pam_program *p,
	const struct pam_stack *s, const struct pam_line *line,
	const struct pam_options *o, struct pam_refusal *ret);

/* Who would log in, as far as that is known. */
struct pam_person {
	const char *name;
	const char *no_record; /* why login.db cannot be used; NULL: it can */
	size_t credentials;
	bool verify;           /* one of them wants the PIN */
	const char *tokens;    /* "1a2b3c4d, 5e6f7a8b" */
	bool plugged;          /* some FIDO token is here, or it is not known */
};

/* One sentence on what the service would do now. */
void pam_foresee(const char *service, const struct pam_program *program,
	const struct pam_stack *stack, const struct pam_person *who,
	struct findings *f);

#endif
