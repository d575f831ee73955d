/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands where pam_tokenbridge looks for tokenbridge-auth, when tokens are
 * emulated by a preloaded library: puts the environment of SELF.env (NAME=VALUE
 * lines), which PAM hosts do not pass on, around SELF.real, beside what systemd
 * tells whom it hands a connection (sd_listen_fds(3)), with its own arguments.
 * The product itself knows no such switch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_MAX 64
#define PASSED 2

static void pass_on(char **env)
{
	static const char *const names[PASSED] = { "LISTEN_PID", "LISTEN_FDS" };
	static char line[PASSED][64];
	const char *value;
	int i;

	for (i = 0; i < PASSED; i++) {
		value = getenv(names[i]);
		if (!value)
			continue;
		snprintf(line[i], sizeof(line[i]), "%s=%s", names[i], value);
		*env++ = line[i];
	}
}

int main(int argc, char **argv)
{
	static char self[4000], path[4096], line[LINES_MAX][4096];
	char *env[LINES_MAX + PASSED + 1] = { NULL };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *f;
	int i;

	if (n <= 0 || argc < 1)
		return 1;
	snprintf(path, sizeof(path), "%s.env", self);
	f = fopen(path, "re");
	for (i = 0; f && i < LINES_MAX && fgets(line[i], sizeof(line[i]), f);
	     i++) {
		line[i][strcspn(line[i], "\n")] = '\0';
		env[i] = line[i];
	}
	if (f)
		fclose(f);
	pass_on(env + i);
	snprintf(path, sizeof(path), "%s.real", self);
	argv[0] = path;
	execve(path, argv, env);
	return 1;
}
