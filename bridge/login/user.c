/* SPDX-License-Identifier: Apache-2.0 */
/* An account of this machine. */
#include "bridge/login/user.h"

#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

int local_user_find(const char *name, struct local_user *ret,
	struct error *err)
{
	const struct passwd *pw;
	int r = text_check(name, "local user", err);

	if (r < 0)
		return r;
	errno = 0;
	pw = getpwnam(name);
	if (!pw && errno != 0 && errno != ENOENT && errno != ESRCH)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot look up the local user '%s'", name);
	if (!pw)
		return error_set(err, ERROR_FAILED,
			"this machine has no local user '%s'", name);
	snprintf(ret->name, sizeof(ret->name), "%s", pw->pw_name);
	ret->uid = pw->pw_uid;
	snprintf(ret->uid_text, sizeof(ret->uid_text), "%u",
		(unsigned)pw->pw_uid);
	return 0;
}
