/* SPDX-License-Identifier: Apache-2.0 */
/* What tokens need of this machine. */
#include "bridge/setup/step.h"

#include "base/person.h"
#include "bridge/doctor/tokens/tokens.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char GROUP[] = "group";
static const char TOKENS[] = "tokens";

static const enum setup_state states[FINDING_STATUSES] = {
	[FINDING_OK] = SETUP_ALREADY,
	[FINDING_WARN] = SETUP_NOTE,
	[FINDING_FAIL] = SETUP_LEFT,
	[FINDING_UNKNOWN] = SETUP_NOTE,
};

/* What doctor finds, in its own words; what is well is counted. */
static size_t add_findings(struct setup *s, const struct findings *f,
	bool group, const char *step)
{
	const struct finding *row = f->rows;
	size_t i, told = 0;

	for (i = 0; i < f->n; i++, row++) {
		bool is_group = strcmp(row->check, GROUP) == 0;

		if (is_group != group ||
			(!group && row->status == FINDING_OK))
			continue;
		setup_row(s, states[row->status], step, row->remedy,
			row->status == FINDING_FAIL ?
				"tokenbridge doctor tokens" : NULL,
			"%s: %s", row->subject, row->text);
		told++;
	}
	return told;
}

static int look_machine(struct setup *s, bool group, size_t *ret,
	struct error *err)
{
	CLEANUP(findings_done) struct findings f = { 0 };
	int r = doctor_tokens(&s->q->tokens, &f, err);

	if (r == 0)
		*ret = add_findings(s, &f, group, group ? GROUP : TOKENS);
	return r;
}

int setup_look_tokens(struct setup *s, bool *ret_todo, struct error *err)
{
	size_t told = 0;
	int r = look_machine(s, /* group= */ false, &told, err);

	*ret_todo = false;
	if (r == 0 && told == 0)
		setup_row(s, SETUP_ALREADY, TOKENS, NULL, NULL,
			"%zu plugged in; udev's rules, nodes and pcscd are as "
			"they should be", s->q->tokens.n);
	return r;
}

/* Who is to be in the group: named, or who called root and can say no. */
static int find_member(struct setup *s, struct error *err)
{
	struct person person;
	bool found = false;
	int r = 0;

	if (s->q->user) {
		if (!getpwnam(s->q->user))
			return error_set(err, ERROR_USAGE,
				"there is no local user '%.64s'", s->q->user);
		snprintf(s->member, sizeof(s->member), "%s", s->q->user);
		return strcmp(s->member, s->q->user) == 0 ? 0 :
			error_set(err, ERROR_USAGE,
				"the name '%.64s' is too long", s->q->user);
	}
	if (s->q->asks && !s->q->yes)
		r = person_who_called(&person, &found, err);
	if (r == 0 && found && strlen(person.name) < sizeof(s->member))
		memcpy(s->member, person.name, strlen(person.name) + 1);
	return r;
}

int setup_look_group(struct setup *s, bool *ret_todo, struct error *err)
{
	size_t told;
	bool in;
	int r;

	*ret_todo = false;
	if (geteuid() != 0) {
		if (s->q->user)
			return error_set(err, ERROR_USAGE,
				"--user: only root puts somebody into the "
				"group " TOKENS_GROUP);
		return look_machine(s, /* group= */ true, &told, err);
	}
	r = find_member(s, err);
	if (r < 0)
		return r;
	in = tokens_group_lists(s->member, &s->group_exists);
	if (s->group_exists && in) {
		setup_row(s, SETUP_ALREADY, GROUP, NULL, NULL,
			"'%s' is in the group " TOKENS_GROUP, s->member);
		return 0;
	}
	if (s->group_exists && !s->member[0]) {
		setup_row(s, SETUP_ALREADY, GROUP, NULL, NULL,
			"the group " TOKENS_GROUP " is there; --user NAME "
			"puts somebody into it");
		return 0;
	}
	*ret_todo = true;
	snprintf(s->question, sizeof(s->question), "%s%s%s%s%s",
		s->group_exists ? "" : "make the group " TOKENS_GROUP,
		!s->group_exists && s->member[0] ? " and " : "",
		s->member[0] ? "put '" : "", s->member,
		s->member[0] ? "' into it, so that tokens answer away from the "
		"screen too" : "");
	return 0;
}

/* As a package's installation does. */
static int make_group(struct setup *s, struct error *err)
{
	static const char *const make[] = { "/usr/bin/systemd-sysusers",
		"tokenbridge.conf", NULL };
	static const char *const reload[] = { "/usr/bin/udevadm", "control",
		"--reload", NULL };
	struct error e;
	int r = setup_execute(make, err);

	tokens_group_lists("", &s->group_exists);
	if (r == 0 && !s->group_exists)
		return error_set(err, ERROR_FAILED,
			"systemd-sysusers made no group " TOKENS_GROUP ": its "
			"file tokenbridge.conf is not installed");
	/* udev read the rule when there was no such group */
	if (r == 0 && setup_execute(reload, &e) < 0)
		setup_row(s, SETUP_NOTE, GROUP, "`udevadm control --reload` "
			"where udev runs, then plug tokens in again", NULL,
			"%s", e.text);
	return r;
}

int setup_act_group(struct setup *s, struct error *err)
{
	const char *const add[] = { "/usr/sbin/usermod", "--append", "--groups",
		TOKENS_GROUP, s->member, NULL };
	bool made = !s->group_exists;
	int r = made ? make_group(s, err) : 0;

	if (r == 0 && s->member[0])
		r = setup_execute(add, err);
	if (r < 0)
		return r;
	if (s->member[0] && !tokens_group_lists(s->member, &s->group_exists))
		return error_set(err, ERROR_FAILED,
			"usermod put nobody into the group " TOKENS_GROUP);
	setup_row(s, SETUP_DONE, GROUP, s->member[0] ?
		"it holds from the next login on" : NULL, NULL,
		"%s%s%s%s%s", made ? "made the group " TOKENS_GROUP : "",
		made && s->member[0] ? "; " : "", s->member[0] ? "put '" : "",
		s->member, s->member[0] ? "' into the group " TOKENS_GROUP : "");
	return 0;
}
