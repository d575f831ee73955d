/* SPDX-License-Identifier: Apache-2.0 */
/* What the settings say that tokens are judged by. */
#include "bridge/open/trust.h"

int open_trust(const struct options *o, struct trust *ret, struct error *err)
{
	const struct trust_paths paths = {
		.dir = option(o, OPTION_TRUST_DIR),
		.advisories = option(o, OPTION_ADVISORIES),
		.policy = option(o, OPTION_POLICY),
	};

	return trust_open(&paths, ret, err);
}
