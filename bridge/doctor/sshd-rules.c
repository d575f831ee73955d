/* SPDX-License-Identifier: Apache-2.0 */
/* sshd's settings, judged. */
#include "bridge/doctor/sshd-rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- does sshd start ---- */

static bool is_none(const struct sshd_value *v)
{
	return !v->text || strcasecmp(v->text, "none") == 0;
}

/* Who signs for a certificate has none for that himself. */
static void judge_empty_lists(const struct sshd_config *c, struct findings *f)
{
	static const struct {
		enum sshd_setting setting;
		const char *name;
		bool certificates;
	} rows[] = {
		{ SSHD_PUBKEY_ALGORITHMS, "PubkeyAcceptedAlgorithms", true },
		{ SSHD_HOSTBASED_ALGORITHMS, "HostbasedAcceptedAlgorithms",
			true },
		{ SSHD_HOST_KEY_ALGORITHMS, "HostKeyAlgorithms", true },
		{ SSHD_CA_ALGORITHMS, "CASignatureAlgorithms", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const char *list = c->global[rows[i].setting].text;

		if (list && list[0] != '-' &&
			sshd_algorithms_none(list, rows[i].certificates))
			findings_add(f, FINDING_FAIL, "sshd-settings",
				rows[i].name, NULL,
				"it admits no type of key: sshd does not start");
	}
}

/* It looks at what counts before it knows anybody. */
static void judge_start(const struct sshd_config *c, struct findings *f)
{
	if (c->wrong.text)
		findings_add(f, FINDING_FAIL, "sshd-settings", c->wrong.file,
			"`sshd -t` names what it refuses",
			"line %u: %s; sshd does not start", c->wrong.number,
			c->wrong.text);
	if (c->unknown.text)
		findings_add(f, FINDING_UNKNOWN, "sshd-settings",
			c->unknown.file, "`sshd -t` tells whether it has it",
			"line %u: '%s' is not known here: where sshd does not "
			"know it either it does not start",
			c->unknown.number, c->unknown.text);
	if (!is_none(&c->global[SSHD_KEYS_COMMAND]) &&
		!c->global[SSHD_KEYS_COMMAND_USER].text)
		findings_add(f, FINDING_FAIL, "sshd-user",
			"AuthorizedKeysCommandUser",
			"AuthorizedKeysCommandUser tokenbridge-keys",
			"it is not set: sshd does not start with a command and "
			"no user for it");
	if (!is_none(&c->global[SSHD_PRINCIPALS_COMMAND]) &&
		!c->global[SSHD_PRINCIPALS_USER].text)
		/* 9.2 takes none behind an AuthorizedKeysCommand */
		findings_add(f, c->global[SSHD_KEYS_COMMAND].text ?
			FINDING_UNKNOWN : FINDING_FAIL, "sshd-settings",
			"AuthorizedPrincipalsCommandUser",
			"name a user of its own",
			"it is not set: sshd does not start with a command and "
			"no user for it");
	if (!sshd_methods_met(c->global, false))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"AuthenticationMethods", "switch on what it wants",
			"each list of `%s` wants what is switched off: sshd "
			"does not start", c->global[SSHD_METHODS].text);
	judge_empty_lists(c, f);
}

/* ---- the command ---- */

static void judge_path(const struct sshd_facts *facts, const char *command,
	struct findings *f)
{
	char remedy[160];
	int bad = path_steps_bad(facts->steps, facts->steps_n);

	snprintf(remedy, sizeof(remedy), "AuthorizedKeysCommand %s %%u %%f",
		facts->expected);
	if (facts->steps_n == 0)
		findings_add(f, FINDING_FAIL, "sshd-command", command, remedy,
			"there is no such program: sshd gets no keys");
	else if (bad >= 0)
		findings_add(f, FINDING_FAIL, "sshd-command", command,
			"give it to root and take writing from others, or "
			"install it elsewhere",
			"sshd does not run it: '%s' has owner %u and mode "
			"%04o, and it and each directory above must be "
			"root's and writable by nobody else",
			facts->steps[bad].path,
			(unsigned)facts->steps[bad].uid,
			(unsigned)facts->steps[bad].mode & 07777);
	else if (!facts->executable)
		findings_add(f, FINDING_FAIL, "sshd-command", command,
			"chmod 755", "it may not be executed");
	else
		findings_add(f, FINDING_OK, "sshd-command", command, NULL,
			"sshd may run it");
}

