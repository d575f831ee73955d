/* SPDX-License-Identifier: Apache-2.0 */
/* The AWS account that the options name. */
#include "bridge/open/account.h"

#include "bridge/open/registry.h"

void opened_account_done(struct opened_account *a)
{
	account_done(&a->aws);
	registry_free(&a->reg);
}

struct account_request open_account_request(const struct run *run,
	const struct options *o, struct code_asker *codes)
{
	code_asker_init(codes, run);
	return (struct account_request){
		.profile = option(o, OPTION_PROFILE),
		.region = option(o, OPTION_REGION),
		.endpoint_url = option(o, OPTION_ENDPOINT_URL),
		.ca_bundle = option(o, OPTION_CA_BUNDLE),
		.proxy = option(o, OPTION_PROXY),
		.account = option(o, OPTION_ACCOUNT),
		.sign_in = { .codes = &codes->codes },
	};
}

enum open_how {
	OPEN_ONCE,
	OPEN_LASTING,   /* it may outlive the caller's keys */
	OPEN_OF_OTHERS, /* ..., and --account is none of the caller's */
};

/* With a registry that is open: the account, shown and guarded. */
static int open_guarded(const struct run *run, const struct options *o,
	enum open_how how, struct opened_account *ret, struct error *err)
{
	struct account_request q = open_account_request(run, o, &ret->codes);
	int r;

	if (how == OPEN_OF_OTHERS)
		q.account = NULL;
	q.sign_in.lasting = how != OPEN_ONCE;
	ret->sign_in = q.sign_in;
	r = account_open(run, &q, &ret->aws, err);
	if (r < 0)
		return r;
	account_show(run, &ret->aws);
	return account_guard(&ret->aws, ret->reg, err);
}

int open_account_to_look(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err)
{
	int r = open_registry_read(o, &ret->reg, err);

	return r < 0 ? r : open_guarded(run, o, OPEN_ONCE, ret, err);
}

static int open_to_change(const struct run *run, const struct options *o,
	enum open_how how, struct opened_account *ret, struct error *err)
{
	int r = open_registry_write(o, &ret->reg, err);

	if (r == 0)
		r = open_guarded(run, o, how, ret, err);
	return r < 0 ? r : registry_actor(ret->reg, ret->aws.caller.arn,
		run->ticket, &ret->actor, err);
}

int open_account(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err)
{
	return open_to_change(run, o, OPEN_ONCE, ret, err);
}

int open_account_lasting(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err)
{
	return open_to_change(run, o, OPEN_LASTING, ret, err);
}

int open_account_of_others(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err)
{
	return open_to_change(run, o, OPEN_OF_OTHERS, ret, err);
}
