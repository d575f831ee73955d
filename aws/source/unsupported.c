/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places of credentials that are recognised and not read here. Going past them
 * in silence would use other keys than the AWS command line does.
 */
#include "aws/source/credentials.h"

#include "aws/config/ini.h"
#include "aws/config/path.h"
#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

/* Behind sudo the variables have to be kept, and each of them named. */
static const char keep[] = ", and keep them: sudo --preserve-env="
	"AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN,AWS_PROFILE";

void credentials_way_out(const struct aws_config *config, bool named,
	char ret[WAY_OUT_MAX])
{
	const char *sudo = config->for_other ? keep : "";
	const char *name = config->profile.name;

	/* keys in the environment go before those of AWS_PROFILE, whose region
	 * and endpoints stay */
	if (named && strlen(name) <= 40 && !strchr(name, '\''))
		snprintf(ret, WAY_OUT_MAX, "run eval \"$(aws configure "
			"export-credentials --profile '%.40s' --format env)\" "
			"first (AWS CLI 2), and export AWS_PROFILE='%.40s' in "
			"place of --profile%s", name, name, sudo);
	else
		snprintf(ret, WAY_OUT_MAX, "run eval \"$(aws configure "
			"export-credentials --format env)\" first (AWS CLI "
			"2)%s", sudo);
}

/* `setting` asks for a place that is not supported. */
static int unsupported(const struct aws_config *config, const char *setting,
	const char *what, bool named, struct error *err)
{
	char way_out[WAY_OUT_MAX];

	credentials_way_out(config, named, way_out);
	return error_set(err, ERROR_UNSUPPORTED,
		"profile '%.40s' wants credentials from %s ('%.48s'), which is "
		"not supported: %s", config->profile.name, what, setting,
		way_out);
}

/* A key that stands there is meant, also where it is empty. */
static int refuse_keys(const struct aws_config *config,
	const char *const *keys, const char *what, struct error *err)
{
	for (; *keys; keys++)
		if (config_profile_has(&config->profile, *keys))
			return unsupported(config, *keys, what, true, err);
	return 0;
}

static int load_role(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "role_arn", NULL };

	(void)ret;
	(void)ret_found;
	/* with a token file it is the next source's */
	if (config_profile_has(&config->profile, "web_identity_token_file"))
		return 0;
	return refuse_keys(config, keys, "a role", err);
}

static int load_web_identity(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "web_identity_token_file", NULL };
	static const char variable[] = "AWS_WEB_IDENTITY_TOKEN_FILE";

	(void)ret;
	(void)ret_found;
	if (!config->profile_explicit && config_getenv(variable))
		return unsupported(config, variable, "a web identity", false,
			err);
	return refuse_keys(config, keys, "a web identity", err);
}

static int load_sso(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "sso_account_id", "sso_role_name",
		"sso_session", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "IAM Identity Center", err);
}

/*
 * botocore takes this alone for nothing, and goes on; so do we, but not to the
 * end without a word.
 */
static int load_sso_half(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "sso_start_url", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "IAM Identity Center", err);
}

static int load_login(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "login_session", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "'aws login'", err);
}

static int load_process(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "credential_process", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "a program", err);
}

static int load_container(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const variables[] = {
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL };
	const char *const *v;

	(void)ret;
	(void)ret_found;
	for (v = variables; *v; v++)
		if (config_variable(*v))
			return unsupported(config, *v, "its container", false,
				err);
	return 0;
}

/* AWSAccessKeyId=..., of the tools that were before the AWS command line. */
static int load_old_file(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char variable[] = "AWS_CREDENTIAL_FILE";

	(void)config;
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
static int load_boto(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	const char *named = config_variable("BOTO_CONFIG");
	int r;

	(void)config;
	(void)ret;
	(void)ret_found;
	if (named)
		return *named ? look_into_boto(named, err) : 0;
	r = look_into_boto("/etc/boto.cfg", err);
	return r < 0 ? r : look_into_boto("~/.boto", err);
}

const struct credential_source source_role = { "role", load_role };
const struct credential_source source_web_identity = { "web identity",
	load_web_identity };
const struct credential_source source_sso = { "IAM Identity Center",
	load_sso };
const struct credential_source source_login = { "login", load_login };
const struct credential_source source_process = { "process", load_process };
const struct credential_source source_container = { "container",
	load_container };
const struct credential_source source_old_file = { "old file",
	load_old_file };
const struct credential_source source_boto = { "boto", load_boto };
const struct credential_source source_sso_half = { "half of IAM Identity "
	"Center", load_sso_half };