static void judge_arguments(const char *command, const struct sshd_words *w,
	struct findings *f)
{
	if (w->n == 3 && strcmp(w->word[1], "%u") == 0 &&
		strcmp(w->word[2], "%f") == 0)
		return;
	/* without any, sshd gives it the user's name */
	if (w->n == 1 || (w->n == 2 && strcmp(w->word[1], "%u") == 0))
		findings_add(f, FINDING_WARN, "sshd-command", command,
			"its arguments are %u %f",
			"without %%f sshd is told all keys of the user at each "
			"attempt");
	else
		findings_add(f, FINDING_FAIL, "sshd-command", command,
			"its arguments are %u %f, and nothing may stand behind "
			"them, not even a comment",
			"its arguments are not %%u %%f: it does not learn "
			"whose key it is");
}

/* The line that names our command, and the one that counts. */
static void tell_passed(const struct sshd_config *c, struct findings *f)
{
	const struct sshd_value *first = &c->global[SSHD_KEYS_COMMAND];

	findings_add(f, FINDING_FAIL, "sshd-command", c->passed.file,
		"take the other one out, or put this one before it",
		"line %u has " SSHD_OUR_COMMAND " and does not count: line %u "
		"of %s comes before it, and the first one counts",
		c->passed.number, first->number, first->file);
}

/* Another command or none. */
static void judge_other(const struct sshd_config *c, struct findings *f)
{
	const struct sshd_value *v = &c->value[SSHD_KEYS_COMMAND];
	const enum finding_status status = c->unsure[SSHD_KEYS_COMMAND] ?
		FINDING_WARN : FINDING_OK;

	if (is_none(v))
		findings_add(f, status, "sshd-command",
			"AuthorizedKeysCommand", NULL,
			"it is not set: sshd asks nothing of login.db");
	else
		findings_add(f, status, "sshd-command", v->text, NULL,
			"it is another program than " SSHD_OUR_COMMAND
			": sshd asks nothing of login.db");
}

static bool judge_command(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	const char *command = c->value[SSHD_KEYS_COMMAND].text;
	CLEANUP(sshd_words_done) struct sshd_words w = { 0 };
	bool whole = true;

	if (!sshd_command_is(command, SSHD_OUR_COMMAND)) {
		if (c->passed.text)
			tell_passed(c, f);
		else if (!command || (strstr(command, SSHD_OUR_COMMAND) ==
				NULL))
			judge_other(c, f);
		else
			findings_add(f, FINDING_FAIL, "sshd-command", command,
				"write the line anew",
				"it mentions " SSHD_OUR_COMMAND " and does not "
				"run it");
		return false;
	}
	if (sshd_split(command, false, &w, &whole, NULL) < 0 || w.n == 0) {
		f->failed = true;
		return true;
	}
	judge_path(facts, w.word[0], f);
	judge_arguments(w.word[0], &w, f);
	return true;
}

/* ---- its user ---- */

