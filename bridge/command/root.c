/* SPDX-License-Identifier: Apache-2.0 */
/* root: what an account's root user has, and its MFA set up. */
#include "aws/api/sts-root.h"
#include "base/file.h"
#include "bridge/command/command.h"
#include "bridge/command/custodians.h"
#include "bridge/open/account.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/root/judge.h"
#include "bridge/root/lead.h"
#include "bridge/root/page.h"
#include "bridge/show/root/root.h"
#include "bridge/terminal/status.h"

#include <string.h>

static struct account_request account_request_of(const struct options *o)
{
	return (struct account_request){
		.profile = option(o, OPTION_PROFILE),
		.region = option(o, OPTION_REGION),
		.endpoint_url = option(o, OPTION_ENDPOINT_URL),
		.account = option(o, OPTION_ACCOUNT),
	};
}

static int check_account_option(const struct options *o, const char **ret,
	struct error *err)
{
	const char *account = option(o, OPTION_ACCOUNT);

	if (!account || strlen(account) != ARN_ACCOUNT_LEN ||
		strspn(account, "0123456789") != ARN_ACCOUNT_LEN)
		return error_set(err, ERROR_USAGE, "--without-api: say with "
			"--account which account it is, twelve digits");
	*ret = account;
	return 0;
}

/* Nothing of AWS is opened: the region alone says the partition. */
static int ask_person(const struct app *app, struct root_sight *ret,
	struct error *err)
{
	const char *region = option(&app->options, OPTION_REGION);
	const char *account = NULL;
	int r = check_account_option(&app->options, &account, err);

	return r < 0 ? r : root_ask(&app->run, account,
		partition_of_region(region ? region : "us-east-1"), ret, err);
}

static int look_at(const struct app *app, struct account *aws,
	struct root_sight *ret, struct error *err)
{
	const struct account_request q = account_request_of(&app->options);
	struct root_look look = { .report = true };
	int r;

	r = account_open(&app->run, &q, aws, err);
	if (r < 0)
		return r;
	account_show(&app->run, aws);
	look.session = aws->session;
	look.account = aws->caller.account;
	look.by_root = arn_is_root(aws->caller.arn);
	return root_look(&look, ret, err);
}

/*
 * As root of a member account, for a quarter of an hour and under a ceiling that
 * lets nothing be changed. --account is the member, not the caller's account.
 */
static int look_as_root(const struct app *app, struct account *aws,
	struct root_sight *ret, struct error *err)
{
	CLEANUP(credentials_done) struct aws_credentials keys = { .expires =
		0 };
	CLEANUP(aws_session_free) struct aws_session *member = NULL;
	struct account_request q = account_request_of(&app->options);
	struct root_look look = { .by_root = true, .assumed = true };
	int r;

	q.account = NULL;
	r = check_account_option(&app->options, &look.account, err);
	if (r == 0)
		r = account_open(&app->run, &q, aws, err);
	if (r < 0)
		return r;
	account_show(&app->run, aws);
	run_warn(&app->run, "what follows is done as Root of account %s: its "
		"log shows it so, and alarms on the use of root will go off",
		look.account);
	r = sts_assume_root(aws->session, look.account, STS_AUDIT_ROOT, &keys,
		err);
	if (r == 0)
		r = aws_session_derive(&member, aws->session, &keys, NULL, err);
	look.session = member;
	return r < 0 ? r : root_look(&look, ret, err);
}

/* Not one of its answers was to be had. */
static bool nothing_answered(const struct root_sight *s)
{
	size_t i;

	for (i = 0; i < ROOT_FACTS; i++)
		if (s->fact[i].answer != AUDIT_NOT_KNOWN)
			return false;
	return s->failure.code != 0;
}

