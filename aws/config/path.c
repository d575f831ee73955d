/* SPDX-License-Identifier: Apache-2.0 */
/* Variables and home directories in the name of a file. */
#include "aws/config/path.h"

#include "aws/config/config.h"
#include "base/buf.h"
#include "base/text.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	"0123456789_";

/* The name behind a $ at s, and how much of s it takes; 0: there is none. */
static size_t variable_at(const char *s, const char **ret, size_t *ret_n)
{
	if (s[1] == '{') {
		*ret = s + 2;
		*ret_n = strcspn(s + 2, "}");
		return s[2 + *ret_n] ? *ret_n + 3 : 0;
	}
	*ret = s + 1;
	*ret_n = strspn(s + 1, word);
	return *ret_n ? *ret_n + 1 : 0;
}

static void put_variables(struct buf *b, const char *s)
{
	CLEANUP(free_p) char *copy = NULL;
	const char *name, *value;
	size_t n, taken;

	for (; *s; s += taken) {
		taken = *s == '$' ? variable_at(s, &name, &n) : 0;
		copy = taken ? strndup(name, n) : NULL;
		value = copy ? config_variable(copy) : NULL;
		free_p(&copy);
		if (!taken)
			taken = 1;
		if (value)
			buf_put_str(b, value);
		else
			buf_put(b, s, taken);
	}
}

static char *home_of(const char *user)
{
	struct passwd pw, *found = NULL;
	char room[4096];
	int r;

	r = user ? getpwnam_r(user, &pw, room, sizeof(room), &found) :
		getpwuid_r(geteuid(), &pw, room, sizeof(room), &found);
	return r == 0 && found ? strdup(pw.pw_dir) : NULL;
}

char *path_home(void)
{
	const char *home = config_getenv("HOME");

	return home ? strdup(home) : home_of(NULL);
}

/* "~/x", "~alice/x" */
static char *with_home(const char *path)
{
	size_t n = strcspn(path, "/");
	CLEANUP(free_p) char *user = strndup(path + 1, n - 1), *home = NULL;

	if (!user)
		return NULL;
	home = *user ? home_of(user) : path_home();
	if (!home)
		return strdup(path);
	while (*home && home[strlen(home) - 1] == '/')
		home[strlen(home) - 1] = '\0';
	return text_format("%s%s", home, *home || path[n] ? path + n : "/");
}

char *path_expand(const char *path)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, PATH_MAX);
	put_variables(&b, path);
	if (buf_failed(&b))
		return NULL;
	return buf_str(&b)[0] == '~' ? with_home(buf_str(&b)) :
		strdup(buf_str(&b));
}
