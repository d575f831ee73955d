/* SPDX-License-Identifier: Apache-2.0 */
/* The two people of --custodian. */
#ifndef BRIDGE_COMMAND_CUSTODIANS_H
#define BRIDGE_COMMAND_CUSTODIANS_H

#include "bridge/settings/option.h"

/* Both names, or none. */
struct custodians {
	char *text; /* owned */
	const char *names[2];
};
void custodians_done(struct custodians *c);

/* ERROR_USAGE for one name alone, three, or twice the same. */
int custodians_read(const struct options *o, struct custodians *ret,
	struct error *err);

#endif
