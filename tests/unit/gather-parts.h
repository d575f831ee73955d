/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live audit whose account is made by the test; what it comes to is noted as
 * lines, a row each, in place of being judged.
 */
#ifndef TESTS_GATHER_PARTS_H
#define TESTS_GATHER_PARTS_H

#include "tests/unit/unit.h"

#include "bridge/audit/gather/gather.h"
#include "bridge/audit/gather/steps.h"

#define ACCOUNT "123456789012"
#define NOW 1769904000

static char rows[8192];
static struct audit audited;
static struct live live;
static time_t aws_clock;
static struct error fails; /* the next answer; code 0: none does */

static UNUSED void note_row(const char *fmt, ...) PRINTF(1, 2);
static UNUSED void note_row(const char *fmt, ...)
{
	size_t n = strlen(rows);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rows + n, sizeof(rows) - n, fmt, ap);
	va_end(ap);
}

/* "yes by SOURCE +5", "unknown by SOURCE (WHY, denied)"; + is behind NOW. */
static UNUSED const char *fact_text(struct audit_fact f)
{
	static const char *const words[] = { "unknown", "no", "yes" };
	static char texts[8][600];
	static size_t next;
	char *text = texts[next++ % ARRAY_LEN(texts)];
	int n = snprintf(text, sizeof(texts[0]), "%s by %s",
		words[f.answer], f.source ? f.source : "-");

	if (f.when)
		n += snprintf(text + n, sizeof(texts[0]) - (size_t)n,
			" +%ld", (long)(f.when - NOW));
	if (f.why)
		snprintf(text + n, sizeof(texts[0]) - (size_t)n, " (%s%s)",
			f.why, f.denied ? ", denied" : "");
	return text;
}

static UNUSED const char *or_none(const char *s)
{
	return s ? s : "-";
}

/* They are so, and are forgotten. */
static UNUSED void rows_are(const char *want)
{
	assert_string_equal(rows, want);
	rows[0] = '\0';
}

/* The next answer of AWS's is that. */
static UNUSED void fail_next(int code, const char *foreign)
{
	error_set(&fails, code, "AWS says no");
	snprintf(fails.foreign, sizeof(fails.foreign), "%s", foreign);
}

static UNUSED int answered(struct error *e)
{
	return fails.code ? error_copy(e, &fails) : 0;
}

WRAP(time_t, aws_now, const struct aws_session *s)
{
	(void)s;
	return aws_clock;
}

static int no_renewal(void *self, const struct sts_identity *first,
	struct error *e)
{
	(void)self;
	assert_string_equal(first->account, ACCOUNT);
	return answered(e);
}

static struct audit_renewal renewal = { .renew = no_renewal };

static UNUSED void begin_audit(unsigned checks)
{
	static const struct run nobody = { .people = &run_nobody,
		.cancel_fd = -1 };

	memset(&fails, 0, sizeof(fails));
	rows[0] = '\0';
	audit_done(&audited);
	audited = (struct audit){ .run = &nobody, .checks = checks,
		.started = NOW, .now = NOW };
	live = (struct live){ .a = &audited, .root = ROOT_FULL,
		.renewal = &renewal };
	strcpy(live.identity.account, ACCOUNT);
	aws_clock = NOW + 7;
}

static UNUSED void end_audit(void)
{
	live_people_done(&live.people);
	live_holding_done(&live.devices);
	live_holding_done(&live.virtuals);
	live_holding_done(&live.unassigned);
	audit_done(&audited);
}

static UNUSED void gap(struct live_gap *g, bool denied)
{
	*g = (struct live_gap){ .there = true, .denied = denied };
	strcpy(g->why, "AWS says no");
}

#endif
