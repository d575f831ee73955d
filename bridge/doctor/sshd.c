/* SPDX-License-Identifier: Apache-2.0 */
/* sshd's settings: parsed, and judged. */
#include "bridge/doctor/sshd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\f"
#define DEPTH_MAX 16 /* of Include, as sshd has it */
#define COMMAND_NAME "tokenbridge-keys"

static const struct {
	const char *name;
	enum sshd_setting setting;
} keywords[] = {
	{ "AuthorizedKeysCommand", SSHD_KEYS_COMMAND },
	{ "AuthorizedKeysCommandUser", SSHD_KEYS_COMMAND_USER },
	{ "PubkeyAuthentication", SSHD_PUBKEY },
	{ "PubkeyAuthOptions", SSHD_PUBKEY_OPTIONS },
	{ "PubkeyAcceptedAlgorithms", SSHD_PUBKEY_ALGORITHMS },
	{ "PubkeyAcceptedKeyTypes", SSHD_PUBKEY_ALGORITHMS }, /* before 8.5 */
	{ "FingerprintHash", SSHD_FINGERPRINT_HASH },
	{ "UsePAM", SSHD_USE_PAM },
};

void sshd_config_done(struct sshd_config *c)
{
	int i;

	for (i = 0; i < SSHD_SETTINGS; i++)
		free(c->value[i]);
	*c = (struct sshd_config){ 0 };
}

/* ---- words ---- */

/* One word from p, which is not blank: its end. */
static char *take_word(char *p, char **to)
{
	char quote = '\0';

	for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
		if (quote && *p == quote)
			quote = '\0';
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else if (*p == '\\' && p[1] && strchr("\"'\\ ", p[1]))
			*(*to)++ = *++p;
		else
			*(*to)++ = *p;
	}
	return p;
}

size_t sshd_words(char *value, char **words, size_t max)
{
	char *p = value, *to = value;
	size_t n = 0;

	for (;;) {
		p += strspn(p, BLANKS);
		if (!*p || *p == '#' || n == max)
			return n;
		words[n++] = to;
		p = take_word(p, &to);
		p += *p != '\0';
		*to++ = '\0';
	}
}

/* ---- lines ---- */

static int each_include(struct sshd_config *c, char *value,
	sshd_include *include, void *arg, struct error *err)
{
	char *words[64];
	size_t i, n = sshd_words(value, words, ARRAY_LEN(words));
	int r = 0;

	c->has_match = c->has_match || c->in_match;
	if (c->in_match || c->depth == DEPTH_MAX)
		return 0;
	c->depth++;
	for (i = 0; r == 0 && i < n; i++)
		if (words[i][0])
			r = include(words[i], c, arg, err);
	c->depth--;
	return r;
}

static void take_match(struct sshd_config *c, char *value)
{
	char *words[2];
	size_t n = sshd_words(value, words, ARRAY_LEN(words));

	c->in_match = n != 1 || strcasecmp(words[0], "all") != 0;
}

static int take_setting(struct sshd_config *c, const char *name,
	const char *value, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(keywords); i++) {
		char **at = &c->value[keywords[i].setting];

		if (strcasecmp(keywords[i].name, name) != 0)
			continue;
		c->has_match = c->has_match || c->in_match;
		if (c->in_match || *at)
			return 0;
		*at = strdup(value);
		return *at ? 0 : error_memory(err);
	}
	return 0;
}

static int sshd_take_line(struct sshd_config *c, char *p, sshd_include *include,
	void *arg, struct error *err)
{
	size_t n;
	char *name;

	p += strspn(p, BLANKS);
	if (!*p || *p == '#')
		return 0;
	name = p;
	p += strcspn(p, BLANKS "=");
	n = strspn(p, BLANKS);
	if (p[n] == '=') /* one is a blank too */
		n += 1 + strspn(p + n + 1, BLANKS);
	if (n > 0) {
		*p = '\0';
		p += n;
	}
	for (n = strlen(p); n > 0 && strchr(BLANKS, p[n - 1]); n--)
		p[n - 1] = '\0';
	if (strcasecmp(name, "Include") == 0)
		return each_include(c, p, include, arg, err);
	if (strcasecmp(name, "Match") == 0)
		take_match(c, p);
	else
		return take_setting(c, name, p, err);
	return 0;
}

int sshd_config_parse(const unsigned char *p, size_t n, struct sshd_config *c,
	sshd_include *include, void *arg, struct error *err)
{
	bool in_match = c->in_match;
	CLEANUP(free_p) char *line = malloc(n + 1);
	int r = 0;

	if (!line)
		return error_memory(err);
	while (r == 0 && n > 0) {
		const unsigned char *end = memchr(p, '\n', n);
		size_t i, len = end ? (size_t)(end - p) : n;

		for (i = 0; i < len; i++)
			line[i] = p[i] ? (char)p[i] : '?';
		line[len] = '\0';
		r = sshd_take_line(c, line, include, arg, err);
		len += end != NULL;
		p += len;
		n -= len;
	}
	c->in_match = in_match;
	return r;
}

