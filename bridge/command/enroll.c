/* SPDX-License-Identifier: Apache-2.0 */
/* enroll: something becomes an MFA device of an IAM user. */
#include "bridge/command/command.h"
#include "bridge/initial/pin.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/account.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/prompt/pin.h"
#include "bridge/registry/lookup.h"
#include "bridge/run/json.h"
#include "bridge/seal/seal.h"
#include "bridge/show/mfa.h"
#include "bridge/terminal/status.h"
#include "bridge/verify/admission.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MAX 86400

/* Options that mean something with these methods only. */
static const struct {
	enum option_id id;
	const char *methods;
} only_with[] = {
	{ OPTION_SERIAL, "hardware-totp" },
	{ OPTION_CODES_FD, "hardware-totp" },
	{ OPTION_ALLOW_VIRTUAL, "virtual" },
	{ OPTION_TEMPLATE, "totp virtual" },
	{ OPTION_EXACT_NAME, "totp virtual" },
	{ OPTION_ALSO, "fido" },
	{ OPTION_INITIAL_PIN, "fido totp" },
	{ OPTION_OPEN, "fido" },
	{ OPTION_WAIT, "fido" },
	{ OPTION_DEVICE, "fido" },
	{ OPTION_CODE_OF, "totp hardware-totp virtual" },
	{ OPTION_LABEL, "fido totp hardware-totp" },
	{ OPTION_HOLDER, "fido totp hardware-totp" },
	{ OPTION_PLACE, "fido totp hardware-totp" },
	{ OPTION_TOKEN, "fido totp" },
	{ OPTION_FRESH, "fido totp" },
	{ OPTION_ENTERPRISE, "fido totp" },
	{ OPTION_PIN_FD, "fido totp" },
	{ OPTION_OATH_PASSWORD_FD, "totp" },
};

static int check_options(const struct options *o, const char *method,
	struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(only_with); i++)
		if (o->from[only_with[i].id] == FROM_COMMAND_LINE &&
			!value_has_word(only_with[i].methods, method))
			return error_set(err, ERROR_USAGE,
				"--%s means nothing with --method %s",
				option_rows[only_with[i].id].name, method);
	if (strcmp(method, "hardware-totp") == 0 &&
		!option_is_set(o, OPTION_SERIAL))
		return error_set(err, ERROR_USAGE,
			"--method %s needs --serial S: the number on the back "
			"of the token", method);
	return option_is_set(o, OPTION_TEMPLATE) ?
		mfa_template_check(option(o, OPTION_TEMPLATE), err) : 0;
}

static int check_method(const struct options *o, const char *method,
	struct error *err)
{
	if (!method)
		return error_set(err, ERROR_USAGE,
			"say how: --method fido (in the console), --method totp "
			"(a secret in the token's OATH application; AWS lists "
			"it as a virtual device), or another one of: "
			MFA_METHODS);
	if (!mfa_method_is_known(method))
		return error_set(err, ERROR_USAGE,
			"--method '%s' is none of: " MFA_METHODS, method);
	return check_options(o, method, err);
}

/* The least of the methods is for who says so, or whose policy lists it. */
static int check_virtual(const struct options *o, const struct policy *p,
	const char *method, struct error *err)
{
	if (strcmp(method, "virtual") != 0 || policy_lists(p, method) ||
		option_is_set(o, OPTION_ALLOW_VIRTUAL))
		return 0;
	return error_set(err, ERROR_REFUSED,
		"--method virtual is a phone app, whose secret can be copied: "
		"a token is better (--method totp); --allow-virtual takes it "
		"all the same, and so does a policy that has it among its "
		"methods");
}

static struct mfa_request request_of(const struct app *app)
{
	const struct options *o = &app->options;
	const char *place = option(o, OPTION_PLACE);
	const char *holder = option(o, OPTION_HOLDER);

	return (struct mfa_request){
		.user = app_argument(app, 0),
		.serial = option(o, OPTION_SERIAL),
		.device = option(o, OPTION_DEVICE),
		.code_of = option(o, OPTION_CODE_OF),
		.holder = place ? place : holder ? holder :
						   app_argument(app, 0),
		.holder_kind = place ? REGISTRY_PLACE : REGISTRY_PERSON,
		.label = option(o, OPTION_LABEL),
		.open = option_is_set(o, OPTION_OPEN),
		.template = option(o, OPTION_TEMPLATE),
		.exact_name = option_is_set(o, OPTION_EXACT_NAME),
		.force = option(o, OPTION_FORCE),
		.fresh = option_is_set(o, OPTION_FRESH),
		.enterprise = option_is_set(o, OPTION_ENTERPRISE),
	};
}

/*
 * What the policy refuses by a token's own words, it refuses before AWS is
 * asked anything. Without a policy file there is nothing of that kind.
 */
