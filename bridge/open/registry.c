/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the registry. */
#include "bridge/open/registry.h"

#include "bridge/terminal/ui.h"
#include "token/fido/reader.h"

#include <string.h>

int ledger_open_if_any(const struct app *app, struct registry **ret,
	bool *ret_unknown, struct error *err)
{
	unsigned from = app->options.from[OPTION_REGISTRY];
	bool named = from != 0, absent = false;
	struct registry *reg = NULL;
	struct error e;
	int r;

	*ret_unknown = false;
	r = registry_open(&reg, option(&app->options, OPTION_REGISTRY),
		REGISTRY_READ, named ? NULL : &absent, &e);
	/* the system's, which not everybody may read */
	if (r == -ERROR_PERMISSION && (!named || from == FROM_SYSTEM_FILE)) {
		ui_warn("%s", e.text);
		*ret_unknown = true;
		*ret = NULL;
		return 0;
	}
	if (r < 0)
		return error_copy(err, &e);
	*ret = reg;
	return 0;
}

int ledger_open_for_label(const struct app *app, struct registry **ret,
	struct error *err)
{
	const char *name = option(&app->options, OPTION_TOKEN);
	bool unknown;

	*ret = NULL;
	if (!name || name[0] == '/' || reader_is_path(name) ||
		strspn(name, "0123456789") == strlen(name))
		return 0;
	return ledger_open_if_any(app, ret, &unknown, err);
}

int ledger_open_write(const struct app *app, struct registry **ret,
	struct error *err)
{
	return registry_open(ret, option(&app->options, OPTION_REGISTRY),
		REGISTRY_WRITE, NULL, err);
}

int ledger_open_read(const struct app *app, struct registry **ret,
	struct error *err)
{
	return registry_open(ret, option(&app->options, OPTION_REGISTRY),
		REGISTRY_READ, NULL, err);
}
