/* SPDX-License-Identifier: Apache-2.0 */
/* The way into each of many accounts. */
#include "bridge/accounts/entrance.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int entrance_open(struct entrance *e, struct error *err)
{
	const char *guard = e->by->account;
	int r;

	if (e->base)
		return 0;
	r = account_session(e->run, e->by, &e->base, err);
	if (r >= 0)
		r = sts_get_caller_identity(e->base, &e->caller, err);
	if (r < 0)
		return r;
	snprintf(e->session_name, sizeof(e->session_name),
		"%s-%lld", e->as, (long long)time(NULL));
	if (!guard || strcmp(guard, e->caller.account) == 0)
		return 0;
	return error_set(err, ERROR_REFUSED, "the credentials are of account "
		"'%s', and only account '%s' is wanted (--account)",
		e->caller.account, guard);
}

void entrance_of(struct entrance *e, struct account *own)
{
	e->base = own->session;
	e->borrowed = true;
	e->caller = own->caller;
	snprintf(e->session_name, sizeof(e->session_name), "%s", e->as);
}

void entrance_done(struct entrance *e)
{
	if (!e->borrowed)
		aws_session_free(&e->base);
	e->base = NULL;
}

bool entrance_wants_base(const struct accounts_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].way != ACCOUNTS_BY_PROFILE)
			return true;
	return false;
}

static bool is_own(const struct entrance *e, const struct accounts_item *item)
{
	return e->base && item->way == ACCOUNTS_NOT_SAID &&
		strcmp(item->id, e->caller.account) == 0;
}

/* False where the account is entered by no role. */
static bool role_of(const struct entrance *e, const struct accounts_item *item,
	char ret[ROLE_ARN_MAX])
{
	return e->base && !is_own(e, item) && accounts_role(item, e->role,
		aws_session_partition(e->base)->name, ret);
}

bool entrance_is_by_role(const struct entrance *e,
	const struct accounts_item *item)
{
	char role[ROLE_ARN_MAX];

	return item->way != ACCOUNTS_BY_PROFILE && role_of(e, item, role);
}

int entrance_check(const struct entrance *e, const struct accounts_list *list,
	struct error *err)
{
	const struct accounts_item *item;
	size_t i;

	for (i = 0; i < list->n; i++) {
		item = &list->items[i];
		if (accounts_is_closed(item) || is_own(e, item) ||
			item->way == ACCOUNTS_BY_PROFILE ||
			entrance_is_by_role(e, item))
			continue;
		return error_set(err, ERROR_USAGE, "nothing leads into account "
			"'%s': say with --role which role is to be assumed in "
			"each account that is not your own", item->id);
	}
	return 0;
}

/* ---- what results are compared by ---- */

static void put_endpoints(const struct aws_session *s, struct buf *b)
{
	static const enum aws_service services[] = { AWS_IAM, AWS_STS };
	size_t i;

	for (i = 0; i < ARRAY_LEN(services); i++)
		buf_printf(b, "%s\n",
			aws_session_endpoint(s, services[i])->url);
}

static int put_profile(const struct entrance *e,
	const struct accounts_item *item, struct buf *b, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = NULL;
	struct aws_options options = AWS_OPTIONS_INIT;
	int r;

	options.profile = item->by;
	options.region = e->by->region;
	options.endpoint_url = e->by->endpoint_url;
	options.ca_bundle = e->by->ca_bundle;
	options.proxy = e->by->proxy;
	options.cancel_fd = e->run->cancel_fd;
	options.without_credentials = true;
	r = aws_session_new(&s, &options, err);
	if (r < 0)
		return r;
	buf_printf(b, "profile %s\n", item->by);
	put_endpoints(s, b);
	return 0;
}

int entrance_text(const struct entrance *e, const struct accounts_item *item,
	struct buf *ret, struct error *err)
{
	char role[ROLE_ARN_MAX];

	if (item->way == ACCOUNTS_BY_PROFILE)
		return put_profile(e, item, ret, err);
	if (role_of(e, item, role))
		buf_printf(ret, "role %s %s\n", role,
			item->external_id ? item->external_id : "");
	buf_printf(ret, "by %s\n", e->caller.account);
	put_endpoints(e->base, ret);
	return 0;
}

/* ---- going in ---- */

void entered_done(struct entered *x)
{
	aws_session_free(&x->own);
	credentials_done(&x->keys);
	x->session = NULL;
}

static int assume_role(struct entrance *e, const char *role,
	const struct accounts_item *item, struct entered *ret,
	struct error *err)
{
	const struct sts_request q = {
		.role = role,
		.session_name = e->session_name,
		.external_id = item->external_id,
	};
	int r = account_renew(e->run, &e->by->sign_in, e->base, &e->caller,
		err);

	if (r >= 0)
		r = sts_assume_role(e->base, &q, &ret->keys, err);
	if (r < 0)
		return r;
	snprintf(ret->keys.origin, sizeof(ret->keys.origin),
		"role '%.120s' by %.100s", role,
		aws_session_credentials(e->base)->origin);
	utf8_sanitise(ret->keys.origin);
	return 0;
}

/* Whose settings each of them are, hundreds of times, is for nobody. */
static int open_profile(const struct entrance *e,
	const struct accounts_item *item, struct entered *ret,
	struct error *err)
{
	struct account_request by = *e->by;
	struct run quiet = *e->run;
	struct error why;
	int r;

	by.profile = item->by;
	by.hand_back_ms = e->hand_back_ms;
	quiet.people = &run_nobody;
	r = account_session(&quiet, &by, &ret->own, &why);
	/* settings of this one that were changed are no refusal of the run */
	if (r < 0)
		return error_set(err, why.code == ERROR_REFUSED ?
			ERROR_FAILED : why.code, "%s", why.text);
	ret->session = ret->own;
	return 0;
}

int entrance_enter(struct entrance *e, const struct accounts_item *item,
	struct entered *ret, struct error *err)
{
	char role[ROLE_ARN_MAX];

	if (item->way == ACCOUNTS_BY_PROFILE)
		return open_profile(e, item, ret, err);
	ret->session = e->base;
	if (role_of(e, item, role))
		return assume_role(e, role, item, ret, err);
	return account_renew(e->run, &e->by->sign_in, e->base, &e->caller,
		err);
}

/* ---- working there ---- */

static int check_led_there(const struct accounts_item *item,
	const struct account *there, struct error *err)
{
	if (strcmp(there->caller.account, item->id) == 0)
		return 0;
	return error_set(err, ERROR_REFUSED, "what leads into account '%s' led "
		"to account '%s': nothing was done there", item->id,
		there->caller.account);
}

int entrance_visit(struct entrance *e, const struct accounts_item *item,
	struct account *ret, struct error *err)
{
	CLEANUP(entered_done) struct entered in = { .own = NULL };
	int r = entrance_enter(e, item, &in, err);

	if (r < 0)
		return r;
	ret->session = in.own;
	in.own = NULL;
	if (!ret->session)
		r = aws_session_derive(&ret->session, e->base,
			in.keys.key_id[0] ? &in.keys : NULL, NULL, err);
	if (r < 0)
		return r;
	ret->iam = aws_session_endpoint(ret->session, AWS_IAM);
	r = sts_get_caller_identity(ret->session, &ret->caller, err);
	if (r >= 0)
		r = check_led_there(item, ret, err);
	return r < 0 ? r : iam_get_account_alias(ret->session, &ret->alias,
		err);
}
