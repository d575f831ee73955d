/* The umockdev transport: a testbed with the sysfs tree, nodes and events of the
 * tokens. */
#include "ctaphid.h"
#include "transport.h"
#include "hidraw.h"
#include "otp.h"
#include "usbdesc.h"
#include "usbfs.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	UMockdevTestbed *testbed;
	char *root;
	unsigned tokens, hidraws, hids;
} bed;

/* the devices of one token, parents first */
enum { PATHS = 10 };

struct node {
	struct token *t;
	unsigned port;			/* from 1 */
	unsigned fido_number, otp_number;
	char *usb, *usb_dev;
	struct hidraw *fido, *otp;
	struct usbfs *usbfs;
	char *path[PATHS];		/* syspaths that exist, in order */
	unsigned paths;
};

static void fido_report(struct token *t, const uint8_t *p)
{
	transport_report(t, p);
}

/* --- the sysfs tree ---------------------------------------------------- */

static void pair(GPtrArray *a, const char *key, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
static void pair(GPtrArray *a, const char *key, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	g_ptr_array_add(a, g_strdup(key));
	g_ptr_array_add(a, g_strdup_vprintf(format, ap));
	va_end(ap);
}

/* "../" from a device's folder up to /sys */
static char *up(const char *path)
{
	GString *s = g_string_new("../");

	for (; *path; path++)
		if (*path == '/')
			g_string_append(s, "../");
	return g_string_free(g_string_append(s, "../"), FALSE);
}

static void make_link(const char *target, const char *folder,
		      const char *name)
{
	g_autofree char *p = g_build_filename(folder, name, NULL);

	g_mkdir_with_parents(folder, 0755);
	if (symlink(target, p))
		g_error("cannot link %s", p);
}

/* usb and hid are buses in sysfs, hidraw is a class */
static char *subsystem_folder(const char *subsystem)
{
	return strcmp(subsystem, "hidraw") ?
	       g_strdup_printf("bus/%s", subsystem) :
	       g_strdup_printf("class/%s", subsystem);
}

static void write_attribute(const char *sys, const char *name, const void *p,
			    size_t size)
{
	g_autofree char *f = g_build_filename(bed.root, sys, name, NULL);

	if (!g_file_set_contents(f, p, (gssize)size, NULL))
		g_error("cannot write %s", f);
}

/* the number of a node: umockdev's preload library and libudev look for it */
static void number_node(const char *path, const char *dev,
			const char *number)
{
	g_autofree char *info = g_build_filename(bed.root, "dev/.node",
						 NULL);
	g_autofree char *chars = g_build_filename(bed.root, "sys/dev/char",
						  NULL);
	g_autofree char *flat = g_strdelimit(g_strdup(dev), "/", '_');
	g_autofree char *target = g_strconcat("../../devices/", path, NULL);

	make_link(number, info, flat);
	make_link(target, chars, number);
}

static char *uevent_text(const GPtrArray *properties)
{
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < properties->len; i += 2)
		g_string_append_printf(s, "%s=%s\n",
				       (char *)properties->pdata[i],
				       (char *)properties->pdata[i + 1]);
	return g_string_free(s, FALSE);
}

static const char *value(const GPtrArray *pairs, const char *key)
{
	for (guint i = 0; i < pairs->len; i += 2)
		if (!strcmp(pairs->pdata[i], key))
			return pairs->pdata[i + 1];
	return NULL;
}

/*
 * One device. Not by umockdev_testbed_add_devicev(): that sends the "add"
 * event at once, when the node is not there yet.
 */
static void add(struct node *n, const char *subsystem, const char *path,
		GPtrArray *attributes, GPtrArray *properties)
{
	char *sys = g_strconcat("/sys/devices/", path, NULL);
	g_autofree char *folder = g_strconcat(bed.root, sys, NULL);
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *dots = up(path);
	g_autofree char *sub = subsystem_folder(subsystem);
	g_autofree char *target = g_strconcat(dots, sub, NULL);
	g_autofree char *members = g_strconcat(bed.root, "/sys/", sub,
		*sub == 'b' ? "/devices" : "", NULL);
	g_autofree char *here = g_strconcat(*sub == 'b' ? "../" : "",
					    "../../devices/", path, NULL);
	g_autofree char *uevent = uevent_text(properties);

	if (n->paths == PATHS)
		g_error("too many devices");
	n->path[n->paths++] = sys;
	g_mkdir_with_parents(folder, 0755);
	make_link(target, folder, "subsystem");
	make_link(here, members, name);
	write_attribute(sys, "uevent", uevent, strlen(uevent));
	for (guint i = 0; i < attributes->len; i += 2)
		write_attribute(sys, attributes->pdata[i],
				attributes->pdata[i + 1],
				strlen(attributes->pdata[i + 1]));
	if (value(attributes, "dev"))
		number_node(path, value(properties, "DEVNAME"),
			    value(attributes, "dev"));
	g_ptr_array_unref(attributes);
	g_ptr_array_unref(properties);
}

