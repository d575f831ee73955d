/* SPDX-License-Identifier: Apache-2.0 */
/* revoke --local: a token or key lets a local user in no more. */
#ifndef BRIDGE_LOCAL_REVOKE_H
#define BRIDGE_LOCAL_REVOKE_H

#include "bridge/command/command.h"

/*
 * Removes the user's pam and ssh bindings that the second argument names: the
 * beginning of a binding's or a token's id (4 digits or more), or "all".
 * Publishes: STATUS_INCOMPLETE where this registry publishes nowhere, so that
 * a login.db which was made from it is still in force. Nothing named is
 * ERROR_FAILED.
 */
int revoke_local(struct app *app, struct error *err);

#endif