static void judge_user(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	const char *user = c->value[SSHD_KEYS_COMMAND_USER].text;
	char text[160];

	if (!user) {
		if (!is_none(&c->global[SSHD_KEYS_COMMAND]))
			return; /* that is said */
		findings_add(f, FINDING_FAIL, "sshd-user",
			"AuthorizedKeysCommandUser",
			"AuthorizedKeysCommandUser tokenbridge-keys",
			"it is not set: sshd gets no keys");
		return;
	}
	if (strchr(user, '%')) {
		findings_add(f, FINDING_UNKNOWN, "sshd-user", user,
			"take one user for all",
			"it is another user for each person, who must be in "
			"group '%s'", facts->group);
		return;
	}
	snprintf(text, sizeof(text), "usermod -aG %s %s", facts->group, user);
	if (!facts->user_known)
		findings_add(f, FINDING_FAIL, "sshd-user", user,
			"make a system user of that name",
			"this machine has no such user: sshd gets no keys");
	else if (facts->user_uid == 0)
		findings_add(f, FINDING_WARN, "sshd-user", user,
			"take a user of its own, who is in the group that "
			"reads login.db",
			"the command runs as root: it needs no such power");
	else if (!facts->in_group)
		findings_add(f, FINDING_FAIL, "sshd-user", user, text,
			"the user is not in group '%s', which reads login.db: "
			"sshd gets no keys", facts->group);
	else
		findings_add(f, FINDING_OK, "sshd-user", user, NULL,
			"the user is in group '%s', which reads login.db",
			facts->group);
}

/* ---- what else keeps keys out ---- */

static void judge_algorithms(const char *list, struct findings *f)
{
	static const char *const types[] = { "sk-ssh-ed25519@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com" };
	static const char name[] = "PubkeyAcceptedAlgorithms";
	bool first, second;

	if (!list)
		return;
	first = sshd_algorithms_have(list, types[0]);
	second = sshd_algorithms_have(list, types[1]);
	if (list[0] == '-' && sshd_algorithms_none(list, true))
		findings_add(f, FINDING_WARN, "sshd-settings", name,
			"say which types are meant",
			"it takes all types away: sshd 9.2 then takes the "
			"default, another may take no key");
	else if (!first && !second)
		findings_add(f, FINDING_FAIL, "sshd-settings", name,
			"`ssh -Q PubkeyAcceptedAlgorithms` names them: add "
			"those that begin with sk-",
			"it leaves out the sk keys of tokens");
	else if (!first || !second)
		findings_add(f, FINDING_WARN, "sshd-settings", name,
			"add it, where somebody has such a key",
			"it leaves out keys of type %s", types[first]);
}

/* Other ways in by a key, which sshd looks at before it runs the command. */
static void judge_other_keys(const struct sshd_config *c, struct findings *f)
{
	const char *files = c->value[SSHD_KEYS_FILE].text;

	if (!files || strcasecmp(files, "none") != 0)
		findings_add(f, FINDING_WARN, "sshd-settings",
			"AuthorizedKeysFile", "AuthorizedKeysFile none",
			"keys in %s count, too, and before those of login.db: "
			"whoever writes there logs in without a token",
			files ? files : "each person's .ssh/authorized_keys");
	if (!is_none(&c->value[SSHD_CA_KEYS]))
		findings_add(f, FINDING_WARN, "sshd-settings",
			"TrustedUserCAKeys", NULL,
			"certificates by '%s' let in without a token",
			c->value[SSHD_CA_KEYS].text);
}

static bool sshd_is(const struct sshd_config *c, enum sshd_setting s,
	const char *value)
{
	return c->value[s].text && strcasecmp(c->value[s].text, value) == 0;
}

/* Those whom sshd turns away whatever key they have. */
static void judge_person(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	enum sshd_setting by = SSHD_SETTINGS;
	enum sshd_truth admits = facts->who && facts->who->name ?
		sshd_admits(c, facts->who, &by) : SSHD_YES;

	if (admits != SSHD_YES)
		findings_add(f, admits == SSHD_NO ? FINDING_FAIL :
			FINDING_UNKNOWN, "sshd-settings",
			sshd_setting_name(by), NULL,
			"by line %u of %s %s%s", c->value[by].number,
			c->value[by].file, facts->who->name,
			admits == SSHD_NO ? " may not log in by ssh at all" :
			" may or may not log in: by where from, or by groups "
			"that are not known");
	if (facts->shell_wrong && is_none(&c->value[SSHD_CHROOT]))
		findings_add(f, FINDING_FAIL, "sshd-person", facts->person,
			"usermod -s", "sshd turns %s away: the shell %s",
			facts->person, facts->shell_wrong);
	if (facts->locked && !sshd_is(c, SSHD_USE_PAM, "yes"))
		findings_add(f, FINDING_FAIL, "sshd-person", facts->person,
			"UsePAM yes, or usermod -p '*'",
			"the account is locked ('!' in /etc/shadow), and "
			"without UsePAM sshd takes no key of it");
	if (facts->person && facts->who && facts->person_uid == 0 &&
		(sshd_is(c, SSHD_ROOT_LOGIN, "no") ||
			sshd_is(c, SSHD_ROOT_LOGIN, "forced-commands-only")))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"PermitRootLogin", "PermitRootLogin prohibit-password",
			"it is `%s`: no key of login.db lets %s in",
			c->value[SSHD_ROOT_LOGIN].text, facts->person);
}

