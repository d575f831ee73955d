/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes there are and what is told of them: libudev's answers are a
 * table's, /sys is a directory of the test's.
 */
#include "udev/nodes.h"

#include "base/util.h"
#include "udev/sysfs.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <libudev.h>
#include <sys/stat.h>

/* ---- the machine ---- */

/* What libudev says of a device; NULL: that there is none. */
struct udev_device {
	const char *name, *subsystem, *syspath, *devnode;
	const char *fido; /* a property */
	bool uaccess, initialized;
};

static struct udev_device *devices[8];
static const char *hidraws[300], *usbs[8]; /* names in the two folders */
static int no_hidraw, no_usb;              /* errno of the folders */
static bool no_udev;
static int live;                           /* references not given back */
static int asked;                          /* devices that libudev was asked */

WRAP(struct udev *, udev_new, void)
{
	live += !no_udev;
	return no_udev ? NULL : (struct udev *)&live;
}

WRAP(struct udev *, udev_unref, struct udev *u)
{
	assert_ptr_equal(u, &live);
	live--;
	return NULL;
}

WRAP(struct udev_device *, udev_device_new_from_syspath, struct udev *u,
	const char *syspath)
{
	size_t i;

	assert_ptr_equal(u, &live);
	for (i = 0; i < ARRAY_LEN(devices) && devices[i]; i++)
		if (strcmp(devices[i]->syspath, syspath) == 0) {
			live++;
			asked++;
			return devices[i];
		}
	return NULL;
}

WRAP(struct udev_device *, udev_device_unref, struct udev_device *d)
{
	assert_non_null(d);
	live--;
	return NULL;
}

WRAP(const char *, udev_device_get_property_value, struct udev_device *d,
	const char *name)
{
	assert_string_equal(name, "ID_FIDO_TOKEN");
	return d->fido;
}

WRAP(int, udev_device_has_tag, struct udev_device *d, const char *tag)
{
	assert_string_equal(tag, "uaccess");
	return d->uaccess;
}

WRAP(int, udev_device_get_is_initialized, struct udev_device *d)
{
	return d->initialized;
}

/* ---- its folders ---- */

static const char *const *reading;
static bool dots; /* told already */

DIR *__real_opendir(const char *path);
WRAP(DIR *, opendir, const char *path)
{
	bool usb = strcmp(path, "/sys/bus/usb/devices") == 0;

	if (!usb && strcmp(path, "/sys/class/hidraw") != 0)
		return __real_opendir(path);
	errno = usb ? no_usb : no_hidraw;
	reading = usb ? usbs : hidraws;
	dots = false;
	live += errno == 0;
	return errno ? NULL : (DIR *)&reading;
}

struct dirent *__real_readdir64(DIR *d);
WRAP(struct dirent *, readdir64, DIR *d)
{
	static struct dirent entry;

	if (d != (DIR *)&reading)
		return __real_readdir64(d);
	if (!dots)
		strcpy(entry.d_name, "..");
	else if (*reading)
		snprintf(entry.d_name, sizeof(entry.d_name), "%s", *reading++);
	else
		return NULL;
	dots = true;
	return &entry;
}

int __real_closedir(DIR *d);
WRAP(int, closedir, DIR *d)
{
	if (d != (DIR *)&reading)
		return __real_closedir(d);
	live--;
	return 0;
}

/* sysfs and the nodes are here. */
static const char *place_of(const char *path)
{
	return strncmp(path, "/sys/", 5) == 0 ||
		strncmp(path, "/dev/", 5) == 0 ? path + 1 : path;
}

/* As the kernel's are: from the folder of a class or a bus. */
WRAP(ssize_t, readlink, const char *path, char *ret, size_t size)
{
	const char *name = strrchr(path, '/') + 1;
	bool usb = strstr(path, "/bus/usb/");
	size_t i;

	for (i = 0; i < ARRAY_LEN(devices) && devices[i]; i++)
		if (strcmp(devices[i]->name, name) == 0 &&
			strcmp(devices[i]->subsystem, usb ? "usb" :
				"hidraw") == 0)
			return snprintf(ret, size, "%s%s", usb ? "../../../" :
				"../../", devices[i]->syspath + 5);
	errno = ENOENT;
	return -1;
}

