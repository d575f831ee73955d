/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prowler's mute lists for those of our checks that ask what one of its own
 * asks. It mutes FAIL and nothing else, and what cannot be known here (regions
 * and tags of a user) never mutes.
 */
#include "bridge/audit/lists/mutes.h"

#include "base/text.h"
#include "bridge/audit/lists/tree.h"

#include <stdlib.h>
#include <string.h>

/* Its check, and ours. What is not here no pattern reaches. */
static const struct {
	const char *theirs;
	const char *ours;
} names[] = {
	{ "iam_root_mfa_enabled", "root-mfa-missing" },
	/* theirs fails without MFA, too: that is not ours to mute */
	{ "iam_root_hardware_mfa_enabled", "root-mfa-virtual" },
	{ "iam_no_root_access_key", "root-access-key" },
	{ "iam_root_credentials_management_enabled",
		"root-credentials-removable" },
	{ "iam_user_mfa_enabled_console_access", "user-mfa-missing" },
	{ "iam_user_hardware_mfa_enabled", "user-not-phishing-resistant" },
};

static int prowler_refuse(const struct audit_mutes *m, const struct tree *t,
	const char *why, struct error *err)
{
	return error_set(err, ERROR_USAGE, "'%s', line %zu: %s", m->name,
		t->line, why);
}

/* ---- forms ---- */

/* A map of no other members than these; NULL behind the last. */
static int want_map(const struct audit_mutes *m, const struct tree *t,
	const char *const *keys, struct error *err)
{
	const struct tree *c;
	size_t i;

	if (t->kind != TREE_MAP)
		return prowler_refuse(m, t, "a map is wanted", err);
	for (c = t->first; keys && c; c = c->next) {
		for (i = 0; keys[i]; i++)
			if (strcmp(keys[i], c->key) == 0)
				break;
		if (!keys[i])
			return error_set(err, ERROR_USAGE, "'%s', line %zu: "
				"'%s' is none of Prowler's, which drops the "
				"whole list for it", m->name, c->line, c->key);
	}
	return 0;
}

static int want_member(const struct audit_mutes *m, const struct tree *map,
	const char *key, enum tree_kind kind, const struct tree **ret,
	struct error *err)
{
	*ret = tree_get(map, key);
	if (!*ret)
		return error_set(err, ERROR_USAGE, "'%s', line %zu: '%s' is "
			"missing", m->name, map->line, key);
	return (*ret)->kind == kind ? 0 : prowler_refuse(m, *ret,
		kind == TREE_MAP ? "a map is wanted" : "a list is wanted", err);
}

static int one_pattern(const struct audit_mutes *m, const struct tree *t,
	const char *text, struct mute_patterns *ret, struct error *err)
{
	struct mute_pattern *pattern;
	const char *why;
	int r;

	r = mute_pattern_add(ret, text, strlen(text), &pattern, err);
	if (r < 0)
		return r;
	why = pattern_compile(pattern);
	return why ? error_set(err, ERROR_USAGE, "'%s', line %zu: pattern "
		"'%s' cannot be read as Prowler reads it: %s", m->name, t->line,
		text, why) : 0;
}

/* NULL or an empty list: none. */
static int all_patterns(const struct audit_mutes *m, const struct tree *list,
	struct mute_patterns *ret, struct error *err)
{
	const struct tree *t;
	int r;

