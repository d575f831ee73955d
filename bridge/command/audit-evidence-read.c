/* SPDX-License-Identifier: Apache-2.0 */
/* audit --from: a run out of what an earlier one has read. */
#include "bridge/command/audit-evidence.h"

#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int audit_evidence_point(struct app *app, const struct audit_keeping *k,
	enum option_id id, const char *part, struct error *err)
{
	CLEANUP(free_p) char *path = audit_bundle_part(&k->bundle, part);

	return path ? option_set(&app->options, id, path, FROM_COMMAND_LINE,
		err) : 0;
}

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
	return r < 0 ? r : audit_evidence_point(app, k, OPTION_REPORT,
		AUDIT_BUNDLE_REPORT, err);
}

int audit_evidence_open(struct app *app, struct audit *a,
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
