/* SPDX-License-Identifier: Apache-2.0 */
/* root --inventory: root's keys in the safes. */
#include "bridge/command/root.h"
#include "bridge/ledger/vault.h"
#include "bridge/open/registry.h"
#include "bridge/open/trust.h"
#include "bridge/show/root/inventory.h"
#include "bridge/terminal/status.h"

#include <string.h>

/* --account names one of several. */
static void keep_account(struct vault *v, const char *account)
{
	size_t i, n = 0;

	for (i = 0; i < v->n; i++)
		if (!account || strcmp(v->p[i].binding->account, account) == 0)
			v->p[n++] = v->p[i];
	v->n = n;
}

int root_inventory(struct app *app, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings others = { 0 };
	CLEANUP(registry_tokens_done) struct registry_tokens tokens = { 0 };
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(vault_done) struct vault v = { 0 };
	const struct options *o = &app->options;
	int r = open_registry_read(o, &reg, err);

	if (r == 0)
		r = open_trust(o, &trust, err);
	if (r == 0)
		r = registry_tokens_all(reg, &tokens, err);
	if (r == 0)
		r = registry_bindings_all(reg, &others, err);
	if (r == 0)
		r = vault_collect(&(struct vault_request){ reg, &trust,
			&tokens, &others }, &v, err);
	if (r < 0)
		return r;
	keep_account(&v, option(o, OPTION_ACCOUNT));
	r = show_root_inventory(&v, app->json, err);
	return r < 0 ? r : show_root_inventory_found(&v) ? STATUS_FINDINGS :
		STATUS_DONE;
}
