/* SPDX-License-Identifier: Apache-2.0 */
/* Root's side of tokenbridge-settings. */
#include "aws/caller/settings.h"

#include "aws/caller/wire.h"
#include "aws/source/source.h"
#include "base/paths.h"
#include "base/process.h"

/* Longer than any source takes: one may ask a person, or wait for a service */
#define ANSWER_MS 120000
#define END_MS 1000

static void process_p(struct process *p)
{
	process_stop(p, deadline_in(END_MS));
}

/* Keys of the environment, if they count; the child is then not asked. */
static int take_own_keys(struct aws_settings *s, struct aws_options *o,
	struct error *err)
{
	const struct aws_config config = { .profile_explicit = o->profile };
	const struct source_request q = { .config = &config,
		.cancel_fd = o->cancel_fd, .until = o->until };
	bool found = false;
	int r = source_environment.load(&q, &s->recipe, &found, err);

	o->without_credentials |= found;
	return r;
}

static int start(struct process *ret, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-settings",
		PATH_LIBEXEC "/tokenbridge-settings");

	return path ? process_start_bare(ret, path, err) : error_memory(err);
}

static int send_request(const struct process *p, const struct person *person,
	const struct aws_options *o, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	settings_put_request(&b, person->uid, o);
	r = buf_check(&b, "the request for settings", err);
	return r < 0 ? r : wire_send(p->socket, b.p, b.n, until, err);
}

static int receive_ca(const struct process *p, size_t n, int cancel_fd,
	struct buf *ret, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r = 0;

	buf_init(&b, SETTINGS_PIECE);
	while (r >= 0 && n > 0) {
		r = wire_receive(p->socket, &b, cancel_fd, until, err);
		if (r >= 0 && (b.n == 0 || b.n > n))
			return error_set(err, ERROR_MALFORMED,
				"tokenbridge-settings sent another CA bundle "
				"than it said");
		buf_put(ret, b.p, b.n);
		n -= r < 0 ? 0 : b.n;
	}
	return r < 0 ? r : buf_check(ret, "the CA bundle", err);
}

static int receive_answer(const struct process *p, const struct aws_options *o,
	struct aws_settings *ret, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t ca = 0;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(p->socket, &b, o->cancel_fd, until, err);
	if (r >= 0)
		r = settings_get_answer(&b, ret, &ca, err);
	if (r >= 0)
		r = receive_ca(p, ca, o->cancel_fd, &ret->ca_pem, until, err);
	if (r < 0)
		return r;
	if (recipe_is_empty(&ret->recipe))
		return error_set(err, ERROR_MALFORMED,
			"tokenbridge-settings answered without keys");
	return 0;
}

/* Ctrl-C ends the child too: what a person did is said, not what it did. */
static int was_cancelled(const struct aws_options *o, struct error *err)
{
	if (o->cancel_fd >= 0 && deadline_sleep(deadline_in(0), o->cancel_fd))
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	return 0;
}

/* What root's own settings name is root's to read, and no person's to say. */
static int take_systems(struct aws_settings *s, const struct aws_options *o,
	struct error *err)
{
	int r = config_take_systems(&s->config, o, err);

	if (r >= 0 && o->ca_bundle)
		r = settings_read_ca(s, err);
	config_drop_proxy(&s->config);
	return r;
}

int settings_ask(struct aws_settings *ret, const struct aws_options *options,
	const struct person *person, struct error *err)
{
	CLEANUP(process_p) struct process p = PROCESS_INIT;
	struct aws_options o = *options;
	deadline_t until = deadline_min(options->until,
		deadline_in(ANSWER_MS));
	struct error why;
	int r;

	*ret = (struct aws_settings){ .has_owner = true, .owner = *person };
	buf_init(&ret->ca_pem, CA_PEM_MAX);
	r = take_own_keys(ret, &o, err);
	if (r < 0)
		return r;
	r = start(&p, &why);
	if (r >= 0)
		r = send_request(&p, person, &o, until, &why);
	if (r >= 0)
		r = receive_answer(&p, &o, ret, until, &why);
	if (r < 0)
		return was_cancelled(&o, err) < 0 ? -ERROR_INTERRUPTED :
			error_copy(err, &why);
	ret->config.profile_explicit = options->profile;
	ret->config.for_other = true;
	return take_systems(ret, options, err);
}
