/* SPDX-License-Identifier: Apache-2.0 */
/* One device of several. */
#include "bridge/revoke/work.h"

#include "base/shell.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/revocation.h"

#include <stdlib.h>
#include <string.h>

int revoke_settle(struct revoke_work *w, struct error *err)
{
	CLEANUP(worker_done) struct worker worker = WORKER_INIT;
	const struct recovery q = { w->aws, w->reg, &worker, w->actor, NULL,
		NULL, false };

	return recover_all(w->run, &q, NULL, err);
}

bool revoke_is_unknown(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED;
}

void revoke_leave(struct revoke_work *w, const char *what,
	const char *subject, const char *user, const char *why, char *command)
{
	revoke_tell(w->receipt, &(struct revoke_row){ REVOKE_LEFT, what,
		subject, user, w->aws->caller.account, why, command });
	free(command);
}

char *revoke_device_command(const struct revoke_work *w, const char *user,
	const char *serial)
{
	const char *const words[] = { "tokenbridge", "revoke", "--account",
		w->aws->caller.account, "--", user, serial, NULL };

	return shell_line(words);
}

/* ---- what AWS keeps, unassigned ---- */

/* The one row of such a device, whatever was done to it. */
static void leave_undeleted(struct revoke_work *w,
	const struct journal_facts *f)
{
	const struct mfa_revoked x = { .facts = *f, .orphan = true };
	const char *const words[] = { "aws", "iam",
		"delete-virtual-mfa-device", "--serial-number", f->serial,
		NULL };

	revoke_leave(w, "device", f->serial, f->user, mfa_revoked_text(&x),
		shell_line(words));
}

static bool is_undeleted(const struct revoke_work *w,
	const struct journal_seen *seen, const char *user, const char *token)
{
	const struct journal_facts *f = &seen->journal.facts;

	return !seen->running && f->kind == JOURNAL_REVOKE &&
		seen->journal.point == JOURNAL_ORPHAN &&
		strcmp(f->account, w->aws->caller.account) == 0 &&
		strcmp(f->endpoint, account_endpoint(w->aws)) == 0 &&
		(!user || strcmp(f->user_id, user) == 0) &&
		(!token || strcmp(f->token, token) == 0);
}

int revoke_tell_undeleted(struct revoke_work *w, const char *user,
	const char *token, struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	size_t i;
	int r = journal_see_all(&list, registry_path(w->reg), err);

	for (i = 0; r == 0 && i < list.n; i++)
		if (is_undeleted(w, &list.p[i], user, token))
			leave_undeleted(w, &list.p[i].journal.facts);
	return r;
}

/* ---- one device ---- */

/* What stays of one that is gone at AWS. */
static void tell_rest(struct revoke_work *w, const struct mfa_revoked *x)
{
	const struct journal_facts *f = &x->facts;

	if (x->account_left)
		revoke_tell(w->receipt, &(struct revoke_row){
			REVOKE_UNREACHED, "oath", f->oath_account, f->user,
			f->account, x->left.text, NULL });
}

static void tell_revoked(struct revoke_work *w, const struct mfa_revoked *x)
{
	const struct journal_facts *f = &x->facts;
	bool did = f->did || f->binding[0];

	if (x->orphan)
		leave_undeleted(w, f);
	else
		revoke_tell(w->receipt, &(struct revoke_row){
			did ? REVOKE_DONE : REVOKE_GONE, "device", f->serial,
			f->user, f->account, mfa_revoked_text(x), NULL });
	w->receipt->changed |= did;
	tell_rest(w, x);
	w->receipt->head = x->head;
}

/* What is nobody's fault but the machine's ends the command. */
static bool is_fatal(const struct error *e)
{
	return e->code == ERROR_INTERRUPTED || e->code == ERROR_CORRUPT ||
		e->code == ERROR_PERMISSION || e->code == ERROR_BUSY;
}

int revoke_device(struct revoke_work *w, const char *user, const char *serial,
	struct error *err)
{
	const struct mfa_revocation q = {
		.aws = w->aws, .reg = w->reg, .actor = w->actor, .user = user,
		.device = serial, .reason = w->reason, .last = w->last,
		.by_the_way = true,
	};
	struct mfa_revoked done;
	struct error e;

	if (w->lost) {
		revoke_leave(w, "device", serial, user,
			"not asked for: AWS did not answer",
			revoke_device_command(w, user, serial));
		return 0;
	}
	if (mfa_revoke(w->run, &q, &done, &e) == 0) {
		tell_revoked(w, &done);
		return 0;
	}
	if (is_fatal(&e))
		return error_copy(err, &e);
	w->lost = e.code == ERROR_UNREACHABLE || e.code == ERROR_TIMEOUT;
	revoke_leave(w, "device", serial, user, e.text,
		revoke_device_command(w, user, serial));
	return 0;
}

/* ---- other accounts ---- */

bool revoke_is_elsewhere(const struct revoke_work *w,
	const struct registry_binding *b)
{
	return strcmp(b->account, w->aws->caller.account) != 0;
}

void revoke_tell_elsewhere(struct revoke_work *w,
	const struct registry_binding *b)
{
	const char *const words[] = { "tokenbridge", "revoke", "--account",
		b->account, "--", b->user_name ? b->user_name : "", b->device,
		NULL };
	CLEANUP(free_p) char *command = NULL;

	/* it is taken away when it is that account's turn */
	if (w->visited && strstr(w->visited, b->account))
		return;
	command = b->user_name ? shell_line(words) : NULL;
	revoke_tell(w->receipt, &(struct revoke_row){ REVOKE_UNREACHED,
		"device", b->device, b->user_name, b->account,
		"of another account: run it with credentials of that one",
		command });
}
