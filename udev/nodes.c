/* SPDX-License-Identifier: Apache-2.0 */
/* Enumeration by libudev. */
#include "udev/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VENDOR_YUBICO "1050"

struct list {
	struct node *nodes; /* owned */
	size_t n;
};

static void udev_p(struct udev **u)
{
	if (*u)
		udev_unref(*u);
}

static void enumerate_p(struct udev_enumerate **e)
{
	if (*e)
		udev_enumerate_unref(*e);
}

static void device_p(struct udev_device **d)
{
	if (*d)
		udev_device_unref(*d);
}

static void list_done(struct list *l)
{
	free(l->nodes);
	l->nodes = NULL;
}

static void copy_text(char *ret, size_t size, const char *s)
{
	snprintf(ret, size, "%s", s ? s : "");
}

/* Unsigned number of a sysfs attribute; `absent` where there is none. */
static unsigned attr_number(struct udev_device *d, const char *name, int base,
	unsigned absent)
{
	const char *s = d ? udev_device_get_sysattr_value(d, name) : NULL;

	return s ? (unsigned)strtoul(s, NULL, base) : absent;
}

static ssize_t read_sys(const char *dir, const char *name, unsigned char *ret,
	size_t size)
{
	CLEANUP(close_p) int fd = -1;
	char path[320];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, ret, size);
}

static void fill_fido(struct node *n, struct udev_device *hidraw,
	struct udev_device *hid)
{
	const char *s = udev_device_get_property_value(hidraw, "ID_FIDO_TOKEN");
	unsigned char desc[4096];
	ssize_t len;

	if (s && strcmp(s, "1") == 0) {
		n->fido = n->fido_known = true;
		return;
	}
	len = hid ? read_sys(udev_device_get_syspath(hid), "report_descriptor",
			    desc, sizeof(desc)) : -1;
	if (len > 0) {
		n->fido = nodes_descriptor_is_fido(desc, (size_t)len);
		n->fido_known = true;
	} else if (udev_device_get_is_initialized(hidraw)) {
		n->fido_known = true; /* udevd looked and found none */
	}
}

static void fill_hid(struct node *n, struct udev_device *hid)
{
	const char *id = udev_device_get_property_value(hid, "HID_ID");
	unsigned bus, vendor, product;

	if (id && sscanf(id, "%x:%x:%x", &bus, &vendor, &product) == 3) {
		n->bus = (uint16_t)bus;
		n->vendor = (uint16_t)vendor;
		n->product = (uint16_t)product;
	}
	copy_text(n->product_name, sizeof(n->product_name),
		udev_device_get_property_value(hid, "HID_NAME"));
}

static void fill_usb(struct node *n, struct udev_device *usb)
{
	struct nodes_interfaces has;
	unsigned char desc[4096];
	ssize_t len;

	copy_text(n->usb_path, sizeof(n->usb_path),
		udev_device_get_syspath(usb));
	copy_text(n->manufacturer, sizeof(n->manufacturer),
		udev_device_get_sysattr_value(usb, "manufacturer"));
	copy_text(n->usb_serial, sizeof(n->usb_serial),
		udev_device_get_sysattr_value(usb, "serial"));
	if (udev_device_get_sysattr_value(usb, "product"))
		copy_text(n->product_name, sizeof(n->product_name),
			udev_device_get_sysattr_value(usb, "product"));
	n->usb_bus = (uint8_t)attr_number(usb, "busnum", 10, 0);
	n->usb_dev = (uint8_t)attr_number(usb, "devnum", 10, 0);
	n->vendor = (uint16_t)attr_number(usb, "idVendor", 16, n->vendor);
	n->product = (uint16_t)attr_number(usb, "idProduct", 16, n->product);
	len = read_sys(n->usb_path, "descriptors", desc, sizeof(desc));
	if (len > 0) {
		has = nodes_descriptor_interfaces(desc, (size_t)len);
		n->has_ccid = has.ccid;
		n->has_keyboard = has.keyboard;
	}
}

