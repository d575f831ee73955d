/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the audit: judges what is gathered, counts, has it printed. */
#include "bridge/audit/run.h"

#include "base/text.h"
#include "bridge/audit/rules/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const audit_account_state_names[AUDIT_ACCOUNT_STATES] = {
	[AUDIT_ACCOUNT_NOT_ASKED] = "not-asked",
	[AUDIT_ACCOUNT_READ] = "read",
	[AUDIT_ACCOUNT_PARTLY] = "partly",
	[AUDIT_ACCOUNT_NOT_READ] = "not-read",
	[AUDIT_ACCOUNT_CLOSED] = "not-applicable",
};

static void free_notes(char **notes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(notes[i]);
}

void audit_account_source_done(struct audit_account_source *x)
{
	free(x->name);
	free(x->why);
	free(x->caller);
	free(x->no_report);
	free(x->endpoint);
	free(x->origin);
	free(x->ca_bundle);
	free(x->proxy);
	free_notes(x->notes, x->notes_n);
	free(x->notes);
	*x = (struct audit_account_source){ .state = AUDIT_ACCOUNT_NOT_ASKED };
}

void audit_done(struct audit *a)
{
	size_t i;

	free_notes(a->notes, a->notes_n);
	a->notes_n = 0;
	audit_mutes_free(&a->mutes);
	audit_earlier_free(&a->earlier);
	for (i = 0; i < a->accounts_n; i++)
		audit_account_source_done(&a->accounts[i]);
	free_p(&a->accounts);
	a->accounts_n = 0;
}

void audit_note(struct audit *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (a->notes_n == AUDIT_NOTES_MAX)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		a->notes[a->notes_n++] = text;
}

bool audit_asks_any(const struct audit *a, unsigned checks)
{
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if ((checks & AUDIT_BIT(i)) &&
			audit_asks(a, (enum audit_check)i))
			return true;
	return false;
}

static bool printer_wants(const struct audit *a, size_t i,
	enum audit_status status, enum audit_severity severity)
{
	const struct audit_printer *p = &a->printers[i];

	return p->how->wants(p, a, status, severity);
}

bool audit_shows(const struct audit *a, enum audit_status status,
	enum audit_severity severity)
{
	return severity >= a->view.least && (!a->view.statuses ||
		(a->view.statuses & 1u << status));
}

static enum audit_severity severity_of(const struct audit_words *w)
{
	return w->severity != AUDIT_SEVERITY_OF_CHECK ? w->severity :
		audit_check_rows[w->check].severity;
}

static bool any_printer_wants(const struct audit *a, enum audit_status status,
	enum audit_severity severity)
{
	size_t i;

	for (i = 0; i < a->printers_n; i++)
		if (printer_wants(a, i, status, severity))
			return true;
	return false;
}

/* Counts what is asked for; whether any output wants the words, too. */
static bool count_row(struct audit *a, enum audit_check check,
	enum audit_status status, enum audit_severity severity)
{
	if (!audit_asks(a, check))
		return false;
	/* what becomes of it only its words tell: see audit_mark */
	if (a->mutes || a->earlier)
		return true;
	a->counts[check][status]++;
	a->severe[severity][status]++;
	return any_printer_wants(a, status, severity);
}

static bool audit_count(struct audit *a, enum audit_reason reason)
{
	const struct audit_words *w = audit_words_of(reason);

	return count_row(a, w->check, w->status, severity_of(w));
}

static void audit_begin(struct audit *a)
{
	size_t i;

	for (i = 0; i < a->printers_n && !a->begun; i++)
		a->printers[i].how->begin(&a->printers[i], a);
	a->begun = true;
}

/* A mute holds, or an earlier run had the same; counts what it is then. */
static void audit_mark(struct audit *a, struct audit_finding *f)
{
	if (a->mutes && f->check != AUDIT_MUTE_EXPIRED)
		f->mute = audit_mutes_find(a->mutes, f, a->now);
	if (f->mute)
		f->status = AUDIT_MUTED;
	if (a->earlier)
		f->change = audit_earlier_meet(a->earlier, f);
	a->counts[f->check][f->status]++;
	a->severe[f->severity][f->status]++;
}

static void audit_print(struct audit *a, struct audit_finding *f)
{
	struct audit_printer *p;
	size_t i;

	audit_begin(a);
	if (a->mutes || a->earlier)
		audit_mark(a, f);
	if (a->view.account && strcmp(a->view.account, f->account) != 0)
		return;
	for (i = 0; i < a->printers_n; i++) {
		if (!printer_wants(a, i, f->status, f->severity))
			continue;
		p = &a->printers[i];
		p->how->row(p, a, f);
		p->printed++;
		p->last = f->check;
	}
}

void audit_print_end(struct audit *a, int exit_status,
	const struct error *failure)
{
	struct audit_printer *p;
	size_t i;

	audit_begin(a);
	for (i = 0; i < a->printers_n; i++) {
		p = &a->printers[i];
		p->how->end(p, a, exit_status, failure);
	}
}

/* All that is judged of a user. */
#define USER_REASONS(u)                                                        \
	audit_judge_user(u), audit_judge_admin(u), audit_judge_resistant(u),   \
		audit_judge_one_device(u)

void audit_user(struct audit *a, const struct audit_user *u)
{
	const enum audit_reason reasons[] = { USER_REASONS(u) };
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		if (!audit_count(a, reasons[i]))
			continue;
		audit_say_user(u, reasons[i], &f);
		audit_print(a, &f);
	}
}

