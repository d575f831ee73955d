/*
 * The programs that have a node of the testbed open, and the ioctls that they
 * make: the other end of the socket <testbed>/ioctl/<node>, to which umockdev's
 * preloaded library connects as a program opens the node. That library tells of
 * each read, write and ioctl first. umockdev's own server would fetch the
 * buffer of each of them through an event loop, which takes longer than a
 * report; here a thread for each program answers reads and writes at once with
 * "not emulated", whereupon they are made on the node itself.
 */
#ifndef TOKEN_CALLERS_H
#define TOKEN_CALLERS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct callers;
struct call;

/* Each is called in a thread of its program, with the world locked. */
struct callers_of {
	void (*opened)(void *arg);
	void (*closed)(void *arg);
	/* what the ioctl returns, or -errno */
	long (*request)(void *arg, struct call *c, unsigned request);
	/* nobody has it open and callers_end() was called: the last word */
	void (*gone)(void *arg);
};

/* Listens at `path`; ends the program where it cannot. */
struct callers *callers_start(const char *path, const struct callers_of *of,
			      void *arg);
/* No more come; who has the node open is answered on, as umockdev's library
 * ends a program that it gets no answer for. */
void callers_end(struct callers *c);

/* Whether one has opened the node that was not told of yet. */
bool callers_wait(const struct callers *c);

/* The argument of an ioctl is a buffer of the program's: n bytes to it, from
 * it. False: the program is gone. */
bool call_give(struct call *c, const void *p, size_t n);
bool call_take(struct call *c, void *ret, size_t n);

#endif
