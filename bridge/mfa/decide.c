/* SPDX-License-Identifier: Apache-2.0 */
/* What a sequence does next. */
#include "bridge/mfa/decide.h"

#include "base/text.h"

#include <string.h>

static const enum decide_stage stages[][2] = {
	/*                           enroll          revoke */
	[JOURNAL_INTENT] =          { STAGE_NOTHING,  STAGE_REVOKING },
	[JOURNAL_IDENTITY] =        { STAGE_NOTHING,  STAGE_REVOKING },
	[JOURNAL_CREATE_SENT] =     { STAGE_MADE,     STAGE_REVOKING },
	[JOURNAL_CREATED] =         { STAGE_MADE,     STAGE_REVOKING },
	[JOURNAL_PUT_SENT] =        { STAGE_MADE,     STAGE_REVOKING },
	[JOURNAL_PROVED] =          { STAGE_MADE,     STAGE_REVOKING },
	[JOURNAL_ENABLE_SENT] =     { STAGE_ENABLING, STAGE_REVOKING },
	[JOURNAL_ENABLED] =         { STAGE_ENABLED,  STAGE_REVOKING },
	[JOURNAL_UNDO] =            { STAGE_UNDOING,  STAGE_REVOKING },
	[JOURNAL_DEACTIVATE_SENT] = { STAGE_UNDOING,  STAGE_REVOKING },
	[JOURNAL_DEACTIVATED] =     { STAGE_UNDOING,  STAGE_REVOKING },
	[JOURNAL_DELETED] =         { STAGE_UNDOING,  STAGE_REVOKED },
	[JOURNAL_ACCOUNT_GONE] =    { STAGE_UNDOING,  STAGE_REVOKED },
	[JOURNAL_ORPHAN] =          { STAGE_ORPHAN,   STAGE_ORPHAN },
};

/*
 * In a row the reasons: a device whose seed was in memory only is never gone on
 * with; a device that is not listed may still be answered for by its deletion,
 * which AWS refuses where somebody has it; one that a single list lacks is
 * answered for by its deactivation, which says whether it is there.
 */
static const enum decide_next table[STAGES][SIGHT_PLACES] = {
	[STAGE_NOTHING] = {
		[SIGHT_UNSEEN] = NEXT_END,
		[SIGHT_ABSENT] = NEXT_END,
		[SIGHT_FREE] = NEXT_END,
		[SIGHT_NOT_HIS] = NEXT_END,
		[SIGHT_UNLISTED] = NEXT_END,
		[SIGHT_HIS] = NEXT_END,
		[SIGHT_OTHERS] = NEXT_END,
	},
	[STAGE_MADE] = {
		[SIGHT_UNSEEN] = NEXT_DELETE,
		[SIGHT_ABSENT] = NEXT_LOCAL,
		[SIGHT_FREE] = NEXT_DELETE,
		[SIGHT_NOT_HIS] = NEXT_DELETE,
		[SIGHT_UNLISTED] = NEXT_DELETE,
		[SIGHT_HIS] = NEXT_FOREIGN,
		[SIGHT_OTHERS] = NEXT_MOVED,
	},
	[STAGE_ENABLING] = {
		[SIGHT_UNSEEN] = NEXT_UNKNOWN,
		[SIGHT_ABSENT] = NEXT_LOCAL,
		[SIGHT_FREE] = NEXT_DELETE,
		[SIGHT_NOT_HIS] = NEXT_DELETE,
		[SIGHT_UNLISTED] = NEXT_DELETE,
		[SIGHT_HIS] = NEXT_BIND,
		[SIGHT_OTHERS] = NEXT_MOVED,
	},
	[STAGE_ENABLED] = {
		[SIGHT_UNSEEN] = NEXT_BIND,
		[SIGHT_ABSENT] = NEXT_BIND,
		[SIGHT_FREE] = NEXT_BIND,
		[SIGHT_NOT_HIS] = NEXT_BIND,
		[SIGHT_UNLISTED] = NEXT_BIND,
		[SIGHT_HIS] = NEXT_BIND,
		[SIGHT_OTHERS] = NEXT_BIND,
	},
	[STAGE_UNDOING] = {
		[SIGHT_UNSEEN] = NEXT_DELETE,
		[SIGHT_ABSENT] = NEXT_LOCAL,
		[SIGHT_FREE] = NEXT_DELETE,
		[SIGHT_NOT_HIS] = NEXT_DELETE,
		[SIGHT_UNLISTED] = NEXT_DELETE,
		[SIGHT_HIS] = NEXT_FOREIGN,
		[SIGHT_OTHERS] = NEXT_MOVED,
	},
	[STAGE_REVOKING] = {
		[SIGHT_UNSEEN] = NEXT_UNKNOWN,
		[SIGHT_ABSENT] = NEXT_LOCAL,
		[SIGHT_FREE] = NEXT_DELETE,
		[SIGHT_NOT_HIS] = NEXT_DELETE,
		[SIGHT_UNLISTED] = NEXT_DEACTIVATE,
		[SIGHT_HIS] = NEXT_DEACTIVATE,
		[SIGHT_OTHERS] = NEXT_MOVED,
	},
	[STAGE_REVOKED] = {
		[SIGHT_UNSEEN] = NEXT_LOCAL,
		[SIGHT_ABSENT] = NEXT_LOCAL,
		[SIGHT_FREE] = NEXT_LOCAL,
		[SIGHT_NOT_HIS] = NEXT_LOCAL,
		[SIGHT_UNLISTED] = NEXT_LOCAL,
		[SIGHT_HIS] = NEXT_LOCAL,
		[SIGHT_OTHERS] = NEXT_LOCAL,
	},
	/* once somebody has it, it is no orphan any more, nor ours */
	[STAGE_ORPHAN] = {
		[SIGHT_UNSEEN] = NEXT_DELETE,
		[SIGHT_ABSENT] = NEXT_END,
		[SIGHT_FREE] = NEXT_DELETE,
		[SIGHT_NOT_HIS] = NEXT_DELETE,
		[SIGHT_UNLISTED] = NEXT_DELETE,
		[SIGHT_HIS] = NEXT_END,
		[SIGHT_OTHERS] = NEXT_END,
	},
};

