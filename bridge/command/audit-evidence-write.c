/* SPDX-License-Identifier: Apache-2.0 */
/* audit --bundle: all that a run reads, copied before it reads. */
#include "bridge/command/audit-evidence.h"

#include "base/text.h"
#include "bridge/audit/known/sights.h"
#include "bridge/journal/journal.h"
#include "bridge/registry/registry.h"
#include "bridge/run/json.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

static int copy_option(const struct app *app, struct audit_keeping *k,
	enum option_id id, const char *part, struct error *err)
{
	const char *path = option(&app->options, id);
	bool absent;

	return path ? audit_bundle_copy(&k->bundle, part, path, &absent, err) : 0;
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

/* What earlier runs remember. */
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
 * account is known: what is of other accounts is left out then. A report is held
 * against none of it.
 */
static int copy_beside_registry(struct app *app, struct audit_keeping *k,
	struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(free_p) char *beside = text_format("%s/%s", k->bundle.path,
		AUDIT_BUNDLE_BESIDE);
	bool absent = false, named = app->options.from[OPTION_REGISTRY] != 0;
	bool live = !option_is_set(&app->options, OPTION_REPORT);
	int r;

	k->registry = strdup(path);
	if (!beside || !k->registry)
		return error_memory(err);
	r = registry_open(&reg, path, REGISTRY_READ, named ? NULL : &absent,
		err);
	audit_bundle_say(&k->bundle, "registry", absent ? json_null() :
		json_string(path));
	audit_bundle_say(&k->bundle, "head", json_null());
	if (r >= 0 && !absent && live)
		r = copy_journals(k, path, err);
	if (r >= 0 && !absent && live)
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

int audit_evidence_begin(struct app *app, struct audit *a,
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
			r = audit_evidence_point(app, k, files[i].id, files[i].part,
				err);
	}
	if (r < 0 || option_is_set(&app->options, OPTION_REPORT))
		return r;
	return tape_file_new(&k->tape, err);
}

/* What the session is, and all that comes back to it. */
void audit_evidence_watch(const struct audit *a, struct audit_keeping *k,
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

/* ---- when the account is known ---- */

static int drop_copy(struct audit_keeping *k, const char *path,
	struct error *err)
{
	CLEANUP(free_p) char *name = text_format(AUDIT_BUNDLE_JOURNAL "%s",
		strrchr(path, '/') + 1);

	return name ? audit_bundle_drop(&k->bundle, name, err) :
		error_memory(err);
}

static int drop_journals(struct audit_keeping *k, const char *beside,
	const char *account, struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	int r = journal_see_all(&list, beside, err);
	size_t i;

	for (i = 0; r >= 0 && i < list.n; i++)
		if (strcmp(list.p[i].journal.facts.account, account) != 0)
			r = drop_copy(k, list.p[i].journal.path, err);
	return r;
}

static int drop_sights(struct audit_keeping *k, const char *beside,
	const char *account, struct error *err)
{
	CLEANUP(free_p) char *like = sights_path(beside, "*");
	CLEANUP(free_p) char *own = sights_path(beside, account);
	glob_t found = { .gl_pathc = 0 };
	size_t i;
	int r = 0;

	if (!like || !own ||
		glob(like, GLOB_NOSORT, NULL, &found) == GLOB_NOSPACE)
		return error_memory(err);
	for (i = 0; r >= 0 && i < found.gl_pathc; i++)
		if (strcmp(found.gl_pathv[i], own) != 0)
			r = drop_copy(k, found.gl_pathv[i], err);
	globfree(&found);
	return r;
}

/* Evidence of one account names nobody of another. */
static int drop_others(struct audit_keeping *k, const char *account,
	struct error *err)
{
	CLEANUP(free_p) char *beside = text_format("%s/%s", k->bundle.path,
		AUDIT_BUNDLE_BESIDE);
	int r = beside ? drop_journals(k, beside, account, err) :
		error_memory(err);

	return r < 0 ? r : drop_sights(k, beside, account, err);
}

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
	if (r >= 0)
		r = audit_bundle_add(&k->bundle, AUDIT_BUNDLE_REGISTRY, b.p, b.n,
			err);
	return r < 0 ? r : drop_others(k, a->aws.account, err);
}

/* ---- the end ---- */

int audit_evidence_end(const struct app *app, const struct audit *a,
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
	run_warn(&app->run, "it holds names of people: whoever has to forget "
		"one removes the folder, too");
	return 0;
}
