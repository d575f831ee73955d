/* SPDX-License-Identifier: Apache-2.0 */
/* Events in sentences: a table by type, and what may stand behind each. */
#include "bridge/ledger/sentence.h"

#include "base/buf.h"
#include "bridge/event/words.h"

#include <string.h>

#define SENTENCE_MAX 8192

struct teller {
	const struct event *e;
	const json_t *entry;
	struct buf b;
};

static const char *or_dash(const char *name)
{
	return name ? name : "(name erased)";
}

static const char *said(const struct teller *t, const char *member)
{
	return event_str(t->entry, member);
}

/* ---- one of each ---- */

static void say_init(struct teller *t)
{
	buf_printf(&t->b, "registry made%s", event_bool(t->e->body, "rehearsal") ?
		", for rehearsal" : "");
}

static void say_restored(struct teller *t)
{
	const json_t *body = t->e->body;
	int64_t first = event_int(body, "lost_first", -1);

	buf_printf(&t->b, "registry restored up to event %lld",
		(long long)event_int(body, "seq", 0));
	if (first >= 0)
		buf_printf(&t->b, "; events %lld to %lld were lost",
			(long long)first,
			(long long)event_int(body, "lost_last", first));
}

static void say_holder(struct teller *t)
{
	buf_printf(&t->b, "%s %s written down", event_str(t->e->body, "kind"),
		or_dash(said(t, "holder")));
}

static void say_recipients(struct teller *t)
{
	int64_t n = event_int(t->e->body, "count", 0);

	if (n == 0)
		buf_printf(&t->b, "nothing is encrypted for %s any more",
			or_dash(said(t, "holder")));
	else
		buf_printf(&t->b, "%lld key%s of %s to encrypt for",
			(long long)n, n == 1 ? "" : "s",
			or_dash(said(t, "holder")));
}

static void say_added(struct teller *t)
{
	const char *model = event_str(t->e->body, "model");

	buf_printf(&t->b, "token recorded as %s%s%s",
		event_str(t->e->body, "state"), model ? ": " : "",
		model ? model : "");
}

static void say_identified(struct teller *t)
{
	buf_put_str(&t->b, "more was learned of the token");
}

/* Only a change of the state is told. */
static void add_states(struct teller *t)
{
	const char *from = said(t, "from"), *to = said(t, "to");

	if (from && to && strcmp(from, to) != 0)
		buf_printf(&t->b, " (%s -> %s)", from, to);
}

static void say_assigned(struct teller *t)
{
	const char *before = said(t, "holderBefore");
	const char *holder = said(t, "holder");

	buf_printf(&t->b, "given to %s", or_dash(holder));
	if (before && holder && strcmp(before, holder) != 0)
		buf_printf(&t->b, ", from %s", before);
	add_states(t);
}

static void say_state(struct teller *t)
{
	const char *state = event_str(t->e->body, "state");
	const char *before = said(t, "holderBefore");

	switch (registry_word(registry_state_names, state)) {
	case REGISTRY_HANDED_OVER:
		buf_printf(&t->b, "handed over to %s, who proved to have it",
			or_dash(said(t, "holder")));
		break;
	case REGISTRY_STOCK:
		buf_printf(&t->b, "back in the stock%s%s",
			before ? ", from " : "", before ? before : "");
		break;
	default: /* adopted, lost, retired: the word says it */
		buf_put_str(&t->b, state);
	}
	add_states(t);
}

static void say_bag(struct teller *t)
{
	const char *state = event_str(t->e->body, "state");

	buf_put_str(&t->b, strcmp(state, registry_bag_names[
		REGISTRY_BAG_SEALED]) == 0 ? "sealed in a bag of the safe" :
		"taken out of its bag in the safe");
}

static void say_verified(struct teller *t)
{
	buf_printf(&t->b, "verified: %s", said(t, "verdict"));
}

static void say_credential(struct teller *t)
{
	buf_printf(&t->b, "credential for %s made", event_str(t->e->body, "rp"));
}

static void say_used(struct teller *t)
{
	buf_printf(&t->b, "proved by its credential for %s, count %lld",
		event_str(t->e->body, "rp"),
		(long long)event_int(t->e->body, "counter", 0));
}

static void say_credential_removed(struct teller *t)
{
	buf_printf(&t->b, "credential for %s removed",
		event_str(t->e->body, "rp"));
}

/* "MFA device DEVICE of alice in 123456789012 (totp)", "login of games (pam)" */
static void add_what(struct teller *t)
{
	const char *kind = said(t, "bindingKind"), *user = said(t, "user");
	const char *device = said(t, "device"), *method = said(t, "method");
	const char *local = said(t, "localUser");

	if (!kind)
		buf_printf(&t->b, "binding %.8s", event_str(t->e->body,
			"binding"));
	else if (strcmp(kind, registry_binding_kind_names[REGISTRY_AWS]) == 0)
		buf_printf(&t->b, "MFA device %s of %s in %s (%s)",
			or_dash(device), or_dash(user), said(t, "account") ?
			said(t, "account") : "-", method ? method : "-");
	else
		buf_printf(&t->b, "%s of %s (%s)",
			strcmp(kind, registry_binding_kind_names[
				REGISTRY_OATH]) == 0 ? "OATH account" : "login",
			or_dash(local ? local : user), kind);
}

