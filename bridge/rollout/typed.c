/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for which nothing is plugged in: a person types the codes. */
#include "bridge/rollout/session.h"

#include "aws/api/check.h"

#include <string.h>

bool row_is_typed(const struct plan_row *row)
{
	return mfa_method_is_known(row->method) &&
		!mfa_method_takes_token(row->method);
}

bool session_check_typed(struct session *x, struct plan_row *row)
{
	bool is_app = strcmp(row->method, "virtual") == 0;
	struct error why;

	if (is_app && !policy_lists(&x->q->trust->policy, row->method)) {
		plan_complain(x->plan, row, PLAN_METHOD, "a phone app's secret "
			"can be copied: only a policy that lists 'virtual' "
			"among its methods lets a plan have it");
		return false;
	}
	if (!is_app && check_serial(row->printed, &why) < 0) {
		plan_complain(x->plan, row, PLAN_SERIAL, *row->printed ? "%s" :
			"the token's serial number must stand in this row",
			why.text);
		return false;
	}
	if (x->q->typed_fd < 0 && !x->q->only_look) {
		plan_complain(x->plan, row, PLAN_METHOD, "its codes are typed, "
			"and there is no terminal to ask on");
		return false;
	}
	return true;
}
