/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of audit is held against, and what it leaves behind. */
#include "bridge/command/audit-keep.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/audit/file/input.h"
#include "bridge/audit/keep/record.h"
#include "bridge/audit/known/sights.h"
#include "bridge/audit/lists/lists.h"
#include "bridge/journal/journal.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
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

/* ---- evidence that is written ---- */

static int copy_option(const struct app *app, struct audit_keeping *k,
	enum option_id id, const char *part, struct error *err)
{
	const char *path = option(&app->options, id);
	bool absent;

	return path ? audit_bundle_copy(&k->bundle, part, path, &absent, err) : 0;
}

/* Where a run's part is, the option names it. */
static int point_option(struct app *app, const struct audit_keeping *k,
	enum option_id id, const char *part, struct error *err)
{
	CLEANUP(free_p) char *path = audit_bundle_part(&k->bundle, part);

	return path ? option_set(&app->options, id, path, FROM_COMMAND_LINE,
		err) : 0;
}

static int copy_journals(struct audit_keeping *k, const char *registry,
	struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	int r = journal_see_all(&list, registry, err);
	size_t i;

	if (r >= 0 && list.unread.code)
		return error_copy(err, &list.unread);
	for (i = 0; r >= 0 && i < list.n; i++) {
		CLEANUP(free_p) char *name = text_format(AUDIT_BUNDLE_JOURNAL "%s",
			strrchr(list.p[i].journal.path, '/') + 1);

		if (!name)
			return error_memory(err);
		/* what goes on is no finding */
		if (!list.p[i].running)
			r = audit_bundle_copy(&k->bundle, name,
				list.p[i].journal.path, NULL, err);
	}
	return r;
}

/* What earlier runs remember, for all accounts: which one this is is not known
 * yet. */
static int copy_sights(struct audit_keeping *k, const char *registry,
	struct error *err)
{
	CLEANUP(free_p) char *like = sights_path(registry, "*");
	glob_t found = { .gl_pathc = 0 };
	size_t i;
	int r = 0;

	if (!like)
		return error_memory(err);
	if (glob(like, GLOB_NOSORT, NULL, &found) == GLOB_NOSPACE)
		return error_memory(err);
	for (i = 0; r >= 0 && i < found.gl_pathc; i++) {
		CLEANUP(free_p) char *name = text_format(AUDIT_BUNDLE_JOURNAL "%s",
			strrchr(found.gl_pathv[i], '/') + 1);

		r = !name ? error_memory(err) : audit_bundle_copy(&k->bundle,
			name, found.gl_pathv[i], NULL, err);
	}
	globfree(&found);
	return r;
}

/*
 * What stands beside the registry is copied, and its option names the place of
 * the copies; the registry itself is read where it is, and written down when the
 * account is known.
 */
static int copy_beside_registry(struct app *app, struct audit_keeping *k,
	struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(free_p) char *beside = text_format("%s/%s", k->bundle.path,
		AUDIT_BUNDLE_BESIDE);
	bool absent = false, named = app->options.from[OPTION_REGISTRY] != 0;
	int r;

	k->registry = strdup(path);
	if (!beside || !k->registry)
		return error_memory(err);
	r = registry_open(&reg, path, REGISTRY_READ, named ? NULL : &absent,
		err);
	audit_bundle_say(&k->bundle, "registry", absent ? json_null() :
		json_string(path));
	audit_bundle_say(&k->bundle, "head", json_null());
	if (r >= 0 && !absent)
		r = copy_journals(k, path, err);
	if (r >= 0 && !absent)
		r = copy_sights(k, path, err);
	/* where it is absent, its option names what is not there either */
	return r < 0 ? r : option_set(&app->options, OPTION_REGISTRY, beside,
		absent ? 0 : FROM_COMMAND_LINE, err);
}

static void say_options(const struct app *app, const struct audit *a,
	struct audit_keeping *k)
{
	static const struct {
		const char *member;
		enum option_id id;
	} rows[] = {
		{ "checks", OPTION_CHECKS },
		{ "account", OPTION_ACCOUNT },
		{ "generated", OPTION_GENERATED },
		{ "mutes", OPTION_MUTE },
		{ "since", OPTION_SINCE },
		{ "report", OPTION_REPORT },
	};
	static const char *const later[] = { "partition", "region", "endpoint",
		"origin", "caBundle", "proxy" };
	size_t i;

