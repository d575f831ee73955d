/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of audit is held against, and what it leaves behind. */
#include "bridge/command/audit-keep.h"

#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/audit/keep/record.h"
#include "bridge/audit/lists/lists.h"
#include "bridge/open/registry.h"

void audit_keeping_init(struct audit_keeping *k)
{
	*k = (struct audit_keeping){ .counted = { NULL } };
	audit_plan_init(&k->plan);
}

void audit_keeping_done(struct audit_keeping *k)
{
	audit_plan_done(&k->plan);
	audit_counted_done(&k->counted);
}

int audit_take_lists(const struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err)
{
	const char *mutes = option(&app->options, OPTION_MUTE);
	const char *earlier = option(&app->options, OPTION_SINCE);
	int r = 0;

	if (mutes)
		r = audit_mutes_read(&a->mutes, mutes, err);
	if (r >= 0 && earlier)
		r = audit_earlier_read(&a->earlier, earlier, err);
	if (option_is_set(&app->options, OPTION_RECORD))
		a->counted = &k->counted;
	return r;
}

/*
 * What a login will rest on comes from AWS itself, or from nowhere: here a
 * registry for rehearsal makes no difference.
 */
int audit_check_session(const struct app *app, const struct aws_session *s,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	const struct account c = {
		.session = (struct aws_session *)(uintptr_t)s,
		.iam = aws_session_endpoint(s, AWS_IAM),
	};
	int r;

	if (!option_is_set(&app->options, OPTION_RECORD))
		return 0;
	if (aws_session_is_overridden(s))
		return error_set(err, ERROR_REFUSED,
			"--record: the endpoint '%s' is not AWS's own", c.iam->url);
	r = open_registry_write(&app->options, &reg, err);
	return r < 0 ? r : account_guard(&c, reg, err);
}

static int keep_plan(const struct app *app, struct audit_keeping *k,
	bool at_end, struct error *err)
{
	const char *path = option(&app->options, OPTION_PLAN);
	int r;

	if (!path)
		return 0;
	if (!at_end)
		return error_set(err, ERROR_REFUSED,
			"no plan is written: the run did not come to its end");
	r = audit_plan_write(&k->plan, path, err);
	if (r >= 0)
		run_say(&app->run, "Plan: %zu user%s, in %s", k->plan.rows,
			text_plural(k->plan.rows), path);
	return r;
}

static int keep_record(const struct app *app, const struct audit *a,
	bool at_end, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	char text[REGISTRY_HEAD_LEN];
	struct registry_head head;
	int r;

	if (!option_is_set(&app->options, OPTION_RECORD))
		return 0;
	r = audit_record_check(a, at_end, err);
	if (r >= 0)
		r = open_registry_write(&app->options, &reg, err);
	if (r >= 0)
		r = audit_record(a, reg, app->run.ticket, NULL, &head, err);
	if (r < 0)
		return r;
	registry_log_head(&head);
	registry_head_format(&head, text);
	run_say(&app->run, "Recorded: the devices of %zu user%s; head %s",
		a->counted->n, text_plural(a->counted->n), text);
	return 0;
}

int audit_keep(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err)
{
	int r = keep_plan(app, k, at_end, err);

	return r < 0 ? r : keep_record(app, a, at_end, err);
}
