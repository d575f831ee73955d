/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of events: one table of rules says what each type may hold; building,
 * reading and the tests all go through it.
 */
#include "bridge/event/body.h"

#include "base/text.h"
#include "bridge/event/rule.h"
#include "bridge/event/words.h"

#include <string.h>

static const char *const interfaces[] = { "fido", "otp", "ccid", NULL };
static const char *const join_names[] = {
	"same-serial", "same-usb-parent", NULL,
};

/* ---- forms of single members ---- */

/* A word as written down: `none`, the first, stands for a missing member. */
static bool body_form_some(const json_t *v, const void *with)
{
	return rule_form_one_of(v, with) &&
		registry_word(with, json_string_value(v)) > 0;
}

static bool body_form_verdict(const json_t *v, const void *with)
{
	json_int_t n = json_integer_value(v);

	(void)with;
	return json_is_integer(v) && (n == 0 || (n >= 20 && n <= 27));
}

static bool body_form_account(const json_t *v, const void *with)
{
	const char *s = json_string_value(v);

	(void)with;
	return s && strlen(s) == 12 && text_is_digits(s, 12);
}

/* ---- rules ---- */

static const struct rule identifier_rules[] = {
	MUST("kind", word), MUST("value", text),
	MUST_WORD("basis", registry_basis_names), END,
};
static const struct rule join_rules[] = {
	MUST_WORD("a", interfaces), MUST_WORD("b", interfaces),
	MUST_WORD("by", join_names), END,
};
static const struct rule name_rules[] = {
	MUST("kind", word), MUST("id", text), END,
};
static const struct rule_list ids = { rule_form_id, NULL };
static const struct rule_list texts = { rule_form_text, NULL };
static const struct rule_list identifiers = {
	rule_form_object, identifier_rules,
};
static const struct rule_list joins = { rule_form_object, join_rules };
static const struct rule_list names = { rule_form_object, name_rules };

#define FACTS                                                                  \
	MAY("model", text), MAY("aaguid", id), MAY("firmware", text),          \
	MAY("firmware_signed", bool), MAY_LIST("identifiers", identifiers),    \
	MAY_LIST("joins", joins)

static const struct rule init_rules[] = {
	MUST("rehearsal", bool), MAY("program", text), END,
};
static const struct rule restored_rules[] = {
	MUST("seq", number), MUST("hash", sha), MAY("lost_first", number),
	MAY("lost_last", number), MAY("reason", id), END,
};
static const struct rule holder_rules[] = {
	MUST("holder", id), MUST_WORD("kind", registry_holder_kind_names),
	MAY_LIST("custodians", ids), MAY("bag", text), END,
};
static const struct rule token_added_rules[] = {
	MUST("token", id), MUST_WORD("state", registry_state_names),
	MAY("holder", id), FACTS, END,
};
static const struct rule token_identified_rules[] = {
	MUST("token", id), FACTS, END,
};
static const struct rule token_assigned_rules[] = {
	MUST("token", id), MUST("holder", id), MAY("reason", id), END,
};
static const struct rule token_state_rules[] = {
	MUST("token", id), MUST_WORD("state", registry_state_names),
	MAY("evidence", sha), MAY("reason", id), END,
};
static const struct rule token_bag_rules[] = {
	MUST("token", id), { "state", body_form_some, registry_bag_names, false },
	MAY("bag", id), MAY_LIST("custodians", ids), MAY("reason", id), END,
};
static const struct rule token_verified_rules[] = {
	MUST("token", id), { "verdict", body_form_verdict, NULL, false },
	MAY("evidence", sha), MAY_LIST("advisories", texts), FACTS, END,
};
static const struct rule credential_added_rules[] = {
	MUST("token", id), MUST("rp", text), MUST("credential", bytes),
	MUST("public_key", bytes), MUST("alg", int), MUST("counter", u32),
	MUST("resident", bool), MAY("uv", bool), MAY("aaguid", id),
	MAY("evidence", sha), MAY("reason", id), END,
};
static const struct rule credential_used_rules[] = {
	MUST("token", id), MUST("rp", text), MUST("credential", bytes),
	MUST("counter", u32), MAY("evidence", sha), END,
};
static const struct rule credential_removed_rules[] = {
	MUST("token", id), MUST("rp", text), MUST("credential", bytes),
	MAY("reason", id), END,
};
static const struct rule binding_added_rules[] = {
	MUST("binding", id), MUST_WORD("kind", registry_binding_kind_names),
	MUST("user", text), MAY("token", id), MAY("device", id),
	{ "account", body_form_account, NULL, true },
	{ "method", body_form_some, registry_method_names, true },
	MAY("rp", text), MAY("credential", bytes), MAY("local_user", id),
	MAY("oath_account", id), MAY("ssh_key", bytes),
	MAY("verify_required", bool), MAY("basis", word),
	MAY("aws_request", text), MAY("begun", text), MAY("evidence", sha),
	MAY("reason", id), END,
};
static const struct rule binding_witnessed_rules[] = {
	MUST("binding", id), MUST("basis", word), MUST("trail", sha),
	MAY("event", word), END,
};
static const struct rule binding_removed_rules[] = {
	MUST("binding", id), MAY("aws_request", text), MAY("evidence", sha),
	MAY("reason", id), END,
};
static const struct rule name_erased_rules[] = {
	{ "names", rule_form_list, &names, false }, MAY("reason", id), END,
};
static const struct rule recipients_rules[] = {
	MUST("holder", id), MUST("count", number), END,
};
static const struct rule_list words = { rule_form_word, NULL };
static const struct rule counted_user_rules[] = {
	MUST("user", text), MUST("devices", number),
	{ "kinds", rule_form_list, &words, false }, MUST("seen", text), END,
};
static const struct rule_list counted_users = {
	rule_form_object, counted_user_rules,
};
static const struct rule counted_rules[] = {
	{ "account", body_form_account, NULL, false },
	MUST("part", number), MUST("parts", number),
	{ "users", rule_form_list, &counted_users, false },
	MAY("bundle", sha), END,
};
static const struct rule root_removed_rules[] = {
	{ "account", body_form_account, NULL, false },
	{ "removed", rule_form_list, &words, false }, MAY("device", id),
	MAY("basis", word), MAY("reason", id), END,
};
static const struct rule checkpoint_rules[] = {
	MUST("seq", number), MUST("hash", sha), END,
};

