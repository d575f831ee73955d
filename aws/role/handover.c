/* SPDX-License-Identifier: Apache-2.0 */
/* A session given to another process of ours. */
#include "aws/role/handover.h"

#include "aws/caller/wire.h"
#include "aws/query/session-private.h"

#include <string.h>

static int give_ca(const struct buf *pem, int fd, deadline_t until,
	struct error *err)
{
	size_t sent = 0, n;
	int r = 0;

	for (; r >= 0 && sent < pem->n; sent += n) {
		n = pem->n - sent;
		if (n > SETTINGS_PIECE)
			n = SETTINGS_PIECE;
		r = wire_send(fd, pem->p + sent, n, until, err);
	}
	return r;
}

int aws_session_give(const struct aws_session *s,
	const struct aws_credentials *keys, int fd, deadline_t until,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	/* all of it borrowed */
	struct aws_settings out = s->settings;
	int r;

	out.recipe = (struct aws_recipe){
		.keys = keys ? *keys : *aws_session_credentials(s),
	};
	buf_init(&b, WIRE_MAX);
	settings_put_answer(&b, &out, NULL);
	r = buf_check(&b, "the settings of a session", err);
	if (r >= 0)
		r = wire_send(fd, b.p, b.n, until, err);
	return r < 0 ? r : give_ca(&s->settings.ca_pem, fd, until, err);
}

static int take_ca(int fd, size_t n, struct buf *ret, deadline_t until,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r = 0;

	buf_init(&b, SETTINGS_PIECE);
	while (r >= 0 && n > 0) {
		r = wire_receive(fd, &b, -1, until, err);
		if (r >= 0 && (b.n == 0 || b.n > n))
			return error_set(err, ERROR_MALFORMED,
				"another CA bundle was given than was said");
		buf_put(ret, b.p, b.n);
		n -= r < 0 ? 0 : b.n;
	}
	return r < 0 ? r : buf_check(ret, "the CA bundle", err);
}

static int take_settings(struct aws_settings *ret, int fd, deadline_t until,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t ca = 0;
	int r;

	*ret = (struct aws_settings){ .has_owner = false };
	buf_init(&ret->ca_pem, CA_PEM_MAX);
	buf_init(&b, WIRE_MAX);
	r = wire_receive(fd, &b, -1, until, err);
	if (r >= 0)
		r = settings_get_answer(&b, ret, &ca, err);
	if (r >= 0)
		r = take_ca(fd, ca, &ret->ca_pem, until, err);
	if (r < 0)
		return r;
	if (!ret->recipe.keys.key_id[0] || ret->recipe.count > 0)
		return error_set(err, ERROR_MALFORMED,
			"a session was given without keys");
	return 0;
}

int aws_session_take(struct aws_session **ret, int fd, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = NULL;
	struct aws_options options = AWS_OPTIONS_INIT;
	int r;

	options.cancel_fd = cancel_fd;
	r = aws_session_blank(&s, &options, err);
	if (r >= 0)
		r = take_settings(&s->settings, fd, until, err);
	if (r < 0)
		return r;
	*ret = steal(&s);
	return 0;
}

static bool leads_elsewhere(const struct aws_config *a,
	const struct aws_config *b)
{
	enum aws_service i;

	for (i = 0; i < AWS_SERVICES; i++)
		if (strcmp(a->endpoints[i].url, b->endpoints[i].url) != 0)
			return true;
	return false;
}

int aws_session_take_keys(struct aws_session *s, int fd, deadline_t until,
	struct error *err)
{
	CLEANUP(settings_done) struct aws_settings fresh = {
		.has_owner = false };
	int r = take_settings(&fresh, fd, until, err);

	if (r < 0)
		return r;
	if (leads_elsewhere(&fresh.config, &s->settings.config))
		return error_set(err, ERROR_REFUSED,
			"new keys came with other endpoints");
	recipe_done(&s->settings.recipe);
	recipe_move(&s->settings.recipe, &fresh.recipe);
	credentials_done(&s->taken);
	return 0;
}
