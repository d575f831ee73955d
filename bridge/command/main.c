/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge: finds the command, its options, the right program for it.
 *
 * The same file makes two programs. `tokenbridge` does not load libcurl, which
 * takes longer than everything that `list` does; a command that wants the
 * network is handed to libexec's `tokenbridge-aws` with the same arguments
 * before anything is asked or opened.
 */
#include "aws/http/http.h"
#include "aws/query/session.h"
#include "base/paths.h"
#include "base/process.h"
#include "bridge/command/arguments.h"
#include "bridge/command/command.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "unknown"
#endif

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
static int catch_signals(int *ret_fd, struct error *err)
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

static void print_option(const struct option_row *row)
{
	char left[64];

	if (!row->name)
		return;
	snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
		row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		row->letter ? ", " : "  ", row->name,
		row->argument ? " " : "", row->argument ? row->argument : "");
	printf("  %-26s %s\n", left, row->help);
}

static void print_options(const struct command *c)
{
	size_t i;

	if (c && c->options[0]) {
		printf("\nOptions of %s:\n", c->name);
		for (i = 0; i < COMMAND_OPTIONS_MAX && c->options[i]; i++)
			print_option(&option_rows[c->options[i]]);
	}
	printf("\nOptions of every command:\n");
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].global)
			print_option(&option_rows[i]);
}

static void print_help(const struct command *c)
{
	const struct command *const *row;

	if (c) {
		printf("Usage: tokenbridge %s%s%s [OPTION]...\n\n%s",
			c->name, c->arguments[0] ? " " : "", c->arguments,
			c->help);
	} else {
		printf("Usage: tokenbridge COMMAND [ARGUMENT]... "
		       "[OPTION]...\n\nHardware keys: what they are, whether "
		       "they are genuine, whose they are,\nand what AWS says "
		       "about it.\n\nCommands:\n");
		for (row = commands; *row; row++)
			printf("  %-10s %s\n", (*row)->name, (*row)->summary);
	}
	print_options(c);
	if (!c)
		printf("\n`tokenbridge COMMAND --help` teaches a command; "
		       "tokenbridge(1) has it all.\n");
}

static const struct command *find_command(const char *name)
{
	const struct command *const *row;

	for (row = commands; name && *row; row++)
		if (strcmp((*row)->name, name) == 0)
			return *row;
	return NULL;
}

static bool knows_option(const struct command *c, int id)
{
	size_t i;

	if (option_rows[id].global)
		return true;
	for (i = 0; i < COMMAND_OPTIONS_MAX && c->options[i]; i++)
		if ((int)c->options[i] == id)
			return true;
	return false;
}

static int main_check_options(const struct command *c, const struct options *o,
	struct error *err)
{
	int i, n = o->argument_count - 1;

	for (i = 0; i < OPTION_COUNT; i++)
		if (o->from[i] == FROM_COMMAND_LINE && !knows_option(c, i))
			return error_set(err, ERROR_USAGE,
				"%s has no option --%s; `tokenbridge %s "
				"--help` lists its options", c->name,
				option_rows[i].name, c->name);
	if (n < c->min_arguments)
		return error_set(err, ERROR_USAGE,
			"%s needs %s; `tokenbridge %s --help` tells more",
			c->name, c->arguments, c->name);
	if (n > c->max_arguments)
		return error_set(err, ERROR_USAGE,
			"%s: '%s' is one argument too many", c->name,
			o->arguments[c->max_arguments + 1]);
	return 0;
}

/* A descriptor that an option names; -1 where it is not given. */
static int read_fd(const struct options *o, enum option_id id, int *ret,
	struct error *err)
{
	uint64_t fd;
	int r;

	if (!option_is_set(o, id))
		return 0;
	r = option_number(o, id, 1023, &fd, err);
	if (r == 0)
		*ret = (int)fd;
	return r;
}

/* Who follows the run, and what it carries. */
static int begin_run(struct app *app, const struct command *c,
	struct error *err)
{
	const struct options *o = &app->options;
	struct terminal *t = &app->terminal;
	uint64_t seconds = 0;
	int r;

	t->json = app->json;
	r = catch_signals(&t->cancel_fd, err);
	if (r == 0)
		r = read_fd(o, OPTION_PIN_FD, &t->secret_fd[RUN_PIN], err);
	if (r == 0)
		r = read_fd(o, OPTION_NEW_PIN_FD, &t->secret_fd[RUN_NEW_PIN],
			err);
	if (r == 0 && knows_option(c, OPTION_TOUCH_TIMEOUT))
		r = option_number(o, OPTION_TOUCH_TIMEOUT, 600, &seconds, err);
	if (r < 0)
		return r;
	app->run = terminal_run(t);
	app->run.ticket = option(o, OPTION_TICKET);
	app->run.touch_ms = (int64_t)seconds * 1000;
	return 0;
}

static int choose_format(struct app *app, const struct command *c,
	struct error *err)
{
	const char *format = option(&app->options, OPTION_FORMAT);

	app->json = option_is_set(&app->options, OPTION_JSON) ||
		strcmp(format, "json") == 0;
	if (strcmp(format, "json") != 0 && strcmp(format, "text") != 0 &&
		!c->knows_formats)
		return error_set(err, ERROR_USAGE,
			"--format '%s': text or json", format);
	return 0;
}

static int hand_over(char **argv, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-aws",
		PATH_LIBEXEC "/tokenbridge-aws");

	if (!path)
		return error_memory(err);
	execv(path, argv);
	return error_errno(err, ERROR_FAILED, errno,
		"cannot start '%s', which talks to AWS", path);
}

static int run_command(struct app *app, int argc, char **argv,
	struct error *err)
{
	struct options *o = &app->options;
	const struct command *c;
	int r;

	r = options_parse(o, argc, argv, err);
	if (r < 0)
		return r;
	c = find_command(o->arguments[0]);
	if (option_is_set(o, OPTION_VERSION)) {
		printf("tokenbridge " VERSION "\n");
		return 0;
	}
	if (option_is_set(o, OPTION_HELP) || !o->arguments[0]) {
		print_help(c);
		return option_is_set(o, OPTION_HELP) ? 0 : STATUS_USAGE;
	}
	if (!c)
		return error_set(err, ERROR_USAGE,
			"unknown command '%s'; `tokenbridge --help` lists them",
			o->arguments[0]);
	r = main_check_options(c, o, err);
	if (r == 0)
		r = options_load(o, err);
	if (r == 0)
		r = choose_format(app, c, err);
	if (r == 0 && c->needs_network && c->needs_network(o) &&
		!http_available())
		r = hand_over(argv, err);
	if (r == 0)
		r = begin_run(app, c, err);
	return r < 0 ? r : c->run(app, err);
}

int main(int argc, char **argv)
{
	struct app app = { .terminal = TERMINAL_INIT };
	struct error err = { 0 };
	int r;

	process_harden();
	r = aws_global_init(&err);
	if (r == 0)
		r = run_command(&app, argc, argv, &err);
	if (r < 0) {
		ui_error(&err);
		r = status_of_error(&err);
	}
	options_done(&app.options);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		error_errno(&err, ERROR_FAILED, errno,
			"cannot write to standard output");
		ui_error(&err);
		r = STATUS_ERROR;
	}
	return r;
}
