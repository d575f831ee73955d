/* SPDX-License-Identifier: Apache-2.0 */
/* Where a change of a token's row goes: the registry, and login.db. */
#include "bridge/command/registry-place.h"

#include "bridge/open/login.h"
#include "bridge/open/registry.h"

int registry_open_place(const struct app *app, struct registry **reg,
	struct change_place *ret, struct error *err)
{
	int r = open_registry_write(&app->options, reg, err);

	ret->reg = *reg;
	return r < 0 ? r : open_login_db(&app->options, *reg, &ret->login_db,
		err);
}
