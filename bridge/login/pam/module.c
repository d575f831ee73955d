/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pam_tokenbridge: logging in with a token that the registry knows.
 *
 * Nothing but the conversation happens in the host's process (sshd, sudo, a
 * display manager, a screen locker): record and token are asked by
 * tokenbridge-auth, a child of root's or one that systemd starts. What comes
 * back is PAM_SUCCESS for one letter of its answer, PAM_IGNORE in one case and
 * in one place (no_binding), and a refusal for everything else.
 */
#include "base/paths.h"
#include "base/process.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "bridge/login/pam/devices.h"
#include "bridge/login/pam/options.h"
#include "bridge/login/result.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define PAM_SM_AUTH
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#define EXPORT __attribute__((visibility("default")))

#define HELPER PATH_LIBEXEC "/tokenbridge-auth"
#define HELPER_SOCKET PATH_RUN "/auth"
#define GRACE_MS 5000      /* of the helper, beyond its own deadline */
#define CALL_MS 10000      /* ... of one that systemd starts first, maybe
                              behind others, and that asks NSS before it reads */
#define END_MS 500         /* for it to end once it has answered */
#define FAIL_DELAY_US 2000000
#define HOST_LEN (HOST_NAME_MAX + 1)

/* One attempt to log in. */
struct attempt {
	pam_handle_t *pamh;
	struct pam_options options;
	struct login_request q;
	struct secret pin;
	struct login_reply answer;
	char host[HOST_LEN];
	int64_t begun;
};

/* ---- what an answer means ---- */

/* What only an administrator can mend; the log says what it is. */
#define ASK_WHO_CAN "your administrator finds why in the log."
#define NOT_NOW "Security keys cannot be used here now: " ASK_WHO_CAN
#define DISTRUSTED "The security key was refused: " ASK_WHO_CAN

/* The first row is for whatever is none of the others. */
static const struct meaning {
	enum login_result result;
	int code;
	const char *tell;   /* the person; NULL: nothing */
	bool tell_why;      /* ... and the helper's words behind it */
} meanings[] = {
	{ LOGIN_FAILED, PAM_AUTH_ERR, NULL },
	{ LOGIN_GRANTED, PAM_SUCCESS, NULL },
	{ LOGIN_NO_BINDING, PAM_USER_UNKNOWN, NULL },
	{ LOGIN_UNKNOWN_USER, PAM_USER_UNKNOWN, NULL },
	{ LOGIN_NOT_LOCAL, PAM_AUTHINFO_UNAVAIL,
		"You are not known to be at this machine", true },
	{ LOGIN_NOT_ROOT, PAM_AUTHINFO_UNAVAIL, NOT_NOW },
	{ LOGIN_NOT_LISTED, PAM_AUTHINFO_UNAVAIL, NOT_NOW },
	{ LOGIN_TOO_OFTEN, PAM_AUTHINFO_UNAVAIL,
		"The security key was asked for too often. Wait a minute." },
	{ LOGIN_NO_RECORD, PAM_AUTHINFO_UNAVAIL, NOT_NOW },
	{ LOGIN_NO_TOKEN, PAM_AUTHINFO_UNAVAIL,
		"Your security key is not plugged in." },
	{ LOGIN_BUSY, PAM_AUTHINFO_UNAVAIL,
		"Another program is using the security key." },
	{ LOGIN_NOT_TOUCHED, PAM_AUTH_ERR,
		"The security key was not touched in time." },
	{ LOGIN_PIN_WRONG, PAM_AUTH_ERR,
		"The PIN of the security key is wrong." },
	{ LOGIN_PIN_BLOCKED, PAM_AUTH_ERR,
		"The security key takes no PIN now. Unplug it, plug it in "
		"again, and try once more." },
	{ LOGIN_PIN_SCARCE, PAM_AUTH_ERR,
		"Few PIN tries are left; none is spent here. Log in another "
		"way and try the PIN there." },
	{ LOGIN_PIN_DEAD, PAM_AUTH_ERR,
		"No PIN try is left: only a reset, which erases the security "
		"key, makes it usable again." },
	{ LOGIN_PIN_CHANGE, PAM_AUTH_ERR,
		"The security key must be given a new PIN first: `tokenbridge "
		"pin change`." },
	{ LOGIN_PIN_UNFIT, PAM_AUTH_ERR,
		"That can be no PIN of this security key; it was not tried." },
	{ LOGIN_SILENT, PAM_AUTHINFO_UNAVAIL,
		"A security key does not answer. Unplug it and plug it in "
		"again." },
	{ LOGIN_FALSE, PAM_AUTH_ERR, DISTRUSTED },
	{ LOGIN_COUNTER, PAM_AUTH_ERR, DISTRUSTED },
};

