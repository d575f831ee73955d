/* SPDX-License-Identifier: Apache-2.0 */
/* This process and the helpers that it starts. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/deadline.h"
#include "base/error.h"

#include <spawn.h>
#include <sys/types.h>

/*
 * First thing in every program: an environment without what libraries obey
 * (base/environment.h), no core file, not traceable by others of the
 * same user, umask 077, descriptors 0 to 2 open, SIGPIPE ignored.
 */
void process_harden(void);

/*
 * Absolute path of a program or module of ours: where this one stands
 * (/proc/self/exe), or in libexec/tokenbridge seen from there, which makes a
 * DESTDIR tree run; else `built_in`. NULL without memory.
 */
char *process_find(const char *name, const char *built_in);

struct process {
	pid_t pid;  /* 0: none */
	int pidfd;  /* -1: none, or it was reaped before we looked */
	int socket; /* our end; -1: none */
};

#define PROCESS_INIT { 0, -1, -1 }

/* Where a child that was started bare finds its socket. */
#define PROCESS_BARE_FD 3

/*
 * posix_spawn with default signals and mask; the other end of a socketpair is
 * its descriptor 0, /dev/null 1, our stderr 2, everything else is closed.
 */
int process_start(struct process *ret, const char *path, struct error *err);

/*
 * The same for a child that must take nothing from us: the socket is its
 * descriptor PROCESS_BARE_FD, /dev/null is 0 to 2, its environment is empty.
 */
int process_start_bare(struct process *ret, const char *path,
	struct error *err);

/*
 * This program once more, as process_start starts a helper: words[0] and what
 * stands behind it are its arguments, NULL at the end. It is in a group of its
 * own, which Ctrl-C does not reach: it ends when its socket is closed.
 */
int process_start_self(struct process *ret, char *const *words,
	struct error *err);

/*
 * Connects to a helper that root has others start, by a socket at that path:
 * p->socket alone is filled. ERROR_PERMISSION where it is not root who listens;
 * ERROR_FAILED where nobody does, or did not take the call by `until`.
 */
int process_call(struct process *ret, const char *path, deadline_t until,
	struct error *err);

/*
 * Closes the socket, waits until `until` for the end, then SIGKILL. Returns
 * the wait status, -1 where it had to be killed or was reaped elsewhere.
 */
int process_stop(struct process *p, deadline_t until);

/*
 * What every child is spawned with: all signals at their default and none
 * blocked. The caller ends *ret by posix_spawnattr_destroy.
 */
void process_spawn_attributes(posix_spawnattr_t *ret);

#endif
