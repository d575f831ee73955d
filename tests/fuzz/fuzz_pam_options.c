/* SPDX-License-Identifier: Apache-2.0 */
/* A PAM line, an argument a line: refused without effect, or sane. */
#include "bridge/login/pam/devices.h"
#include "bridge/login/pam/options.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void note(const char *text, void *arg)
{
	require(utf8_is_clean(text, strlen(text)));
	++*(int *)arg;
}

static void parse(int argc, const char *const *argv)
{
	struct pam_options o, before;
	struct error err;
	int notes = 0;

	memset(&o, 0xa5, sizeof(o));
	memcpy(&before, &o, sizeof(o));
	if (pam_options_parse(argc, argv, &o, note, &notes, &err) < 0) {
		require(memcmp(&o, &before, sizeof(o)) == 0);
		require(err.code == ERROR_USAGE &&
			utf8_is_clean(err.text, strlen(err.text)));
		return;
	}
	require(notes <= argc);
	require(o.timeout_ms > 0 && o.timeout_ms <= 300000);
	require(o.wait_ms <= 300000);
	require(!o.login_db[0] || o.login_db[0] == '/');
	require(utf8_is_clean(o.login_db, strlen(o.login_db)));
	require(utf8_is_clean(o.prompt, strlen(o.prompt)));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *argv[ARGS_MAX];
	char *copy = strndup((const char *)p, n), *at = copy;
	int argc = 0;

	require(copy);
	while (at && argc < ARGS_MAX)
		argv[argc++] = strsep(&at, "\n");
	parse(argc, argv);
	free(copy);
	/* what the module reads beside its line */
	(void)devices_parse((const char *)p, n, 0, 6);
	return 0;
}
