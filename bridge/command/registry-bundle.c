/* SPDX-License-Identifier: Apache-2.0 */
/* registry bundle, check-bundle: what the record says of a token, to go. */
#include "bridge/command/bundle.h"
#include "bridge/ledger/bundle.h"
#include "bridge/open/registry.h"
#include "bridge/open/trust.h"
#include "bridge/registry/lookup.h"
#include "bridge/show/bundle.h"
#include "bridge/show/log.h"
#include "bridge/terminal/status.h"

/* ---- making one ---- */

int bundle_make(struct app *app, const char *token, const char *path,
	bool whole, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct bundle_request q = {
		.path = path,
		.whole = whole,
	};
	struct bundled done;
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
		r = registry_lookup_one(reg, token, &list, err);
	if (r < 0)
		return r;
	q.reg = reg;
	q.token = list.p[0].id;
	r = bundle_write(&q, &done, err);
	if (r < 0)
		return r;
	registry_log_head(&done.facts.head);
	r = show_bundled(&done, q.path, app->json, err);
	return r < 0 ? r : done.absent ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int registry_bundle(struct app *app, struct error *err)
{
	return bundle_make(app, app_argument(app, 0), app_argument(app, 1),
		option_is_set(&app->options, OPTION_WHOLE), err);
}

const struct verb verb_registry_bundle = {
	.command = "registry",
	.name = "bundle",
	.group = GROUP_RECORD,
	.summary = "what the record says of a token, to be checked apart",
	.help = "Writes into the new directory DIR the events of TOKEN as they "
		"were written, the hashes of the others, the evidence, the "
		"names in them, and how all of that is checked: for somebody "
		"who has neither the registry nor the token. With --whole the "
		"other events too, so that the chain follows from the bytes.\n",
	.example = "  tokenbridge registry bundle blue-7 audit-blue-7\n"
		"  tokenbridge registry check-bundle audit-blue-7\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED }, { "DIR", VALUE_FOLDER } },
	.min_arguments = 2,
	.options = { OPTION_WHOLE, OPTION_REGISTRY, OPTION_JSON,
		OPTION_FORMAT },
	.run = registry_bundle,
};

/* ---- checking one ---- */

static int checked_status(const struct bundle_checked *c, const char *path,
	struct error *err)
{
	const char *first = json_string_value(json_array_get(c->problems, 0));

	if (first)
		return error_set(err, ERROR_CORRUPT,
			"bundle '%s' does not verify: %s", path, first);
	return c->undecided ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int registry_check_bundle(struct app *app, struct error *err)
{
	CLEANUP(bundle_checked_done) struct bundle_checked done = { 0 };
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	const char *head = option(&app->options, OPTION_HEAD);
	struct bundle_check_request q = {
		.path = app_argument(app, 0),
		.trust = &trust,
		.sha256 = option(&app->options, OPTION_SHA256),
	};
	const struct table_view view = app_view(app);
	struct registry_head expected;
	int r;

	r = show_log_check_view(&view, err);
	if (r == 0 && head)
		r = registry_head_parse(head, &expected, err);
	q.head = head ? &expected : NULL;
	if (r == 0)
		r = open_trust(&app->options, &trust, err);
	if (r == 0)
		r = bundle_check(&q, &done, err);
	if (r == 0)
		r = show_bundle_checked(&done, app->json, &view, err);
	return r < 0 ? r : checked_status(&done, q.path, err);
}

const struct verb verb_registry_check_bundle = {
	.command = "registry",
	.name = "check-bundle",
	.group = GROUP_RECORD,
	.summary = "check everything in a bundle again, and tell it",
	.help = "Checks every file of the bundle DIR, the chain, and the "
		"evidence, which is judged as of when it was made and as of "
		"now, and tells what happened to the token. Needs neither the "
		"registry nor the token. --head and --sha256 are what was "
		"written down elsewhere: only they show that a whole bundle "
		"was replaced.\n",
	.example = "  tokenbridge registry check-bundle audit-blue-7\n",
	.arguments = { { "DIR", VALUE_FOLDER } },
	.min_arguments = 1,
	.options = { OPTION_HEAD, OPTION_SHA256, OPTION_WIDE, OPTION_COLUMNS,
		OPTION_JSON, OPTION_FORMAT },
	.run = registry_check_bundle,
};
