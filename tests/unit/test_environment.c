/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables are left once a program has begun. */
#include "base/environment.h"

#include "tests/unit/unit.h"

#include <sys/auxv.h>

static unsigned long secure;
static uid_t real_uid, effective_uid;
static gid_t real_gid, effective_gid;

unsigned long __wrap_getauxval(unsigned long which);
uid_t __wrap_getuid(void);
uid_t __wrap_geteuid(void);
gid_t __wrap_getgid(void);
gid_t __wrap_getegid(void);

unsigned long __wrap_getauxval(unsigned long which)
{
	assert_int_equal(which, AT_SECURE);
	return secure;
}

uid_t __wrap_getuid(void)
{
	return real_uid;
}

uid_t __wrap_geteuid(void)
{
	return effective_uid;
}

gid_t __wrap_getgid(void)
{
	return real_gid;
}

gid_t __wrap_getegid(void)
{
	return effective_gid;
}

static const char *const removed[] = { "SSLKEYLOGFILE", "CURL_FORCE_X",
	"CURL_FORCE", "NTLMUSER", "OPENSSL_CONF", "OPENSSL", "QLOGDIR",
	"OSSL_X", "EXPAT_X", "FIDO_DEBUG", "PCSCLITE_NO_BLOCKING",
	"LIBUSB_DEBUG", "SQLITE_TMPDIR", "SYSTEMD_LOG_LEVEL", "UDEV_X",
	"MALLOC_CHECK_", "GETCONF_DIR", "TZDIR", "GNUTLS_X", "KRB5CCNAME",
	"SASL_PATH", "SSH_AUTH_SOCK", "_JSON_C_STRERROR_ENABLE",
	"_SSS_LOOPS", "SSS_NSS_USE_MEMCACHE", "_NO_WINBINDD",
	"HESIOD_CONFIG", "HES_DOMAIN", "POSIXLY_CORRECT" };
/* What is near one of them, and what people need. */
static const char *const kept[] = { "SSLKEYLOGFIL", "SSLKEYLOGFILES",
	"XSSLKEYLOGFILE", "CURL_CA_BUNDLE", "CURL_FORC", "OPENSS", "FIDO",
	"QLOGDIRS", "GETCONF_DI", "TZ", "HOME", "PATH", "AWS_PROFILE", "TERM",
	"LANG", "MALLOC", "SSH_AUTH_SOC", "_SSS", "NO_WINBINDD",
	"HESIOD" };

static void fill_environment(void)
{
	size_t i;

	secure = 0;
	real_uid = effective_uid = 1000;
	real_gid = effective_gid = 1000;
	empty_environment();
	for (i = 0; i < ARRAY_LEN(removed); i++)
		setenv(removed[i], i % 2 ? "" : "x=y", 1);
	for (i = 0; i < ARRAY_LEN(kept); i++)
		setenv(kept[i], "v", 1);
}

static void what_libraries_obey_is_taken_out_and_nothing_else(void **state)
{
	size_t i;

	(void)state;
	fill_environment();
	environment_clean();
	for (i = 0; i < ARRAY_LEN(removed); i++)
		if (getenv(removed[i]))
			fail_msg("%s is there", removed[i]);
	for (i = 0; i < ARRAY_LEN(kept); i++)
		if (!getenv(kept[i]) || strcmp(getenv(kept[i]), "v") != 0)
			fail_msg("%s is gone", kept[i]);
}

/* The library of counted lines asks for its variables at the very end. */
static void with_other_rights(void)
{
	const char *counts = getenv("GCOV_PREFIX");
	char *copy = counts ? strdup(counts) : NULL;

	setenv("TERMINAL", "x", 1);
	environment_clean();
	assert_string_equal(getenv("TERM"), "v");
	assert_null(environ[1]);
	if (copy)
		setenv("GCOV_PREFIX", copy, 1);
	free(copy);
}

static void with_other_rights_only_the_terminal_is_known(void **state)
{
	(void)state;
	fill_environment();
	secure = 1;
	with_other_rights();
	fill_environment();
	effective_uid = 0;
	with_other_rights();
	fill_environment();
	effective_gid = 0;
	with_other_rights();
}

static void an_environment_that_is_not_there_is_left_so(void **state)
{
	char **all = environ;

	(void)state;
	environ = NULL;
	environment_clean();
	assert_null(environ);
	environ = all;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_libraries_obey_is_taken_out_and_nothing_else),
		cmocka_unit_test(with_other_rights_only_the_terminal_is_known),
		cmocka_unit_test(an_environment_that_is_not_there_is_left_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
