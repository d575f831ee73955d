/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the registry. */
#include "bridge/open/registry.h"

#include "token/fido/io/reader.h"

#include <string.h>

int open_registry_if_open(const struct run *run, const struct options *o,
	struct registry **ret, bool *ret_unknown, struct error *ret_closed,
	struct error *err)
{
	unsigned from = o->from[OPTION_REGISTRY];
	bool named = from != 0, absent = false;
	struct registry *reg = NULL;
	struct error e;
	int r;

	*ret_unknown = false;
	ret_closed->code = 0;
	r = registry_open(&reg, option(o, OPTION_REGISTRY), REGISTRY_READ,
		named ? NULL : &absent, &e);
	/* the system's, which not everybody may read */
	if (r == -ERROR_PERMISSION && (!named || from == FROM_SYSTEM_FILE)) {
		if (registry_is_closed(option(o, OPTION_REGISTRY)))
			*ret_closed = e;
		else
			run_warn(run, "%s", e.text);
		*ret_unknown = true;
		*ret = NULL;
		return 0;
	}
	if (r < 0)
		return error_copy(err, &e);
	*ret = reg;
	return 0;
}

int open_registry_if_any(const struct run *run, const struct options *o,
	struct registry **ret, bool *ret_unknown, struct error *err)
{
	struct error closed;
	int r = open_registry_if_open(run, o, ret, ret_unknown, &closed, err);

	if (r == 0 && closed.code)
		run_warn(run, "%s", closed.text);
	return r;
}

int open_registry_for_label(const struct run *run, const struct options *o,
	struct registry **ret, struct error *err)
{
	const char *name = option(o, OPTION_TOKEN);
	bool unknown;

	*ret = NULL;
	if (!name || name[0] == '/' || reader_is_path(name))
		return 0;
	if (strspn(name, "0123456789") != strlen(name))
		return open_registry_if_any(run, o, ret, &unknown, err);
	/* a serial number needs none; but digits may be another one's label */
	if (registry_open(ret, option(o, OPTION_REGISTRY), REGISTRY_READ, NULL,
			NULL) < 0)
		*ret = NULL;
	return 0;
}

int open_registry_write(const struct options *o, struct registry **ret,
	struct error *err)
{
	return registry_open(ret, option(o, OPTION_REGISTRY), REGISTRY_WRITE,
		NULL, err);
}

int open_registry_read(const struct options *o, struct registry **ret,
	struct error *err)
{
	return registry_open(ret, option(o, OPTION_REGISTRY), REGISTRY_READ,
		NULL, err);
}
