/* SPDX-License-Identifier: Apache-2.0 */
/* trust: the certificates that a vendor's word is judged by. */
#include "base/text.h"
#include "bridge/command/command.h"
#include "bridge/run/json.h"
#include "bridge/show/metadata.h"
#include "bridge/terminal/table.h"
#include "bridge/terminal/ui.h"
#include "bridge/verify/metadata.h"
#include "bridge/verify/moment.h"
#include "token/trust/trust.h"

#include <string.h>

static const char *trust_dir(const struct app *app)
{
	return option(&app->options, OPTION_TRUST_DIR);
}

static json_t *anchor_json(const struct anchor *a)
{
	char from[TEXT_TIME_LEN], until[TEXT_TIME_LEN];

	text_format_time(a->not_before, from);
	text_format_time(a->not_after, until);
	return json_pack("{s:s,s:o,s:s,s:s}", "sha256", a->sha256, "subject",
		json_of_text(a->subject), "notBefore", from, "notAfter", until);
}

static json_t *anchors_json(const struct anchors *list)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_row(&rows, anchor_json(&list->rows[i]));
	return rows;
}

static void print_anchors(const struct anchors *list)
{
	static const struct table_column columns[] = {
		{ "SHA-256", 2 },
		{ "SUBJECT", 0 },
		{ "UNTIL", 1 },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));
	size_t i;

	for (i = 0; i < list->n; i++) {
		char hash[17], until[TEXT_TIME_LEN];
		const char *cells[] = { hash, list->rows[i].subject, until };

		snprintf(hash, sizeof(hash), "%.16s", list->rows[i].sha256);
		text_format_time(list->rows[i].not_after, until);
		table_row(table, cells);
	}
	table_print(&table, NULL);
}

static int trust_show(struct app *app, struct error *err)
{
	const char *dir = trust_dir(app);
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
		ui_line("%s", line);
	}
	if (list.n)
		print_anchors(&list);
	return 0;
}

static int trust_add_(struct app *app, struct error *err)
{
	CLEANUP(anchors_done) struct anchors list = { NULL, 0 };
	size_t added;
	int r;

	r = trust_add(trust_dir(app), app_argument(app, 0), &list, &added, err);
	if (r < 0)
		return r;
	ui_say("%zu added, %zu there already", added, list.n - added);
	if (app->json)
		return ui_json(json_pack("{s:b,s:o}", "changed", added > 0,
			"anchors", anchors_json(&list)), err);
	print_anchors(&list);
	return 0;
}

static const char *source_of(const struct options *o)
{
	const char *source = option(o, OPTION_MDS);

	return source ? source : METADATA_URL;
}

