/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge: what people and scripts type. It lists the tokens that are
 * plugged in, for which it needs little; loading libfido2, libcrypto and SQLite
 * would take longer than asking them. For all else, and for each line that is
 * not just that, this process becomes tokenbridge-verbs, which has every verb.
 */
#include "base/paths.h"
#include "base/process.h"
#include "bridge/command/arguments.h"
#include "bridge/command/around.h"
#include "bridge/command/listed.h"
#include "bridge/command/version.h"

#include <stdlib.h>
#include <string.h>

/* Options that may stand beside `list` here. */
static const enum option_id known[] = { OPTION_VERBOSE, OPTION_CONFIG,
	OPTION_JSON, OPTION_FORMAT, OPTION_WIDE, OPTION_COLUMNS };

static bool may_stand_here(enum option_id id)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++)
		if (known[i] == id)
			return true;
	return false;
}

static bool is_list(const struct options *o)
{
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (o->from[i] == FROM_COMMAND_LINE &&
			!may_stand_here((enum option_id)i))
			return false;
	return o->argument_count == 1 && strcmp(o->arguments[0], "list") == 0;
}

static bool is_format(const struct options *o)
{
	const char *format = option(o, OPTION_FORMAT);

	return strcmp(format, "text") == 0 || strcmp(format, "json") == 0;
}

/*
 * Whether the line is one for this program; what is wrong with it, or with a
 * file of settings, the other one says. `words` is put in another order.
 */
static bool is_ours(struct options *o, int argc, char **words)
{
	static verb_table none[] = { NULL };

	if (!words || options_parse(o, none, argc, words, NULL) < 0)
		return false;
	return option_is_set(o, OPTION_VERSION) || (is_list(o) &&
		options_load(o, NULL) == 0 && is_format(o));
}

static int list_quickly(struct app *app, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	int r;

	around_format(app);
	app->run.people = &run_nobody;
	r = around_signals(&app->run.cancel_fd, err);
	if (r == 0)
		r = listed_check(app, err);
	if (r == 0)
		r = attached_look(&app->run, &a, err);
	return r < 0 ? r : listed_show(app, &a, err);
}

static int run_line(struct app *app, int argc, char **argv, struct error *err)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));
	int r = 0;

	if (words)
		memcpy(words, argv, (size_t)argc * sizeof(*words));
	if (!is_ours(&app->options, argc, words))
		r = around_become("tokenbridge-verbs", PATH_LIBEXEC
			"/tokenbridge-verbs", argv, "does what was asked for",
			err);
	else if (option_is_set(&app->options, OPTION_VERSION))
		version_print();
	else
		r = list_quickly(app, err);
	free(words);
	return r;
}

int main(int argc, char **argv)
{
	struct app app = { .terminal = TERMINAL_INIT };
	struct error err = { 0 };
	int r;

	process_harden();
	r = run_line(&app, argc, argv, &err);
	r = around_status(r, &err);
	options_done(&app.options);
	return r;
}
