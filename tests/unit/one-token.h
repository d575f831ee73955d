/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One token that is plugged in, by the test's word: 'c' whether it can be used,
 * 'o' opening it. What is opened is no token: its address alone is known.
 */
#ifndef TESTS_ONE_TOKEN_H
#define TESTS_ONE_TOKEN_H

#include "tests/unit/asked.h"

#include "bridge/attached/attached.h"

static struct token token;
static struct fido *const opened = (struct fido *)&token;

WRAP(bool, token_serial, const struct token *t, uint32_t *ret)
{
	*ret = t->devinfo.serial;
	return t->devinfo.serial > 0;
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	assert_ptr_equal(t, &token);
	return ask('c', e);
}

WRAP(int, attached_open, const struct run *r, const struct token *t,
	struct fido **ret, struct error *e)
{
	assert_non_null(r);
	assert_ptr_equal(t, &token);
	*ret = opened;
	return ask('o', e);
}

WRAP(void, fido_free, struct fido **f)
{
	assert_true(!*f || *f == opened);
	*f = NULL;
}

#endif
