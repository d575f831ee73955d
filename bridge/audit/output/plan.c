/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for `rollout` out of findings. */
#include "bridge/audit/output/plan.h"

#include "base/file.h"
#include "bridge/plan/plan.h"

#include <string.h>

static const enum plan_column columns[] = { PLAN_ACCOUNT, PLAN_USER,
	PLAN_HOLDER, PLAN_METHOD, PLAN_LABEL };

/* His own list, and what says that he has a password. */
static const char OWN_LIST[] = "iam:ListMFADevices";

void audit_plan_init(struct audit_plan *p)
{
	size_t i;

	p->rows = 0;
	buf_init(&p->csv, CSV_FILE_MAX);
	for (i = 0; i < ARRAY_LEN(columns); i++)
		csv_put(&p->csv, plan_column_name(columns[i]), i == 0);
	csv_end(&p->csv);
}

void audit_plan_done(struct audit_plan *p)
{
	buf_done(&p->csv);
}

static void plan_begin(struct audit_printer *p, const struct audit *a)
{
	(void)p;
	(void)a;
}

static bool plan_wants(const struct audit_printer *p, const struct audit *a,
	enum audit_status status, enum audit_severity severity)
{
	(void)p;
	(void)a;
	(void)severity;
	return status == AUDIT_FAIL;
}

static bool is_decided_live(const struct audit *a,
	const struct audit_finding *f)
{
	return a->aws.used && f->check == AUDIT_USER_MFA_MISSING &&
		f->status == AUDIT_FAIL && strstr(f->source, OWN_LIST);
}

static void plan_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	struct audit_plan *plan = p->state;

	if (!is_decided_live(a, f))
		return;
	csv_put(&plan->csv, f->account, true);
	csv_put(&plan->csv, f->subject, false);
	csv_put(&plan->csv, "", false); /* the user himself */
	csv_put(&plan->csv, "totp", false);
	csv_put(&plan->csv, "", false);
	csv_end(&plan->csv);
	plan->rows++;
}

static void plan_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	(void)p;
	(void)a;
	(void)exit_status;
	(void)failure;
}

static bool plan_is_lost(const struct audit_printer *p)
{
	(void)p;
	return false;
}

const struct audit_output audit_plan_output = {
	"plan",
	plan_begin,
	plan_wants,
	plan_row,
	plan_end,
	plan_is_lost,
};

int audit_plan_write(struct audit_plan *p, const char *path, struct error *err)
{
	int r = buf_check(&p->csv, "the plan", err);

	return r < 0 ? r : file_write_atomic(path, p->csv.p, p->csv.n, 0600,
		/* exclusive= */ false, err);
}
