/* SPDX-License-Identifier: Apache-2.0 */
/* trust: the certificates that a vendor's word is judged by. */
#include "base/text.h"
#include "bridge/command/command.h"
#include "bridge/show/metadata.h"
#include "bridge/terminal/ui.h"
#include "bridge/verify/metadata.h"
#include "bridge/verify/moment.h"
#include "token/trust/trust.h"

#include <string.h>

static json_t *anchor_json(const struct anchor *a)
{
	char from[TEXT_TIME_LEN], until[TEXT_TIME_LEN];

	text_format_time(a->not_before, from);
	text_format_time(a->not_after, until);
	return json_pack("{s:s,s:s,s:s,s:s}", "sha256", a->sha256, "subject",
		a->subject, "notBefore", from, "notAfter", until);
}

static json_t *anchors_json(const struct anchors *list)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(rows, anchor_json(&list->rows[i]));
	return rows;
}

static void print_anchors(const struct anchors *list)
{
	static const char *const heads[] = { "SHA-256", "SUBJECT", "UNTIL" };
	struct ui_table *table = ui_table_new(heads, ARRAY_LEN(heads));
	size_t i;

	for (i = 0; i < list->n; i++) {
		char hash[17], until[TEXT_TIME_LEN];
		const char *cells[] = { hash, list->rows[i].subject, until };

		snprintf(hash, sizeof(hash), "%.16s", list->rows[i].sha256);
		text_format_time(list->rows[i].not_after, until);
		ui_table_row(table, cells);
	}
	ui_table_print(&table);
}

static int trust_show(struct app *app, const char *dir, struct error *err)
{
	CLEANUP(anchors_done) struct anchors list = { NULL, 0 };
	CLEANUP(mds_free) struct mds *mds = NULL;
	char line[METADATA_LINE_LEN];
	int r;

	r = trust_load(dir, &list, err);
	if (r == 0)
		r = mds_cache_load(dir, &mds, NULL, err);
	if (r < 0)
		return r;
	if (app->json)
		return ui_json(json_pack("{s:o,s:o}", "anchors",
			anchors_json(&list), "metadata", mds ?
			show_metadata_json(mds) : json_null()), err);
	if (list.n == 0 && !mds)
		ui_say("the trust store '%s' is empty: every verdict will be "
			"undecided; get FIDO's metadata with `tokenbridge "
			"trust update`, or add vendors' certificates with "
			"`tokenbridge trust add FILE`", dir);
	if (mds) {
		show_metadata_line(mds, line);
		printf("%s\n", line);
	}
	if (list.n)
		print_anchors(&list);
	return 0;
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
	if (app->json)
		return ui_json(json_pack("{s:o}", "anchors",
			anchors_json(&list)), err);
	print_anchors(&list);
	return 0;
}

static const char *source_of(const struct options *o)
{
	const char *source = option(o, OPTION_MDS);

	return source ? source : METADATA_URL;
}

static int trust_update_(struct app *app, const char *dir, struct error *err)
{
	CLEANUP(metadata_update_done) struct metadata_update u = { NULL };
	struct metadata_request q = {
		.dir = dir,
		.source = source_of(&app->options),
		.signers = option(&app->options, OPTION_MDS_ANCHORS),
	};
	char line[METADATA_LINE_LEN];
	struct moment at;
	json_t *o;
	int r;

	r = moment_parse(option(&app->options, OPTION_AT),
		/* may_be_made= */ false, &at, err);
	if (r < 0)
		return r;
	q.at = moment_time(&at, 0);
	r = metadata_update(&app->run, &q, &u, err);
	if (r < 0)
		return r;
	if (u.unreadable)
		ui_warn("%zu of its models cannot be read and are left out",
			u.unreadable);
	if (app->json) {
		o = show_metadata_json(u.mds);
		json_object_set_new(o, "changed", json_boolean(u.changed));
		json_object_set_new(o, "unreadable",
			json_integer((json_int_t)u.unreadable));
		return ui_json(json_pack("{s:o}", "metadata", o), err);
	}
	show_metadata_line(u.mds, line);
	ui_say("%s %s", u.changed ? "stored" : "the newest already:", line);
	return 0;
}

static int remove_metadata(struct app *app, const char *dir,
	struct error *err)
{
	bool absent;
	int r;

	r = mds_cache_remove(dir, &absent, err);
	if (r == 0 && absent)
		r = error_set(err, ERROR_FAILED, "there is no metadata");
	if (r < 0)
		return r;
	if (app->json)
		return ui_json(json_pack("{s:s}", "removed", "metadata"), err);
	ui_say("removed the metadata");
	return 0;
}

static int trust_remove_(struct app *app, const char *dir, struct error *err)
{
	char sha256[65];
	int r;

	if (strcmp(app_argument(app, 1), "metadata") == 0)
		return remove_metadata(app, dir, err);

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
	{ "update", 0, trust_update_ },
	{ "add", 1, trust_add_ },
	{ "show", 0, trust_show },
	{ "remove", 1, trust_remove_ },
};

static int trust_check_options(const struct options *o, const char *verb,
	struct error *err)
{
	static const enum option_id of_update[] = { OPTION_MDS, OPTION_AT };
	size_t i;

	for (i = 0; strcmp(verb, "update") != 0 && i < ARRAY_LEN(of_update);
		i++)
		if (o->from[of_update[i]] == FROM_COMMAND_LINE)
			return error_set(err, ERROR_USAGE,
				"--%s goes with `trust update`",
				option_rows[of_update[i]].name);
	return 0;
}

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
		if (trust_check_options(&app->options, verb, err) < 0)
			return -ERROR_USAGE;
		return verbs[i].run(app,
			option(&app->options, OPTION_TRUST_DIR), err);
	}
	return error_set(err, ERROR_USAGE,
		"trust '%s': update, add, show or remove", verb);
}

static bool is_remote_update(const struct options *o)
{
	return o->argument_count > 1 &&
		strcmp(o->arguments[1], "update") == 0 &&
		metadata_is_remote(source_of(o));
}

const struct command command_trust = {
	.name = "trust",
	.arguments = "update | add PEM | show | remove SHA256",
	.summary = "the vendors' certificates that verdicts rest on",
	.help = "Keeps what a token's attestation is judged by, in the "
		"directory that the setting\ntrust_dir of the system's "
		"configuration names.\n\n"
		"`update` gets the signed metadata of the FIDO Alliance: each "
		"model's certificates,\nand what is known against it. It is "
		"checked to the certificates of the setting\nmds_anchors; an "
		"older one than the stored is refused. Run it every week. "
		"--mds\nnames a file that was brought here, or another "
		"address; --at judges the\nsigner's certificate as of another "
		"time, for an old file.\n\n"
		"`add` takes a PEM file with one or more certificates (roots "
		"or intermediates)\nthat you obtained from a vendor who is not "
		"in the metadata; `remove` takes the\nfirst 8 or more digits "
		"of what `show` prints, or the word metadata.\n\n"
		"  sudo tokenbridge trust update\n"
		"  sudo tokenbridge trust update --mds blob.jwt\n"
		"  sudo tokenbridge trust add yubico-roots.pem\n"
		"  tokenbridge trust show\n",
	.min_arguments = 1,
	.max_arguments = 2,
	.options = { OPTION_MDS, OPTION_AT },
	.needs_network = is_remote_update,
	.run = trust_run,
};