static void judge_settings(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	const char *options = c->value[SSHD_PUBKEY_OPTIONS].text;
	const char *methods = c->value[SSHD_METHODS].text;

	if (sshd_is(c, SSHD_PUBKEY, "no"))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"PubkeyAuthentication", "PubkeyAuthentication yes",
			"it is `no`: no key lets anybody in");
	if (!sshd_methods_met(c->value, true))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"AuthenticationMethods", "add publickey, and switch on "
			"what else it wants",
			"it is `%s`, and no list of it has publickey and "
			"nothing that is switched off (keyboard-interactive "
			"goes by UsePAM): no key lets anybody in", methods);
	if (c->value[SSHD_FINGERPRINT_HASH].text &&
		!sshd_is(c, SSHD_FINGERPRINT_HASH, "sha256"))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"FingerprintHash", "FingerprintHash sha256",
			"it is `%s`: tokenbridge-keys knows keys by SHA-256 "
			"only, and sshd gets none",
			c->value[SSHD_FINGERPRINT_HASH].text);
	judge_algorithms(c->value[SSHD_PUBKEY_ALGORITHMS].text, f);
	if (options && strcasestr(options, "verify-required"))
		findings_add(f, FINDING_OK, "sshd-settings",
			"PubkeyAuthOptions", NULL,
			"every sk key needs the token's PIN "
			"(verify-required), whatever login.db says");
	if (facts->revoked_is_relative)
		findings_add(f, FINDING_UNKNOWN, "sshd-settings", "RevokedKeys",
			"give its whole path",
			"'%s' is looked for in the folder that sshd was "
			"started in: where it is not there every key is "
			"refused", c->value[SSHD_REVOKED].text);
	if (facts->revoked_gone)
		findings_add(f, FINDING_FAIL, "sshd-settings", "RevokedKeys",
			"make the file, if only an empty one",
			"'%s' cannot be read: sshd then refuses every key",
			c->value[SSHD_REVOKED].text);
	judge_other_keys(c, f);
}

/* Settings of Match blocks that may count. */
static void judge_unsure(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	int i;

	for (i = 0; i < SSHD_SETTINGS; i++)
		if (c->unsure[i])
			findings_add(f, facts->person ? FINDING_UNKNOWN :
				FINDING_WARN, "sshd-settings", "Match",
				"`sshd -T -C user=NAME,host=HOST,addr=ADDRESS` "
				"shows what counts for one person",
				"%s is set by a Match block, and whether that "
				"counts is not known%s",
				sshd_setting_name((enum sshd_setting)i),
				facts->person ? "" : ": name a LOCALUSER");
}

bool sshd_judge(const struct sshd_config *c, const struct sshd_facts *facts,
	struct findings *f)
{
	bool ours;

	judge_start(c, f);
	if (c->wrong.text)
		return sshd_command_is(c->value[SSHD_KEYS_COMMAND].text,
			SSHD_OUR_COMMAND);
	ours = judge_command(c, facts, f);
	if (ours) {
		judge_user(c, facts, f);
		judge_settings(c, facts, f);
		judge_person(c, facts, f);
	}
	judge_unsure(c, facts, f);
	if (sshd_is(c, SSHD_USE_PAM, "no"))
		findings_add(f, FINDING_OK, "sshd-settings", "UsePAM", NULL,
			"it is `no`: sshd runs no PAM line");
	return ours;
}