static const struct meaning *meaning_of(enum login_result result)
{
	size_t i;

	for (i = 1; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].result == result)
			return &meanings[i];
	return &meanings[0];
}

/* ---- the conversation ---- */

static void wipe_reply(struct pam_response **reply)
{
	if (!*reply)
		return;
	if ((*reply)->resp) {
		wipe((*reply)->resp, strlen((*reply)->resp));
		free((*reply)->resp);
	}
	free(*reply);
	*reply = NULL;
}

/* *ret may be NULL: then the reply is of no interest. */
static int converse(struct attempt *a, int style, const char *text,
	struct pam_response **ret)
{
	CLEANUP(wipe_reply) struct pam_response *reply = NULL;
	struct pam_message message = { style, text };
	const struct pam_message *messages = &message;
	const struct pam_conv *conv = NULL;

	if (pam_get_item(a->pamh, PAM_CONV, (const void **)&conv) !=
			PAM_SUCCESS || !conv || !conv->conv ||
		conv->conv(1, &messages, &reply, conv->appdata_ptr) !=
			PAM_SUCCESS)
		return PAM_AUTH_ERR;
	if (ret)
		*ret = steal(&reply);
	return PAM_SUCCESS;
}

/* Of the one token that it is for. LOGIN_READY: it may be tried. */
static enum login_result ask_pin(struct attempt *a)
{
	CLEANUP(wipe_reply) struct pam_response *reply = NULL;
	char prompt[LOGIN_NAME_LEN + 32];
	size_t n;

	snprintf(prompt, sizeof(prompt), "PIN of your security key (%s): ",
		a->answer.name);
	if (converse(a, PAM_PROMPT_ECHO_OFF, prompt, &reply) != PAM_SUCCESS ||
		!reply || !reply->resp || !reply->resp[0])
		return LOGIN_FAILED;
	n = strlen(reply->resp);
	if (!login_pin_is_fit(reply->resp, n, a->answer.min_pin))
		return LOGIN_PIN_UNFIT;
	return secret_set(&a->pin, reply->resp, n, NULL) < 0 ? LOGIN_FAILED :
							       LOGIN_READY;
}

/* Also under PAM_SILENT: a light that blinks for no known reason gets touched
 * for anybody. */
static int give_prompt(struct attempt *a, enum login_reply_kind kind)
{
	char text[3 * LOGIN_ITEM_LEN];

	if (kind == LOGIN_PROMPT_INSERT)
		snprintf(text, sizeof(text), "Plug in the security key of %s.",
			a->q.user);
	else if (a->options.prompt[0])
		snprintf(text, sizeof(text), "%s", a->options.prompt);
	else
		snprintf(text, sizeof(text), "Touch the security key to let "
			"%s in on %s (%s).", a->q.user, a->host, a->q.service);
	return converse(a, PAM_TEXT_INFO, text, NULL);
}

/* ---- the helper ---- */

static int receive(const struct process *p, deadline_t until,
	struct login_reply *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(p->socket, &b, -1, until, err);
	return r < 0 ? r : login_reply_read(b.p, b.n, ret, err);
}

/* Gives the touch prompts that come before the answer. */
static int hear(struct attempt *a, const struct process *p, struct error *err)
{
	deadline_t until = deadline_in((int64_t)a->q.timeout_ms +
		a->q.wait_ms + GRACE_MS + (p->pid == 0 ? CALL_MS : 0));
	struct login_reply reply;
	int r;

	while ((r = receive(p, until, &reply, err)) == 0 &&
		reply.kind != LOGIN_ANSWER)
		if (give_prompt(a, reply.kind) != PAM_SUCCESS)
			return error_set(err, ERROR_FAILED,
				"nobody could be told to touch the token");
	if (r == 0)
		a->answer = reply;
	return r;
}

/* The PIN goes with it: the host need not have it while the token blinks. */
static int send_request(struct attempt *a, const struct process *p,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	login_request_write(&a->q, &b);
	r = buf_check(&b, "a request", err);
	if (r == 0)
		r = wire_send(p->socket, b.p, b.n, deadline_in(GRACE_MS), err);
	if (r == 0 && a->q.prove)
		r = wire_send(p->socket, a->pin.p, a->pin.n,
			deadline_in(GRACE_MS), err);
	secret_done(&a->pin);
	return r;
}

