/* SPDX-License-Identifier: Apache-2.0 */
/* The AWS account that a command works on. */
#include "bridge/account/account.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKEW_SHOWN 30 /* seconds */

static int check_wanted(const struct account *c, const char *want,
	struct error *err)
{
	if (!want || strcmp(want, c->caller.account) == 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"these credentials belong to account %s, but --account says "
		"%s: nothing was done", c->caller.account, want);
}

/*
 * The session has its own copies: the environment's go before any helper could
 * inherit them, also from the page that /proc shows.
 */
static void forget_environment(void)
{
	static const char *const names[] = { "AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN" };
	char *value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		value = getenv(names[i]);
		if (value)
			wipe(value, strlen(value));
		unsetenv(names[i]);
	}
}

/*
 * Root's command, somebody else's settings: that is said, and where a third one
 * logged in, who the record will name.
 */
static void say_owner(const struct run *run, const struct aws_session *s)
{
	struct person login;
	uid_t uid;
	const char *owner = aws_session_owner(s, &uid);
	const char *origin = aws_session_credentials(s)->origin;

	if (!owner)
		return;
	if (person_login_uid() != uid && person_login_uid() != 0 &&
		person_by_uid(person_login_uid(), &login, NULL) == 0)
		run_say(run, "AWS profile '%s' of %s (keys: %s); %s logged in",
			aws_session_profile(s), owner, origin, login.name);
	else
		run_say(run, "AWS profile '%s' of %s (keys: %s)",
			aws_session_profile(s), owner, origin);
}

void account_ca_bundle(const struct aws_session *s, char ret[ACCOUNT_WAY_LEN])
{
	const struct aws_way *w = aws_session_way(s);

	ret[0] = '\0';
	if (w->ca_bundle)
		snprintf(ret, ACCOUNT_WAY_LEN, "%.900s, by %s", w->ca_bundle,
			w->ca_origin);
	utf8_sanitise(ret);
}

void account_proxy(const struct aws_session *s, char ret[ACCOUNT_WAY_LEN])
{
	const struct aws_way *w = aws_session_way(s);
	char shown[WAY_PROXY_MAX];

	way_show_proxy(w, shown);
	snprintf(ret, ACCOUNT_WAY_LEN, "%s%s%s", shown, shown[0] ? ", by " :
		"", shown[0] ? w->proxy_origin : "");
}

/* Before anything is sent by it. */
static void say_way(const struct run *run, const struct aws_session *s)
{
	const struct aws_way *w = aws_session_way(s);
	char what[ACCOUNT_WAY_LEN];

	account_ca_bundle(s, what);
	if (what[0] && w->ca_is_systems)
		run_say(run, "AWS's certificates are checked by %s", what);
	else if (what[0])
		run_warn(run, "AWS's certificates are checked by %s, and not "
			"by the system's", what);
	account_proxy(s, what);
	if (what[0] && w->proxy_is_systems)
		run_say(run, "AWS is reached by a proxy: %s", what);
	else if (what[0])
		run_warn(run, "AWS is reached by a proxy: %s", what);
}

int account_session(const struct run *run, const struct account_request *q,
	struct aws_session **ret, struct error *err)
{
	struct aws_options options = AWS_OPTIONS_INIT;
	int r;

	options.profile = q->profile;
	options.region = q->region;
	options.endpoint_url = q->endpoint_url;
	options.ca_bundle = q->ca_bundle;
	options.proxy = q->proxy;
	options.cancel_fd = run->cancel_fd;
	options.hand_back_ms = q->hand_back_ms;
	r = aws_session_new(ret, &options, err);
	if (r < 0)
		return r;
	forget_environment();
	say_owner(run, *ret);
	if (aws_session_note(*ret)[0])
		run_warn(run, "%s", aws_session_note(*ret));
	say_way(run, *ret);
	return role_sign_in(*ret, &q->sign_in, err);
}

/* AROA...:SESSION: a role's session has another name each time. */
static bool is_same_principal(const struct sts_identity *a,
	const struct sts_identity *b)
{
	size_t n = strcspn(a->user_id, ":");

	return strcmp(a->account, b->account) == 0 &&
		strcspn(b->user_id, ":") == n &&
		memcmp(a->user_id, b->user_id, n) == 0;
}

