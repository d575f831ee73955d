/* Reports that take their time, as on a real bus: a report every so many ms in
 * each direction, of each token by itself. */
#ifndef TOKEN_PACE_H
#define TOKEN_PACE_H

#include "ctaphid.h"

struct pace;

/* What comes out again, in order; n is a multiple of HID_REPORT. */
typedef void (*pace_out)(void *arg, const uint8_t *p, size_t n);

struct pace *pace_new(pace_out out, void *arg);
void pace_free(struct pace *p);
/* Each report leaves ms after the one before it, or after it came; 0: at
 * once. */
void pace_put(struct pace *p, unsigned ms, const uint8_t *report, size_t n);
bool pace_is_empty(const struct pace *p);
/* forgets what has not left yet */
void pace_clear(struct pace *p);

#endif
