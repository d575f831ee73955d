/* SPDX-License-Identifier: Apache-2.0 */
/* Plug and unplug by libudev's monitor. */
#include "udev/monitor.h"

#include <errno.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL "/run/udev/control"
/* At once, so that a flood cannot keep the caller here. */
#define TAKE_MAX 4096
/* In a row: then it is not the message. */
#define FAILURES_MAX 16

struct monitor {
	struct udev *udev;        /* owned */
	struct udev_monitor *from; /* owned */
	enum monitor_source source;
};

void monitor_free(struct monitor **m)
{
	if (!m || !*m)
		return;
	if ((*m)->from)
		udev_monitor_unref((*m)->from);
	if ((*m)->udev)
		udev_unref((*m)->udev);
	free(*m);
	*m = NULL;
}

static int listen_to(struct monitor *m, struct error *err)
{
	int r;

	r = udev_monitor_filter_add_match_subsystem_devtype(m->from, "hidraw",
		NULL);
	if (r >= 0)
		r = udev_monitor_filter_add_match_subsystem_devtype(m->from,
			"usb", "usb_device");
	if (r >= 0)
		r = udev_monitor_enable_receiving(m->from);
	if (r >= 0)
		return 0;
	return error_errno(err, ERROR_FAILED, -r,
		"cannot listen to plug and unplug");
}

int monitor_new(struct monitor **ret, struct error *err)
{
	CLEANUP(monitor_free) struct monitor *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return error_memory(err);
	m->source = access(CONTROL, F_OK) == 0 ? MONITOR_UDEV : MONITOR_KERNEL;
	m->udev = udev_new();
	if (!m->udev)
		return error_memory(err);
	m->from = udev_monitor_new_from_netlink(m->udev,
		m->source == MONITOR_UDEV ? "udev" : "kernel");
	if (!m->from)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot listen to plug and unplug");
	r = listen_to(m, err);
	if (r == 0)
		*ret = steal(&m);
	return r;
}

enum monitor_source monitor_source(const struct monitor *m)
{
	return m->source;
}

int monitor_fd(const struct monitor *m)
{
	return udev_monitor_get_fd(m->from);
}

static bool equals(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static void tell_unplugged(struct udev_device *d,
	monitor_unplugged_fn *unplugged, void *arg)
{
	const char *number = udev_device_get_property_value(d, "DEVNUM");

	if (equals(udev_device_get_action(d), "remove") &&
		equals(udev_device_get_subsystem(d), "usb"))
		unplugged(udev_device_get_syspath(d),
			number ? (unsigned)strtoul(number, NULL, 10) : 0, arg);
}

int monitor_take(struct monitor *m, monitor_unplugged_fn *unplugged, void *arg,
	struct monitor_news *ret, struct error *err)
{
	struct monitor_news news = { 0, false };
	unsigned failures = 0;
	struct udev_device *d;

	while (news.events < TAKE_MAX) {
		errno = 0;
		d = udev_monitor_receive_device(m->from);
		if (d) {
			tell_unplugged(d, unplugged, arg);
			udev_device_unref(d);
			failures = 0;
			news.events++;
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		if (errno == EINTR)
			continue;
		if (errno == ENOBUFS)
			news.lost = true;
		news.events++;
		if (++failures == FAILURES_MAX)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot read about plug and unplug");
	}
	*ret = news;
	return 0;
}
