/* SPDX-License-Identifier: Apache-2.0 */
/* Threads without signals. */
#include "base/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret, void *(*run)(void *), void *arg,
	size_t stack)
{
	sigset_t all, before;
	pthread_attr_t attr;
	int e;

	e = pthread_attr_init(&attr);
	if (e)
		return e;
	pthread_attr_setstacksize(&attr, stack);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(ret, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return e;
}
