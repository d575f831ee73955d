/* SPDX-License-Identifier: Apache-2.0 */
/* Setup's two questions that are not yes or no. */
#include "bridge/setup/step.h"

#include "base/text.h"
#include "bridge/account/role.h"

#include <stdio.h>
#include <string.h>

static int ask_role(struct setup *s, struct error *err)
{
	struct setup_result *ret = s->result;
	int r = 0;

	if (ret->role[0] || (s->q->without & SETUP_AWS))
		return ret->role[0] ? role_check_person(ret->role, err) : 0;
	if (s->q->only_look && !s->q->asks)
		return 0;
	if (!s->q->asks || s->q->yes)
		return error_set(err, ERROR_USAGE,
			"nobody is asked what you will do at AWS: name a "
			"role, as `tokenbridge setup enroller`, or say "
			"--without aws");
	run_say(s->run, "What will you do at AWS? enroller: give people keys. "
		"revoker: take them away. auditor: only look. root-observer: "
		"see to root. self: enroll a key of your own.");
	while (r == 0 && !ret->role[0]) {
		r = run_ask_text(s->run, "Role: ", ret->role,
			sizeof(ret->role), err);
		if (r == 0 && !role_is_persons(ret->role)) {
			run_say(s->run, "'%s' is none of them.", ret->role);
			ret->role[0] = '\0';
		}
	}
	return r;
}

static int ask_registry(struct setup *s, struct error *err)
{
	struct setup_result *ret = s->result;
	int r;

	if (ret->registry[0] || (s->q->without & SETUP_REGISTRY))
		return 0;
	if (s->q->only_look && !s->q->asks)
		return 0;
	if (!s->q->asks || s->q->yes)
		return error_set(err, ERROR_USAGE,
			"nobody is asked who may write the registry: name "
			"one of your own by --registry PATH, or say --without "
			"registry; the system's is made by root");
	run_say(s->run, "Who may write the registry? You alone: say where it "
		"is to be, as /home/alice/keys/registry.db. Root alone: end "
		"this, and run the same with sudo.");
	r = run_ask_text(s->run, "Registry: ", ret->registry,
		sizeof(ret->registry), err);
	if (r == 0 && ret->registry[0] != '/')
		return error_set(err, ERROR_USAGE,
			"'%.200s' is no whole path: it begins with a slash",
			ret->registry);
	return r;
}

int setup_ask(struct setup *s, struct error *err)
{
	int r = ask_role(s, err);

	return r < 0 ? r : ask_registry(s, err);
}
