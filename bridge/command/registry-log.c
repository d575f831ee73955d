/* SPDX-License-Identifier: Apache-2.0 */
/* registry log: the events, and whether they are whole. */
#include "base/text.h"
#include "bridge/command/command.h"
#include "bridge/open/registry.h"
#include "bridge/registry/care.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

static int print_event(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct app *app = arg;
	char when[TEXT_TIME_LEN];

	(void)err;
	(void)head;
	if (app->json) { /* as it was written: this is what is hashed */
		ui_put_json_bytes(bytes, n);
		ui_end();
		return 0;
	}
	text_format_time(e->time, when);
	ui_line("%6llu  %s  uid %u  %s", (unsigned long long)e->seq, when,
		e->actor.uid, e->type_name);
	return 0;
}

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

static int registry_log(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r < 0)
		return r;
	if (option_is_set(&app->options, OPTION_VERIFY))
		return verify_log(app, reg, err);
	r = registry_events(reg, 0, print_event, app, err);
	return r < 0 ? r : 0;
}

const struct verb verb_registry_log = {
	.command = "registry",
	.name = "log",
	.group = GROUP_RECORD,
	.summary = "the events, or whether they are whole",
	.help = "Prints every event; with --json as it was written, one a "
		"line, which is what is hashed. --verify checks the whole "
		"chain, the evidence and what the events add up to; --head "
		"HEAD that it still holds a head that was written down "
		"earlier.\n",
	.example = "  tokenbridge registry log\n"
		"  tokenbridge registry log --verify\n",
	.options = { OPTION_VERIFY, OPTION_HEAD, OPTION_REGISTRY, OPTION_JSON,
		OPTION_FORMAT },
	.combinations = {
		{ OPTION_VERIFY, GOES_WITH, { OPTION_HEAD } },
	},
	.run = registry_log,
};
