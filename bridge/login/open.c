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

bool login_list_has(const char *list, const char *word)
{
	size_t n, len = strlen(word);
	const char *p;

	for (p = list; *p; p += n) {
		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		if (n > 0 && n == len && strncmp(p, word, n) == 0)
			return true;
	}
	return false;
}

static int lists(enum option_id setting, const char *word, bool *ret,
	struct error *err)
{
	CLEANUP(options_done) struct options o = { 0 };
	int r = options_load_system(&o, err);

	if (r == 0)
		*ret = login_list_has(option(&o, setting), word);
	return r;
}

int login_lists_unit(const char *unit, bool *ret, struct error *err)
{
	return lists(OPTION_GREETER_UNITS, unit, ret, err);
}

int login_lists_locker(const char *service, bool *ret, struct error *err)
{
	return lists(OPTION_LOCKER_SERVICES, service, ret, err);
}
