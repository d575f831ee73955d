/* A vendor's defect. */
#include "der.h"

#include <string.h>

size_t der_odd(struct token *t, uint8_t *sig, size_t n)
{
	if (!t->p.odd_der || ++t->signatures % t->p.odd_der)
		return n;
	/* SEQUENCE, length, INTEGER, length, r: a zero that need not be */
	memmove(sig + 5, sig + 4, n - 4);
	sig[4] = 0;
	sig[3]++;
	sig[1]++;
	return n + 1;
}
