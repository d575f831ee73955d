/* SPDX-License-Identifier: Apache-2.0 */
/* The AWS account that a command works on. */
#include "bridge/open/account.h"

#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKEW_SHOWN 30 /* seconds */

static int check_account(const struct app *app, const struct cloud *c,
	struct error *err)
{
	const char *want = option(&app->options, OPTION_ACCOUNT);

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

int cloud_open(const struct app *app, struct cloud *ret, struct error *err)
{
	struct aws_options options = AWS_OPTIONS_INIT;
	int r;

	options.profile = option(&app->options, OPTION_PROFILE);
	options.region = option(&app->options, OPTION_REGION);
	options.endpoint_url = option(&app->options, OPTION_ENDPOINT_URL);
	options.cancel_fd = app->cancel_fd;
	ret->cancel_fd = app->cancel_fd;
	r = aws_session_new(&ret->session, &options, err);
	if (r < 0)
		return r;
	forget_environment();
	ret->iam = aws_session_endpoint(ret->session, AWS_IAM);
	r = sts_get_caller_identity(ret->session, &ret->caller, err);
	if (r == 0)
		r = check_account(app, ret, err);
	if (r == 0)
		r = iam_get_account_alias(ret->session, &ret->alias, err);
	return r;
}

void cloud_done(struct cloud *c)
{
	aws_session_free(&c->session);
	free(c->alias);
	c->alias = NULL;
}

void cloud_show(const struct cloud *c)
{
	ui_say("AWS account %s%s%s%s, as %s", c->caller.account,
		c->alias ? " (" : "", c->alias ? c->alias : "",
		c->alias ? ")" : "", c->caller.arn);
	if (aws_session_is_overridden(c->session))
		ui_warn("not AWS itself: IAM is %s, by %s", c->iam->url,
			c->iam->overridden ? c->iam->origin : "default");
	cloud_warn_skew(c);
}

int cloud_guard(const struct cloud *c, const struct registry *reg,
	struct error *err)
{
	if (aws_session_is_overridden(c->session) &&
		!registry_is_rehearsal(reg))
		return error_set(err, ERROR_REFUSED,
			"the endpoint %s is not AWS's own, and the registry "
			"'%s' is not one for rehearsal: make one with "
			"`tokenbridge registry init --rehearsal --registry "
			"PATH`", c->iam->url, registry_path(reg));
	return 0;
}

void cloud_warn_skew(const struct cloud *c)
{
	int64_t skew;

	if (!aws_clock_skew(c->session, &skew))
		return;
	if (skew > SKEW_SHOWN || skew < -SKEW_SHOWN)
		ui_warn("this machine's clock is %lld s %s AWS's; codes are "
			"made by AWS's time", (long long)llabs(skew),
			skew > 0 ? "ahead of" : "behind");
}

const char *cloud_endpoint(const struct cloud *c)
{
	return c->iam->overridden ? c->iam->url : "";
}

void cloud_device_serial(const struct cloud *c, const char *name,
	char ret[IAM_SERIAL_MAX + 1])
{
	snprintf(ret, IAM_SERIAL_MAX + 1, "arn:%s:iam::%s:mfa/%s",
		aws_session_partition(c->session)->name, c->caller.account,
		name);
}

struct search {
	const char *serial;
	bool found;
};

static int look(void *data, const struct iam_device *device,
	struct error *err)
{
	struct search *s = data;

	(void)err;
	s->found |= strcmp(device->serial, s->serial) == 0;
	return 0;
}

int cloud_device_is_assigned(struct cloud *c, const char *user,
	const char *serial, bool *ret, struct error *err)
{
	struct search s = { serial, false };
	struct error e;
	int r;

	r = iam_list_mfa_devices(c->session, user, look, &s, &e);
	if (r < 0 && strcmp(e.foreign, "NoSuchEntity") != 0)
		return error_copy(err, &e);
	*ret = r == 0 && s.found;
	return 0;
}

int cloud_pause(const struct cloud *c, int64_t ms, struct error *err)
{
	if (deadline_sleep(deadline_in(ms), c->cancel_fd))
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	return 0;
}

void cloud_user_key(const char *account, const char *user_id,
	char ret[CLOUD_USER_KEY_LEN])
{
	snprintf(ret, CLOUD_USER_KEY_LEN, "%s/%s", account, user_id);
}
