/* SPDX-License-Identifier: Apache-2.0 */
/* root: the MFA of an account's root user set up, and the verb's row. */
#include "bridge/command/root.h"

#include "aws/api/check.h"
#include "base/file.h"
#include "bridge/command/custodians.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/account.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/root/judge.h"
#include "bridge/root/lead.h"
#include "bridge/show/root/page.h"
#include "bridge/show/root/root.h"
#include "bridge/terminal/status.h"

#include <string.h>

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
	bool wanted = strcmp(q->method, "hardware-totp") == 0;

	q->serial = option(o, OPTION_SERIAL);
	if (wanted != (q->serial != NULL))
		return error_set(err, ERROR_USAGE, wanted ?
			"--method hardware-totp: say with --serial what stands "
			"on the back of the token" :
			"--serial is of --method hardware-totp");
	return wanted ? check_serial(q->serial, err) : 0;
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
			"a display); or --check");
	r = root_check_method(q, err);
	if (r < 0)
		return r;
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
	int r = root_account_option(&app->options,
		"--without-api", &q->account, err);

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
	struct witnessed seen = { .found = 0 };
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
	if (r == 0 && q.aws)
		witness_sign_ins(&app->run, q.aws, q.reg, &q.actor, &seen);
	if (seen.found)
		receipt.head = seen.head;
	return finish(app, &q, &receipt, r, err);
}

/* What no row of a table can say: a way in for many, and who goes by it. */
static int check_many_option(const struct options *o, struct error *err)
{
	const char *what = option(o, OPTION_ACCOUNTS);

	if (!what || option_is_set(o, OPTION_REMOVE_CREDENTIALS) ||
		option_is_set(o, OPTION_ASSUME_ROOT))
		return 0;
	if (option_is_set(o, OPTION_CHECK) && strcmp(what, "org") != 0)
		return 0;
	return error_set(err, ERROR_USAGE, "--accounts goes with --check "
		"--assume-root, with --check and a file that says its own ways "
		"in, and with --remove-credentials");
}

static int root_run(struct app *app, struct error *err)
{
	static const struct {
		enum option_id option;
		int (*run)(struct app *app, struct error *err);
	} acts[] = {
		{ OPTION_CHECK, root_check },
		{ OPTION_REMOVE_CREDENTIALS, root_remove },
		{ OPTION_INVENTORY, root_inventory },
	};
	size_t i;
	int r = check_many_option(&app->options, err);

	if (r < 0)
		return r;
	for (i = 0; i < ARRAY_LEN(acts); i++)
		if (option_is_set(&app->options, acts[i].option))
			return acts[i].run(app, err);
	return set_up(app, err);
}

static bool needs_network(const struct options *o)
{
	return !option_is_set(o, OPTION_WITHOUT_API) &&
		!option_is_set(o, OPTION_INVENTORY);
}

/* What only the set-up of a key has. */
#define SETS_UP                                                                \
	OPTION_METHOD, OPTION_SERIAL, OPTION_AT_SIGN_IN, OPTION_STATED,        \
		OPTION_LABEL, OPTION_PLACE, OPTION_BAG, OPTION_CUSTODIAN,      \
		OPTION_PAGE

const struct verb verb_root = {
	.command = "root",
	.group = GROUP_AWS,
	.summary = "the MFA of an account's root user",
	.help = "No API sets up root's MFA: this leads through the console, or "
		"looks; a member's root can lose all it has.\n",
	.example = "  tokenbridge root --method fido --label root-1\n",
	.options = { OPTION_CHECK, OPTION_INVENTORY, OPTION_REMOVE_CREDENTIALS,
		OPTION_CONFIRM, OPTION_REASON, OPTION_ACCOUNTS,
		OPTION_ASSUME_ROOT, OPTION_METHOD, OPTION_SERIAL,
		OPTION_AT_SIGN_IN, OPTION_STATED, OPTION_WITHOUT_API,
		OPTION_WAIT, OPTION_LABEL, OPTION_PLACE, OPTION_BAG,
		OPTION_CUSTODIAN, OPTION_PAGE, OPTION_TOKEN,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_PIN_FD,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.in_manual = { OPTION_AT_SIGN_IN, OPTION_STATED, OPTION_WAIT,
		OPTION_PLACE, OPTION_BAG, OPTION_CUSTODIAN, OPTION_PAGE },
	.takes = { { OPTION_METHOD, VALUE_WORDS, "fido hardware-totp virtual" } },
	.combinations = {
		{ OPTION_CHECK, GOES_WITHOUT, { OPTION_REMOVE_CREDENTIALS,
			OPTION_INVENTORY, SETS_UP } },
		{ OPTION_REMOVE_CREDENTIALS, GOES_WITHOUT, {
			OPTION_ASSUME_ROOT, OPTION_WITHOUT_API,
			OPTION_INVENTORY, SETS_UP } },
		{ OPTION_INVENTORY, GOES_WITHOUT, { OPTION_WITHOUT_API,
			OPTION_ACCOUNTS, SETS_UP } },
		{ OPTION_REMOVE_CREDENTIALS, GOES_WITH, { OPTION_CONFIRM,
			OPTION_REASON } },
		{ OPTION_CHECK, GOES_WITH, { OPTION_ASSUME_ROOT } },
		{ OPTION_WITHOUT_API, GOES_WITHOUT, { OPTION_ASSUME_ROOT,
			OPTION_ACCOUNTS } },
	},
	.needs_network = needs_network,
	.run = root_run,
};