bool audit_users_alike(struct audit *a, const struct audit_user *u, uint64_t n)
{
	const enum audit_reason reasons[] = { USER_REASONS(u) };
	const struct audit_words *w[ARRAY_LEN(reasons)];
	size_t i;

	/* whether others count as what they are may hang on their names */
	if (a->mutes || a->earlier)
		return false;
	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		w[i] = audit_words_of(reasons[i]);
		if (audit_asks(a, w[i]->check) && (w[i]->status != AUDIT_PASS ||
				any_printer_wants(a, w[i]->status,
					severity_of(w[i]))))
			return false;
	}
	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		if (!audit_asks(a, w[i]->check))
			continue;
		a->counts[w[i]->check][w[i]->status] += n;
		a->severe[severity_of(w[i])][w[i]->status] += n;
	}
	return true;
}

void audit_root(struct audit *a, const struct audit_root *root)
{
	const enum audit_reason reasons[] = { audit_judge_root(root),
		audit_judge_root_virtual(root), audit_judge_root_key(root),
		audit_judge_root_second(root),
		audit_judge_root_removable(root) };
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		if (!audit_count(a, reasons[i]))
			continue;
		audit_say_root(root, reasons[i], &f);
		audit_print(a, &f);
	}
}

static void audit_device_as(struct audit *a, const struct audit_device *d,
	enum audit_reason reason)
{
	struct audit_finding f;

	if (!audit_count(a, reason))
		return;
	audit_say_device(d, reason, &f);
	audit_print(a, &f);
}

void audit_device(struct audit *a, const struct audit_device *d)
{
	audit_device_as(a, d, audit_judge_device(d));
}

void audit_certified(struct audit *a, const struct audit_device *d)
{
	audit_device_as(a, d, audit_judge_certified(d));
}

void audit_binding(struct audit *a, const struct audit_binding *b)
{
	const enum audit_reason reasons[] = { audit_judge_binding(b),
		audit_judge_moved(b) };
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		if (!audit_count(a, reasons[i]))
			continue;
		audit_say_binding(b, reasons[i], &f);
		audit_print(a, &f);
	}
}

void audit_orphan(struct audit *a, const struct audit_orphan *o)
{
	enum audit_reason reason = audit_judge_orphan(o);
	struct audit_finding f;

	if (!audit_count(a, reason))
		return;
	audit_say_orphan(o, reason, &f);
	audit_print(a, &f);
}

void audit_token(struct audit *a, const struct audit_token *t)
{
	const enum audit_reason reasons[] = { audit_judge_vulnerable(t),
		audit_judge_verified(t) };
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		if (!audit_count(a, reasons[i]))
			continue;
		audit_say_token(t, reasons[i], &f);
		audit_print(a, &f);
	}
}

void audit_unfinished(struct audit *a, const struct audit_unfinished *u)
{
	enum audit_reason reason = audit_judge_unfinished(u);
	struct audit_finding f;

	if (!audit_count(a, reason))
		return;
	audit_say_unfinished(u, reason, &f);
	audit_print(a, &f);
}

void audit_bad_row(struct audit *a, const struct audit_bad_row *b)
{
	struct audit_finding f;

	if (!audit_count(a, AUDIT_ROW_NOT_READ))
		return;
	audit_say_bad_row(b, &f);
	audit_print(a, &f);
}

void audit_give(struct audit *a, const struct audit_finding *f)
{
	struct audit_finding copy;

	if (!count_row(a, f->check, f->status, f->severity))
		return;
	copy = *f;
	audit_print(a, &copy);
}

size_t audit_accounts_in(const struct audit *a, enum audit_account_state state)
{
	size_t i, n = 0;

	for (i = 0; i < a->accounts_n; i++)
		n += a->accounts[i].state == state;
	return n;
}

/* ---- the end ---- */

uint64_t audit_found(const struct audit *a, enum audit_status status)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		n += a->counts[i][status];
	return n;
}

uint64_t audit_found_from(const struct audit *a, enum audit_status status,
	enum audit_severity least)
{
	uint64_t n = 0;
	size_t i;

	for (i = least; i < AUDIT_SEVERITIES; i++)
		n += a->severe[i][status];
	return n;
}

int audit_guard(const struct audit *a, const char *account, const char *whose,
	struct error *err)
{
	if (!a->only_account || strcmp(a->only_account, account) == 0)
		return 0;
	if (a->one_of_many)
		return error_set(err, ERROR_REFUSED,
			"%s of account '%s', and not of '%s'", whose, account,
			a->only_account);
	return error_set(err, ERROR_REFUSED,
		"%s of account '%s', and only account '%s' is wanted "
		"(--account)", whose, account, a->only_account);
}

/* One blank more, behind what is broken already, for the reason: the stream does
 * not keep it. */
static int output_is_lost(const struct audit_printer *p, struct error *err)
{
	const char *quote = p->name ? "'" : "";
	const char *name = p->name ? p->name : "standard output";
	int number; /* 0: nothing tells */

	errno = 0;
	if (p->to && fputc(' ', p->to) != EOF)
		(void)fflush(p->to);
	number = errno;
	if (number == 0)
		return error_set(err, ERROR_FAILED, "cannot write to %s%s%s",
			quote, name, quote);
	return error_errno(err, ERROR_FAILED, number, "cannot write to %s%s%s",
		quote, name, quote);
}

int audit_may_go_on(const struct audit *a, struct error *err)
{
	const struct audit_printer *p;
	int r = run_pause(a->run, 0, err);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; i < a->printers_n; i++) {
		p = &a->printers[i];
		if (p->how->is_lost(p))
			return output_is_lost(p, err);
	}
	return 0;
}