enum decide_stage decide_stage(enum journal_kind kind,
	enum journal_point point)
{
	return stages[point][kind == JOURNAL_REVOKE];
}

/*
 * Not the enabling that was to be taken away, but a later one, on which nobody
 * has decided yet. Without a date it counts as the old one: a revocation goes
 * forward.
 */
static bool is_enabled_again(const struct decide_facts *f)
{
	if (f->enabled == 0)
		return false;
	return f->known ? f->enabled != f->known : f->enabled > f->begun;
}

/* What somebody has is his own then, and what is there may be anybody's. */
static enum decide_next unclaimed(enum decide_next next)
{
	if (next == NEXT_FOREIGN || next == NEXT_MOVED)
		return NEXT_END;
	return next == NEXT_DELETE ? NEXT_UNCLAIMED : next;
}

enum decide_next decide_next(const struct decide_facts *f)
{
	enum decide_next next = table[decide_stage(f->kind, f->point)][f->at];

	if (next == NEXT_DEACTIVATE && is_enabled_again(f))
		return NEXT_AGAIN;
	if (f->kind == JOURNAL_ENROLL && f->is_anybodys)
		next = unclaimed(next);
	return next == NEXT_DELETE && !f->is_virtual ? NEXT_LOCAL : next;
}

time_t decide_known(const struct journal_facts *f)
{
	time_t known;

	return text_parse_time(f->enabled, strlen(f->enabled), &known) < 0 ?
		0 : known;
}

struct decide_facts decide_facts(const struct journal *j,
	const struct sight *s)
{
	struct decide_facts f = {
		.kind = j->facts.kind,
		.point = j->point,
		.is_virtual = device_kind(j->facts.serial) == DEVICE_VIRTUAL,
		.is_anybodys = j->facts.did & JOURNAL_EXACT_NAME &&
			!(j->facts.did & JOURNAL_DID_CREATE),
		.at = s->at,
		.enabled = s->enabled,
		.known = decide_known(&j->facts),
		.begun = j->begun,
	};

	return f;
}

bool decide_is_stuck(enum decide_next next)
{
	return next >= NEXT_UNKNOWN;
}

static bool is_same_user(const struct journal_facts *f,
	const struct decide_claim *c)
{
	if (!c->user || strcmp(f->account, c->account) != 0 ||
		strcmp(f->endpoint, c->endpoint) != 0)
		return false;
	return f->user_id[0] && c->user_id[0] ?
		strcmp(f->user_id, c->user_id) == 0 :
		strcmp(f->user, c->user) == 0;
}

static bool is_same_token(const struct journal_facts *f,
	const struct decide_claim *c)
{
	bool serial = c->token_serial && f->token_serial == c->token_serial;
	bool applet = c->oath_id && c->oath_id[0] &&
		strcmp(f->oath_id, c->oath_id) == 0;

	return f->oath_account[0] && (serial || applet);
}

/* A version that knew one method, and did not name it, wrote an orphan of an
 * enrollment so. */
static bool is_orphan(const struct journal *j)
{
	return j->point == JOURNAL_ORPHAN || (j->point == JOURNAL_UNDO &&
		!j->facts.method[0] && !j->facts.oath_account[0]);
}

/* Whether an account may be in the token because of it. */
static bool was_put(const struct journal *j)
{
	return j->facts.kind == JOURNAL_REVOKE || j->point >= JOURNAL_PUT_SENT;
}

bool decide_concerns(const struct journal *j, const struct decide_claim *c)
{
	if (is_orphan(j))
		return false;
	return (was_put(j) && is_same_token(&j->facts, c)) ||
		is_same_user(&j->facts, c);
}
