/* SPDX-License-Identifier: Apache-2.0 */
/* One touch for as many roles as a run needs: a session with MFA. */
#include "aws/role/mfa.h"

#include "aws/query/session-private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t mfa_left(const struct aws_session *s, const struct aws_credentials *c)
{
	time_t now = aws_now(s);

	if (now < 0)
		now = time(NULL);
	return c->expires ? (int64_t)c->expires - (int64_t)now : INT64_MAX;
}

int mfa_code(struct aws_session *s, const struct sign_in *how,
	const char *serial, const char *purpose, char ret[STS_CODE_LEN + 1],
	struct error *err)
{
	int r;

	if (!how->codes)
		return error_set(err, ERROR_UNSUPPORTED,
			"a code of '%s' is needed %s, and nobody can be asked "
			"for it here", serial, purpose);
	r = how->codes->get(how->codes->self, serial, purpose, s->code, ret,
		err);
	if (r < 0)
		return r;
	snprintf(s->code, sizeof(s->code), "%s", ret);
	return 0;
}

static int copy_keys(struct aws_credentials *to,
	const struct aws_credentials *from, struct error *err)
{
	int r = credentials_set(to, from->key_id, from->key.p, from->key.n,
		from->token.p, from->token.n, from->origin, err);

	to->expires = from->expires;
	return r;
}

/* A policy's refusal, not one of the code. */
static bool is_not_allowed(const struct error *e)
{
	return e->code == ERROR_REMOTE &&
		strcmp(e->foreign, "AccessDenied") == 0 &&
		!strstr(e->text, "MultiFactorAuthentication failed");
}

static int make_session(struct aws_session *s, const struct sign_in *how,
	const char *serial, bool *ret_made, struct error *err)
{
	struct aws_credentials keys = { .expires = 0 };
	struct sts_request q = { .serial = serial };
	char code[STS_CODE_LEN + 1];
	struct error e;
	int r;

	r = mfa_code(s, how, serial, "to open a session with MFA", code, err);
	if (r < 0)
		return r;
	q.code = code;
	r = sts_get_session_token(s, &q, &keys, &e);
	wipe(code, sizeof(code));
	*ret_made = r >= 0;
	if (r < 0)
		return is_not_allowed(&e) ? 0 : error_copy(err, &e);
	snprintf(keys.origin, sizeof(keys.origin), "MFA session of %.200s",
		s->settings.recipe.keys.origin);
	credentials_done(&s->mfa);
	s->mfa = keys;
	snprintf(s->mfa_serial, sizeof(s->mfa_serial), "%s", serial);
	return 0;
}

int mfa_open(struct aws_session *s, const struct sign_in *how,
	const char *serial, bool *ret_made, struct error *err)
{
	int r = 0;

	*ret_made = s->mfa.key_id[0] && strcmp(s->mfa_serial, serial) == 0 &&
		mfa_left(s, &s->mfa) >= ROLE_LEFT_MIN;
	if (!*ret_made)
		r = make_session(s, how, serial, ret_made, err);
	return r < 0 || !*ret_made ? r : copy_keys(&s->taken, &s->mfa, err);
}
