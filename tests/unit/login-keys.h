/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of tokens at login, as doubles: each answers the orders of the
 * helper as it was told to, with real signatures, and can be wrong in each part.
 * And one attempt over them.
 */
#ifndef TESTS_LOGIN_KEYS_H
#define TESTS_LOGIN_KEYS_H

#include "bridge/login/auth/arrivals.h"
#include "bridge/login/auth/prove.h"

#include "base/wire.h"
#include "token/attest/attest.h"
#include "token/attest/authdata.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define KEYS 3
#define GOOD .ctap2 = true, .has_pin = true, .pin_retries = 8
#define BRIEF .brief = true, .ctap2 = true, .pin_retries = -1

enum does {
	ANSWERS,       /* as asked; of a look: that it has the credential */
	HAS_NOT,
	OTHER_KEY,     /* signs with another key than the registry knows */
	OTHER_RP,      /* ... for another relying party */
	OTHER_DATA,    /* ... over what it was not asked */
	SIGNS_NOTHING, /* says that it has the credential */
	NO_SUCH,       /* ... one that there is not */
	OTHER_INDEX,   /* answers for a credential that it was not asked for */
	FAILS,         /* with `code` */
	SENSELESS,     /* sends no report */
	HANGS_UP,
	SAYS_NOTHING,
	TWICE,         /* says all of it once more */
	WAITS,         /* says that it waits for a touch, and then signs */
	WANTS_PIN,     /* in place of a touch */
	NAGS,          /* ... twice */
};

struct act {
	enum does does;
	enum error_code code;
	unsigned flags;     /* beside those of a good answer: turned over */
	unsigned counter;
	unsigned index;     /* of the credential that it has */
	unsigned after_ms;
};

struct key {
	struct agent_facts facts;
	struct act look, touch;
	bool held;          /* by another program, at first */
	bool held_later;    /* ... when it is to blink: says that, and no more */
	bool proves_at_once; /* without being asked for a touch */
	struct agent_facts wish; /* that it has when it wants its PIN */
};

/* What each was asked, which the test sees too. */
static struct seen {
	unsigned looks, proofs, credential;
	bool pin_facts;
	char pin[64], look_data[512], prove_data[512];
} *seen;

static EVP_PKEY *pkeys[2], *other;
static struct login_credential credentials[2];

static void send_report(int socket, const struct agent_report *r)
{
	struct buf b;

	buf_init(&b, WIRE_MAX);
	agent_report_write(r, &b);
	(void)wire_send(socket, b.p, b.n, deadline_in(5000), NULL);
	buf_done(&b);
}

/* What it signs: of `does` all that is wrong with it. */
static void sign(struct agent_report *r, const struct act *act,
	const struct agent_order *o, unsigned flags)
{
	const struct login_credential *c = &credentials[act->index];
	struct assertion a;
	char data[512];

	snprintf(data, sizeof(data), "%.*s", (int)o->client_data.n,
		(const char *)o->client_data.p);

	assertion_init(&a);
	vendor_assertion(act->does == OTHER_KEY ? other : pkeys[act->index],
		act->does == OTHER_RP ? "tokenbridge:id" : c->rp,
		act->does == OTHER_DATA ? "{}" : data, "id",
		(uint8_t)(flags ^ act->flags), act->counter, &a);
	buf_put(&r->auth_data, a.auth_data.p, a.auth_data.n);
	buf_put(&r->signature, a.signature.p, a.signature.n);
	r->is_signed = true;
	assertion_done(&a);
}

