/* SPDX-License-Identifier: Apache-2.0 */
/* Enumeration: what sysfs says, and libudev where that says nothing. */
#include "udev/nodes.h"

#include "udev/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <libudev.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VENDOR_YUBICO "1050"

struct list {
	struct node *nodes; /* owned */
	size_t n;
	nodes_each_fn *each; /* NULL: nodes that are no FIDO ones too */
	void *arg;
};

/* What a folder of sysfs lists. */
struct listing {
	char *names[NODES_MAX]; /* owned */
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

static void listing_done(struct listing *l)
{
	while (l->n > 0)
		free(l->names[--l->n]);
}

static void copy_text(char *ret, size_t size, const char *s)
{
	snprintf(ret, size, "%s", s ? s : "");
}

/* ---- libudev's word ---- */

/*
 * libudev resolves a device's path folder by folder, which is most of what a
 * look at many nodes would take: it is asked where its word decides.
 */
static struct udev_device *device_of(const struct node *n, struct udev **u)
{
	*u = n->syspath[0] ? udev_new() : NULL;
	return *u ? udev_device_new_from_syspath(*u, n->syspath) : NULL;
}

bool nodes_have_uaccess(const struct node *n)
{
	CLEANUP(udev_p) struct udev *u = NULL;
	CLEANUP(device_p) struct udev_device *d = device_of(n, &u);

	return d && udev_device_has_tag(d, "uaccess") == 1;
}

static void ask_whether_fido(struct node *n)
{
	CLEANUP(udev_p) struct udev *u = NULL;
	CLEANUP(device_p) struct udev_device *d = device_of(n, &u);
	const char *s = d ? udev_device_get_property_value(d,
		"ID_FIDO_TOKEN") : NULL;

	n->fido = s && strcmp(s, "1") == 0;
	/* udevd looked and found none */
	n->fido_known = n->fido || (d && udev_device_get_is_initialized(d));
}

/* ---- one node ---- */

/* As udevd's fido_id decides it, and libfido2. */
static void fill_fido(struct node *n, const char *hid)
{
	unsigned char desc[4096];
	ssize_t len = sysfs_read(hid, "report_descriptor", desc, sizeof(desc));

	n->fido_known = len > 0;
	if (n->fido_known)
		n->fido = nodes_descriptor_is_fido(desc, (size_t)len);
	else
		ask_whether_fido(n);
}

static void fill_hid(struct node *n, const char *hid)
{
	unsigned bus, vendor, product;
	char text[SYSFS_UEVENT_MAX], id[64];

	sysfs_read_uevent(hid, text);
	if (sysfs_uevent(text, "HID_ID", id, sizeof(id)) &&
		sscanf(id, "%x:%x:%x", &bus, &vendor, &product) == 3) {
		n->bus = (uint16_t)bus;
		n->vendor = (uint16_t)vendor;
		n->product = (uint16_t)product;
	}
	sysfs_uevent(text, "HID_NAME", n->product_name,
		sizeof(n->product_name));
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

/* What there is none of stays as HID says it. */
static void read_number(const char *usb, const char *name, int base,
	uint16_t *ret)
{
	int number = sysfs_number(usb, name, base);

	if (number >= 0)
		*ret = (uint16_t)number;
}

static void read_usb(struct node *n, const char *usb)
{
	uint16_t bus = 0, dev = 0;
	struct nodes_interfaces has;
	unsigned char desc[4096];
	char product[sizeof(n->product_name)];
	ssize_t len;

	copy_text(n->usb_path, sizeof(n->usb_path), usb);
	sysfs_text(usb, "manufacturer", n->manufacturer,
		sizeof(n->manufacturer));
	sysfs_text(usb, "serial", n->usb_serial, sizeof(n->usb_serial));
	if (sysfs_text(usb, "product", product, sizeof(product)))
		copy_text(n->product_name, sizeof(n->product_name), product);
	read_number(usb, "busnum", 10, &bus);
	read_number(usb, "devnum", 10, &dev);
	n->usb_bus = (uint8_t)bus;
	n->usb_dev = (uint8_t)dev;
	read_number(usb, "idVendor", 16, &n->vendor);
	read_number(usb, "idProduct", 16, &n->product);
	len = sysfs_read(usb, "descriptors", desc, sizeof(desc));
	if (len > 0) {
		has = nodes_descriptor_interfaces(desc, (size_t)len);
		n->has_ccid = has.ccid;
		n->has_keyboard = has.keyboard;
	}
}

static void fill_usb(const struct list *l, struct node *n, const char *usb)
{
	const struct node *same = seen_usb(l, usb);

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

static void fill_hidraw(const struct list *l, struct node *n)
{
	char at[sizeof(n->syspath)];

	/* the HID device, then the USB interface, then the USB device */
	copy_text(at, sizeof(at), n->syspath);
	if (!sysfs_parent(at, "uevent"))
		at[0] = '\0';
	fill_fido(n, at);
	if (l->each && !n->fido)
		return;
	fill_hid(n, at);
	if (sysfs_parent(at, "bInterfaceNumber")) {
		n->interface = sysfs_number(at, "bInterfaceNumber", 16);
		if (sysfs_parent(at, "idVendor"))
			fill_usb(l, n, at);
	}
	fill_access(n);
	n->uaccess = !n->openable && nodes_have_uaccess(n);
}

/* ---- what there is ---- */

/* Documentation/ABI of the kernel: sysfs-class, sysfs-bus-usb */
#define HIDRAW_FOLDER "/sys/class/hidraw"
#define USB_FOLDER "/sys/bus/usb/devices"

/* False: unplugged since. */
static bool find_hidraw(struct node *n, const char *name)
{
	char text[SYSFS_UEVENT_MAX], devname[NODE_PATH_LEN - 5];

	if (!sysfs_link(HIDRAW_FOLDER, name, n->syspath, sizeof(n->syspath)))
		return false;
	sysfs_read_uevent(n->syspath, text);
	if (!sysfs_uevent(text, "DEVNAME", devname, sizeof(devname)))
		return false;
	snprintf(n->path, sizeof(n->path), "/dev/%s", devname);
	return true;
}

static void add_hidraw(struct list *l, const char *name)
{
	struct node *n = &l->nodes[l->n];

	memset(n, 0, sizeof(*n));
	n->interface = -1;
	if (!find_hidraw(n, name))
		return;
	fill_hidraw(l, n);
	if (!l->each || n->fido)
		l->n++;
}

static bool is_yubico_s(const char *name)
{
	char dir[sizeof(USB_FOLDER "/") + NAME_MAX];
	unsigned char id[4];

	if (strchr(name, ':')) /* an interface, "1-2:1.0" */
		return false;
	snprintf(dir, sizeof(dir), USB_FOLDER "/%s", name);
	return sysfs_read(dir, "idVendor", id, sizeof(id)) == sizeof(id) &&
		memcmp(id, VENDOR_YUBICO, sizeof(id)) == 0;
}

/* Among what has a hidraw node: by the last part of its path. */
static bool is_seen(const struct list *l, const char *name)
{
	const char *last;
	size_t i;

	for (i = 0; i < l->n; i++) {
		last = strrchr(l->nodes[i].usb_path, '/');
		if (last && strcmp(last + 1, name) == 0)
			return true;
	}
	return false;
}

/* One that shows no hidraw node at all. */
static void add_usb(struct list *l, const char *name)
{
	struct node *n = &l->nodes[l->n];
	char usb[sizeof(n->usb_path)];

	if (is_seen(l, name) || !is_yubico_s(name) ||
		!sysfs_link(USB_FOLDER, name, usb, sizeof(usb)) ||
		seen_usb(l, usb))
		return;
	memset(n, 0, sizeof(*n));
	n->interface = -1;
	read_usb(n, usb);
	l->n++;
}

static int read_folder(const char *folder, struct listing *ret,
	struct error *err)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);
	int r = 0;

	if (!dir && errno != ENOENT) /* a kernel without such devices */
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s'", folder);
	while (r == 0 && dir && ret->n < NODES_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		ret->names[ret->n] = strdup(entry->d_name);
		if (ret->names[ret->n])
			ret->n++;
		else
			r = error_memory(err);
	}
	if (dir)
		closedir(dir);
	return r;
}

/* "hidraw10" behind "hidraw9" */
static int in_order(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strverscmp(*x, *y);
}

static int scan_folder(struct list *l, const char *folder,
	void (*add)(struct list *, const char *), struct error *err)
{
	CLEANUP(listing_done) struct listing found = { .n = 0 };
	size_t i, before;
	int r = read_folder(folder, &found, err);

	if (r < 0)
		return r;
	qsort(found.names, found.n, sizeof(*found.names), in_order);
	for (i = 0; r == 0 && i < found.n && l->n < NODES_MAX; i++) {
		before = l->n;
		add(l, found.names[i]);
		if (l->n > before && l->each)
			r = l->each(&l->nodes[before], l->arg, err);
	}
	return r;
}

/* "/dev/hidraw10" behind "/dev/hidraw9" */
static int by_number(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return strverscmp(x->path, y->path);
}

int nodes_visit(nodes_each_fn *each, void *arg, struct node **ret,
	size_t *ret_n, struct error *err)
{
	CLEANUP(list_done) struct list l = { NULL, 0, each, arg };
	int r;

	l.nodes = calloc(NODES_MAX, sizeof(*l.nodes));
	if (!l.nodes)
		return error_memory(err);
	r = scan_folder(&l, HIDRAW_FOLDER, add_hidraw, err);
	if (r == 0 && !each) /* they have no hidraw node */
		r = scan_folder(&l, USB_FOLDER, add_usb, err);
	if (r < 0)
		return r;
	qsort(l.nodes, l.n, sizeof(*l.nodes), by_number);
	*ret_n = l.n;
	*ret = steal(&l.nodes);
	return 0;
}

int nodes_enumerate(struct node **ret, size_t *ret_n, struct error *err)
{
	return nodes_visit(NULL, NULL, ret, ret_n, err);
}
