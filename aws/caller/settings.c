/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of who called: resolved here, or asked for. */
#include "aws/caller/settings.h"

void settings_done(struct aws_settings *s)
{
	config_done(&s->config);
	recipe_done(&s->recipe);
	buf_done(&s->ca_pem);
}

int settings_here(struct aws_settings *ret, const struct aws_options *options,
	struct error *err)
{
	const struct source_request q = { .config = &ret->config,
		.cancel_fd = options->cancel_fd, .until = options->until };
	int r;

	*ret = (struct aws_settings){ .has_owner = false };
	buf_init(&ret->ca_pem, CA_PEM_MAX);
	r = config_load(&ret->config, options, err);
	ret->config.for_other = options->for_other;
	if (r >= 0 && !options->without_credentials)
		r = recipe_load(&ret->recipe, &q, err);
	if (r >= 0)
		r = settings_read_ca(ret, err);
	config_profile_forget(&ret->config.profile);
	return r;
}

int settings_load(struct aws_settings *ret, const struct aws_options *options,
	struct error *err)
{
	struct person person;
	bool other;
	int r;

	*ret = (struct aws_settings){ .has_owner = false };
	r = person_who_called(&person, &other, err);
	if (r < 0)
		return r;
	return other ? settings_ask(ret, options, &person, err) :
		settings_here(ret, options, err);
}
