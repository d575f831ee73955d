/* What a token remembers without power: one JSON file. */
#ifndef TOKEN_STATE_H
#define TOKEN_STATE_H

#include "token.h"

/* 1 when read, 0 when there is no file yet, -1 with a line on stderr. */
int state_load(struct token *t);
/* The profile that the file names, NULL without one; free with g_free. */
char *state_profile(const char *path);
/* Written beside and renamed; does nothing for a token without a path. */
void state_save(struct token *t);
/* The same as JSON, for the control verb "stats" too; caller decrefs. */
json_t *state_json(struct token *t);

#endif