static void fill_access(struct node *n)
{
	struct group *g;
	struct stat st;

	n->openable = access(n->path, R_OK | W_OK) == 0;
	n->open_errno = n->openable ? 0 : errno;
	if (stat(n->path, &st) < 0)
		return;
	n->mode = st.st_mode & 07777;
	g = n->openable ? NULL : getgrgid(st.st_gid);
	if (g)
		copy_text(n->group, sizeof(n->group), g->gr_name);
	else
		snprintf(n->group, sizeof(n->group), "%u",
			(unsigned)st.st_gid);
}

static void fill_hidraw(struct node *n, struct udev_device *d)
{
	/* parents belong to the child: not unreferenced here */
	struct udev_device *hid, *interface, *usb;

	hid = udev_device_get_parent_with_subsystem_devtype(d, "hid", NULL);
	interface = udev_device_get_parent_with_subsystem_devtype(d, "usb",
		"usb_interface");
	usb = udev_device_get_parent_with_subsystem_devtype(d, "usb",
		"usb_device");
	copy_text(n->path, sizeof(n->path), udev_device_get_devnode(d));
	copy_text(n->syspath, sizeof(n->syspath), udev_device_get_syspath(d));
	n->interface = (int)attr_number(interface, "bInterfaceNumber", 16,
		(unsigned)-1);
	if (hid)
		fill_hid(n, hid);
	if (usb)
		fill_usb(n, usb);
	n->uaccess = udev_device_has_tag(d, "uaccess") == 1;
	fill_fido(n, d, hid);
	fill_access(n);
}

static bool seen_usb(const struct list *l, const char *usb_path)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->nodes[i].usb_path, usb_path) == 0)
			return true;
	return false;
}

static void add_device(struct list *l, struct udev_device *d, bool hidraw)
{
	struct node *n = &l->nodes[l->n];

	memset(n, 0, sizeof(*n));
	n->interface = -1;
	if (hidraw && udev_device_get_devnode(d)) {
		fill_hidraw(n, d);
		l->n++;
	} else if (!hidraw && !seen_usb(l, udev_device_get_syspath(d))) {
		fill_usb(n, d);
		l->n++;
	}
}

static int scan_devices(struct list *l, struct udev *u, bool hidraw,
	struct error *err)
{
	CLEANUP(enumerate_p) struct udev_enumerate *e = udev_enumerate_new(u);
	struct udev_list_entry *entry;

	if (!e)
		return error_memory(err);
	udev_enumerate_add_match_subsystem(e, hidraw ? "hidraw" : "usb");
	if (!hidraw) {
		udev_enumerate_add_match_property(e, "DEVTYPE", "usb_device");
		udev_enumerate_add_match_sysattr(e, "idVendor", VENDOR_YUBICO);
	}
	if (udev_enumerate_scan_devices(e) < 0)
		return error_set(err, ERROR_FAILED,
			"cannot enumerate devices by libudev");
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(e)) {
		CLEANUP(device_p) struct udev_device *d = NULL;

		if (l->n == NODES_MAX)
			break;
		d = udev_device_new_from_syspath(u,
			udev_list_entry_get_name(entry));
		if (d) /* NULL: unplugged since */
			add_device(l, d, hidraw);
	}
	return 0;
}

/* "/dev/hidraw10" behind "/dev/hidraw9" */
static int by_number(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return strverscmp(x->path, y->path);
}

int nodes_enumerate(struct node **ret, size_t *ret_n, struct error *err)
{
	CLEANUP(list_done) struct list l = { NULL, 0 };
	CLEANUP(udev_p) struct udev *u = udev_new();
	int r;

	l.nodes = calloc(NODES_MAX, sizeof(*l.nodes));
	if (!u || !l.nodes)
		return error_memory(err);
	r = scan_devices(&l, u, true, err);
	if (r < 0)
		return r;
	r = scan_devices(&l, u, false, err);
	if (r < 0)
		return r;
	qsort(l.nodes, l.n, sizeof(*l.nodes), by_number);
	*ret_n = l.n;
	*ret = steal(&l.nodes);
	return 0;
}
