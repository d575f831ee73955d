/* SPDX-License-Identifier: Apache-2.0 */
/* registry publish: login.db, made anew, or its rows for other hosts. */
#include "base/text.h"
#include "bridge/command/registry-verbs.h"
#include "bridge/local/publish.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

/* ---- here ---- */

static int publish_here(struct app *app, struct registry *reg,
	struct error *err)
{
	CLEANUP(login_published_done) struct login_published done = { 0 };
	const char *path = NULL;
	int r;

	r = open_login_db(&app->options, reg, &path, err);
	if (r == 0)
		r = login_publish(reg, path, &done, err);
	if (r < 0)
		return r;
	if (!done.path)
		return error_set(err, ERROR_REFUSED,
			"'%s' is %s: only the system's registry publishes to "
			"the system's login.db; name another file by "
			"--login-db PATH", registry_named(app),
			registry_is_rehearsal(reg) ? "marked for rehearsal" :
						     "a registry of a "
						     "workstation");
	login_published_say(&app->run, &done);
	return !app->json ? 0 : ui_json(json_pack(
		"{s:b,s:{s:o,s:I,s:I,s:I,s:I,s:b}}",
		"changed", true, "published",
		"path", json_of_text(done.path),
		"users", (json_int_t)done.users,
		"loginCredentials", (json_int_t)done.credentials,
		"sshKeys", (json_int_t)done.ssh_keys,
		"generation", (json_int_t)done.generation,
		"groupMissing", done.group_missing), err);
}

/* ---- for other hosts ---- */

static void say_file(const char *path, const struct login_published_file *f)
{
	const char *slash = strrchr(path, '/');

	ui_say("Published to '%s': %zu user%s, %zu login credential%s, %zu ssh "
		"key%s, generation %llu.", path, f->users,
		text_plural(f->users), f->credentials,
		text_plural(f->credentials), f->ssh_keys,
		text_plural(f->ssh_keys),
		(unsigned long long)f->head.seq);
	ui_say("SHA-256: %s", f->sha256);
	ui_say("Copy it to each host, and there:");
	ui_say("  sudo tokenbridge login install %s --sha256 %s",
		slash ? slash + 1 : path, f->sha256);
}

static int publish_file(struct app *app, struct registry *reg,
	struct error *err)
{
	const char *path = option(&app->options, OPTION_OUTPUT);
	struct login_published_file done;
	char text[REGISTRY_HEAD_LEN];
	int r = login_publish_file(reg, path, &done, err);

	if (r < 0)
		return r;
	registry_head_format(&done.head, text);
	registry_log_head(&done.head);
	say_file(path, &done);
	return !app->json ? 0 : ui_json(json_pack(
		"{s:b,s:{s:o,s:I,s:I,s:I,s:I,s:b,s:s,s:s,s:s}}",
		"changed", true, "published",
		"path", json_of_text(path),
		"users", (json_int_t)done.users,
		"loginCredentials", (json_int_t)done.credentials,
		"sshKeys", (json_int_t)done.ssh_keys,
		"generation", (json_int_t)done.head.seq,
		"groupMissing", false,
		"station", done.head.stream,
		"head", text,
		"sha256", done.sha256), err);
}

static int registry_publish(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r = open_registry_read(&app->options, &reg, err);

	if (r < 0)
		return r;
	return option_is_set(&app->options, OPTION_OUTPUT) ?
		publish_file(app, reg, err) : publish_here(app, reg, err);
}

const struct verb verb_registry_publish = {
	.command = "registry",
	.name = "publish",
	.group = GROUP_RECORD,
	.summary = "make login.db, which PAM and sshd read, anew",
	.help = "Makes the file that PAM and sshd read from what the registry "
		"says now. Every change does so by itself: this is for a file "
		"that was lost, or became too old. Only the system's registry "
		"publishes to the system's login.db; for another one name "
		"another file by --login-db. With --output it makes a file "
		"for other hosts instead, which `tokenbridge login install` "
		"puts in place there.\n",
	.example = "  sudo tokenbridge registry publish\n"
		"  sudo tokenbridge registry publish --output hosts.login\n",
	.options = { OPTION_OUTPUT, OPTION_LOGIN_DB, OPTION_REGISTRY,
		OPTION_JSON, OPTION_FORMAT },
	.combinations = { { OPTION_OUTPUT, GOES_WITHOUT, { OPTION_LOGIN_DB } } },
	.run = registry_publish,
};