static int check_root(const struct app *app, struct error *err)
{
	static const int statuses[] = {
		[ROOT_IN_ORDER] = STATUS_DONE,
		[ROOT_NOTHING] = STATUS_DONE,
		[ROOT_FAILS] = STATUS_FINDINGS,
		[ROOT_OPEN] = STATUS_INCOMPLETE,
	};
	CLEANUP(account_done) struct account aws = { .session = NULL };
	struct root_judgement judgement;
	struct root_sight sight;
	bool api = !option_is_set(&app->options, OPTION_WITHOUT_API);
	bool as_root = option_is_set(&app->options, OPTION_ASSUME_ROOT);
	int r;

	r = as_root ? look_as_root(app, &aws, &sight, err) :
		api ? look_at(app, &aws, &sight, err) :
		      ask_person(app, &sight, err);
	if (r == 0 && nothing_answered(&sight))
		r = error_copy(err, &sight.failure);
	if (r < 0)
		return r;
	root_judge(&sight, &judgement);
	r = show_root_check(&(struct show_root){ &sight, &judgement,
		as_root ? NULL : aws.alias, api ? account_endpoint(&aws) : "" }, app->json,
		err);
	return r < 0 ? r : statuses[judgement.outcome];
}

/* ---- setting up ---- */

/* A bag is sealed by two people in a place that has a name. */
static int read_safe(const struct options *o, const struct custodians *c,
	struct root_request *q, struct error *err)
{
	q->place = option(o, OPTION_PLACE);
	q->bag.bag = option(o, OPTION_BAG);
	memcpy(q->bag.custodians, c->names, sizeof(q->bag.custodians));
	if (!q->bag.bag && !c->names[0])
		return 0;
	if (!q->place || !q->bag.bag || !c->names[0])
		return error_set(err, ERROR_USAGE, "a key goes into a safe by "
			"--place SAFE, --bag NUMBER and --custodian twice");
	q->bag.state = REGISTRY_BAG_SEALED;
	return text_check(q->bag.bag, "bag number", err);
}

static int read_wait(const struct options *o, struct root_request *q,
	struct error *err)
{
	uint64_t seconds;
	int r = option_number(o, OPTION_WAIT, 24 * 60 * 60, &seconds, err);

	q->wait_ms = r < 0 ? 0 : (int64_t)seconds * 1000;
	return r;
}

static int read_serial(const struct options *o, struct root_request *q,
	struct error *err)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_+=/:,.@-";
	bool wanted = strcmp(q->method, "hardware-totp") == 0;
	size_t n;

	q->serial = option(o, OPTION_SERIAL);
	if (wanted != (q->serial != NULL))
		return error_set(err, ERROR_USAGE, wanted ?
			"--method hardware-totp: say with --serial what stands "
			"on the back of the token" :
			"--serial is of --method hardware-totp");
	if (!wanted)
		return 0;
	n = strlen(q->serial);
	if (n < 9 || n > IAM_SERIAL_MAX || strspn(q->serial, allowed) != n)
		return error_set(err, ERROR_USAGE, "--serial '%s': a token "
			"that AWS knows has 9 to 256 letters and digits there "
			"(a security key's number is none of these)",
			q->serial);
	return 0;
}

static int read_request(const struct app *app, const struct trust *trust,
	const struct custodians *c, struct root_request *q, struct error *err)
{
	const struct options *o = &app->options;
	int r;

	q->trust = trust;
	q->method = option_is_set(o, OPTION_METHOD) ? option(o, OPTION_METHOD) :
		trust->policy.default_method;
	if (!q->method)
		return error_set(err, ERROR_USAGE, "say how: --method fido (a "
			"security key) or --method hardware-totp (a token with "
			"a display); or --check_root");
	q->label = option(o, OPTION_LABEL);
	q->at_sign_in = option_is_set(o, OPTION_AT_SIGN_IN);
	q->stated = option_is_set(o, OPTION_STATED);
	r = read_wait(o, q, err);
	if (r == 0)
		r = read_safe(o, c, q, err);
	return r < 0 ? r : read_serial(o, q, err);
}

/* Nobody asks AWS: the registry alone, and the account by its number. */
static int open_without_api(const struct app *app, struct opened_account *a,
	struct root_request *q, struct error *err)
{
	const char *region = option(&app->options, OPTION_REGION);
	int r = check_account_option(&app->options, &q->account, err);

