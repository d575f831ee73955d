/* SPDX-License-Identifier: Apache-2.0 */
/* revoke: takes a device away, with a receipt. */
#include "bridge/command/revoke-accounts.h"
#include "bridge/local/publish.h"
#include "bridge/local/revoke.h"
#include "bridge/open/account.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/revoke/leaver.h"
#include "bridge/revoke/named.h"
#include "bridge/revoke/orphans.h"
#include "bridge/revoke/token.h"
#include "bridge/revoke/user.h"
#include "bridge/show/mfa.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <string.h>

static int show_removed(const struct app *app,
	const struct local_revoked *done, struct error *err)
{
	const json_t *removed = done->removed, *o;
	char head[REGISTRY_HEAD_LEN];
	size_t i;

	registry_head_format(&done->head, head);
	if (app->json)
		return ui_json(json_pack("{s:b,s:{s:s,s:O,s:s}}",
			"changed", true, "revoked",
			"localUser", app_argument(app, 0),
			"removedBindings", removed,
			"head", head), err);
	for (i = 0; (o = json_array_get(removed, i)); i++) {
		const char *token = event_str(o, "token");

		ui_line("removed  %.8s  %s  token %.8s",
			event_str(o, "binding"), event_str(o, "kind"),
			token ? token : "-");
	}
	return 0;
}

static int revoke_local_command(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct local_revocation q = {
		.user = app_argument(app, 0),
		.what = app_argument(app, 1),
		.reason = option(&app->options, OPTION_REASON),
	};
	struct local_revoked done = { .removed = NULL };
	const char *login_db;
	int r;

	r = open_registry_write(&app->options, &reg, err);
	if (r == 0)
		r = open_login_db(&app->options, reg, &login_db, err);
	q.reg = reg;
	if (r == 0)
		r = local_revoke(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	registry_log_head(&done.head);
	r = show_removed(app, &done, err);
	json_decref(done.removed);
	if (r == 0)
		r = login_publish_change(&app->run, reg, login_db, err);
	return r == 0 ? STATUS_INCOMPLETE : r < 0 ? r : STATUS_DONE;
}

/* ---- what is meant ---- */

enum scope {
	SCOPE_DEVICE,
	SCOPE_ALL,
	SCOPE_TOKEN,
	SCOPE_LEAVER,
	SCOPE_ORPHANS,
	SCOPE_LOCAL,
};

/* A scope by its option; none: a device. `arguments` of the command line. */
static const struct {
	enum option_id option;
	enum scope scope;
	int arguments;
	const char *form; /* for people */
} scopes[] = {
	{ OPTION_LOCAL, SCOPE_LOCAL, 2, "--local LOCALUSER WHAT" },
	{ OPTION_ALL, SCOPE_ALL, 1, "--all USER" },
	{ OPTION_TOKEN, SCOPE_TOKEN, 0, "--token TOKEN" },
	{ OPTION_LEAVER, SCOPE_LEAVER, 0, "--leaver HOLDER" },
	{ OPTION_ORPHANS, SCOPE_ORPHANS, 0, "--orphans" },
};

/* The setting `token` names a token for other commands. */
static bool is_typed(const struct options *o, enum option_id id)
{
	return option_is_set(o, id) && o->from[id] == FROM_COMMAND_LINE;
}

static enum scope scope_of(const struct options *o)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(scopes); i++)
		if (is_typed(o, scopes[i].option))
			return scopes[i].scope;
	return SCOPE_DEVICE;
}

static bool is_at_aws(const struct options *o)
{
	return scope_of(o) != SCOPE_LOCAL;
}

/* What no row of a table can say: an option beside one of several. */
static int check_beside(const struct options *o, enum scope scope,
	struct error *err)
{
	bool cuts = scope == SCOPE_ALL || scope == SCOPE_LEAVER;
	bool logins = scope == SCOPE_LOCAL || scope == SCOPE_TOKEN ||
		scope == SCOPE_LEAVER;

	if (is_typed(o, OPTION_CUT_ACCESS) && !cuts)
		return error_set(err, ERROR_USAGE,
			"--cut-access goes with --all and --leaver");
	if (is_typed(o, OPTION_ACCOUNTS) && (scope == SCOPE_DEVICE ||
		scope == SCOPE_LOCAL))
		return error_set(err, ERROR_USAGE, "--accounts goes with "
			"--all, --token, --leaver and --orphans");
	if (is_typed(o, OPTION_LOGIN_DB) && !logins)
		return error_set(err, ERROR_USAGE,
			"--login-db goes with --local, --token and --leaver");
	return 0;
}

