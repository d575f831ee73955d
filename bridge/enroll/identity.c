/* SPDX-License-Identifier: Apache-2.0 */
/* What the token is that is registered, and whose. */
#include "bridge/enroll/enrollment.h"

#include "base/encode.h"
#include "base/shell.h"
#include "bridge/verify/admission.h"

#include <string.h>

static int is_device_already(const struct enrollment *e,
	const struct registry_binding *b, struct error *err)
{
	const char *device = b->device ? b->device : "-";
	const char *const words[] = { "tokenbridge", "revoke", "--",
		e->user.name, device, NULL };
	CLEANUP(free_p) char *line = shell_line(words);

	return error_set(err, ERROR_CONFLICT,
		"this token is a device of '%s' already (%s): `%s` first",
		e->user.name, device, line ? line : "tokenbridge revoke");
}

/*
 * Asked twice: of the row that the token's own words point at, to spare a touch
 * that would be refused, and of the row that the token proved to be. By two
 * methods it may be two devices of a user: codes for programs, FIDO for people.
 */
static int check_row(struct enrollment *e, const struct registry_token *row,
	struct error *err)
{
	size_t i;
	int r = 0;

	if (e->q->admit)
		r = e->q->admit(e->q->admit_data, row, err);
	if (r == 0)
		r = admission_check_row(row, e->q->holder, err);
	if (r < 0)
		return r;
	for (i = 0; i < row->bindings.n; i++) {
		const struct registry_binding *b = &row->bindings.p[i];

		if (b->removed || b->kind != REGISTRY_AWS ||
			strcmp(registry_method_names[b->method],
				e->method->name) != 0)
			continue;
		if (strcmp(b->account, e->q->aws->caller.account) == 0 &&
			strcmp(b->user, e->user.id) == 0)
			return is_device_already(e, b, err);
	}
	return 0;
}

int enrollment_check_found(struct enrollment *e, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	size_t i;
	int r = 0;

	if (e->found_by.kind)
		r = registry_tokens_by_identifier(e->q->reg, e->found_by.kind,
			e->found_by.value, &list, err);
	for (i = 0; r == 0 && i < list.n; i++)
		r = check_row(e, &list.p[i], err);
	registry_tokens_done(&list);
	return r;
}

static int check_holder(struct enrollment *e, struct error *err)
{
	const struct registry_token *row = &e->verification.row;
	size_t i;
	int r;

	if (!e->verification.known)
		return 0;
	r = check_row(e, row, err);
	for (i = 0; r == 0 && i < row->bindings.n; i++)
		if (!row->bindings.p[i].removed &&
			row->bindings.p[i].kind == REGISTRY_AWS)
			run_say(e->run,
				"This token of %s is also a device of '%s' in "
				"account %s.",
				e->q->holder,
				row->bindings.p[i].user_name
					? row->bindings.p[i].user_name
					: "-",
				row->bindings.p[i].account);
	return r;
}

/*
 * The row was read before the touch: meanwhile another run may have given the
 * token away, and has then given its reservation back.
 */
static int check_once_more(struct enrollment *e, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_by_id(e->q->reg, e->journal.facts.token, &list,
		err);

	if (r == 0 && list.n == 1)
		r = check_row(e, &list.p[0], err);
	registry_tokens_done(&list);
	return r;
}

/* What the token is; whose it is comes with the binding. */
static int record_identity(struct enrollment *e, struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	struct journal_facts *f = &e->journal.facts;
	struct record record = {
		.reg = e->q->reg,
		.journal = e->journal.id,
		.actor = e->q->actor,
		.label = e->q->label,
		.reason = e->q->force,
	};
	int r;

	r = record_verification(&record, &e->verification, err);
	if (r < 0)
		return r;
	memcpy(f->token, record.token, sizeof(f->token));
	if (record.has_evidence)
		hex_encode(record.evidence, sizeof(record.evidence),
			f->evidence);
	if (e->method->record)
		r = e->method->record(e, &record, err);
	/* the journal first: recovery must know what it gives back */
	if (r == 0)
		r = journal_point(&e->journal, JOURNAL_IDENTITY, err);
	if (r == 0)
		r = sequence_reserve_token(&s, err);
	return r < 0 ? r : check_once_more(e, err);
}

int enrollment_identify(struct enrollment *e, struct error *err)
{
	const struct admission admission = { e->q->trust, e->q->method,
		e->q->force };
	struct verify_request q = {
		.token = e->attached.chosen,
		.reg = e->q->reg,
		.holder = e->q->holder,
		.trust = e->q->trust,
		.purpose = e->method->first_touch,
		.fresh = e->q->fresh,
		.enterprise = e->q->enterprise,
	};
	int r;

	r = attached_open(e->run, q.token, &e->fido, err);
	q.fido = e->fido;
	if (r == 0)
		r = verify_token(e->run, &q, &e->verification, err);
	run_forget_secrets(e->run);
	/* the smart card must not find its key busy */
	fido_free(&e->fido);
	if (r == 0)
		r = admission_check_token(e->run, &admission, &e->verification,
			err);
	if (r == 0)
		r = check_holder(e, err);
	return r < 0 ? r : record_identity(e, err);
}
