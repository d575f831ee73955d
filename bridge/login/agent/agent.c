/* SPDX-License-Identifier: Apache-2.0 */
/* What the process of one token does. */
#include "bridge/login/agent/agent.h"

#include "base/utf8.h"
#include "base/wire.h"
#include "bridge/login/agent/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MS 5000  /* for each question without a touch */
#define RETRY_MS 100    /* while another process holds the token */
#define FRAME_MS 5000
#define ATTEMPT_MS 600000 /* no attempt is as long; the line's end decides */

struct agent {
	const struct login_credentials *credentials;
	const struct node *node;
	int fd, socket; /* of the node; to the helper */
	struct fido *fido; /* owned */
	bool touch_told;   /* of this proof */
};

/* ---- frames ---- */

static int agent_receive(const struct agent *a, struct agent_order *ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(a->socket, &b, -1, deadline_in(ATTEMPT_MS), err);
	return r < 0 ? r : agent_order_read(b.p, b.n, ret, err);
}

static int agent_send(const struct agent *a, const struct agent_report *report,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	agent_report_write(report, &b);
	r = buf_check(&b, "a report", err);
	return r < 0 ? r : wire_send(a->socket, b.p, b.n,
		deadline_in(FRAME_MS), err);
}

static int agent_tell(const struct agent *a, enum agent_report_kind kind,
	const struct error *why, struct error *err)
{
	CLEANUP(agent_report_done) struct agent_report report;

	agent_report_init(&report);
	report.kind = kind;
	report.code = (enum error_code)why->code;
	snprintf(report.text, sizeof(report.text), "%.*s",
		(int)sizeof(report.text) - 1, why->text);
	utf8_sanitise(report.text);
	return agent_send(a, &report, err);
}

/* ---- looking ---- */

