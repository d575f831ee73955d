/* SPDX-License-Identifier: Apache-2.0 */
/* What the settings say that tokens are judged by. */
#ifndef BRIDGE_OPEN_TRUST_H
#define BRIDGE_OPEN_TRUST_H

#include "bridge/settings/option.h"
#include "bridge/verify/trust.h"

/* As trust_open. */
int open_trust(const struct options *o, struct trust *ret, struct error *err);

#endif
