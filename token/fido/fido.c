/* SPDX-License-Identifier: Apache-2.0 */
/* One open FIDO token. */
#include "token/fido/fido.h"

#include "base/text.h"
#include "token/fido/private.h"
#include "token/fido/io/reader.h"
#include "token/fido/told.h"
#include "token/hid/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fido_pin_retries(struct fido *f)
{
	int n;

	if (f->info.client_pin != FIDO_ON ||
		fido_dev_get_retry_count(f->dev, &n) != FIDO_OK)
		return -1;
	return n;
}

static int fido_new(struct fido **ret, struct error *err)
{
	struct fido *f = calloc(1, sizeof(*f));

	if (!f)
		return error_memory(err);
	transport_init(&f->transport);
	*ret = f;
	return 0;
}

/* libfido2 opens, waits and closes itself there; there is no CTAPHID. */
static int open_on_reader(struct fido *f, const char *path, struct error *err)
{
	f->on_reader = true;
	snprintf(f->transport.hid.path, sizeof(f->transport.hid.path), "%s",
		path);
	fido_init(0);
	f->dev = fido_dev_new();
	if (!f->dev)
		return error_memory(err);
	fido_begin(f);
	if (fido_dev_open(f->dev, path) != FIDO_OK)
		return reader_lost(path, "opening FIDO", err);
	return fido_read_from_libfido2(f, err);
}

/* libfido2 finds on its way what the survey was told. */
static int open_surveyed(struct fido *f, struct error *err)
{
	int r;

	fido_init(f->transport.hid.capabilities & HID_CAP_CBOR ?
		FIDO_DISABLE_U2F_FALLBACK : 0);
	f->dev = fido_dev_new();
	if (!f->dev)
		return error_memory(err);
	r = transport_open(&f->transport, f->dev, err);
	if (r < 0)
		return r;
	transport_opened(&f->transport);
	return 0;
}

/*
 * libfido2 asks for getInfo as it opens. What it takes from that, it needs for
 * PINs and long messages only; the least that CTAP 2.1 section 6.4 allows will do
 * for the rest: FIDO_2_0, and an AAGUID of zeros.
 */
static void take_brief(struct fido *f)
{
	static const unsigned char least[31] =
		"\x00\xa2\x01\x81\x68" "FIDO_2_0" "\x03\x50";
	struct hid *h = &f->transport.hid;

	buf_put(&f->transport.get_info, least, sizeof(least));
	told_begin(&f->info, h, h->capabilities & HID_CAP_CBOR);
	f->info.untold = f->info.ctap2;
}

static int take_survey(struct fido *f, struct survey *s, struct error *err)
{
	f->transport.hid = s->hid;
	s->hid.fd = -1;
	buf_reset(&f->transport.get_info);
	if (s->brief) {
		take_brief(f);
		return 0;
	}
	buf_put(&f->transport.get_info, s->get_info.p, s->get_info.n);
	f->devinfo = s->devinfo;
	return told_read(&f->transport.hid, &s->get_info, &f->info, err);
}

int fido_from_survey(struct fido **ret, struct survey *s, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r;

	if (s->error.code)
		return error_copy(err, &s->error);
	r = fido_new(&f, err);
	if (r < 0)
		return r;
	r = take_survey(f, s, err);
	if (r == 0)
		r = open_surveyed(f, err);
	if (r < 0)
		return r;
	*ret = steal(&f);
	return 0;
}

static int survey_one(struct fido **ret, struct survey *s, int cancel_fd,
	deadline_t until, struct error *err)
{
	int r = survey_run(s, 1, cancel_fd, until, err);

	return r < 0 ? r : fido_from_survey(ret, s, err);
}

static int fido_open_reader(struct fido **ret, const char *path, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r = fido_new(&f, err);

	if (r < 0)
		return r;
	f->transport.hid.cancel_fd = cancel_fd;
	f->transport.hid.until = until;
	r = open_on_reader(f, path, err);
	if (r < 0)
		return r;
	*ret = steal(&f);
	return 0;
}

int fido_open(struct fido **ret, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *err)
{
	CLEANUP(survey_done) struct survey s;
	int r;

	survey_init(&s);
	s.config = vendor == USB_VENDOR_YUBICO;
	if (reader_is_path(path))
		return fido_open_reader(ret, path, cancel_fd, until, err);
	r = hid_open(&s.hid, path, cancel_fd, lock_until, err);
	return r < 0 ? r : survey_one(ret, &s, cancel_fd, until, err);
}

static int open_fd(struct fido **ret, int fd, const char *path, bool config,
	bool brief, int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *err)
{
	CLEANUP(survey_done) struct survey s;
	int r;

	survey_init(&s);
	s.config = config;
	s.brief = brief;
	r = hid_adopt(&s.hid, fd, path, cancel_fd, lock_until, err);
	return r < 0 ? r : survey_one(ret, &s, cancel_fd, until, err);
}

int fido_open_fd(struct fido **ret, int fd, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until, struct error *err)
{
	return open_fd(ret, fd, path, vendor == USB_VENDOR_YUBICO,
		/* brief= */ false, cancel_fd, lock_until, until, err);
}

int fido_open_briefly(struct fido **ret, int fd, const char *path,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *err)
{
	return open_fd(ret, fd, path, /* config= */ false, /* brief= */ true,
		cancel_fd, lock_until, until, err);
}

static void close_dev(struct fido *f)
{
	if (!f->dev)
		return;
	fido_dev_close(f->dev);
	fido_dev_free(&f->dev);
}

int fido_learn(struct fido *f, uint16_t vendor, struct error *err)
{
	CLEANUP(survey_done) struct survey s;
	struct hid *h = &f->transport.hid;
	int r;

	close_dev(f);
	survey_init(&s);
	s.hid = *h;
	h->fd = -1;
	s.config = vendor == USB_VENDOR_YUBICO;
	r = survey_run(&s, 1, s.hid.cancel_fd, s.hid.until, err);
	if (r == 0 && s.error.code)
		r = error_copy(err, &s.error);
	if (r == 0)
		r = take_survey(f, &s, err);
	return r < 0 ? r : open_surveyed(f, err);
}

void fido_free(struct fido **f)
{
	if (!f || !*f)
		return;
	close_dev(*f);
	transport_done(&(*f)->transport);
	free(*f);
	*f = NULL;
}

void fido_set_deadline(struct fido *f, deadline_t until)
{
	f->transport.hid.until = until;
	fido_begin(f);
}

void fido_on_touch(struct fido *f, void (*told)(void *arg), void *arg)
{
	f->transport.hid.on_touch = told;
	f->transport.hid.on_touch_arg = arg;
}

const struct fido_info *fido_info(const struct fido *f)
{
	return &f->info;
}

const struct devinfo *fido_devinfo(const struct fido *f)
{
	return &f->devinfo;
}

fido_dev_t *fido_dev_of(struct fido *f)
{
	return f->dev;
}

const struct buf *fido_get_info(const struct fido *f)
{
	return &f->transport.get_info;
}

struct hid *fido_hid_of(struct fido *f)
{
	return &f->transport.hid;
}
