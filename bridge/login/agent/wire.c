/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the helper and the processes of the tokens. */
#include "bridge/login/agent/wire.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "bridge/login/wire.h"

#include <string.h>

#define CLIENT_DATA_MAX 1024
#define RETRIES_UNKNOWN 0xff

static int agent_malformed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"a frame between the helper and a token's process is "
		"senseless");
}

/* Copies a byte string into `ret`, which knows how large it may be. */
static void get_buf(struct wire_reader *r, struct buf *ret)
{
	size_t n;
	const unsigned char *p = wire_get_bytes(r, &n);

	buf_reset(ret);
	if (n)
		buf_put(ret, p, n);
}

/* ---- orders ---- */

void agent_order_init(struct agent_order *o)
{
	memset(o, 0, sizeof(*o));
	buf_init(&o->client_data, CLIENT_DATA_MAX);
	o->pin = (struct secret)SECRET_INIT;
}

void agent_order_done(struct agent_order *o)
{
	buf_done(&o->client_data);
	secret_done(&o->pin);
}

void agent_order_write(const struct agent_order *o, struct buf *b)
{
	buf_put_byte(b, (unsigned char)o->kind);
	buf_put_byte(b, o->pin_facts);
	buf_put_be(b, o->credential, 2);
	wire_put_bytes(b, o->client_data.p, o->client_data.n);
	wire_put_bytes(b, o->pin.p, o->pin.n);
}

int agent_order_read(const unsigned char *p, size_t n, struct agent_order *ret,
	struct error *err)
{
	struct wire_reader r = { p, n, false };
	uint64_t kind = wire_get_be(&r, 1), pin_facts = wire_get_be(&r, 1);
	const unsigned char *pin;
	size_t pin_n;

	ret->credential = (unsigned)wire_get_be(&r, 2);
	get_buf(&r, &ret->client_data);
	pin = wire_get_bytes(&r, &pin_n);
	if (!wire_done(&r) || (kind != AGENT_LOOK && kind != AGENT_PROVE) ||
		pin_facts > 1 || ret->client_data.n == 0 ||
		buf_failed(&ret->client_data))
		return agent_malformed(err);
	ret->kind = (enum agent_order_kind)kind;
	ret->pin_facts = pin_facts == 1;
	return pin_n ? login_pin_read(pin, pin_n, &ret->pin, err) : 0;
}

/* ---- reports ---- */

void agent_report_init(struct agent_report *r)
{
	memset(r, 0, sizeof(*r));
	r->credential = AGENT_NO_CREDENTIAL;
	r->facts.pin_retries = -1;
	buf_init(&r->auth_data, ATTEST_BYTES_MAX);
	buf_init(&r->signature, ATTEST_BYTES_MAX);
}

void agent_report_done(struct agent_report *r)
{
	buf_done(&r->auth_data);
	buf_done(&r->signature);
}

enum fact_bit {
	FACT_CTAP2 = 1,
	FACT_HAS_PIN = 2,
	FACT_ALWAYS_UV = 4,
	FACT_PIN_CHANGE_FORCED = 8,
	FACT_IS_SIGNED = 16,
	FACT_BRIEF = 32,
	FACT_ALL = 63,
};

static unsigned bits_of(const struct agent_report *r)
{
	const struct agent_facts *f = &r->facts;

	return (f->ctap2 ? FACT_CTAP2 : 0u) | (f->has_pin ? FACT_HAS_PIN : 0u) |
		(f->always_uv ? FACT_ALWAYS_UV : 0u) |
		(f->pin_change_forced ? FACT_PIN_CHANGE_FORCED : 0u) |
		(f->brief ? FACT_BRIEF : 0u) |
		(r->is_signed ? FACT_IS_SIGNED : 0u);
}

static void set_bits(struct agent_report *r, unsigned bits)
{
	r->facts.ctap2 = bits & FACT_CTAP2;
	r->facts.has_pin = bits & FACT_HAS_PIN;
	r->facts.always_uv = bits & FACT_ALWAYS_UV;
	r->facts.pin_change_forced = bits & FACT_PIN_CHANGE_FORCED;
	r->facts.brief = bits & FACT_BRIEF;
	r->is_signed = bits & FACT_IS_SIGNED;
}

void agent_report_write(const struct agent_report *r, struct buf *b)
{
	int retries = r->facts.pin_retries;

	buf_put_byte(b, (unsigned char)r->kind);
	buf_put_byte(b, (unsigned char)bits_of(r));
	buf_put_be(b, r->facts.min_pin, 4);
	buf_put_byte(b, retries >= 0 && retries < RETRIES_UNKNOWN ?
		(unsigned char)retries : RETRIES_UNKNOWN);
	buf_put_be(b, r->facts.serial, 4);
	buf_put_be(b, r->credential, 2);
	wire_put_bytes(b, r->auth_data.p, r->auth_data.n);
	wire_put_bytes(b, r->signature.p, r->signature.n);
	buf_put_byte(b, (unsigned char)r->code);
	wire_put_str(b, r->text);
}

static bool is_known_kind(uint64_t kind)
{
	return kind == AGENT_BUSY || kind == AGENT_LOOKED ||
		kind == AGENT_TOUCH || kind == AGENT_WANTS_PIN ||
		kind == AGENT_PROVED || kind == AGENT_FAILED;
}

static bool report_makes_sense(const struct agent_report *r, size_t credentials)
{
	bool has = r->credential != AGENT_NO_CREDENTIAL;

	if (buf_failed(&r->auth_data) || buf_failed(&r->signature) ||
		(has && r->credential >= credentials) ||
		!utf8_is_clean(r->text, strlen(r->text)))
		return false;
	switch (r->kind) {
	case AGENT_PROVED:
		return has && r->is_signed;
	case AGENT_WANTS_PIN:
		return has && !r->facts.brief && r->facts.always_uv;
	case AGENT_FAILED:
		return r->code != 0;
	default:
		return true;
	}
}

int agent_report_read(const unsigned char *p, size_t n, size_t credentials,
	struct agent_report *ret, struct error *err)
{
	struct wire_reader r = { p, n, false };
	uint64_t kind = wire_get_be(&r, 1), bits = wire_get_be(&r, 1), retries;

	ret->facts.min_pin = (uint32_t)wire_get_be(&r, 4);
	retries = wire_get_be(&r, 1);
	ret->facts.serial = (uint32_t)wire_get_be(&r, 4);
	ret->credential = (unsigned)wire_get_be(&r, 2);
	get_buf(&r, &ret->auth_data);
	get_buf(&r, &ret->signature);
	ret->code = (enum error_code)wire_get_be(&r, 1);
	wire_get_str(&r, ret->text, sizeof(ret->text));
	ret->kind = (enum agent_report_kind)kind;
	ret->facts.pin_retries = retries == RETRIES_UNKNOWN ? -1 :
							      (int32_t)retries;
	set_bits(ret, (unsigned)bits);
	if (!wire_done(&r) || bits > FACT_ALL || !is_known_kind(kind) ||
		!report_makes_sense(ret, credentials))
		return agent_malformed(err);
	return 0;
}