static GPtrArray *list(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

static void identity(const struct node *n, GPtrArray *p)
{
	const struct profile *m = &n->t->p;
	g_autofree char *vendor = g_strdelimit(g_strdup(m->manufacturer), " ",
					       '_');
	g_autofree char *model = g_strdelimit(g_strdup(m->product), " ", '_');

	pair(p, "ID_BUS", "usb");
	pair(p, "ID_VENDOR", "%s", vendor);
	pair(p, "ID_VENDOR_ID", "%04x", m->vid);
	pair(p, "ID_MODEL", "%s", model);
	pair(p, "ID_MODEL_ID", "%04x", m->pid);
	pair(p, "ID_SERIAL", "%s_%s", vendor, model);
	if (n->t->usb_serial)
		pair(p, "ID_SERIAL_SHORT", "%08X", n->t->serial);
}

static void add_usb(struct node *n)
{
	const struct profile *m = &n->t->p;
	g_autoptr(GByteArray) d = g_byte_array_new();
	GPtrArray *a = list(), *p = list();

	pair(a, "busnum", "1\n");
	pair(a, "devnum", "%u\n", n->port + 1);
	pair(a, "devpath", "%u\n", n->port);
	pair(a, "speed", "12\n");
	pair(a, "version", " 2.00\n");
	pair(a, "bDeviceClass", "00\n");
	pair(a, "bConfigurationValue", "1\n");
	pair(a, "bNumConfigurations", "1\n");
	pair(a, "bNumInterfaces", " %u\n", usb_interfaces(n->t));
	pair(a, "bcdDevice", "%02x%x%x\n", m->fw[0], m->fw[1], m->fw[2] & 15);
	pair(a, "idVendor", "%04x\n", m->vid);
	pair(a, "idProduct", "%04x\n", m->pid);
	pair(a, "manufacturer", "%s\n", m->manufacturer);
	pair(a, "product", "%s\n", m->product);
	if (n->t->usb_serial)
		pair(a, "serial", "%08X\n", n->t->serial);
	pair(a, "removable", "removable\n");
	pair(a, "dev", "189:%u", n->port);
	pair(p, "DEVTYPE", "usb_device");
	pair(p, "DRIVER", "usb");
	pair(p, "DEVNAME", "%s", n->usb_dev + strlen("/dev/"));
	pair(p, "MAJOR", "189");
	pair(p, "MINOR", "%u", n->port);
	pair(p, "BUSNUM", "001");
	pair(p, "DEVNUM", "%03u", n->port + 1);
	pair(p, "PRODUCT", "%x/%x/%x%x%x", m->vid, m->pid, m->fw[0], m->fw[1],
	     m->fw[2] & 15);
	pair(p, "TYPE", "0/0/0");
	if (m->vid == 0x1050)
		pair(p, "ID_SECURITY_TOKEN", "1");
	if (m->ccid)
		pair(p, "ID_SMARTCARD_READER", "1");
	identity(n, p);
	add(n, "usb", n->usb, a, p);
	usb_device_descriptor(n->t, d);
	usb_configuration(n->t, d);
	write_attribute(n->path[0], "descriptors", d->data, d->len);
}

static void add_interface(struct node *n, unsigned number, unsigned class,
			  unsigned sub, unsigned protocol)
{
	g_autofree char *path = g_strdup_printf("%s/1-%u:1.%u", n->usb,
						n->port, number);
	GPtrArray *a = list(), *p = list();

	pair(a, "bInterfaceNumber", "%02x\n", number);
	pair(a, "bInterfaceClass", "%02x\n", class);
	pair(a, "bInterfaceSubClass", "%02x\n", sub);
	pair(a, "bInterfaceProtocol", "%02x\n", protocol);
	pair(a, "bAlternateSetting", " 0\n");
	pair(p, "DEVTYPE", "usb_interface");
	if (class == 3)
		pair(p, "DRIVER", "usbhid");
	pair(p, "INTERFACE", "%u/%u/%u", class, sub, protocol);
	pair(p, "PRODUCT", "%x/%x/%x%x%x", n->t->p.vid, n->t->p.pid,
	     n->t->p.fw[0], n->t->p.fw[1], n->t->p.fw[2] & 15);
	add(n, "usb", path, a, p);
}

static void add_hid(struct node *n, unsigned interface, unsigned number,
		    const struct hidraw_kind *kind, bool fido)
{
	const struct profile *m = &n->t->p;
	unsigned id = ++bed.hids;
	g_autofree char *hid = g_strdup_printf(
		"%s/1-%u:1.%u/0003:%04X:%04X.%04X", n->usb, n->port,
		interface, m->vid, m->pid, id);
	g_autofree char *raw = g_strdup_printf("%s/hidraw/hidraw%u", hid,
					       number);
	GPtrArray *a = list(), *p = list();

	pair(p, "DRIVER", "hid-generic");
	pair(p, "HID_ID", "0003:%08X:%08X", m->vid, m->pid);
	pair(p, "HID_NAME", "%s %s", m->manufacturer, m->product);
	pair(p, "HID_PHYS", "usb-0000:00:14.0-%u/input%u", n->port,
	     interface);
	pair(p, "HID_UNIQ", "%s", "");
	add(n, "hid", hid, a, p);
	write_attribute(n->path[n->paths - 1], "report_descriptor",
			kind->descriptor, kind->n);

	a = list();
	p = list();
	pair(a, "dev", "240:%u", number);
	pair(p, "DEVNAME", "hidraw%u", number);
	pair(p, "MAJOR", "240");
	pair(p, "MINOR", "%u", number);
	if (fido)
		pair(p, "ID_FIDO_TOKEN", "1");
	if (fido || m->vid == 0x1050)
		pair(p, "ID_SECURITY_TOKEN", "1");
	identity(n, p);
	add(n, "hidraw", raw, a, p);
}

/* take a link away when it leads to the syspath */
static void unlink_to(const char *folder, const char *base)
{
	g_autofree char *p = g_build_filename(folder, base, NULL);

	unlink(p);
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) d = NULL;
	const char *name;

	if (g_file_test(path, G_FILE_TEST_IS_SYMLINK) ||
	    !(d = g_dir_open(path, 0, NULL))) {
		unlink(path);
		return;
	}
	while ((name = g_dir_read_name(d))) {
		g_autofree char *p = g_build_filename(path, name, NULL);

		remove_tree(p);
	}
	rmdir(path);
}

