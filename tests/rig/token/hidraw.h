/*
 * One /dev/hidrawN of the testbed. Reports travel over a pty (libfido2 wants
 * a character device that ppoll() understands), ioctls by umockdev's library.
 */
#ifndef TOKEN_HIDRAW_H
#define TOKEN_HIDRAW_H

#include "token.h"

struct hidraw;

struct hidraw_kind {
	const uint8_t *descriptor;
	size_t n;
	unsigned interface;
	/* a whole output report arrived; NULL: they are thrown away */
	void (*report)(struct token *t, const uint8_t *p);
	/* 8-byte feature reports; NULL: none */
	void (*set_feature)(struct token *t, const uint8_t *p);
	void (*get_feature)(struct token *t, uint8_t *ret);
};

/* Makes the node /dev/hidraw<number> below the testbed's root and serves it;
 * ends the program where it cannot. */
struct hidraw *hidraw_new(struct token *t, const char *root,
			  const struct hidraw_kind *kind, unsigned number,
			  const char *phys);
/* The node vanishes, open descriptors are hung up. */
void hidraw_free(struct hidraw *h);
/* Reports to whoever has the node open; dropped when nobody has. */
void hidraw_send(struct hidraw *h, const uint8_t *p, size_t n);
/* Wait (not long) until the host has read what was sent. */
void hidraw_drain(struct hidraw *h);
/* "ok", "deny" (open fails with EACCES even for root) or an octal mode */
bool hidraw_permission(struct hidraw *h, const char *mode);

/* The lock between the main loop and other threads, in which ioctls arrive:
 * the main loop holds it whenever it is not waiting. */
void world_lock(void);
void world_unlock(void);
void world_init(void);

#endif
