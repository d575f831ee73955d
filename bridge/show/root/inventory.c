/* SPDX-License-Identifier: Apache-2.0 */
/* Root's keys, account by account. */
#include "bridge/show/root/inventory.h"

#include "base/text.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

/* What each is, as the end of a line about a key or an account. */
static const char *const texts[VAULT_FINDINGS] = {
	"nobody wrote down where it lies",
	"is in no bag",
	"was taken out of its bag, and is in no new one",
	"is lost or retired, and still registered",
	"its firmware falls under",
	"its firmware, which is not known, may fall under",
	"is no token of this registry",
	"has no second key: a loss is AWS Support's to mend",
	"has all its keys in one place",
};

static size_t keys_of_account(const struct vault *v, size_t first)
{
	size_t n = 1;

	while (first + n < v->n && strcmp(v->p[first].binding->account,
		v->p[first + n].binding->account) == 0)
		n++;
	return n;
}

/* ---- JSON ---- */

static json_t *findings_of(unsigned findings)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < VAULT_FINDINGS; i++)
		if (findings & (1u << i))
			json_row(&list, json_string(vault_finding_names[i]));
	return list;
}

static json_t *bag_of(const struct registry_token *t)
{
	if (!t || t->bag_state == REGISTRY_BAG_NONE)
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:[o,o]}",
		"state", registry_bag_names[t->bag_state],
		"number", json_of_text(t->bag),
		"since", json_of_time(t->bag_since),
		"custodians", json_of_text(t->custodians[0]),
		json_of_text(t->custodians[1]));
}

static json_t *key_json(const struct vault_key *k)
{
	const struct registry_token *t = k->token;

	return json_pack("{s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}",
		"token", json_of_text(t ? t->id : NULL),
		"label", json_of_text(t ? t->label : NULL),
		"serial", json_of_text(t ? registry_token_identifier(t,
			REGISTRY_ID_SERIAL) : NULL),
		"method", registry_method_names[k->binding->method],
		"device", json_of_text(k->binding->device),
		"since", json_of_time(k->binding->since),
		"place", json_of_text(t ? t->holder_name : NULL),
		"bag", bag_of(t),
		"advisories", json_of_words(k->advisories),
		"findings", findings_of(k->findings));
}

static json_t *account_json(const struct vault_key *keys, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_row(&list, key_json(&keys[i]));
	return json_pack("{s:s,s:o,s:o}", "account", keys->binding->account,
		"keys", list, "findings",
		findings_of(vault_judge_account(keys, n)));
}

/* ---- text ---- */

static void put_vault_findings(unsigned findings, const char *advisories)
{
	size_t i;

	for (i = 0; i < VAULT_FINDINGS; i++) {
		bool named = (1u << i) & (VAULT_ADVISORY | VAULT_MAYBE);

		if (!(findings & (1u << i)))
			continue;
		ui_put(UI_BAD, "    FAIL");
		ui_line("  %s%s%s", texts[i], named ? " " : "",
			named ? advisories : "");
	}
}

static void put_key(const struct vault_key *k)
{
	const struct registry_token *t = k->token;
	char name[REGISTRY_TOKEN_NAME_LEN] = "a device that is no token here";
	char since[TEXT_TIME_LEN];

	if (t)
		registry_token_name(t, name);
	text_format_time(t && t->bag_since ? t->bag_since : k->binding->since,
		since);
	ui_line("  %s, %s, %s%s%s%s%s, since %s", name,
		registry_method_names[k->binding->method],
		t && t->holder_name ? t->holder_name : "no place",
		t && t->bag ? ", bag " : "", t && t->bag ? t->bag : "",
		t && t->bag ? " " : "",
		t && t->bag ? registry_bag_names[t->bag_state] : "", since);
	if (t && t->custodians[0])
		ui_line("    by %s and %s", t->custodians[0],
			t->custodians[1] ? t->custodians[1] : "-");
	put_vault_findings(k->findings, k->advisories);
}

bool show_root_inventory_found(const struct vault *v)
{
	size_t i, n;

	for (i = 0; i < v->n; i += n) {
		n = keys_of_account(v, i);
		if (vault_judge_account(&v->p[i], n))
			return true;
	}
	for (i = 0; i < v->n; i++)
		if (v->p[i].findings)
			return true;
	return false;
}

int show_root_inventory(const struct vault *v, bool json, struct error *err)
{
	json_t *rows = json ? json_array() : NULL;
	size_t i, k, n;

	for (i = 0; i < v->n; i += n) {
		n = keys_of_account(v, i);
		if (json) {
			json_row(&rows, account_json(&v->p[i], n));
			continue;
		}
		ui_put(UI_BOLD, "Root of account %s", v->p[i].binding->account);
		ui_line(": %zu key%s", n, text_plural(n));
		for (k = 0; k < n; k++)
			put_key(&v->p[i + k]);
		put_vault_findings(vault_judge_account(&v->p[i], n), "");
	}
	if (json)
		return ui_json(json_pack("{s:b,s:o}", "changed", false,
			"inventory", rows), err);
	if (v->n == 0)
		ui_line("No key of a root user is in this registry.");
	return 0;
}
