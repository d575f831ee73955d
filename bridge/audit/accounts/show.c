/* SPDX-License-Identifier: Apache-2.0 */
/* Results of accounts: found again, shown, added up. */
#include "bridge/audit/accounts/fleet.h"

#include <stdlib.h>
#include <string.h>

void fleet_fail(struct fleet *f, size_t item, enum audit_account_state state,
	const char *why)
{
	struct audit_account_source *x = &f->a->accounts[item];

	x->state = state;
	free(x->why);
	x->why = strdup(why);
	f->a->not_read = true;
}

/* Takes the strings; what the organization calls it goes before its alias. */
static void take_source(struct audit_account_source *x,
	struct audit_account_source *from)
{
	char *name = steal(&x->name);
	char id[sizeof(x->id)];

	memcpy(id, x->id, sizeof(id));
	audit_account_source_done(x);
	*x = *from;
	*from = (struct audit_account_source){ .notes_n = 0 };
	memcpy(x->id, id, sizeof(id));
	if (!name)
		return;
	free(x->name);
	x->name = name;
}

void fleet_take_end(struct fleet *f, size_t item, struct record_end *end)
{
	struct audit_account_source *x = &f->a->accounts[item];
	struct told *told = &f->told[item];

	told->reports = end->reports;
	told->connections = end->connections;
	told->bad_rows = end->bad_rows;
	told->bindings = end->bindings;
	take_source(x, &end->account);
	f->a->not_read |= x->state != AUDIT_ACCOUNT_READ;
}

/* ---- found again ---- */

/* Reads one line; false at the end. *ret_bad: it is none of ours. */
static bool next_line(FILE *file, char **line, size_t *size,
	struct record *ret, bool *ret_bad)
{
	ssize_t n = getline(line, size, file);

	if (n < 0)
		return false;
	/* one that is too long is refused there */
	*ret_bad = record_parse(*line, (size_t)n, ret, NULL) < 0;
	return true;
}

static bool is_young(const struct fleet *f, const struct record_head *head)
{
	time_t now = time(NULL);

	return head->asked <= now && now - head->asked < f->q->max_age;
}

/* A whole result: a head that fits, findings of this account, an end. */
static bool check_kept(struct fleet *f, size_t item, FILE *file)
{
	const char *id = f->list.items[item].id;
	struct told *told = &f->told[item];
	CLEANUP(free_p) char *line = NULL;
	bool head = false, end = false, bad = false;
	struct record x;
	size_t size = 0;

	while (!bad && next_line(file, &line, &size, &x, &bad)) {
		if (!bad && x.kind == RECORD_HEAD) {
			bad = head || strcmp(x.head.key, told->key) != 0 ||
				strcmp(x.head.account, id) != 0 ||
				!is_young(f, &x.head);
			head = true;
		} else if (!bad && x.kind == RECORD_FINDING) {
			bad = !head || end ||
				strcmp(x.finding.account, id) != 0;
			told->has_rows = true;
		} else if (!bad) {
			bad = !head || end || x.kind != RECORD_END ||
				strcmp(x.end.account.id, id) != 0 ||
				x.end.account.state != AUDIT_ACCOUNT_READ;
			end = true;
			if (!bad)
				fleet_take_end(f, item, &x.end);
		}
		record_done(&x);
	}
	return !bad && end && !ferror(file);
}

bool fleet_find_kept(struct fleet *f, size_t item)
{
	struct audit_account_source *x = &f->a->accounts[item];
	const char *id = f->list.items[item].id;
	struct told *told = &f->told[item], fresh = *told;
	FILE *file = f->q->state ? keep_read(&f->keep, id, true) : NULL;
	bool good = file && check_kept(f, item, file);

	if (file)
		fclose(file);
	if (good) {
		x->kept = told->finished = told->over = true;
		return true;
	}
	/* what was taken of it before it turned out to be none */
	take_source(x, &(struct audit_account_source){ .notes_n = 0 });
	*told = fresh;
	return false;
}

/* ---- shown ---- */

static int give_rows(struct fleet *f, size_t item, FILE *file,
	struct error *err)
{
	struct audit_account_source *x = &f->a->accounts[item];
	CLEANUP(free_p) char *line = NULL;
	struct record r = { .json = NULL };
	size_t size = 0;
	bool bad = false;

	while (!bad && next_line(file, &line, &size, &r, &bad)) {
		if (!bad && r.kind == RECORD_FINDING) {
			x->counts[r.finding.status]++;
			audit_give(f->a, &r.finding);
		}
		record_done(&r);
	}
	return bad || ferror(file) ? error_set(err, ERROR_CORRUPT,
		"what was found out could not be read again") : 0;
}

static void add_up(struct fleet *f, size_t item)
{
	const struct audit_account_source *x = &f->a->accounts[item];
	struct audit_report_source *report = &f->a->report;
	const struct told *told = &f->told[item];
	struct audit *a = f->a;

	a->aws.users += x->users;
	if (!x->kept) {
		a->aws.requests += x->requests;
		a->aws.connections += told->connections;
	}
	report->used |= told->reports > 0;
	report->reports += told->reports;
	report->rows += x->rows;
	report->bad_rows += told->bad_rows;
	/* as old as the oldest */
	if (x->generated && (!report->generated ||
			x->generated < report->generated))
		report->generated = x->generated;
	a->registry.bindings += told->bindings;
}

static void show_rows(struct fleet *f, size_t item)
{
	const char *id = f->list.items[item].id;
	FILE *file = keep_read(&f->keep, id, f->told[item].finished);
	struct error e;
	int r;

	if (!file) {
		fleet_fail(f, item, AUDIT_ACCOUNT_PARTLY,
			"what was found out could not be read again");
		return;
	}
	r = give_rows(f, item, file, &e);
	fclose(file);
	if (r < 0)
		fleet_fail(f, item, AUDIT_ACCOUNT_PARTLY, e.text);
}

int fleet_show(struct fleet *f, size_t item, struct error *err)
{
	struct audit_account_source *x = &f->a->accounts[item];

	f->a->endpoint = x->endpoint;
	if (!f->a->aws.endpoint && x->endpoint) {
		f->a->aws.endpoint = x->endpoint;
		f->a->aws.origin = x->origin;
	}
	if (f->told[item].has_rows)
		show_rows(f, item);
	/* kept for a later run under its own name alone */
	if (!f->told[item].finished)
		keep_drop(&f->keep, x->id);
	add_up(f, item);
	return f->stops ? 0 : audit_may_go_on(f->a, err);
}
