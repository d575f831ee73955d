/*
 * A child process that serves a token's FIDO commands in place of our own:
 * frames of u32 little-endian length, command byte, payload on its standard
 * input and output.
 */
#ifndef TOKEN_BACKEND_H
#define TOKEN_BACKEND_H

#include "token.h"

/* Runs the shell command; NULL with a line on stderr. */
struct backend *backend_start(struct token *t, const char *command);
void backend_stop(struct backend *b);
void backend_send(struct backend *b, unsigned cmd, const uint8_t *p,
		  size_t n);

#endif
