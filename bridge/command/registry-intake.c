/* SPDX-License-Identifier: Apache-2.0 */
/* registry intake: a delivery, key by key. */
#include "bridge/command/command.h"
#include "bridge/lifecycle/intake.h"
#include "bridge/open/registry.h"
#include "bridge/open/trust.h"
#include "bridge/terminal/status.h"

static int registry_intake(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	CLEANUP(intake_list_done) struct intake_list list = { .n = 0 };
	struct intake_request q = {
		.list = &list,
		.trust = &trust,
		.force = option(&app->options, OPTION_FORCE),
		.readers = option_is_set(&app->options, OPTION_READERS),
		.only_look = option_is_set(&app->options, OPTION_DRY_RUN),
	};
	size_t left;
	int r;

	r = intake_list_read(app_argument(app, 0), INTAKE_DELIVERY, &list,
		err);
	if (r == 0 && !q.only_look)
		r = open_trust(&app->options, &trust, err);
	if (r == 0)
		r = q.only_look ? open_registry_read(&app->options, &reg, err) :
			open_registry_write(&app->options, &reg, err);
	q.reg = reg;
	if (r == 0)
		r = lifecycle_intake(&app->run, &q, &left, err);
	return r < 0 ? r : left > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}

const struct verb verb_registry_intake = {
	.command = "registry",
	.name = "intake",
	.group = GROUP_RECORD,
	.summary = "take a delivery into the stock, key by key",
	.help = "LIST is the delivery's list: a CSV with the columns serial or "
		"label, and aaguid, product, lot. Each key that is plugged in "
		"is verified and ticked off. What is in the registry is done, "
		"so the same command goes on where it was. Exit status 10 "
		"while some are missing. Next: `tokenbridge registry "
		"handover`.\n",
	.example = "  tokenbridge registry intake delivery-7.csv --dry-run\n"
		"  tokenbridge registry intake delivery-7.csv --ticket OPS-7\n",
	.arguments = { { "LIST", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_DRY_RUN, OPTION_FORCE, OPTION_READERS,
		OPTION_REGISTRY, OPTION_PIN_FD, OPTION_TOUCH_TIMEOUT,
		OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.run = registry_intake,
};