static int open_once(struct agent *a, bool pin_facts, struct error *err)
{
	int fd = fcntl(a->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot take '%s'", a->node->path);
	if (!pin_facts)
		return fido_open_briefly(&a->fido, fd, a->node->path,
			a->socket, deadline_in(0), deadline_in(ANSWER_MS), err);
	return fido_open_fd(&a->fido, fd, a->node->path, a->node->vendor,
		a->socket, deadline_in(0), deadline_in(ANSWER_MS), err);
}

/* Another process may hold it: it is waited for as long as the helper does. */
static int open_when_free(struct agent *a, bool pin_facts, struct error *err)
{
	struct error e;
	bool told = false;
	int r;

	while ((r = open_once(a, pin_facts, &e)) == -ERROR_BUSY) {
		if (!told && agent_tell(a, AGENT_BUSY, &e, err) < 0)
			return -err->code;
		told = true;
		if (deadline_sleep(deadline_in(RETRY_MS), a->socket))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	return r < 0 ? error_copy(err, &e) : 0;
}

static int ask_silently(struct agent *a, const struct agent_order *o,
	size_t i, struct assertion *ret, bool *ret_has, struct error *err)
{
	const struct login_credential *c = &a->credentials->p[i];
	const struct fido_assertion_request q = {
		.rp_id = c->rp,
		.client_data = &o->client_data,
		.credential = { c->id, c->id_n },
	};

	fido_set_deadline(a->fido, deadline_in(ANSWER_MS));
	return fido_get_assertion(a->fido, &q, ret, ret_has, err);
}

static int agent_find(struct agent *a, const struct agent_order *o,
	struct agent_report *ret, struct error *err)
{
	CLEANUP(assertion_done) struct assertion s;
	bool has = false;
	size_t i;
	int r = 0, failed = 0;

	assertion_init(&s);
	for (i = 0; !has && i < a->credentials->n; i++) {
		r = ask_silently(a, o, i, &s, &has, err);
		if (r < 0 && !fido_may_pass(r))
			return r;
		/* it may still be another one of the user's */
		if (r < 0)
			failed = r;
		else if (has)
			ret->credential = (unsigned)i;
	}
	if (!has && failed < 0)
		return failed;
	ret->is_signed = s.signature.n > 0;
	buf_put(&ret->auth_data, s.auth_data.p, s.auth_data.n);
	buf_put(&ret->signature, s.signature.p, s.signature.n);
	return 0;
}

static void fill_facts(struct agent *a, bool retries, struct agent_facts *ret)
{
	const struct fido_info *i = fido_info(a->fido);
	const struct devinfo *d = fido_devinfo(a->fido);

	ret->brief = i->untold;
	ret->ctap2 = i->ctap2;
	ret->has_pin = i->client_pin == FIDO_ON;
	ret->always_uv = i->always_uv == FIDO_ON;
	ret->pin_change_forced = i->pin_change_forced;
	ret->min_pin = i->min_pin_length > UINT32_MAX ? UINT32_MAX :
		(uint32_t)i->min_pin_length;
	ret->pin_retries = retries && ret->has_pin ?
		fido_pin_retries(a->fido) : -1;
	ret->serial = d->has_serial ? d->serial : 0;
}


static int agent_look(struct agent *a, const struct agent_order *o,
	struct error *err)
{
	CLEANUP(agent_report_done) struct agent_report report;
	int r;

	agent_report_init(&report);
	report.kind = AGENT_LOOKED;
	r = open_when_free(a, o->pin_facts, err);
	if (r == 0)
		r = agent_find(a, o, &report, err);
	if (r < 0)
		return r;
	/* tries are asked for only where the PIN will be */
	fill_facts(a, o->pin_facts && report.credential != AGENT_NO_CREDENTIAL,
		&report.facts);
	return agent_send(a, &report, err);
}

/* ---- proving ---- */

static void tell_of_touch(void *arg)
{
	static const struct error none = { .code = 0 };
	struct agent *a = arg;

	if (!a->touch_told)
		(void)agent_tell(a, AGENT_TOUCH, &none, NULL);
	a->touch_told = true;
}

/* With alwaysUv a token wants its PIN, or denies the operation, as soon as it is
 * asked (CTAP 2.1 section 6.2.2, step 5). */
static bool is_wish(const struct agent *a, int r)
{
	return fido_info(a->fido)->untold && (r == -ERROR_PIN ||
		(!a->touch_told && (r == -ERROR_TOUCH || r == -ERROR_FAILED)));
}

/*
 * A token that was opened briefly may want its PIN: its owner has set alwaysUv
 * since it was bound. Only now it is asked what is to be known for that. `why`
 * stands where it does not say so itself.
 */
static int agent_ask_pin(struct agent *a, const struct agent_order *o,
	const struct error *why, struct error *err)
{
	CLEANUP(agent_report_done) struct agent_report report;

	agent_report_init(&report);
	fido_set_deadline(a->fido, deadline_in(ANSWER_MS));
	if (fido_learn(a->fido, a->node->vendor, NULL) < 0 ||
		fido_info(a->fido)->always_uv != FIDO_ON)
		return error_copy(err, why);
	report.kind = AGENT_WANTS_PIN;
	report.credential = o->credential;
	fill_facts(a, /* retries= */ true, &report.facts);
	return agent_send(a, &report, err);
}

static int agent_prove(struct agent *a, const struct agent_order *o,
	struct error *err)
{
	CLEANUP(agent_report_done) struct agent_report report;
	CLEANUP(assertion_done) struct assertion s;
	const struct login_credential *c;
	struct fido_assertion_request q = {
		.client_data = &o->client_data,
		.touch = true,
		.pin = o->pin.n ? &o->pin : NULL,
	};
	struct error e;
	bool found = false;
	int r;

	agent_report_init(&report);
	assertion_init(&s);
	if (!a->fido || o->credential >= a->credentials->n)
		return error_set(err, ERROR_FAILED, "no such credential");
	c = &a->credentials->p[o->credential];
	q.rp_id = c->rp;
	q.credential = (struct fido_id){ c->id, c->id_n };
	fido_set_deadline(a->fido, deadline_in(ATTEMPT_MS));
	a->touch_told = false;
	fido_on_touch(a->fido, tell_of_touch, a);
	r = fido_get_assertion(a->fido, &q, &s, &found, &e);
	if (is_wish(a, r))
		return agent_ask_pin(a, o, &e, err);
	if (r < 0)
		return error_copy(err, &e);
	if (!found)
		return error_set(err, ERROR_MALFORMED,
			"the token said that it has the credential, and now "
			"that it has not");
	report.kind = AGENT_PROVED;
	report.credential = o->credential;
	report.is_signed = true;
	buf_put(&report.auth_data, s.auth_data.p, s.auth_data.n);
	buf_put(&report.signature, s.signature.p, s.signature.n);
	return agent_send(a, &report, err);
}

/* ---- its life ---- */

static int serve(struct agent *a, struct error *err)
{
	int r;

	do {
		CLEANUP(agent_order_done) struct agent_order o;

		agent_order_init(&o);
		r = agent_receive(a, &o, err);
		if (r == 0)
			r = o.kind == AGENT_LOOK ? agent_look(a, &o, err) :
						   agent_prove(a, &o, err);
	} while (r == 0);
	return r;
}

static void agent_live(struct agent *a, const struct agent_setting *setting)
{
	struct error e;
	size_t i;

	for (i = 0; i < setting->close_n; i++)
		close(setting->close_fds[i]);
	if (sandbox_enter(setting->sandbox, /* with_parent= */ false,
		    &e) == 0)
		(void)serve(a, &e);
	(void)agent_tell(a, AGENT_FAILED, &e, NULL);
	fido_free(&a->fido);
}

int agent_start(const struct agent_setting *setting, const struct node *node,
	int *ret_socket, int *ret_fd, struct error *err)
{
	struct agent a = { setting->credentials, node, -1, -1, NULL, false };
	int pair[2];
	pid_t pid;

	*ret_socket = *ret_fd = -1;
	a.fd = open(node->path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (a.fd < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		close(a.fd);
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a socket");
	}
	a.socket = pair[1];
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		agent_live(&a, setting);
		_exit(0);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		close(a.fd);
		return error_errno(err, ERROR_FAILED, errno,
			"cannot start a token's process");
	}
	*ret_socket = pair[0];
	*ret_fd = a.fd;
	return 0;
}
