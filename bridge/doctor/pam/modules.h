/* SPDX-License-Identifier: Apache-2.0 */
/* What the modules of PAM's lines may return. Pure. */
#ifndef BRIDGE_DOCTOR_PAM_MODULES_H
#define BRIDGE_DOCTOR_PAM_MODULES_H

#include "bridge/doctor/pam/stack.h"

/*
 * What the entry's module may return for an ordinary person's login: one that
 * no list of the machine names, with an everyday uid, not locked out. Where it
 * depends on more than that, each thing that it may be.
 */
pam_returns pam_entry_returns(const struct pam_stack *stack,
	const struct pam_entry *entry, const struct pam_world *world);

/* What pam_succeed_if may return (succeed-if.c). */
pam_returns pam_judge_succeed_if(const struct pam_stack *stack,
	const struct pam_line *line);

/*
 * The names of modules whose return is not known, also where it is known what
 * they are told: "pam_exec.so, pam_wheel.so". "" without.
 */
void pam_stack_unsure(const struct pam_stack *stack, char *ret, size_t size);

/*
 * The last module before our line that is content or not by who asks; ""
 * without.
 */
const char *pam_stack_gate(const struct pam_stack *stack);

/* For pam_options_parse: what changes nothing is of no interest. */
void pam_ignore_note(const char *text, void *arg);

#endif
