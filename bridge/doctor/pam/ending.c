/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/doctor/pam/ending.h"

enum pam_ending pam_ending_in(const struct pam_stack *s,
	const struct pam_world *w)
{
	pam_returns results = pam_stack_run(s, w).results;

	if (!(results & PAM_RETURNS(RETURN_SUCCESS)))
		return ENDING_OUT;
	return results == PAM_RETURNS(RETURN_SUCCESS) ? ENDING_IN :
		ENDING_DEPENDS;
}

enum pam_ending pam_ending(const struct pam_stack *s, enum pam_return ours,
	enum pam_asked asked)
{
	return pam_ending_in(s, &(struct pam_world){ .ours = ours,
		.asked = asked });
}

enum pam_ending pam_ending_unbound(const struct pam_stack *s,
	enum pam_asked asked)
{
	return pam_ending_in(s, &(struct pam_world){ .unbound = true,
		.asked = asked });
}

const char *pam_what_then(const struct pam_stack *s, struct pam_world w)
{
	w.asked = ASKED_GOOD;
	switch (pam_ending_in(s, &w)) {
	case ENDING_OUT:
		return "and nothing else lets in";
	case ENDING_DEPENDS:
		return "and other lines decide by who asks";
	case ENDING_IN:
		break;
	}
	w.asked = ASKED_BAD;
	return pam_ending_in(s, &w) == ENDING_IN ?
		"and everybody gets in" : "and a password alone is enough";
}

const char *pam_what_after(const struct pam_stack *s, enum pam_return code)
{
	return pam_what_then(s, (struct pam_world){ .ours = code });
}
