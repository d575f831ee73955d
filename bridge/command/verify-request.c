/* SPDX-License-Identifier: Apache-2.0 */
/* What `verify` and `policy check` ask to be verified. */
#include "bridge/command/verify-request.h"

#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"

#include <string.h>

void verifying_init(struct verifying *x)
{
	memset(x, 0, sizeof(*x));
	verification_init(&x->v);
}

void verifying_done(struct verifying *x)
{
	verification_done(&x->v);
	fido_free(&x->fido);
	attached_done(&x->attached);
	registry_free(&x->reg);
	trust_done(&x->trust);
}

static int verify_saved(const struct app *app, struct verifying *x,
	struct error *err)
{
	const struct options *o = &app->options;
	struct verify_saved q = {
		.path = option(o, OPTION_FROM),
		.sha256 = option(o, OPTION_SHA256),
		.trust = &x->trust,
	};
	int r;

	r = moment_parse(option(o, OPTION_AT), /* may_be_made= */ true, &q.at,
		err);
	return r < 0 ? r : verify_file(&q, &x->v, err);
}

static int verify_attached(const struct app *app, struct verifying *x,
	struct error *err)
{
	const struct options *o = &app->options;
	struct verify_request q = {
		.trust = &x->trust,
		.purpose = "",
		.fresh = option_is_set(o, OPTION_FRESH),
		.enterprise = option_is_set(o, OPTION_ENTERPRISE),
	};
	struct error closed;
	struct wanted w;
	int r;

	r = open_registry_if_open(&app->run, o, &x->reg, &q.registry_unknown,
		&closed, err);
	if (r < 0)
		return r;
	q.registry_closed = closed.code ? closed.text : NULL;
	w = open_wanted(o, x->reg);
	w.alone = true;
	r = attached_find_open(&app->run, &w, &x->attached, &x->fido, err);
	/* a label of the registry, or of nothing: that is not known */
	if (r == -ERROR_NO_TOKEN && w.name && w.name[0] != '/' && closed.code)
		run_warn(&app->run, "%s", closed.text);
	if (r == 0)
		r = attached_open(&app->run, x->attached.chosen, &x->fido, err);
	q.token = x->attached.chosen;
	q.fido = x->fido;
	q.reg = x->reg;
	if (r == 0)
		r = verify_token(&app->run, &q, &x->v, err);
	run_forget_secrets(&app->run);
	return r;
}

int verifying_run(const struct app *app, struct verifying *x,
	struct error *err)
{
	int r = open_trust(&app->options, &x->trust, err);

	if (r < 0)
		return r;
	return option_is_set(&app->options, OPTION_FROM) ?
		verify_saved(app, x, err) : verify_attached(app, x, err);
}
