/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes there are and what is told of them: libudev's answers are a
 * table's, files of sysfs lie in a directory of the test's.
 */
#include "udev/nodes.h"

#include "base/util.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <libudev.h>
#include <sys/stat.h>

#define WRAP(type, name, ...)                                                  \
	type __wrap_##name(__VA_ARGS__);                                       \
	type __wrap_##name(__VA_ARGS__)

/* ---- the machine ---- */

/* What libudev says of a device; NULL: that there is none. */
struct udev_device {
	const char *name, *subsystem, *syspath, *devnode;
	const char *hid_id, *hid_name, *fido;          /* properties */
	const char *interface, *manufacturer, *serial, *product, *busnum,
		*devnum, *vendor, *product_id;         /* attributes */
	bool uaccess, initialized;
	struct udev_device *hid, *intf, *usb;          /* parents */
};

static struct udev_device *devices[8];
static const char *hidraws[300], *usbs[8]; /* names in the two folders */
static int no_hidraw, no_usb;              /* errno of the folders */
static bool no_udev;
static int live;                           /* references not given back */

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

WRAP(struct udev_device *, udev_device_new_from_subsystem_sysname,
	struct udev *u, const char *subsystem, const char *name)
{
	size_t i;

	assert_ptr_equal(u, &live);
	for (i = 0; i < ARRAY_LEN(devices) && devices[i]; i++)
		if (strcmp(devices[i]->subsystem, subsystem) == 0 &&
			strcmp(devices[i]->name, name) == 0) {
			live++;
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

WRAP(struct udev_device *, udev_device_get_parent_with_subsystem_devtype,
	struct udev_device *d, const char *subsystem, const char *type)
{
	if (strcmp(subsystem, "hid") == 0)
		return type ? NULL : d->hid;
	assert_string_equal(subsystem, "usb");
	return strcmp(type, "usb_interface") == 0 ? d->intf :
		strcmp(type, "usb_device") == 0 ? d->usb : NULL;
}

WRAP(const char *, udev_device_get_syspath, struct udev_device *d)
{
	return d->syspath;
}

WRAP(const char *, udev_device_get_devnode, struct udev_device *d)
{
	return d->devnode;
}

WRAP(const char *, udev_device_get_property_value, struct udev_device *d,
	const char *name)
{
	return strcmp(name, "ID_FIDO_TOKEN") == 0 ? d->fido :
		strcmp(name, "HID_ID") == 0 ? d->hid_id :
		strcmp(name, "HID_NAME") == 0 ? d->hid_name : NULL;
}

WRAP(const char *, udev_device_get_sysattr_value, struct udev_device *d,
	const char *name)
{
	static const struct {
		const char *name;
		size_t at;
	} rows[] = {
#define AT(name, member) { name, offsetof(struct udev_device, member) }
		AT("bInterfaceNumber", interface),
		AT("manufacturer", manufacturer), AT("serial", serial),
		AT("product", product), AT("busnum", busnum),
		AT("devnum", devnum), AT("idVendor", vendor),
		AT("idProduct", product_id),
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return *(const char **)((char *)d + rows[i].at);
	fail_msg("%s", name);
	return NULL;
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

/* sysfs of USB is here. */
int __real_open64(const char *path, int flags, mode_t mode);
WRAP(int, open64, const char *path, int flags, mode_t mode)
{
	if (strncmp(path, "/sys/bus/usb/devices/", 21) == 0)
		path += 21;
	return __real_open64(path, flags, mode);
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
	live = 0;
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

static struct udev_device usb_key = { .name = "1-2", .subsystem = "usb",
	.syspath = "usb", .manufacturer = "Yubico", .serial = "s1",
	.product = "YubiKey", .busnum = "3", .devnum = "17", .vendor = "1050",
	.product_id = "0407" };
static struct udev_device interface = { .interface = "0a" };
static struct udev_device hid = { .syspath = "hid",
	.hid_id = "0003:00001234:00005678", .hid_name = "A HID" };

static struct udev_device raw_of(const char *name, const char *devnode,
	struct udev_device *usb)
{
	return (struct udev_device){ .name = name, .subsystem = "hidraw",
		.syspath = name, .devnode = devnode, .hid = &hid,
		.intf = &interface, .usb = usb, .initialized = true };
}

static void a_node_is_told_with_its_device(void **state)
{
	struct udev_device raw = raw_of("hidraw3", "node", &usb_key);

	(void)state;
	raw.uaccess = true;
	devices[0] = &raw;
	hidraws[0] = "hidraw3";
	look();
	assert_int_equal(n, 1);
	assert_string_equal(nodes[0].path, "node");
	assert_string_equal(nodes[0].syspath, "hidraw3");
	assert_string_equal(nodes[0].usb_path, "usb");
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
	assert_true(nodes[0].uaccess && nodes[0].openable);
	assert_int_equal(nodes[0].open_errno, 0);
	assert_int_equal(nodes[0].mode, 0640);
	assert_int_equal(nodes[0].transport, NODE_USB);
}

/* What its own USB device does not say says HID. */
static void a_node_may_have_no_usb_device(void **state)
{
	struct udev_device raw = raw_of("hidraw0", "node", NULL);
	struct udev_device bare = { .name = "1-3", .subsystem = "usb",
		.syspath = "nowhere" };

	(void)state;
	raw.intf = NULL;
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
	raw.usb = &bare;
	look();
	assert_int_equal(nodes[0].vendor, 0x1234);
	assert_int_equal(nodes[0].product, 0x5678);
	assert_string_equal(nodes[0].product_name, "A HID");
	assert_int_equal(nodes[0].usb_bus, 0);
	assert_false(nodes[0].has_ccid || nodes[0].has_keyboard);
	/* nor any HID device that says a word */
	hid.hid_id = "0003:zz";
	look();
	assert_int_equal(nodes[0].vendor, 0);
	hid.hid_id = NULL;
	look();
	assert_int_equal(nodes[0].vendor, 0);
	assert_int_equal(nodes[0].bus, 0);
	hid.hid_id = "0003:00001234:00005678";
	raw.hid = NULL;
	look();
	assert_string_equal(nodes[0].product_name, "");
	assert_false(nodes[0].fido);
}

static void what_makes_it_a_fido_node(void **state)
{
	static const struct {
		const char *property, *report;
		bool initialized, no_hid, fido, known;
	} rows[] = {
		{ "1", "mouse", true, false, true, true },
		{ "1", "none", false, true, true, true },
		{ "0", "hid", false, false, true, true },
		{ NULL, "hid", false, false, true, true },
		{ NULL, "mouse", false, false, false, true },
		{ NULL, "none", true, false, false, true },
		{ NULL, "none", false, false, false, false },
		{ NULL, "hid", false, true, false, false },
	};
	struct udev_device raw = raw_of("hidraw0", "node", &usb_key);
	size_t i;

	(void)state;
	devices[0] = &raw;
	hidraws[0] = "hidraw0";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		raw.fido = rows[i].property;
		raw.initialized = rows[i].initialized;
		raw.hid = rows[i].no_hid ? NULL : &hid;
		hid.syspath = rows[i].report;
		look();
		assert_int_equal(nodes[0].fido, rows[i].fido);
		assert_int_equal(nodes[0].fido_known, rows[i].known);
	}
	hid.syspath = "hid";
}

static void nodes_stand_in_the_order_of_their_numbers(void **state)
{
	struct udev_device a = raw_of("hidraw10", "/dev/hidraw10", &usb_key),
		b = raw_of("hidraw9", "/dev/hidraw9", &usb_key),
		gone = raw_of("hidraw2", NULL, &usb_key);

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
	assert_string_equal(nodes[0].path, "/dev/hidraw9");
	assert_string_equal(nodes[1].path, "/dev/hidraw10");
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
		.syspath = "other", .vendor = "1050" };
	struct udev_device raw = raw_of("hidraw0", "node", &usb_key);

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
	assert_string_equal(nodes[0].usb_path, "usb");
	assert_int_equal(nodes[0].interface, -1);
	assert_string_equal(nodes[0].usb_serial, "s1");
	assert_true(nodes[0].has_ccid);
	/* once, where it has a node */
	devices[2] = &raw;
	hidraws[0] = "hidraw0";
	look();
	assert_int_equal(n, 1);
	assert_string_equal(nodes[0].path, "node");
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
	no_udev = true;
	FAILS(ERROR_FAILED, nodes_enumerate(&nodes, &n, &err));
	assert_int_equal(live, 0);
}

static void there_is_an_end_to_them(void **state)
{
	struct udev_device raw = raw_of("hidraw0", "node", &usb_key);
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
	struct udev_device raw = raw_of("hidraw0", "node", &usb_key);

	(void)state;
	devices[0] = &raw;
	hidraws[0] = "hidraw0";
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown("node", 0, 54321), 0);
	look();
	assert_string_equal(nodes[0].group, "54321");
	assert_int_equal(chown("node", 0, 0), 0);
	/* to who may not open it its group has a name */
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(setresuid(65534, 65534, 0), 0);
	look();
	assert_int_equal(setresuid(0, 0, 0), 0);
	assert_false(nodes[0].openable);
	assert_int_equal(nodes[0].open_errno, EACCES);
	assert_int_equal(nodes[0].mode, 0640);
	assert_string_equal(nodes[0].group, "root");
	assert_true(nodes[0].fido);
}

static void make_sysfs(void)
{
	assert_int_equal(mkdir("hid", 0755) | mkdir("mouse", 0755) |
		mkdir("usb", 0755) | mkdir("1-2", 0755) | mkdir("1-4", 0755) |
		mkdir("1-9", 0755), 0);
	write_file("hid/report_descriptor", fido_report, sizeof(fido_report),
		0644);
	write_file("mouse/report_descriptor", mouse_report,
		sizeof(mouse_report), 0644);
	write_file("usb/descriptors", usb_descriptors, sizeof(usb_descriptors),
		0644);
	write_text("1-2/idVendor", "1050\n");
	write_text("1-4/idVendor", "1051\n");
	write_text("1-9/idVendor", "1050\n");
	write_file("node", "", 0, 0640);
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
