/* SPDX-License-Identifier: Apache-2.0 */
/* A second key in the same run. */
#include "bridge/enroll/enroll.h"

#include "bridge/guide/guide.h"

#include <stdio.h>
#include <string.h>

#define POLL_MS 500

/* ---- the sign-in between ---- */

/* Who has no password does not sign in: an administrator registers both. */
static bool signs_in(const struct mfa_request *q)
{
	bool password = true;

	return iam_get_login_profile(q->aws->session, q->user, &password,
		NULL) < 0 || password;
}

static int tell_sign_in(const struct run *run, const struct mfa_request *q,
	const struct mfa_enrolled *first, struct error *err)
{
	const struct guide_values values = {
		.partition = aws_session_partition(q->aws->session)->name,
		.value = {
			[GUIDE_ACCOUNT] = q->aws->caller.account,
			[GUIDE_DEVICE_NAME] = first->facts.device_name,
			[GUIDE_USER] = q->user,
		},
	};
	char answer[16];
	struct error why;
	int r;

	run_say(run, "Now sign in anew, with the key that was registered:");
	r = guide_tell(run, "user-sign-in-again", &values, NULL, &why);
	if (r == -ERROR_UNSUPPORTED) /* an address that is not known */
		return 0;
	if (r < 0)
		return error_copy(err, &why);
	r = run_ask_text(run, "Press Enter when you are signed in with it: ",
		answer, sizeof(answer), &why);
	/* nobody is there to be asked: the steps were told */
	return r < 0 && r != -ERROR_PIN && r != -ERROR_USAGE ?
		error_copy(err, &why) : 0;
}

/* ---- the second key ---- */

/* The first one may be plugged in still, or not. */
static int list_others(const struct run *run, const struct mfa_request *q,
	const struct mfa_enrolled *first, struct attached *a,
	struct error *err)
{
	const struct wanted any = { .name = NULL };
	const struct wanted same = { .name = first->facts.token,
		.reg = q->reg };
	struct error why;
	int r = attached_find(run, &same, a, &why);

	if (r != -ERROR_NO_TOKEN)
		return r < 0 ? error_copy(err, &why) : 0;
	attached_done(a);
	r = attached_list(run, &any, a, &why);
	return r == -ERROR_NO_TOKEN ? 0 : r < 0 ? error_copy(err, &why) : 0;
}

/* NULL: none but the first one; *ret_n says how many others there are. */
static const struct token *other_of(const struct attached *a, size_t *ret_n)
{
	const struct token *other = NULL;
	size_t i;

	*ret_n = 0;
	for (i = 0; i < a->n; i++) {
		if (&a->tokens[i] == a->chosen)
			continue;
		other = &a->tokens[i];
		++*ret_n;
	}
	return other;
}

static int look_for_other(const struct run *run, const struct mfa_request *q,
	const struct mfa_enrolled *first, char ret[NODE_PATH_LEN],
	struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	const struct token *other;
	size_t n;
	int r = list_others(run, q, first, &a, err);

	if (r < 0)
		return r;
	other = other_of(&a, &n);
	if (n > 1)
		return error_set(err, ERROR_NO_TOKEN,
			"%zu other tokens are plugged in: leave the second key "
			"alone there, beside the first one at most", n);
	ret[0] = '\0';
	if (other)
		snprintf(ret, NODE_PATH_LEN, "%s", other->node.path);
	return 0;
}

static int wait_for_other(const struct run *run, const struct mfa_request *q,
	const struct mfa_enrolled *first, char ret[NODE_PATH_LEN],
	struct error *err)
{
	deadline_t until = deadline_in(q->wait_s * 1000);
	bool said = false;
	int r;

	for (;;) {
		r = look_for_other(run, q, first, ret, err);
		if (r < 0 || ret[0])
			return r;
		if (deadline_passed(until))
			return error_set(err, ERROR_NO_TOKEN,
				"no second key was plugged in within %lld s",
				(long long)q->wait_s);
		if (!said)
			run_say(run, "Plug in the second key.");
		said = true;
		r = run_pause(run, POLL_MS, err);
		if (r < 0)
			return r;
	}
}

/* ---- together ---- */

/* By its credential, whatever it says of itself. */
struct other {
	const struct mfa_request *q;
	const char *token; /* row of the first one */
};

static int admit_other(void *data, const struct registry_token *row,
	struct error *err)
{
	const struct other *o = data;

	if (strcmp(row->id, o->token) == 0)
		return error_set(err, ERROR_CONFLICT,
			"this is the first key, and the second one is to be "
			"another");
	return o->q->admit ? o->q->admit(o->q->admit_data, row, err) : 0;
}

int mfa_enroll_also(const struct run *run, const struct mfa_request *q,
	const struct mfa_enrolled *first, const char *label,
	struct mfa_enrolled *ret, struct error *err)
{
	struct other other = { q, first->facts.token };
	struct mfa_request second = *q;
	char path[NODE_PATH_LEN];
	int r = 0;

	second.signed_in = signs_in(q);
	if (second.signed_in)
		r = tell_sign_in(run, q, first, err);
	if (r == 0)
		r = wait_for_other(run, q, first, path, err);
	if (r < 0)
		return r;
	second.wanted.name = path;
	second.label = label[0] ? label : NULL;
	second.device = NULL;
	second.journal = NULL;
	second.admit = admit_other;
	second.admit_data = &other;
	return mfa_enroll(run, &second, ret, err);
}
