/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a token is opened: by a survey's word, on a node, on a descriptor, on a
 * reader; with libfido2 itself over a CTAPHID that a test answers.
 */
#include "token/fido/io/reader.h"
#include "token/fido/private.h"
#include "token/hid/survey.h"

#include "tests/unit/unit.h"

#include <fcntl.h>

#define YUBICO 0x1050
#define CANCEL 77

/* FIDO_2_0, an AAGUID, clientPin: true */
static const char get_info[] = "\0\xa3\x01\x81\x68" "FIDO_2_0\x03\x50"
	"aaaaaaaaaaaaaaaa\x04\xa1\x69" "clientPin\xf5";

static char calls[256];
static int hid_fails, survey_fails, survey_finds, reader_fails, info_fails;
static uint8_t capabilities;
static const char *reply;
static size_t reply_n;
static int send_fails, receive_fails;

static void note(const char *what)
{
	strcat(strcat(calls, what), " ");
}

static int take_descriptor(struct hid *h, int fd, const char *path,
	int cancel_fd, deadline_t until, struct error *e)
{
	assert_string_equal(path, "/dev/hidraw9");
	assert_int_equal(cancel_fd, CANCEL);
	assert_int_equal(until, 1000);
	h->fd = fd;
	snprintf(h->path, sizeof(h->path), "%s", path);
	return hid_fails ? error_set(e, hid_fails, "somebody has it") : 0;
}

WRAP(int, hid_open, struct hid *h, const char *path, int cancel_fd,
	deadline_t until, struct error *e)
{
	note("open");
	return take_descriptor(h, open("/dev/null", O_RDWR | O_CLOEXEC), path,
		cancel_fd, until, e);
}

WRAP(int, hid_adopt, struct hid *h, int fd, const char *path, int cancel_fd,
	deadline_t until, struct error *e)
{
	note("adopt");
	return take_descriptor(h, fd, path, cancel_fd, until, e);
}

WRAP(int, survey_run, struct survey *list, size_t n, int cancel_fd,
	deadline_t until, struct error *e)
{
	note(list->brief ? "brief" : list->config ? "survey+config" : "survey");
	assert_int_equal(n, 1);
	assert_int_equal(cancel_fd, CANCEL);
	assert_int_equal(until, 2000);
	if (survey_fails)
		return error_set(e, survey_fails, "interrupted");
	if (survey_finds)
		error_set(&list->error, survey_finds, "it does not answer");
	list->hid.until = until;
	list->hid.cancel_fd = cancel_fd;
	list->hid.protocol = 2;
	list->hid.capabilities = capabilities;
	list->devinfo.present = list->config;
	if ((capabilities & HID_CAP_CBOR) && !list->brief)
		buf_put(&list->get_info, get_info, sizeof(get_info) - 1);
	return 0;
}

WRAP(int, hid_send, struct hid *h, uint8_t command, const void *p, size_t n,
	struct error *e)
{
	(void)h;
	assert_int_equal(command, HID_CBOR);
	assert_true(n > 1);
	assert_int_equal(*(const unsigned char *)p, 0x06); /* clientPIN */
	note("send");
	return send_fails ? error_set(e, send_fails, "cannot write") : 0;
}

WRAP(int, hid_receive, struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *ret, struct error *e)
{
	(void)h;
	assert_int_equal(command, HID_CBOR);
	/* what was sent is at hand, to be sent again */
	assert_true(n > 1);
	assert_int_equal(*(const unsigned char *)p, 0x06);
	note("receive");
	buf_reset(ret);
	buf_put(ret, reply, reply_n);
	return receive_fails ? error_set(e, receive_fails, "unplugged") : 0;
}

int __real_fido_dev_open(fido_dev_t *dev, const char *path);
WRAP(int, fido_dev_open, fido_dev_t *dev, const char *path)
{
	if (strcmp(path, "nfc:/dev/x") != 0)
		return __real_fido_dev_open(dev, path);
	note("reader");
	return reader_fails ? FIDO_ERR_INTERNAL : FIDO_OK;
}

