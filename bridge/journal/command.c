/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a sequence that was broken off: a command, complete. */
#include "bridge/journal/journal.h"

#include "base/shell.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 12

/* A NULL word is left out. */
static void say_words(const char *const *words, size_t n,
	char ret[JOURNAL_CAUSE_LEN])
{
	CLEANUP(free_p) char *line = NULL;
	const char *said[WORDS_MAX + 1];
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (words[i])
			said[k++] = words[i];
	said[k] = NULL;
	line = shell_line(said);
	snprintf(ret, JOURNAL_CAUSE_LEN, "%s", line ? line : "");
}

static void revoke_command(const struct journal_facts *f,
	char ret[JOURNAL_CAUSE_LEN])
{
	/* a name that begins with a dash is no option */
	bool dash = f->user[0] == '-';
	const char *const words[] = { "tokenbridge",
		f->kind == JOURNAL_REPLACE ? "replace" : "revoke",
		dash ? "--account" : NULL, dash ? f->account : NULL,
		dash ? "--" : NULL, f->user, f->serial,
		dash ? NULL : "--account", dash ? NULL : f->account };

	say_words(words, ARRAY_LEN(words), ret);
}

static void enroll_command(const struct journal_facts *f,
	char ret[JOURNAL_CAUSE_LEN])
{
	bool dash = f->user[0] == '-';
	bool serial = strcmp(f->method, "hardware-totp") == 0;
	const char *const words[] = { "tokenbridge", "enroll",
		dash ? NULL : f->user,
		"--method", f->method[0] ? f->method : "totp",
		serial ? "--serial" : NULL, serial ? f->serial : NULL,
		"--account", f->account, dash ? "--" : NULL,
		dash ? f->user : NULL };

	say_words(words, ARRAY_LEN(words), ret);
}

static void revoke_user_command(const struct journal_facts *f,
	char ret[JOURNAL_CAUSE_LEN])
{
	bool leaver = f->holder[0];
	const char *const words[] = { "tokenbridge", "revoke",
		leaver ? "--leaver" : "--all", leaver ? f->holder : NULL,
		f->did & JOURNAL_CUTS_ACCESS ? "--cut-access" : NULL,
		"--account", f->account, leaver ? NULL : "--",
		leaver ? NULL : f->user };

	say_words(words, ARRAY_LEN(words), ret);
}

static void pin_command(const struct journal_facts *f,
	char ret[JOURNAL_CAUSE_LEN])
{
	const char *const words[] = { "tokenbridge", "pin", "initial",
		"--holder", f->holder, "--output", f->output };

	say_words(words, ARRAY_LEN(words), ret);
}

static void remove_root_command(const struct journal_facts *f,
	char ret[JOURNAL_CAUSE_LEN])
{
	const char *const words[] = { "tokenbridge", "root",
		"--remove-credentials", "--account", f->account };

	say_words(words, ARRAY_LEN(words), ret);
}

void journal_command(const struct journal *j, char ret[JOURNAL_CAUSE_LEN])
{
	const struct journal_facts *f = &j->facts;

	if (j->remedy[0])
		snprintf(ret, JOURNAL_CAUSE_LEN, "%s", j->remedy);
	else if (j->point == JOURNAL_ORPHAN)
		snprintf(ret, JOURNAL_CAUSE_LEN, "aws iam "
			"delete-virtual-mfa-device --serial-number %s",
			f->serial);
	else if (f->kind == JOURNAL_PIN)
		pin_command(f, ret);
	else if (f->kind == JOURNAL_REMOVE_ROOT)
		remove_root_command(f, ret);
	else if (f->kind == JOURNAL_REVOKE_USER)
		revoke_user_command(f, ret);
	else if (f->kind == JOURNAL_ENROLL)
		enroll_command(f, ret);
	else
		revoke_command(f, ret);
}
