/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IAM Identity Center and `aws login`: the AWS command line has signed the
 * person in, and knows how to make keys of that.
 */
#include "aws/source/source.h"

#include "aws/source/program.h"

#include <stdio.h>
#include <string.h>

static const char newer[] = "install version 2 of the AWS command line "
	"(https://docs.aws.amazon.com/cli/), which reads such a profile";

/* What makes a person signed in again, by what the profile is. */
static void advise_login(const struct source_request *q, char *ret, size_t size)
{
	const struct config_profile *p = &q->config->profile;
	bool sso = config_profile_has(p, "sso_account_id") ||
		config_profile_has(p, "sso_role_name");
	CLEANUP(free_p) char *command = program_aws_line(p, sso ? "sso" : "login",
		sso ? "login" : NULL);

	snprintf(ret, size, "run '%.100s' first", command ? command : "aws");
}

/* Version 1 has no such command; neither have old ones of version 2. */
static void advise(const struct source_request *q, const char *words,
	bool is_there, char *ret, size_t size)
{
	if (!is_there || strstr(words, "Invalid choice") ||
		strstr(words, "invalid choice") ||
		strstr(words, "export-credentials"))
		snprintf(ret, size, "%s", newer);
	else
		advise_login(q, ret, size);
}

static int load(const struct source_request *q, const char *const *keys,
	const char *what, struct aws_recipe *ret, bool *ret_found,
	struct error *err)
{
	const struct config_profile *p = &q->config->profile;
	char *argv[] = { "aws", "configure", "export-credentials", "--profile",
		p->name, "--format", "process", NULL };
	char whose[ORIGIN_MAX];
	int r;

	while (*keys && !config_profile_has(p, *keys))
		keys++;
	if (!*keys)
		return 0;
	snprintf(whose, sizeof(whose), "%s of profile '%.40s', by 'aws "
		"configure export-credentials'", what, p->name);
	r = program_ask(q, argv, whose, advise, &ret->keys, err);
	*ret_found = r >= 0;
	return r;
}

static int load_sso(const struct source_request *q, struct aws_recipe *ret,
	bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "sso_account_id", "sso_role_name",
		NULL };
	char session[256] = "";
	bool found;
	int r = source_setting(&q->config->profile, "sso_session", session,
		sizeof(session), &found, err);

	return r < 0 ? r : load(q, keys, "IAM Identity Center", ret, ret_found, err);
}

static int load_login(const struct source_request *q, struct aws_recipe *ret,
	bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "login_session", NULL };

	return load(q, keys, "the sign-in", ret, ret_found, err);
}

const struct credential_source source_sso = { "IAM Identity Center",
	load_sso };
const struct credential_source source_login = { "login", load_login };
