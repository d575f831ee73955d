/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest word by edit distance. */
#include "base/near.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The last three rows of the table of distances are enough for swaps. */
unsigned near_distance(const char *a, const char *b)
{
	unsigned char rows[3][NEAR_MAX + 1];
	size_t n = strlen(a), m = strlen(b), i, k;

	if (n > NEAR_MAX || m > NEAR_MAX)
		return NEAR_FAR;
	for (k = 0; k <= m; k++)
		rows[0][k] = (unsigned char)k;
	for (i = 1; i <= n; i++) {
		unsigned char *now = rows[i % 3], *up = rows[(i + 2) % 3];
		const unsigned char *above = rows[(i + 1) % 3];

		now[0] = (unsigned char)i;
		for (k = 1; k <= m; k++) {
			unsigned d = up[k - 1];

			d += a[i - 1] == b[k - 1] ? 0 : 1;
			d = least(d, least(up[k], now[k - 1]) + 1u);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
				a[i - 2] == b[k - 1])
				d = least(d, above[k - 2] + 1u);
			now[k] = (unsigned char)d;
		}
	}
	return rows[n % 3][m];
}

/* One slip in a short word, one for every three letters of a longer one. */
static bool is_near(const char *word, unsigned distance)
{
	size_t n = strlen(word);

	return distance <= (n < 6 ? 1 : n / 3) && distance < n;
}

void near_look(struct near *n, const char *candidate)
{
	size_t typed = strlen(n->word);
	unsigned d = near_distance(n->word, candidate);

	/* the rest of a word is the least that one can have left out */
	if (typed >= 3 && strncmp(n->word, candidate, typed) == 0)
		d = least(d, 1);
	if (!is_near(n->word, d) || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
