/* SPDX-License-Identifier: Apache-2.0 */
/* A run's counts as events of the registry. */
#include "bridge/audit/keep/record.h"

#include "base/id.h"
#include "base/text.h"
#include "bridge/run/json.h"

#include <string.h>

#define USERS_MAX 200 /* of one event: it stays below EVENT_MAX */

int audit_record_check(const struct audit *a, bool at_end, struct error *err)
{
	if (!at_end || a->not_read)
		return error_set(err, ERROR_REFUSED,
			"nothing is recorded: the run did not come to its end, "
			"or did not read all there is");
	if (a->narrowed || !a->listed)
		return error_set(err, ERROR_REFUSED,
			"nothing is recorded: not all users were asked about");
	if (a->counted->missing)
		return error_set(err, ERROR_REFUSED,
			"nothing is recorded: the devices of %zu user%s are not "
			"known", a->counted->missing,
			text_plural(a->counted->missing));
	return 0;
}

/* The words of "fido, virtual". */
static json_t *kinds_json(const char *kinds)
{
	json_t *list = json_array();
	size_t n;

	for (; *kinds; kinds += n + strspn(kinds + n, ", ")) {
		n = strcspn(kinds, ",");
		json_row(&list, json_stringn(kinds, n));
	}
	return list;
}

static json_t *count_json(const struct audit_count *c)
{
	return json_pack("{s:s,s:I,s:o,s:o}",
		"user", c->user_id,
		"devices", (json_int_t)c->devices,
		"kinds", kinds_json(c->kinds),
		"seen", json_of_time(c->when));
}

static json_t *part_json(const struct audit *a, size_t part, size_t parts,
	const char *bundle)
{
	const struct audit_counted *c = a->counted;
	json_t *users = json_array(), *o;
	size_t i;

	for (i = part * USERS_MAX; i < c->n && i < (part + 1) * USERS_MAX; i++)
		json_row(&users, count_json(&c->p[i]));
	o = json_pack("{s:s,s:I,s:I,s:o}",
		"account", a->aws.account,
		"part", (json_int_t)part,
		"parts", (json_int_t)parts,
		"users", users);
	if (bundle)
		json_member(&o, "bundle", json_string(bundle));
	return o;
}

static void json_done(json_t **o)
{
	json_decref(*o);
}

int audit_record(const struct audit *a, struct registry *reg,
	const char *ticket, const char *bundle, struct registry_head *ret_head,
	struct error *err)
{
	/* an account without users is a fact, too */
	size_t parts = a->counted->n ?
		(a->counted->n + USERS_MAX - 1) / USERS_MAX : 1;
	struct event_draft draft = { .type = EVENT_MFA_COUNTED };
	char journal[ID_LEN];
	int r;

	r = id_new(journal, err);
	if (r >= 0)
		r = registry_actor(reg, a->aws.caller, ticket, &draft.actor,
			err);
	draft.journal = journal;
	for (; r >= 0 && draft.step < parts; draft.step++) {
		CLEANUP(json_done) json_t *body = part_json(a, draft.step,
			parts, bundle);

		if (!body)
			return error_memory(err);
		draft.body = body;
		r = registry_append(reg, &draft, ret_head, err);
	}
	return r;
}
