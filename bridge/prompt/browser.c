/* SPDX-License-Identifier: Apache-2.0 */
/* A page in the person's browser. */
#include "bridge/prompt/browser.h"

#include "base/person.h"
#include "base/process.h"
#include "base/text.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENER "xdg-open"
#define PATH_FIXED "/usr/local/bin:/usr/bin:/bin"
#define REFUSED_MS 1500 /* by then it has said that it cannot */
#define WORDS_MAX 16

/* What a browser needs of the session that it appears in. */
static const char *const passed[] = { "DISPLAY", "WAYLAND_DISPLAY",
	"XAUTHORITY", "XDG_CURRENT_DESKTOP", "LANG" };
/* ... and where it is this process's own person's. */
static const char *const own[] = { "HOME", "USER", "LOGNAME", "PATH",
	"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "BROWSER" };

/* Texts that are owned, with a NULL behind them. */
struct words {
	char *p[WORDS_MAX + 1];
	size_t n;
	bool failed;
};

static void words_done(struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->p[i]);
}

static void put_word(struct words *w, char *text)
{
	if (!text || w->n == WORDS_MAX) {
		free(text);
		w->failed = true;
	} else {
		w->p[w->n++] = text;
	}
}

static void put_variable(struct words *w, const char *name)
{
	const char *value = getenv(name);

	if (value)
		put_word(w, text_format("%s=%s", name, value));
}

static void put_variables(struct words *w, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put_variable(w, names[i]);
}

/* The session of a person who called root: root's own says nothing of it. */
static void add_session(struct words *w, const struct person *p)
{
	put_word(w, text_format("HOME=%s", p->home));
	put_word(w, text_format("USER=%s", p->name));
	put_word(w, text_format("LOGNAME=%s", p->name));
	put_word(w, strdup("PATH=" PATH_FIXED));
	put_word(w, text_format("XDG_RUNTIME_DIR=/run/user/%u", p->uid));
	put_word(w, text_format("DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus",
		p->uid));
}

/* Nothing of root is left: setpriv gives up uid, groups and capabilities. */
static void add_become(struct words *argv, const struct person *p)
{
	put_word(argv, strdup("/usr/bin/setpriv"));
	put_word(argv, text_format("--reuid=%u", p->uid));
	put_word(argv, text_format("--regid=%u", p->gid));
	put_word(argv, strdup("--init-groups"));
	put_word(argv, strdup("--inh-caps=-all"));
	put_word(argv, strdup("--no-new-privs"));
	put_word(argv, strdup("--"));
}

static int find_words(struct words *argv, struct words *env,
	const char *address, struct error *err)
{
	struct person person;
	bool called = false;
	int r = 0;

	if (geteuid() == 0)
		r = person_who_called(&person, &called, err);
	if (r == 0 && geteuid() == 0 && !called)
		return error_set(err, ERROR_REFUSED,
			"this runs as root, whom nobody has called by sudo or "
			"the like, and no browser is started as root");
	if (r < 0)
		return r;
	if (called) {
		add_become(argv, &person);
		add_session(env, &person);
	} else {
		put_variables(env, own, ARRAY_LEN(own));
	}
	put_variables(env, passed, ARRAY_LEN(passed));
	put_word(argv, strdup(OPENER));
	put_word(argv, strdup(address));
	return argv->failed || env->failed ? error_memory(err) : 0;
}

/* In a session of its own: Ctrl-C here is none of its business. */
static int start_it(struct words *argv, struct words *env, pid_t *ret,
	struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	short flags = 0;
	int e;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, 0, 1);
	posix_spawn_file_actions_adddup2(&actions, 0, 2);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	process_spawn_attributes(&attributes);
	posix_spawnattr_getflags(&attributes, &flags);
	posix_spawnattr_setflags(&attributes,
		(short)(flags | POSIX_SPAWN_SETSID));
	e = posix_spawnp(ret, argv->p[0], &actions, &attributes, argv->p,
		env->p);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return e == 0 ? 0 : error_errno(err, ERROR_FAILED, e,
		"cannot start '%s'", argv->p[0]);
}

/* What fails does so soon; what goes on is left alone. */
static int see_it_start(pid_t pid, struct error *err)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN };
	int status = 0;

	if (p.fd < 0)
		return 0;
	if (poll(&p, 1, REFUSED_MS) <= 0 || waitpid(pid, &status, 0) != pid)
		status = 0;
	close(p.fd);
	return status == 0 ? 0 : error_set(err, ERROR_FAILED,
		"'" OPENER "' did not succeed: is it installed, and is there a "
		"desktop");
}

void browser_open(const struct run *run, const char *address)
{
	CLEANUP(words_done) struct words argv = { .n = 0 };
	CLEANUP(words_done) struct words env = { .n = 0 };
	struct error why;
	pid_t pid;
	int r = find_words(&argv, &env, address, &why);

	if (r == 0)
		r = start_it(&argv, &env, &pid, &why);
	if (r == 0)
		r = see_it_start(pid, &why);
	if (r < 0)
		run_warn(run, "%s is not opened: %s", address, why.text);
	else
		run_say(run, "Opened %s in the browser.", address);
}
