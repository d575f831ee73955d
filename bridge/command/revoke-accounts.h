/* SPDX-License-Identifier: Apache-2.0 */
/* The same revocation in several accounts, one after the other. */
#ifndef BRIDGE_COMMAND_REVOKE_ACCOUNTS_H
#define BRIDGE_COMMAND_REVOKE_ACCOUNTS_H

#include "bridge/command/command.h"
#include "bridge/accounts/list.h"
#include "bridge/open/account.h"
#include "bridge/revoke/work.h"

typedef int revoke_scope_fn(struct app *app, struct revoke_work *w,
	struct error *err);

/*
 * Enters each account as its line says, else by the role of --role, and does
 * `fn` there, with *w made for it and its receipt in common. One that cannot be
 * entered, or in which it was refused, is a row, and keeps no other from it.
 */
int revoke_each_account(struct app *app, struct opened_account *a,
	const struct accounts_list *list, struct revoke_work *w,
	revoke_scope_fn *fn, struct error *err);

#endif
