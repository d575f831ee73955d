/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of tokenbridge-seal, and what it answers. One request, one
 * answer; then the word to keep the file, and the answer to that.
 */
#ifndef BRIDGE_SEAL_WIRE_H
#define BRIDGE_SEAL_WIRE_H

#include "base/secret.h"
#include "base/wire.h"
#include "bridge/seal/recipient.h"

#define SEAL_PATH_MAX 4096
#define SEAL_PART_MAX 48   /* behind the file's name, while it is made */
#define SEAL_FILE_LEN 64   /* which file it is: device, number, time */
#define SEAL_SECRET_MAX 255

struct seal_request {
	uint32_t uid;                   /* the person who encrypts */
	char gpg_home[SEAL_PATH_MAX];   /* GNUPGHOME; "": as gpg has it */
	char path[SEAL_PATH_MAX];       /* absolute */
	char part[SEAL_PART_MAX];
	char replaces[SEAL_FILE_LEN];   /* the file that may be there; "" none */
	char recipients[RECIPIENTS_TEXT_MAX + 1]; /* recipients_join */
	struct secret secret;           /* owned */
};

void seal_put_request(struct buf *b, const struct seal_request *q);
/* ERROR_MALFORMED; *ret is to be ended by seal_request_done in any case. */
int seal_get_request(const struct buf *b, struct seal_request *ret,
	struct error *err);
/* Wipes. */
void seal_request_done(struct seal_request *q);

/* e NULL: done, with the file's sign ("" behind the word to keep it). */
void seal_put_answer(struct buf *b, const char *file, const struct error *e);
/* What went wrong there is returned as an error. */
int seal_get_answer(const struct buf *b, char ret_file[SEAL_FILE_LEN],
	struct error *err);

#endif
