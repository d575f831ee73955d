/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the audit: judges what is gathered, counts, has it printed. */
#include "bridge/audit/run.h"

#include "bridge/terminal/status.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void audit_done(struct audit *a)
{
	size_t i;

	for (i = 0; i < a->notes_n; i++)
		free(a->notes[i]);
	a->notes_n = 0;
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

/* Counts; whether the output wants the words, too. */
static bool count(struct audit *a, enum audit_check check,
	enum audit_reason reason)
{
	enum audit_status status = audit_status_of(reason);

	a->counts[check][status]++;
	return a->output->wants(a, status);
}

static void print(struct audit *a, const struct audit_finding *f)
{
	if (!a->begun)
		a->output->begin(a);
	a->begun = true;
	a->output->row(a, f);
}

void audit_user(struct audit *a, const struct audit_user *u)
{
	enum audit_reason reason = audit_judge_user(u);
	struct audit_finding f;

	if (!audit_asks(a, AUDIT_USER_MFA_MISSING) ||
		!count(a, AUDIT_USER_MFA_MISSING, reason))
		return;
	audit_say_user(u, reason, &f);
	print(a, &f);
}

void audit_root(struct audit *a, const struct audit_root *root)
{
	static const struct {
		enum audit_check check;
		enum audit_reason (*judge)(const struct audit_root *);
		void (*say)(const struct audit_root *, enum audit_reason,
			struct audit_finding *);
	} checks[] = {
		{ AUDIT_ROOT_MFA_MISSING, audit_judge_root, audit_say_root },
		{ AUDIT_ROOT_MFA_VIRTUAL, audit_judge_root_virtual,
			audit_say_root_virtual },
	};
	enum audit_reason reason;
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(checks); i++) {
		reason = checks[i].judge(root);
		if (!audit_asks(a, checks[i].check) ||
			!count(a, checks[i].check, reason))
			continue;
		checks[i].say(root, reason, &f);
		print(a, &f);
	}
}

void audit_device(struct audit *a, const struct audit_device *d)
{
	enum audit_reason reason = audit_judge_device(d);
	struct audit_finding f;

	if (!audit_asks(a, AUDIT_DEVICE_UNKNOWN) ||
		!count(a, AUDIT_DEVICE_UNKNOWN, reason))
		return;
	audit_say_device(d, reason, &f);
	print(a, &f);
}

void audit_binding(struct audit *a, const struct audit_binding *b)
{
	enum audit_reason reason = audit_judge_binding(b);
	struct audit_finding f;

	if (!audit_asks(a, AUDIT_DEVICE_GONE) ||
		!count(a, AUDIT_DEVICE_GONE, reason))
		return;
	audit_say_binding(b, reason, &f);
	print(a, &f);
}

void audit_bad_row(struct audit *a, const char *account, uint64_t line,
	const char *why)
{
	struct audit_finding f = {
		.check = AUDIT_USER_MFA_MISSING,
		.status = audit_status_of(AUDIT_ROW_NOT_READ),
		.source = "credential report",
		.when = a->report.generated,
		.line = line,
		.remedy = "get the report again: `aws iam "
			  "get-credential-report`",
	};

	if (!audit_asks(a, AUDIT_USER_MFA_MISSING))
		return;
	a->counts[f.check][f.status]++;
	snprintf(f.account, sizeof(f.account), "%s", account);
	snprintf(f.subject, sizeof(f.subject), "line %llu",
		(unsigned long long)line);
	snprintf(f.seen, sizeof(f.seen), "a row that cannot be read: %s", why);
	print(a, &f);
}

static uint64_t total(const struct audit *a, enum audit_status status)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		n += a->counts[i][status];
	return n;
}

int audit_exit_status(const struct audit *a)
{
	if (total(a, AUDIT_FAIL) > 0)
		return STATUS_FINDINGS;
	return total(a, AUDIT_UNKNOWN) > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}

int audit_guard(const struct audit *a, const char *account, const char *whose,
	struct error *err)
{
	if (!a->only_account || strcmp(a->only_account, account) == 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"%s of account '%s', and only account '%s' is wanted "
		"(--account)", whose, account, a->only_account);
}

int audit_may_go_on(const struct audit *a, struct error *err)
{
	struct pollfd p = { .fd = a->cancel_fd, .events = POLLIN };

	if (a->cancel_fd >= 0 && poll(&p, 1, 0) > 0)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	if (ferror(stdout))
		return error_set(err, ERROR_FAILED,
			"cannot write to standard output");
	return 0;
}
