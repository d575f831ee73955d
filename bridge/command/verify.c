/* SPDX-License-Identifier: Apache-2.0 */
/* verify: is it genuine, is its firmware sound, is it alive, whose is it. */
#include "base/encode.h"
#include "base/file.h"
#include "bridge/command/verify-request.h"
#include "bridge/hash/chain.h"
#include "bridge/open/registry.h"
#include "bridge/registry/lookup.h"
#include "bridge/run/json.h"
#include "bridge/show/verify.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/record.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Before a touch is spent on it. */
static int check_new_file(const struct app *app, struct error *err)
{
	const char *path = option(&app->options, OPTION_EVIDENCE);
	struct stat st;

	if (path && lstat(path, &st) == 0)
		return error_set(err, ERROR_CONFLICT,
			"'%s' exists: evidence goes into a new file", path);
	return 0;
}

/* Neither on what cannot be written down. */
static int check_recordable(const struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;

	return option_is_set(&app->options, OPTION_RECORD) ?
		open_registry_write(&app->options, &reg, err) : 0;
}

static int save_evidence(struct app *app, const struct verification *v,
	struct error *err)
{
	const char *path = option(&app->options, OPTION_EVIDENCE);
	CLEANUP(buf_done) struct buf b;
	unsigned char sha[32];
	char hex[HEX_LEN(32)];
	int r;

	buf_init(&b, EVIDENCE_MAX);
	if (!path)
		return 0;
	if (!v->has_evidence)
		return error_set(err, ERROR_FAILED,
			"there is no evidence to save in '%s'", path);
	r = evidence_write(&v->evidence, &b, err);
	if (r == 0)
		r = file_write_atomic(path, b.p, b.n, 0644,
			/* exclusive= */ true, err);
	if (r < 0)
		return r;
	r = chain_digest(b.p, b.n, sha, err);
	if (r < 0)
		return r;
	hex_encode(sha, sizeof(sha), hex);
	ui_say("Evidence: %s%s%s", path, ui_is_verbose() ? ", SHA-256 " : "",
		ui_is_verbose() ? hex : "");
	return 0;
}

static int save_record(struct app *app, const struct verification *v,
	bool *ret_changed, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	char journal[ID_LEN], head[REGISTRY_HEAD_LEN];
	struct record record = {
		.journal = journal,
		.label = option(&app->options, OPTION_LABEL),
	};
	int r;

	if (!option_is_set(&app->options, OPTION_RECORD))
		return 0;
	if (v->verdict == VERDICT_NOT_THIS_TOKEN) {
		ui_warn("the token is not proved to be the registered one: "
			"nothing is recorded");
		return 0;
	}
	if (v->facts.unverifiable && !v->credential) {
		ui_warn("its credential could prove nothing here: nothing is "
			"recorded");
		return 0;
	}
	if (v->verdict == VERDICT_FORGED && !v->known) {
		ui_warn("a forged answer proves nothing that could be "
			"registered: nothing is recorded");
		return 0;
	}
	r = open_registry_write(&app->options, &reg, err);
	record.reg = reg;
	if (r == 0)
		r = id_new(journal, err);
	if (r == 0)
		r = registry_actor(reg, NULL,
			app->run.ticket, &record.actor, err);
	if (r == 0)
		r = record_verification(&record, v, err);
	if (r < 0)
		return r;
	*ret_changed = true;
	registry_log_head(&record.head);
	registry_head_format(&record.head, head);
	ui_say("Recorded as token %.8s%s%s.", record.token,
		ui_is_verbose() ? "; head " : "", ui_is_verbose() ? head : "");
	return 0;
}

static int save(struct app *app, struct verifying *x, bool *ret_changed,
	struct error *err)
{
	int r = save_evidence(app, &x->v, err);

	/* a reader of ours must not hold up the writer */
	registry_free(&x->reg);
	return r < 0 ? r : save_record(app, &x->v, ret_changed, err);
}

static int verify_show_json(const struct verifying *x,
	const struct policy_refusals *refusals, bool changed, struct error *err)
{
	json_t *o = show_verification_json(&x->v);

	json_member(&o, "policy", show_policy_json(&x->trust.policy,
		refusals));
	json_member(&o, "changed", json_boolean(changed));
	return ui_json(o, err);
}

/*
 * The steps' verdict stays what it is, whatever the policy says. Found is
 * found: it is shown where it cannot be written down, too.
 */
static int show_and_save(struct app *app, struct verifying *x,
	struct error *err)
{
	const struct policy *policy = &x->trust.policy;
	struct policy_facts facts = admission_facts(&x->v, NULL);
	struct policy_refusals refusals;
	bool changed = false;
	int r, shown = 0;

	policy_decide(policy, &facts, &refusals);
	admission_steps(policy, &refusals, &x->v.steps);
	if (!app->json)
		show_verification(&x->v);
	r = save(app, x, &changed, err);
	if (app->json)
		shown = verify_show_json(x, &refusals, changed,
			r < 0 ? NULL : err);
	return r < 0 ? r : shown;
}

static int exit_code(const struct verification *v)
{
	if (v->verdict != VERDICT_GENUINE)
		return (int)v->verdict;
	return v->registry_unknown && !v->registry_closed[0] ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int verify_run(struct app *app, struct error *err)
{
	CLEANUP(verifying_done) struct verifying x;
	int r;

	verifying_init(&x);
	r = check_new_file(app, err);
	if (r == 0)
		r = check_recordable(app, err);
	if (r == 0)
		r = verifying_run(app, &x, err);
	if (r == 0)
		r = show_and_save(app, &x, err);
	return r < 0 ? r : exit_code(&x.v);
}

const struct verb verb_verify = {
	.command = "verify",
	.group = GROUP_JUDGE,
	.summary = "is it genuine, sound, alive, and whose is it",
	.help = "Goes through steps and names each: the attestation over a "
		"fresh challenge, its chain to a trusted vendor (`tokenbridge "
		"trust`), model, advisories, how it is set up, and for a "
		"registered token its identity credential and holder. Writes "
		"only with --record or --evidence. The exit status is the "
		"verdict: 0 genuine, 20 vulnerable, 21 unknown vendor, 22 "
		"self-attested, 23 not attested, 24 forged, 25 compromised, 26 "
		"undecided, 27 not this token.\n",
	.example = "  tokenbridge verify --evidence alice.json\n"
		"  tokenbridge verify --from alice.json --at made\n",
	.options = { OPTION_RECORD, OPTION_LABEL, OPTION_FRESH,
		OPTION_ENTERPRISE, OPTION_EVIDENCE, OPTION_FROM, OPTION_AT,
		OPTION_SHA256, OPTION_TOKEN, OPTION_READERS, OPTION_REGISTRY,
		OPTION_PIN_FD, OPTION_TOUCH_TIMEOUT, OPTION_TICKET,
		OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_FROM, GOES_WITHOUT, { OPTION_RECORD, OPTION_FRESH,
			OPTION_ENTERPRISE, OPTION_EVIDENCE, OPTION_TOKEN,
			OPTION_READERS, OPTION_REGISTRY, OPTION_PIN_FD,
			OPTION_TOUCH_TIMEOUT } },
		{ OPTION_FROM, GOES_WITH, { OPTION_AT, OPTION_SHA256 } },
		{ OPTION_RECORD, GOES_WITH, { OPTION_LABEL, OPTION_TICKET } },
	},
	.stray = OPTION_TOKEN,
	.run = verify_run,
};
