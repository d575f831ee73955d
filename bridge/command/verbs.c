/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every verb: finds the one, its options, the right program for it.
 *
 * The same file stands in two places. `tokenbridge` loads it as a module,
 * without libcurl, which takes longer than most of what it does; a verb that
 * wants the network is handed to `tokenbridge-aws`, which has both, with the
 * same arguments before anything is asked or opened.
 */
#include "bridge/command/verbs.h"

#include "aws/http/http.h"
#include "aws/query/session.h"
#include "base/paths.h"
#include "base/process.h"
#include "base/text.h"
#include "bridge/audit/accounts/asked.h"
#include "bridge/command/arguments.h"
#include "bridge/command/around.h"
#include "bridge/command/checked.h"
#include "bridge/command/complete.h"
#include "bridge/command/find.h"
#include "bridge/command/help.h"
#include "bridge/command/verb.h"
#include "bridge/command/version.h"
#include "bridge/rollout/ports/scout.h"
#include "bridge/terminal/status.h"

#include <string.h>

#define FD_MAX 1023
#define TYPED "__typed"

/* A descriptor that an option names; -1 where it is not given. */
static int read_fd(const struct options *o, enum option_id id, int *ret,
	struct error *err)
{
	uint64_t fd;
	int r;

	if (!option_is_set(o, id))
		return 0;
	/* somebody may have put the PIN itself there: it is not repeated */
	r = option_number(o, id, FD_MAX, &fd, NULL);
	if (r < 0)
		return error_set(err, ERROR_USAGE,
			"--%s: the number of an open file descriptor is "
			"wanted, at most %d", option_rows[id].name, FD_MAX);
	*ret = (int)fd;
	return 0;
}

/* Who follows the run, and what it carries. */
static int begin_run(struct app *app, const struct verb *v,
	struct error *err)
{
	const struct options *o = &app->options;
	struct terminal *t = &app->terminal;
	uint64_t seconds = 0;
	int r;

	t->json = app->json;
	r = around_signals(&t->cancel_fd, err);
	if (r == 0)
		r = read_fd(o, OPTION_PIN_FD, &t->script[RUN_PIN].fd, err);
	if (r == 0)
		r = read_fd(o, OPTION_NEW_PIN_FD, &t->script[RUN_NEW_PIN].fd,
			err);
	if (r == 0)
		r = read_fd(o, OPTION_OATH_PASSWORD_FD,
			&t->script[RUN_OATH_PASSWORD].fd, err);
	if (r == 0)
		r = read_fd(o, OPTION_CODES_FD, &t->codes_fd, err);
	if (r == 0 && verb_has_option(v, OPTION_TOUCH_TIMEOUT))
		r = option_number(o, OPTION_TOUCH_TIMEOUT, 600, &seconds, err);
	if (r < 0)
		return r;
	app->run = terminal_run(t);
	app->run.ticket = option(o, OPTION_TICKET);
	app->run.touch_ms = (int64_t)seconds * 1000;
	return 0;
}

static int choose_format(struct app *app, const struct verb *v,
	struct error *err)
{
	const char *format = option(&app->options, OPTION_FORMAT);

	around_format(app);
	return app->options.from[OPTION_FORMAT] == FROM_COMMAND_LINE ?
		verb_check_format(v, format, err) : 0;
}

/* Settings, the right program, the run; then the verb itself. */
static int run_verb(struct app *app, const struct verb *v, char **argv,
	struct error *err)
{
	const struct options *o = &app->options;
	int r;

	r = options_load(&app->options, err);
	if (r == 0)
		r = choose_format(app, v, err);
	if (r == 0 && v->needs_network && v->needs_network(o) &&
		!http_available())
		r = around_become("tokenbridge-aws", PATH_LIBEXEC
			"/tokenbridge-aws", argv, "talks to AWS", err);
	if (r == 0)
		r = begin_run(app, v, err);
	return r < 0 ? r : v->run(app, err);
}

static int run_words(struct app *app, char **argv, struct error *err)
{
	struct options *o = &app->options;
	bool help = option_is_set(o, OPTION_HELP);
	const struct verb *v = NULL;
	int used = 0, r = 0;

	if (o->arguments[0])
		r = verb_find(verbs, o->arguments, &v, &used, err);
	if (r < 0)
		return r;
	if (help || !v) {
		help_print(verbs, v);
		return help ? 0 : STATUS_USAGE;
	}
	if (verb_is_head(v) && v->usual)
		v = verb_row(verbs, v->command, v->usual);
	else if (verb_is_head(v))
		return verb_missing(verbs, v, err);
	app->arguments = o->arguments + used;
	r = verb_check_options(v, o, err);
	if (r == 0)
		r = verb_check_arguments(v, app->arguments, err);
	if (r == 0)
		r = options_check_values(o, err);
	if (r == 0)
		r = arguments_check_values(v, app->arguments, o, err);
	return r < 0 ? r : run_verb(app, v, argv, err);
}

/*
 * TYPED N WORD...: a wrapper tells what a person typed, in whose place the rest
 * stands; its own options are then told to nobody as theirs. How many words that
 * takes; 0: it is not so.
 */
static int read_typed(struct app *app, int argc, char **argv)
{
	uint64_t n = 0;

	if (argc < 3 || strcmp(argv[1], TYPED) != 0 ||
		text_parse_u64(argv[2], (uint64_t)argc - 3, &n) < 0)
		return 0;
	app->typed = argv + 3;
	app->typed_n = (size_t)n;
	return (int)n + 2;
}

static int run_command(struct app *app, int argc, char **argv,
	struct error *err)
{
	int used = read_typed(app, argc, argv), r;

	if (argc > 1 && strcmp(argv[1], COMPLETE_COMMAND) == 0)
		return complete_run(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], SCOUT_COMMAND) == 0)
		return scout_run(argv + 2);
	if (argc > 1 && strcmp(argv[1], ASKED_COMMAND) == 0) {
		asked_die_with_parent();
		app->is_asked = true;
		argv++;
		argc--;
	}
	app->words = argv;
	r = options_parse(&app->options, verbs, argc - used, argv + used, err);
	if (r < 0)
		return r;
	if (option_is_set(&app->options, OPTION_VERSION)) {
		version_print();
		return 0;
	}
	return run_words(app, argv, err);
}

VERBS_EXPORT int verbs_main(int argc, char **argv)
{
	struct app app = { .terminal = TERMINAL_INIT, .verbs = verbs };
	struct error err = { 0 };
	int r;

	process_harden();
	r = aws_global_init(&err);
	if (r == 0)
		r = run_command(&app, argc, argv, &err);
	r = around_status(r, &err);
	options_done(&app.options);
	return r;
}
