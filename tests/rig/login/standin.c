/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module of PAM that returns what its host says in the environment: the file
 * is copied under the name that it stands in for.
 *
 *   pam_tokenbridge.so  STANDIN_OURS: a code, or `unbound`: as for a user
 *                       without a token, by the arguments of the line
 *   pam_unix.so         STANDIN_UNIX
 *   pam_gnome_keyring.so and others that want nothing of the person: ignored
 *   others              STANDIN_SSS
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define PAM_SM_AUTH
#include <security/pam_modules.h>

#define EXPORT __attribute__((visibility("default")))

static int has(int argc, const char **argv, const char *word)
{
	int i;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return 1;
	return 0;
}

static int code_of(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : PAM_SYSTEM_ERR;
}

static int ours(int argc, const char **argv)
{
	const char *value = getenv("STANDIN_OURS");

	if (value && strcmp(value, "unbound") == 0)
		return has(argc, argv, "nouserok") ? PAM_IGNORE :
			PAM_USER_UNKNOWN;
	return code_of("STANDIN_OURS");
}

static int helps(const char *name)
{
	return strstr(name, "keyring") || strstr(name, "kwallet") ||
		strstr(name, "ecryptfs");
}

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
	const char **argv)
{
	const char *name;
	Dl_info info;

	(void)pamh;
	(void)flags;
	if (!dladdr((void *)(size_t)&pam_sm_authenticate, &info))
		return PAM_SYSTEM_ERR;
	name = strrchr(info.dli_fname, '/');
	name = name ? name + 1 : info.dli_fname;
	if (strcmp(name, "pam_tokenbridge.so") == 0)
		return ours(argc, argv);
	if (helps(name))
		return PAM_IGNORE;
	return code_of(strcmp(name, "pam_unix.so") == 0 ? "STANDIN_UNIX" :
		"STANDIN_SSS");
}

EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
	const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
