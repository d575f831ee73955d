/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the credentials are, by AWS's word, and what they lack. */
#include "bridge/doctor/aws/aws.h"

#include "aws/role/role.h"
#include "bridge/account/rights.h"

#include <stdio.h>

static const char ACCOUNT[] = "account";

/* The device whose code some role wants; NULL: none does. */
static const char *wanted_device(const struct aws_session *s)
{
	const struct aws_recipe *r = aws_session_recipe(s);
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->steps[i].mfa_serial[0])
			return r->steps[i].mfa_serial;
	return NULL;
}

/* As far as AWS has answered anything; what is far off it refuses. */
static void say_clock(const struct account *c, bool refused,
	struct findings *f)
{
	char skew[ACCOUNT_SKEW_LEN];
	int64_t seconds;

	if (!aws_clock_skew(c->session, &seconds))
		return;
	if (account_skew(c, skew))
		findings_add(f, refused ? FINDING_FAIL : FINDING_WARN, "clock",
			"this machine", "`sudo timedatectl set-ntp true`: AWS "
			"refuses requests that are 5 minutes off", "%s", skew);
	else
		findings_add(f, FINDING_OK, "clock", "this machine", NULL,
			"within 30 s of AWS's");
}

static int ask_account(struct account *c, struct error *err)
{
	const struct sign_in how = { .codes = NULL };
	int r = role_sign_in(c->session, &how, err);

	if (r == 0)
		r = sts_get_caller_identity(c->session, &c->caller, err);
	return r < 0 ? r : iam_get_account_alias(c->session, &c->alias, err);
}

/* ---- rights ---- */

static void say_rights(const struct account *c, const char *role, bool named,
	const struct rights *rights, struct findings *f)
{
	static const char RIGHTS[] = "rights";
	char remedy[192];

	snprintf(remedy, sizeof(remedy), "have an administrator attach what "
		"`tokenbridge policy print %s --account %s` prints", role,
		c->caller.account);
	if (!rights->known)
		findings_add(f, FINDING_UNKNOWN, RIGHTS, role, remedy,
			"whether this caller may do a role's work is not "
			"known: %s", rights->why.text);
	else if (rights->missing > 0)
		findings_add(f, named ? FINDING_FAIL : FINDING_WARN, RIGHTS,
			role, remedy, "by AWS's simulation this role's work "
			"lacks %s", rights->actions);
	else if (rights->depends)
		findings_add(f, FINDING_UNKNOWN, RIGHTS, role, NULL,
			"some of this role's work depends on what AWS's "
			"simulation is not told, as MFA or addresses");
	else
		findings_add(f, FINDING_OK, RIGHTS, role, NULL,
			"all that this role's work needs, by AWS's simulation");
}

/* Where AWS tells nothing of one role, it does of none. */
static int look_rights(const struct account *c, const char *role,
	struct findings *f, struct error *err)
{
	static const char *const roles[] = { "auditor", "enroller", "revoker" };
	struct rights rights = { .known = true };
	size_t i, n = role ? 1 : ARRAY_LEN(roles);
	int r = 0;

	for (i = 0; r == 0 && rights.known && i < n; i++) {
		const char *one = role ? role : roles[i];

		r = rights_look(c, one, &rights, err);
		if (r == 0)
			say_rights(c, one, role != NULL, &rights, f);
	}
	return r;
}

static int look_account(struct account *c, const char *role,
	struct findings *f, struct error *err)
{
	struct error e;
	int r = ask_account(c, &e);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	say_clock(c, r < 0, f);
	if (r < 0) {
		findings_add(f, FINDING_FAIL, ACCOUNT, "AWS", NULL, "%s",
			e.text);
		return 0;
	}
	findings_add(f, FINDING_OK, ACCOUNT, c->caller.account, NULL,
		"%s%s%sas %s", c->alias ? "'" : "", c->alias ? c->alias : "",
		c->alias ? "', " : "", c->caller.arn);
	return look_rights(c, role, f, err);
}

int doctor_account(struct aws_session *s, const char *role,
	struct findings *f, struct error *err)
{
	struct account c = { .session = s };
	const char *device = wanted_device(s);
	int r = 0;

	if (device)
		findings_add(f, FINDING_UNKNOWN, ACCOUNT, "AWS",
			"`tokenbridge setup --dry-run` asks for one",
			"not asked: the profile's role wants a code of %s, and "
			"no key is touched for this", device);
	else
		r = look_account(&c, role, f, err);
	c.session = NULL; /* the caller's */
	account_done(&c);
	return r == 0 && f->failed ? error_memory(err) : r;
}
