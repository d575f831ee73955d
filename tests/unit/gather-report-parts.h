/* SPDX-License-Identifier: Apache-2.0 */
/* A credential report that a test gives to a live audit. */
#ifndef TESTS_GATHER_REPORT_PARTS_H
#define TESTS_GATHER_REPORT_PARTS_H

#include "tests/unit/gather-parts.h"

#define OURS ((struct aws_session *)(uintptr_t)32)
#define HEADER                                                                 \
	"user,arn,user_creation_time,password_enabled,mfa_active,"             \
	"access_key_1_active,access_key_1_last_rotated,access_key_2_active,"   \
	"access_key_2_last_rotated\n"
#define ARN_OF(name) "arn:aws:iam::" ACCOUNT ":user/" name
#define MADE ",2026-01-01T00:00:00Z,"
#define ROOT "<root_account>,arn:aws:iam::" ACCOUNT ":root" MADE
#define ALICE "alice," ARN_OF("alice") MADE
#define REST "true,true,true,N/A,false,N/A\n"

/* What AWS gives; `fails` is the answer behind the text. */
static struct world {
	const char *text;
	struct iam_report_info info;
	time_t begun;
	bool limited;
	int asked, begins, pauses;
	bool no_memory;
} w;

void *__real_reallocarray(void *p, size_t n, size_t size);

WRAP(void *, reallocarray, void *p, size_t n, size_t size)
{
	return w.no_memory && size == sizeof(struct live_person) ? NULL :
		__real_reallocarray(p, n, size);
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	assert_int_equal(ms, 60000);
	return 4711;
}

WRAP(int, iam_get_credential_report, struct aws_session *s, deadline_t until,
	iam_report_fn fn, void *data, struct iam_report_info *ret,
	struct error *e)
{
	int r;

	assert_ptr_equal(s, OURS);
	assert_int_equal(until, 4711);
	w.asked++;
	*ret = w.info;
	r = fn(data, (const unsigned char *)w.text, strlen(w.text), e);
	return r < 0 ? r : answered(e);
}

WRAP(int, iam_begin_credential_report, struct aws_session *s, time_t *ret_begun,
	struct error *e)
{
	assert_ptr_equal(s, OURS);
	w.begins++;
	*ret_begun = w.begun;
	return answered(e);
}

static int begun(void *self, bool limited, struct error *e)
{
	assert_ptr_equal(self, &w);
	w.pauses++;
	w.limited = limited;
	return w.begun == 13 ? error_set(e, ERROR_BUSY, "not yet") : 0;
}

static const unsigned CHECK = AUDIT_BIT(AUDIT_USER_MFA_MISSING);

static void again(unsigned checks)
{
	live_people_done(&live.reported);
	end_audit();
	begin_audit(checks);
	live.s = OURS;
	renewal.begun = NULL;
	renewal.self = &w;
	memset(&w, 0, sizeof(w));
}

static int begin(void **state)
{
	(void)state;
	again(CHECK);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	again(CHECK);
	end_audit();
	return 0;
}

static void read_report(const char *text)
{
	struct world was = w;

	again(CHECK);
	w = was;
	w.text = text;
	OK(live_read_report(&live, &err));
	assert_true(live.report_read);
	assert_string_equal(audited.report.why_not, "");
}

#endif
