/* SPDX-License-Identifier: Apache-2.0 */
/* A token in a safe. */
#include "bridge/lifecycle/bag.h"

#include <string.h>

void bagged_done(struct bagged *b)
{
	registry_token_done(&b->row);
}

static int check_bag(const struct bag_request *q,
	const struct registry_token *row, struct error *err)
{
	char name[REGISTRY_TOKEN_NAME_LEN];
	bool out = q->bag.state == REGISTRY_BAG_OUT;

	registry_token_name(row, name);
	if (!row->holder[0] || row->holder_kind != REGISTRY_PLACE)
		return error_set(err, ERROR_REFUSED, "token %s is in no safe: "
			"`tokenbridge registry move %.8s --place SAFE` first",
			name, row->id);
	if (out && row->bag_state != REGISTRY_BAG_SEALED)
		return error_set(err, ERROR_REFUSED, "token %s is %s", name,
			row->bag_state == REGISTRY_BAG_OUT ?
			"out already" : "in no bag");
	if (!out && row->bag_state == REGISTRY_BAG_SEALED)
		return error_set(err, ERROR_REFUSED, "token %s is sealed in "
			"bag '%s': take it out first (--state out)", name,
			row->bag ? row->bag : "-");
	if (!out && row->bag && strcmp(row->bag, q->bag.bag) == 0)
		return error_set(err, ERROR_REFUSED, "token %s came out of "
			"bag '%s': a bag that was opened proves nothing, "
			"take a new one", name, row->bag);
	return 0;
}

int lifecycle_bag(const struct run *run, const struct bag_request *q,
	struct bagged *ret, struct error *err)
{
	struct record record = { .reg = q->reg, .reason = q->reason };
	struct record_bag bag = q->bag;
	char journal[ID_LEN];
	int r;

	r = lifecycle_find(q->reg, q->what, &ret->row, err);
	if (r == 0)
		r = check_bag(q, &ret->row, err);
	if (r == 0)
		r = registry_actor(q->reg, NULL, run->ticket, &record.actor,
			err);
	if (r == 0)
		r = id_new(journal, err);
	if (r < 0)
		return r;
	/* of one that is out: which it was */
	if (bag.state == REGISTRY_BAG_OUT)
		bag.bag = ret->row.bag;
	record.journal = journal;
	memcpy(record.token, ret->row.id, sizeof(record.token));
	r = record_bag(&record, &bag, err);
	ret->head = record.head;
	return r;
}
