/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads of the audit. They are worth it: of a report of millions of rows
 * nearly all time goes into finding fields, and that needs no order.
 *
 * A ring of pieces: each is free, in work, or done. Whoever has nothing else to
 * do begins the next one, also the caller who waits for one that is in work.
 */
#include "bridge/audit/file/ahead.h"

#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS_MAX 7         /* beside the caller */
#define PIECES_MAX (2 * (THREADS_MAX + 1) + 1)
#define WORTH_IT (2u << 20)   /* bytes: below that a thread costs more */
#define STACK (256 * 1024)

enum state { PIECE_FREE, PIECE_IN_WORK, PIECE_DONE };

struct audit_ahead {
	int fd;
	off_t start;
	const struct audit_seen *users;
	const struct scan_way *way;
	pthread_t threads[THREADS_MAX];
	size_t threads_n;

	struct audit_piece *pieces[PIECES_MAX]; /* owned */
	size_t pieces_n;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t changed;
	enum state states[PIECES_MAX];
	uint64_t begun, given; /* so many pieces so far */
	bool stop;
	bool has_layout;
	struct report_layout layout;
};

/* As many bytes as fit, fewer only at the end. */
static void read_piece(const struct audit_ahead *a, struct audit_piece *p,
	uint64_t number)
{
	off_t at = a->start + (off_t)(number * AUDIT_PIECE);
	ssize_t n;

	p->n = 0;
	p->error = 0;
	while (p->n < AUDIT_PIECE && p->error == 0) {
		n = pread(a->fd, p->bytes + p->n, AUDIT_PIECE - p->n,
			at + (off_t)p->n);
		if (n == 0)
			break;
		if (n > 0)
			p->n += (size_t)n;
		else if (errno != EINTR)
			p->error = errno;
	}
}

/* With the lock held, which it gives away meanwhile. False where no piece is
 * free. */
static bool do_next(struct audit_ahead *a)
{
	size_t slot = a->begun % a->pieces_n;
	struct report_layout layout = a->layout;
	bool has_layout = a->has_layout;
	uint64_t number = a->begun;

	if (a->states[slot] != PIECE_FREE)
		return false;
	a->states[slot] = PIECE_IN_WORK;
	a->begun++;
	pthread_mutex_unlock(&a->lock);
	read_piece(a, a->pieces[slot], number);
	audit_piece_prepare(a->pieces[slot], has_layout ? &layout : NULL,
		a->way, a->users);
	pthread_mutex_lock(&a->lock);
	a->states[slot] = PIECE_DONE;
	pthread_cond_broadcast(&a->changed);
	return true;
}

static void *work(void *data)
{
	struct audit_ahead *a = data;

	pthread_mutex_lock(&a->lock);
	while (!a->stop)
		if (!do_next(a))
			pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static size_t threads_wanted(const struct audit_ahead *a)
{
	struct stat st;
	cpu_set_t set;
	size_t n;

	if (fstat(a->fd, &st) < 0 || st.st_size - a->start < WORTH_IT ||
		sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	n = (size_t)CPU_COUNT(&set) - 1;
	return n < THREADS_MAX ? n : THREADS_MAX;
}

static void begin_threads(struct audit_ahead *a, size_t wanted)
{
	while (a->threads_n < wanted &&
		thread_start(&a->threads[a->threads_n], work, a, STACK) == 0)
		a->threads_n++;
}

void audit_ahead_free(struct audit_ahead **ahead)
{
	struct audit_ahead *a = ahead ? *ahead : NULL;
	size_t i;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	for (i = 0; i < a->threads_n; i++)
		pthread_join(a->threads[i], NULL);
	for (i = 0; i < a->pieces_n; i++)
		audit_piece_free(&a->pieces[i]);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free_p(ahead);
}

int audit_ahead_new(struct audit_ahead **ret, int fd, off_t start,
	const struct audit_seen *users, struct error *err)
{
	CLEANUP(audit_ahead_free) struct audit_ahead *a = calloc(1, sizeof(*a));
	size_t wanted, pieces;
	int r;

	if (!a)
		return error_memory(err);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->fd = fd;
	a->start = start;
	a->users = users;
	a->way = scan_way(0);
	wanted = threads_wanted(a);
	/* one that is given, and for each thread one in work and one done */
	for (pieces = 2 * (wanted + 1) + 1; a->pieces_n < pieces;) {
		r = audit_piece_new(&a->pieces[a->pieces_n], err);
		if (r < 0)
			return r;
		a->pieces_n++;
	}
	begin_threads(a, wanted);
	*ret = steal(&a);
	return 0;
}

/* What was given is free again. */
static void take_back(struct audit_ahead *a, const struct report_layout *layout)
{
	if (a->given > 0)
		a->states[(a->given - 1) % a->pieces_n] = PIECE_FREE;
	a->has_layout = layout != NULL;
	if (layout)
		a->layout = *layout;
	pthread_cond_broadcast(&a->changed);
}

const struct audit_piece *audit_ahead_next(struct audit_ahead *a,
	const struct report_layout *layout)
{
	size_t slot = a->given % a->pieces_n;

	pthread_mutex_lock(&a->lock);
	take_back(a, layout);
	while (a->states[slot] != PIECE_DONE)
		if (!do_next(a))
			pthread_cond_wait(&a->changed, &a->lock);
	a->given++;
	pthread_mutex_unlock(&a->lock);
	return a->pieces[slot];
}
