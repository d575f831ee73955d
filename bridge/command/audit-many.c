/* SPDX-License-Identifier: Apache-2.0 */
/* audit --accounts: who begins it, and each account's own process. */
#include "bridge/command/audit-many.h"

#include "base/file.h"
#include "bridge/account/account.h"
#include "bridge/accounts/list.h"
#include "bridge/audit/accounts/asked.h"
#include "bridge/audit/accounts/many.h"
#include "bridge/command/audit-hand.h"
#include "bridge/open/account.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASIS_FILE_MAX (1u << 20)
#define RATE_MAX 10000

int audit_take_rate(const struct app *app, struct audit *a,
	struct error *err)
{
	uint64_t rate = 0;
	int r = option_number(&app->options, OPTION_AUDIT_RATE, RATE_MAX,
		&rate, err);

	a->rate = (unsigned)rate;
	return r;
}

/*
 * The registry by all that it says, which its head stands for, and by its
 * place, beside which journals lie. A change of any of its rows asks again: too
 * often rather than once too rarely.
 */
static int put_registry(const struct audit *a, struct audit_hand *x,
	struct buf *b, struct error *err)
{
	char text[REGISTRY_HEAD_LEN] = "not read";
	struct registry_head head;
	int r = x->reg ? registry_head(x->reg, &head, err) : 0;

	if (r < 0)
		return r;
	if (x->reg)
		registry_head_format(&head, text);
	buf_printf(b, "registry %s\n%s\n%s\n%s\n%s\n", a->registry.used ?
		a->registry.path : "none", text, a->registry.why_not,
		x->known.why_not, x->known.runs_why_not);
	return 0;
}

/*
 * What the findings of an account rest on beside what AWS says of it. Not the
 * mutes: they are of whoever shows a result. Nor advisories: tokens are judged
 * by who began.
 */
static int put_basis(const struct app *app, const struct audit *a,
	struct audit_hand *x, struct buf *b, struct error *err)
{
	const char *policy = option(&app->options, OPTION_POLICY);
	CLEANUP(buf_done) struct buf text;
	unsigned checks = audit_hand_checks_there(a);
	size_t i;
	int r;

	buf_init(&text, BASIS_FILE_MAX);
	for (i = 0; i < AUDIT_CHECKS; i++)
		if (checks & AUDIT_BIT(i))
			buf_printf(b, "%s\n", audit_check_rows[i].name);
	if (option_is_set(&app->options, OPTION_ASSUME_ROOT))
		buf_printf(b, "assume-root\n");
	r = put_registry(a, x, b, err);
	if (r >= 0 && policy && file_read(policy, FILE_ANY, &text, NULL,
			NULL) >= 0)
		buf_put(b, text.p, text.n);
	return r;
}

static int read_max_age(const struct app *app, struct audit_many *q,
	struct error *err)
{
	uint64_t hours;
	int r;

	if (!q->state && app->options.from[OPTION_MAX_AGE] != 0)
		return error_set(err, ERROR_USAGE, "--max-age is of what "
			"--state keeps");
	r = option_number(&app->options, OPTION_MAX_AGE, 24 * 365, &hours,
		err);

	q->max_age = r < 0 ? 0 : (time_t)hours * 3600;
	return r;
}

/* The same line behind the word that makes it one account's. */
static char **asked_words(const struct app *app)
{
	size_t n = 0, i;
	char **words;

	while (app->words[n])
		n++;
	words = calloc(n + 2, sizeof(*words));
	if (!words)
		return NULL;
	words[0] = app->words[0];
	words[1] = (char *)(uintptr_t)ASKED_COMMAND;
	for (i = 1; i < n; i++)
		words[i + 1] = app->words[i];
	return words;
}

int audit_from_accounts(struct app *app, struct audit *a,
	struct error *err)
{
	struct code_asker codes;
	struct account_request request = open_account_request(&app->run,
		&app->options, &codes);
	CLEANUP(audit_hand_done) struct audit_hand x;
	CLEANUP(free_p) char **words = asked_words(app);
	CLEANUP(buf_done) struct buf basis;
	struct audit_many q = {
		.what = option(&app->options, OPTION_ACCOUNTS),
		.role = option(&app->options, OPTION_ROLE),
		.state = option(&app->options, OPTION_STATE),
		.assume_root = option_is_set(&app->options,
			OPTION_ASSUME_ROOT),
		.words = words,
		.by = &request,
	};
	int r;

	audit_hand_init(&x);
	buf_init(&basis, 2 * BASIS_FILE_MAX);
	request.sign_in.lasting = true;
	if (!words)
		return error_memory(err);
	if (q.role && !accounts_is_role_name(q.role, strlen(q.role)))
		return error_set(err, ERROR_USAGE, "--role '%s': the name of "
			"a role is wanted, with its path before it where it "
			"has one", q.role);
	r = read_max_age(app, &q, err);
	if (r >= 0)
		r = audit_hand_open(app, a, &x, err);
	if (r < 0)
		return r;
	r = audit_hand_read(app, a, &x, err);
	if (r >= 0)
		r = put_basis(app, a, &x, &basis, err);
	if (r >= 0)
		r = buf_check(&basis, "what results rest on", err);
	q.basis = buf_str(&basis);
	q.runs = &x.known.runs;
	q.bindings = registry_bindings_in_force(&x.list);
	if (r >= 0)
		r = audit_ask_accounts(a, &q, err);
	if (r >= 0)
		audit_hand_judge_tokens(a, &x);
	return r;
}

/* One of them, in a process that another of us has started. */
int audit_asked(struct app *app, struct error *err)
{
	CLEANUP(audit_hand_done) struct audit_hand have;
	CLEANUP(asked_done) struct asked x = { .session = NULL };
	CLEANUP(audit_done) struct audit a = { .run = &app->run,
		.printers = &x.printer, .printers_n = 1, .now = time(NULL),
		.one_of_many = true };
	struct error why;
	int r;

	audit_hand_init(&have);
	a.started = a.now;
	r = asked_open(&x, STDIN_FILENO, err);
	if (r < 0)
		return r;
	app->run.people = &run_nobody;
	app->run.cancel_fd = x.fd;
	a.only_account = x.account;
	r = audit_take_rate(app, &a, &why);
	if (r >= 0)
		r = audit_hand_open(app, &a, &have, &why);
	if (r >= 0) {
		audit_hand_leave_others(&a);
		if (option_is_set(&app->options, OPTION_ASSUME_ROOT))
			asked_as_root(&x);
		account_ca_bundle(x.session, a.aws.ca_bundle);
		account_proxy(x.session, a.aws.proxy);
		a.registry.keeps = a.registry.path;
		r = audit_hand_ask(app, &a, x.session, &have, &x.renewal, &why);
	}
	return asked_end(&x, &a, r < 0 ? &why : NULL, err);
}