static int trust_update_(struct app *app, struct error *err)
{
	CLEANUP(metadata_update_done) struct metadata_update u = { NULL };
	struct metadata_request q = {
		.dir = trust_dir(app),
		.source = source_of(&app->options),
		.signers = option(&app->options, OPTION_MDS_ANCHORS),
		.ca_bundle = option(&app->options, OPTION_CA_BUNDLE),
		.proxy = option(&app->options, OPTION_PROXY),
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
		ui_warn("%zu of its models cannot be read and %s left out",
			u.unreadable, u.unreadable == 1 ? "is" : "are");
	if (app->json) {
		o = show_metadata_json(u.mds);
		json_member(&o, "unreadable", json_of_number(true,
			u.unreadable));
		return ui_json(json_pack("{s:b,s:o}", "changed", u.changed,
			"metadata", o), err);
	}
	show_metadata_line(u.mds, line);
	ui_say("%s %s", u.changed ? "stored" : "the newest already:", line);
	return 0;
}

static int trust_removed_json(const char *kind, const char *sha256,
	struct error *err)
{
	return ui_json(json_pack("{s:b,s:{s:s,s:o}}", "changed", true,
		"removed", "kind", kind, "sha256", json_of_text(sha256)), err);
}

static int remove_metadata(struct app *app, struct error *err)
{
	bool absent;
	int r;

	r = mds_cache_remove(trust_dir(app), &absent, err);
	if (r == 0 && absent)
		r = error_set(err, ERROR_FAILED, "there is no metadata");
	if (r < 0)
		return r;
	if (app->json)
		return trust_removed_json("metadata", NULL, err);
	ui_say("removed the metadata");
	return 0;
}

static int trust_remove_(struct app *app, struct error *err)
{
	char sha256[65];
	int r;

	if (strcmp(app_argument(app, 0), "metadata") == 0)
		return remove_metadata(app, err);

	r = trust_remove(trust_dir(app), app_argument(app, 0), sha256, err);
	if (r < 0)
		return r;
	if (app->json)
		return trust_removed_json("certificate", sha256, err);
	ui_say("removed %s", sha256);
	return 0;
}

static bool is_remote_update(const struct options *o)
{
	return metadata_is_remote(source_of(o));
}

const struct verb verb_trust = {
	.command = "trust",
	.group = GROUP_JUDGE,
	.summary = "the vendors' certificates that verdicts rest on",
	.help = "Keeps what a token's attestation is judged by, in the "
		"directory that the setting trust_dir of the system's "
		"configuration names. Begin with `update`; vendors who are not "
		"in FIDO's metadata are added by hand.\n",
	.example = "  sudo tokenbridge trust update\n"
		"  tokenbridge trust show\n",
};

const struct verb verb_trust_update = {
	.command = "trust",
	.name = "update",
	.group = GROUP_JUDGE,
	.summary = "get the signed metadata of the FIDO Alliance",
	.help = "Gets each model's certificates and what is known against it. "
		"The metadata is checked to the certificates of the setting "
		"mds_anchors; an older one than the stored is refused. Run it "
		"every week. --mds names a file that was brought here, or "
		"another address; --at judges the signer's certificate as of "
		"another time, for an old file.\n",
	.example = "  sudo tokenbridge trust update\n"
		"  sudo tokenbridge trust update --mds blob.jwt\n",
	.options = { OPTION_MDS, OPTION_AT, OPTION_JSON, OPTION_FORMAT },
	.takes = { { OPTION_AT, VALUE_WORDS, "now" } },
	.needs_network = is_remote_update,
	.run = trust_update_,
};

const struct verb verb_trust_add = {
	.command = "trust",
	.name = "add",
	.group = GROUP_JUDGE,
	.summary = "trust the certificates in a PEM file",
	.help = "Takes a file with one or more certificates (roots or "
		"intermediates; PEM, or one in DER) that you obtained from a vendor who is not in "
		"FIDO's metadata. Those that are there already are counted.\n",
	.example = "  sudo tokenbridge trust add yubico-roots.pem\n",
	.arguments = { { "PEM", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_JSON, OPTION_FORMAT },
	.run = trust_add_,
};

const struct verb verb_trust_show = {
	.command = "trust",
	.name = "show",
	.group = GROUP_JUDGE,
	.summary = "what is trusted, and how old the metadata is",
	.help = "Prints the metadata's number and dates, then each certificate "
		"that was added, with the hash by which `remove` takes it.\n",
	.example = "  tokenbridge trust show\n",
	.options = { OPTION_JSON, OPTION_FORMAT },
	.run = trust_show,
};

const struct verb verb_trust_remove = {
	.command = "trust",
	.name = "remove",
	.group = GROUP_JUDGE,
	.summary = "trust a certificate, or the metadata, no more",
	.help = "SHA256 is the first 8 or more digits of what `tokenbridge "
		"trust show` prints, or the word metadata.\n",
	.example = "  sudo tokenbridge trust remove 0d5b6f1a\n"
		"  sudo tokenbridge trust remove metadata\n",
	.arguments = { { "SHA256", VALUE_TEXT } },
	.min_arguments = 1,
	.options = { OPTION_JSON, OPTION_FORMAT },
	.run = trust_remove_,
};
