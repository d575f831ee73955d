/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes: roles on top of keys. */
#include "aws/source/source.h"

#include "aws/config/arn.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void recipe_done(struct aws_recipe *r)
{
	credentials_done(&r->keys);
	secret_done(&r->web_token);
	free_p(&r->steps);
	r->count = 0;
}

bool recipe_is_empty(const struct aws_recipe *r)
{
	return !r->keys.key_id[0] && r->web_token.n == 0;
}

void recipe_move(struct aws_recipe *to, struct aws_recipe *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

/* Letters, digits, and these. */
static bool consists_of(const char *s, const char *more)
{
	for (; *s; s++)
		if (!isascii(*s) || (!isalnum((unsigned char)*s) &&
			!strchr(more, *s)))
			return false;
	return true;
}

static bool is_role(const char *s)
{
	struct arn arn;

	return strlen(s) >= 20 && consists_of(s, "+=,.@-_:/") &&
		arn_parse(s, strlen(s), &arn) &&
		arn_part_is(arn.service, "iam") &&
		arn_part_begins(arn.resource, "role/");
}

static bool has_form(const char *s, size_t min, const char *more)
{
	return !*s || (strlen(s) >= min && consists_of(s, more));
}

static int refuse_setting(const char *whose, const char *what, const char *value,
	struct error *err)
{
	return error_set(err, ERROR_USAGE, "the %s of %s cannot be one: '%.80s'",
		what, whose, value);
}

static int check_step(const struct role_step *s, const char *whose,
	struct error *err)
{
	if (!is_role(s->arn))
		return refuse_setting(whose, "role_arn", s->arn, err);
	if (!has_form(s->session_name, 2, "_+=,.@-"))
		return refuse_setting(whose, "role_session_name", s->session_name,
			err);
	if (!has_form(s->external_id, 2, "_+=,.@:/-"))
		return refuse_setting(whose, "external_id", s->external_id, err);
	if (!has_form(s->mfa_serial, 9, "_+=/:,.@-"))
		return refuse_setting(whose, "mfa_serial", s->mfa_serial, err);
	if (s->duration != 0 && (s->duration < ROLE_DURATION_MIN ||
		s->duration > ROLE_DURATION_MAX))
		return error_set(err, ERROR_USAGE,
			"the duration_seconds of %s is %u: 900 to 43200 are "
			"allowed", whose, s->duration);
	return 0;
}

int recipe_add(struct aws_recipe *r, const struct role_step *step,
	const char *whose, struct error *err)
{
	struct role_step *grown;
	int bad = check_step(step, whose, err);

	if (bad < 0)
		return bad;
	if (r->count == ROLES_MAX)
		return error_set(err, ERROR_USAGE,
			"%s is role number %d of a chain: %d are too many",
			whose, ROLES_MAX + 1, ROLES_MAX + 1);
	grown = reallocarray(r->steps, r->count + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	r->steps = grown;
	grown[r->count++] = *step;
	return 0;
}

int sources_ask(const struct credential_source *const *sources,
	const struct source_request *q, struct aws_recipe *ret,
	bool *ret_found, struct error *err)
{
	int r = 0;

	for (; r >= 0 && !*ret_found && *sources; sources++)
		r = (*sources)->load(q, ret, ret_found, err);
	return r;
}
