/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to tokenbridge-seal, and answers. */
#include "bridge/seal/wire.h"

#include "base/utf8.h"

#include <string.h>

#define VERSION 1

void seal_put_request(struct buf *b, const struct seal_request *q)
{
	buf_put_byte(b, VERSION);
	buf_put_be(b, q->uid, 4);
	wire_put_str(b, q->gpg_home);
	wire_put_str(b, q->path);
	wire_put_str(b, q->part);
	wire_put_str(b, q->replaces);
	wire_put_str(b, q->recipients);
	wire_put_bytes(b, q->secret.p, q->secret.n);
}

int seal_get_request(const struct buf *b, struct seal_request *ret,
	struct error *err)
{
	struct wire_reader r = { b->p, b->n, false };
	const unsigned char *secret;
	size_t n;

	*ret = (struct seal_request){ .uid = 0 };
	if (wire_get_be(&r, 1) != VERSION)
		r.failed = true;
	ret->uid = (uint32_t)wire_get_be(&r, 4);
	wire_get_str(&r, ret->gpg_home, sizeof(ret->gpg_home));
	wire_get_str(&r, ret->path, sizeof(ret->path));
	wire_get_str(&r, ret->part, sizeof(ret->part));
	wire_get_str(&r, ret->replaces, sizeof(ret->replaces));
	wire_get_str(&r, ret->recipients, sizeof(ret->recipients));
	secret = wire_get_bytes(&r, &n);
	if (!wire_done(&r) || n == 0 || n > SEAL_SECRET_MAX ||
		ret->path[0] != '/' || !ret->part[0] ||
		strchr(ret->part, '/'))
		return error_set(err, ERROR_MALFORMED,
			"a malformed request to encrypt");
	return secret_set(&ret->secret, secret, n, err);
}

void seal_request_done(struct seal_request *q)
{
	secret_done(&q->secret);
}

void seal_put_answer(struct buf *b, const char *file, const struct error *e)
{
	buf_put_byte(b, e ? (unsigned char)e->code : 0);
	wire_put_str(b, e ? e->text : file);
}

int seal_get_answer(const struct buf *b, char ret_file[SEAL_FILE_LEN],
	struct error *err)
{
	struct wire_reader r = { b->p, b->n, false };
	int code = (int)wire_get_be(&r, 1);
	char text[ERROR_TEXT_MAX];

	wire_get_str(&r, text, sizeof(text));
	if (!wire_done(&r) || code > ERROR_VERDICT ||
		(code == 0 && (strlen(text) >= SEAL_FILE_LEN ||
				      !utf8_is_clean(text, strlen(text)))))
		return error_set(err, ERROR_MALFORMED,
			"tokenbridge-seal sent a malformed answer");
	if (code != 0) /* its words are made clean there */
		return error_set(err, code, "%s", text);
	memcpy(ret_file, text, strlen(text) + 1);
	return 0;
}
