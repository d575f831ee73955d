/* SPDX-License-Identifier: Apache-2.0 */
/* Codes by touch. */
#include "bridge/prompt/code.h"

#include "token/card/totp.h"

#include <time.h>

int prompt_code(const struct run *run, struct worker *w,
	const struct oath_target *target, const char *who, const char *purpose,
	struct oath_response *ret, int *ret_left, struct error *err)
{
	unsigned period = totp_period(target->name);
	unsigned char challenge[8];
	deadline_t until = run_touch_deadline(run);
	uint64_t step;
	int r;

	run_say(run, "Touch %s for a code of %s%s.", who, target->name,
		purpose);
	for (;;) {
		step = (uint64_t)time(NULL) / period;
		totp_challenge(step, challenge);
		r = oath_code(w, target, challenge, ret, run->cancel_fd, until,
			err);
		if (r == -ERROR_TIMEOUT)
			return error_set(err, ERROR_TOUCH,
				"the token was not touched in time");
		if (r < 0)
			return r;
		*ret_left = (int)((int64_t)(step + 1) * period - time(NULL));
		if (*ret_left > 0)
			return 0;
		wipe(ret, sizeof(*ret));
		run_say(run, "The code was over before the touch came. Touch "
			"%s again.", who);
	}
}
