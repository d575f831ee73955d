/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of a report's bytes, cut anywhere, and what can be made of its rows
 * without knowing what came before: on any thread.
 */
#ifndef BRIDGE_AUDIT_FILE_PIECE_H
#define BRIDGE_AUDIT_FILE_PIECE_H

#include "aws/report/glance.h"
#include "bridge/audit/file/seen.h"

#define AUDIT_PIECE (256u << 10)
#define AUDIT_USER_NAME_MAX 128

struct audit_piece {
	unsigned char *bytes;       /* owned; AUDIT_PIECE at most */
	size_t n;
	int error;                  /* errno where it could not be read */
	struct csv_block *csv;      /* owned; offsets count from head on */
	struct report_layout layout; /* what its rows were read by */
	size_t head;                /* bytes before its first whole row */
	size_t rows_n;              /* 0 where it was not prepared */
	/*
	 * One more, which is where they end. Those that are not left are rows
	 * of a user whose name fits the ARN, and whose ARN has the same account
	 * as the row before. Owned.
	 */
	struct report_glance *rows;
	uint64_t *hashes;           /* of the users; owned */
};

int audit_piece_new(struct audit_piece **ret, struct error *err);
void audit_piece_free(struct audit_piece **p);

/* Of its n bytes; layout NULL: none is known yet. `users` is only for hashes. */
void audit_piece_prepare(struct audit_piece *p,
	const struct report_layout *layout, const struct scan_way *way,
	const struct audit_seen *users);

/*
 * ARN "...:user/PATH/NAME" of user NAME: else the columns have shifted. So many
 * bytes of it are "arn:aws:iam::123456789012:".
 */
bool audit_piece_fits(size_t prefix, struct report_field name,
	struct report_field arn);

#endif