/* what add() made: the link in class or bus, then the folder */
static void remove_path(const char *sys)
{
	static const char *const links[] = {
		"sys/class/hidraw", "sys/bus/usb/devices",
		"sys/bus/hid/devices"
	};
	g_autofree char *base = g_path_get_basename(sys);
	g_autofree char *tree = g_strconcat(bed.root, sys, NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
		g_autofree char *f = g_build_filename(bed.root, links[i],
						      NULL);

		unlink_to(f, base);
	}
	remove_tree(tree);
}

static void remove_numbers(struct node *n)
{
	const unsigned raws[] = { n->fido_number, n->otp_number };
	g_autofree char *node = g_build_filename(bed.root, "dev/.node",
						 NULL);
	g_autofree char *chars = g_build_filename(bed.root, "sys/dev/char",
						  NULL);
	g_autofree char *usb = g_strdup_printf("189:%u", n->port);
	g_autofree char *bus = g_strdup_printf("bus_usb_001_%03u",
					       n->port + 1);

	for (size_t i = 0; i < G_N_ELEMENTS(raws); i++) {
		g_autofree char *dev = g_strdup_printf("240:%u", raws[i]);
		g_autofree char *raw = g_strdup_printf("hidraw%u", raws[i]);

		unlink_to(chars, dev);
		unlink_to(node, raw);
	}
	unlink_to(chars, usb);
	unlink_to(node, bus);
}

/* --- plug and unplug --------------------------------------------------- */

static void send_reports(struct token *t, const uint8_t *p, size_t n)
{
	struct node *d = t->node;

	if (d->fido)
		hidraw_send(d->fido, p, n);
}

static bool drained(struct token *t)
{
	struct node *n = t->node;

	/* it waits itself: umockdev's thread must run meanwhile */
	if (n->fido)
		hidraw_drain(n->fido);
	return true;
}

static char *phys(const struct node *n, int interface)
{
	return g_strdup_printf("usb-0000:00:14.0-%u/input%d", n->port,
			       interface);
}

static const struct hidraw_kind fido_kind = {
	fido_descriptor, FIDO_DESCRIPTOR, 1, fido_report, NULL, NULL
};
static const struct hidraw_kind otp_kind = {
	keyboard_descriptor, KEYBOARD_DESCRIPTOR, 0, NULL,
	otp_set_report, otp_get_report
};

