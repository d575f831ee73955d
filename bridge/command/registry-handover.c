/* SPDX-License-Identifier: Apache-2.0 */
/* registry handover: the holder takes a token over. */
#include "bridge/command/registry-place.h"
#include "bridge/command/registry-verbs.h"
#include "bridge/lifecycle/handover.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/show/lifecycle.h"

static int registry_handover(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct handover_request q = {
		.trust = &trust,
		.what = app_argument(app, 0),
		.holder = option(o, OPTION_HOLDER),
		.label = option(o, OPTION_LABEL),
		.reason = option(o, OPTION_REASON),
		.force = option(o, OPTION_FORCE),
		.own_pin = option_is_set(o, OPTION_OWN_PIN),
	};
	struct handed_over done = { .changed = false };
	int r, shown = 0;

	if (!q.holder)
		return error_set(err, ERROR_USAGE,
			"registry handover: who takes it over? --holder NAME");
	r = registry_open_place(app, &reg, &q.place, err);
	if (r == 0)
		r = open_trust(o, &trust, err);
	q.wanted = open_wanted(o, reg);
	if (r == 0)
		r = lifecycle_handover(&app->run, &q, &done, err);
	if (done.changed) {
		shown = show_handed_over(&done, q.holder, app->json,
			r < 0 ? NULL : err);
		registry_say_changed(&done.head);
	}
	return r < 0 ? r : shown;
}

const struct verb verb_registry_handover = {
	.command = "registry",
	.name = "handover",
	.group = GROUP_RECORD,
	.summary = "the holder takes the token over, and proves it",
	.help = "The holder takes the attached token over and proves it by a "
		"touch, and by a PIN that nobody else knows. TOKEN says which "
		"row is expected.\n",
	.example = "  tokenbridge registry handover --holder alice\n"
		"  tokenbridge registry handover blue-7 --holder bob "
		"--own-pin\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED } },
	.options = { OPTION_HOLDER, OPTION_OWN_PIN, OPTION_LABEL,
		OPTION_REASON, OPTION_FORCE, OPTION_TOKEN, OPTION_READERS,
		OPTION_REGISTRY, OPTION_LOGIN_DB, OPTION_PIN_FD,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.stray = OPTION_HOLDER,
	.run = registry_handover,
};
