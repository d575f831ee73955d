/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: what somebody's policies would allow, without trying it. */
#include "aws/api/iam.h"

#include "aws/query/field.h"
#include "aws/query/page.h"

#include <stdio.h>
#include <string.h>

#define NAME_LEN 48

static const struct operation simulate_principal_policy = {
	.action = "SimulatePrincipalPolicy",
	.service = AWS_IAM,
	.effect = CALL_READS,
};

struct each_decision {
	iam_decision_fn fn;
	void *data;
};

/* explicitDeny, implicitDeny, and what else there may be one day */
static bool is_allowed(const char *word)
{
	return strcmp(word, "allowed") == 0;
}

static bool lacks_context(const struct xml_node *node)
{
	return xml_text(xml_child(node, "MissingContextValues"), "member") !=
		NULL;
}

/* One resource of an action, whose name stands in *d already. */
static int give_resource(const struct each_decision *each,
	const struct xml_node *member, struct iam_decision *d,
	struct error *err)
{
	char word[32];
	const struct field fields[] = {
		FIELD_STRING("EvalResourceName", d->resource, true),
		FIELD_STRING("EvalResourceDecision", word, true),
	};
	bool depends = d->depends;
	int r = field_read(member, fields, ARRAY_LEN(fields),
		&simulate_principal_policy, err);

	if (r < 0)
		return r;
	d->allowed = is_allowed(word);
	d->depends = depends || lacks_context(member);
	r = each->fn(each->data, d, err);
	d->depends = depends;
	return r;
}

/*
 * AWS gives a result for each action, whose decision is the strictest one of
 * all resources, and below it one for each of these; it used to give a result
 * for each of both, and still may.
 */
static int give_decision(void *data, const struct xml_node *member,
	struct error *err)
{
	const struct each_decision *each = data;
	const struct xml_node *one;
	char word[32];
	struct iam_decision d;
	const struct field fields[] = {
		FIELD_STRING("EvalActionName", d.action, true),
		FIELD_STRING("EvalResourceName", d.resource, false),
		FIELD_STRING("EvalDecision", word, true),
	};
	int r = field_read(member, fields, ARRAY_LEN(fields),
		&simulate_principal_policy, err);

	if (r < 0)
		return r;
	d.allowed = is_allowed(word);
	d.depends = lacks_context(member);
	one = xml_child(xml_child(member, "ResourceSpecificResults"),
		"member");
	if (!one || d.allowed)
		return each->fn(each->data, &d, err);
	for (; r >= 0 && one; one = xml_again(one))
		r = give_resource(each, one, &d, err);
	return r;
}

/* The parameters of a request, and room for their names. */
struct simulate_form {
	struct param params[2 * IAM_SIMULATE_MAX + 4];
	char names[2 * IAM_SIMULATE_MAX][NAME_LEN];
	size_t n, names_n;
};

static void form_add(struct simulate_form *f, const char *list,
	const char *const *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char *name = f->names[f->names_n++];

		snprintf(name, NAME_LEN, "%s.member.%zu", list, i + 1);
		f->params[f->n++] = (struct param){ name, values[i] };
	}
}

int iam_simulate_principal_policy(struct aws_session *s,
	const struct iam_simulation *q, iam_decision_fn fn, void *data,
	struct error *err)
{
	struct each_decision each = { fn, data };
	struct simulate_form f = { .n = 0 };

	if (q->actions_n < 1 || q->actions_n > IAM_SIMULATE_MAX ||
		q->resources_n > IAM_SIMULATE_MAX)
		return error_set(err, ERROR_USAGE,
			"1 to %d actions and resources can be asked about",
			IAM_SIMULATE_MAX);
	f.params[f.n++] = (struct param){ "PolicySourceArn", q->principal };
	form_add(&f, "ActionNames", q->actions, q->actions_n);
	form_add(&f, "ResourceArns", q->resources, q->resources_n);
	f.params[f.n++] = (struct param){ "Marker", NULL };
	f.params[f.n] = (struct param){ NULL, NULL };
	return page_each(s, &simulate_principal_policy, f.params,
		"EvaluationResults", give_decision, &each, err);
}