/* A hidraw device's own; the file is of other devices. */
void __real_sysfs_read_uevent(const char *folder, char ret[SYSFS_UEVENT_MAX]);
WRAP(void, sysfs_read_uevent, const char *folder, char ret[SYSFS_UEVENT_MAX])
{
	size_t i;

	__real_sysfs_read_uevent(folder, ret);
	for (i = 0; i < ARRAY_LEN(devices) && devices[i]; i++)
		if (strcmp(devices[i]->syspath, folder) == 0 &&
			devices[i]->devnode)
			snprintf(ret, SYSFS_UEVENT_MAX, "MAJOR=240\n"
				"DEVNAME=%s\n", devices[i]->devnode);
}

int __real_stat64(const char *path, struct stat64 *ret);
WRAP(int, stat64, const char *path, struct stat64 *ret)
{
	return __real_stat64(place_of(path), ret);
}

int __real_open64(const char *path, int flags, mode_t mode);
WRAP(int, open64, const char *path, int flags, mode_t mode)
{
	return __real_open64(place_of(path), flags, mode);
}

int __real_access(const char *path, int how);
WRAP(int, access, const char *path, int how)
{
	return __real_access(place_of(path), how);
}

/* ---- one look ---- */

static struct node *nodes;
static size_t n;

static void look(void)
{
	free(nodes);
	nodes = NULL;
	OK(nodes_enumerate(&nodes, &n, &err));
	assert_int_equal(live, 0);
}

static int begin(void **state)
{
	(void)state;
	memset(devices, 0, sizeof(devices));
	memset(hidraws, 0, sizeof(hidraws));
	memset(usbs, 0, sizeof(usbs));
	no_hidraw = no_usb = 0;
	no_udev = false;
	live = asked = 0;
	return 0;
}

/* A FIDO interface, and a device with a card and a keyboard. */
static const unsigned char fido_report[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01,
	0xa1, 0x01, 0xc0 };
static const unsigned char mouse_report[] = { 0x05, 0x01, 0x09, 0x02, 0xa1,
	0x01, 0xc0 };
static const unsigned char usb_descriptors[] = {
	9, 4, 0, 0, 1, 0x03, 0x01, 0x01, 0, /* HID boot keyboard */
	9, 4, 1, 0, 1, 0x0b, 0x00, 0x00, 0, /* CCID */
};

/* One key, the HID devices that its interface may be, and others. */
#define KEY "/sys/devices/1-2"
#define INTERFACE KEY "/1-2:1.0"
#define HID INTERFACE "/hid"
#define MOUSE INTERFACE "/mouse"
#define MUTE INTERFACE "/mute"  /* tells no report descriptor */
#define UHID "/sys/devices/uhid" /* no USB device */
#define BARE "/sys/devices/1-3" /* one that says its vendor alone */
#define RAW "/hidraw/hidraw0"

static struct udev_device usb_key = { .name = "1-2", .subsystem = "usb",
	.syspath = KEY };

static struct udev_device raw_of(const char *name, const char *devnode,
	const char *syspath)
{
	return (struct udev_device){ .name = name, .subsystem = "hidraw",
		.syspath = syspath, .devnode = devnode, .initialized = true };
}

static void a_node_is_told_with_its_device(void **state)
{
	struct udev_device raw = raw_of("hidraw3", "node", HID RAW);

	(void)state;
	raw.uaccess = true;
	devices[0] = &raw;
	hidraws[0] = "hidraw3";
	look();
	assert_int_equal(n, 1);
	assert_string_equal(nodes[0].path, "/dev/node");
	assert_string_equal(nodes[0].syspath, HID RAW);
	assert_string_equal(nodes[0].usb_path, KEY);
	assert_int_equal(nodes[0].bus, 3);
	assert_int_equal(nodes[0].vendor, 0x1050);
	assert_int_equal(nodes[0].product, 0x0407);
	assert_int_equal(nodes[0].interface, 10);
	assert_string_equal(nodes[0].manufacturer, "Yubico");
	assert_string_equal(nodes[0].product_name, "YubiKey");
	assert_string_equal(nodes[0].usb_serial, "s1");
	assert_int_equal(nodes[0].usb_bus, 3);
	assert_int_equal(nodes[0].usb_dev, 17);
	assert_true(nodes[0].has_ccid && nodes[0].has_keyboard);
	assert_true(nodes[0].fido && nodes[0].fido_known);
	assert_true(nodes[0].openable);
	/* libudev is asked by who wants to know it, and then of that one */
	assert_false(nodes[0].uaccess);
	assert_int_equal(asked, 0);
	assert_true(nodes_have_uaccess(&nodes[0]));
	assert_int_equal(asked, 1);
	assert_int_equal(live, 0);
	assert_int_equal(nodes[0].open_errno, 0);
	assert_int_equal(nodes[0].mode, 0640);
	assert_int_equal(nodes[0].transport, NODE_USB);
}

