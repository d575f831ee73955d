/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about how a service's lines end. Pure. */
#ifndef BRIDGE_DOCTOR_PAM_ENDING_H
#define BRIDGE_DOCTOR_PAM_ENDING_H

#include "bridge/doctor/pam/stack.h"

/* How it ends for an ordinary person: certainly in, certainly not, or it is not
 * known. */
enum pam_ending {
	ENDING_IN,
	ENDING_OUT,
	ENDING_DEPENDS,
};

/* For one world of answers. */
enum pam_ending pam_ending_in(const struct pam_stack *s,
	const struct pam_world *w);
/* Where our module returns that, and who is asked answers so. */
enum pam_ending pam_ending(const struct pam_stack *s, enum pam_return ours,
	enum pam_asked asked);
/* Of who has no token. */
enum pam_ending pam_ending_unbound(const struct pam_stack *s,
	enum pam_asked asked);

/* The end of a sentence: what becomes of it when our line says that. */
const char *pam_what_then(const struct pam_stack *s, struct pam_world w);
const char *pam_what_after(const struct pam_stack *s, enum pam_return code);

#endif
