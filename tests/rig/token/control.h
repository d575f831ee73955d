/* The control socket: one JSON object a line, in and out. */
#ifndef TOKEN_CONTROL_H
#define TOKEN_CONTROL_H

#include "token.h"

struct control;

/* tokens is borrowed: a GPtrArray of struct token. NULL, line on stderr. */
struct control *control_new(const char *path, GPtrArray *tokens);
void control_free(struct control *c);

#endif