WRAP(int, fido_dev_close, fido_dev_t *dev)
{
	(void)dev;
	note("close");
	return FIDO_OK;
}

WRAP(int, fido_read_from_libfido2, struct fido *f, struct error *e)
{
	assert_true(f->on_reader);
	assert_int_equal(f->transport.hid.cancel_fd, CANCEL);
	assert_int_equal(f->transport.hid.until, 2000);
	assert_string_equal(f->transport.hid.path, "nfc:/dev/x");
	note("ask");
	return info_fails ? error_set(e, info_fails, "it says nothing") : 0;
}

/* ---- opening ---- */

static struct fido *f;

static int start(void **state)
{
	(void)state;
	calls[0] = '\0';
	hid_fails = survey_fails = survey_finds = reader_fails = 0;
	info_fails = send_fails = receive_fails = 0;
	capabilities = HID_CAP_CBOR;
	f = NULL;
	return 0;
}

static int end(void **state)
{
	(void)state;
	fido_free(&f);
	return f ? -1 : 0;
}

static int open_node(uint16_t vendor)
{
	calls[0] = '\0';
	return fido_open(&f, "/dev/hidraw9", vendor, CANCEL, 1000, 2000, &err);
}

static int open_reader(void)
{
	calls[0] = '\0';
	return fido_open(&f, "nfc:/dev/x", 0, CANCEL, 1000, 2000, &err);
}

static void calls_are(const char *want)
{
	assert_string_equal(calls, want);
}

static void a_node_is_asked_who_it_is_and_nothing_more(void **state)
{
	int fd;

	(void)state;
	OK(open_node(YUBICO));
	calls_are("open survey+config ");
	assert_true(fido_info(f)->ctap2);
	assert_int_equal(fido_info(f)->client_pin, FIDO_ON);
	assert_string_equal(fido_info(f)->versions, "FIDO_2_0");
	assert_true(fido_devinfo(f)->present);
	assert_int_equal(fido_get_info(f)->n, sizeof(get_info) - 1);
	assert_true(fido_dev_is_fido2(fido_dev_of(f)));
	fd = fido_hid_of(f)->fd;
	assert_true(fcntl(fd, F_GETFD) >= 0);
	fido_free(&f);
	calls_are("open survey+config close ");
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	fido_free(&f);
	fido_free(NULL);
	/* only Yubico's have a configuration */
	OK(open_node(YUBICO + 1));
	calls_are("open survey ");
	assert_false(fido_devinfo(f)->present);
}

static void a_key_without_cbor_is_u2f(void **state)
{
	(void)state;
	capabilities = 0;
	OK(open_node(0));
	assert_false(fido_info(f)->ctap2);
	assert_false(fido_dev_is_fido2(fido_dev_of(f)));
	/* it has no PIN whose tries could be asked for */
	assert_int_equal(fido_pin_retries(f), -1);
	calls_are("open survey ");
}

static void a_descriptor_is_adopted(void **state)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	OK(fido_open_fd(&f, fd, "/dev/hidraw9", YUBICO, CANCEL, 1000, 2000,
		&err));
	calls_are("adopt survey+config ");
	assert_int_equal(fido_hid_of(f)->fd, fd);
	fido_free(&f);
	calls[0] = '\0';
	hid_fails = ERROR_BUSY;
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	SAYS(ERROR_BUSY, "somebody has it", fido_open_fd(&f, fd,
		"/dev/hidraw9", 1, CANCEL, 1000, 2000, &err));
	calls_are("adopt ");
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	hid_fails = 0;
	calls[0] = '\0';
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	OK(fido_open_fd(&f, fd, "/dev/hidraw9", 1, CANCEL, 1000, 2000, &err));
	calls_are("adopt survey ");
}

static void open_briefly(void)
{
	fido_free(&f);
	calls[0] = '\0';
	OK(fido_open_briefly(&f, open("/dev/null", O_RDWR | O_CLOEXEC),
		"/dev/hidraw9", CANCEL, 1000, 2000, &err));
}

