/* SPDX-License-Identifier: Apache-2.0 */
/* Mutes and an earlier run, as members of JSON and as lines for people. */
#include "bridge/audit/output/beside.h"

#include "base/text.h"
#include "bridge/run/json.h"

#include <inttypes.h>
#include <string.h>

#define LINES_MAX 20 /* of one list, for people */

/* ---- mutes ---- */

static json_t *day_json(time_t expires)
{
	char day[TEXT_TIME_LEN];

	if (!expires)
		return json_null();
	text_format_time(expires, day);
	day[strlen("2026-01-31")] = '\0';
	return json_string(day);
}

json_t *beside_mute_json(const struct audit_finding *f)
{
	if (!f->mute)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:s}",
		"reason", json_of_text(f->mute->reason),
		"owner", json_of_text(f->mute->owner),
		"expires", day_json(f->mute->expires),
		"source", f->mute->source);
}

static size_t count_unused(const struct audit_mutes *m)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += m->rules[i].matched == 0;
	return n;
}

json_t *beside_mutes_json(const struct audit *a)
{
	if (!a->mutes)
		return json_null();
	return json_pack("{s:s,s:I,s:I,s:I,s:I}",
		"path", a->mutes->name,
		"muteCount", (json_int_t)a->mutes->n,
		"unusedCount", (json_int_t)count_unused(a->mutes),
		"leftOutCount", (json_int_t)a->mutes->left_out_n,
		"mutedCount", (json_int_t)audit_found(a, AUDIT_MUTED));
}

void beside_print_mutes(struct page *o, const struct audit *a)
{
	uint64_t muted = audit_found(a, AUDIT_MUTED);

	if (!a->mutes)
		return;
	page_line(o, "Mute list %s: %zu mute%s, %" PRIu64 " finding%s muted",
		a->mutes->name, a->mutes->n, text_plural(a->mutes->n), muted,
		text_plural(muted));
}

/* ---- an earlier run ---- */

static json_t *past_json(const struct audit_past *p)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:s,s:o}",
		"check", p->check_name,
		"status", audit_status_names[p->status],
		"severity", json_of_text(p->severity),
		"account", json_of_text(p->account),
		"subject", p->subject,
		"device", json_of_text(p->device));
}

static bool has_outcome(const struct audit_past *p, enum audit_outcome outcome)
{
	return p->status == AUDIT_FAIL && p->outcome == outcome;
}

static json_t *outcome_json(const struct audit_earlier *e,
	enum audit_outcome outcome)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < e->n; i++)
		if (has_outcome(&e->p[i], outcome))
			json_row(&list, past_json(&e->p[i]));
	return list;
}

json_t *beside_earlier_json(const struct audit *a)
{
	const struct audit_earlier *e = a->earlier;

	if (!e)
		return json_null();
	return json_pack("{s:s,s:o,s:b,s:I,s:I,s:o,s:o}",
		"path", e->name,
		"made", json_of_time(e->made),
		"complete", e->was_complete,
		"newCount", (json_int_t)e->fresh,
		"unchangedCount", (json_int_t)e->same,
		"resolved", outcome_json(e, AUDIT_RESOLVED),
		"notAsked", outcome_json(e, AUDIT_NOT_ASKED));
}

static void print_outcome(struct page *o, const struct audit_earlier *e,
	enum audit_outcome outcome, const char *word)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++) {
		if (!has_outcome(&e->p[i], outcome) || n++ >= LINES_MAX)
			continue;
		page_line(o, "  %s: %s %s %s%s%s", word, e->p[i].check_name,
			*e->p[i].account ? e->p[i].account : "-",
			e->p[i].subject, *e->p[i].device ? " " : "",
			e->p[i].device);
	}
	if (n > LINES_MAX)
		page_line(o, "  %s: %zu more, all of them in --json", word,
			n - LINES_MAX);
}

void beside_print_earlier(struct page *o, const struct audit *a)
{
	const struct audit_earlier *e = a->earlier;
	char when[TEXT_TIME_LEN] = "an unknown time";

	if (!e)
		return;
	if (e->made)
		text_format_time(e->made, when);
	page_line(o, "Since %s of %s%s: %" PRIu64 " new, %" PRIu64 " unchanged, %"
		PRIu64 " resolved, %" PRIu64 " not asked this time", e->name,
		when, e->was_complete ? "" : " (which was not complete)",
		e->fresh, e->same, e->ended[AUDIT_RESOLVED],
		e->ended[AUDIT_NOT_ASKED]);
	print_outcome(o, e, AUDIT_RESOLVED, "resolved");
	print_outcome(o, e, AUDIT_NOT_ASKED, "not asked this time");
}
