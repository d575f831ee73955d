/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where AWS credentials come from here, and what stands on the way to AWS. The
 * sources are asked as for any command; AWS is not, and no role is assumed.
 */
#include "bridge/doctor/aws/aws.h"

#include "base/text.h"

#include <stdio.h>
#include <time.h>

static const char CREDENTIALS[] = "credentials";

static void say_keys(struct findings *f, const char *subject,
	const struct aws_recipe *r)
{
	const struct aws_credentials *c = &r->keys;
	char age[32];

	if (r->web_token.n > 0) {
		findings_add(f, FINDING_OK, CREDENTIALS, subject, NULL,
			"the token of a web identity");
		return;
	}
	text_format_age(c->expires - time(NULL), age, sizeof(age));
	findings_add(f, FINDING_OK, CREDENTIALS, subject, NULL,
		"%s: %s%s%s", c->origin, c->token.n > 0 ? "a session" :
		"long-term keys", c->expires ? " that ends in " : "",
		c->expires ? age : "");
}

static void say_roles(struct findings *f, const char *subject,
	const struct aws_recipe *r)
{
	const struct role_step *s;
	size_t i;

	for (i = 0; i < r->count; i++) {
		s = &r->steps[i];
		findings_add(f, FINDING_OK, CREDENTIALS, subject, NULL,
			"%s role '%s' is assumed with these%s%s",
			i ? "then" : "the", s->arn, s->mfa_serial[0] ?
			" and a code of " : "", s->mfa_serial);
	}
}

static void say_endpoints(struct findings *f, const struct aws_session *s)
{
	const struct aws_endpoint *e;
	enum aws_service i;

	for (i = 0; i < AWS_SERVICES; i++) {
		e = aws_session_endpoint(s, i);
		if (e->overridden)
			findings_add(f, FINDING_WARN, "endpoint",
				aws_service_name(i), NULL,
				"not AWS's own: %s, by %s", e->url,
				e->origin);
		else if (i == AWS_IAM || i == AWS_STS)
			findings_add(f, FINDING_OK, "endpoint",
				aws_service_name(i), NULL, "AWS's own: %s",
				e->url);
	}
}

static void say_way(struct findings *f, const struct aws_session *s)
{
	const struct aws_way *w = aws_session_way(s);
	static const char remedy[] = "if it is meant, put it into the "
		"system's settings: tokenbridge.conf(5)";
	char proxy[WAY_PROXY_MAX];

	way_show_proxy(w, proxy);
	if (w->ca_bundle)
		findings_add(f, w->ca_is_systems ? FINDING_OK : FINDING_WARN,
			"ca-bundle", w->ca_bundle, w->ca_is_systems ? NULL :
			remedy, "AWS's certificates are checked by it: %s "
			"says so", w->ca_origin);
	if (proxy[0])
		findings_add(f, w->proxy_is_systems ? FINDING_OK :
			FINDING_WARN, "proxy", proxy, w->proxy_is_systems ?
			NULL : remedy, "AWS is reached by it: %s says so",
			w->proxy_origin);
}

int doctor_credentials(const struct aws_options *options,
	struct aws_session **ret, struct findings *f, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = NULL;
	char subject[160];
	struct error e;
	int r = aws_session_new(&s, options, &e);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0) {
		findings_add(f, FINDING_FAIL, CREDENTIALS, options->profile ?
			options->profile : "AWS", NULL, "%s", e.text);
		return f->failed ? error_memory(err) : 0;
	}
	snprintf(subject, sizeof(subject), "profile '%.60s' in %s",
		aws_session_profile(s), aws_session_region(s));
	say_keys(f, subject, aws_session_recipe(s));
	say_roles(f, subject, aws_session_recipe(s));
	say_endpoints(f, s);
	say_way(f, s);
	if (f->failed)
		return error_memory(err);
	if (ret)
		*ret = steal(&s);
	return 0;
}