/* libfido2 has it for a FIDO2 token all the same. */
static void a_channel_alone_is_enough_to_open_one(void **state)
{
	(void)state;
	open_briefly();
	calls_are("adopt brief ");
	assert_true(fido_info(f)->ctap2 && fido_info(f)->untold);
	assert_int_equal(fido_info(f)->hid_capabilities, HID_CAP_CBOR);
	assert_int_equal(fido_info(f)->client_pin, FIDO_ABSENT);
	assert_int_equal(fido_pin_retries(f), -1);
	assert_true(fido_dev_is_fido2(fido_dev_of(f)));
	/* of U2F there is no more to know */
	capabilities = 0;
	open_briefly();
	assert_false(fido_info(f)->ctap2 || fido_info(f)->untold);
	assert_false(fido_dev_is_fido2(fido_dev_of(f)));
	hid_fails = ERROR_BUSY;
	fido_free(&f);
	SAYS(ERROR_BUSY, "somebody has it", fido_open_briefly(&f,
		open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/hidraw9", CANCEL,
		1000, 2000, &err));
	assert_null(f);
}

static void who_it_is_can_be_learned_later(void **state)
{
	int fd;

	(void)state;
	open_briefly();
	fd = fido_hid_of(f)->fd;
	OK(fido_learn(f, YUBICO, &err));
	calls_are("adopt brief close survey+config ");
	assert_int_equal(fido_hid_of(f)->fd, fd);
	assert_int_equal(fido_info(f)->client_pin, FIDO_ON);
	assert_false(fido_info(f)->untold);
	assert_true(fido_devinfo(f)->present);
	assert_int_equal(fido_get_info(f)->n, sizeof(get_info) - 1);
	/* libfido2 knows of the PIN now */
	reply = "\0\xa1\x03\x08";
	reply_n = 4;
	assert_int_equal(fido_pin_retries(f), 8);
	open_briefly();
	survey_finds = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "it does not answer", fido_learn(f, 0, &err));
	calls_are("adopt brief close survey ");
	survey_finds = 0;
	open_briefly();
	survey_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "interrupted", fido_learn(f, 0, &err));
}

static void what_fails_on_the_way_is_said(void **state)
{
	(void)state;
	hid_fails = ERROR_PERMISSION;
	SAYS(ERROR_PERMISSION, "somebody has it", open_node(0));
	calls_are("open ");
	hid_fails = 0;
	survey_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "interrupted", open_node(0));
	survey_fails = 0;
	survey_finds = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "it does not answer", open_node(0));
	calls_are("open survey ");
	assert_null(f);
}

static void a_reader_is_libfido2_s_own_affair(void **state)
{
	(void)state;
	OK(open_reader());
	calls_are("reader ask ");
	fido_free(&f);
	reader_fails = 1;
	SAYS(ERROR_NO_TOKEN, "opening FIDO: no FIDO token answers at "
		"'nfc:/dev/x': lay it on the reader, and leave it there until "
		"all is done", open_reader());
	reader_fails = 0;
	info_fails = ERROR_MALFORMED;
	SAYS(ERROR_MALFORMED, "it says nothing", open_reader());
	calls_are("reader ask close ");
	assert_null(f);
}

/* ---- a question ---- */

static void tries_are_asked_for_anew(void **state)
{
	(void)state;
	OK(open_node(0));
	fido_set_deadline(f, 5000);
	assert_int_equal(fido_hid_of(f)->until, 5000);
	reply = "\0\xa1\x03\x08";
	reply_n = 4;
	assert_int_equal(fido_pin_retries(f), 8);
	calls_are("open survey send receive ");
	send_fails = ERROR_NO_TOKEN;
	assert_int_equal(fido_pin_retries(f), -1);
	assert_string_equal(f->transport.failure.text, "cannot write");
	send_fails = 0;
	receive_fails = ERROR_NO_TOKEN;
	assert_int_equal(fido_pin_retries(f), -1);
	assert_string_equal(f->transport.failure.text, "unplugged");
	receive_fails = 0;
	reply_n = 0;
	assert_int_equal(fido_pin_retries(f), -1);
}

