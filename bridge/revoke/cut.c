/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a user's access. */
#include "bridge/revoke/cut.h"

#include "base/shell.h"
#include "bridge/account/passing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char deny_all[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":"
	"\"TokenbridgeRevoked\",\"Effect\":\"Deny\",\"Action\":\"*\","
	"\"Resource\":\"*\"}]}";

#define KEYS_MAX 16 /* AWS has two for each user */
#define SENDS 3     /* of one act whose answer is lost */

struct cut {
	struct revoke_work *w;
	const char *user;
	const char *key; /* that is switched off */
};

struct keys {
	struct iam_access_key p[KEYS_MAX];
	size_t n;
};

/* ---- one act ---- */

static int send_policy(void *data, struct error *err)
{
	struct cut *c = data;

	return iam_put_user_policy(c->w->aws->session, c->user, CUT_POLICY,
		deny_all, err);
}

static int send_key(void *data, struct error *err)
{
	struct cut *c = data;

	return iam_update_access_key(c->w->aws->session, c->user, c->key,
		false, err);
}

static int send_password(void *data, struct error *err)
{
	struct cut *c = data;

	return iam_delete_login_profile(c->w->aws->session, c->user, err);
}

/*
 * Until AWS has answered: each of the acts may be done twice. *ret_doubt: an
 * answer was lost before, so that "no such" may be our own doing.
 */
static int send_sure(struct cut *c, passing_fn *send, bool *ret_doubt,
	struct error *err)
{
	struct error e;
	int i, r;

	for (i = 1;; i++) {
		r = passing_send(c->w->run, send, c, false, &e);
		if (r == 0 || !revoke_is_unknown(&e) || i == SENDS)
			break;
		*ret_doubt = true;
		r = run_pause(c->w->run, 1000 * i, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? error_copy(err, &e) : 0;
}

static char *command_of(const struct cut *c, const char *act,
	const char *first, const char *second)
{
	CLEANUP(free_p) char *user = text_format("--user-name=%s", c->user);
	const char *const words[] = { "aws", "iam", act, user, first, second,
		NULL };

	return user ? shell_line(words) : NULL;
}

/* The command that does the same. */
static char *policy_command(const struct cut *c)
{
	CLEANUP(free_p) char *document = text_format("--policy-document=%s",
		deny_all);

	return document ? command_of(c, "put-user-policy",
		"--policy-name=" CUT_POLICY, document) : NULL;
}

static char *key_command(const struct cut *c)
{
	CLEANUP(free_p) char *key = text_format("--access-key-id=%s", c->key);

	return key ? command_of(c, "update-access-key", key,
		"--status=Inactive") : NULL;
}

static char *password_command(const struct cut *c)
{
	return command_of(c, "delete-login-profile", NULL, NULL);
}

/* ---- each of them ---- */

struct act {
	const char *what;
	passing_fn *send;
	char *(*command)(const struct cut *c);
	const char *done; /* what is so behind it */
};

static const struct act put_policy = { "policy", send_policy, policy_command,
	"denies everything, also to sessions that were opened before" };
static const struct act stop_key = { "access-key", send_key, key_command,
	"inactive" };
static const struct act drop_password = { "password", send_password,
	password_command, "deleted" };

static void cut_tell(struct cut *c, const struct act *a, const char *subject,
	enum revoke_outcome outcome, const char *text)
{
	revoke_tell(c->w->receipt, &(struct revoke_row){ outcome, a->what,
		subject, c->user, c->w->aws->caller.account, text, NULL });
}

static int cut_one(struct cut *c, const struct act *a, const char *subject,
	struct error *err)
{
	bool doubt = false;
	struct error e;
	int r;

	if (c->w->lost) {
		revoke_leave(c->w, a->what, subject, c->user,
			"not asked for: AWS did not answer", a->command(c));
		return 0;
	}
	r = send_sure(c, a->send, &doubt, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r == 0)
		cut_tell(c, a, subject, REVOKE_DONE, a->done);
	else if (a != &put_policy && strcmp(e.foreign, "NoSuchEntity") == 0)
		cut_tell(c, a, subject, doubt ? REVOKE_DONE : REVOKE_GONE,
			doubt ? "is not there any more" : "was gone already");
	else
		revoke_leave(c->w, a->what, subject, c->user, e.text,
			a->command(c));
	c->w->lost = r < 0 && revoke_is_unknown(&e);
	return 0;
}

/* ---- all of them ---- */

static int see_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	struct keys *keys = data;

	if (!key->active)
		return 0;
	if (keys->n == KEYS_MAX)
		return error_set(err, ERROR_MALFORMED,
			"AWS lists more than %d access keys", KEYS_MAX);
	keys->p[keys->n++] = *key;
	return 0;
}

/* A list that is refused is a row: nobody knows what stays. */
static int list_keys(struct cut *c, struct keys *keys, struct error *err)
{
	struct error e;
	int r;

	if (c->w->lost)
		return 0;
	r = iam_list_access_keys(c->w->aws->session, c->user, see_key, keys,
		&e);
	if (r == 0 || strcmp(e.foreign, "NoSuchEntity") == 0)
		return 0;
	if (e.code == ERROR_INTERRUPTED)
		return error_copy(err, &e);
	c->w->lost = revoke_is_unknown(&e);
	revoke_leave(c->w, "access-key", NULL, c->user, e.text,
		command_of(c, "list-access-keys", NULL, NULL));
	return 0;
}

/* Who may not ask may still be right to delete: only `no` is a no. ret_why
 * has code 0 where AWS has said which. */
static int has_password(struct cut *c, bool *ret, struct error *ret_why,
	struct error *err)
{
	int r;