static int check_scope(const struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	int given = 0, wanted = 2;
	const char *form = "USER DEVICE";
	size_t i;

	while (app_argument(app, given))
		given++;
	for (i = 0; i < ARRAY_LEN(scopes); i++)
		if (scopes[i].scope == scope_of(o)) {
			wanted = scopes[i].arguments;
			form = scopes[i].form;
		}
	if (given != wanted)
		return error_set(err, ERROR_USAGE,
			"this takes `tokenbridge revoke %s`; `tokenbridge revoke "
			"--help` has all forms", form);
	return check_beside(o, scope_of(o), err);
}

/* ---- at AWS ---- */

static struct revoke_work work_of(struct app *app, struct opened_account *a,
	struct revoke_receipt *receipt)
{
	return (struct revoke_work){
		.run = &app->run,
		.aws = &a->aws,
		.reg = a->reg,
		.actor = a->actor,
		.reason = option(&app->options, OPTION_REASON),
		.last = option_is_set(&app->options, OPTION_LAST),
		.cut = option_is_set(&app->options, OPTION_CUT_ACCESS),
		.receipt = receipt,
	};
}

static int revoke_device_command_of(struct app *app, struct opened_account *a,
	struct error *err)
{
	struct revoke_work w = work_of(app, a, NULL);
	char serial[IAM_SERIAL_MAX + 1];
	struct mfa_revocation q = {
		.aws = &a->aws,
		.reg = a->reg,
		.actor = a->actor,
		.user = app_argument(app, 0),
		.reason = w.reason,
		.last = w.last,
	};
	struct mfa_revoked done;
	int r = named_device(&w, q.user, app_argument(app, 1), serial, err);

