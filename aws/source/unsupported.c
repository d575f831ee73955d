/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places of credentials that are recognised and not read here. Going past them
 * in silence would use other keys than the AWS command line does.
 */
#include "aws/source/source.h"

#include "aws/config/path.h"
#include "aws/source/program.h"
#include "aws/text/ini.h"
#include "base/buf.h"
#include "base/file.h"

#include <string.h>

/*
 * botocore takes these alone for nothing, and goes on; so do we, but not to the
 * end without a word.
 */
static int load_sso_half(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "sso_session", "sso_start_url" };
	CLEANUP(free_p) char *command = program_aws_line(&q->config->profile,
		"configure", "sso");
	size_t i;

	(void)ret;
	(void)ret_found;
	if (!command)
		return error_memory(err);
	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (config_profile_has(&q->config->profile, keys[i]))
			return error_set(err, ERROR_USAGE,
				"profile '%.40s' has '%s' and neither "
				"sso_account_id nor sso_role_name: run "
				"'%.100s', of version 2 of the AWS command "
				"line", q->config->profile.name, keys[i],
				command);
	return 0;
}

/* AWSAccessKeyId=..., of the tools that were before the AWS command line. */
static int load_old_file(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	static const char variable[] = "AWS_CREDENTIAL_FILE";

	(void)q;
	(void)ret;
	(void)ret_found;
	if (!config_variable(variable))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
		"'%s' names keys in a form that is not read: put them into "
		"~/.aws/credentials, or unset it", variable);
}

static int see_boto(void *data, const struct ini_item *item,
	struct error *err)
{
	bool *found = data;

	(void)err;
	*found |= strcmp(item->section, "Credentials") == 0 &&
		strcmp(item->key, "aws_access_key_id") == 0;
	return 0;
}

static int look_into_boto(const char *name, struct error *err)
{
	CLEANUP(free_p) char *path = path_expand(name);
	CLEANUP(buf_done) struct buf bytes;
	bool absent = false, found = false;
	struct ini_events events = { .item = see_boto, .data = &found };
	int r;

	buf_init(&bytes, INI_FILE_MAX);
	if (!path)
		return error_memory(err);
	r = file_read(path, FILE_ANY, &bytes, &absent, err);
	if (r >= 0 && !absent)
		r = ini_parse(bytes.p, bytes.n, path, &events, err);
	if (r >= 0 && found)
		return error_set(err, ERROR_UNSUPPORTED,
			"'%s' holds keys in a form that is not read: put them "
			"into ~/.aws/credentials", path);
	return r;
}

/* The files of the library before botocore, which botocore still reads. */
static int load_boto(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	const char *named = config_variable("BOTO_CONFIG");
	int r;

	(void)q;
	(void)ret;
	(void)ret_found;
	if (named)
		return *named ? look_into_boto(named, err) : 0;
	r = look_into_boto("/etc/boto.cfg", err);
	return r < 0 ? r : look_into_boto("~/.boto", err);
}

const struct credential_source source_old_file = { "old file",
	load_old_file };
const struct credential_source source_boto = { "boto", load_boto };
const struct credential_source source_sso_half = { "half of IAM Identity "
	"Center", load_sso_half };
