/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's account in its organisation, and its users' rights. */
#include "bridge/audit/gather/steps.h"

#include "aws/api/organizations.h"

#include <string.h>

static const char NOT_ALLOWED[] = "the caller may not ask for it: "
	"organizations:DescribeOrganization";
static const char NO_RIGHTS[] = "the caller may not ask for it: "
	"iam:GetAccountAuthorizationDetails";

static const char NOT_ANSWERED[] = "AWS gave no answer to "
	"iam:GetAccountAuthorizationDetails";

static void take_organization(struct live *l, const struct organization *o,
	bool found)
{
	if (!found)
		l->no_member = "the account is in no organisation";
	else if (strcmp(o->management, l->identity.account) == 0)
		l->no_member = "this is the organisation's management account: "
			"its root's credentials stay its own";
	else if (!o->all_features)
		l->no_member = "the organisation has not all features";
	l->member = l->no_member ? AUDIT_NO : AUDIT_YES;
}

/* Who manages the organisation is told whether it can take members' roots away. */
static int see_features(struct live *l, struct error *err)
{
	struct organization_root features;
	struct error e;
	int r = organizations_root_features(l->s, &features, &e);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r >= 0)
		audit_note(l->a, "root-credentials-removable: root credentials "
			"management is %s in this organisation, by "
			"iam:ListOrganizationsFeatures", features.credentials ?
			"on" : "not on");
	return 0;
}

int live_ask_member(struct live *l, struct error *err)
{
	struct organization o;
	bool found = false;
	struct error e;
	int r;

	if (!audit_asks(l->a, AUDIT_ROOT_REMOVABLE) || !live_has_root(l) ||
		live_no_more_calls(l, &l->member_gap))
		return 0;
	r = organizations_describe(l->s, &o, &found, &e);
	if (r >= 0) {
		take_organization(l, &o, found);
		return found && strcmp(o.management, l->identity.account) == 0 ?
			see_features(l, err) : 0;
	}
	r = live_call_failed(l, &e, &l->member_gap, err);
	if (l->member_gap.denied)
		l->a->skipped[AUDIT_ROOT_REMOVABLE] = NOT_ALLOWED;
	return r;
}

int live_ask_rights(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!audit_asks(l->a, AUDIT_ADMIN_MFA_MISSING) ||
		live_no_more_calls(l, &l->rights_gap))
		return 0;
	r = rights_ask(l->s, &l->rights, &e);
	l->rights_when = live_time(l);
	if (r >= 0)
		return 0;
	r = live_call_failed(l, &e, &l->rights_gap, err);
	if (r < 0)
		return r;
	l->a->skipped[AUDIT_ADMIN_MFA_MISSING] = l->rights_gap.denied ?
		NO_RIGHTS : NOT_ANSWERED;
	l->a->not_read |= !l->rights_gap.denied;
	audit_note(l->a, "admin-mfa-missing was not asked: %s",
		l->rights_gap.why);
	return 0;
}
