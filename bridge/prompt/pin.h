/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token's PIN, from whoever follows the run. Tries are scarce: none of the
 * last ones is spent without a person's word.
 */
#ifndef BRIDGE_PROMPT_PIN_H
#define BRIDGE_PROMPT_PIN_H

#include "bridge/attached/attached.h"

/* With this many tries left or fewer somebody has to say yes first. */
#define PIN_LAST_TRIES 3

/*
 * Gets the PIN of t, which is open as f, into *ret; label may be NULL: the
 * prompt names the token. ERROR_PIN_BLOCKED where it is for good, ERROR_PIN
 * where none of the last tries may be spent, or where nobody can be asked.
 */
int pin_get(const struct run *run, const struct token *t, const char *label,
	struct fido *f, struct secret *ret, struct error *err);

/* Whether the token can have a PIN: ERROR_UNSUPPORTED where not. */
int pin_check_token(const struct run *run, const struct token *t,
	struct error *err);

/*
 * The last act on a token whose PIN somebody else than its holder made: from
 * then on it takes that PIN for nothing but changing it. *ret_forced is false
 * where the token cannot be told so, which is said and is no error. Wipes
 * nothing.
 */
int pin_force_change(const struct run *run, const struct token *t,
	struct fido *f, const struct secret *pin, bool *ret_forced,
	struct error *err);

/* Whether a credential can be made only with the PIN (CTAP 2.1, 6.1.2). */
bool pin_needed_to_make(const struct fido_info *info);
/* The same of an assertion (CTAP 2.1, 6.2.2). */
bool pin_needed_to_assert(const struct fido_info *info);

/*
 * Whether another try makes sense after ERROR_PIN_WRONG: the PIN came from a
 * person, who is told how many are left.
 */
bool pin_may_retry(const struct run *run, struct fido *f);

#endif