	audit_bundle_say(&k->bundle, "program", json_string(PROGRAM_VERSION));
	audit_bundle_say(&k->bundle, "made", json_of_time(a->started));
	audit_bundle_say(&k->bundle, "live", json_boolean(
		!option_is_set(&app->options, OPTION_REPORT)));
	audit_bundle_say(&k->bundle, "record", json_boolean(
		option_is_set(&app->options, OPTION_RECORD)));
	for (i = 0; i < ARRAY_LEN(rows); i++)
		audit_bundle_say(&k->bundle, rows[i].member,
			json_of_text(option(&app->options, rows[i].id)));
	for (i = 0; i < ARRAY_LEN(later); i++)
		audit_bundle_say(&k->bundle, later[i], json_null());
}

static int bundle_begin(struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err)
{
	static const struct {
		enum option_id id;
		const char *part;
		bool points;
	} files[] = {
		{ OPTION_MUTE, AUDIT_BUNDLE_MUTES, false },
		{ OPTION_SINCE, AUDIT_BUNDLE_EARLIER, false },
		{ OPTION_REPORT, AUDIT_BUNDLE_REPORT, true },
		/* what tokens are judged by, for whoever wants to look */
		{ OPTION_POLICY, AUDIT_BUNDLE_POLICY, true },
		{ OPTION_ADVISORIES, AUDIT_BUNDLE_ADVISORIES, true },
	};
	size_t i;
	int r;

	k->writes = true;
	r = audit_bundle_begin(&k->bundle, option(&app->options, OPTION_BUNDLE),
		err);
	if (r >= 0)
		say_options(app, a, k);
	if (r >= 0)
		r = copy_beside_registry(app, k, err);
	for (i = 0; r >= 0 && i < ARRAY_LEN(files); i++) {
		r = copy_option(app, k, files[i].id, files[i].part, err);
		if (r >= 0 && files[i].points)
			r = point_option(app, k, files[i].id, files[i].part,
				err);
	}
	if (r < 0 || option_is_set(&app->options, OPTION_REPORT))
		return r;
	return tape_file_new(&k->tape, err);
}

static int bundle_end(const struct app *app, const struct audit *a,
	struct audit_keeping *k, struct error *err)
{
	const char *path = option(&app->options, OPTION_BUNDLE);
	const void *replies = NULL;
	size_t n = 0;
	int r = 0;

	if (k->tape)
		r = tape_file_bytes(k->tape, &replies, &n, err);
	if (r >= 0 && k->tape)
		r = audit_bundle_add(&k->bundle, AUDIT_BUNDLE_REPLIES, replies, n,
			err);
	audit_bundle_say(&k->bundle, "requests", json_integer(a->aws.requests));
	audit_bundle_say(&k->bundle, "connections",
		json_integer(a->aws.connections));
	if (r >= 0)
		r = audit_bundle_publish(&k->bundle, k->sha, err);
	if (r < 0)
		return r;
	audit_bundle_log(k->sha);
	run_say(&app->run, "Evidence: %s, SHA-256 %s", path, k->sha);
	run_warn(&app->run, "it holds names, which `tokenbridge registry erase` "
		"cannot reach: who erases them removes the folder, too");
	return 0;
}

/* ---- evidence that is read ---- */

static int play_option(struct app *app, const struct audit_keeping *k,
	enum option_id id, const char *member, struct error *err)
{
	const char *value = audit_bundle_text(&k->bundle, member);

	if (value)
		return option_set(&app->options, id, value, FROM_COMMAND_LINE,
			err);
	free_p(&app->options.value[id]);
	app->options.from[id] = 0;
	return 0;
}

