/* SPDX-License-Identifier: Apache-2.0 */
/* How far each of many accounts was read, as JSON and for people. */
#include "bridge/audit/output/accounts.h"

#include "base/text.h"
#include "bridge/run/json.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_MAX 50 /* accounts that are named one by one, but by --verbose */

/* ---- JSON ---- */

static json_t *notes_of(const struct audit_account_source *x)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < x->notes_n; i++)
		json_row(&list, json_of_text(x->notes[i]));
	return list;
}

static json_t *counts_of(const struct audit_account_source *x)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < AUDIT_STATUSES; i++)
		json_member(&o, audit_status_names[i],
			json_integer((json_int_t)x->counts[i]));
	return o;
}

static json_t *account_json(const struct audit *a,
	const struct audit_account_source *x)
{
	return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:o,s:o,s:o}",
		"account", x->id,
		"name", json_of_text(x->name),
		"state", audit_account_state_names[x->state],
		"why", json_of_text(x->why),
		"asOf", json_of_time(x->when),
		"ageSeconds", json_of_number(x->when > 0 && x->when <= a->now,
			(uint64_t)(a->now - x->when)),
		"kept", x->kept,
		"caller", json_of_text(x->caller),
		"users", json_integer((json_int_t)x->users),
		"reportRows", json_integer((json_int_t)x->rows),
		"reportGenerated", json_of_time(x->generated),
		"reportProblem", json_of_text(x->no_report),
		"requests", json_integer(x->requests),
		"endpoint", json_of_text(x->endpoint),
		"caBundle", json_of_text(x->ca_bundle),
		"proxy", json_of_text(x->proxy),
		"counts", counts_of(x),
		"notes", notes_of(x));
}

json_t *audit_output_accounts_json(const struct audit *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->accounts_n; i++)
		json_row(&list, account_json(a, &a->accounts[i]));
	return list;
}

/* ---- for people ---- */

/* What a state is in the middle of a sentence. */
static const char *const state_words[AUDIT_ACCOUNT_STATES] = {
	[AUDIT_ACCOUNT_NOT_ASKED] = "not asked",
	[AUDIT_ACCOUNT_READ] = "read",
	[AUDIT_ACCOUNT_PARTLY] = "not wholly read",
	[AUDIT_ACCOUNT_NOT_READ] = "not read",
	[AUDIT_ACCOUNT_CLOSED] = "not applicable",
};

static void put_numbers(struct page *o, const struct audit *a)
{
	static const enum audit_account_state order[] = { AUDIT_ACCOUNT_READ,
		AUDIT_ACCOUNT_PARTLY, AUDIT_ACCOUNT_NOT_READ,
		AUDIT_ACCOUNT_NOT_ASKED, AUDIT_ACCOUNT_CLOSED };
	size_t i, n;

	page_put(o, UI_PLAIN, "Accounts: %zu", a->accounts_n);
	for (i = 0; i < ARRAY_LEN(order); i++) {
		n = audit_accounts_in(a, order[i]);
		if (n > 0)
			page_put(o, order[i] == AUDIT_ACCOUNT_READ ||
					order[i] == AUDIT_ACCOUNT_CLOSED ?
				UI_PLAIN : UI_BAD, ", %zu %s", n,
				state_words[order[i]]);
	}
	page_end(o, 2);
}

/* From when the oldest of them is. */
static void put_kept(struct page *o, const struct audit *a)
{
	char when[TEXT_TIME_LEN], age[32];
	time_t oldest = 0;
	size_t i, n = 0;

	for (i = 0; i < a->accounts_n; i++) {
		if (!a->accounts[i].kept)
			continue;
		n++;
		if (!oldest || a->accounts[i].when < oldest)
			oldest = a->accounts[i].when;
	}
	if (n == 0)
		return;
	text_format_time(oldest, when);
	text_format_age(oldest < a->now ? a->now - oldest : 0, age,
		sizeof(age));
	page_line(o, "Not asked again: %zu account%s that an earlier run read, "
		"the oldest as of %s, %s ago (--max-age)", n, text_plural(n),
		when, age);
}

static void put_account(struct page *o, const struct audit_account_source *x)
{
	char when[TEXT_TIME_LEN] = "";

	if (x->when)
		text_format_time(x->when, when);
	page_put(o, UI_PLAIN, "  %s%s%s%s: ", x->id, x->name ? " (" : "",
		x->name ? x->name : "", x->name ? ")" : "");
	page_put(o, x->state == AUDIT_ACCOUNT_READ ||
			x->state == AUDIT_ACCOUNT_CLOSED ? UI_PLAIN : UI_BAD,
		"%s", state_words[x->state]);
	if (x->when)
		page_put(o, UI_PLAIN, " as of %s%s, %" PRIu64 " user%s listed",
			when, x->kept ? " (kept)" : "", x->users,
			text_plural(x->users));
	if (x->no_report)
		page_put(o, UI_PLAIN, ", no report: %s", x->no_report);
	if (x->why)
		page_put(o, UI_PLAIN, ": %s", x->why);
	page_end(o, 4);
}

void audit_output_accounts_text(struct page *o, const struct audit *a)
{
	const struct audit_account_source *x;
	size_t i, n = 0, left = 0;

	if (a->accounts_n == 0)
		return;
	put_numbers(o, a);
	for (i = 0; i < a->accounts_n; i++) {
		x = &a->accounts[i];
		if (!a->verbose && (x->state == AUDIT_ACCOUNT_READ ||
				x->state == AUDIT_ACCOUNT_CLOSED))
			continue;
		if (a->verbose || n < SHOWN_MAX)
			put_account(o, x);
		else
			left++;
		n++;
	}
	if (left > 0)
		page_line(o, "  and %zu more (--verbose)", left);
	put_kept(o, a);
}

bool audit_output_is_read(const struct audit *a, const char *account)
{
	size_t i;

	for (i = 0; i < a->accounts_n; i++)
		if (strcmp(a->accounts[i].id, account) == 0)
			return a->accounts[i].state == AUDIT_ACCOUNT_READ;
	return false;
}
