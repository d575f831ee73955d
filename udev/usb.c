/* SPDX-License-Identifier: Apache-2.0 */
/* A USB device in sysfs. */
#include "udev/usb.h"

#include "base/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* of a device, then of a file in its folder */
#define FOLDER_LEN 600
#define PATH_LEN 640
#define HUB_SELF_POWERED 0x40

/* One attribute; false where there is none. */
static bool read_whole(const char *folder, const char *name, char *ret,
	size_t size)
{
	CLEANUP(close_p) int fd = -1;
	char path[PATH_LEN];
	ssize_t n;

	ret[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >=
		(int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, ret, size - 1);
	if (n >= 0)
		ret[n] = '\0';
	return n >= 0;
}

static bool read_text(const char *folder, const char *name, char *ret,
	size_t size)
{
	bool found = read_whole(folder, name, ret, size);

	ret[strcspn(ret, "\n")] = '\0';
	return found;
}

/* "100mA", "e0", "1"; an empty configuration value is 0. */
static int read_number(const char *folder, const char *name, int base)
{
	char text[32];

	if (!read_text(folder, name, text, sizeof(text)))
		return -1;
	return (int)strtol(text, NULL, base);
}

static void read_driver(const char *folder, char *ret, size_t size)
{
	static const char key[] = "DRIVER=";
	char text[1024], *line;

	ret[0] = '\0';
	if (!read_whole(folder, "uevent", text, sizeof(text)))
		return;
	line = strstr(text, key);
	if (!line || (line > text && line[-1] != '\n'))
		return;
	line += strlen(key);
	snprintf(ret, size, "%.*s", (int)strcspn(line, "\n"), line);
}

static void add_interface(const char *folder, struct usb_state *s)
{
	struct usb_interface *i = &s->interfaces[s->interfaces_n];
	int number = read_number(folder, "bInterfaceNumber", 16);

	if (number < 0 || s->interfaces_n == USB_INTERFACES_MAX)
		return;
	i->number = (unsigned)number;
	i->class = (unsigned)read_number(folder, "bInterfaceClass", 16) & 0xff;
	read_driver(folder, i->driver, sizeof(i->driver));
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
	attributes = read_number(hub, "bmAttributes", 16);
	return attributes < 0 ? -1 : (attributes & HUB_SELF_POWERED) != 0;
}

void usb_look(const char *usb_path, struct usb_state *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->authorized = read_number(usb_path, "authorized", 10);
	ret->configuration = read_number(usb_path, "bConfigurationValue", 10);
	read_text(usb_path, "power/runtime_status", ret->runtime,
		sizeof(ret->runtime));
	read_text(usb_path, "power/control", ret->control,
		sizeof(ret->control));
	ret->milliamps = read_number(usb_path, "bMaxPower", 10);
	ret->hub_powered = hub_powered(usb_path);
	ret->over_current = read_number(usb_path, "port/over_current_count",
		10);
	look_interfaces(usb_path, ret);
}
