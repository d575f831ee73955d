/* SPDX-License-Identifier: Apache-2.0 */
/* Plug and unplug, with libudev's answers from a list. */
#include "udev/monitor.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <libudev.h>

#define NOTHING { NULL, NULL, NULL, NULL, EAGAIN }

/* One answer of udev_monitor_receive_device: a device, or an errno. */
struct udev_device {
	const char *action, *subsystem, *syspath, *number;
	int failure;
};

static const struct udev_device *answers;
static size_t answers_n, given, live;
static bool has_control;
static char asked_for[16];
static int refuse, refuse_first; /* errno of enabling; of the netlink */
static int refuse_filter; /* errno of this filter, counted from 1 */
static int filters;

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
struct udev *__wrap_udev_new(void);
struct udev *__wrap_udev_unref(struct udev *u);
struct udev_monitor *__wrap_udev_monitor_new_from_netlink(struct udev *u,
	const char *name);
struct udev_monitor *__wrap_udev_monitor_unref(struct udev_monitor *m);
int __wrap_udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *m, const char *subsystem, const char *devtype);
int __wrap_udev_monitor_enable_receiving(struct udev_monitor *m);
struct udev_device *__wrap_udev_monitor_receive_device(struct udev_monitor *m);
struct udev_device *__wrap_udev_device_unref(struct udev_device *d);
const char *__wrap_udev_device_get_action(struct udev_device *d);
const char *__wrap_udev_device_get_subsystem(struct udev_device *d);
const char *__wrap_udev_device_get_syspath(struct udev_device *d);
const char *__wrap_udev_device_get_property_value(struct udev_device *d,
	const char *name);

int __wrap_access(const char *path, int mode)
{
	/* a build that counts lines looks at files of its own */
	if (strcmp(path, "/run/udev/control") != 0)
		return __real_access(path, mode);
	return has_control ? 0 : -1;
}

struct udev *__wrap_udev_new(void)
{
	live++;
	return (struct udev *)&live;
}

struct udev *__wrap_udev_unref(struct udev *u)
{
	(void)u;
	live--;
	return NULL;
}

struct udev_monitor *__wrap_udev_monitor_new_from_netlink(struct udev *u,
	const char *name)
{
	(void)u;
	filters = 0;
	errno = refuse_first;
	if (refuse_first)
		return NULL;
	live++;
	snprintf(asked_for, sizeof(asked_for), "%s", name);
	return (struct udev_monitor *)&given;
}

struct udev_monitor *__wrap_udev_monitor_unref(struct udev_monitor *m)
{
	(void)m;
	live--;
	return NULL;
}

int __wrap_udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *m, const char *subsystem, const char *devtype)
{
	(void)m;
	if (strcmp(subsystem, "usb") == 0)
		assert_string_equal(devtype, "usb_device");
	else
		assert_string_equal(subsystem, "hidraw");
	return ++filters == refuse_filter ? -EINVAL : 0;
}

int __wrap_udev_monitor_enable_receiving(struct udev_monitor *m)
{
	(void)m;
	return -refuse;
}

struct udev_device *__wrap_udev_monitor_receive_device(struct udev_monitor *m)
{
	const struct udev_device *d;

	(void)m;
	/* the last answer is given for ever */
	d = &answers[given < answers_n - 1 ? given : answers_n - 1];
	given++;
	errno = d->failure;
	live += !d->failure;
	return d->failure ? NULL : (struct udev_device *)d;
}

struct udev_device *__wrap_udev_device_unref(struct udev_device *d)
{
	(void)d;
	live--;
	return NULL;
}

const char *__wrap_udev_device_get_action(struct udev_device *d)
{
	return d->action;
}

const char *__wrap_udev_device_get_subsystem(struct udev_device *d)
{
	return d->subsystem;
}

const char *__wrap_udev_device_get_syspath(struct udev_device *d)
{
	return d->syspath;
}

const char *__wrap_udev_device_get_property_value(struct udev_device *d,
	const char *name)
{
	assert_string_equal(name, "DEVNUM");
	return d->number;
}

/* ---- */

static struct monitor *monitor;
static struct monitor_news news;
static char heard[256];

static void gone(const char *usb_path, unsigned usb_dev, void *arg)
{
	size_t n = strlen(heard);

	assert_ptr_equal(arg, &heard);
	snprintf(heard + n, sizeof(heard) - n, "%s=%u ", usb_path, usb_dev);
}

static int take(const struct udev_device *list, size_t n)
{
	answers = list;
	answers_n = n;
	given = 0;
	heard[0] = '\0';
	return monitor_take(monitor, gone, &heard, &news, &err);
}

#define TAKE(list) take(list, ARRAY_LEN(list))

