/* SPDX-License-Identifier: Apache-2.0 */
/* Which mute matches a finding. */
#include "bridge/audit/mute.h"

#include <stdlib.h>
#include <string.h>

void mute_patterns_done(struct mute_patterns *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->p[i].text);
		if (p->p[i].has_re)
			regfree(&p->p[i].re);
	}
	free_p(&p->p);
	p->n = 0;
}

void mute_rule_done(struct mute_rule *r)
{
	free((char *)(uintptr_t)r->says.reason);
	free((char *)(uintptr_t)r->says.owner);
	free((char *)(uintptr_t)r->says.source);
	free(r->account);
	free(r->device);
	mute_patterns_done(&r->subjects);
	mute_patterns_done(&r->not_accounts);
	mute_patterns_done(&r->not_subjects);
	memset(r, 0, sizeof(*r));
}

void audit_mutes_done(struct audit_mutes *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		mute_rule_done(&m->rules[i]);
	free_p(&m->rules);
	free_p(&m->name);
	free_p(&m->left_out);
	m->n = m->size = 0;
}

void audit_mutes_free(struct audit_mutes **m)
{
	if (!m || !*m)
		return;
	audit_mutes_done(*m);
	free_p(m);
}

int mute_pattern_add(struct mute_patterns *list, const char *p, size_t n,
	struct mute_pattern **ret, struct error *err)
{
	struct mute_pattern *grown;

	grown = reallocarray(list->p, list->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	list->p = grown;
	memset(&grown[list->n], 0, sizeof(*grown));
	grown[list->n].text = strndup(p, n);
	if (!grown[list->n].text)
		return error_memory(err);
	if (ret)
		*ret = &grown[list->n];
	list->n++;
	return 0;
}

int audit_mutes_add(struct audit_mutes *m, struct mute_rule *rule,
	struct error *err)
{
	struct mute_rule *grown;
	size_t size;

	if (m->n == MUTE_RULES_MAX)
		return error_set(err, ERROR_USAGE,
			"mute list '%s' has more than %d mutes", m->name,
			MUTE_RULES_MAX);
	if (m->n == m->size) {
		size = m->size ? 2 * m->size : 16;
		grown = reallocarray(m->rules, size, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		m->rules = grown;
		m->size = size;
	}
	m->rules[m->n++] = *rule;
	memset(rule, 0, sizeof(*rule));
	return 0;
}

/* ---- matching ---- */

/* In steps of one star: where the rest does not fit, the last star takes one
 * more. */
bool mute_glob_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool pattern_fits(const struct mute_pattern *p, const char *text)
{
	if (p->has_re)
		return regexec(&p->re, text, 0, NULL, 0) == 0;
	return mute_glob_fits(p->text, text);
}

static bool any_fits(const struct mute_patterns *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (pattern_fits(&list->p[i], text))
			return true;
	return false;
}

static bool subject_fits(const struct mute_patterns *list,
	const struct audit_finding *f)
{
	size_t i;

	if (!audit_is_of_several(f))
		return any_fits(list, f->subject);
	for (i = 0; i < list->n; i++)
		if (!list->p[i].has_re &&
			strcmp(list->p[i].text, f->subject) == 0)
			return true;
	return false;
}

/* What is not known of an exception counts as met: it mutes less then. */
static bool is_excepted(const struct mute_rule *r,
	const struct audit_finding *f)
{
	if (!r->excepts)
		return false;
	if (r->not_accounts.n && !any_fits(&r->not_accounts, f->account))
		return false;
	return !r->not_subjects.n || any_fits(&r->not_subjects, f->subject);
}

static bool rule_concerns(const struct mute_rule *r,
	const struct audit_finding *f)
{
	return (r->checks & AUDIT_BIT(f->check)) &&
		(!r->account || strcmp(r->account, f->account) == 0);
}

static bool mutes_it(const struct mute_rule *r, const struct audit_finding *f)
{
	if (!(r->mutes & AUDIT_BIT(f->check)) ||
		!(r->statuses & (1u << f->status)))
		return false;
	if (r->device && (!f->device || !mute_glob_fits(r->device, f->device)))
		return false;
	return subject_fits(&r->subjects, f);
}

bool mute_is_over(const struct audit_mute *mute, time_t now)
{
	return mute->expires && now > mute->expires;
}

const struct audit_mute *audit_mutes_find(struct audit_mutes *m,
	const struct audit_finding *f, time_t now)
{
	const struct audit_mute *found = NULL;
	struct mute_rule *r;
	unsigned ended = 0;
	size_t i;

	if (f->status != AUDIT_FAIL && f->status != AUDIT_UNKNOWN)
		return NULL;
	for (i = 0; i < m->n; i++) {
		r = &m->rules[i];
		if (r->block == ended || !rule_concerns(r, f))
			continue;
		if (is_excepted(r, f)) {
			ended = r->block;
			continue;
		}
		if (!mutes_it(r, f))
			continue;
		r->matched++;
		if (!found && !mute_is_over(&r->says, now))
			found = &r->says;
	}
	return found;
}

bool mute_needs_all(enum audit_check check)
{
	const char *name = audit_check_rows[check].name;

	return strncmp(name, "root-", 5) == 0 ||
		strncmp(name, "admin-", 6) == 0;
}
