/* Devices of the running kernel. */
#include "sysfs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HIDRAWS "/sys/class/hidraw"

char *sysfs_read(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	return g_strchomp(text);
}

bool sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static bool has_line(const char *text, const char *line)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	return g_strv_contains((const char *const *)lines, line);
}

int sysfs_hidraw(const char *phys)
{
	g_autofree char *want = g_strconcat("HID_PHYS=", phys, NULL);
	g_autoptr(GDir) d = g_dir_open(HIDRAWS, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *folder = g_build_filename(HIDRAWS, name,
							   "device", NULL);
		g_autofree char *text = sysfs_read(folder, "uevent");

		if (text && has_line(text, want))
			return atoi(name + strlen("hidraw"));
	}
	return -1;
}

char *sysfs_hidraw_path(const char *phys)
{
	int n = sysfs_hidraw(phys);

	return n < 0 ? NULL : g_strdup_printf("/dev/hidraw%d", n);
}

bool sysfs_permission(const char *phys, const char *mode)
{
	g_autofree char *path = sysfs_hidraw_path(phys);
	char *end;
	long bits = strtol(mode, &end, 8);

	return path && end != mode && !*end && !chmod(path, (mode_t)bits);
}

void sysfs_event(const char *phys, const char *action)
{
	int n = sysfs_hidraw(phys);
	g_autofree char *path = g_strdup_printf(HIDRAWS "/hidraw%d/uevent", n);

	if (n >= 0)
		sysfs_write(path, action);
}