/*
 * Who refuses may do so, and end, before all of the request was read. Only then
 * does an answer count behind a request that could not be sent.
 */
static int talk(struct attempt *a, const struct process *p, struct error *err)
{
	int r = send_request(a, p, err);

	if (r == 0)
		return hear(a, p, err);
	if (r == -ERROR_TIMEOUT || hear(a, p, NULL) < 0)
		return r;
	return a->answer.result == LOGIN_GRANTED ||
		a->answer.result == LOGIN_READY ? r : 0;
}

/* One of systemd's, by its socket; the caller's rights are of no matter. */
static int call_helper(struct process *p, struct error *err)
{
	return process_call(p, HELPER_SOCKET, deadline_in(GRACE_MS), err);
}

/*
 * A child has our rights and sees what we see. So systemd's helper is called
 * where we are not root, and, if it is there, where we see no devices or are
 * ourselves in a sandbox: that of polkit's helper kills who looks at another's
 * descriptor, which seat=peer rests on, and has nothing that can be written.
 */
static int start_helper(struct process *p, struct error *err)
{
	if (geteuid() != 0)
		return call_helper(p, err);
	if (access(HELPER_SOCKET, F_OK) == 0 &&
		(!devices_are_seen() || devices_are_confined()) &&
		call_helper(p, err) == 0)
		return 0;
	return process_start_bare(p, HELPER, err);
}

static void fail_with(struct attempt *a, enum login_result result,
	const struct error *why)
{
	a->answer = (struct login_reply){ .result = result };
	snprintf(a->answer.text, sizeof(a->answer.text), "%.*s",
		LOGIN_ITEM_LEN - 1, why->text);
}

static void log_alert(const struct attempt *a)
{
	char user[LOGIN_USER_LEN], service[LOGIN_ITEM_LEN];

	if (!a->answer.alert[0])
		return;
	login_log_word(a->q.user, user, sizeof(user));
	login_log_word(a->q.service, service, sizeof(service));
	pam_syslog(a->pamh, LOG_ALERT, "user=%s service=%s alert: %s", user,
		service, a->answer.alert);
}

/* Only the frame decides: hosts reap children and ignore SIGCHLD. */
static void ask_helper(struct attempt *a, bool prove)
{
	struct process p = PROCESS_INIT;
	struct error e;

	a->q.prove = prove;
	a->q.wait_ms = prove ? 0 : a->options.wait_ms;
	a->answer = (struct login_reply){ .result = LOGIN_FAILED };
	if (start_helper(&p, &e) < 0)
		fail_with(a, geteuid() == 0 ? LOGIN_FAILED : LOGIN_NOT_ROOT,
			&e);
	else if (talk(a, &p, &e) < 0)
		fail_with(a, LOGIN_FAILED, &e);
	process_stop(&p, deadline_in(END_MS));
	log_alert(a);
	if (a->options.debug)
		pam_syslog(a->pamh, LOG_DEBUG, "%s: the helper answers %s%s%s",
			prove ? "with PIN" : "first",
			login_result_word(a->answer.result),
			a->answer.text[0] ? ": " : "", a->answer.text);
}

/* ---- one attempt ---- */

static void note(const char *text, void *arg)
{
	struct attempt *a = arg;

	pam_syslog(a->pamh, LOG_DEBUG, "%s", text);
}

/* An item that is not there is empty; one that is no clean text is refused. */
static bool take_item(struct attempt *a, int item, char *ret, size_t size)
{
	const char *s = NULL;

	if (pam_get_item(a->pamh, item, (const void **)&s) != PAM_SUCCESS)
		return false;
	if (!s)
		s = "";
	if (strlen(s) >= size || !utf8_is_clean(s, strlen(s)))
		return false;
	snprintf(ret, size, "%s", s);
	return true;
}

static bool take_user(struct attempt *a)
{
	const char *user = NULL;

	if (pam_get_user(a->pamh, &user, NULL) != PAM_SUCCESS || !user ||
		!*user || strlen(user) >= sizeof(a->q.user) ||
		!utf8_is_clean(user, strlen(user)))
		return false;
	snprintf(a->q.user, sizeof(a->q.user), "%s", user);
	return true;
}

static bool take_items(struct attempt *a)
{
	struct login_request *q = &a->q;

	if (gethostname(a->host, sizeof(a->host)) < 0)
		return false;
	utf8_sanitise(a->host);
	return take_user(a) &&
		take_item(a, PAM_SERVICE, q->service, sizeof(q->service)) &&
		take_item(a, PAM_RHOST, q->remote_host,
			sizeof(q->remote_host));
}

