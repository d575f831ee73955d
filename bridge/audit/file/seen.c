/* SPDX-License-Identifier: Apache-2.0 */
/* A set of hashes of fixed size. */
#include "bridge/audit/file/seen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct audit_seen {
	uint64_t *slots; /* owned; 0: free */
	uint64_t mask;
	uint64_t n;
	uint64_t key[2]; /* so that no report can choose what collides */
	bool overflowed;
};

int audit_seen_new(struct audit_seen **ret, unsigned bits, struct error *err)
{
	struct audit_seen *s = calloc(1, sizeof(*s));

	if (s)
		s->slots = calloc((size_t)1 << bits, sizeof(*s->slots));
	if (!s || !s->slots) {
		audit_seen_free(&s);
		return error_memory(err);
	}
	s->mask = ((uint64_t)1 << bits) - 1;
	/* without entropy it is 0, which costs only that guard */
	(void)!getrandom(s->key, sizeof(s->key), GRND_NONBLOCK);
	*ret = s;
	return 0;
}

void audit_seen_free(struct audit_seen **s)
{
	if (!s || !*s)
		return;
	free((*s)->slots);
	free_p(s);
}

static uint64_t seen_mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product =
		(unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) *
		(b ^ 0xd1b54a32d192ed03u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t seen_load(const char *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return word;
}

uint64_t audit_seen_hash(const struct audit_seen *s, const char *p, size_t n)
{
	uint64_t h = s->key[0] ^ n;

	/* the last two words of a text may have bytes in common */
	for (; n > 16; p += 8, n -= 8)
		h = seen_mix(h, seen_load(p, 8) ^ s->key[1]);
	if (n < 8)
		return seen_mix(h, seen_load(p, n) ^ s->key[1]);
	return seen_mix(seen_load(p, 8) ^ h,
		seen_load(p + n - 8, 8) ^ s->key[1]);
}

static uint64_t seen_slot(uint64_t group, uint64_t hash)
{
	uint64_t h = seen_mix(hash, group);

	return h ? h : 1;
}

void audit_seen_expect(const struct audit_seen *s, uint64_t group,
	uint64_t hash)
{
	__builtin_prefetch(&s->slots[seen_slot(group, hash) & s->mask]);
}

bool audit_seen_before(struct audit_seen *s, uint64_t group, uint64_t hash)
{
	uint64_t h = seen_slot(group, hash), i;

	for (i = h & s->mask; s->slots[i]; i = (i + 1) & s->mask)
		if (s->slots[i] == h)
			return true;
	if (s->n > s->mask / 2) {
		s->overflowed = true;
		return false;
	}
	s->slots[i] = h;
	s->n++;
	return false;
}

void audit_seen_next_group(struct audit_seen *s)
{
	if (s->n < s->mask / 4)
		return;
	memset(s->slots, 0, (s->mask + 1) * sizeof(*s->slots));
	s->n = 0;
}

bool audit_seen_overflowed(const struct audit_seen *s)
{
	return s->overflowed;
}
