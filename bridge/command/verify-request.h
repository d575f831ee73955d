/* SPDX-License-Identifier: Apache-2.0 */
/* What `verify` and `policy check` ask to be verified. */
#ifndef BRIDGE_COMMAND_VERIFY_REQUEST_H
#define BRIDGE_COMMAND_VERIFY_REQUEST_H

#include "bridge/attached/attached.h"
#include "bridge/command/command.h"
#include "bridge/verify/verify.h"

/* What a verification works with; all zeros before. */
struct verifying {
	struct trust trust;       /* owned, as everything here */
	struct registry *reg;     /* NULL: there is none */
	struct attached attached;
	struct fido *fido;
	struct verification v;
};

void verifying_init(struct verifying *x);
void verifying_done(struct verifying *x);

/*
 * Verifies what the options say: the evidence of --from, or the attached
 * token. Fills x; a policy that cannot be read ends it before a touch is spent.
 */
int verifying_run(const struct app *app, struct verifying *x,
	struct error *err);

#endif
