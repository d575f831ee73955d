/* SPDX-License-Identifier: Apache-2.0 */
/* A token's PIN. */
#include "bridge/prompt/pin.h"

#include "token/fido/care.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int confirm_last(const struct run *run, int left, struct error *err)
{
	const char *are = left == 1 ? "try is" : "tries are";
	char question[128];
	bool yes = false;
	int r;

	if (run->scripted[RUN_PIN])
		return error_set(err, ERROR_PIN,
			"only %d PIN %s left: none is spent by a script; run "
			"the command by hand", left, are);
	snprintf(question, sizeof(question),
		"Only %d PIN %s left before the token is blocked for good. "
		"Use one? [y/N] ", left, are);
	r = run_confirm(run, question, &yes, err);
	if (r == 0 && !yes)
		r = error_set(err, ERROR_PIN,
			"only %d PIN %s left, and nobody said to use one",
			left, are);
	return r;
}

int pin_check_token(const struct run *run, const struct token *t,
	struct error *err)
{
	int r = attached_check(t, err);

	if (r < 0)
		return r;
	if (!t->fido.ctap2)
		return error_set(err, ERROR_UNSUPPORTED,
			"this token does U2F only, which has no PIN");
	if (t->fido.client_pin == FIDO_ABSENT)
		return error_set(err, ERROR_UNSUPPORTED,
			"this token says that it has no PIN");
	if (t->fido.user_verification != FIDO_ABSENT)
		run_say(run, "Fingerprints stay as they are; the PIN is what it "
			"asks for where none matches, and before one is "
			"added.");
	return 0;
}

#define FORCE_MS 10000

int pin_force_change(const struct run *run, const struct token *t,
	struct fido *f, const struct secret *pin, bool *ret_forced,
	struct error *err)
{
	int r;

	*ret_forced = false;
	if (!care_can_force_change(&t->fido)) {
		run_warn(run, "this token cannot be told to want another PIN: "
			"its holder changes it by `tokenbridge pin change`, "
			"which nothing makes sure of");
		return 0;
	}
	fido_set_deadline(f, deadline_in(FORCE_MS));
	r = care_force_change(f, pin, err);
	*ret_forced = r == 0;
	return r;
}

/* Whose PIN it is: a node's number may be another token's a moment later, what
 * the kernel counts at each plug-in is not. */
#define OF_LEN (NODE_PATH_LEN + 256 + 16)

static void whose(const struct token *t, char ret[OF_LEN])
{
	uint32_t serial = 0;

	token_serial(t, &serial);
	snprintf(ret, OF_LEN, "%s %s %" PRIu32, t->node.path, t->node.syspath,
		serial);
}

int pin_get(const struct run *run, const struct token *t, const char *label,
	struct fido *f, struct secret *ret, struct error *err)
{
	char who[ATTACHED_WHO_LEN], prompt[ATTACHED_WHO_LEN + 16];
	char of[OF_LEN];
	int left, r = 0;

	fido_set_deadline(f, deadline_in(10000));
	left = fido_pin_retries(f);
	if (left == 0)
		return error_set(err, ERROR_PIN_BLOCKED,
			"the PIN is blocked for good: only a reset, which "
			"erases all credentials, makes the token usable again");
	if (left > 0 && left <= PIN_LAST_TRIES)
		r = confirm_last(run, left, err);
	if (r < 0)
		return r;
	attached_who(t, label, who);
	whose(t, of);
	snprintf(prompt, sizeof(prompt), "PIN of %s: ", who);
	r = run_ask_secret(run, RUN_PIN, of, prompt, ret, err);
	if (r == -ERROR_PIN && !run->scripted[RUN_PIN])
		return error_set(err, ERROR_PIN,
			"the token wants its PIN and there is no terminal to "
			"ask on: give it by --pin-fd N");
	if (r == 0 && (ret->n == 0 || ret->n > CARE_PIN_MAX))
		r = error_set(err, ERROR_PIN, "no PIN has %zu bytes", ret->n);
	return r;
}

bool pin_needed_to_make(const struct fido_info *info)
{
	if (info->client_pin != FIDO_ON)
		return false;
	return info->always_uv == FIDO_ON ||
		info->make_cred_uv_not_required != FIDO_ON;
}

/* What verifies its user by itself does so at the touch. */
bool pin_needed_to_assert(const struct fido_info *info)
{
	return info->client_pin == FIDO_ON && info->always_uv == FIDO_ON &&
		info->user_verification != FIDO_ON;
}

bool pin_may_retry(const struct run *run, struct fido *f)
{
	int left;

	if (run->scripted[RUN_PIN])
		return false;
	fido_set_deadline(f, deadline_in(10000));
	left = fido_pin_retries(f);
	if (left <= 0)
		return false;
	run_say(run, "Wrong PIN: %d %s left.", left, left == 1 ? "try" : "tries");
	return true;
}
