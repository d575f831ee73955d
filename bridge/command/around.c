/* SPDX-License-Identifier: Apache-2.0 */
/* Before a verb and behind it. */
#include "bridge/command/around.h"

#include "base/process.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The one thing that a signal handler can reach. */
static int cancel_write_fd = -1;

static void on_signal(int signo)
{
	int e = errno;

	(void)signo;
	(void)!write(cancel_write_fd, "", 1);
	errno = e;
}

/* First signal: stop in good order. A second one finds the pipe full of the
 * first, and whoever waits leaves at once. */
int around_signals(int *ret_fd, struct error *err)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a pipe");
	cancel_write_fd = fds[1];
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &sa, NULL);
	*ret_fd = fds[0];
	return 0;
}

void around_format(struct app *app)
{
	const struct options *o = &app->options;

	ui_be_verbose(option_is_set(o, OPTION_VERBOSE));
	app->json = option_is_set(o, OPTION_JSON) ||
		strcmp(option(o, OPTION_FORMAT), "json") == 0;
}

int around_become(const char *name, const char *installed, char **argv,
	const char *does, struct error *err)
{
	CLEANUP(free_p) char *path = process_find(name, installed);

	if (!path)
		return error_memory(err);
	execv(path, argv);
	return error_errno(err, ERROR_FAILED, errno,
		"cannot start '%s', which %s", path, does);
}

int around_status(int r, struct error *err)
{
	bool failed = r < 0;

	if (failed) {
		ui_error(err);
		r = status_of_error(err);
	}
	if (ui_has_failed() && r == STATUS_DONE) {
		error_set(err, ERROR_FAILED,
			"there was no memory for all of the output");
		ui_error(err);
		r = STATUS_ERROR;
	}
	/* what failed for that has said so */
	if ((fflush(stdout) != 0 || ferror(stdout)) && !failed) {
		error_errno(err, ERROR_FAILED, errno,
			"cannot write to standard output");
		ui_error(err);
		r = STATUS_ERROR;
	}
	return r;
}