static int check_claims(const struct app *app, const struct mfa_request *q,
	struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	const struct admission admission = { q->trust, q->method, q->force };
	int r;

	r = check_virtual(&app->options, &q->trust->policy, q->method, err);
	if (r < 0)
		return r;
	if (!mfa_method_takes_token(q->method))
		return admission_check_method(&app->run, &admission, err);
	if (!q->trust->policy.file)
		return 0;
	r = open_token(&app->run, &app->options, &a, err);
	if (r == 0)
		r = attached_check(a.chosen, err);
	return r < 0 ? r : admission_check_claims(&app->run, &admission,
		a.chosen, err);
}

/* It is enrolled whatever CloudTrail tells, or the registry takes of it. */
static void look_in_trail(const struct app *app, struct opened_account *a,
	struct mfa_enrolled *done)
{
	struct witnessed w;

	witness_look(&app->run, &a->aws, a->reg, &a->actor,
		done->facts.binding, &w);
	if (w.found)
		done->head = w.head;
	if (w.own)
		snprintf(done->facts.basis, sizeof(done->facts.basis), "%s",
			REGISTRY_BASIS_TRAIL);
}

/* ---- the initial PIN ---- */

static struct initial_pin_request pin_request(const struct app *app,
	const struct opened_account *a, const struct mfa_request *q,
	const struct token *t)
{
	size_t least = initial_pin_least(t);

	return (struct initial_pin_request){
		.reg = a->reg,
		.token = t,
		.holder = q->holder,
		.output = option(&app->options, OPTION_INITIAL_PIN),
		.digits = least > INITIAL_PIN_DIGITS ? least :
			INITIAL_PIN_DIGITS,
	};
}

/* What would refuse it in the end refuses all of it now. */
static int check_pin_first(const struct app *app,
	const struct opened_account *a, const struct mfa_request *q,
	struct error *err)
{
	CLEANUP(attached_done) struct attached at = { NULL, 0, NULL };
	struct initial_pin_request p;
	int r = attached_find(&app->run, &q->wanted, &at, err);

	if (r == 0)
		r = pin_check_token(&app->run, at.chosen, err);
	if (r < 0)
		return r;
	p = pin_request(app, a, q, at.chosen);
	return initial_pin_check(&app->run, &p, err);
}

/* The last act on the token, which from then on wants another PIN. */
static int make_pin_last(const struct app *app, struct opened_account *a,
	const struct mfa_request *q, const struct mfa_enrolled *done,
	struct initial_pin *ret, struct error *err)
{
	CLEANUP(attached_done) struct attached at = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	const struct wanted same = { .name = done->facts.token,
		.reg = a->reg };
	struct initial_pin_request p;
	int r = attached_find_open(&app->run, &same, &at, &f, err);

	if (r == 0)
		r = attached_open(&app->run, at.chosen, &f, err);
	if (r < 0)
		return r;
	p = pin_request(app, a, q, at.chosen);
	p.fido = f;
	return initial_pin_make(&app->run, &p, ret, err);
}

static json_t *pin_json(const struct initial_pin *p)
{
	if (!p->changed)
		return json_null();
	return json_pack("{s:s,s:s,s:i,s:b,s:o}",
		"file", p->file,
		"program", seal_program_names[p->program],
		"recipients", (int)p->recipients,
		"changeForced", p->forced,
		"changeForcedProblem", json_of_text(p->problem.text));
}

static int pin_at_the_end(const struct app *app, struct opened_account *a,
	const struct mfa_request *q, const struct mfa_enrolled *done,
	struct initial_pin *ret, struct error *err)
{
	int r = make_pin_last(app, a, q, done, ret, err);

	if (r < 0)
		run_warn(&app->run, "the token is enrolled, and has no initial "
			"PIN by this: `tokenbridge pin initial` makes one");
	else
		run_say(&app->run, "It has an initial PIN, encrypted for %s in "
			"'%s'%s.", q->holder, ret->file, ret->forced ?
			", which has to be changed first" : "");
	return r;
}

/* ---- the keys ---- */

/* One key, told at once, so that it is not lost where the next one fails. */
static void tell_enrolled(const struct app *app, struct opened_account *a,
	struct mfa_enrolled *done)
{
	look_in_trail(app, a, done);
	registry_log_head(&done->head);
	if (!app->json)
		show_enrolled(done, a->aws.session);
}

static int enroll_one(const struct app *app, struct opened_account *a,
	const struct mfa_request *q, struct mfa_enrolled *ret,
	struct error *err)
{
	int r = mfa_enroll(&app->run, q, ret, err);

	if (r < 0)
		return r;
	tell_enrolled(app, a, ret);
	return 0;
}

static int enroll_also(const struct app *app, struct opened_account *a,
	const struct mfa_request *q, const struct mfa_enrolled *first,
	struct mfa_enrolled *ret, struct error *err)
{
	const char *label = option(&app->options, OPTION_ALSO);
	int r = mfa_enroll_also(&app->run, q, first, label, ret, err);