/* What its own USB device does not say says HID. */
static void a_node_may_have_no_usb_device(void **state)
{
	static const struct {
		const char *uevent;
		unsigned bus, vendor;
	} rows[] = {
		{ "HID_ID=0005:00001234:00005678\n", 5, 0x1234 },
		{ "XHID_ID=0005:00001234:00005678\n", 0, 0 },
		{ "HID_ID:0005:00001234:00005678\n", 0, 0 },
		{ "HID_ID=0003:zz\n", 0, 0 },
		{ "HID_ID", 0, 0 },
		{ "", 0, 0 },
	};
	struct udev_device raw = raw_of("hidraw0", "node", UHID RAW);
	size_t i;

	(void)state;
	devices[0] = &raw;
	hidraws[0] = "hidraw0";
	look();
	assert_int_equal(nodes[0].interface, -1);
	assert_int_equal(nodes[0].vendor, 0x1234);
	assert_int_equal(nodes[0].product, 0x5678);
	assert_string_equal(nodes[0].product_name, "A HID");
	assert_string_equal(nodes[0].usb_path, "");
	assert_false(nodes[0].has_ccid || nodes[0].has_keyboard);
	assert_false(nodes[0].uaccess);
	raw.syspath = BARE "/i/hid" RAW;
	look();
	assert_string_equal(nodes[0].usb_path, BARE);
	assert_int_equal(nodes[0].vendor, 0x1051);
	assert_int_equal(nodes[0].product, 0x5678);
	assert_string_equal(nodes[0].product_name, "A HID");
	assert_int_equal(nodes[0].usb_bus, 0);
	assert_false(nodes[0].has_ccid || nodes[0].has_keyboard);
	/* nor any HID device that says a word */
	raw.syspath = "/sys/devices/odd" RAW;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		write_text("sys/devices/odd/uevent", rows[i].uevent);
		look();
		assert_int_equal(nodes[0].bus, rows[i].bus);
		assert_int_equal(nodes[0].vendor, rows[i].vendor);
	}
	raw.syspath = "/sys/nothing" RAW;
	look();
	assert_string_equal(nodes[0].product_name, "");
	assert_false(nodes[0].fido);
}

static void what_makes_it_a_fido_node(void **state)
{
	static const struct {
		const char *property, *syspath;
		bool initialized, fido, known;
	} rows[] = {
		{ "1", MOUSE RAW, true, false, true },
		{ "1", MUTE RAW, true, true, true },
		{ "1", "/sys/nothing" RAW, false, true, true },
		{ "0", MUTE RAW, true, false, true },
		{ "0", HID RAW, false, true, true },
		{ NULL, HID RAW, false, true, true },
		{ NULL, MOUSE RAW, false, false, true },
		{ NULL, MUTE RAW, true, false, true },
		{ NULL, MUTE RAW, false, false, false },
		{ NULL, "/sys/nothing" RAW, false, false, false },
	};
	struct udev_device raw = raw_of("hidraw0", "node", HID RAW);
	size_t i;

	(void)state;
	devices[0] = &raw;
	hidraws[0] = "hidraw0";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		raw.fido = rows[i].property;
		raw.initialized = rows[i].initialized;
		raw.syspath = rows[i].syspath;
		look();
		assert_int_equal(nodes[0].fido, rows[i].fido);
		assert_int_equal(nodes[0].fido_known, rows[i].known);
	}
}

static void nodes_stand_in_the_order_of_their_numbers(void **state)
{
	struct udev_device a = raw_of("hidraw10", "no/hidraw10", HID RAW),
		b = raw_of("hidraw9", "no/hidraw9", MOUSE RAW),
		gone = raw_of("hidraw2", NULL, MUTE RAW);

	(void)state;
	devices[0] = &a;
	devices[1] = &b;
	devices[2] = &gone;
	hidraws[0] = "hidraw10";
	hidraws[1] = "hidraw2";
	hidraws[2] = "hidraw9";
	hidraws[3] = "hidraw5"; /* unplugged since */
	look();
	assert_int_equal(n, 2);
	assert_string_equal(nodes[0].path, "/dev/no/hidraw9");
	assert_string_equal(nodes[1].path, "/dev/no/hidraw10");
	/* what one of them was told holds for the other */
	assert_memory_equal(nodes[0].usb_path, nodes[1].usb_path, 256);
	assert_string_equal(nodes[0].usb_serial, "s1");
	assert_string_equal(nodes[0].manufacturer, "Yubico");
	assert_string_equal(nodes[0].product_name, "YubiKey");
	assert_int_equal(nodes[0].usb_bus, 3);
	assert_int_equal(nodes[0].usb_dev, 17);
	assert_int_equal(nodes[0].vendor, 0x1050);
	assert_int_equal(nodes[0].product, 0x0407);
	assert_true(nodes[0].has_ccid && nodes[0].has_keyboard);
	/* there is no such file, and that is told */
	assert_false(nodes[0].openable);
	assert_int_equal(nodes[0].open_errno, ENOENT);
	assert_int_equal(nodes[0].mode, 0);
	assert_string_equal(nodes[0].group, "");
}

