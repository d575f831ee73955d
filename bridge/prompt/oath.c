/* SPDX-License-Identifier: Apache-2.0 */
/* The password of an OATH application. */
#include "bridge/prompt/oath.h"

#include "base/text.h"

#define CARD_MS 15000
#define TRIES 3

static int ask_password(const struct run *run, struct worker *w,
	const struct card_place *place, const char *who, struct error *err)
{
	CLEANUP(free_p) char *prompt = text_format(
		"Password of the OATH application of %s: ", who);
	CLEANUP(secret_done) struct secret password = SECRET_INIT;
	struct error why;
	int r;

	if (!prompt)
		return error_memory(err);
	r = run_ask_secret(run, RUN_OATH_PASSWORD, place->id, prompt,
		&password, &why);
	if (r == -ERROR_PIN && !run->scripted[RUN_OATH_PASSWORD])
		return error_set(err, ERROR_REFUSED,
			"a password protects the OATH application of %s, and "
			"there is no terminal to ask on: give it by "
			"--oath-password-fd N", who);
	return r < 0 ? error_copy(err, &why) : oath_unlock(w, place, &password,
		run->cancel_fd, deadline_in(CARD_MS), err);
}

int prompt_oath_password(const struct run *run, struct worker *w,
	const struct card_place *place, const char *who, struct error *err)
{
	struct error why;
	int i, r;

	for (i = 1;; i++) {
		r = ask_password(run, w, place, who, &why);
		if (r != -ERROR_PIN_WRONG || i == TRIES ||
			run->scripted[RUN_OATH_PASSWORD])
			return r < 0 ? error_copy(err, &why) : 0;
		run_say(run, "That is not its password.");
	}
}
