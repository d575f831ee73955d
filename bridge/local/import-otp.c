/* SPDX-License-Identifier: Apache-2.0 */
/* Importing authorized_yubikeys files of pam_yubico. */
#include "bridge/local/import-mapping.h"

#include "bridge/local/otp-ids.h"
#include "bridge/run/json.h"
#include "bridge/verify/record.h"

#include <stdlib.h>
#include <string.h>

struct otp_import {
	const struct run *run;
	const struct mapping_request *q;
	struct otp_ids ids;
	struct mapped_list *ret;
	struct event_actor actor;
};

static void otp_import_done(struct otp_import *x)
{
	otp_ids_done(&x->ids);
}

/* ---- what the registry says ---- */

static int differs(const struct otp_import *x, size_t i, const char *who,
	struct error *err)
{
	struct error e;

	error_set(&e, ERROR_CONFLICT, "the YubiKey '%s' is %.64s's here and "
		"%s%.64s%s: nothing was imported", x->ids.p[i].id,
		x->ret->p[i].user, who ? "" : "nobody's in the registry",
		who ? who : "", who ? "'s already" : "");
	return mapping_bad(x->q, x->ids.p[i].line, &e, err);
}

/* The first of the file with this id; i: none before. */
static size_t first_same(const struct otp_import *x, size_t i)
{
	size_t k = 0;

	while (strcmp(x->ids.p[k].id, x->ids.p[i].id) != 0)
		k++;
	return k;
}

static int judge_known(struct otp_import *x, size_t i, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	struct mapped *m = &x->ret->p[i];
	size_t k;
	int r = registry_tokens_by_identifier(x->q->reg, REGISTRY_ID_OTP,
		x->ids.p[i].id, &list, err);

	m->what = MAPPED_CLAIMED;
	for (k = 0; r == 0 && k < list.n; k++) {
		if (list.p[k].state == REGISTRY_RETIRED)
			continue;
		m->what = MAPPED_PRESENT;
		memcpy(m->token, list.p[k].id, sizeof(m->token));
		if (!list.p[k].holder_name ||
			strcmp(list.p[k].holder_name, m->user) != 0)
			r = differs(x, i, list.p[k].holder_name, err);
	}
	return r;
}

/* One key has one holder; pam_yubico lets one open two accounts. */
static int judge_id(struct otp_import *x, size_t i, struct error *err)
{
	size_t k = first_same(x, i);
	struct mapped *m = &x->ret->p[i];
	int r = 0;

	if (k == i)
		r = judge_known(x, i, err);
	else if (strcmp(x->ret->p[k].user, m->user) != 0)
		r = differs(x, i, x->ret->p[k].user, err);
	else
		m->what = MAPPED_PRESENT;
	x->ret->count[m->what] += r == 0;
	return r;
}

static int judge_ids(struct otp_import *x, struct error *err)
{
	struct local_user user;
	size_t i;
	int r = mapped_list_make(x->ret, x->ids.n, err);

	for (i = 0; r == 0 && i < x->ids.n; i++) {
		x->ret->p[i].line = x->ids.p[i].line;
		r = mapping_user(x->q, x->ids.p[i].line, x->ids.p[i].user,
			&user, err);
		if (r == 0)
			strcpy(x->ret->p[i].user, user.name);
		if (r == 0)
			r = judge_id(x, i, err);
	}
	return r;
}

/* ---- the record ---- */

static int record_claim(struct otp_import *x, size_t i, struct error *err)
{
	struct mapped *m = &x->ret->p[i];
	char journal[ID_LEN], holder[ID_LEN];
	struct record record = {
		.reg = x->q->reg,
		.journal = journal,
		.actor = x->actor,
		.holder = { m->user, REGISTRY_PERSON },
	};
	int r = id_new(journal, err);

	if (r == 0)
		r = id_new(m->token, err);
	if (r == 0)
		r = record_put_holder(&record, holder, err);
	if (r == 0)
		r = record_event(&record, EVENT_TOKEN_ADDED, RECORD_TOKEN,
			json_pack("{s:s,s:s,s:s,s:[{s:s,s:s,s:s}]}",
				"token", m->token, "state",
				registry_state_names[REGISTRY_ASSIGNED],
				"holder", holder, "identifiers",
				"kind", REGISTRY_ID_OTP,
				"value", x->ids.p[i].id, "basis",
				registry_basis_names[REGISTRY_SELF_REPORTED]),
			err);
	if (r == 0)
		x->ret->head = record.head;
	return r;
}

static int record_claims(void *data, struct error *err)
{
	struct otp_import *x = data;
	size_t i;
	int r = registry_actor(x->q->reg, NULL, x->run->ticket, &x->actor,
		err);

	for (i = 0; r == 0 && i < x->ids.n; i++)
		if (x->ret->p[i].what == MAPPED_CLAIMED)
			r = record_claim(x, i, err);
	return r;
}

static int parse_ids(const char *p, size_t n, void *ret, struct error *err)
{
	return otp_ids_parse(p, n, ret, err);
}

int import_otp(const struct run *run, const struct mapping_request *q,
	struct mapped_list *ret, struct error *err)
{
	CLEANUP(otp_import_done) struct otp_import x = { run, q, { NULL, 0 },
		ret };
	int r = registry_head(q->reg, &ret->head, err);

	if (r == 0)
		r = mapping_load(q, parse_ids, &x.ids, err);
	if (r == 0)
		r = judge_ids(&x, err);
	return r < 0 || q->only_look ? r :
		registry_together(q->reg, record_claims, &x, err);
}
