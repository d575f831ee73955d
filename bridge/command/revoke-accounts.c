/* SPDX-License-Identifier: Apache-2.0 */
/* revoke --accounts: account by account. */
#include "bridge/command/revoke-accounts.h"

#include "bridge/accounts/entrance.h"

static void tell_account(struct revoke_work *w, const char *account,
	enum revoke_outcome outcome, const char *why)
{
	revoke_tell(w->receipt, &(struct revoke_row){ outcome, "account",
		account, NULL, account, why, NULL });
}

static bool ends_all_accounts(const struct error *e)
{
	return e->code == ERROR_INTERRUPTED || e->code == ERROR_CORRUPT ||
		e->code == ERROR_BUSY;
}

static int revoke_there(struct app *app, struct revoke_work *w,
	struct entrance *e, const struct accounts_item *m,
	revoke_scope_fn *fn, struct error *err)
{
	CLEANUP(account_done) struct account there = { .session = NULL };
	struct revoke_work here = *w;
	int r = entrance_visit(e, m, &there, err);

	if (r == 0)
		r = account_guard(&there, w->reg, err);
	if (r == 0)
		r = registry_actor(w->reg, there.caller.arn, app->run.ticket,
			&here.actor, err);
	here.aws = &there;
	here.lost = false;
	return r < 0 ? r : fn(app, &here, err);
}

int revoke_each_account(struct app *app, struct opened_account *a,
	const struct accounts_list *list, struct revoke_work *w,
	revoke_scope_fn *fn, struct error *err)
{
	const char *role = option(&app->options, OPTION_ROLE);
	struct code_asker codes;
	struct account_request by = open_account_request(&app->run,
		&app->options, &codes);
	struct entrance in = { .run = &app->run, .by = &by,
		.role = role ? role : ENTRANCE_ROLE_USUAL,
		.as = "tokenbridge" };
	struct error e;
	size_t i;
	int r = 0;

	by.sign_in = a->sign_in;
	entrance_of(&in, &a->aws);
	for (i = 0; r == 0 && i < list->n; i++) {
		const struct accounts_item *m = &list->items[i];

		run_progress(&app->run, "Account %zu of %zu: %s", i + 1,
			list->n, m->id);
		if (accounts_is_closed(m)) {
			tell_account(w, m->id, REVOKE_KEPT,
				"the account is not active");
			continue;
		}
		r = account_renew(&app->run, &a->sign_in, a->aws.session,
			&a->aws.caller, err);
		if (r < 0)
			return r;
		r = revoke_there(app, w, &in, m, fn, &e);
		if (r < 0 && ends_all_accounts(&e))
			return error_copy(err, &e);
		if (r < 0)
			tell_account(w, m->id, REVOKE_UNREACHED, e.text);
		r = 0;
	}
	return r;
}