	*ret = true;
	error_set(ret_why, ERROR_UNREACHABLE,
		"not asked for: AWS did not answer");
	if (c->w->lost)
		return 0;
	r = iam_get_login_profile(c->w->aws->session, c->user, ret, ret_why);
	if (r < 0 && ret_why->code == ERROR_INTERRUPTED)
		return error_copy(err, ret_why);
	c->w->lost = r < 0 && revoke_is_unknown(ret_why);
	if (r == 0)
		ret_why->code = 0;
	return 0;
}

int cut_access(struct revoke_work *w, const char *user, struct error *err)
{
	struct cut c = { w, user, NULL };
	struct keys keys = { .n = 0 };
	bool password = false;
	struct error why;
	size_t i;
	int r;

	run_say(w->run, "Cutting the access of IAM user '%s': policy, keys, "
		"password.", user);
	r = cut_one(&c, &put_policy, CUT_POLICY, err);
	if (r == 0)
		r = list_keys(&c, &keys, err);
	for (i = 0; r == 0 && i < keys.n; i++) {
		c.key = keys.p[i].id;
		r = cut_one(&c, &stop_key, c.key, err);
	}
	if (r == 0)
		r = has_password(&c, &password, &why, err);
	if (r == 0 && password)
		r = cut_one(&c, &drop_password, NULL, err);
	return r;
}

int cut_say(struct revoke_work *w, const char *user, bool *ret_any,
	struct error *err)
{
	struct cut c = { w, user, NULL };
	CLEANUP(free_p) char *policy = policy_command(&c);
	struct keys keys = { .n = 0 };
	bool password = false;
	struct error why;
	size_t i, before = w->receipt->left;
	int r;

	r = list_keys(&c, &keys, err);
	if (r == 0)
		r = has_password(&c, &password, &why, err);
	if (r < 0)
		return r;
	for (i = 0; i < keys.n; i++) {
		c.key = keys.p[i].id;
		revoke_leave(w, "access-key", c.key, user,
			"active, and --cut-access was not given",
			key_command(&c));
	}
	if (password)
		revoke_leave(w, "password", NULL, user, why.code ? why.text :
			"there is one, and --cut-access was not given",
			password_command(&c));
	*ret_any = w->receipt->left > before;
	if (*ret_any && policy)
		run_say(w->run, "Before the rest, what denies everything to "
			"'%s':\n  %s", user, policy);
	return 0;
}

int cut_check_caller(const struct revoke_work *w, const struct iam_user *user,
	struct error *err)
{
	if (strcmp(user->id, w->aws->caller.user_id) != 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"'%s' is whose credentials are used here: the first step would "
		"stop the rest; run it as somebody else", user->name);
}
