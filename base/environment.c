/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables that libraries obey. docs/SECURITY.md has the same table with what
 * each does; a check of the suite holds both to the libraries themselves.
 */
#include "base/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern char **environ;

const struct environment_row environment_rows[] = {
	{ "libcurl", "SSLKEYLOGFILE CURL_SSL_BACKEND CURL_ENTROPY "
		"CURL_FORCE* CURL_DEBUG CURL_TRACE CURL_HOME NETRC NTLMUSER" },
	{ "libcrypto, libssl", "OPENSSL* SSL_CERT_FILE SSL_CERT_DIR "
		"CTLOG_FILE RANDFILE QLOGDIR OSSL_*" },
	{ "libexpat", "EXPAT_*" },
	{ "libfido2", "FIDO_*" },
	{ "libpcsclite", "PCSCLITE_DEBUG PCSCLITE_NO_BLOCKING "
		"LIBPCSCLITE_*" },
	{ "libykpers, libusb", "LIBUSB_*" },
	{ "libsqlite3", "SQLITE_*" },
	{ "libudev, libsystemd", "SYSTEMD_* SD_* UDEV_*" },
	{ "libc", "MALLOC_* GLIBC_TUNABLES HOSTALIASES LOCALDOMAIN RES_OPTIONS "
		"RESOLV_* GCONV_PATH LOCPATH NLSPATH TZDIR NIS_PATH "
		"GETCONF_DIR POSIXLY_CORRECT" },
	{ "libgnutls, libnettle, libgcrypt, libgpg-error", "GNUTLS_* NETTLE_* GCRYPT_* "
		"LIBGCRYPT_* GPGRT_*" },
	{ "libp11-kit, libffi", "P11_KIT_* LIBFFI_*" },
	{ "libkrb5, libgssapi_krb5, libcom_err", "KRB5* GSS_* GSSAPI_* NEGOEX_* "
		"COMERR_*" },
	{ "libldap, libsasl2", "LDAP* SASL_*" },
	{ "libssh2", "SSH_AUTH_SOCK" },
	{ "libnss_sss, libnss_winbind, libnss_hesiod", "_SSS_* SSS_* "
		"_NO_WINBINDD WINBINDD_* HESIOD_CONFIG HES_DOMAIN" },
	{ "libjansson, libcbor, libseccomp, libjson-c", "_JSON_C_*" },
	{ NULL, NULL },
};

/* `word` (n bytes) is NAME or PREFIX*; `entry` is NAME=VALUE. */
static bool is_meant(const char *word, size_t n, const char *entry)
{
	size_t len = strcspn(entry, "=");

	if (word[n - 1] == '*')
		return len >= n - 1 && memcmp(word, entry, n - 1) == 0;
	return len == n && memcmp(word, entry, n) == 0;
}

static bool row_has(const char *names, const char *entry)
{
	size_t n;

	for (; *names; names += n + strspn(names + n, " ")) {
		n = strcspn(names, " ");
		if (is_meant(names, n, entry))
			return true;
	}
	return false;
}

static bool is_obeyed(const char *entry)
{
	const struct environment_row *row;

	for (row = environment_rows; row->library; row++)
		if (row_has(row->names, entry))
			return true;
	return false;
}

static bool is_foreign(void)
{
	return getauxval(AT_SECURE) || getuid() != geteuid() ||
		getgid() != getegid();
}

void environment_clean(void)
{
	bool foreign = is_foreign();
	char **from, **to;

	if (!environ)
		return;
	/* in place: the strings are the kernel's, and stay where they are */
	for (from = to = environ; *from; from++)
		if (foreign ? strncmp(*from, "TERM=", 5) == 0 :
			!is_obeyed(*from))
			*to++ = *from;
	*to = NULL;
}