static void say_bound(struct teller *t)
{
	const char *basis = event_str(t->e->body, "basis");

	buf_put_str(&t->b, "bound: ");
	add_what(t);
	if (basis)
		buf_printf(&t->b, ", %s", basis);
}

/* Which key that was it does not tell. */
static void say_witnessed(struct teller *t)
{
	buf_put_str(&t->b, event_str(t->e->body, "event") ?
		"a sign-in, told by CloudTrail: " : "told by CloudTrail: ");
	add_what(t);
}

static void say_unbound(struct teller *t)
{
	buf_put_str(&t->b, "taken away: ");
	add_what(t);
}

static void say_erased(struct teller *t)
{
	size_t n = json_array_size(json_object_get(t->e->body, "names"));

	buf_printf(&t->b, "%zu name%s erased", n, n == 1 ? "" : "s");
}

static void say_checkpoint(struct teller *t)
{
	buf_printf(&t->b, "evidence of events up to %lld pruned",
		(long long)event_int(t->e->body, "seq", 0));
}

static void say_counted(struct teller *t)
{
	const json_t *users = json_object_get(t->e->body, "users"), *o;
	const json_t *part = json_object_get(t->e->body, "part");
	const json_t *parts = json_object_get(t->e->body, "parts");
	size_t i, n = json_array_size(users), none = 0;

	json_array_foreach(users, i, o)
		none += json_integer_value(json_object_get(o, "devices")) == 0;
	buf_printf(&t->b, "MFA devices of %zu user%s of account %s counted: "
		"%zu %s none", n, n == 1 ? "" : "s",
		event_str(t->e->body, "account"), none,
		none == 1 ? "has" : "have");
	if (json_integer_value(parts) > 1)
		buf_printf(&t->b, " (part %lld of %lld)",
			(long long)json_integer_value(part) + 1,
			(long long)json_integer_value(parts));
}

static void say_root_removed(struct teller *t)
{
	const json_t *list = json_object_get(t->e->body, "removed"), *o;
	const char *device = said(t, "device");
	const char *basis = event_str(t->e->body, "basis");
	size_t i;

	buf_printf(&t->b, "taken away from root of account %s:",
		event_str(t->e->body, "account"));
	json_array_foreach(list, i, o)
		buf_printf(&t->b, "%s %s", i ? "," : "",
			json_string_value(o));
	if (json_array_size(list) == 0)
		buf_put_str(&t->b, " what an earlier run began with");
	if (device)
		buf_printf(&t->b, " %s", device);
	if (basis)
		buf_printf(&t->b, " (%s)", basis);
}

static void (*const sentences[EVENT_TYPE_COUNT])(struct teller *t) = {
	[EVENT_REGISTRY_INIT] = say_init,
	[EVENT_REGISTRY_RESTORED] = say_restored,
	[EVENT_HOLDER_ADDED] = say_holder,
	[EVENT_TOKEN_ADDED] = say_added,
	[EVENT_TOKEN_IDENTIFIED] = say_identified,
	[EVENT_TOKEN_ASSIGNED] = say_assigned,
	[EVENT_TOKEN_STATE] = say_state,
	[EVENT_TOKEN_BAG] = say_bag,
	[EVENT_TOKEN_VERIFIED] = say_verified,
	[EVENT_CREDENTIAL_ADDED] = say_credential,
	[EVENT_CREDENTIAL_USED] = say_used,
	[EVENT_CREDENTIAL_REMOVED] = say_credential_removed,
	[EVENT_BINDING_ADDED] = say_bound,
	[EVENT_BINDING_REMOVED] = say_unbound,
	[EVENT_NAME_ERASED] = say_erased,
	[EVENT_CHECKPOINT] = say_checkpoint,
	[EVENT_HOLDER_RECIPIENTS] = say_recipients,
	[EVENT_BINDING_WITNESSED] = say_witnessed,
	[EVENT_MFA_COUNTED] = say_counted,
	[EVENT_ROOT_REMOVED] = say_root_removed,
};

/* ---- the whole ---- */

static void add_why(struct teller *t)
{
	const char *reason = said(t, "reason"), *ticket = said(t, "ticket");

	if (reason)
		buf_printf(&t->b, "; reason: %s", reason);
	else if (event_str(t->e->body, "reason"))
		buf_put_str(&t->b, "; the reason was erased");
	if (ticket)
		buf_printf(&t->b, "; ticket: %s", ticket);
}

json_t *sentence_of(const struct event *e, const json_t *entry)
{
	struct teller t = { .e = e, .entry = entry };
	json_t *o;

	buf_init(&t.b, SENTENCE_MAX);
	if (e->type == EVENT_UNKNOWN) /* of a newer program */
		buf_printf(&t.b, "%s", e->type_name);
	else
		sentences[e->type](&t);
	add_why(&t);
	o = buf_failed(&t.b) ? NULL : json_string(buf_str(&t.b));
	buf_done(&t.b);
	return o;
}
