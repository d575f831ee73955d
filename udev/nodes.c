/* SPDX-License-Identifier: Apache-2.0 */
/* Enumeration: names from sysfs, what they are from libudev. */
#include "udev/nodes.h"

#include <dirent.h>
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

static const struct node *seen_usb(const struct list *l, const char *usb_path)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->nodes[i].usb_path, usb_path) == 0)
			return &l->nodes[i];
	return NULL;
}

/* What one node of a USB device was told holds for its others. */
static void copy_usb(struct node *n, const struct node *same)
{
	memcpy(n->usb_path, same->usb_path, sizeof(n->usb_path));
	memcpy(n->manufacturer, same->manufacturer, sizeof(n->manufacturer));
	memcpy(n->usb_serial, same->usb_serial, sizeof(n->usb_serial));
	memcpy(n->product_name, same->product_name, sizeof(n->product_name));
	n->usb_bus = same->usb_bus;
	n->usb_dev = same->usb_dev;
	n->vendor = same->vendor;
	n->product = same->product;
	n->has_ccid = same->has_ccid;
	n->has_keyboard = same->has_keyboard;
}

static void read_usb(struct node *n, struct udev_device *usb)
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

static void fill_usb(const struct list *l, struct node *n,
	struct udev_device *usb)
{
	const struct node *same = seen_usb(l, udev_device_get_syspath(usb));

	if (same)
		copy_usb(n, same);
	else
		read_usb(n, usb);
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

static void fill_hidraw(const struct list *l, struct node *n,
	struct udev_device *d)
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
		fill_usb(l, n, usb);
	n->uaccess = udev_device_has_tag(d, "uaccess") == 1;
	fill_fido(n, d, hid);
	fill_access(n);
}

/* ---- what there is ---- */

/*
 * libudev's own enumeration resolves every path twice before it hands out a
 * name; these folders have the names (Documentation/ABI of the kernel:
 * sysfs-class, sysfs-bus-usb).
 */
#define HIDRAW_FOLDER "/sys/class/hidraw"
#define USB_FOLDER "/sys/bus/usb/devices"

static void add_hidraw(struct list *l, struct udev *u, const char *name)
{
	CLEANUP(device_p) struct udev_device *d =
		udev_device_new_from_subsystem_sysname(u, "hidraw", name);
	struct node *n = &l->nodes[l->n];

	/* NULL: unplugged since */
	if (!d || !udev_device_get_devnode(d))
		return;
	memset(n, 0, sizeof(*n));
	n->interface = -1;
	fill_hidraw(l, n, d);
	l->n++;
}

/* Interfaces ("1-2:1.0") have no such attribute. */
static bool is_yubico_s(const char *name)
{
	char dir[sizeof(USB_FOLDER) + 64];
	unsigned char id[4];

	snprintf(dir, sizeof(dir), USB_FOLDER "/%s", name);
	return read_sys(dir, "idVendor", id, sizeof(id)) == sizeof(id) &&
		memcmp(id, VENDOR_YUBICO, sizeof(id)) == 0;
}

/* One that shows no hidraw node at all. */
static void add_usb(struct list *l, struct udev *u, const char *name)
{
	CLEANUP(device_p) struct udev_device *d = NULL;
	struct node *n = &l->nodes[l->n];

	if (!is_yubico_s(name))
		return;
	d = udev_device_new_from_subsystem_sysname(u, "usb", name);
	if (!d || seen_usb(l, udev_device_get_syspath(d)))
		return;
	memset(n, 0, sizeof(*n));
	n->interface = -1;
	read_usb(n, d);
	l->n++;
}

static int scan_folder(struct list *l, struct udev *u, const char *folder,
	void (*add)(struct list *, struct udev *, const char *),
	struct error *err)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);

	if (!dir && errno != ENOENT) /* a kernel without such devices */
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s'", folder);
	while (dir && l->n < NODES_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			add(l, u, entry->d_name);
	if (dir)
		closedir(dir);
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
	r = scan_folder(&l, u, HIDRAW_FOLDER, add_hidraw, err);
	if (r == 0)
		r = scan_folder(&l, u, USB_FOLDER, add_usb, err);
	if (r < 0)
		return r;
	qsort(l.nodes, l.n, sizeof(*l.nodes), by_number);
	*ret_n = l.n;
	*ret = steal(&l.nodes);
	return 0;
}