static void act_on(int socket, const struct key *key, const struct act *act,
	const struct agent_order *o)
{
	bool look = o->kind == AGENT_LOOK;
	struct agent_report r;

	agent_report_init(&r);
	if (act->does == WAITS) {
		r.kind = AGENT_TOUCH;
		send_report(socket, &r);
	}
	if (act->after_ms)
		deadline_sleep(deadline_in(act->after_ms), -1);
	r.kind = look && !key->proves_at_once ? AGENT_LOOKED : AGENT_PROVED;
	r.facts = key->facts;
	r.credential = act->index;
	if (act->does == WANTS_PIN || act->does == NAGS) {
		r.kind = AGENT_WANTS_PIN;
		r.facts = key->wish;
	} else if (act->does == FAILS) {
		r.kind = AGENT_FAILED;
		r.code = act->code;
		strcpy(r.text, "it fails");
	} else if (act->does == HAS_NOT) {
		r.credential = AGENT_NO_CREDENTIAL;
	} else if (act->does != SIGNS_NOTHING) {
		sign(&r, act, o, look ? 0 :
			AUTHDATA_UP | (o->pin.n ? AUTHDATA_UV : 0u));
	}
	if (act->does == NO_SUCH)
		r.credential = 2;
	if (act->does == OTHER_INDEX)
		r.credential = !act->index;
	if (act->does == SENSELESS)
		(void)wire_send(socket, "?", 1, deadline_in(5000), NULL);
	else
		send_report(socket, &r);
	if (act->does == TWICE || act->does == NAGS)
		send_report(socket, &r);
	agent_report_done(&r);
}

static void take_order(const struct agent_order *o, struct seen *s)
{
	bool look = o->kind == AGENT_LOOK;

	snprintf(look ? s->look_data : s->prove_data, sizeof(s->look_data),
		"%.*s", (int)o->client_data.n, (const char *)o->client_data.p);
	if (look) {
		s->looks++;
		s->pin_facts = o->pin_facts;
		return;
	}
	s->proofs++;
	s->credential = o->credential;
	if (o->pin.n)
		snprintf(s->pin, sizeof(s->pin), "%.*s", (int)o->pin.n,
			(const char *)o->pin.p);
}

static void live(int socket, const struct key *key, struct seen *s)
{
	const struct agent_report busy = { .kind = AGENT_BUSY,
		.credential = AGENT_NO_CREDENTIAL, .code = ERROR_BUSY,
		.text = "somebody holds it" };
	const struct act *act;
	struct agent_order o;
	struct buf b;

	buf_init(&b, WIRE_MAX);
	for (;;) {
		agent_order_init(&o);
		if (wire_receive(socket, &b, -1, deadline_in(20000), NULL) < 0 ||
			agent_order_read(b.p, b.n, &o, NULL) < 0)
			_exit(0);
		take_order(&o, s);
		act = o.kind == AGENT_LOOK ? &key->look : &key->touch;
		if (o.kind == AGENT_LOOK ? key->held : key->held_later)
			send_report(socket, &busy);
		if (act->does == HANGS_UP)
			_exit(0);
		if (act->does != SAYS_NOTHING)
			act_on(socket, key, act, &o);
		agent_order_done(&o);
	}
}

/* Two credentials, of one key each, and the memory that all see. */
static UNUSED void make_keys(void)
{
	struct buf cose;
	size_t i;

	seen = mmap(NULL, KEYS * sizeof(*seen), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(seen != MAP_FAILED);
	other = vendor_key("P-256");
	for (i = 0; i < 2; i++) {
		struct login_credential *c = &credentials[i];

		pkeys[i] = vendor_key("P-256");
		buf_init(&cose, sizeof(c->public_key));
		vendor_cose_key(&cose, pkeys[i], COSE_ALG_ES256);
		memcpy(c->public_key, cose.p, cose.n);
		c->public_key_n = cose.n;
		buf_done(&cose);
		strcpy(c->token, i ? "22222222" : "11111111");
		strcpy(c->rp, i ? "pam://host" : LOGIN_RP);
	}
}

/* Starts it, as the next one of the list. */
static struct plugged *start_key(struct plugged_list *list,
	const struct key *key)
{
	char path[32], product[32];
	struct seen *s = &seen[list->n];
	int pair[2];
	pid_t pid;
	size_t i;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
		pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(pair[0]);
		for (i = 0; i < list->n; i++)
			close(list->p[i].socket);
		live(pair[1], key, s);
	}
	close(pair[1]);
	snprintf(path, sizeof(path), "/dev/hidraw%zu", list->n);
	snprintf(product, sizeof(product), "Key %zu", list->n);
	return plugged_add(list, pair[0], -1, path, product);
}

