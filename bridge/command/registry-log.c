/* SPDX-License-Identifier: Apache-2.0 */
/* registry log: the events, and whether they are whole. */
#include "base/text.h"
#include "bridge/command/bundle.h"
#include "bridge/ledger/story.h"
#include "bridge/open/registry.h"
#include "bridge/open/when.h"
#include "bridge/registry/care.h"
#include "bridge/registry/lookup.h"
#include "bridge/run/json.h"
#include "bridge/show/log.h"
#include "bridge/terminal/ui.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_problem(const char *text, void *arg)
{
	(void)arg;
	ui_warn("%s", text);
}

static int show_report(struct app *app, const struct registry_report *report,
	bool good, struct error *err)
{
	char head[REGISTRY_HEAD_LEN] = "";

	if (report->head.stream[0])
		registry_head_format(&report->head, head);
	if (app->json)
		return ui_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:o,s:o}",
			"good", good,
			"eventCount", (json_int_t)report->events,
			"evidenceCount", (json_int_t)report->evidence,
			"evidenceAbsent", (json_int_t)report->evidence_absent,
			"problemCount", (json_int_t)report->problems,
			"badEvent", json_of_number(report->has_bad_seq,
				report->bad_seq),
			"head", json_of_text(head)), err);
	ui_line("%llu event%s, %llu piece%s of evidence, %llu problem%s",
		(unsigned long long)report->events,
		text_plural(report->events),
		(unsigned long long)report->evidence,
		text_plural(report->evidence),
		(unsigned long long)report->problems,
		text_plural(report->problems));
	if (head[0])
		ui_line("head %s", head);
	return 0;
}

static int verify_log(struct app *app, struct registry *reg, struct error *err)
{
	const char *text = option(&app->options, OPTION_HEAD);
	struct registry_report report = { 0 };
	struct registry_head expected;
	struct error why;
	int r = 0, shown;

	if (text)
		r = registry_head_parse(text, &expected, err);
	if (r < 0)
		return r;
	r = registry_verify(reg, text ? &expected : NULL, print_problem, NULL,
		&report, &why);
	if (r < 0 && r != -ERROR_CORRUPT)
		return error_copy(err, &why);
	shown = show_report(app, &report, r == 0, err);
	if (shown < 0)
		return shown;
	return r < 0 ? error_copy(err, &why) : 0;
}

/* ---- the events ---- */

/* What is told, and what is made of it. */
struct telling {
	struct registry *reg;
	struct story *story;        /* NULL: all is printed as it was written */
	struct story_filter filter;
	char token[ID_LEN];         /* of the filter */
	bool as_written;
	json_t *entries;            /* else; owned */
	struct registry_head head;  /* of the last event */
};

static void telling_done(struct telling *t)
{
	story_free(&t->story);
	json_decref(t->entries);
}

/* The bytes are what is hashed. */
static void print_written(const unsigned char *bytes, size_t n)
{
	ui_put_json_bytes(bytes, n);
	ui_end();
}

static int tell_event(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	CLEANUP(json_decrefp) json_t *entry = NULL;
	struct telling *t = arg;
	int r;

	t->head = *head;
	if (!t->story) {
		print_written(bytes, n);
		return 0;
	}
	r = story_tell(t->story, e, head, bytes, n, &entry, err);
	if (r < 0 || !story_fits(&t->filter, entry))
		return r;
	if (t->as_written)
		print_written(bytes, n);
	else
		json_row(&t->entries, steal(&entry));
	return t->as_written || t->entries ? 0 : error_memory(err);
}

static int log_name(void *arg, const char *kind, const char *id, char **ret,
	struct error *err)
{
	return registry_name_get(arg, kind, id, ret, err);
}

/* Only what was typed: a setting names the token that is worked with. */
static int read_token(const struct app *app, struct telling *t,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	const char *what = option(&app->options, OPTION_TOKEN);
	int r;

	if (app->options.from[OPTION_TOKEN] != FROM_COMMAND_LINE)
		return 0;
	r = registry_lookup_one(t->reg, what, &list, err);
	if (r < 0)
		return r;
	memcpy(t->token, list.p[0].id, sizeof(t->token));
	t->filter.token = t->token;
	return 0;
}

static int read_telling(const struct app *app, struct telling *t,
	struct error *err)
{
	const struct options *o = &app->options;
	int r;

