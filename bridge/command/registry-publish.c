/* SPDX-License-Identifier: Apache-2.0 */
/* registry publish: login.db, made anew. */
#include "bridge/command/registry-verbs.h"
#include "bridge/local/publish.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

static int registry_publish(struct app *app, struct error *err)
{
	CLEANUP(login_published_done) struct login_published done = { 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *path = NULL;
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
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

const struct verb verb_registry_publish = {
	.command = "registry",
	.name = "publish",
	.group = GROUP_RECORD,
	.summary = "make login.db, which PAM and sshd read, anew",
	.help = "Makes the file that PAM and sshd read from what the registry "
		"says now. Every change does so by itself: this is for a file "
		"that was lost, or became too old. Only the system's registry "
		"publishes to the system's login.db; for another one name "
		"another file by --login-db.\n",
	.example = "  sudo tokenbridge registry publish\n",
	.options = { OPTION_LOGIN_DB, OPTION_REGISTRY, OPTION_JSON,
		OPTION_FORMAT },
	.run = registry_publish,
};
