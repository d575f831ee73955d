/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings to local users. */
#include "bridge/revoke/here.h"

#include "bridge/event/ssh-key.h"
#include "bridge/local/revoke.h"
#include "bridge/run/json.h"

#include <string.h>

/* "key: TYPE BASE64", of a specification in ssh-keygen(1), KEY REVOCATION
 * LISTS. */
static int tell_krl(struct revoke_work *w, const struct registry_binding *b,
	struct error *err)
{
	CLEANUP(buf_done) struct buf line;
	int r;

	buf_init(&line, 2 * SSH_KEY_MAX);
	buf_put_str(&line, "key: ");
	r = ssh_key_line(b->ssh_key, b->ssh_key_n, false, &line, err);
	if (r == 0)
		json_row(&w->receipt->krl, json_string(buf_str(&line)));
	return r;
}

static int take_one(struct revoke_work *w, struct record *record,
	const struct registry_binding *b, struct error *err)
{
	int r = local_unbind(record, b, err);

	if (r < 0)
		return r;
	w->receipt->head = record->head;
	revoke_tell(w->receipt, &(struct revoke_row){ REVOKE_DONE,
		registry_binding_kind_names[b->kind], b->id, b->user_name,
		NULL, "the binding is removed", NULL });
	return b->kind == REGISTRY_SSH && b->ssh_key ? tell_krl(w, b, err) : 0;
}

int revoke_here(struct revoke_work *w, const struct registry_bindings *list,
	revoke_meant *meant, const void *arg, struct error *err)
{
	struct record record = { .reg = w->reg, .actor = w->actor,
		.reason = w->reason };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!b->removed && (b->kind == REGISTRY_PAM ||
			b->kind == REGISTRY_SSH) && meant(b, arg))
			r = take_one(w, &record, b, err);
	}
	return r;
}
