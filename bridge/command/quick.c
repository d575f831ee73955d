/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge: what people and scripts type. It lists the tokens that are
 * plugged in, for which it needs little; loading libfido2, libcrypto and SQLite
 * would take longer than asking them. For all else, and for each line that is
 * not just that, it loads tokenbridge-verbs.so, which has every verb.
 */
#include "base/paths.h"
#include "base/process.h"
#include "bridge/command/arguments.h"
#include "bridge/command/around.h"
#include "bridge/command/listed.h"
#include "bridge/command/verbs.h"
#include "bridge/command/version.h"

#include <dlfcn.h>
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

/* NULL where it cannot be loaded. It stays as long as the process does. */
static verbs_fn *load_verbs(struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-verbs.so",
		PATH_LIBEXEC "/tokenbridge-verbs.so");
	void *module;
	verbs_fn *ret = NULL;

	if (!path) {
		error_memory(err);
		return NULL;
	}
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	/* POSIX's way from an object pointer to that of a function */
	if (module)
		*(void **)&ret = dlsym(module, VERBS_NAME);
	if (!ret)
		error_set(err, ERROR_FAILED,
			"cannot load what does it: %s", dlerror());
	return ret;
}

/* The line in this program; whether it was one for it. */
static bool run_quickly(int argc, char **argv, int *ret)
{
	CLEANUP(free_p) char **words = calloc((size_t)argc + 1, sizeof(*words));
	struct app app = { .terminal = TERMINAL_INIT };
	struct error err = { 0 };
	bool ours;

	if (words)
		memcpy(words, argv, (size_t)argc * sizeof(*words));
	ours = is_ours(&app.options, argc, words);
	*ret = 0;
	if (ours && option_is_set(&app.options, OPTION_VERSION))
		version_print();
	else if (ours)
		*ret = list_quickly(&app, &err);
	if (ours)
		*ret = around_status(*ret, &err);
	options_done(&app.options);
	return ours;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	verbs_fn *verbs_have;
	int r;

	process_harden();
	if (run_quickly(argc, argv, &r))
		return r;
	verbs_have = load_verbs(&err);
	return verbs_have ? verbs_have(argc, argv) :
		around_status(-1, &err);
}
