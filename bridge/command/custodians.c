/* SPDX-License-Identifier: Apache-2.0 */
/* Two people, each by an option of its own. */
#include "bridge/command/custodians.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void custodians_done(struct custodians *c)
{
	free_p(&c->text);
}

int custodians_read(const struct options *o, struct custodians *ret,
	struct error *err)
{
	const char *value = option(o, OPTION_CUSTODIAN);
	char *second;
	int r;

	if (!value)
		return 0;
	ret->text = strdup(value);
	if (!ret->text)
		return error_memory(err);
	second = strchr(ret->text, '\n');
	if (second)
		*second++ = '\0';
	if (!second || strchr(second, '\n') || strcmp(second, ret->text) == 0)
		return error_set(err, ERROR_USAGE, "--custodian is given "
			"twice, for two different people");
	ret->names[0] = ret->text;
	ret->names[1] = second;
	r = text_check(ret->names[0], "custodian", err);
	return r < 0 ? r : text_check(ret->names[1], "custodian", err);
}