static void a_yubikey_without_a_node_is_told_too(void **state)
{
	struct udev_device other = { .name = "1-4", .subsystem = "usb",
		.syspath = "/sys/devices/1-4" };
	struct udev_device raw = raw_of("hidraw0", "node", HID RAW);

	(void)state;
	devices[0] = &usb_key;
	devices[1] = &other;
	usbs[0] = "1-2:1.0"; /* an interface */
	usbs[1] = "1-4";     /* of another vendor */
	usbs[2] = "1-2";
	usbs[3] = "1-9";     /* unplugged since */
	look();
	assert_int_equal(n, 1);
	assert_string_equal(nodes[0].path, "");
	assert_string_equal(nodes[0].usb_path, KEY);
	assert_int_equal(nodes[0].interface, -1);
	assert_string_equal(nodes[0].usb_serial, "s1");
	assert_true(nodes[0].has_ccid);
	/* once, where it has a node */
	devices[2] = &raw;
	hidraws[0] = "hidraw0";
	look();
	assert_int_equal(n, 1);
	assert_string_equal(nodes[0].path, "/dev/node");
}

static char told[64]; /* the paths that a visitor saw */
static int visitor_says;

static int visit(const struct node *node, void *arg, struct error *e)
{
	assert_ptr_equal(arg, told);
	assert_true(node->fido);
	strcat(strcat(told, node->path), " ");
	return visitor_says ? error_set(e, visitor_says, "no more") : 0;
}

/* Of others nothing is read but what they are; nor of what has no node. */
static void who_visits_sees_fido_nodes_alone(void **state)
{
	struct udev_device mouse = raw_of("hidraw0", "mouse", MOUSE RAW),
		a = raw_of("hidraw1", "a", HID "/hidraw/hidraw1"),
		b = raw_of("hidraw2", "b", HID "/hidraw/hidraw2");

	(void)state;
	devices[0] = &mouse;
	devices[1] = &a;
	devices[2] = &b;
	devices[3] = &usb_key;
	hidraws[0] = "hidraw2";
	hidraws[1] = "hidraw1";
	hidraws[2] = "hidraw0";
	no_usb = EACCES; /* which is not looked at */
	free(nodes);
	nodes = NULL;
	told[0] = '\0';
	OK(nodes_visit(visit, told, &nodes, &n, &err));
	assert_string_equal(told, "/dev/a /dev/b ");
	assert_int_equal(n, 2);
	assert_string_equal(nodes[0].path, "/dev/a");
	assert_string_equal(nodes[1].path, "/dev/b");
	assert_int_equal(nodes[1].usb_dev, 17);
	assert_int_equal(nodes[0].vendor, 0x1050);
	/* the visitor may have seen enough */
	visitor_says = ERROR_REFUSED;
	told[0] = '\0';
	SAYS(ERROR_REFUSED, "no more", nodes_visit(visit, told, &nodes, &n,
		&err));
	assert_string_equal(told, "/dev/a ");
	visitor_says = 0;
}

static void a_kernel_without_such_devices_has_none(void **state)
{
	(void)state;
	no_hidraw = no_usb = ENOENT;
	look();
	assert_int_equal(n, 0);
	no_hidraw = EACCES;
	SAYS(ERROR_FAILED, "cannot read '/sys/class/hidraw': Permission denied",
		nodes_enumerate(&nodes, &n, &err));
	no_hidraw = 0;
	no_usb = EACCES;
	SAYS(ERROR_FAILED, "cannot read '/sys/bus/usb/devices'",
		nodes_enumerate(&nodes, &n, &err));
	assert_int_equal(live, 0);
}

