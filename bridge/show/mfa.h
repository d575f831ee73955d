/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what was registered and revoked at AWS. */
#ifndef BRIDGE_SHOW_MFA_H
#define BRIDGE_SHOW_MFA_H

#include "bridge/mfa/enroll.h"
#include "bridge/mfa/revocation.h"

int show_enrolled(const struct mfa_enrolled *e, bool json, struct error *err);
int show_revoked(const struct mfa_revoked *x, bool json, struct error *err);

#endif
