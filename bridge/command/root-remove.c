/* SPDX-License-Identifier: Apache-2.0 */
/* root --remove-credentials: members' roots lose what they sign in with. */
#include "aws/api/organizations.h"
#include "bridge/command/root.h"
#include "bridge/accounts/entrance.h"
#include "bridge/member/removal.h"
#include "bridge/open/account.h"
#include "bridge/show/root/many.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cleaning {
	const struct app *app;
	struct opened_account *a;
	struct entrance entrance;
	struct organization org;
	struct show_many shown;
	struct registry_head head;
	bool changed, incomplete;
};

/* Nobody is asked before it is known which account never. */
static int find_management(struct cleaning *c, struct error *err)
{
	bool found = false;
	int r = organizations_describe(c->a->aws.session, &c->org, &found,
		err);

	if (r < 0 || found)
		return r;
	return error_set(err, ERROR_REFUSED, "account %s is in no "
		"organization: there is no member to do that to",
		c->a->aws.caller.account);
}

static int list_wanted(const struct cleaning *c, struct accounts_list *ret,
	struct error *err)
{
	const char *what = option(&c->app->options, OPTION_ACCOUNTS);
	const char *account;
	int r;

	if (what)
		return accounts_list_of(what, c->a->aws.session, ret, err);
	r = root_account_option(&c->app->options, "--remove-credentials",
		&account, err);
	if (r < 0)
		return r;
	return accounts_list_add(ret, account) ? 0 : error_memory(err);
}

/* By a way that the account's line says; nothing is done where that fails. */
static int visit(struct cleaning *c, const struct accounts_item *m,
	struct account *ret, struct error *err)
{
	int r = account_renew(&c->app->run, &c->a->sign_in, c->a->aws.session,
		&c->a->aws.caller, err);

	if (r < 0 || m->way == ACCOUNTS_NOT_SAID)
		return r;
	r = entrance_visit(&c->entrance, m, ret, err);
	return r < 0 ? r : account_guard(ret, c->a->reg, err);
}

/* What was done is shown, whatever came after it. */
static int remove_one(struct cleaning *c, const struct accounts_item *m,
	struct error *err)
{
	CLEANUP(account_done) struct account there = { .session = NULL };
	CLEANUP(removal_receipt_done) struct removal_receipt receipt = {
		.rows = NULL };
	const struct options *o = &c->app->options;
	struct removal q = {
		.run = &c->app->run,
		.aws = &c->a->aws,
		.management = c->org.management,
		.reg = c->a->reg,
		.actor = c->a->actor,
		.account = m->id,
		.reason = option(o, OPTION_REASON),
		.confirmed = option(o, OPTION_CONFIRM),
	};
	int r = visit(c, m, &there, err);

	if (r < 0)
		return r;
	q.there = there.session ? &there : NULL;
	r = removal_run(&q, &receipt, err);
	c->changed |= receipt.done > 0;
	c->incomplete |= receipt.left > 0;
	if (receipt.head.stream[0])
		c->head = receipt.head;
	if (r == 0 || json_array_size(receipt.rows) > 0)
		show_many_removed(&c->shown, m->name, &receipt);
	return r;
}

static bool ends_all(const struct error *e)
{
	return e->code == ERROR_INTERRUPTED || e->code == ERROR_FAILED;
}

static int remove_each(struct cleaning *c, const struct accounts_list *list,
	struct error *err)
{
	struct error e;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct accounts_item *m = &list->items[i];

		run_progress(&c->app->run, "Account %zu of %zu: %s", i + 1,
			list->n, m->id);
		if (accounts_is_closed(m)) {
			show_many_skipped(&c->shown, m->id, m->name,
				"the account is not active");
			continue;
		}
		if (strcmp(m->id, c->org.management) == 0 && list->n > 1) {
			show_many_skipped(&c->shown, m->id, m->name,
				"the management account is never touched");
			continue;
		}
		r = remove_one(c, m, &e);
		if (r < 0 && (list->n == 1 || ends_all(&e)))
			return error_copy(err, &e);
		if (r < 0) {
			show_many_failed(&c->shown, m->id, m->name, e.text);
			c->incomplete = true;
		}
		r = 0;
	}
	return r;
}

static int end_cleaning(struct cleaning *c, int done, struct error *err)
{
	struct error later;
	bool written = c->head.stream[0];
	int r;

	if (written)
		registry_log_head(&c->head);
	if (done < 0 && !c->changed && !c->incomplete) {
		json_decref(c->shown.rows);
		return done;
	}
	r = show_many_end(&c->shown, account_endpoint(&c->a->aws), c->changed,
		written ? &c->head : NULL, done < 0 ? &later : err);
	if (done < 0 || r < 0)
		return done < 0 ? done : r;
	return c->incomplete ? STATUS_INCOMPLETE : STATUS_DONE;
}

int root_remove(struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(accounts_list_done) struct accounts_list list = { .items = NULL };
	struct code_asker codes;
	struct account_request by = open_account_request(&app->run,
		&app->options, &codes);
	struct cleaning c = { .app = app, .a = &a,
		.entrance = { .run = &app->run, .by = &by,
			.as = "tokenbridge" } };
	const char *account;
	int r = 0;

	if (!option_is_set(&app->options, OPTION_ACCOUNTS))
		r = root_account_option(&app->options, "--remove-credentials",
			&account, err);
	if (r == 0)
		r = open_account_of_others(&app->run, &app->options, &a, err);
	if (r == 0)
		r = find_management(&c, err);
	if (r == 0)
		r = list_wanted(&c, &list, err);
	if (r < 0)
		return r;
	by.sign_in = a.sign_in;
	entrance_of(&c.entrance, &a.aws);
	show_many_begin(&c.shown, "removals", app->json);
	r = remove_each(&c, &list, err);
	return end_cleaning(&c, r, err);
}