static void there_is_an_end_to_them(void **state)
{
	struct udev_device raw = raw_of("hidraw0", "node", HID RAW);
	size_t i;

	(void)state;
	devices[0] = &raw;
	for (i = 0; i + 1 < ARRAY_LEN(hidraws); i++)
		hidraws[i] = "hidraw0";
	look();
	assert_int_equal(n, NODES_MAX);
}

static void who_may_open_it_is_told(void **state)
{
	struct udev_device raw = raw_of("hidraw0", "node", HID RAW);

	(void)state;
	devices[0] = &raw;
	hidraws[0] = "hidraw0";
	raw.uaccess = true;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown("dev/node", 0, 54321), 0);
	look();
	assert_string_equal(nodes[0].group, "54321");
	assert_int_equal(chown("dev/node", 0, 0), 0);
	/* to who may not open it its group has a name */
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(setresuid(65534, 65534, 0), 0);
	look();
	assert_int_equal(setresuid(0, 0, 0), 0);
	assert_false(nodes[0].openable);
	assert_int_equal(nodes[0].open_errno, EACCES);
	assert_int_equal(nodes[0].mode, 0640);
	assert_string_equal(nodes[0].group, "root");
	assert_true(nodes[0].fido && nodes[0].uaccess);
	no_udev = true;
	assert_int_equal(setresuid(65534, 65534, 0), 0);
	look();
	assert_int_equal(setresuid(0, 0, 0), 0);
	assert_false(nodes[0].uaccess);
}

/* A file of sysfs, with the folders above it. */
static void sysfs_file(const char *path, const void *p, size_t size)
{
	char at[160], *end;

	snprintf(at, sizeof(at), "%s", place_of(path));
	for (end = strchr(at, '/'); end; end = strchr(end + 1, '/')) {
		*end = '\0';
		assert_true(mkdir(at, 0755) == 0 || errno == EEXIST);
		*end = '/';
	}
	write_file(at, p, size, 0644);
}

static void make_sysfs(void)
{
	static const char *const texts[][2] = {
		{ KEY "/manufacturer", "Yubico\n" }, { KEY "/serial", "s1\n" },
		{ KEY "/product", "YubiKey\n" }, { KEY "/busnum", "3\n" },
		{ KEY "/devnum", "17\n" }, { KEY "/idVendor", "1050\n" },
		{ KEY "/idProduct", "0407\n" },
		{ INTERFACE "/bInterfaceNumber", "0a\n" },
		{ HID "/uevent", "DRIVER=hid-generic\n"
			"HID_ID=0003:00001234:00005678\nHID_NAME=A HID\n" },
		{ MOUSE "/uevent", "HID_ID=0003:00001234:00005678\n" },
		{ MUTE "/uevent", "" },
		{ UHID "/uevent", "HID_ID=0005:00001234:00005678\n"
			"HID_NAME=A HID\n" },
		{ BARE "/idVendor", "1051\n" },
		{ BARE "/i/bInterfaceNumber", "00\n" },
		{ BARE "/i/hid/uevent", "HID_ID=0003:00001234:00005678\n"
			"HID_NAME=A HID\n" },
		{ "/sys/devices/odd/uevent", "" },
		{ "/sys/bus/usb/devices/1-2/idVendor", "1050\n" },
		{ "/sys/bus/usb/devices/1-4/idVendor", "1051\n" },
		{ "/sys/bus/usb/devices/1-9/idVendor", "1050\n" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		sysfs_file(texts[i][0], texts[i][1], strlen(texts[i][1]));
	sysfs_file(HID "/report_descriptor", fido_report, sizeof(fido_report));
	sysfs_file(MOUSE "/report_descriptor", mouse_report,
		sizeof(mouse_report));
	sysfs_file(KEY "/descriptors", usb_descriptors,
		sizeof(usb_descriptors));
	assert_int_equal(mkdir("dev", 0755), 0);
	write_file("dev/node", "", 0, 0640);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_is_told_with_its_device),
		TEST(a_node_may_have_no_usb_device),
		TEST(what_makes_it_a_fido_node),
		TEST(nodes_stand_in_the_order_of_their_numbers),
		TEST(a_yubikey_without_a_node_is_told_too),
		TEST(who_visits_sees_fido_nodes_alone),
		TEST(a_kernel_without_such_devices_has_none),
		TEST(there_is_an_end_to_them),
		TEST(who_may_open_it_is_told),
	};
	char place[64];
	int r;

	enter_place(place);
	make_sysfs();
	r = cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
	free(nodes);
	leave_place(place);
	return r;
}
