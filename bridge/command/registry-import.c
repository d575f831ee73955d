/* SPDX-License-Identifier: Apache-2.0 */
/* registry import: what others kept so far. */
#include "bridge/command/command.h"
#include "bridge/lifecycle/kept.h"
#include "bridge/local/import-mapping.h"
#include "bridge/local/import-ssh.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

/* One receipt for all formats; what a format has not is null. */
struct receipt {
	const char *user; /* NULL: of several, or nobody's */
	size_t added, claimed, present;
	bool published;
	const char *origin;
	json_t *keys; /* taken over; NULL: not told one by one */
};

static int show_receipt(const struct app *app, const struct receipt *r,
	struct error *err)
{
	bool dry = option_is_set(&app->options, OPTION_DRY_RUN);

	return ui_json(json_pack(
		"{s:b,s:{s:o,s:o,s:b,s:I,s:I,s:I,s:b,s:o,s:o}}",
		"changed", !dry && r->added + r->claimed > 0, "imported",
		"localUser", json_of_text(r->user),
		"path", json_of_text(app_argument(app, 0)),
		"dryRun", dry,
		"added", (json_int_t)r->added,
		"claimed", (json_int_t)r->claimed,
		"present", (json_int_t)r->present,
		"published", r->published,
		"origin", json_of_text(r->origin),
		"keys", r->keys ? r->keys : json_null()), err);
}

/* ---- keys that sshd knew ---- */

static int import_keys(struct app *app, struct registry *reg,
	struct error *err)
{
	struct import_request q = {
		.reg = reg,
		.path = app_argument(app, 0),
		.user = option(&app->options, OPTION_USER),
		.only_look = option_is_set(&app->options, OPTION_DRY_RUN),
	};
	struct imported done = { 0 };
	int r;

	if (!q.user)
		return error_set(err, ERROR_USAGE,
			"registry import: whose keys are they? --user USER");
	r = open_login_db(&app->options, reg, &q.login_db, err);
	if (r == 0)
		r = import_ssh(&app->run, &q, &done, err);
	if (r < 0 || !app->json)
		return r;
	return show_receipt(app, &(struct receipt){
		.user = done.user.name,
		.added = done.added,
		.present = done.present,
		.published = done.published,
	}, err);
}

/* ---- a list of serial numbers ---- */

static int import_serials(struct app *app, struct registry *reg,
	struct error *err)
{
	const struct kept_request q = { reg, app_argument(app, 0),
		option_is_set(&app->options, OPTION_DRY_RUN) };
	struct kept done = { 0 };
	int r;

	if (option_is_set(&app->options, OPTION_USER))
		return error_set(err, ERROR_USAGE,
			"registry import: --user does not go with --format "
			"serials; the list says who has each key");
	r = lifecycle_keep(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	if (done.added && !q.only_look)
		registry_log_head(&done.head);
	ui_say("%zu key%s of '%s' %s; %zu %s there already. Nobody has "
	       "verified them.", done.added, done.added == 1 ? "" : "s", q.path,
		q.only_look ? "would be imported" : "imported",
		done.present, done.present == 1 ? "was" : "were");
	return !app->json ? 0 : show_receipt(app, &(struct receipt){
		.added = done.added,
		.present = done.present,
	}, err);
}

/* ---- mapping files of PAM modules ---- */

static struct mapping_request mapping_of(const struct app *app,
	struct registry *reg)
{
	const struct options *o = &app->options;

	return (struct mapping_request){
		.reg = reg,
		.path = app_argument(app, 0),
		.user = option(o, OPTION_USER),
		.origin = option(o, OPTION_ORIGIN),
		.appid = option(o, OPTION_APPID),
		.force = option(o, OPTION_FORCE),
		.verify = option_is_set(o, OPTION_VERIFY_REQUIRED),
		.only_look = option_is_set(o, OPTION_DRY_RUN),
	};
}

static json_t *mapped_json(const struct mapped_list *done)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < done->n; i++) {
		const struct mapped *m = &done->p[i];

		json_row(&rows, json_pack("{s:I,s:s,s:s,s:b,s:o,s:o}",
			"line", (json_int_t)m->line,
			"localUser", m->user,
			"result", mapped_name(m->what),
			"verifyRequired", m->verify,
			"relyingParty", json_of_text(m->rp),
			"token", json_of_text(m->token)));
	}
	return rows;
}

static void print_mapped(const struct mapped_list *done)
{
	size_t i;

	for (i = 0; i < done->n; i++) {
		const struct mapped *m = &done->p[i];

		ui_line("%-7s  %s%s%s", mapped_name(m->what), m->user,
			m->rp ? ", by a touch" : "",
			m->rp && m->verify ? " and the token's PIN" : "");
	}
}

static int show_mapped(const struct app *app, const struct mapping_request *q,
	const struct mapped_list *done, struct error *err)
{
	const size_t *n = done->count;

	if (!q->only_look && n[MAPPED_BOUND] + n[MAPPED_CLAIMED] > 0)
		registry_log_head(&done->head);
	if (!app->json) {
		print_mapped(done);
		return 0;
	}
	return show_receipt(app, &(struct receipt){
		.added = n[MAPPED_BOUND],
		.claimed = n[MAPPED_CLAIMED],
		.present = n[MAPPED_PRESENT],
		.published = done->published,
		.origin = done->origin,
		.keys = mapped_json(done),
	}, err);
}

