/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean ...?": of several words the one that is nearest to what was
 * typed, and near enough for a slip of the fingers. Pure.
 */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

/* A search; all zeros but `word`, which is borrowed as `best` is. */
struct near {
	const char *word; /* what was typed */
	const char *best; /* NULL: none is near enough */
	unsigned distance; /* of best */
};

/* Looks at one more candidate; of equally near ones the first stays. */
void near_look(struct near *n, const char *candidate);

/*
 * How many bytes were left out, put in, changed or swapped with the next one
 * (optimal string alignment) between a and b; NEAR_FAR where either is longer
 * than NEAR_MAX bytes.
 */
#define NEAR_MAX 64
#define NEAR_FAR 255
unsigned near_distance(const char *a, const char *b);

#endif
