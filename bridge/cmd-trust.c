/* SPDX-License-Identifier: Apache-2.0 */
/* trust: the certificates that a maker's word is judged by. */
#include "base/text.h"
#include "bridge/command.h"
#include "bridge/ui.h"
#include "token/trust.h"

#include <string.h>

static json_t *anchor_json(const struct anchor *a)
{
	char from[TEXT_TIME_LEN], until[TEXT_TIME_LEN];

	text_format_time(a->not_before, from);
	text_format_time(a->not_after, until);
	return json_pack("{s:s,s:s,s:s,s:s}", "sha256", a->sha256, "subject",
		a->subject, "notBefore", from, "notAfter", until);
}

static int print_anchors(struct app *app, const struct anchors *list,
	struct error *err)
{
	static const char *const heads[] = { "SHA-256", "SUBJECT", "UNTIL" };
	struct ui_table *table;
	json_t *rows;
	size_t i;

	if (app->json) {
		rows = json_array();
		for (i = 0; i < list->n; i++)
			json_array_append_new(rows,
				anchor_json(&list->rows[i]));
		return ui_json(json_pack("{s:o}", "anchors", rows), err);
	}
	table = ui_table_new(heads, ARRAY_LEN(heads));
	for (i = 0; i < list->n; i++) {
		char hash[17], until[TEXT_TIME_LEN];
		const char *cells[] = { hash, list->rows[i].subject, until };

		snprintf(hash, sizeof(hash), "%.16s", list->rows[i].sha256);
		text_format_time(list->rows[i].not_after, until);
		ui_table_row(table, cells);
	}
	ui_table_print(&table);
	return 0;
}

static int trust_show(struct app *app, const char *dir, struct error *err)
{
	CLEANUP(anchors_done) struct anchors list = { NULL, 0 };
	int r;

	r = trust_load(dir, &list, err);
	if (r < 0)
		return r;
	if (list.n == 0 && !app->json) {
		ui_say("the trust store '%s' is empty: every verdict will be "
			"undecided; add makers' certificates with "
			"`tokenbridge trust add FILE`", dir);
		return 0;
	}
	return print_anchors(app, &list, err);
}

static int trust_add_(struct app *app, const char *dir, struct error *err)
{
	CLEANUP(anchors_done) struct anchors list = { NULL, 0 };
	size_t added;
	int r;

	r = trust_add(dir, app_argument(app, 1), &list, &added, err);
	if (r < 0)
		return r;
	ui_say("%zu added, %zu there already", added, list.n - added);
	return print_anchors(app, &list, err);
}

static int trust_remove_(struct app *app, const char *dir, struct error *err)
{
	char sha256[65];
	int r;

	r = trust_remove(dir, app_argument(app, 1), sha256, err);
	if (r < 0)
		return r;
	if (app->json)
		return ui_json(json_pack("{s:s}", "removed", sha256), err);
	ui_say("removed %s", sha256);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(struct app *, const char *dir, struct error *);
} verbs[] = {
	{ "add", 1, trust_add_ },
	{ "show", 0, trust_show },
	{ "remove", 1, trust_remove_ },
};

static int trust_run(struct app *app, struct error *err)
{
	const char *verb = app_argument(app, 0);
	int given = app->options.argument_count - 2;
	size_t i;

	for (i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (given != verbs[i].arguments)
			return error_set(err, ERROR_USAGE,
				"trust %s takes %s", verb, verbs[i].arguments ?
				"one argument" : "no argument");
		return verbs[i].run(app,
			option(&app->options, OPTION_TRUST_DIR), err);
	}
	return error_set(err, ERROR_USAGE,
		"trust '%s': add, show or remove", verb);
}

const struct command command_trust = {
	.name = "trust",
	.arguments = "add PEM | show | remove SHA256",
	.summary = "the makers' certificates that verdicts rest on",
	.help = "Keeps the certificates by which a token's attestation is "
		"judged, in the directory\nthat the setting trust_dir of the "
		"system's configuration names. `add` takes a PEM\nfile with "
		"one or more certificates (roots or intermediates) that you "
		"obtained from\nthe maker; `remove` takes the first 8 or more "
		"digits of what `show` prints.\n\n"
		"  sudo tokenbridge trust add yubico-roots.pem\n"
		"  tokenbridge trust show\n",
	.min_arguments = 1,
	.max_arguments = 2,
	.run = trust_run,
};