/* ---- one attempt ---- */

static struct plugged_list tokens;
static int cancel[2], arriving[2];
static char prompts[32];
static int64_t begun, asked_at; /* the last prompt */
static const char *blinks;      /* the token of the touch prompt */
static bool cut_at_touch;       /* the first token's line is, by then */
static int on_insert;           /* what is written to the watcher's line then:
                                   a byte, 0: nothing, -1: its end */

static UNUSED void note_prompt(enum login_reply_kind kind, const char *token,
	void *arg)
{
	size_t n = strlen(prompts);

	assert_ptr_equal(arg, &tokens);
	assert_string_equal(token, kind == LOGIN_PROMPT_TOUCH ? blinks : "");
	asked_at = deadline_now() - begun;
	if (kind == LOGIN_PROMPT_TOUCH && cut_at_touch)
		shutdown(tokens.p[0].socket, SHUT_RDWR);
	snprintf(prompts + n, sizeof(prompts) - n, "%c", (char)kind);
	if (kind == LOGIN_PROMPT_INSERT && on_insert > 0)
		assert_int_equal(write(arriving[1], &on_insert, 1), 1);
	if (kind == LOGIN_PROMPT_INSERT && on_insert < 0)
		close_p(&arriving[1]);
}

/* One that comes while somebody waits, as a byte: its number. */
static const struct key *coming;

int __wrap_arrivals_take(int socket, struct plugged_list *list,
	struct plugged **ret, struct error *e);
int __wrap_arrivals_take(int socket, struct plugged_list *list,
	struct plugged **ret, struct error *e)
{
	char c;

	assert_ptr_equal(list, &tokens);
	if (read(socket, &c, 1) != 1)
		return error_set(e, ERROR_FAILED, "nobody comes any more");
	*ret = c == 'x' ? NULL : start_key(&tokens, coming);
	if (c == 'd')
		shutdown((*ret)->socket, SHUT_RDWR);
	return 0;
}

struct way {
	struct choose_demand demand;
	const char *pin;      /* NULL: not given */
	bool verify_required; /* of credential 0 */
	int64_t timeout_ms;   /* 0: ten seconds */
};

static struct login_credentials list;
static struct prove x;
static struct error why;

static UNUSED void set_up(const struct way *way, const struct key *keys)
{
	static struct secret pin;
	size_t i;

	memset(seen, 0, KEYS * sizeof(*seen));
	memset(&tokens, 0, sizeof(tokens));
	memset(&why, 0, sizeof(why));
	prompts[0] = '\0';
	blinks = "11111111";
	on_insert = 0;
	cut_at_touch = false;
	begun = deadline_now();
	credentials[0].verify_required = way->verify_required;
	list = (struct login_credentials){ credentials, 2 };
	secret_done(&pin);
	if (way->pin)
		OK(secret_set(&pin, way->pin, strlen(way->pin), &err));
	assert_int_equal(pipe2(cancel, O_CLOEXEC), 0);
	assert_int_equal(pipe2(arriving, O_CLOEXEC), 0);
	x = (struct prove){ .credentials = &list, .tokens = &tokens,
		.demand = way->demand, .pin = way->pin ? &pin : NULL,
		.cancel_fd = cancel[0], .arrivals = -1,
		.timeout_ms = way->timeout_ms ? way->timeout_ms : 10000,
		.prompt = note_prompt, .arg = &tokens };
	for (i = 0; i < KEYS && keys && keys[i].facts.pin_retries; i++)
		start_key(&tokens, &keys[i]);
}

static UNUSED void end(void)
{
	size_t i;

	/* whatever came of it, nobody blinks any more; the one that was touched
	 * has done so */
	for (i = 0; i < tokens.n; i++)
		if (&tokens.p[i] != x.token ||
			tokens.p[i].state != PLUGGED_PROVING)
			assert_int_equal(tokens.p[i].socket, -1);
	plugged_done(&tokens);
	while (wait(NULL) > 0)
		;
	for (i = 0; i < 2; i++) {
		close_p(&cancel[i]);
		close_p(&arriving[i]);
	}
}

#endif
