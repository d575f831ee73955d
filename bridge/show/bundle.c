/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles. */
#include "bridge/show/bundle.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/run/json.h"
#include "bridge/show/log.h"
#include "bridge/terminal/ui.h"

int show_bundled(const struct bundled *b, const char *path, bool json,
	struct error *err)
{
	char hex[HEX_LEN(SHA256_LEN)], head[REGISTRY_HEAD_LEN];

	hex_encode(b->sha, SHA256_LEN, hex);
	registry_head_format(&b->facts.head, head);
	ui_say("Bundle '%s': %zu event%s, %zu piece%s of evidence. It has "
	       "names in it.", path, b->events, text_plural(b->events),
		b->evidence, text_plural(b->evidence));
	if (b->absent)
		ui_warn("%zu piece%s of evidence %s pruned: not in it",
			b->absent, text_plural(b->absent),
			b->absent == 1 ? "was" : "were");
	ui_say("Head: %s", head);
	ui_say("SHA-256 of its " BUNDLE_SUMS ", to be kept apart: %s", hex);
	return !json ? 0 : ui_json(json_pack(
		"{s:b,s:{s:o,s:s,s:I,s:I,s:I,s:s,s:s}}",
		"changed", true, "bundled",
		"path", json_of_text(path),
		"token", b->facts.token,
		"eventCount", (json_int_t)b->events,
		"evidenceCount", (json_int_t)b->evidence,
		"evidenceAbsent", (json_int_t)b->absent,
		"head", head,
		"sha256", hex), err);
}

/* ---- what a check found ---- */

static int checked_json(const struct bundle_checked *c, struct error *err)
{
	const struct bundle_facts *f = &c->facts;
	char head[REGISTRY_HEAD_LEN] = "";

	if (c->has_facts)
		registry_head_format(&f->head, head);
	return ui_json(json_pack("{s:b,s:O,s:o,s:o,s:o,s:o,s:I,s:I,s:O,s:O}",
		"good", json_array_size(c->problems) == 0,
		"problems", c->problems,
		"token", json_of_text(c->has_facts ? f->token : NULL),
		"head", json_of_text(head),
		"rehearsal", json_of_flag(c->has_facts, f->rehearsal),
		"madeAt", json_of_time(c->has_facts ? f->made_at : 0),
		"eventCount", (json_int_t)c->links,
		"givenCount", (json_int_t)c->given,
		"evidence", c->evidence,
		"events", c->events), err);
}

static const char *or_none(const char *word)
{
	return word ? word : "-";
}

static void print_piece(const json_t *piece)
{
	const char *made = event_str(piece, "madeAt");

	if (!event_str(piece, "verdictNow"))
		ui_line("evidence %.16s  is not here: it was pruned before",
			event_str(piece, "sha256"));
	else
		ui_line("evidence %.16s  made %s  recorded as %s, as of then "
			"%s, now %s", event_str(piece, "sha256"),
			or_none(made), or_none(event_str(piece, "verdict")),
			event_str(piece, "verdictMade"),
			event_str(piece, "verdictNow"));
}

static void print_end(const struct bundle_checked *c)
{
	char head[REGISTRY_HEAD_LEN];
	size_t n = json_array_size(c->problems);

	if (c->has_facts && c->facts.rehearsal)
		ui_line("of a registry for rehearsal");
	ui_line("%llu event%s, %llu of them given; %zu problem%s",
		(unsigned long long)c->links, text_plural(c->links),
		(unsigned long long)c->given, n, text_plural(n));
	if (!c->has_facts)
		return;
	registry_head_format(&c->facts.head, head);
	ui_line("head %s", head);
}

int show_bundle_checked(const struct bundle_checked *c, bool json,
	const struct table_view *view, struct error *err)
{
	size_t i;

	for (i = 0; i < json_array_size(c->problems); i++)
		ui_warn("%s", json_string_value(json_array_get(c->problems,
			i)));
	if (json)
		return checked_json(c, err);
	if (json_array_size(c->events) > 0)
		show_log_text(c->events, view);
	for (i = 0; i < json_array_size(c->evidence); i++)
		print_piece(json_array_get(c->evidence, i));
	print_end(c);
	return 0;
}