static int play_clock(const struct app *app, struct audit *a,
	const struct audit_keeping *k, struct error *err)
{
	const char *made = audit_bundle_text(&k->bundle, "made");
	const char *at = app->options.from[OPTION_AT] ?
		option(&app->options, OPTION_AT) : "made";

	if (text_parse_time(made, strlen(made), &a->started) < 0)
		return error_set(err, ERROR_MALFORMED,
			"'%s' of the evidence is no time", made);
	a->now_stands = strcmp(at, "now") == 0;
	if (!a->now_stands && strcmp(at, "made") != 0)
		return error_set(err, ERROR_USAGE,
			"--at '%s': made or now is wanted", at);
	if (!a->now_stands)
		a->now = a->started;
	return 0;
}

static int play_version(const struct app *app, const struct audit_keeping *k,
	struct error *err)
{
	const char *program = audit_bundle_text(&k->bundle, "program");

	if (strcmp(program, PROGRAM_VERSION) == 0 ||
		option_is_set(&app->options, OPTION_OTHER_VERSION))
		return 0;
	return error_set(err, ERROR_REFUSED,
		"'%s' was made by version %s, and this is %s, which may read it "
		"otherwise: `--other-version` reads it all the same",
		k->bundle.path, program, PROGRAM_VERSION);
}

static int play_replies(struct audit_keeping *k, struct error *err)
{
	CLEANUP(free_p) char *path = audit_bundle_part(&k->bundle,
		AUDIT_BUNDLE_REPLIES);
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, TAPE_FILE_MAX);
	if (!path)
		return error_set(err, ERROR_CORRUPT, "'%s' has no part '%s'",
			k->bundle.path, AUDIT_BUNDLE_REPLIES);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	return r < 0 ? r : tape_file_parse(&k->tape, buf_str(&b), b.n, err);
}

static int play_places(struct app *app, struct audit_keeping *k,
	struct error *err)
{
	CLEANUP(free_p) char *beside = text_format("%s/%s", k->bundle.path,
		AUDIT_BUNDLE_BESIDE);
	int r;

	if (!beside)
		return error_memory(err);
	r = option_set(&app->options, OPTION_REGISTRY, beside,
		audit_bundle_text(&k->bundle, "registry") ? FROM_COMMAND_LINE :
		0, err);
	return r < 0 ? r : point_option(app, k, OPTION_REPORT,
		AUDIT_BUNDLE_REPORT, err);
}

static int play_begin(struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err)
{
	const char *sha = option(&app->options, OPTION_SHA256);
	int r;

	k->plays = true;
	r = audit_bundle_open(&k->bundle, option(&app->options, OPTION_FROM),
		sha, err);
	if (r >= 0)
		r = play_version(app, k, err);
	if (r >= 0)
		r = play_clock(app, a, k, err);
	if (r >= 0)
		r = play_option(app, k, OPTION_CHECKS, "checks", err);
	if (r >= 0)
		r = play_option(app, k, OPTION_ACCOUNT, "account", err);
	if (r >= 0)
		r = play_option(app, k, OPTION_GENERATED, "generated", err);
	if (r >= 0)
		r = play_places(app, k, err);
	if (r >= 0 && !option_is_set(&app->options, OPTION_REPORT))
		r = play_replies(k, err);
	if (r >= 0 && !sha)
		run_warn(&app->run, "not protected: nothing says that this "
			"evidence is what was written; --sha256 does");
	return r;
}

/* ---- what the registry told ---- */

int audit_keep_told(struct audit_keeping *k, const struct audit *a,
	const struct registry_head *head, const struct known_told *told,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	char text[REGISTRY_HEAD_LEN];
	int r;

	registry_head_format(head, text);
	audit_bundle_say(&k->bundle, "head", json_string(text));
	buf_init(&b, AUDIT_BUNDLE_FILE_MAX);
	r = known_told_write(told, a->aws.account, &b, err);
	return r < 0 ? r : audit_bundle_add(&k->bundle, AUDIT_BUNDLE_REGISTRY,
		b.p, b.n, err);
}

