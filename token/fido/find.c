/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many credentials a token has. */
#include "token/fido/private.h"

#include <string.h>

static void assert_p(fido_assert_t **a)
{
	fido_assert_free(a);
}

#define LIST_REQUEST 160 /* of a getAssertion without its list and rp id */
#define LIST_ENTRY 28    /* of an entry without the id itself */
#define MESSAGE_DEFAULT 1024 /* CTAP 2.1 section 6.4, maxMsgSize */

size_t fido_list_fits(const struct fido *f, const char *rp_id,
	const struct fido_id *ids, size_t n)
{
	uint64_t room = f->info.max_message ? f->info.max_message :
					      MESSAGE_DEFAULT;
	uint64_t used = LIST_REQUEST + strlen(rp_id);
	size_t i;

	if (!f->info.ctap2 || f->info.max_list < 2 || f->lists_refused)
		return n > 0;
	if (n > f->info.max_list)
		n = (size_t)f->info.max_list;
	for (i = 0; i < n; i++) {
		used += LIST_ENTRY + ids[i].n;
		if (used > room)
			break;
	}
	return i > 0 ? i : n > 0;
}

static int ask_list(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	fido_assert_t *a)
{
	size_t i;

	if (fido_assert_set_clientdata(a, client_data->p, client_data->n) !=
			FIDO_OK ||
		fido_assert_set_rp(a, rp_id) != FIDO_OK ||
		fido_assert_set_up(a, FIDO_OPT_FALSE) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	for (i = 0; i < n; i++)
		if (fido_assert_allow_cred(a, ids[i].p, ids[i].n) != FIDO_OK)
			return FIDO_ERR_INTERNAL;
	fido_begin(f);
	return fido_dev_get_assert(f->dev, a, NULL);
}

/* Which of the list answered; n where it does not say. */
static int find_in_list(const fido_assert_t *a, const struct fido_id *ids,
	size_t n, size_t *ret, struct error *err)
{
	const unsigned char *id = fido_assert_id_ptr(a, 0);
	size_t i, id_n = fido_assert_id_len(a, 0);

	*ret = n == 1 ? 0 : n; /* of a list of one it need not say */
	if (!id || id_n == 0)
		return 0;
	for (i = 0; i < n; i++)
		if (ids[i].n == id_n && memcmp(ids[i].p, id, id_n) == 0) {
			*ret = i;
			return 0;
		}
	return error_set(err, ERROR_MALFORMED,
		"asking for a credential: the token answers for one that is "
		"not in the list");
}

/* Answers of a token that promised more in one list than it takes. */
static bool is_too_much(int code)
{
	return code == FIDO_ERR_LIMIT_EXCEEDED ||
		code == FIDO_ERR_REQUEST_TOO_LARGE ||
		code == FIDO_ERR_INVALID_LENGTH;
}

/* *ret_index is n where it has one of them and does not say which. */
static int find_once(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *err)
{
	CLEANUP(assert_p) fido_assert_t *a = fido_assert_new();
	int r;

	if (!a)
		return error_memory(err);
	r = fido_plainly(f, ask_list(f, rp_id, client_data, ids, n, a), NULL);
	*ret_found = false;
	if (r == FIDO_ERR_NO_CREDENTIALS || r == FIDO_ERR_INVALID_CREDENTIAL)
		return 0;
	*ret_found = true;
	if (n > 1 && is_too_much(r) && !f->transport.failure.code) {
		*ret_index = n;
		return 0;
	}
	/* U2F answers the question without a touch by asking for one */
	if (!f->info.ctap2 && r == FIDO_ERR_USER_PRESENCE_REQUIRED) {
		*ret_index = 0;
		return 0;
	}
	return r == FIDO_OK ? find_in_list(a, ids, n, ret_index, err) :
		fido_failed(f, r, "asking for a credential", err);
}

static int find_again(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *err)
{
	unsigned tries = 0;
	int r;

	do {
		r = find_once(f, rp_id, client_data, ids, n, ret_found,
			ret_index, err);
	} while (r < 0 && fido_asks_again(f, r, &tries));
	return r;
}

int fido_find_credential(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *err)
{
	bool found = false;
	size_t i, at = 0;
	int r;

	r = find_again(f, rp_id, client_data, ids, n, &found, &at, err);
	if (r == 0 && found && at == n) {
		f->lists_refused = true;
		for (found = false, i = 0; r == 0 && !found && i < n; i++) {
			r = find_again(f, rp_id, client_data, &ids[i], 1,
				&found, &at, err);
			at = i;
		}
	}
	if (r < 0)
		return r;
	*ret_found = found;
	if (found)
		*ret_index = at;
	return 0;
}