static int import_u2f_keys(struct app *app, struct registry *reg,
	struct error *err)
{
	CLEANUP(mapped_list_done) struct mapped_list done = { .p = NULL };
	struct mapping_request q = mapping_of(app, reg);
	const size_t *n = done.count;
	int r = open_login_db(&app->options, reg, &q.login_db, err);

	if (r == 0)
		r = import_u2f(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	ui_say("%zu key%s of '%s' %s as made for '%s': nobody has verified "
	       "them. %zu %s there already.", n[MAPPED_BOUND],
		n[MAPPED_BOUND] == 1 ? "" : "s", q.path, q.only_look ?
		"would let people in," : "let people in,", done.origin,
		n[MAPPED_PRESENT], n[MAPPED_PRESENT] == 1 ? "was" : "were");
	if (n[MAPPED_CLAIMED])
		ui_warn("%zu resident key%s ('*') of the file %s nobody in: the "
			"file does not say which credential it is. `tokenbridge "
			"pam-enroll` makes one that does", n[MAPPED_CLAIMED],
			n[MAPPED_CLAIMED] == 1 ? "" : "s",
			n[MAPPED_CLAIMED] == 1 ? "lets" : "let");
	return show_mapped(app, &q, &done, err);
}

static int import_otp_ids(struct app *app, struct registry *reg,
	struct error *err)
{
	CLEANUP(mapped_list_done) struct mapped_list done = { .p = NULL };
	const struct mapping_request q = mapping_of(app, reg);
	const size_t *n = done.count;
	int r = import_otp(&app->run, &q, &done, err);

	if (r < 0)
		return r;
	ui_say("%zu YubiKey%s of '%s' %s, as the file says: nobody has seen "
	       "them, and they let nobody in. %zu %s there already.",
		n[MAPPED_CLAIMED], n[MAPPED_CLAIMED] == 1 ? "" : "s", q.path,
		q.only_look ? "would be imported" : "imported",
		n[MAPPED_PRESENT], n[MAPPED_PRESENT] == 1 ? "was" : "were");
	return show_mapped(app, &q, &done, err);
}

/* ---- which of them ---- */

static const struct {
	const char *format;
	int (*import)(struct app *app, struct registry *reg, struct error *err);
	bool of_u2f; /* takes what only pam_u2f's keys have */
} kinds[] = {
	{ "authorized_keys", import_keys, false },
	{ "serials", import_serials, false },
	{ "pam_u2f", import_u2f_keys, true },
	{ "authorized_yubikeys", import_otp_ids, false },
};

static int check_options(const struct app *app, size_t i, struct error *err)
{
	static const struct {
		enum option_id id;
		const char *name;
	} of_u2f[] = {
		{ OPTION_ORIGIN, "origin" },
		{ OPTION_APPID, "appid" },
		{ OPTION_FORCE, "force" },
		{ OPTION_VERIFY_REQUIRED, "verify-required" },
	};
	size_t k;

	for (k = 0; !kinds[i].of_u2f && k < ARRAY_LEN(of_u2f); k++)
		if (option_is_set(&app->options, of_u2f[k].id))
			return error_set(err, ERROR_USAGE,
				"registry import: --%s goes with --format "
				"pam_u2f", of_u2f[k].name);
	return 0;
}

static int registry_import(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	const char *format = option(o, OPTION_FORMAT);
	CLEANUP(registry_free) struct registry *reg = NULL;
	size_t i = 0;
	int r;

	while (i < ARRAY_LEN(kinds) && strcmp(kinds[i].format, format) != 0)
		i++;
	if (i == ARRAY_LEN(kinds))
		return error_set(err, ERROR_USAGE,
			"registry import: say what FILE is: --format "
			"authorized_keys, --format serials, --format pam_u2f "
			"or --format authorized_yubikeys");
	r = check_options(app, i, err);
	if (r == 0)
		r = option_is_set(o, OPTION_DRY_RUN) ?
			open_registry_read(o, &reg, err) :
			open_registry_write(o, &reg, err);
	return r < 0 ? r : kinds[i].import(app, reg, err);
}

const struct verb verb_registry_import = {
	.command = "registry",
	.name = "import",
	.group = GROUP_RECORD,
	.summary = "keys that others kept so far",
	.help = "FILE is sshd's (--format authorized_keys, of the local user "
		"--user), pam_u2f's (pam_u2f), pam_yubico's "
		"(authorized_yubikeys) or a CSV with serial, label, holder, "
		"product, lot (serials). A line that cannot be taken ends it, "
		"with its number, and nothing is imported. What lets people in "
		"is published; the rest is a record of what FILE says.\n",
	.example = "  tokenbridge registry import keys.csv --format serials\n"
		"  sudo tokenbridge registry import /etc/u2f_mappings \\\n"
		"      --format pam_u2f --origin pam://host --dry-run\n",
	.arguments = { { "FILE", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_USER, OPTION_FORMAT, OPTION_ORIGIN, OPTION_APPID,
		OPTION_VERIFY_REQUIRED, OPTION_FORCE, OPTION_DRY_RUN,
		OPTION_REGISTRY, OPTION_LOGIN_DB, OPTION_TICKET, OPTION_JSON },
	.in_manual = { OPTION_APPID, OPTION_FORCE, OPTION_TICKET },
	.stray = OPTION_USER,
	.takes = { { OPTION_FORMAT, VALUE_WORDS,
		"authorized_keys serials pam_u2f authorized_yubikeys" } },
	.run = registry_import,
};
