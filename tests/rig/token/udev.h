/* The umockdev door: a testbed in which tokens are plugged in and out. */
#ifndef TOKEN_UDEV_H
#define TOKEN_UDEV_H

#include "token.h"

struct bed;

struct bed *bed_new(void);
void bed_free(struct bed *b);
/* UMOCKDEV_DIR of the clients; borrowed */
const char *bed_dir(const struct bed *b);

/* Give the token its port; it is not plugged in yet. */
void bed_add(struct bed *b, struct token *t);
/* False when it was already so. Both power the token and its card. */
bool bed_plug(struct token *t);
bool bed_unplug(struct token *t);
bool bed_permission(struct token *t, const char *mode);
/* A named event on the FIDO node ("change"). */
void bed_event(struct token *t, const char *action);
/* names of nodes and paths, for the ready line and "stats"; caller decrefs */
json_t *bed_describe(const struct token *t);
void bed_remove(struct token *t);

#endif
