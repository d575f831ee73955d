/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the system that setup runs. */
#include "bridge/setup/step.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_program(const char *const *words, pid_t *ret)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char *const environment[] = { path, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int e;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, 2, 1);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	process_spawn_attributes(&attributes);
	/* spawn writes to none of the words */
	e = posix_spawn(ret, words[0], &actions, &attributes,
		(char *const *)words, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return e;
}

int setup_execute(const char *const *words, struct error *err)
{
	int status, e;
	pid_t pid;

	e = start_program(words, &pid);
	if (e)
		return error_set(err, ERROR_FAILED, "cannot run '%s': %s",
			words[0], strerror(e));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, ERROR_FAILED,
				"cannot wait for '%s': %s", words[0],
				strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(err, ERROR_FAILED, "'%s' ended with %s %d", words[0],
		WIFEXITED(status) ? "exit status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
