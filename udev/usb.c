/* SPDX-License-Identifier: Apache-2.0 */
/* A USB device in sysfs. */
#include "udev/usb.h"

#include "base/util.h"
#include "udev/sysfs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* of a device in sysfs */
#define FOLDER_LEN 600
#define HUB_SELF_POWERED 0x40

static void add_interface(const char *folder, struct usb_state *s)
{
	struct usb_interface *i = &s->interfaces[s->interfaces_n];
	int number = sysfs_number(folder, "bInterfaceNumber", 16);
	char text[SYSFS_UEVENT_MAX];

	if (number < 0 || s->interfaces_n == USB_INTERFACES_MAX)
		return;
	i->number = (unsigned)number;
	i->class = (unsigned)sysfs_number(folder, "bInterfaceClass", 16) & 0xff;
	sysfs_read_uevent(folder, text);
	sysfs_uevent(text, "DRIVER", i->driver, sizeof(i->driver));
	s->interfaces_n++;
}

/* Their folders are called DEVICE:CONFIGURATION.INTERFACE. */
static void look_interfaces(const char *usb_path, struct usb_state *s)
{
	char path[FOLDER_LEN];
	struct dirent *e;
	DIR *d = opendir(usb_path);

	while (d && (e = readdir(d))) {
		if (!strchr(e->d_name, ':'))
			continue;
		snprintf(path, sizeof(path), "%s/%.255s", usb_path, e->d_name);
		add_interface(path, s);
	}
	if (d)
		closedir(d);
}

static int hub_powered(const char *usb_path)
{
	char hub[FOLDER_LEN], *slash;
	int attributes;

	snprintf(hub, sizeof(hub), "%s", usb_path);
	slash = strrchr(hub, '/');
	if (!slash)
		return -1;
	*slash = '\0';
	attributes = sysfs_number(hub, "bmAttributes", 16);
	return attributes < 0 ? -1 : (attributes & HUB_SELF_POWERED) != 0;
}

void usb_look(const char *usb_path, struct usb_state *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->authorized = sysfs_number(usb_path, "authorized", 10);
	ret->configuration = sysfs_number(usb_path, "bConfigurationValue", 10);
	sysfs_text(usb_path, "power/runtime_status", ret->runtime,
		sizeof(ret->runtime));
	sysfs_text(usb_path, "power/control", ret->control,
		sizeof(ret->control));
	ret->milliamps = sysfs_number(usb_path, "bMaxPower", 10);
	ret->hub_powered = hub_powered(usb_path);
	ret->over_current = sysfs_number(usb_path, "port/over_current_count",
		10);
	look_interfaces(usb_path, ret);
}
