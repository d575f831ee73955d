/* SPDX-License-Identifier: Apache-2.0 */
/* A holder's recipients. */
#include "bridge/initial/recipients.h"

#include <stdlib.h>
#include <string.h>

#define KIND "recipients"

static int find_holder(struct registry *reg, const char *name,
	char ret_id[ID_LEN], struct error *err)
{
	struct registry_holder h = { .name = NULL };
	bool found = false;
	int r;

	r = registry_name_find(reg, "holder", name, ret_id, err);
	if (r == 0 && ret_id[0])
		r = registry_holder_get(reg, ret_id, &h, &found, err);
	registry_holder_done(&h);
	if (r < 0 || found)
		return r;
	return error_set(err, ERROR_FAILED,
		"the registry knows no holder '%s'", name);
}

int initial_recipients(struct registry *reg, const char *holder,
	char ret_id[ID_LEN], struct recipients *ret, struct error *err)
{
	CLEANUP(free_p) char *line = NULL;
	struct error why;
	int r;

	r = find_holder(reg, holder, ret_id, err);
	if (r == 0)
		r = registry_name_get(reg, KIND, ret_id, &line, err);
	if (r < 0 || !line)
		return r;
	if (recipients_split(ret, line, &why) == 0)
		return 0;
	return error_set(err, ERROR_CORRUPT,
		"the recipients of '%s' in the registry cannot be read (%s): "
		"`tokenbridge registry recipient` writes them anew", holder,
		why.text);
}

static int append_changed(struct record *r, const char *holder, size_t n,
	struct error *err)
{
	return record_event(r, EVENT_HOLDER_RECIPIENTS, RECORD_RECIPIENTS,
		json_pack("{s:s,s:i}", "holder", holder, "count", (int)n), err);
}

/* Killed in between, the event is said once more by the next run. */
static int put_recipients(struct record *r, const struct recipients *to,
	char ret_id[ID_LEN], struct error *err)
{
	CLEANUP(free_p) char *line = NULL;
	int e;

	e = recipients_join(to, &line, err);
	if (e == 0)
		e = record_put_holder(r, ret_id, err);
	if (e == 0)
		e = registry_name_set(r->reg, KIND, ret_id, line, err);
	return e < 0 ? e : append_changed(r, ret_id, to->n, err);
}

/* Here the event comes first: what it says is there still goes. */
static int take_away(struct record *r, char ret_id[ID_LEN], bool *ret_changed,
	struct error *err)
{
	CLEANUP(free_p) char *line = NULL;
	int e;

	e = find_holder(r->reg, r->holder.name, ret_id, err);
	if (e == 0)
		e = registry_name_get(r->reg, KIND, ret_id, &line, err);
	*ret_changed = line != NULL;
	if (e < 0 || !line)
		return e;
	e = append_changed(r, ret_id, 0, err);
	return e < 0 ? e : registry_name_delete(r->reg, KIND, ret_id, err);
}

int initial_set_recipients(const struct run *run, struct registry *reg,
	const char *holder, const struct recipients *to,
	struct recipients_changed *ret, struct error *err)
{
	char journal[ID_LEN];
	struct record r = { .reg = reg, .journal = journal,
		.holder = { holder, REGISTRY_PERSON } };
	int e;

	*ret = (struct recipients_changed){ .changed = true };
	e = registry_actor(reg, NULL, run->ticket, &r.actor, err);
	if (e == 0)
		e = id_new(journal, err);
	if (e == 0)
		e = to->n > 0 ? put_recipients(&r, to, ret->holder, err) :
			take_away(&r, ret->holder, &ret->changed, err);
	ret->head = r.head;
	return e;
}