	if (list && list->kind != TREE_LIST)
		return prowler_refuse(m, list, "a list is wanted", err);
	for (t = list ? list->first : NULL; t; t = t->next) {
		if (t->kind != TREE_TEXT)
			return prowler_refuse(m, t, "a text is wanted", err);
		r = one_pattern(m, t, t->text, ret, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- one entry ---- */

/* Everywhere: our findings have no region. */
static bool is_everywhere(const struct tree *regions)
{
	const struct tree *t;

	for (t = regions->first; t; t = t->next)
		if (t->kind == TREE_TEXT && (strcmp(t->text, "*") == 0 ||
			strcmp(t->text, ".*") == 0))
			return true;
	return false;
}

static int take_exceptions(const struct audit_mutes *m,
	const struct tree *entry, struct mute_rule *rule, struct error *err)
{
	static const char *const keys[] = { "Accounts", "Regions", "Resources",
		"Tags", NULL };
	const struct tree *e = tree_get(entry, "Exceptions");
	struct mute_patterns unread = { NULL, 0 };
	const struct tree *c;
	int r;

	if (!e)
		return 0;
	r = want_map(m, e, keys, err);
	if (r >= 0)
		r = all_patterns(m, tree_get(e, "Accounts"),
			&rule->not_accounts, err);
	if (r >= 0)
		r = all_patterns(m, tree_get(e, "Resources"),
			&rule->not_subjects, err);
	if (r >= 0)
		r = all_patterns(m, tree_get(e, "Regions"), &unread, err);
	mute_patterns_done(&unread);
	/* of which one without any pattern is none */
	for (c = e->first; c; c = c->next)
		rule->excepts |= c->n > 0;
	return r;
}

/* The rest of the word that begins with `key` in a description; NULL. */
static const char *word_of(const char *text, const char *key, size_t *ret_n)
{
	size_t n = strlen(key);
	const char *p;

	for (p = text; (p = strstr(p, key)); p += n) {
		if (p > text && !strchr(" \t\n,;(", p[-1]))
			continue;
		*ret_n = strcspn(p + n, " \t\n,;)");
		if (*ret_n)
			return p + n;
	}
	return NULL;
}

/* "expires=2027-01-31 owner=alice" in a description, and all of it. */
static int take_description(const struct audit_mutes *m,
	const struct tree *entry, struct mute_rule *rule, struct error *err)
{
	const struct tree *t = tree_get(entry, "Description");
	const char *text = t && t->text ? t->text : "", *p;
	size_t n = 0;

	if (t && t->kind != TREE_TEXT)
		return prowler_refuse(m, t, "a text is wanted", err);
	p = word_of(text, "owner=", &n);
	rule->says.owner = strndup(p ? p : "", n);
	rule->says.reason = strdup(text);
	if (!rule->says.owner || !rule->says.reason)
		return error_memory(err);
	p = word_of(text, "expires=", &n);
	if (p && !mutes_parse_day(p, n, &rule->says.expires))
		return prowler_refuse(m, t, "expires= wants a day like "
			"2027-01-31", err);
	return 0;
}

/* Our checks that the entry's name is about. */
static int take_checks(const struct audit_mutes *m, const struct tree *entry,
	struct mute_rule *rule, struct error *err)
{
	struct mute_patterns one = { NULL, 0 };
	size_t i;
	int check, r = one_pattern(m, entry, entry->key, &one, err);

	for (i = 0; r >= 0 && i < ARRAY_LEN(names); i++) {
		check = audit_check_of(names[i].ours, strlen(names[i].ours));
		if (check >= 0 && regexec(&one.p[0].re, names[i].theirs, 0,
				NULL, 0) == 0)
			rule->checks |= AUDIT_BIT(check);
	}
	rule->mutes = rule->checks;
	mute_patterns_done(&one);
	return r;
}

/* Those that want all three of a mute lose it where one is missing. */
static unsigned lacking(const struct mute_rule *rule)
{
	bool whole = *rule->says.reason && *rule->says.owner &&
		rule->says.expires;
	unsigned bits = 0;
	size_t i;

	for (i = 0; !whole && i < AUDIT_CHECKS; i++)
		if (mute_needs_all((enum audit_check)i))
			bits |= rule->checks & AUDIT_BIT(i);
	return bits;
}

/* Said once for all, with the first place. */
static int prowler_leave_out(struct audit_mutes *m, const struct tree *entry,
	const char *why, struct error *err)
{
	if (m->left_out_n++ > 0)
		return 0;
	m->left_out = text_format("line %zu: %s", entry->line, why);
	return m->left_out ? 0 : error_memory(err);
}

static int say_left_out(struct audit_mutes *m, const struct tree *entry,
	struct mute_rule *rule, struct error *err)
{
	unsigned lost = lacking(rule);
	const struct tree *tags = tree_get(entry, "Tags");

	if (rule->checks && !is_everywhere(tree_get(entry, "Regions"))) {
		rule->mutes = 0;
		return prowler_leave_out(m, entry, "users and root are in no region: "
			"it needs Regions ['*']", err);
	}
	if (rule->checks && tags && tags->n > 0) {
		rule->mutes = 0;
		return prowler_leave_out(m, entry, "tags are not read", err);
	}
	if (!lost)
		return 0;
	rule->mutes &= ~lost;
	return prowler_leave_out(m, entry, "root is muted only with a Description "
		"that has the reason, owner= and expires=", err);
}

static int prowler_take_entry(struct audit_mutes *m, const struct tree *entry,
	struct mute_rule *rule, struct error *err)
{
	static const char *const keys[] = { "Regions", "Resources", "Tags",
		"Exceptions", "Description", NULL };
	struct mute_patterns unread = { NULL, 0 };
	const struct tree *regions, *resources;
	int r;

	r = want_map(m, entry, keys, err);
	if (r >= 0)
		r = want_member(m, entry, "Regions", TREE_LIST, &regions, err);
	if (r >= 0)
		r = want_member(m, entry, "Resources", TREE_LIST, &resources,
			err);
	if (r >= 0)
		r = all_patterns(m, regions, &unread, err);
	mute_patterns_done(&unread);
	if (r >= 0)
		r = all_patterns(m, resources, &rule->subjects, err);
	if (r >= 0)
		r = take_exceptions(m, entry, rule, err);
	if (r >= 0)
		r = take_description(m, entry, rule, err);
	if (r >= 0)
		r = take_checks(m, entry, rule, err);
	return r >= 0 ? say_left_out(m, entry, rule, err) : r;
}

static int prowler_add_entry(struct audit_mutes *m, const struct tree *account,
	const struct tree *entry, unsigned block, struct error *err)
{
	CLEANUP(mute_rule_done) struct mute_rule rule = {
		.statuses = 1u << AUDIT_FAIL,
		.block = block,
	};
	int r = prowler_take_entry(m, entry, &rule, err);

	if (r < 0)
		return r;
	if (!rule.checks)
		return 0;
	rule.says.source = mutes_place(m, entry->line);
	if (strcmp(account->key, "*") != 0)
		rule.account = strdup(account->key);
	if (!rule.says.source ||
		(strcmp(account->key, "*") != 0 && !rule.account))
		return error_memory(err);
	return audit_mutes_add(m, &rule, err);
}

/* ---- the whole ---- */

static int add_account(struct audit_mutes *m, const struct tree *account,
	unsigned block, struct error *err)
{
	static const char *const keys[] = { "Checks", NULL };
	const struct tree *checks, *entry;
	int r;

	r = want_map(m, account, keys, err);
	if (r >= 0)
		r = want_member(m, account, "Checks", TREE_MAP, &checks, err);
	for (entry = r >= 0 ? checks->first : NULL; r >= 0 && entry;
		entry = entry->next)
		r = prowler_add_entry(m, account, entry, block, err);
	return r;
}

static int add_list(struct audit_mutes *m, const struct tree *top,
	struct error *err)
{
	static const char *const top_keys[] = { "Mutelist", NULL };
	static const char *const keys[] = { "Accounts", NULL };
	const struct tree *list, *accounts, *account;
	unsigned block = 0;
	int r;

	r = want_map(m, top, top_keys, err);
	if (r >= 0)
		r = want_member(m, top, "Mutelist", TREE_MAP, &list, err);
	if (r >= 0)
		r = want_map(m, list, keys, err);
	if (r >= 0)
		r = want_member(m, list, "Accounts", TREE_MAP, &accounts, err);
	for (account = r >= 0 ? accounts->first : NULL; r >= 0 && account;
		account = account->next)
		r = add_account(m, account, ++block, err);
	return r;
}

int mutes_parse_prowler(struct audit_mutes *m, const char *p, size_t n,
	struct error *err)
{
	CLEANUP(tree_free) struct tree *top = NULL;
	int r = tree_parse(&top, m->name, p, n, err);

	return r < 0 ? r : add_list(m, top, err);
}