	q->partition = partition_of_region(region ? region : "us-east-1");
	q->endpoint = "";
	if (r == 0)
		r = open_registry_write(&app->options, &a->reg, err);
	return r < 0 ? r : registry_actor(a->reg, NULL, app->run.ticket,
		&a->actor, err);
}

static int open_with_api(const struct app *app, struct opened_account *a,
	struct root_request *q, struct error *err)
{
	int r = open_account(&app->run, &app->options, a, err);

	if (r < 0)
		return r;
	q->aws = &a->aws;
	q->account = a->aws.caller.account;
	q->partition = aws_session_partition(a->aws.session);
	q->endpoint = account_endpoint(&a->aws);
	return 0;
}

static int write_page(const char *path, const struct root_receipt *receipt,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, ROOT_PAGE_MAX);
	root_page(receipt, &b);
	r = buf_check(&b, "the page", err);
	return r < 0 ? r : file_write_atomic(path, b.p, b.n, 0600, true, err);
}

static int finish(const struct app *app, const struct root_request *q,
	const struct root_receipt *receipt, int led, struct error *err)
{
	const char *page = option(&app->options, OPTION_PAGE);
	struct error *later = led < 0 ? NULL : err;
	int r = 0;

	/* what was written is shown, whatever came after it */
	if (led < 0 && receipt->keys_n == 0)
		return led;
	if (receipt->head.stream[0])
		registry_log_head(&receipt->head);
	r = show_root_receipt(receipt, q->endpoint, app->json, later);
	if (r == 0 && page)
		r = write_page(page, receipt, later);
	if (led < 0 || r < 0)
		return led < 0 ? led : r;
	return receipt->open_n > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int set_up(const struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(root_receipt_done) struct root_receipt receipt = { .keys_n =
		0 };
	CLEANUP(custodians_done) struct custodians c = { .text = NULL };
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct root_request q = { .aws = NULL };
	int r;

	r = open_trust(&app->options, &trust, err);
	if (r == 0)
		r = custodians_read(&app->options, &c, err);
	if (r == 0)
		r = read_request(app, &trust, &c, &q, err);
	if (r == 0)
		r = option_is_set(&app->options, OPTION_WITHOUT_API) ?
			open_without_api(app, &a, &q, err) :
			open_with_api(app, &a, &q, err);
	if (r < 0)
		return r;
	q.reg = a.reg;
	q.actor = a.actor;
	q.wanted = open_wanted(&app->options, a.reg);
	r = root_lead(&app->run, &q, &receipt, err);
	return finish(app, &q, &receipt, r, err);
}

static int root_run(struct app *app, struct error *err)
{
	return option_is_set(&app->options, OPTION_CHECK) ?
		check_root(app, err) : set_up(app, err);
}

static bool needs_network(const struct options *o)
{
	return !option_is_set(o, OPTION_WITHOUT_API);
}

const struct verb verb_root = {
	.command = "root",
	.group = GROUP_AWS,
	.summary = "the MFA of an account's root user",
	.help = "No API sets up root's MFA: this looks (--check), or leads "
		"through the console.\n",
	.example = "  tokenbridge root --method fido --label root-1\n",
	.options = { OPTION_CHECK, OPTION_ASSUME_ROOT, OPTION_METHOD, OPTION_SERIAL,
		OPTION_AT_SIGN_IN, OPTION_STATED, OPTION_WITHOUT_API,
		OPTION_WAIT, OPTION_LABEL, OPTION_PLACE, OPTION_BAG,
		OPTION_CUSTODIAN, OPTION_PAGE, OPTION_TOKEN,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_PIN_FD,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.combinations = {
		{ OPTION_CHECK, GOES_WITHOUT, { OPTION_METHOD, OPTION_SERIAL,
			OPTION_AT_SIGN_IN, OPTION_STATED, OPTION_LABEL,
			OPTION_PLACE, OPTION_BAG, OPTION_CUSTODIAN,
			OPTION_PAGE } },
		{ OPTION_CHECK, GOES_WITH, { OPTION_ASSUME_ROOT } },
		{ OPTION_WITHOUT_API, GOES_WITHOUT, { OPTION_ASSUME_ROOT } },
	},
	.needs_network = needs_network,
	.run = root_run,
};
