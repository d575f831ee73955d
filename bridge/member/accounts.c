/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of accounts. */
#include "bridge/member/accounts.h"

#include "aws/api/organizations.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void accounts_done(struct accounts *list)
{
	free(list->p);
	*list = (struct accounts){ NULL, 0 };
}

bool accounts_is_id(const char *s)
{
	return strlen(s) == ARN_ACCOUNT_LEN &&
		strspn(s, "0123456789") == ARN_ACCOUNT_LEN;
}

static int add_account(struct accounts *list, const struct member_account *a,
	struct error *err)
{
	struct member_account *p;

	if (list->n == ACCOUNTS_MAX)
		return error_set(err, ERROR_MALFORMED,
			"more than %d accounts", ACCOUNTS_MAX);
	if (list->n % 64 == 0) {
		p = realloc(list->p, (list->n + 64) * sizeof(*p));
		if (!p)
			return error_memory(err);
		list->p = p;
	}
	list->p[list->n++] = *a;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct member_account *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int check_accounts_twice(const struct accounts *list, struct error *err)
{
	CLEANUP(accounts_done) struct accounts sorted = { NULL, 0 };
	size_t i;

	sorted.p = calloc(list->n, sizeof(*sorted.p));
	if (!sorted.p)
		return error_memory(err);
	sorted.n = list->n;
	memcpy(sorted.p, list->p, list->n * sizeof(*sorted.p));
	qsort(sorted.p, sorted.n, sizeof(*sorted.p), by_id);
	for (i = 1; i < sorted.n; i++)
		if (strcmp(sorted.p[i].id, sorted.p[i - 1].id) == 0)
			return error_set(err, ERROR_MALFORMED,
				"account %s stands twice", sorted.p[i].id);
	return 0;
}

/* ---- a file ---- */

/* One line of n bytes: *ret_any is false where nothing stands in it. */
static int read_account_line(const char *p, size_t n, size_t number,
	struct member_account *ret, bool *ret_any, struct error *err)
{
	size_t begin = 0, len = 0;

	while (begin < n && (p[begin] == ' ' || p[begin] == '\t'))
		begin++;
	*ret_any = begin < n && p[begin] != '#' && p[begin] != '\r';
	if (!*ret_any)
		return 0;
	while (begin + len < n && !strchr(" \t,;\r", p[begin + len]))
		len++;
	*ret = (struct member_account){ .active = true };
	if (len == ARN_ACCOUNT_LEN)
		memcpy(ret->id, p + begin, len);
	return accounts_is_id(ret->id) ? 0 : error_set(err, ERROR_MALFORMED,
		"line %zu does not begin with an account's number, twelve "
		"digits", number);
}

int accounts_parse(const char *p, size_t n, struct accounts *ret,
	struct error *err)
{
	CLEANUP(accounts_done) struct accounts list = { NULL, 0 };
	struct member_account a;
	size_t number = 1, len;
	bool any;
	int r = 0;

	for (; r == 0 && n > 0; number++) {
		const char *end = memchr(p, '\n', n);

		len = end ? (size_t)(end - p) : n;
		r = read_account_line(p, len, number, &a, &any, err);
		if (r == 0 && any)
			r = add_account(&list, &a, err);
		len += end != NULL;
		p += len;
		n -= len;
	}
	if (r == 0 && list.n == 0)
		r = error_set(err, ERROR_MALFORMED, "no account stands there");
	if (r == 0)
		r = check_accounts_twice(&list, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct accounts){ NULL, 0 };
	return 0;
}

static int read_accounts_file(const char *path, struct accounts *ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error why;
	int r;

	buf_init(&b, ACCOUNTS_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	r = accounts_parse((const char *)b.p, b.n, ret, &why);
	return r == 0 ? 0 : error_set(err, -r, "'%s': %s",
		path, why.text);
}

/* ---- an organization ---- */

static int see_account(void *data, const struct organization_account *a,
	struct error *err)
{
	struct member_account account = { .active = a->active };

	memcpy(account.id, a->id, sizeof(account.id));
	snprintf(account.name, sizeof(account.name), "%s", a->name);
	return add_account(data, &account, err);
}

static int list_organization(struct aws_session *s, struct accounts *ret,
	struct error *err)
{
	CLEANUP(accounts_done) struct accounts list = { NULL, 0 };
	int r = organizations_list_accounts(s, see_account, &list, err);

	if (r == 0 && list.n == 0)
		r = error_set(err, ERROR_MALFORMED,
			"AWS lists no account of the organization");
	if (r == 0)
		r = check_accounts_twice(&list, err);
	if (r < 0)
		return r;
	qsort(list.p, list.n, sizeof(*list.p), by_id);
	*ret = list;
	list = (struct accounts){ NULL, 0 };
	return 0;
}

int accounts_read(const char *what, struct aws_session *s,
	struct accounts *ret, struct error *err)
{
	return strcmp(what, "org") == 0 ? list_organization(s, ret, err) :
		read_accounts_file(what, ret, err);
}
