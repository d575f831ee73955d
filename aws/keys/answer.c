/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as JSON. */
#include "aws/keys/answer.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

static const char *const token_names[] = {
	[ANSWER_PROCESS] = "SessionToken",
	[ANSWER_SERVICE] = "Token",
};

static void json_p(json_t **j)
{
	json_decref(*j);
}

/* A text; NULL where it is absent or null. */
static int answer_text(const json_t *o, const char *name, bool needed,
	const char *whose, const char **ret, struct error *err)
{
	const json_t *j = json_object_get(o, name);

	*ret = NULL;
	if (j && !json_is_null(j)) {
		*ret = json_string_value(j);
		if (*ret && strlen(*ret) == json_string_length(j))
			return 0;
		return error_set(err, ERROR_MALFORMED,
			"%s gave no text as '%s'", whose, name);
	}
	if (!needed)
		return 0;
	return error_set(err, ERROR_MALFORMED, "%s gave no '%s'", whose, name);
}

static int check_version(const json_t *o, const char *whose, struct error *err)
{
	const json_t *j = json_object_get(o, "Version");

	if (json_is_integer(j) && json_integer_value(j) == 1)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"%s gave no 'Version' of 1, which is the only one that is "
		"known", whose);
}

/* 200 OK, and why there are no keys. */
static int check_code(const json_t *o, const char *whose, struct error *err)
{
	const char *code = json_string_value(json_object_get(o, "Code"));
	const char *message = json_string_value(json_object_get(o, "Message"));

	if (!code || strcmp(code, "Success") == 0)
		return 0;
	return error_set(err, ERROR_FAILED, "%s gives no keys: %.200s (%.60s)",
		whose, message ? message : "it does not say why", code);
}

int answer_parse_time(const char *s, time_t *ret)
{
	char copy[64];

	if (strlen(s) >= sizeof(copy))
		return -1;
	strcpy(copy, s);
	if (strlen(copy) > 10 && copy[10] == ' ')
		copy[10] = 'T';
	return text_parse_time(copy, strlen(copy), ret);
}

static int take_time(const char *s, const char *whose, time_t *ret,
	struct error *err)
{
	if (!s || answer_parse_time(s, ret) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"%s gave an 'Expiration' that is no time", whose);
}

static int read_object(enum answer_form form, const json_t *o,
	const char *whose, struct aws_credentials *ret, struct error *err)
{
	bool service = form == ANSWER_SERVICE;
	const char *id = NULL, *key = NULL, *token = NULL, *end = NULL;
	time_t expires = 0;
	int r;

	r = service ? check_code(o, whose, err) : check_version(o, whose, err);
	if (r >= 0)
		r = answer_text(o, "AccessKeyId", true, whose, &id, err);
	if (r >= 0)
		r = answer_text(o, "SecretAccessKey", true, whose, &key, err);
	if (r >= 0)
		r = answer_text(o, token_names[form], service, whose, &token, err);
	if (r >= 0)
		r = answer_text(o, "Expiration", service, whose, &end, err);
	if (r >= 0)
		r = take_time(end, whose, &expires, err);
	if (r >= 0)
		r = credentials_set(ret, id, key, strlen(key), token,
			token ? strlen(token) : 0, whose, err);
	if (r < 0)
		return r;
	ret->expires = expires;
	ret->renewable = true;
	return 0;
}

int answer_parse(enum answer_form form, const void *p, size_t n,
	const char *whose, struct aws_credentials *ret, struct error *err)
{
	CLEANUP(json_p) json_t *o = NULL;

	if (n > 0 && n <= ANSWER_MAX)
		o = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o))
		return error_set(err, ERROR_MALFORMED,
			"%s gave something that is no JSON object", whose);
	return read_object(form, o, whose, ret, err);
}

int answer_check_time(const struct aws_credentials *c, time_t now,
	struct error *err)
{
	char age[32];

	if (!c->expires || c->expires > now)
		return 0;
	text_format_age(now - c->expires, age, sizeof(age));
	return error_set(err, ERROR_FAILED,
		"%s gave keys that ended %s ago", c->origin, age);
}
