/* SPDX-License-Identifier: Apache-2.0 */
/* Threads to which no signal comes: the caller's descriptors tell of them. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Runs run(arg) in a thread with so many bytes of stack, which is to be joined
 * or detached. Returns 0 or, of pthread_create(3), a number of errno.
 */
int thread_start(pthread_t *ret, void *(*run)(void *), void *arg,
	size_t stack);

#endif
