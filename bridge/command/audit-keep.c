/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of audit is held against, and what it leaves behind. */
#include "bridge/command/audit-evidence.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/audit/file/input.h"
#include "bridge/audit/keep/record.h"
#include "bridge/audit/lists/lists.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/registry.h"

#include <stdio.h>
#include <string.h>

void audit_keeping_init(struct audit_keeping *k)
{
	*k = (struct audit_keeping){ .bundle = AUDIT_BUNDLE_INIT };
	audit_plan_init(&k->plan);
}

void audit_keeping_done(struct audit_keeping *k)
{
	audit_plan_done(&k->plan);
	audit_counted_done(&k->counted);
	audit_bundle_done(&k->bundle);
	tape_file_free(&k->tape);
	free_p(&k->registry);
}

/* ---- lists ---- */

/* A list by the name that it was given: of a copy that is another. */
static int read_list(const struct audit_keeping *k, const char *part,
	const char *name, struct buf *b, struct error *err)
{
	CLEANUP(free_p) char *path = NULL;

	if (!k->writes && !k->plays)
		return file_read(name, FILE_ANY, b, NULL, err);
	path = audit_bundle_part(&k->bundle, part);
	return path ? file_read(path, FILE_ANY, b, NULL, err) :
		error_set(err, ERROR_CORRUPT, "'%s' is no part of '%s'", part,
			k->bundle.path);
}

static const char *list_name(const struct app *app,
	const struct audit_keeping *k, enum option_id id, const char *member)
{
	return k->plays ? audit_bundle_text(&k->bundle, member) :
		option(&app->options, id);
}

static int take_lists(const struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err)
{
	const char *mutes = list_name(app, k, OPTION_MUTE, "mutes");
	const char *earlier = list_name(app, k, OPTION_SINCE, "since");
	CLEANUP(buf_done) struct buf b, c;
	int r = 0;

	buf_init(&b, MUTES_FILE_MAX);
	buf_init(&c, EARLIER_FILE_MAX);
	if (mutes)
		r = read_list(k, AUDIT_BUNDLE_MUTES, mutes, &b, err);
	if (r >= 0 && mutes)
		r = audit_mutes_parse(&a->mutes, mutes, buf_str(&b), b.n, err);
	if (r >= 0 && earlier)
		r = read_list(k, AUDIT_BUNDLE_EARLIER, earlier, &c, err);
	if (r >= 0 && earlier)
		r = audit_earlier_parse(&a->earlier, earlier, buf_str(&c), c.n,
			err);
	/* which asks for every user's devices */
	if (option_is_set(&app->options, OPTION_RECORD) ||
		(k->plays && audit_bundle_flag(&k->bundle, "record")))
		a->counted = &k->counted;
	return r;
}

/* ---- the run ---- */

int audit_prepare(struct app *app, struct audit *a, struct audit_keeping *k,
	struct error *err)
{
	int r = 0;

	if (option_is_set(&app->options, OPTION_FROM))
		r = audit_evidence_open(app, a, k, err);
	else if (option_is_set(&app->options, OPTION_BUNDLE))
		r = audit_evidence_begin(app, a, k, err);
	return r < 0 ? r : take_lists(app, a, k, err);
}

void audit_show_names(struct audit *a, const struct audit_keeping *k)
{
	if (!k->writes && !k->plays)
		return;
	if (a->registry.used)
		a->registry.path = audit_bundle_text(&k->bundle, "registry");
	if (a->report.used && a->report.name)
		a->report.name = audit_input_name(audit_bundle_text(&k->bundle,
			"report"));
	if (k->plays && a->aws.used) {
		a->aws.requests = (unsigned)audit_bundle_number(&k->bundle,
			"requests");
		a->aws.connections = (unsigned)audit_bundle_number(&k->bundle,
			"connections");
	}
}

/* The registry itself, where the options name a copy. */
static int open_recorded(const struct app *app, const struct audit_keeping *k,
	struct registry **ret, struct error *err)
{
	return k->registry ? registry_open(ret, k->registry, REGISTRY_WRITE,
		NULL, err) : open_registry_write(&app->options, ret, err);
}

/*
 * What a login will rest on comes from AWS itself, or from nowhere: here a
 * registry for rehearsal makes no difference.
 */
static int check_recording(const struct app *app,
	const struct audit_keeping *k, const struct aws_session *s,
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
	r = open_recorded(app, k, &reg, err);
	return r < 0 ? r : account_guard(&c, reg, err);
}

int audit_watch_session(const struct app *app, const struct audit *a,
	struct audit_keeping *k, struct aws_session *s, struct error *err)
{
	int r = check_recording(app, k, s, err);

	k->session = s;
	if (r >= 0 && k->writes)
		audit_evidence_watch(a, k, s);
	return r;
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

static void tell_trail(const struct app *app, struct account *c,
	struct registry *reg, const struct event_actor *actor)
{
	struct witnessed seen = { .found = 0 }, signs = { .found = 0 };

	witness_look(&app->run, c, reg, actor, NULL, &seen);
	witness_sign_ins(&app->run, c, reg, actor, &signs);
	if (signs.found)
		registry_log_head(&signs.head);
	else if (seen.found)
		registry_log_head(&seen.head);
}

/* Events of CloudTrail that came late: nobody else looks for them every day. */
static void keep_witnesses(const struct app *app, const struct audit *a,
	const struct audit_keeping *k, struct registry *reg)
{
	struct account c = { .session = k->session };
	struct event_actor actor;
	struct error why;

	snprintf(c.caller.account, sizeof(c.caller.account), "%.12s",
		a->aws.account);
	/* the evidence of the run is closed */
	aws_session_set_tape(k->session, NULL);
	if (registry_actor(reg, a->aws.caller, app->run.ticket, &actor,
		    &why) < 0)
		run_warn(&app->run, "CloudTrail was not asked: %s", why.text);
	else
		tell_trail(app, &c, reg, &actor);
}

static int keep_record(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	char text[REGISTRY_HEAD_LEN];
	struct registry_head head;
	int r;

	if (k->plays)
		k->recorded = audit_bundle_flag(&k->bundle, "record");
	if (!option_is_set(&app->options, OPTION_RECORD))
		return 0;
	audit_counted_sort(a->counted);
	r = audit_record_check(a, at_end, err);
	if (r >= 0)
		r = open_recorded(app, k, &reg, err);
	if (r >= 0)
		r = audit_record(a, reg, app->run.ticket,
			k->sha[0] ? k->sha : NULL, &head, err);
	if (r < 0)
		return r;
	k->recorded = true;
	registry_log_head(&head);
	registry_head_format(&head, text);
	run_say(&app->run, "Recorded: the devices of %zu user%s; head %s",
		a->counted->n, text_plural(a->counted->n), text);
	keep_witnesses(app, a, k, reg);
	return 0;
}

static int keep_bundle(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err)
{
	if (!k->writes)
		return 0;
	if (!at_end)
		return error_set(err, ERROR_REFUSED, "no evidence is written: "
			"the run did not come to its end");
	return audit_evidence_end(app, a, k, err);
}

int audit_keep(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err)
{
	int r = keep_plan(app, k, at_end, err);

	if (r >= 0)
		r = keep_bundle(app, a, k, at_end, err);
	return r < 0 ? r : keep_record(app, a, k, at_end, err);
}
