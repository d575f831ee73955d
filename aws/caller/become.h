/* SPDX-License-Identifier: Apache-2.0 */
/* A process of another person, for good. */
#ifndef AWS_CALLER_BECOME_H
#define AWS_CALLER_BECOME_H

#include "base/person.h"

/*
 * Takes that person's uid, groups and home, for good: no new privileges, no
 * core file and no tracing by the person's other processes, an environment of
 * HOME, USER, LOGNAME, PATH and LANG alone, death with the parent. The
 * terminal stays, so that a program of the person may ask at /dev/tty; TIOCSTI
 * and TIOCLINUX, by which it could type into root's shell, fail.
 *
 * Who becomes who it is already keeps its ids; nobody but root becomes another.
 */
int become(const struct person *person, struct error *err);

#endif
