/* SPDX-License-Identifier: Apache-2.0 */
/* registry recipient: the keys that a holder's secrets are encrypted for. */
#include "bridge/command/registry-verbs.h"
#include "base/file.h"
#include "bridge/initial/recipients.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <string.h>

static int read_file(const char *path, struct recipients *ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error why;
	int r;

	buf_init(&b, RECIPIENTS_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	if (recipients_add_file(ret, buf_str(&b), b.n, &why) < 0)
		return error_set(err, why.code, "'%s': %s", path, why.text);
	return 0;
}

/* One of KEY, --file and --remove; none of them only shows. */
static int read_given(const struct app *app, struct recipients *ret,
	bool *ret_change, struct error *err)
{
	const char *key = app_argument(app, 1);
	const char *file = option(&app->options, OPTION_FILE);
	bool remove = option_is_set(&app->options, OPTION_REMOVE);

	*ret_change = key || file || remove;
	if (!!key + !!file + remove > 1)
		return error_set(err, ERROR_USAGE,
			"registry recipient takes one of KEY, --file and "
			"--remove");
	if (key)
		return recipients_add(ret, key, strlen(key), err);
	return file ? read_file(file, ret, err) : 0;
}

static json_t *recipients_json(const struct recipients *r)
{
	json_t *keys = json_array();
	size_t i;

	for (i = 0; i < r->n; i++)
		json_row(&keys, json_string(r->text[i]));
	return keys;
}

static int show_recipients(const char *holder, const char *id,
	const struct recipients *r, bool changed, bool json, struct error *err)
{
	size_t i;

	if (json)
		return ui_json(json_pack("{s:b,s:s,s:s,s:o,s:o}",
			"changed", changed,
			"holder", holder,
			"holderId", id,
			"program", r->n > 0 ? json_string(
				seal_program_names[r->program]) : json_null(),
			"recipients", recipients_json(r)), err);
	for (i = 0; i < r->n; i++)
		ui_line("%s", r->text[i]);
	if (r->n == 0)
		ui_say("Nothing is encrypted for %s.", holder);
	return 0;
}

static int change_recipients(const struct app *app, const struct recipients *to,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct recipients_changed done = { .changed = false };
	const char *holder = app_argument(app, 0);
	int r;

	r = open_registry_write(&app->options, &reg, err);
	if (r == 0)
		r = initial_set_recipients(&app->run, reg, holder, to, &done,
			err);
	if (r < 0)
		return r;
	if (done.changed)
		registry_say_changed(&done.head);
	return show_recipients(holder, done.holder, to, done.changed, app->json, err);
}

static int show_recorded(const struct app *app, struct recipients *to,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *holder = app_argument(app, 0);
	char id[ID_LEN];
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
		r = initial_recipients(reg, holder, id, to, err);
	return r < 0 ? r : show_recipients(holder, id, to, false, app->json, err);
}

static int registry_recipient(struct app *app, struct error *err)
{
	CLEANUP(recipients_done) struct recipients to = { .n = 0 };
	bool is_change;
	int r = read_given(app, &to, &is_change, err);

	if (r < 0)
		return r;
	return is_change ? change_recipients(app, &to, err) :
			   show_recorded(app, &to, err);
}

const struct verb verb_registry_recipient = {
	.command = "registry",
	.name = "recipient",
	.group = GROUP_RECORD,
	.summary = "the keys that a holder's PIN is encrypted for",
	.help = "KEY replaces those of HOLDER that are there: an age recipient "
		"(age1...), an ssh-ed25519 or ssh-rsa public key, or the whole "
		"fingerprint of an OpenPGP key; --file takes several. Without "
		"one of these they are shown.\n",
	.example = "  tokenbridge registry recipient alice --file alice.pub\n"
		"  tokenbridge registry recipient alice --remove\n",
	.arguments = { { "HOLDER", VALUE_PERSON }, { "KEY", VALUE_TEXT } },
	.min_arguments = 1,
	.options = { OPTION_FILE, OPTION_REMOVE, OPTION_REGISTRY,
		OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_FILE, GOES_WITHOUT, { OPTION_REMOVE } },
	},
	.run = registry_recipient,
};
