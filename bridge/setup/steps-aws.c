/* SPDX-License-Identifier: Apache-2.0 */
/* AWS: who we are there, what time it is, and what a role lacks. */
#include "bridge/setup/step.h"

#include "bridge/account/rights.h"
#include "bridge/doctor/aws/aws.h"

#include <stdio.h>
#include <string.h>

static const char AWS[] = "aws";

/* One endpoint, or proxy, may stand for several services. */
static bool is_like_before(const struct findings *f, size_t i)
{
	return i > 0 && strcmp(f->rows[i].check, f->rows[i - 1].check) == 0 &&
		strcmp(f->rows[i].text, f->rows[i - 1].text) == 0;
}

/* What doctor finds of the way to AWS, in its own words. *ret_fails: some of it
 * stands in the way. */
static int look_way(struct setup *s, bool *ret_fails, struct error *err)
{
	const struct account_request *q = &s->q->aws;
	CLEANUP(findings_done) struct findings f = { 0 };
	struct aws_options options = AWS_OPTIONS_INIT;
	size_t i;
	int r;

	options.profile = q->profile;
	options.region = q->region;
	options.endpoint_url = q->endpoint_url;
	options.ca_bundle = q->ca_bundle;
	options.proxy = q->proxy;
	options.cancel_fd = s->run->cancel_fd;
	r = doctor_credentials(&options, NULL, &f, err);
	for (i = 0; r == 0 && i < f.n; i++)
		if (f.rows[i].status != FINDING_OK && !is_like_before(&f, i))
			setup_row(s, f.rows[i].status == FINDING_FAIL ?
				SETUP_LEFT : SETUP_NOTE, AWS, f.rows[i].remedy,
				f.rows[i].status == FINDING_FAIL ?
				"tokenbridge doctor aws" : NULL, "%s: %s",
				f.rows[i].subject, f.rows[i].text);
	*ret_fails = findings_count(&f, FINDING_FAIL) > 0;
	return r;
}

int setup_look_aws(struct setup *s, bool *ret_todo, struct error *err)
{
	struct setup_result *ret = s->result;
	struct account aws = { NULL };
	struct error why;
	bool fails;
	int r = look_way(s, &fails, err);

	(void)ret_todo;
	if (r < 0 || fails)
		return r;
	r = account_open(s->run, &s->q->aws, &aws, &why);
	if (r < 0) {
		account_done(&aws);
		if (r == -ERROR_INTERRUPTED || r == -ERROR_USAGE)
			return error_copy(err, &why);
		setup_row(s, SETUP_LEFT, AWS, NULL, "tokenbridge doctor aws",
			"%s", why.text);
		return 0;
	}
	s->aws = aws;
	snprintf(ret->account, sizeof(ret->account), "%s", aws.caller.account);
	snprintf(ret->caller, sizeof(ret->caller), "%s", aws.caller.arn);
	setup_row(s, SETUP_ALREADY, AWS, NULL, NULL, "account %s%s%s%s, as %s",
		aws.caller.account, aws.alias ? " (" : "",
		aws.alias ? aws.alias : "", aws.alias ? ")" : "",
		aws.caller.arn);
	return 0;
}

int setup_look_clock(struct setup *s, bool *ret_todo, struct error *err)
{
	char skew[ACCOUNT_SKEW_LEN];

	(void)ret_todo;
	(void)err;
	if (!s->aws.session)
		return 0;
	if (account_skew(&s->aws, skew))
		setup_row(s, SETUP_LEFT, "clock", "`sudo timedatectl set-ntp "
			"true`: AWS refuses requests that are 5 minutes off",
			"sudo timedatectl set-ntp true", "%s", skew);
	else
		setup_row(s, SETUP_ALREADY, "clock", NULL, NULL,
			"within 30 s of AWS's");
	return 0;
}

static void say_rights(struct setup *s, const struct rights *rights)
{
	static const char RIGHTS[] = "rights";
	const char *role = s->result->role;
	char command[128], remedy[256];

	snprintf(command, sizeof(command),
		"tokenbridge policy print %s --account %s", role,
		s->aws.caller.account);
	snprintf(remedy, sizeof(remedy), "have an administrator attach what "
		"`%s` prints", command);
	if (!rights->known)
		setup_row(s, SETUP_NOTE, RIGHTS, remedy, command,
			"whether you may do a role's work (%s) is not known: "
			"%s", role, rights->why.text);
	else if (rights->missing > 0)
		setup_row(s, SETUP_LEFT, RIGHTS, remedy, command,
			"by AWS's simulation a role's work (%s) lacks %s",
			role, rights->actions);
	else if (rights->depends)
		setup_row(s, SETUP_NOTE, RIGHTS, NULL, NULL,
			"some of a role's work (%s) depends on what AWS's "
			"simulation is not told, as MFA or addresses", role);
	else
		setup_row(s, SETUP_ALREADY, RIGHTS, NULL, NULL,
			"all that %s needs, by AWS's simulation", role);
}

int setup_look_rights(struct setup *s, bool *ret_todo, struct error *err)
{
	struct rights rights;
	int r;

	(void)ret_todo;
	if (!s->aws.session || !s->result->role[0])
		return 0;
	run_waits(s->run, "Asking AWS what you may do");
	r = rights_look(&s->aws, s->result->role, &rights, err);
	if (r == 0)
		say_rights(s, &rights);
	return r;
}