static int set_up(void **state)
{
	(void)state;
	has_control = true;
	refuse = 0;
	OK(monitor_new(&monitor, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	monitor_free(&monitor);
	assert_null(monitor);
	assert_int_equal(live, 0);
	return 0;
}

static void udevd_is_listened_to_where_there_is_one(void **state)
{
	(void)state;
	assert_string_equal(asked_for, "udev");
	assert_int_equal(monitor_source(monitor), MONITOR_UDEV);
	monitor_free(&monitor);
	has_control = false;
	OK(monitor_new(&monitor, &err));
	assert_string_equal(asked_for, "kernel");
	assert_int_equal(monitor_source(monitor), MONITOR_KERNEL);
}

static void a_failure_to_listen_leaves_nothing(void **state)
{
	struct monitor *other = NULL;

	(void)state;
	refuse = EPERM;
	SAYS(ERROR_FAILED, "cannot listen to plug and unplug: Operation not "
		"permitted", monitor_new(&other, &err));
	assert_int_equal(filters, 2);
	refuse = 0;
	for (refuse_filter = 1; refuse_filter <= 2; refuse_filter++) {
		SAYS(ERROR_FAILED, "cannot listen to plug and unplug: Invalid "
			"argument", monitor_new(&other, &err));
		assert_int_equal(filters, refuse_filter);
	}
	refuse_filter = 0;
	refuse_first = EPROTONOSUPPORT;
	SAYS(ERROR_FAILED, "cannot listen to plug and unplug: Protocol not "
		"supported", monitor_new(&other, &err));
	refuse_first = 0;
	assert_null(other);
}

static void nothing_is_no_news(void **state)
{
	static const struct udev_device list[] = { NOTHING };

	(void)state;
	OK(TAKE(list));
	assert_int_equal(news.events, 0);
	assert_false(news.lost);
}

static void only_a_usb_device_that_is_gone_is_told(void **state)
{
	static const struct udev_device list[] = {
		{ "remove", "hidraw", "/sys/a/hidraw0", NULL, 0 },
		{ "remove", "usb", "/sys/a", "017", 0 },
		{ "add", "usb", "/sys/b", "018", 0 },
		{ "bind", "usb", "/sys/b", "018", 0 },
		{ NULL, "usb", "/sys/b", "018", 0 },
		{ "remove", "usb", "/sys/c", NULL, 0 },
		NOTHING,
	};

	(void)state;
	OK(TAKE(list));
	assert_int_equal(news.events, 6);
	assert_false(news.lost);
	assert_string_equal(heard, "/sys/a=17 /sys/c=0 ");
}

static void an_overflow_is_news_and_what_follows_is_read(void **state)
{
	static const struct udev_device list[] = {
		{ NULL, NULL, NULL, NULL, ENOBUFS },
		{ NULL, NULL, NULL, NULL, EINTR },
		{ "remove", "usb", "/sys/a", "001", 0 },
		NOTHING,
	};

	(void)state;
	OK(TAKE(list));
	assert_true(news.lost);
	assert_int_equal(news.events, 2);
	assert_string_equal(heard, "/sys/a=1 ");
}

static void a_message_without_sense_is_an_event(void **state)
{
	static const struct udev_device list[] = {
		{ NULL, NULL, NULL, NULL, EINVAL },
		{ NULL, NULL, NULL, NULL, 0 }, /* nothing known of it */
		NOTHING,
	};

	(void)state;
	OK(TAKE(list));
	assert_int_equal(news.events, 2);
	assert_false(news.lost);
	assert_string_equal(heard, "");
}

static void a_socket_that_only_fails_is_given_up(void **state)
{
	static const struct udev_device list[] = {
		{ NULL, NULL, NULL, NULL, EBADF },
	};

	(void)state;
	news.events = 7;
	SAYS(ERROR_FAILED, "cannot read about plug and unplug: Bad file "
		"descriptor", TAKE(list));
	assert_int_equal(news.events, 7);
}

static void a_flood_does_not_keep_the_caller(void **state)
{
	static const struct udev_device list[] = {
		{ "change", "hidraw", "/sys/a/hidraw0", NULL, 0 },
	};

	(void)state;
	OK(TAKE(list));
	assert_true(news.events > 100 && given < 100000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(udevd_is_listened_to_where_there_is_one),
		TEST(a_failure_to_listen_leaves_nothing),
		TEST(nothing_is_no_news),
		TEST(only_a_usb_device_that_is_gone_is_told),
		TEST(an_overflow_is_news_and_what_follows_is_read),
		TEST(a_message_without_sense_is_an_event),
		TEST(a_socket_that_only_fails_is_given_up),
		TEST(a_flood_does_not_keep_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