	t->filter.person = option(o, OPTION_PERSON);
	t->as_written = app->json && !option_is_set(o, OPTION_NAMES);
	if (!app->json && option_is_set(o, OPTION_NAMES))
		return error_set(err, ERROR_USAGE,
			"registry log: --names says how --json tells it; the "
			"text has names always");
	r = open_when(o, OPTION_SINCE, OPEN_FIRST, &t->filter.since, err);
	if (r == 0)
		r = open_when(o, OPTION_UNTIL, OPEN_LAST, &t->filter.until,
			err);
	return r < 0 ? r : read_token(app, t, err);
}

static bool tells_all(const struct telling *t)
{
	return !t->filter.token && !t->filter.person && !t->filter.since &&
		!t->filter.until;
}

static int show_telling(const struct app *app, struct telling *t,
	const struct table_view *view, struct error *err)
{
	if (t->as_written)
		return 0;
	if (app->json)
		return show_log_json(steal(&t->entries), &t->head, err);
	if (json_array_size(t->entries) == 0)
		ui_say("The registry has no such event.");
	else
		show_log_text(t->entries, view);
	return 0;
}

static int tell_log(struct app *app, struct registry *reg,
	const struct table_view *view, struct error *err)
{
	CLEANUP(telling_done) struct telling t = { .reg = reg };
	char here[HOST_NAME_MAX + 1] = "";
	const struct story_names names = { log_name, reg, here };
	int r;

	gethostname(here, sizeof(here) - 1);
	r = read_telling(app, &t, err);
	if (r == 0 && (!t.as_written || !tells_all(&t)))
		r = story_new(&t.story, &names, err);
	if (r == 0 && !t.as_written && !(t.entries = json_array()))
		r = error_memory(err);
	if (r == 0)
		r = registry_events(reg, 0, tell_event, &t, err);
	return r < 0 ? r : show_telling(app, &t, view, err);
}

static int registry_log(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *bundle = option(&app->options, OPTION_BUNDLE);
	const struct table_view view = app_view(app);
	int r;

	if (bundle)
		return bundle_make(app, option(&app->options, OPTION_TOKEN),
			bundle, /* whole= */ false, err);
	r = show_log_check_view(&view, err);
	if (r == 0)
		r = open_registry_read(&app->options, &reg, err);
	if (r < 0)
		return r;
	return option_is_set(&app->options, OPTION_VERIFY) ?
		verify_log(app, reg, err) : tell_log(app, reg, &view, err);
}

const struct verb verb_registry_log = {
	.command = "registry",
	.name = "log",
	.group = GROUP_RECORD,
	.summary = "who did what to which token, or is it whole",
	.help = "Tells what happened, all or what the options pick. With --json "
		"each event as it was written, one a line, which is what is "
		"hashed; with --json --names one object that tells all of "
		"each. --verify checks the whole chain, the evidence and what "
		"the events add up to; --head HEAD that it still holds a head "
		"that was written down earlier.\n",
	.example = "  tokenbridge registry log --token blue-7\n"
		"  tokenbridge registry log --person alice --since 2026-01-01\n"
		"  tokenbridge registry log --verify\n",
	.options = { OPTION_PERSON, OPTION_SINCE, OPTION_UNTIL, OPTION_NAMES,
		OPTION_WIDE, OPTION_COLUMNS, OPTION_VERIFY, OPTION_HEAD,
		OPTION_BUNDLE, OPTION_TOKEN, OPTION_REGISTRY, OPTION_JSON, OPTION_FORMAT },
	.takes = { { OPTION_SINCE, VALUE_TEXT, NULL } },
	.combinations = {
		{ OPTION_VERIFY, GOES_WITH, { OPTION_HEAD } },
		{ OPTION_TOKEN, GOES_WITH, { OPTION_BUNDLE } },
		{ OPTION_BUNDLE, GOES_WITHOUT, { OPTION_PERSON, OPTION_SINCE,
			OPTION_UNTIL, OPTION_NAMES, OPTION_VERIFY, OPTION_WIDE,
			OPTION_COLUMNS } },
		{ OPTION_VERIFY, GOES_WITHOUT, { OPTION_PERSON, OPTION_SINCE,
			OPTION_UNTIL, OPTION_NAMES, OPTION_TOKEN, OPTION_WIDE,
			OPTION_COLUMNS } },
	},
	.run = registry_log,
};
