/* SPDX-License-Identifier: Apache-2.0 */
/* root --check: what is known of an account's root user, or of many. */
#include "bridge/command/root.h"
#include "bridge/accounts/entrance.h"
#include "bridge/member/enter.h"
#include "bridge/open/account.h"
#include "bridge/root/judge.h"
#include "bridge/show/root/many.h"
#include "bridge/show/root/root.h"
#include "bridge/terminal/status.h"

#include <string.h>

static const char ALARMS[] = "what follows is done as Root of %s: %s log shows "
	"it so, and alarms on the use of root will go off";

static const int statuses[] = {
	[ROOT_IN_ORDER] = STATUS_DONE,
	[ROOT_NOTHING] = STATUS_DONE,
	[ROOT_FAILS] = STATUS_FINDINGS,
	[ROOT_OPEN] = STATUS_INCOMPLETE,
};

int root_account_option(const struct options *o, const char *why,
	const char **ret, struct error *err)
{
	const char *account = option(o, OPTION_ACCOUNT);

	if (!account || !arn_is_account(account, strlen(account)))
		return error_set(err, ERROR_USAGE, "%s: say with --account "
			"which account it is, twelve digits", why);
	*ret = account;
	return 0;
}

/* Nothing of AWS is opened: the region alone says the partition. */
static int ask_person(const struct app *app, struct root_sight *ret,
	struct error *err)
{
	const char *region = option(&app->options, OPTION_REGION);
	const char *account = NULL;
	int r = root_account_option(&app->options, "--without-api", &account,
		err);

	return r < 0 ? r : root_ask(&app->run, account,
		partition_of_region(region ? region : "us-east-1"), ret, err);
}

/* The caller's own account; with `member` that of --account is another. */
static int open_to_check(const struct app *app, bool member,
	struct code_asker *codes, struct account *aws, struct sign_in *ret,
	struct error *err)
{
	struct account_request q = open_account_request(&app->run,
		&app->options, codes);
	int r;

	q.account = member ? NULL : q.account;
	q.sign_in.lasting = member;
	*ret = q.sign_in;
	r = account_open(&app->run, &q, aws, err);
	if (r == 0)
		account_show(&app->run, aws);
	return r;
}

static int look_at(const struct app *app, struct account *aws,
	struct root_sight *ret, struct error *err)
{
	struct root_look look = { .report = true };
	struct code_asker codes;
	struct sign_in how;
	int r = open_to_check(app, false, &codes, aws, &how, err);

	if (r < 0)
		return r;
	look.session = aws->session;
	look.account = aws->caller.account;
	look.by_root = arn_is_root(aws->caller.arn);
	return root_look(&look, ret, err);
}

/* For a quarter of an hour and under a ceiling that lets nothing be changed. */
static int look_as_root(struct account *aws, const char *account,
	struct root_sight *ret, struct error *err)
{
	struct member m = { .from = aws->session, .account = account,
		.task = STS_AUDIT_ROOT };
	struct root_look look = { .by_root = true, .assumed = true,
		.account = account };
	int r = member_enter(&m, err);

	look.session = m.session;
	if (r == 0)
		r = root_look(&look, ret, err);
	member_leave(&m);
	return r;
}

static int look_at_member(const struct app *app, struct account *aws,
	struct root_sight *ret, struct error *err)
{
	const char *account = NULL;
	struct code_asker codes;
	struct sign_in how;
	int r = root_account_option(&app->options, "--assume-root", &account,
		err);

	if (r == 0)
		r = open_to_check(app, true, &codes, aws, &how, err);
	if (r < 0)
		return r;
	run_warn(&app->run, ALARMS, account, "its");
	return look_as_root(aws, account, ret, err);
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

static int check_one(const struct app *app, struct error *err)
{
	CLEANUP(account_done) struct account aws = { .session = NULL };
	struct root_judgement judgement;
	struct root_sight sight;
	bool api = !option_is_set(&app->options, OPTION_WITHOUT_API);
	bool as_root = option_is_set(&app->options, OPTION_ASSUME_ROOT);
	int r;

	r = as_root ? look_at_member(app, &aws, &sight, err) :
		api ? look_at(app, &aws, &sight, err) :
		      ask_person(app, &sight, err);
	if (r == 0 && nothing_answered(&sight))
		r = error_copy(err, &sight.failure);
	if (r < 0)
		return r;
	root_judge(&sight, &judgement);
	r = show_root_check(&(struct show_root){ &sight, &judgement,
		as_root ? NULL : aws.alias,
		api ? account_endpoint(&aws) : "" }, app->json, err);
	return r < 0 ? r : statuses[judgement.outcome];
}

/* ---- many ---- */

struct checking {
	const struct app *app;
	struct account *aws;
	const struct sign_in *how;
	struct entrance entrance;
	bool as_root;      /* where a line has no way in of its own */
	struct show_many shown;
	int status;
};

/* Findings before what is not known, as of one account. */
static void note_status(struct checking *c, int status)
{
	if (status == STATUS_FINDINGS || c->status == STATUS_DONE)
		c->status = status;
}

static int look_by_assuming(struct checking *c, const struct accounts_item *a,
	struct account *there, struct root_sight *ret, struct error *err)
{
	(void)there;
	return look_as_root(c->aws, a->id, ret, err);
}

/* By the keys of its own, or of a role that it has: a way that says so. */
static int look_from_within(struct checking *c, const struct accounts_item *a,
	struct account *there, struct root_sight *ret, struct error *err)
{
	struct root_look look = { .report = true };
	int r = entrance_visit(&c->entrance, a, there, err);

