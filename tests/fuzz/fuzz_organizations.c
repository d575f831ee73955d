/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Organizations answers, a page a line: refused, or accounts that have a
 * number, and clean texts that end. AWS is stood in for where calls are made.
 */
#include "aws/api/organizations.h"

#include "aws/query/call.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct {
	const char *p;
	size_t n;
} pages;

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_clean(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	require(n < size && utf8_is_clean(s, n));
}

/* The next line. */
int call_json(struct aws_session *s, const struct operation *op,
	const json_t *body, struct reply *ret, struct error *err)
{
	const char *end = memchr(pages.p, '\n', pages.n);
	size_t n = end ? (size_t)(end - pages.p) : pages.n;
	struct refusal refusal;
	int r;

	(void)s;
	require(json_is_object(body));
	if (pages.n == 0)
		return error_set(err, ERROR_UNREACHABLE, "no more");
	r = reply_read_json(pages.p, n, true, ret, &refusal, err);
	pages.p += n + (end != NULL);
	pages.n -= n + (end != NULL);
	return r < 0 ? r : r > 0 ? 0 : error_set(err, ERROR_REMOTE,
		"%s: %s", op->action, refusal.code);
}

int call(struct aws_session *s, const struct operation *op,
	const struct param *params, struct reply *ret, struct error *err)
{
	(void)s;
	(void)op;
	(void)params;
	(void)ret;
	return error_set(err, ERROR_UNREACHABLE, "not asked");
}

int call_lacks(const struct operation *op, const char *what,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "%s lacks %s", op->action, what);
}

static int check_account(void *data, const struct organization_account *a,
	struct error *err)
{
	size_t *seen = data;

	(void)err;
	require(arn_is_account(a->id, strlen(a->id)));
	check_clean(a->name, sizeof(a->name));
	check_clean(a->email, sizeof(a->email));
	check_clean(a->state, sizeof(a->state));
	return ++*seen > 1000 ? 1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct organization o;
	bool found = false;
	size_t seen = 0;
	struct error e;

	memset(&o, 7, sizeof(o));
	pages.p = (const char *)p;
	pages.n = n;
	if (organizations_describe(NULL, &o, &found, &e) == 0) {
		require(found && arn_is_account(o.management,
			strlen(o.management)));
		check_clean(o.id, sizeof(o.id));
	} else {
		require(o.id[0] == 7 && e.text[0]);
	}
	pages.p = (const char *)p;
	pages.n = n;
	if (organizations_list_accounts(NULL, check_account, &seen, &e) < 0)
		require(e.text[0] != '\0');
	return 0;
}
