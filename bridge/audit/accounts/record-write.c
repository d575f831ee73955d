/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a record, written. */
#include "bridge/audit/accounts/record.h"

#include "bridge/run/json.h"

#include <stdlib.h>

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void put_record(struct buf *b, const char *name, json_t *what)
{
	CLEANUP(free_p) char *text = NULL;
	json_t *o = json_pack("{s:o}", name, what);

	if (o)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	b->failed |= !text;
	if (!text)
		return;
	buf_put_str(b, text);
	buf_put_byte(b, '\n');
}

void record_put_head(struct buf *b, const struct record_head *head)
{
	put_record(b, "head", json_pack("{s:i,s:s,s:s,s:o}",
		"version", RECORD_VERSION,
		"key", head->key,
		"account", head->account,
		"asked", number((uint64_t)head->asked)));
}

void record_put_finding(struct buf *b, const struct audit_finding *f)
{
	put_record(b, "finding", json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:s,s:o,s:o,s:o,s:i,s:o}",
		"check", audit_check_rows[f->check].name,
		"status", audit_status_names[f->status],
		"severity", audit_severity_names[f->severity],
		"account", json_of_text(f->account),
		"subject", json_of_text(f->subject),
		"device", json_of_text(f->device),
		"seen", json_of_text(f->seen),
		"source", json_of_text(f->source),
		"when", number((uint64_t)f->when),
		"remedy", json_of_text(f->remedy),
		"remedyKind", audit_remedy_names[f->remedy_kind],
		"literal", json_of_text(f->literal),
		"missing", json_of_text(f->missing),
		"line", number(f->line),
		"reason", (int)f->reason,
		"kinds", json_of_text(f->kinds)));
}

void record_put_begun(struct buf *b, bool limited)
{
	put_record(b, "begun", json_pack("{s:b}", "limited", limited));
}

void record_put_renew(struct buf *b)
{
	put_record(b, "renew", json_object());
}

void record_put_root(struct buf *b)
{
	put_record(b, "root", json_object());
}

/* ---- the end ---- */

static json_t *notes_of(const struct audit *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->notes_n; i++)
		json_row(&list, json_of_text(a->notes[i]));
	/* what one account does not tell, others may */
	for (i = 0; i < AUDIT_CHECKS; i++)
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
			json_row(&list, json_sprintf("not asked: %s (%s)",
				audit_check_rows[i].name, a->skipped[i]));
	return list;
}

static bool told_nothing(const struct audit *a)
{
	size_t i;

	for (i = 0; i < AUDIT_STATUSES; i++)
		if (audit_found(a, (enum audit_status)i) > 0)
			return false;
	return true;
}

static enum audit_account_state state_of(const struct audit *a,
	const struct error *failure)
{
	if (failure && told_nothing(a))
		return AUDIT_ACCOUNT_NOT_READ;
	return failure || a->not_read ? AUDIT_ACCOUNT_PARTLY :
		AUDIT_ACCOUNT_READ;
}

static const char *why_of(const struct audit *a, const struct error *failure)
{
	if (failure)
		return failure->text;
	return a->not_read ? "something that is there was not read" : NULL;
}

void record_put_end(struct buf *b, const struct audit *a,
	const struct error *failure)
{
	const struct audit_aws_source *s = &a->aws;
	const struct audit_report_source *r = &a->report;
	const struct audit_registry_source *g = &a->registry;

	put_record(b, "end", json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o}",
		"account", a->only_account,
		"state", audit_account_state_names[state_of(a, failure)],
		"why", json_of_text(why_of(a, failure)),
		"alias", json_of_text(s->alias),
		"caller", json_of_text(s->caller),
		"when", number((uint64_t)s->when),
		"users", number(s->users),
		"requests", number(s->requests),
		"connections", number(s->connections),
		"endpoint", json_of_text(s->endpoint),
		"origin", json_of_text(s->origin),
		"caBundle", json_of_text(s->ca_bundle),
		"proxy", json_of_text(s->proxy),
		"reports", number(r->reports),
		"rows", number(r->rows),
		"badRows", number(r->bad_rows),
		"generated", number((uint64_t)r->generated),
		"noReport", json_of_text(r->why_not),
		"registry", g->used,
		"bindings", number(g->bindings),
		"elsewhere", number(g->elsewhere),
		"noRegistry", json_of_text(g->why_not),
		"notes", notes_of(a)));
}
