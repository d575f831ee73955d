/* SPDX-License-Identifier: Apache-2.0 */
/* ssh-keys: what sshd would be told. */
#include "base/paths.h"
#include "base/process.h"
#include "bridge/command/command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define KEYS_PROGRAM PATH_LIBEXEC "/tokenbridge-keys"

static int ssh_keys_run(struct app *app, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-keys",
		KEYS_PROGRAM);
	char *const argv[] = {
		(char *)"tokenbridge-keys",
		(char *)app_argument(app, 0),
		(char *)app_argument(app, 1),
		NULL,
	};

	if (!path)
		return error_memory(err);
	execv(path, argv);
	return error_errno(err, ERROR_FAILED, errno, "cannot start '%s'",
		path);
}

const struct verb verb_ssh_keys = {
	.command = "ssh-keys",
	.group = GROUP_LOGIN,
	.summary = "the sk keys that sshd is told for a local user",
	.help = "Prints what tokenbridge-keys tells sshd of LOCALUSER, or of "
		"the key with FINGERPRINT. In sshd_config:\n\n"
		"  AuthorizedKeysCommand " KEYS_PROGRAM " %u %f\n"
		"  AuthorizedKeysCommandUser tokenbridge-keys\n\n"
		"With %f sshd is told one line at most, however many keys "
		"there are.\n",
	.example = "  tokenbridge ssh-keys alice\n",
	.arguments = { { "LOCALUSER", VALUE_LOCAL_USER },
		{ "FINGERPRINT", VALUE_TEXT } },
	.min_arguments = 1,
	.run = ssh_keys_run,
};
