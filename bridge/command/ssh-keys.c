/* SPDX-License-Identifier: Apache-2.0 */
/* ssh-keys: what sshd would be told. */
#include "base/paths.h"
#include "base/process.h"
#include "bridge/command/command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int ssh_keys_run(struct app *app, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-keys",
		PATH_LIBEXEC "/tokenbridge-keys");
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

const struct command command_ssh_keys = {
	.name = "ssh-keys",
	.arguments = "LOCALUSER [FINGERPRINT]",
	.summary = "the sk keys that sshd is told for a local user",
	.help = "Runs tokenbridge-keys, which is what sshd calls. In "
		"sshd_config:\n\n"
		"  AuthorizedKeysCommand "
		PATH_LIBEXEC "/tokenbridge-keys %u %f\n"
		"  AuthorizedKeysCommandUser tokenbridge-keys\n\n"
		"With %f sshd is told one line at most, however many keys "
		"there are.\n\n"
		"  tokenbridge ssh-keys alice\n",
	.min_arguments = 1,
	.max_arguments = 2,
	.run = ssh_keys_run,
};
