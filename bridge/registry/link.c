/* SPDX-License-Identifier: Apache-2.0 */
/* A link of the chain. */
#include "bridge/registry/link.h"

#include "bridge/hash/chain.h"

#include <string.h>

void link_done(struct link *l)
{
	event_done(&l->event);
	buf_done(&l->bytes);
}

int link_complete(struct event_draft *d, char journal[ID_LEN],
	struct error *err)
{
	if (d->time == 0)
		d->time = time(NULL);
	if (d->journal)
		return 0;
	d->journal = journal;
	return id_new(journal, err);
}

int link_make(struct link *ret, const char *station,
	const struct registry_head *behind, const struct event_draft *d,
	struct error *err)
{
	CLEANUP(link_done) struct link l = LINK_INIT;
	int r;

	buf_init(&l.bytes, EVENT_MAX);
	l.head.seq = behind ? behind->seq + 1 : 0;
	memcpy(l.head.stream, station, ID_LEN);
	r = event_build(&l.bytes, station, l.head.seq, d, err);
	/* what is read back is what gets projected, now and ever after */
	if (r == 0)
		r = event_parse(l.bytes.p, l.bytes.n, &l.event, err);
	if (r == 0)
		r = chain_next(behind ? behind->hash : NULL, l.bytes.p,
			l.bytes.n, l.head.hash, err);
	if (r < 0)
		return r;
	*ret = l;
	l = (struct link)LINK_INIT;
	return 0;
}
