/* SPDX-License-Identifier: Apache-2.0 */
/* What a person says of root, where AWS tells nobody here. */
#include "bridge/root/sight.h"

#include "base/person.h"
#include "bridge/root/stated.h"

#include <stdio.h>
#include <string.h>

static const char PERSON[] = "a person";

static const struct {
	enum root_fact id;
	const char *question;
} questions[] = {
	{ ROOT_PASSWORD, "Does root have a password? The account signs in at "
		"the console with its email address" },
	{ ROOT_KEYS, "Does root have access keys? \"Security credentials\" of "
		"root lists them" },
	{ ROOT_CERTIFICATES, "Does root have X.509 signing certificates? "
		"Listed there, too" },
	{ ROOT_MFA, "Does root have an MFA device? Listed there, too" },
	{ ROOT_VIRTUAL, "Is one of them of the type \"Virtual\", which is an "
		"app" },
};

static bool is_needed(const struct root_sight *s, enum root_fact id)
{
	return id != ROOT_VIRTUAL || s->fact[ROOT_MFA].answer == AUDIT_YES;
}

int root_ask(const struct run *run, const char *account,
	const struct partition *partition, struct root_sight *ret,
	struct error *err)
{
	size_t i;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->account, sizeof(ret->account), "%s", account);
	ret->partition = partition;
	ret->in_use = IAM_UNKNOWN;
	if (partition->root == ROOT_NONE)
		return 0;
	ret->stated = true;
	stated_by(ret->stated_by);
	run_say(run, "AWS is not asked: say what the console of account %s "
		"shows to its root user. ? is \"not known\".",
		account);
	for (i = 0; r == 0 && i < ARRAY_LEN(questions); i++) {
		enum root_fact id = questions[i].id;
		struct audit_fact *f = &ret->fact[id];

		*f = (struct audit_fact){ .answer = AUDIT_NO,
			.source = PERSON, .when = time(NULL) };
		if (is_needed(ret, id))
			r = stated_ask(run, questions[i].question, &f->answer,
				err);
		if (r == 0 && f->answer == AUDIT_NOT_KNOWN)
			f->why = "the person does not know";
	}
	return r;
}
