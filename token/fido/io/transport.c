/* SPDX-License-Identifier: Apache-2.0 */
/* libfido2's transport functions. */
#include "token/fido/io/transport.h"

#include <stdio.h>
#include <string.h>

#define GET_INFO 0x04 /* CTAP 2.1 section 6.4 */

void transport_init(struct transport *t)
{
	memset(t, 0, sizeof(*t));
	t->hid.fd = -1;
	buf_init(&t->get_info, HID_MESSAGE_MAX);
	buf_init(&t->sent, HID_MESSAGE_MAX);
	buf_init(&t->reply, HID_MESSAGE_MAX);
}

void transport_done(struct transport *t)
{
	hid_done(&t->hid);
	buf_done(&t->get_info);
	buf_done(&t->sent);
	buf_done(&t->reply);
}

/*
 * libfido2 hands its open function nothing but the path string, so the path
 * that we give it is our pointer.
 */
static void *io_open(const char *path)
{
	void *t = NULL;

	if (sscanf(path, "transport:%p", &t) != 1)
		return NULL;
	return t;
}

static void io_close(void *handle)
{
	(void)handle; /* transport_done() closes */
}

/* libfido2 wants the pair, and has no use for it beside transport functions. */
static int io_read(void *handle, unsigned char *p, size_t n, int ms)
{
	(void)handle;
	(void)p;
	(void)n;
	(void)ms;
	return -1;
}

static int io_write(void *handle, const unsigned char *p, size_t n)
{
	(void)handle;
	(void)p;
	(void)n;
	return -1;
}

/* What INIT answered our own nonce is what it would answer libfido2's. */
static void recall_init(struct transport *t)
{
	const struct hid *h = &t->hid;

	buf_reset(&t->reply);
	buf_put(&t->reply, t->nonce, sizeof(t->nonce));
	buf_put_be(&t->reply, h->cid, 4);
	buf_put_byte(&t->reply, h->protocol);
	buf_put(&t->reply, h->version, sizeof(h->version));
	buf_put_byte(&t->reply, h->capabilities);
}

/* Whether the reply is known without asking; it is in t->reply then. */
static bool recall(struct transport *t, const unsigned char *p, size_t n)
{
	if (t->command == HID_INIT && n == HID_NONCE) {
		memcpy(t->nonce, p, HID_NONCE);
		recall_init(t);
		return true;
	}
	if (!t->opening || t->command != HID_CBOR || n != 1 || *p != GET_INFO)
		return false;
	buf_reset(&t->reply);
	buf_put(&t->reply, t->get_info.p, t->get_info.n);
	return true;
}

static int send_command(fido_dev_t *dev, uint8_t command,
	const unsigned char *p, size_t n)
{
	struct transport *t = fido_dev_io_handle(dev);

	t->command = command;
	t->from_memory = recall(t, p, n);
	if (t->from_memory)
		return 0;
	buf_reset(&t->sent);
	buf_put(&t->sent, p, n);
	if (buf_check(&t->sent, "a command", &t->failure) < 0)
		return -1;
	return hid_send(&t->hid, command, p, n, &t->failure) < 0 ?
		-1 : 0;
}

static int receive_reply(fido_dev_t *dev, uint8_t command, unsigned char *p,
	size_t n, int ms)
{
	struct transport *t = fido_dev_io_handle(dev);
	int r = 0;

	(void)ms; /* the deadline is ours */
	if (!t->from_memory)
		r = hid_receive(&t->hid, command, t->sent.p, t->sent.n,
			&t->reply, &t->failure);
	buf_reset(&t->sent);
	t->from_memory = false;
	if (r == 0 && (command != t->command || t->reply.n > n))
		r = error_set(&t->failure, ERROR_MALFORMED,
			"the token at '%s' answers command 0x%02x with %zu "
			"bytes, more than libfido2 takes", t->hid.path,
			command, t->reply.n);
	if (r == 0 && t->reply.n)
		memcpy(p, t->reply.p, t->reply.n);
	n = t->reply.n;
	buf_reset(&t->reply);
	return r < 0 ? -1 : (int)n;
}

int transport_open(struct transport *t, fido_dev_t *dev, struct error *err)
{
	static const fido_dev_io_t io = {
		.open = io_open,
		.close = io_close,
		.read = io_read,
		.write = io_write,
	};
	static const fido_dev_transport_t functions = {
		.tx = send_command,
		.rx = receive_reply,
	};
	char path[64];
	int r;

	snprintf(path, sizeof(path), "transport:%p", (void *)t);
	t->opening = true;
	r = fido_dev_set_io_functions(dev, &io);
	if (r == FIDO_OK)
		r = fido_dev_set_transport_functions(dev, &functions);
	if (r == FIDO_OK)
		r = fido_dev_open(dev, path);
	if (r == FIDO_OK)
		return 0;
	return error_set(err, ERROR_FAILED,
		"the token at '%s' does not answer as a FIDO token should "
		"(%s)", t->hid.path, fido_strerr(r));
}

void transport_opened(struct transport *t)
{
	t->opening = false;
}