static void an_answer_longer_than_libfido2_s_room_is_none(void **state)
{
	static char much[HID_MESSAGE_MAX];

	(void)state;
	OK(open_node(0));
	reply = much;
	reply_n = sizeof(much);
	fido_begin(f);
	assert_int_equal(fido_pin_retries(f), -1);
	assert_int_equal(f->transport.failure.code, ERROR_MALFORMED);
	assert_non_null(strstr(f->transport.failure.text, "the token at "
		"'/dev/hidraw9' answers command 0x10 with 7609 bytes, more "
		"than libfido2 takes"));
}

/* ---- readers ---- */

static const char *const paths[] = { "nfc:/dev/a", "/dev/hidraw1", NULL,
	"pcsc://slot1", "nfc:/dev/b" };
static const char *const products[] = { "Adapter", "Key", "x", "", "A\x1b[1m" };
static int manifest_fails;

WRAP(int, fido_dev_info_manifest, fido_dev_info_t *list, size_t n, size_t *ret)
{
	(void)list;
	assert_int_equal(n, 64);
	*ret = ARRAY_LEN(paths);
	return manifest_fails;
}

WRAP(const fido_dev_info_t *, fido_dev_info_ptr, const fido_dev_info_t *list,
	size_t i)
{
	(void)list;
	return (const fido_dev_info_t *)&paths[i];
}

WRAP(const char *, fido_dev_info_path, const fido_dev_info_t *d)
{
	return *(const char *const *)d;
}

WRAP(const char *, fido_dev_info_product_string, const fido_dev_info_t *d)
{
	return products[(const char *const *)d - paths];
}

static void tokens_on_readers_are_nodes(void **state)
{
	static const struct {
		const char *path, *product;
		enum node_transport transport;
	} want[] = {
		{ "nfc:/dev/a", "FIDO token on Adapter", NODE_NFC },
		{ "pcsc://slot1", "FIDO token on an NFC adapter",
			NODE_SMART_CARD },
		{ "nfc:/dev/b", "FIDO token on A?[1m", NODE_NFC },
	};
	struct node *nodes = NULL;
	size_t n = 99, i;

	(void)state;
	manifest_fails = FIDO_ERR_INTERNAL;
	SAYS(ERROR_FAILED, "libfido2 cannot look at the readers",
		reader_enumerate(&nodes, &n, &err));
	assert_null(nodes);
	assert_int_equal(n, 99);
	manifest_fails = FIDO_OK;
	OK(reader_enumerate(&nodes, &n, &err));
	assert_int_equal(n, ARRAY_LEN(want));
	for (i = 0; i < n; i++) {
		assert_string_equal(nodes[i].path, want[i].path);
		assert_string_equal(nodes[i].product_name, want[i].product);
		assert_int_equal(nodes[i].transport, want[i].transport);
		assert_int_equal(nodes[i].interface, -1);
		assert_true(nodes[i].fido && nodes[i].fido_known &&
			nodes[i].openable);
		assert_int_equal(nodes[i].vendor, 0);
	}
	free(nodes);
	assert_true(reader_is_path("nfc:"));
	assert_false(reader_is_path("nfc"));
	assert_int_equal(reader_transport("/dev/hidraw0"), NODE_USB);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_is_asked_who_it_is_and_nothing_more),
		TEST(a_key_without_cbor_is_u2f),
		TEST(a_descriptor_is_adopted),
		TEST(who_it_is_can_be_learned_later),
		TEST(a_channel_alone_is_enough_to_open_one),
		TEST(what_fails_on_the_way_is_said),
		TEST(a_reader_is_libfido2_s_own_affair),
		TEST(tries_are_asked_for_anew),
		TEST(an_answer_longer_than_libfido2_s_room_is_none),
		cmocka_unit_test(tokens_on_readers_are_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