int account_renew(const struct run *run, const struct sign_in *how,
	struct aws_session *s, const struct sts_identity *first,
	struct error *err)
{
	struct sts_identity now;
	bool renewed;
	int r = role_renew(s, how, &renewed, err);

	if (r < 0 || !renewed)
		return r;
	r = sts_get_caller_identity(s, &now, err);
	if (r < 0)
		return r;
	if (!is_same_principal(first, &now))
		return error_set(err, ERROR_REFUSED,
			"the renewed credentials are '%s', and this was begun "
			"as '%s': nothing more was done", now.arn,
			first->arn);
	run_say(run, "The AWS credentials were renewed (%s).",
		aws_session_credentials(s)->origin);
	return 0;
}

int account_stay(const struct run *run, struct account *c, struct error *err)
{
	struct error why;
	int r = account_renew(run, &c->sign_in, c->session, &c->caller, &why);

	if (r == -ERROR_REFUSED || r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0 && !c->is_ending)
		run_warn(run, "%s", why.text);
	c->is_ending |= r < 0;
	return 0;
}

int account_open(const struct run *run, const struct account_request *q,
	struct account *ret, struct error *err)
{
	int r;

	r = account_session(run, q, &ret->session, err);
	if (r < 0)
		return r;
	ret->iam = aws_session_endpoint(ret->session, AWS_IAM);
	ret->sign_in = q->sign_in;
	r = sts_get_caller_identity(ret->session, &ret->caller, err);
	if (r == 0)
		r = check_wanted(ret, q->account, err);
	if (r == 0)
		r = iam_get_account_alias(ret->session, &ret->alias, err);
	return r;
}

void account_done(struct account *c)
{
	aws_session_free(&c->session);
	free(c->alias);
	c->alias = NULL;
}

bool account_skew(const struct account *c, char ret[ACCOUNT_SKEW_LEN])
{
	int64_t skew;

	if (!aws_clock_skew(c->session, &skew) ||
		(skew <= SKEW_SHOWN && skew >= -SKEW_SHOWN))
		return false;
	snprintf(ret, ACCOUNT_SKEW_LEN, "this machine's clock is %lld s %s "
		"AWS's", (long long)llabs(skew), skew > 0 ? "ahead of" :
		"behind");
	return true;
}

void account_show(const struct run *run, const struct account *c)
{
	char skew[ACCOUNT_SKEW_LEN];

	run_say(run, "AWS account %s%s%s%s, as %s", c->caller.account,
		c->alias ? " (" : "", c->alias ? c->alias : "",
		c->alias ? ")" : "", c->caller.arn);
	if (aws_session_is_overridden(c->session))
		run_warn(run, "not AWS itself: IAM is %s, by %s", c->iam->url,
			c->iam->overridden ? c->iam->origin : "default");
	if (account_skew(c, skew))
		run_warn(run, "%s; codes are made by AWS's time", skew);
}

/* Which of the system's settings would say what somebody else said. */
static int refuse_way(const struct account *c, const struct registry *reg,
	struct error *err)
{
	const struct aws_way *w = aws_session_way(c->session);
	bool ca = w->ca_bundle && !w->ca_is_systems;
	char what[ACCOUNT_WAY_LEN];

	if (ca)
		account_ca_bundle(c->session, what);
	else
		account_proxy(c->session, what);
	return error_set(err, ERROR_REFUSED,
		"%s (%.300s) is not what the system's settings name, and the "
		"registry '%s' is not one for rehearsal: put `%s` into the "
		"system's file, see tokenbridge.conf(5)", ca ? "the CA bundle" :
		"the proxy", what, registry_path(reg), ca ? "ca_bundle" :
		"proxy");
}

int account_guard(const struct account *c, const struct registry *reg,
	struct error *err)
{
	if (registry_is_rehearsal(reg))
		return 0;
	if (aws_session_is_overridden(c->session))
		return error_set(err, ERROR_REFUSED,
			"the endpoint %s is not AWS's own, and the registry "
			"'%s' is not one for rehearsal: make one with "
			"`tokenbridge registry init --rehearsal --registry "
			"PATH`", c->iam->url, registry_path(reg));
	return way_is_foreign(aws_session_way(c->session)) ?
		refuse_way(c, reg, err) : 0;
}

const char *account_endpoint(const struct account *c)
{
	return c->iam->overridden ? c->iam->url : "";
}
