/* SPDX-License-Identifier: Apache-2.0 */
/* pam-enroll: a token lets a local user in. */
#include "bridge/command/command.h"
#include "bridge/local/pam-enroll.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/registry/lookup.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <unistd.h>

static int show_json(const struct pam_enrolled *e, const char *holder,
	struct error *err)
{
	char head[REGISTRY_HEAD_LEN];
	uint32_t serial = 0;
	bool known = token_serial(&e->token, &serial);

	registry_head_format(&e->head, head);
	return ui_json(json_pack("{s:b,s:{s:s,s:s,s:o,s:s,s:s,s:s,s:b,s:b,"
		"s:s}}",
		"changed", true, "enrolled",
		"localUser", e->user.name,
		"token", e->row,
		"serial", json_of_number(known, serial),
		"binding", e->binding,
		"holder", holder,
		"verdict", verdict_name(e->verdict),
		"verifyRequired", e->verify_required,
		"published", e->published,
		"head", head), err);
}

static int show_bound(const struct app *app, const struct pam_enrolled *e,
	const char *holder, struct error *err)
{
	char head[REGISTRY_HEAD_LEN], who[ATTACHED_WHO_LEN];
	char label[REGISTRY_LABEL_LEN];

	if (app->json)
		return show_json(e, holder, err);
	registry_head_format(&e->head, head);
	attached_title(&e->token, open_label(&app->options, &e->token, label),
		who);
	ui_put(UI_GOOD, "Bound");
	ui_line(" %s to local user %s", who, e->user.name);
	ui_line("  token     registry id %.8s, holder %s, %s", e->row,
		holder, verdict_name(e->verdict));
	ui_line("  binding   %.8s", e->binding);
	ui_line("  login     takes a touch%s", e->verify_required ?
		" and the token's PIN" : "");
	if (app->options.from[OPTION_LOGIN_DB] != FROM_COMMAND_LINE)
		ui_line("  next      `tokenbridge doctor login %s`: which "
			"services ask for it", e->user.name);
	if (ui_is_verbose())
		ui_line("  head      %s", head);
	return 0;
}

static struct pam_request request_of(const struct app *app)
{
	const struct options *o = &app->options;

	return (struct pam_request){
		.user = app_argument(app, 0),
		.holder = option(o, OPTION_HOLDER),
		.label = option(o, OPTION_LABEL),
		.force = option(o, OPTION_FORCE),
		.verify_required = option_is_set(o, OPTION_VERIFY_REQUIRED),
		.fresh = option_is_set(o, OPTION_FRESH),
		.enterprise = option_is_set(o, OPTION_ENTERPRISE),
	};
}

static int pam_enroll_run(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct pam_request q = request_of(app);
	struct pam_enrolled done;
	int r;

	r = open_registry_write(&app->options, &reg, err);
	if (r == 0 && geteuid() != 0 && !registry_is_rehearsal(reg))
		r = error_set(err, ERROR_PERMISSION,
			"pam-enroll says who may log in: run it as root");
	if (r == 0)
		r = open_login_db(&app->options, reg, &q.login_db, err);
	if (r == 0)
		r = open_trust(&app->options, &trust, err);
	if (r < 0)
		return r;
	q.reg = reg;
	q.trust = &trust;
	q.wanted = open_wanted(&app->options, reg);
	r = pam_enroll(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	registry_log_head(&done.head);
	r = show_bound(app, &done, q.holder ? q.holder : done.user.name, err);
	return r < 0 || done.published ? r : STATUS_INCOMPLETE;
}

const struct verb verb_pam_enroll = {
	.command = "pam-enroll",
	.group = GROUP_LOGIN,
	.summary = "bind a token to a local user, to log in by PAM",
	.help = "Makes a credential in the token that pam_tokenbridge(8) asks "
		"for at login, and writes it into the registry and into "
		"login.db. Two touches: the first proves what the token is, "
		"the second makes the key. An account that has a token already "
		"also needs that one to agree by a touch, plugged in beside "
		"the new one, or --force with a reason. Then look at "
		"`tokenbridge doctor login LOCALUSER`.\n",
	.example = "  tokenbridge pam-enroll alice --verify-required\n"
		"  tokenbridge pam-enroll bob --token 12345678 --force 'lost "
		"the first one'\n",
	.arguments = { { "LOCALUSER", VALUE_LOCAL_USER } },
	.min_arguments = 1,
	.options = { OPTION_VERIFY_REQUIRED, OPTION_HOLDER, OPTION_LABEL,
		OPTION_FORCE, OPTION_FRESH, OPTION_ENTERPRISE, OPTION_TOKEN,
		OPTION_REGISTRY, OPTION_LOGIN_DB, OPTION_PIN_FD,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.needs = NEEDS_ROOT,
	.run = pam_enroll_run,
};
