/* SPDX-License-Identifier: Apache-2.0 */
/* pam-enroll: a token lets a local user in. */
#include "bridge/open/registry.h"
#include "bridge/local/pam-enroll.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

static int show_json(const struct login_enrolment *e, struct error *err)
{
	char head[REGISTRY_HEAD_LEN];
	uint32_t serial;
	json_t *o;

	registry_head_format(&e->head, head);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:s}",
		"localUser", e->user.name,
		"token", e->row,
		"binding", e->binding,
		"holder", e->holder,
		"verdict", verdict_name(e->verification.verdict),
		"verifyRequired", e->verify_required,
		"head", head);
	if (o && token_serial(e->token, &serial))
		json_object_set_new(o, "tokenSerial", json_integer(serial));
	return ui_json(json_pack("{s:o}", "enrolled", o), err);
}

static int show(const struct login_enrolment *e, struct error *err)
{
	char head[REGISTRY_HEAD_LEN], who[200];

	registry_log_head(&e->head);
	if (e->app->json)
		return show_json(e, err);
	registry_head_format(&e->head, head);
	attached_describe(e->token, who, sizeof(who));
	printf("%sBound%s %s to local user %s\n", ui_style(stdout, UI_GOOD),
		ui_style(stdout, UI_PLAIN), who, e->user.name);
	printf("  token     registry id %.8s, holder %s, %s\n", e->row,
		e->holder, verdict_name(e->verification.verdict));
	printf("  binding   %.8s\n", e->binding);
	printf("  login     takes a touch%s\n", e->verify_required ?
		" and the token's PIN" : "");
	printf("  head      %s\n", head);
	return 0;
}

static int pam_enroll_run(struct app *app, struct error *err)
{
	struct login_enrolment e;
	int r;

	login_enrolment_init(&e, app);
	r = login_enrolment_run(&e, err);
	if (r == 0)
		r = show(&e, err);
	login_enrolment_done(&e);
	return r;
}

const struct command command_pam_enroll = {
	.name = "pam-enroll",
	.arguments = "LOCALUSER",
	.summary = "bind a token to a local account, to log in by PAM",
	.help = "Makes a credential in the token that pam_tokenbridge(8) asks "
		"for at login, and writes\nit into the registry and into "
		"login.db. Two touches: the first proves what the token\nis, "
		"the second makes the key. An account that has a token already "
		"also needs that\none to agree by a touch, plugged in beside "
		"the new one, or --force with a reason.\nRun as root.\n\n"
		"  tokenbridge pam-enroll alice\n"
		"  tokenbridge pam-enroll alice --verify-required   (login "
		"also takes the PIN)\n"
		"  tokenbridge pam-enroll bob --token 12345678 --force 'lost "
		"the first one'\n",
	.options = { OPTION_HOLDER, OPTION_LABEL, OPTION_FORCE, OPTION_TICKET,
		OPTION_PIN_FD, OPTION_TOUCH_TIMEOUT, OPTION_FRESH,
		OPTION_VERIFY_REQUIRED, OPTION_LOGIN_DB },
	.min_arguments = 1,
	.max_arguments = 1,
	.run = pam_enroll_run,
};