static struct hidraw *make_hidraw(struct node *n, int interface,
				  const struct hidraw_kind *kind,
				  unsigned number)
{
	unsigned boot = kind == &otp_kind;	/* subclass, protocol */
	g_autofree char *where = phys(n, interface);

	add_interface(n, (unsigned)interface, 3, boot, boot);
	add_hid(n, (unsigned)interface, number, kind, !boot);
	return hidraw_new(n->t, bed.root, kind, number, where);
}

static void make_devices(struct node *n)
{
	struct token *t = n->t;

	add_usb(n);
	n->usbfs = usbfs_new(t, bed.testbed, n->usb_dev);
	if (t->p.otp)
		n->otp = make_hidraw(n, usb_keyboard_interface(t), &otp_kind,
				     n->otp_number);
	n->fido = make_hidraw(n, usb_fido_interface(t), &fido_kind,
			      n->fido_number);
	if (t->p.ccid)
		add_interface(n, (unsigned)usb_ccid_interface(t), 0x0b, 0, 0);
}

static void attach(struct token *t)
{
	struct node *n = t->node;

	make_devices(n);
	for (unsigned i = 0; i < n->paths; i++)
		umockdev_testbed_uevent(bed.testbed, n->path[i], "add");
}

static void detach(struct token *t)
{
	struct node *n = t->node;

	hidraw_free(n->fido);
	hidraw_free(n->otp);
	usbfs_free(n->usbfs);
	n->fido = n->otp = NULL;
	n->usbfs = NULL;
	for (unsigned i = n->paths; i-- > 0;)
		umockdev_testbed_uevent(bed.testbed, n->path[i], "remove");
	while (n->paths) {
		remove_path(n->path[--n->paths]);
		g_free(n->path[n->paths]);
	}
	remove_numbers(n);
}

static bool permission(struct token *t, const char *mode)
{
	struct node *n = t->node;

	return n->fido && hidraw_permission(n->fido, mode);
}

static void event(struct token *t, const char *action)
{
	struct node *n = t->node;

	for (unsigned i = 0; i < n->paths; i++)
		if (strstr(n->path[i], "/hidraw/"))
			umockdev_testbed_uevent(bed.testbed, n->path[i],
						action);
}

static json_t *nodes(const struct token *t)
{
	const struct node *n = t->node;
	g_autofree char *fido = g_strdup_printf("/dev/hidraw%u",
						n->fido_number);
	g_autofree char *otp = g_strdup_printf("/dev/hidraw%u",
					       n->otp_number);

	return json_pack("{s:s, s:s?, s:s, s:s}", "hidraw", fido,
			 "otp_hidraw", t->p.otp ? otp : NULL, "usb",
			 n->usb_dev, "devpath", n->usb);
}

/* --- life -------------------------------------------------------------- */

static bool bed_open(void)
{
	g_autofree char *dev = NULL, *any = NULL;

	world_init();
	bed.testbed = umockdev_testbed_new();
	bed.root = umockdev_testbed_get_root_dir(bed.testbed);
	dev = g_build_filename(bed.root, "dev", NULL);
	any = g_build_filename(bed.root, "ioctl", "_default", NULL);
	g_mkdir_with_parents(dev, 0755);
	/* clients may run as another user; umockdev 0.19 ends those that the
	 * second, which speaks for all devices that it does not know, refuses */
	chmod(bed.root, 0755);
	chmod(any, 0666);
	return true;
}

static void bed_close(void)
{
	remove_tree(bed.root);
	g_free(bed.root);
}

static void ready(json_t *line)
{
	json_object_set_new(line, "umockdev_dir", json_string(bed.root));
	json_object_set_new(line, "preload",
			    json_string("libumockdev-preload.so.0"));
}

static void add_token(struct token *t)
{
	struct node *n = g_new0(struct node, 1);

	n->t = t;
	n->port = ++bed.tokens;
	if (t->p.otp)
		n->otp_number = bed.hidraws++;
	n->fido_number = bed.hidraws++;
	if (!t->p.otp)
		n->otp_number = n->fido_number;
	n->usb = g_strdup_printf("pci0000:00/0000:00:14.0/usb1/1-%u",
				 n->port);
	n->usb_dev = g_strdup_printf("/dev/bus/usb/001/%03u", n->port + 1);
	t->node = n;
}

static void remove_token(struct token *t)
{
	struct node *n = t->node;

	g_free(n->usb);
	g_free(n->usb_dev);
	g_free(n);
	t->node = NULL;
}

const struct transport umockdev_transport = {
	.name = "umockdev",
	.preload = true,
	.open = bed_open,
	.close = bed_close,
	.ready = ready,
	.add = add_token,
	.remove = remove_token,
	.attach = attach,
	.detach = detach,
	.send = send_reports,
	.drained = drained,
	.permission = permission,
	.event = event,
	.nodes = nodes,
};