	if (r < 0)
		return r;
	look.session = there->session;
	look.account = there->caller.account;
	look.by_root = arn_is_root(there->caller.arn);
	return root_look(&look, ret, err);
}

static bool is_entered_as_root(const struct checking *c,
	const struct accounts_item *a)
{
	return c->as_root && a->way == ACCOUNTS_NOT_SAID;
}

static int check_one_of_many(struct checking *c, const struct accounts_item *a,
	struct error *err)
{
	CLEANUP(account_done) struct account there = { .session = NULL };
	bool as_root = is_entered_as_root(c, a);
	struct root_judgement judgement;
	struct root_sight sight;
	struct error e;
	int r;

	r = account_renew(&c->app->run, c->how, c->aws->session,
		&c->aws->caller, err);
	if (r < 0)
		return r;
	r = (as_root ? look_by_assuming : look_from_within)(c, a, &there,
		&sight, &e);
	if (r == 0 && nothing_answered(&sight))
		r = error_copy(&e, &sight.failure);
	if (r < 0 && (e.code == ERROR_INTERRUPTED || e.code == ERROR_FAILED))
		return error_copy(err, &e);
	if (r < 0) {
		note_status(c, STATUS_INCOMPLETE);
		show_many_failed(&c->shown, a->id, a->name, e.text);
		return 0;
	}
	root_judge(&sight, &judgement);
	note_status(c, statuses[judgement.outcome]);
	show_many_looked(&c->shown, a->name, &(struct show_root){ &sight,
		&judgement, NULL, account_endpoint(as_root ? c->aws :
			&there) });
	return 0;
}

/* What nobody can be root of this way. */
static const char *why_not(const struct checking *c,
	const struct accounts_item *a)
{
	if (accounts_is_closed(a))
		return "the account is not active";
	return is_entered_as_root(c, a) &&
		strcmp(a->id, c->aws->caller.account) == 0 ?
		"it is the account that this is done from: check it without "
		"--assume-root" : NULL;
}

static int check_each(struct checking *c, const struct accounts_list *list,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct accounts_item *a = &list->items[i];
		const char *why = why_not(c, a);

		run_progress(&c->app->run, "Account %zu of %zu: %s", i + 1,
			list->n, a->id);
		if (why)
			show_many_skipped(&c->shown, a->id, a->name, why);
		else
			r = check_one_of_many(c, a, err);
	}
	return r;
}

/* Before any is looked at: each has a way in; *ret_any: one of them as root. */
static int check_ways(const struct checking *c,
	const struct accounts_list *list, bool *ret_any, struct error *err)
{
	const struct accounts_item *a;
	size_t i;

	for (i = 0; i < list->n; i++) {
		a = &list->items[i];
		if (accounts_is_closed(a) || a->way != ACCOUNTS_NOT_SAID)
			continue;
		*ret_any |= c->as_root;
		if (!c->as_root && strcmp(a->id, c->aws->caller.account) != 0)
			return error_set(err, ERROR_USAGE, "nothing leads into "
				"account '%s': say role=NAME or profile=NAME "
				"behind it in the file, or look at such "
				"accounts as root with --assume-root", a->id);
	}
	return 0;
}

static int check_many(const struct app *app, struct error *err)
{
	CLEANUP(account_done) struct account aws = { .session = NULL };
	CLEANUP(accounts_list_done) struct accounts_list list = { .items = NULL };
	struct code_asker codes, again;
	struct account_request by = open_account_request(&app->run,
		&app->options, &again);
	struct checking c = { .app = app, .aws = &aws,
		.entrance = { .run = &app->run, .by = &by,
			.as = "tokenbridge" },
		.as_root = option_is_set(&app->options, OPTION_ASSUME_ROOT) };
	struct sign_in how;
	struct error later;
	bool any_as_root = false;
	int r = open_to_check(app, true, &codes, &aws, &how, err), shown;

	if (r == 0)
		r = accounts_list_of(option(&app->options, OPTION_ACCOUNTS),
			aws.session, &list, err);
	if (r == 0)
		r = check_ways(&c, &list, &any_as_root, err);
	if (r < 0)
		return r;
	if (any_as_root)
		run_warn(&app->run, ALARMS, "each account", "every");
	c.how = &how;
	by.sign_in = how;
	entrance_of(&c.entrance, &aws);
	show_many_begin(&c.shown, "accounts", app->json);
	r = check_each(&c, &list, err);
	shown = show_many_end(&c.shown, account_endpoint(&aws), false, NULL,
		r < 0 ? &later : err);
	return r < 0 ? r : shown < 0 ? shown : c.status;
}

int root_check(struct app *app, struct error *err)
{
	return option_is_set(&app->options, OPTION_ACCOUNTS) ?
		check_many(app, err) : check_one(app, err);
}
