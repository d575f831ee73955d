/* SPDX-License-Identifier: Apache-2.0 */
/* Roles on top of a session's keys. */
#include "aws/role/role.h"

#include "aws/query/session-private.h"
#include "aws/role/mfa.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The same in a whole run: its role session's ARN stays what it is. */
static const char *session_name(struct aws_session *s,
	const struct role_step *step)
{
	if (step->session_name[0])
		return step->session_name;
	if (!s->session_name[0])
		snprintf(s->session_name, sizeof(s->session_name),
			"tokenbridge-%lld", (long long)time(NULL));
	return s->session_name;
}

static const char *given(const char *s)
{
	return *s ? s : NULL;
}

/* By AssumeRole; with a code where its device is still to be asked. */
static int assume(struct aws_session *s, const struct sign_in *how,
	const struct role_step *step, bool with_code,
	struct aws_credentials *ret, struct error *err)
{
	struct sts_request q = {
		.role = step->arn,
		.session_name = session_name(s, step),
		.external_id = given(step->external_id),
		.duration = step->duration,
	};
	char code[STS_CODE_LEN + 1] = "", purpose[256];
	int r = 0;

	if (with_code) {
		snprintf(purpose, sizeof(purpose), "to assume role '%.200s'",
			step->arn);
		r = mfa_code(s, how, step->mfa_serial, purpose, code, err);
		q.serial = step->mfa_serial;
		q.code = code;
	}
	if (r >= 0)
		r = sts_assume_role(s, &q, ret, err);
	wipe(code, sizeof(code));
	return r;
}

static int assume_by_token(struct aws_session *s, const struct role_step *step,
	struct aws_credentials *ret, struct error *err)
{
	const struct sts_request q = {
		.role = step->arn,
		.session_name = session_name(s, step),
		.duration = step->duration,
	};

	return sts_assume_role_with_web_identity(s, &q,
		&s->settings.recipe.web_token, ret, err);
}

/* Only long-term keys can open a session with MFA. */
static bool wants_mfa_session(const struct aws_session *s,
	const struct sign_in *how, size_t i)
{
	const struct aws_recipe *r = &s->settings.recipe;

	return i == 0 && how->lasting && r->steps[i].mfa_serial[0] &&
		r->keys.token.n == 0;
}

static int take_step(struct aws_session *s, const struct sign_in *how,
	size_t i, struct error *err)
{
	const struct aws_recipe *recipe = &s->settings.recipe;
	const struct role_step *step = &recipe->steps[i];
	struct aws_credentials keys = { .expires = 0 };
	bool by_token = i == 0 && recipe->web_token.n > 0, has_mfa = false;
	int r = 0;

	if (wants_mfa_session(s, how, i))
		r = mfa_open(s, how, step->mfa_serial, &has_mfa, err);
	if (r < 0)
		return r;
	r = by_token ? assume_by_token(s, step, &keys, err) :
		assume(s, how, step, step->mfa_serial[0] && !has_mfa, &keys,
			err);
	if (r < 0)
		return r;
	credentials_done(&s->taken);
	s->taken = keys;
	return 0;
}

/* What a person reads of them. */
static void name_origin(struct aws_session *s)
{
	const struct aws_recipe *r = &s->settings.recipe;
	const char *base = r->web_token.n > 0 ? "a web identity" :
		r->keys.origin;

	snprintf(s->taken.origin, sizeof(s->taken.origin),
		"role '%.120s' by %.120s", r->steps[r->count - 1].arn, base);
	utf8_sanitise(s->taken.origin);
}

int role_sign_in(struct aws_session *s, const struct sign_in *how,
	struct error *err)
{
	struct aws_credentials before = s->taken;
	size_t i;
	int r = 0;

	if (s->settings.recipe.count == 0)
		return 0;
	/* from the beginning, with the recipe's own keys */
	s->taken = (struct aws_credentials){ .expires = 0 };
	for (i = 0; r >= 0 && i < s->settings.recipe.count; i++)
		r = take_step(s, how, i, err);
	if (r < 0) {
		credentials_done(&s->taken);
		s->taken = before;
		return r;
	}
	credentials_done(&before);
	name_origin(s);
	return 0;
}

static bool is_elsewhere(const struct aws_config *a, const struct aws_config *b)
{
	enum aws_service i;

	if (strcmp(a->way.proxy, b->way.proxy) != 0)
		return true;
	for (i = 0; i < AWS_SERVICES; i++)
		if (strcmp(a->endpoints[i].url, b->endpoints[i].url) != 0 ||
			strcmp(a->endpoints[i].region,
				b->endpoints[i].region) != 0)
			return true;
	return false;
}

/* The recipe again, by the same settings. */
static int reload(struct aws_session *s, struct error *err)
{
	CLEANUP(settings_done) struct aws_settings fresh = {
		.has_owner = false };
	int r = settings_load(&fresh, &s->options, err);

	if (r < 0)
		return r;
	if (is_elsewhere(&fresh.config, &s->settings.config))
		return error_set(err, ERROR_REFUSED,
			"the AWS settings were changed while this ran, and "
			"lead to another endpoint now: run it again");
	recipe_done(&s->settings.recipe);
	recipe_move(&s->settings.recipe, &fresh.recipe);
	return 0;
}

static int say_over(const struct aws_session *s,
	const struct aws_credentials *c, struct error *err)
{
	int64_t left = mfa_left(s, c);
	char age[32];

	text_format_age((time_t)(left < 0 ? -left : left), age, sizeof(age));
	return error_set(err, ERROR_FAILED,
		"the credentials (%.120s) %s %s%s and cannot be renewed here: "
		"sign in again, and run it again to go on", c->origin,
		left < 0 ? "ended" : "end in", age, left < 0 ? " ago" : "");
}

/* A token of a web identity is written anew by whoever made it. */
static int renew_base(struct aws_session *s, struct error *err)
{
	const struct aws_recipe *r = &s->settings.recipe;

	if (r->web_token.n > 0)
		return reload(s, err);
	if (mfa_left(s, &r->keys) >= ROLE_LEFT_MIN)
		return 0;
	return r->keys.renewable ? reload(s, err) : say_over(s, &r->keys, err);
}

int role_renew(struct aws_session *s, const struct sign_in *how,
	bool *ret_renewed, struct error *err)
{
	int r;

	*ret_renewed = false;
	if (mfa_left(s, aws_session_credentials(s)) >= ROLE_LEFT_MIN)
		return 0;
	r = renew_base(s, err);
	if (r >= 0)
		r = role_sign_in(s, how, err);
	/* a source may give what it has until it has something new */
	if (r >= 0 && mfa_left(s, aws_session_credentials(s)) <= 0)
		r = say_over(s, aws_session_credentials(s), err);
	*ret_renewed = r >= 0;
	return r;
}
