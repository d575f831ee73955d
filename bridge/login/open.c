/* SPDX-License-Identifier: Apache-2.0 */
/* login.db as the system's settings say. */
#include "bridge/login/open.h"

#include "bridge/settings/option.h"

#include <string.h>

#define DAY 86400
#define DAYS_MAX 36500

int login_open(struct login_db **ret, const char *path, struct error *err)
{
	CLEANUP(options_done) struct options o = { 0 };
	uint64_t days;
	int r;

	r = options_load_system(&o, err);
	if (r == 0)
		r = option_number(&o, OPTION_LOGIN_MAX_AGE, DAYS_MAX, &days,
			err);
	if (r == 0)
		r = login_db_open(ret, path[0] ? path :
			option(&o, OPTION_LOGIN_DB), err);
	return r < 0 ? r :
		login_db_check_age(*ret, time(NULL), days * DAY, err);
}

/* A list of words in a setting of the system's file. */
static int lists(enum option_id setting, const char *word, bool *ret,
	struct error *err)
{
	CLEANUP(options_done) struct options o = { 0 };
	const char *p;
	size_t n;
	int r = options_load_system(&o, err);

	if (r < 0)
		return r;
	*ret = false;
	for (p = option(&o, setting); *p; p += n) {
		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		*ret = *ret || (n > 0 && strlen(word) == n &&
			strncmp(p, word, n) == 0);
	}
	return 0;
}

int login_lists_unit(const char *unit, bool *ret, struct error *err)
{
	return lists(OPTION_GREETER_UNITS, unit, ret, err);
}

int login_lists_locker(const char *service, bool *ret, struct error *err)
{
	return lists(OPTION_LOCKER_SERVICES, service, ret, err);
}