	if (r < 0) {
		run_warn(&app->run, "the first key is enrolled, the second one "
			"is not; its own enroll goes on from here");
		return r;
	}
	tell_enrolled(app, a, ret);
	return 0;
}

static int enroll(const struct app *app, struct mfa_request *q,
	struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(initial_pin_done) struct initial_pin pin = { .file = NULL };
	bool also = option_is_set(&app->options, OPTION_ALSO);
	bool has_pin = option_is_set(&app->options, OPTION_INITIAL_PIN);
	struct mfa_enrolled done, second;
	struct error why;
	int r, r2 = 0;

	r = open_account(&app->run, &app->options, &a, err);
	if (r < 0)
		return r;
	q->aws = &a.aws;
	q->reg = a.reg;
	q->actor = a.actor;
	q->wanted = open_wanted(&app->options, a.reg);
	if (has_pin)
		r = check_pin_first(app, &a, q, err);
	if (r == 0)
		r = enroll_one(app, &a, q, &done, err);
	if (r < 0)
		return r;
	if (also)
		r2 = enroll_also(app, &a, q, &done, &second, &why);
	else if (has_pin)
		r2 = pin_at_the_end(app, &a, q, &done, &pin, &why);
	if (app->json)
		r = show_enrolled_json(&done, also, r2 < 0 ? NULL : &second,
			has_pin ? pin_json(&pin) : NULL, a.aws.session, err);
	if (r == 0 && r2 < 0)
		return error_copy(err, &why);
	return r < 0 ? r : done.confirmed && (!also || second.confirmed) &&
		!pin.problem.code ? STATUS_DONE : STATUS_INCOMPLETE;
}

static int enroll_run(struct app *app, struct error *err)
{
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct mfa_request q = request_of(app);
	uint64_t wait;
	int r;

	r = option_number(&app->options, OPTION_WAIT, WAIT_MAX, &wait, err);
	if (r < 0)
		return r;
	q.wait_s = (int64_t)wait;
	r = open_trust(&app->options, &trust, err);
	if (r < 0)
		return r;
	/* the option or the setting, else the policy's default */
	q.method = option_is_set(&app->options, OPTION_METHOD) ?
		option(&app->options, OPTION_METHOD) :
		trust.policy.default_method;
	q.trust = &trust;
	r = check_method(&app->options, q.method, err);
	if (r == 0)
		r = check_claims(app, &q, err);
	return r < 0 ? r : enroll(app, &q, err);
}

static bool needs_network(const struct options *o)
{
	(void)o;
	return true;
}

const struct verb verb_enroll = {
	.command = "enroll",
	.group = GROUP_AWS,
	.summary = "register a token as an MFA device of an IAM user",
	.help = "Registers an MFA device of USER; what goes wrong is undone. "
		"Needs a registry.\n",
	.example = "  tokenbridge enroll alice --method fido --label blue-7\n",
	.arguments = { { "USER", VALUE_IAM_USER } },
	.min_arguments = 1,
	.options = { OPTION_METHOD, OPTION_SERIAL, OPTION_ALLOW_VIRTUAL,
		OPTION_TEMPLATE, OPTION_EXACT_NAME, OPTION_INITIAL_PIN,
		OPTION_ALSO, OPTION_OPEN, OPTION_WAIT, OPTION_DEVICE,
		OPTION_CODE_OF, OPTION_HOLDER, OPTION_PLACE, OPTION_LABEL, OPTION_FORCE,
		OPTION_FRESH, OPTION_ENTERPRISE, OPTION_TOKEN, OPTION_REGISTRY,
		OPTION_PROFILE, OPTION_REGION, OPTION_ENDPOINT_URL,
		OPTION_ACCOUNT, OPTION_PIN_FD, OPTION_OATH_PASSWORD_FD,
		OPTION_CODES_FD, OPTION_TOUCH_TIMEOUT, OPTION_TICKET,
		OPTION_JSON, OPTION_FORMAT },
	.in_manual = { OPTION_FRESH, OPTION_ENTERPRISE, OPTION_TEMPLATE,
		OPTION_EXACT_NAME, OPTION_OPEN, OPTION_WAIT, OPTION_DEVICE,
		OPTION_CODE_OF, OPTION_INITIAL_PIN },
	.combinations = {
		{ OPTION_HOLDER, GOES_WITHOUT, { OPTION_PLACE } },
		{ OPTION_ALSO, GOES_WITHOUT, { OPTION_DEVICE,
			OPTION_INITIAL_PIN } },
		{ OPTION_TEMPLATE, GOES_WITHOUT, { OPTION_EXACT_NAME } },
	},
	.needs_network = needs_network,
	.run = enroll_run,
};
