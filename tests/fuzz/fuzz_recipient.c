/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of recipients, one of them, and a request to encrypt: refused with
 * words that repeat nothing of it, or kept and read again without change.
 */
#include "base/utf8.h"
#include "bridge/seal/encrypt.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void kept_and_read_again(const struct recipients *r)
{
	struct recipients again = { .n = 0 };
	char *line = NULL, *twice = NULL;

	require(r->n > 0 && r->n <= RECIPIENTS_MAX);
	if (recipients_join(r, &line, NULL) < 0) {
		require(line == NULL);
		return;
	}
	require(utf8_is_clean(line, strlen(line)));
	require(recipients_split(&again, line, NULL) == 0);
	require(again.n == r->n && again.program == r->program);
	require(recipients_join(&again, &twice, NULL) == 0);
	require(strcmp(line, twice) == 0);
	recipients_done(&again);
	free(line);
	free(twice);
}

/* No words of ours are forty bytes of what was given. */
static void repeats_nothing(const struct error *e, const uint8_t *p, size_t n)
{
	require(e->code == ERROR_USAGE && utf8_is_clean(e->text,
		strlen(e->text)));
	if (n >= 40 && n < 200)
		require(!memmem(e->text, strlen(e->text), p + n - 40, 40));
}

static void one(const uint8_t *p, size_t n)
{
	struct recipients r = { .n = 0 };
	struct error e;

	if (recipients_add(&r, (const char *)p, n, &e) == 0) {
		require(r.n == 1);
		kept_and_read_again(&r);
	} else {
		require(r.n == 0);
		repeats_nothing(&e, p, n);
	}
	recipients_done(&r);
}

static void file(const uint8_t *p, size_t n)
{
	struct recipients r = { .n = 0 };
	struct error e;

	if (recipients_add_file(&r, (const char *)p, n, &e) == 0)
		kept_and_read_again(&r);
	else
		require(e.code == ERROR_USAGE);
	recipients_done(&r);
}

static void request(const uint8_t *p, size_t n)
{
	struct buf in = { (unsigned char *)p, n, n, n, false };
	struct seal_request q;
	char sign[SEAL_FILE_LEN];
	struct buf out;

	if (seal_get_request(&in, &q, NULL) == 0) {
		buf_init(&out, WIRE_MAX);
		seal_put_request(&out, &q);
		require(out.n == n && memcmp(out.p, p, n) == 0);
		buf_done(&out);
	}
	seal_request_done(&q);
	if (seal_get_answer(&in, sign, NULL) == 0)
		require(memchr(sign, 0, sizeof(sign)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	one(p, n);
	file(p, n);
	request(p, n);
	seal_is_message(SEAL_AGE, p, n);
	seal_is_message(SEAL_GPG, p, n);
	return 0;
}