static const struct {
	const char *name;
	const struct rule *rules;
} types[EVENT_TYPE_COUNT] = {
	[EVENT_REGISTRY_INIT] = { "registry.init", init_rules },
	[EVENT_REGISTRY_RESTORED] = { "registry.restored", restored_rules },
	[EVENT_HOLDER_ADDED] = { "holder.added", holder_rules },
	[EVENT_TOKEN_ADDED] = { "token.added", token_added_rules },
	[EVENT_TOKEN_IDENTIFIED] = {
		"token.identified", token_identified_rules },
	[EVENT_TOKEN_ASSIGNED] = { "token.assigned", token_assigned_rules },
	[EVENT_TOKEN_STATE] = { "token.state", token_state_rules },
	[EVENT_TOKEN_BAG] = { "token.bag", token_bag_rules },
	[EVENT_TOKEN_VERIFIED] = { "token.verified", token_verified_rules },
	[EVENT_CREDENTIAL_ADDED] = {
		"credential.added", credential_added_rules },
	[EVENT_CREDENTIAL_USED] = { "credential.used", credential_used_rules },
	[EVENT_CREDENTIAL_REMOVED] = {
		"credential.removed", credential_removed_rules },
	[EVENT_BINDING_ADDED] = { "binding.added", binding_added_rules },
	[EVENT_BINDING_REMOVED] = { "binding.removed", binding_removed_rules },
	[EVENT_NAME_ERASED] = { "name.erased", name_erased_rules },
	[EVENT_CHECKPOINT] = { "checkpoint", checkpoint_rules },
	[EVENT_HOLDER_RECIPIENTS] = { "holder.recipients", recipients_rules },
	[EVENT_BINDING_WITNESSED] = { "binding.witnessed",
		binding_witnessed_rules },
	[EVENT_MFA_COUNTED] = { "mfa.counted", counted_rules },
	[EVENT_ROOT_REMOVED] = { "root.removed", root_removed_rules },
};

/* ---- types ---- */

const char *event_type_name(enum event_type type)
{
	if (type < 0 || type >= EVENT_TYPE_COUNT)
		return NULL;
	return types[type].name;
}

enum event_type event_type_of(const char *name)
{
	for (int i = 0; i < EVENT_TYPE_COUNT; i++)
		if (strcmp(types[i].name, name) == 0)
			return (enum event_type)i;
	return EVENT_UNKNOWN;
}

int event_check_body(enum event_type type, const json_t *body,
	struct error *err)
{
	const char *name = event_type_name(type);

	if (!name)
		return error_set(err, ERROR_MALFORMED, "unknown event type");
	if (!json_is_object(body))
		return error_set(err, ERROR_MALFORMED,
			"event %s: the body is not an object", name);
	if (!rule_is_clean(body, 1))
		return error_set(err, ERROR_MALFORMED,
			"event %s: the body holds control characters or is "
			"nested too deeply", name);
	return rule_check(types[type].rules, body, name, err);
}