/* ---- rules ---- */

static bool sshd_is(const struct sshd_config *c, enum sshd_setting s,
	const char *value)
{
	return c->value[s] && strcasecmp(c->value[s], value) == 0;
}

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

static void judge_arguments(const char *command, char *const *words, size_t n,
	struct findings *f)
{
	if (n == 3 && strcmp(words[1], "%u") == 0 &&
		strcmp(words[2], "%f") == 0)
		return;
	if (n == 2 && strcmp(words[1], "%u") == 0)
		findings_add(f, FINDING_WARN, "sshd-command", command,
			"put %f behind %u",
			"without %%f sshd is told all keys of the user at each "
			"attempt");
	else
		findings_add(f, FINDING_FAIL, "sshd-command", command,
			"its arguments are %u %f",
			"its arguments are not %%u %%f: it does not learn whose "
			"key it is");
}

static bool judge_command(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	char value[SSHD_WORD_MAX], *words[8];
	const char *set = c->value[SSHD_KEYS_COMMAND], *name;
	size_t n = 0;

	if (set) {
		snprintf(value, sizeof(value), "%s", set);
		n = sshd_words(value, words, ARRAY_LEN(words));
	}
	if (n == 0 || strcasecmp(words[0], "none") == 0) {
		findings_add(f, FINDING_OK, "sshd-command",
			"AuthorizedKeysCommand", NULL,
			"it is not set: sshd asks nothing of login.db");
		return false;
	}
	name = strrchr(words[0], '/');
	if (!name || strcmp(name + 1, COMMAND_NAME) != 0) {
		findings_add(f, FINDING_OK, "sshd-command", words[0], NULL,
			"it is another program than " COMMAND_NAME ": sshd asks "
			"nothing of login.db");
		return false;
	}
	judge_path(facts, words[0], f);
	judge_arguments(words[0], words, n, f);
	return true;
}

static void judge_user(const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	const char *user = c->value[SSHD_KEYS_COMMAND_USER];
	char text[160];

	if (!user || strcasecmp(user, "none") == 0) {
		findings_add(f, FINDING_FAIL, "sshd-user",
			"AuthorizedKeysCommandUser",
			"AuthorizedKeysCommandUser tokenbridge-keys",
			"it is not set: sshd does not start with a command and "
			"no user for it");
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

/* A list that begins with + - ^ changes the default, which has sk keys. */
static bool takes_sk_keys(const char *list)
{
	if (list[0] == '+' || list[0] == '^')
		return true;
	if (list[0] == '-')
		return !strstr(list, "sk-") && !strchr(list, '*');
	return strstr(list, "sk-") || strchr(list, '*');
}

static void judge_settings(const struct sshd_config *c, struct findings *f)
{
	const char *list = c->value[SSHD_PUBKEY_ALGORITHMS];
	const char *options = c->value[SSHD_PUBKEY_OPTIONS];

	if (sshd_is(c, SSHD_PUBKEY, "no"))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"PubkeyAuthentication", "PubkeyAuthentication yes",
			"it is `no`: no key lets anybody in");
	if (c->value[SSHD_FINGERPRINT_HASH] &&
		!sshd_is(c, SSHD_FINGERPRINT_HASH, "sha256"))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"FingerprintHash", "FingerprintHash sha256",
			"it is `%s`: tokenbridge-keys knows keys by SHA-256 "
			"only, and sshd gets none",
			c->value[SSHD_FINGERPRINT_HASH]);
	if (list && !takes_sk_keys(list))
		findings_add(f, FINDING_FAIL, "sshd-settings",
			"PubkeyAcceptedAlgorithms",
			"`ssh -Q PubkeyAcceptedAlgorithms` names them: add "
			"those that begin with sk-",
			"it leaves out the sk keys of tokens");
	if (options && strstr(options, "verify-required"))
		findings_add(f, FINDING_OK, "sshd-settings",
			"PubkeyAuthOptions", NULL,
			"every sk key needs the token's PIN "
			"(verify-required), whatever login.db says");
}

bool sshd_judge(const struct sshd_config *c, const struct sshd_facts *facts,
	struct findings *f)
{
	bool ours = judge_command(c, facts, f);

	if (ours)
		judge_user(c, facts, f);
	if (ours)
		judge_settings(c, f);
	if (c->has_match)
		findings_add(f, FINDING_WARN, "sshd-settings", "Match",
			"`sshd -T -C user=NAME,host=HOST,addr=ADDRESS` shows "
			"what counts for one person",
			"Match blocks may set what is judged here, and they "
			"are not judged");
	if (sshd_is(c, SSHD_USE_PAM, "no"))
		findings_add(f, FINDING_OK, "sshd-settings", "UsePAM", NULL,
			"it is `no`: sshd runs no PAM line");
	return ours;
}
