/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of what was found out about an account: refused with a sentence, or
 * what is written of it reads the same again.
 */
#include "bridge/audit/accounts/record.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static bool are_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_finding(const struct audit_finding *f,
	const struct audit_finding *again)
{
	require(f->check == again->check && f->check < AUDIT_CHECKS);
	require(f->status == again->status && f->status < AUDIT_MUTED);
	require(f->severity == again->severity && f->severity > 0);
	require(f->severity < AUDIT_SEVERITIES);
	require(f->remedy_kind == again->remedy_kind);
	require(f->reason == again->reason && f->reason < AUDIT_REASONS);
	require(f->when == again->when && f->line == again->line);
	require(strcmp(f->account, again->account) == 0);
	require(strcmp(f->subject, again->subject) == 0);
	require(strcmp(f->seen, again->seen) == 0);
	require(strcmp(f->source, again->source) == 0);
	require(strcmp(f->remedy, again->remedy) == 0);
	require(strcmp(f->literal, again->literal) == 0);
	require(strcmp(f->missing, again->missing) == 0);
	require(are_same(f->device, again->device));
	require(are_same(f->kinds, again->kinds));
	require(!f->mute && f->change == AUDIT_NOT_COMPARED);
}

static void check_end(const struct record_end *end)
{
	const struct audit_account_source *x = &end->account;
	size_t i;

	require(x->state == AUDIT_ACCOUNT_READ ? !x->why : x->why != NULL);
	require(x->state != AUDIT_ACCOUNT_NOT_ASKED);
	require(x->state != AUDIT_ACCOUNT_CLOSED);
	require(strlen(x->id) < sizeof(x->id));
	for (i = 0; i < x->notes_n; i++)
		require(x->notes[i] != NULL);
}

static void check_again(const struct record *r)
{
	struct record again;
	struct error err;
	struct buf b;

	buf_init(&b, 1 << 20);
	switch (r->kind) {
	case RECORD_HEAD:
		require(strlen(r->head.key) == RECORD_KEY_LEN - 1);
		record_put_head(&b, &r->head);
		break;
	case RECORD_FINDING:
		record_put_finding(&b, &r->finding);
		break;
	case RECORD_BEGUN:
		record_put_begun(&b, r->limited);
		break;
	case RECORD_RENEW:
		record_put_renew(&b);
		break;
	case RECORD_ROOT:
		record_put_root(&b);
		break;
	case RECORD_END:
		check_end(&r->end);
		buf_done(&b);
		return;
	}
	require(!buf_failed(&b));
	/* one newline, at the end */
	require(memchr(b.p, '\n', b.n) == b.p + b.n - 1);
	if (b.n <= RECORD_LINE_MAX) {
		require(record_parse((const char *)b.p, b.n, &again,
			&err) == 0);
		require(again.kind == r->kind);
		require(again.limited == r->limited);
		if (r->kind == RECORD_FINDING)
			check_finding(&r->finding, &again.finding);
		record_done(&again);
	}
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct record r;
	struct error err;

	if (record_parse((const char *)p, n, &r, &err) == 0)
		check_again(&r);
	else
		require(utf8_is_clean(err.text, strlen(err.text)));
	record_done(&r);
	return 0;
}