	q.device = serial;
	if (r == 0)
		r = mfa_revoke(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	registry_log_head(&done.head);
	r = show_revoked(&done, a->aws.session, app->json, err);
	return r < 0 ? r : done.account_left || done.orphan ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int revoke_all(struct app *app, struct revoke_work *w,
	struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list open = { .p = NULL };
	const char *user = app_argument(app, 0);
	struct revoke_user q = { user, "", NULL, NULL, false };
	int r = revoke_user_unfinished(w, NULL, user, &open, err);

	if (r == 0)
		r = revoke_settle(w, err);
	if (r < 0)
		return r;
	if (open.n > 0) {
		q.journal = &open.p[0];
		q.id = open.p[0].facts.user_id;
	}
	return revoke_user(w, &q, err);
}

static int revoke_scope(struct app *app, struct revoke_work *w,
	struct error *err)
{
	switch (scope_of(&app->options)) {
	case SCOPE_ALL:
		return revoke_all(app, w, err);
	case SCOPE_TOKEN:
		return revoke_token(w, option(&app->options, OPTION_TOKEN),
			err);
	case SCOPE_LEAVER:
		return revoke_leaver(w, option(&app->options, OPTION_LEAVER),
			err);
	default:
		return revoke_orphans(w, option_is_set(&app->options,
			OPTION_YES), err);
	}
}

static const char *subject_of(const struct app *app, enum scope scope)
{
	return scope == SCOPE_ALL ? app_argument(app, 0) :
		scope == SCOPE_TOKEN ? option(&app->options, OPTION_TOKEN) :
		scope == SCOPE_LEAVER ? option(&app->options, OPTION_LEAVER) :
		NULL;
}

static const char *const scope_names[] = {
	[SCOPE_ALL] = "user",
	[SCOPE_TOKEN] = "token",
	[SCOPE_LEAVER] = "leaver",
	[SCOPE_ORPHANS] = "orphans",
};

/* Logins that were taken away are in force where nobody publishes that. */
static int publish(struct app *app, const struct revoke_work *w,
	const char *login_db, struct error *err)
{
	const json_t *row;
	size_t i;
	bool any = false;

	json_array_foreach(w->receipt->rows, i, row) {
		const char *what = event_str(row, "what");
		const char *outcome = event_str(row, "outcome");

		any |= what && outcome && strcmp(outcome, "revoked") == 0 &&
			(strcmp(what, "pam") == 0 || strcmp(what, "ssh") == 0);
	}
	return any ? login_publish_change(&app->run, w->reg, login_db, err) : 1;
}

/* "123456789012 210987654321"; NULL where --accounts was not given. */
static int read_accounts(const struct app *app, const struct opened_account *a,
	struct accounts_list *ret, char **ret_words, struct error *err)
{
	const char *what = option(&app->options, OPTION_ACCOUNTS);
	CLEANUP(buf_done) struct buf b;
	size_t i;
	int r;

	buf_init(&b, ACCOUNTS_MAX * (ARN_ACCOUNT_LEN + 1) + 1);
	if (!what)
		return 0;
	r = accounts_list_of(what, a->aws.session, ret, err);
	for (i = 0; r == 0 && i < ret->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", ret->items[i].id);
	if (r == 0)
		r = buf_check(&b, "the accounts", err);
	if (r < 0)
		return r;
	*ret_words = strdup(buf_str(&b));
	return *ret_words ? 0 : error_memory(err);
}

/* The receipt is shown whatever came of the rest: what was done is done. */
static int revoke_several(struct app *app, enum scope scope,
	struct opened_account *a, struct error *err)
{
	CLEANUP(revoke_receipt_done) struct revoke_receipt receipt;
	CLEANUP(accounts_list_done) struct accounts_list list = { .items = NULL };
	CLEANUP(free_p) char *accounts = NULL;
	struct revoke_work w = work_of(app, a, &receipt);
	struct show_scope shown = { scope_names[scope],
		subject_of(app, scope), a->aws.caller.account,
		account_endpoint(&a->aws), NULL };
	const char *login_db = NULL;
	struct error why;
	int r, then;

	revoke_receipt_init(&receipt);
	r = open_login_db(&app->options, a->reg, &login_db, err);
	if (r == 0)
		r = registry_head(a->reg, &receipt.head, err);
	if (r == 0)
		r = read_accounts(app, a, &list, &accounts, err);
	if (r < 0)
		return r;
	w.visited = shown.accounts = accounts;
	r = accounts ? revoke_each_account(app, a, &list, &w, revoke_scope,
		&why) : revoke_scope(app, &w, &why);
	if (r < 0 && json_array_size(receipt.rows) == 0)
		return error_copy(err, &why);
	registry_log_head(&receipt.head);
	then = show_revoke_receipt(&receipt, &shown, app->json, err);
	if (then == 0)
		then = publish(app, &w, login_db, err);
	if (r < 0)
		return error_copy(err, &why);
	if (then < 0)
		return then;
	return then == 0 || receipt.left || receipt.unreached ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int revoke_at_aws(struct app *app, enum scope scope, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	bool many = option_is_set(&app->options, OPTION_ACCOUNTS);
	int r = many ? open_account_of_others(&app->run, &app->options, &a,
		err) : open_account(&app->run, &app->options, &a, err);

	if (r < 0)
		return r;
	return scope == SCOPE_DEVICE ? revoke_device_command_of(app, &a, err) :
		revoke_several(app, scope, &a, err);
}

static int revoke_command(struct app *app, struct error *err)
{
	enum scope scope = scope_of(&app->options);
	int r = check_scope(app, err);

	if (r < 0)
		return r;
	return scope == SCOPE_LOCAL ? revoke_local_command(app, err) :
		revoke_at_aws(app, scope, err);
}

const struct verb verb_revoke = {
	.command = "revoke",
	.group = GROUP_AWS,
	.summary = "take MFA devices and logins away",
	.help = "Takes DEVICE (serial number, its name, or a token's label or "
		"serial number) away from USER: at AWS, in the token, in the "
		"registry. A last device goes only where there is no password "
		"and no active key, or with --last. What could not be done is "
		"listed, with exit status 10.\n",
	.example = "  tokenbridge revoke alice blue-7\n"
		"  tokenbridge revoke --leaver carol --cut-access\n"
		"  tokenbridge revoke --local carol all\n",
	.arguments = { { "USER", VALUE_IAM_USER }, { "DEVICE", VALUE_TEXT } },
	.options = { OPTION_ALL, OPTION_TOKEN, OPTION_LEAVER, OPTION_ORPHANS,
		OPTION_LOCAL, OPTION_ACCOUNTS, OPTION_ROLE, OPTION_CUT_ACCESS,
		OPTION_YES, OPTION_LAST,
		OPTION_REASON, OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_LOGIN_DB,
		OPTION_OATH_PASSWORD_FD, OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.in_manual = { OPTION_ROLE, OPTION_YES, OPTION_REASON },
	.combinations = {
		{ OPTION_LOCAL, GOES_WITHOUT, { OPTION_LAST, OPTION_PROFILE,
			OPTION_REGION, OPTION_ENDPOINT_URL, OPTION_ACCOUNT,
			OPTION_TOUCH_TIMEOUT, OPTION_ALL, OPTION_TOKEN,
			OPTION_LEAVER, OPTION_ORPHANS } },
		{ OPTION_ALL, GOES_WITHOUT, { OPTION_TOKEN, OPTION_LEAVER,
			OPTION_ORPHANS } },
		{ OPTION_TOKEN, GOES_WITHOUT, { OPTION_LEAVER,
			OPTION_ORPHANS } },
		{ OPTION_ORPHANS, GOES_WITHOUT, { OPTION_LEAVER, OPTION_LAST,
			OPTION_REASON } },
		{ OPTION_ORPHANS, GOES_WITH, { OPTION_YES } },
		{ OPTION_REASON, GOES_WITH, { OPTION_LAST } },
		{ OPTION_ACCOUNTS, GOES_WITH, { OPTION_ROLE } },
		{ OPTION_ACCOUNTS, GOES_WITHOUT, { OPTION_ACCOUNT } },
	},
	.needs_network = is_at_aws,
	.run = revoke_command,
};