int audit_played_told(const struct audit_keeping *k, struct audit *a,
	const char *path, struct known_told *ret, struct error *err)
{
	CLEANUP(free_p) char *part = audit_bundle_part(&k->bundle,
		AUDIT_BUNDLE_REGISTRY);
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, AUDIT_BUNDLE_FILE_MAX);
	a->registry.used = audit_bundle_text(&k->bundle, "registry");
	if (!a->registry.used)
		return 0;
	a->registry.path = path;
	if (!part)
		return error_set(err, ERROR_CORRUPT, "'%s' has no part '%s'",
			k->bundle.path, AUDIT_BUNDLE_REGISTRY);
	r = file_read(part, FILE_ANY, &b, NULL, err);
	return r < 0 ? r : known_told_parse(buf_str(&b), b.n, ret, err);
}

/* ---- the run ---- */

int audit_prepare(struct app *app, struct audit *a, struct audit_keeping *k,
	struct error *err)
{
	int r = 0;

	if (option_is_set(&app->options, OPTION_FROM))
		r = play_begin(app, a, k, err);
	else if (option_is_set(&app->options, OPTION_BUNDLE))
		r = bundle_begin(app, a, k, err);
	return r < 0 ? r : take_lists(app, a, k, err);
}

static const char *text_or(const struct audit_keeping *k, const char *member,
	const char *otherwise)
{
	const char *s = audit_bundle_text(&k->bundle, member);

	return s ? s : otherwise;
}

int audit_played_session(const struct app *app, struct audit *a,
	const struct audit_keeping *k, struct aws_session **ret,
	struct error *err)
{
	const struct aws_played p = {
		.partition = text_or(k, "partition", "aws"),
		.region = text_or(k, "region", "us-east-1"),
		.endpoint = text_or(k, "endpoint", ""),
		.origin = text_or(k, "origin", ""),
		.cancel_fd = app->run.cancel_fd,
	};
	int r = aws_session_new_played(ret, &p, err);

	if (r < 0)
		return r;
	aws_session_set_tape(*ret, tape_file_tape(k->tape));
	snprintf(a->aws.ca_bundle, sizeof(a->aws.ca_bundle), "%s",
		text_or(k, "caBundle", ""));
	snprintf(a->aws.proxy, sizeof(a->aws.proxy), "%s",
		text_or(k, "proxy", ""));
	return 0;
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

/* What the session is, and all that comes back to it. */
static void bundle_session(const struct audit *a, struct audit_keeping *k,
	struct aws_session *s)
{
	const struct aws_endpoint *e = aws_session_endpoint(s, AWS_IAM);

	if (!e->overridden)
		e = aws_session_endpoint(s, AWS_STS);
	audit_bundle_say(&k->bundle, "partition",
		json_string(aws_session_partition(s)->name));
	audit_bundle_say(&k->bundle, "region",
		json_string(aws_session_region(s)));
	audit_bundle_say(&k->bundle, "endpoint",
		json_of_text(e->overridden ? e->url : NULL));
	audit_bundle_say(&k->bundle, "origin",
		json_of_text(e->overridden ? e->origin : NULL));
	audit_bundle_say(&k->bundle, "caBundle",
		json_of_text(a->aws.ca_bundle));
	audit_bundle_say(&k->bundle, "proxy", json_of_text(a->aws.proxy));
	aws_session_set_tape(s, tape_file_tape(k->tape));
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
		bundle_session(a, k, s);
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

/* Events of CloudTrail that came late: nobody else looks for them every day. */
static void keep_witnesses(const struct app *app, const struct audit *a,
	const struct audit_keeping *k, struct registry *reg)
{
	struct account c = { .session = k->session };
	struct witnessed seen = { .found = 0 };
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
		witness_look(&app->run, &c, reg, &actor, NULL, &seen);
	if (seen.found)
		registry_log_head(&seen.head);
}

static int keep_record(const struct app *app, const struct audit *a,
	const struct audit_keeping *k, bool at_end, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	char text[REGISTRY_HEAD_LEN];
	struct registry_head head;
	int r;

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
	return bundle_end(app, a, k, err);
}

int audit_keep(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err)
{
	int r = keep_plan(app, k, at_end, err);

	if (r >= 0)
		r = keep_bundle(app, a, k, at_end, err);
	return r < 0 ? r : keep_record(app, a, k, at_end, err);
}
