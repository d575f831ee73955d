/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-seal: encrypts a secret into a new file, as the person who called
 * root. Started bare: a socket as descriptor 3, nothing else. It takes that
 * person's identity before it opens anything of the request's.
 */
#include "aws/caller/become.h"
#include "base/process.h"
#include "bridge/seal/encrypt.h"
#include "bridge/seal/place.h"

#include <fcntl.h>
#include <stdlib.h>

#define REQUEST_MS 5000
#define ANSWER_MS 10000
#define KEEP_MS 60000 /* which file it is is written down meanwhile */

static int be_the_person(const struct seal_request *q, struct error *err)
{
	struct person person;
	int r = person_by_uid((uid_t)q->uid, &person, err);

	if (r >= 0)
		r = become(&person, err);
	if (r >= 0 && q->gpg_home[0] &&
		setenv("GNUPGHOME", q->gpg_home, 1) < 0)
		r = error_memory(err);
	return r;
}

static int answer(const char *file, const struct error *e, struct error *err)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, WIRE_MAX);
	seal_put_answer(&b, file, e);
	return wire_send(PROCESS_BARE_FD, b.p, b.n, deadline_in(ANSWER_MS),
		err);
}

static int make_file(const struct seal_request *q, struct seal_place *place,
	char ret_file[SEAL_FILE_LEN], struct error *err)
{
	CLEANUP(buf_done) struct buf message;
	int r;

	buf_init(&message, WIRE_MAX);
	r = be_the_person(q, err);
	if (r >= 0)
		r = seal_place_open(place, q, err);
	if (r >= 0)
		r = seal_encrypt(q, PROCESS_BARE_FD, &message, err);
	return r < 0 ? r : seal_place_write(place, &message, ret_file, err);
}

/* Who hangs up does not want it kept. */
static int keep_when_told(struct seal_place *place, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error why;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(PROCESS_BARE_FD, &b, -1, deadline_in(KEEP_MS), err);
	if (r < 0)
		return r;
	r = seal_place_keep(place, &why);
	return answer("", r < 0 ? &why : NULL, err);
}

static int serve_seal(struct seal_request *q, struct seal_place *place,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	char file[SEAL_FILE_LEN] = "";
	struct error why;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(PROCESS_BARE_FD, &b, -1, deadline_in(REQUEST_MS),
		&why);
	if (r >= 0)
		r = seal_get_request(&b, q, &why);
	buf_done(&b);
	if (r >= 0)
		r = make_file(q, place, file, &why);
	secret_done(&q->secret);
	if (r < 0)
		return answer("", &why, err);
	r = answer(file, NULL, err);
	return r < 0 ? r : keep_when_told(place, err);
}

int main(void)
{
	CLEANUP(seal_request_done) struct seal_request q = { .uid = 0 };
	CLEANUP(seal_place_done) struct seal_place place = SEAL_PLACE_INIT;
	struct error e;

	process_harden();
	/* what is started does not inherit it */
	fcntl(PROCESS_BARE_FD, F_SETFD, FD_CLOEXEC);
	return serve_seal(&q, &place, &e) < 0;
}