static void make_request(struct attempt *a)
{
	const struct pam_options *o = &a->options;

	a->q.flags = (o->remote_allowed ? LOGIN_REMOTE_ALLOWED : 0) |
		(o->verify ? LOGIN_VERIFY : 0) | o->seats;
	a->q.timeout_ms = o->timeout_ms;
	snprintf(a->q.login_db, sizeof(a->q.login_db), "%s", o->login_db);
}

/* Who asks may have chosen the names: one that looks like more of the line is
 * none of it. */
static void log_attempt(const struct attempt *a)
{
	const struct login_reply *r = &a->answer;
	char user[LOGIN_USER_LEN], service[LOGIN_ITEM_LEN],
		host[LOGIN_ITEM_LEN];

	login_log_word(a->q.user, user, sizeof(user));
	login_log_word(a->q.service, service, sizeof(service));
	login_log_word(a->q.remote_host, host, sizeof(host));
	pam_syslog(a->pamh, r->counter_unsaved ? LOG_CRIT :
		login_result_priority(r->result),
		"user=%s token=%s aaguid=%s service=%s rhost=%s counter=%u "
		"result=%s ms=%lld%s%s", user,
		r->token[0] ? r->token : "-", r->aaguid[0] ? r->aaguid : "-",
		service, host, r->counter, login_result_word(r->result),
		(long long)(deadline_now() - a->begun),
		r->text[0] ? ": " : "", r->text);
}

/* The one place of PAM_IGNORE. */
static int no_binding(const struct attempt *a)
{
	return a->options.no_user_ok ? PAM_IGNORE : PAM_USER_UNKNOWN;
}

/* Also under PAM_SILENT: sudo asks for that always, and then says that a
 * password was wrong that nobody was asked for. */
static void tell_person(struct attempt *a, const struct meaning *m)
{
	char text[2 * LOGIN_ITEM_LEN];

	if (!m->tell)
		return;
	if (m->tell_why)
		snprintf(text, sizeof(text), "%s: %s.", m->tell,
			a->answer.text);
	else
		snprintf(text, sizeof(text), "%s", m->tell);
	converse(a, PAM_ERROR_MSG, text, NULL);
}

static int conclude(struct attempt *a)
{
	const struct meaning *m = meaning_of(a->answer.result);

	log_attempt(a);
	if (m->result == LOGIN_NO_BINDING)
		return no_binding(a);
	tell_person(a, m);
	return m->code;
}

static void log_in(struct attempt *a)
{
	enum login_result pin;

	ask_helper(a, false);
	if (a->answer.result != LOGIN_READY || !a->answer.needs_pin)
		return;
	pin = ask_pin(a);
	if (pin != LOGIN_READY) {
		a->answer.result = pin;
		snprintf(a->answer.text, sizeof(a->answer.text), "%s",
			pin == LOGIN_FAILED ? "no PIN was given" :
			"no try was spent");
		return;
	}
	memcpy(a->q.token, a->answer.token, sizeof(a->q.token));
	ask_helper(a, true);
	secret_done(&a->pin);
}

static int attempt(struct attempt *a, int argc, const char **argv)
{
	struct error e;

	if (pam_options_parse(argc, argv, &a->options, note, a, &e) < 0) {
		pam_syslog(a->pamh, LOG_ERR, "%s", e.text);
		return PAM_SERVICE_ERR;
	}
	if (!take_items(a)) {
		pam_syslog(a->pamh, LOG_ERR, "result=error: user, service or "
			"remote host is missing or senseless");
		return PAM_AUTH_ERR;
	}
	make_request(a);
	log_in(a);
	if (a->answer.result == LOGIN_READY) /* proves nothing */
		a->answer.result = LOGIN_FAILED;
	return conclude(a);
}

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
	const char **argv)
{
	struct attempt a = {
		.pamh = pamh,
		.pin = SECRET_INIT,
		.answer = { .result = LOGIN_FAILED },
		.begun = deadline_now(),
	};
	int code = attempt(&a, argc, argv);

	(void)flags; /* PAM_SILENT: see tell_person and give_prompt */
	secret_done(&a.pin);
	if (code != PAM_SUCCESS && code != PAM_IGNORE)
		(void)pam_fail_delay(pamh, FAIL_DELAY_US);
	return code;
}

/* There is nothing to set; PAM_IGNORE as the only module would be fatal. */
EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
	const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
