/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-keys USER [FINGERPRINT]: sshd's AuthorizedKeysCommand. One line
 * for the key that is offered, all of the user's where none is named. Runs as
 * an unprivileged user and writes nothing but its answer.
 */
#include "base/paths.h"
#include "base/process.h"
#include "bridge/login/open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* sshd closes the pipe once it has what it wanted: no failure of ours. */
static int print(const struct login_ssh_key *key, void *arg)
{
	int *failed = arg;

	if (printf("%s%s%s\n", key->line, key->token[0] ? " token-" : "",
			key->token) < 0 && *failed == 0)
		*failed = errno;
	return 0;
}

/* A line that is cut short is no key: sshd takes nothing of a program that
 * fails. */
static int keys_end(int failed, struct error *err)
{
	if (fflush(stdout) != 0 && failed == 0)
		failed = errno;
	if (failed == 0 || failed == EPIPE)
		return 0;
	return error_errno(err, ERROR_FAILED, failed, "cannot answer");
}

static int keys_answer(const char *user, const char *fingerprint,
	struct error *err)
{
	CLEANUP(login_db_free) struct login_db *db = NULL;
	struct user_names names;
	struct local_user u;
	bool found = false;
	int r, failed = 0;

	r = local_user_look(user, &u, &found, err);
	if (r == 0)
		r = login_open(&db, "", err);
	if (r < 0 || !found) /* who is nobody has no key */
		return r;
	names = local_user_names(&u);
	r = login_db_ssh_keys(db, &names, fingerprint, print, &failed, err);
	return r < 0 ? r : keys_end(failed, err);
}

/* sshd throws standard error away; a person at a terminal reads it. */
static int fail(const char *text)
{
	fprintf(stderr, "tokenbridge-keys: %s\n", text);
	openlog("tokenbridge-keys", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_ERR, "%s", text);
	return 1;
}

int main(int argc, char **argv)
{
	struct error e;

	process_harden();
	if (argc < 2 || argc > 3 || argv[1][0] == '-') {
		fprintf(stderr, "usage: tokenbridge-keys USER [FINGERPRINT]\n"
			"sshd_config: AuthorizedKeysCommand " PATH_LIBEXEC
			"/tokenbridge-keys %%u %%f\n");
		return 2;
	}
	if (argc == 3 && strncmp(argv[2], "SHA256:", 7) != 0)
		return fail("the fingerprint is none of SHA-256: sshd_config "
			"needs `FingerprintHash sha256` (its default)");
	if (keys_answer(argv[1], argc == 3 ? argv[2] : NULL, &e) < 0)
		return fail(e.text);
	return 0;
}
