/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys are new, changed, gone; what a line says. */
#include "bridge/watch/plugs.h"
#include "bridge/watch/watch.h"

#include "tests/unit/unit.h"

static struct plugs plugs;

static int tear_down(void **state)
{
	(void)state;
	plugs_done(&plugs);
	return 0;
}

static void update(const struct node *nodes, size_t n)
{
	plugs_forget_gone(&plugs);
	OK(plugs_update(&plugs, nodes, n, &err));
}

/* "1-1:5+ 1-2:6- 1-3:7": fresh, gone, neither; then nothing is fresh. */
static void assert_plugs(const char *want)
{
	char is[256] = "";
	size_t i, n;

	for (i = 0; i < plugs.n; i++) {
		n = strlen(is);
		snprintf(is + n, sizeof(is) - n, "%s%s%s", i ? " " : "",
			plugs.list[i].key, plugs.list[i].gone ? "-" :
			plugs.list[i].fresh ? "+" : "");
		plugs.list[i].fresh = false;
	}
	assert_string_equal(is, want);
}

#define HIDRAW(n) .path = "/dev/hidraw" n, .openable = true
#define KEY1 .usb_path = "/sys/devices/usb1/1-1", .usb_dev = 5
#define KEY2 .usb_path = "/sys/devices/usb1/1-4.2", .usb_dev = 6

static const struct node both[] = {
	{ HIDRAW("0"), .syspath = "/sys/x/hidraw0", KEY1 },
	{ HIDRAW("1"), .syspath = "/sys/x/hidraw1", KEY1, .fido = true },
	{ HIDRAW("2"), .syspath = "/sys/y/hidraw2", KEY2, .fido = true },
};

static void nodes_of_one_usb_device_are_one_key(void **state)
{
	(void)state;
	update(both, 3);
	assert_plugs("1-1:5+ 1-4.2:6+");
	assert_int_equal(plugs.list[0].n, 2);
	update(both, 3);
	assert_plugs("1-1:5 1-4.2:6");
}

static void a_key_that_is_not_there_any_more_is_gone(void **state)
{
	(void)state;
	update(both, 3);
	assert_plugs("1-1:5+ 1-4.2:6+");
	update(both + 2, 1);
	assert_plugs("1-1:5- 1-4.2:6");
	update(both, 3);
	assert_plugs("1-4.2:6 1-1:5+");
	update(NULL, 0);
	assert_plugs("1-4.2:6- 1-1:5-");
	update(NULL, 0);
	assert_plugs("");
}

static void a_keyboard_node_that_comes_and_goes_changes_nothing(void **state)
{
	(void)state;
	update(both, 3);
	assert_plugs("1-1:5+ 1-4.2:6+");
	update(both + 1, 2);
	assert_plugs("1-1:5 1-4.2:6");
	assert_int_equal(plugs.list[0].n, 1);
	update(both, 3);
	assert_plugs("1-1:5 1-4.2:6");
}

static void another_fido_node_or_access_to_it_is_asked_anew(void **state)
{
	struct node now[3];

	(void)state;
	update(both, 3);
	assert_plugs("1-1:5+ 1-4.2:6+");
	memcpy(now, both, sizeof(now));
	now[2].openable = false;
	update(now, 3);
	assert_plugs("1-1:5 1-4.2:6+");
	strcpy(now[1].path, "/dev/hidraw7");
	update(now, 3);
	assert_plugs("1-1:5+ 1-4.2:6");
	strcpy(now[1].syspath, "/sys/z/hidraw7");
	update(now, 3);
	assert_plugs("1-1:5+ 1-4.2:6");
	now[1].fido = false;
	update(now, 3);
	assert_plugs("1-1:5+ 1-4.2:6");
	now[1].fido = now[0].fido = true;
	update(now, 3);
	assert_plugs("1-1:5+ 1-4.2:6");
}

static void the_kernels_number_tells_one_plug_from_the_next(void **state)
{
	struct node now[3];

	(void)state;
	update(both, 3);
	assert_plugs("1-1:5+ 1-4.2:6+");
	memcpy(now, both, sizeof(now));
	now[2].usb_dev = 9;
	update(now, 3);
	assert_plugs("1-1:5 1-4.2:6- 1-4.2:9+");
}

static void an_unplug_that_was_told_counts_though_the_key_is_back(void **state)
{
	(void)state;
	update(both, 3);
	assert_plugs("1-1:5+ 1-4.2:6+");
	plugs_unplugged(&plugs, "/sys/devices/usb1/1-1", 5);
	OK(plugs_update(&plugs, both, 3, &err));
	assert_plugs("1-1:5- 1-4.2:6 1-1:5+");
	plugs_forget_gone(&plugs);
	plugs_unplugged(&plugs, "/sys/devices/usb1/1-1", 4); /* long ago */
	plugs_unplugged(&plugs, "/sys/devices/usb1/1-1.3", 0);
	plugs_unplugged(&plugs, "", 0);
	OK(plugs_update(&plugs, both, 3, &err));
	assert_plugs("1-4.2:6 1-1:5");
	plugs_unplugged(&plugs, "/sys/devices/usb1/1-4.2", 0);
	assert_plugs("1-4.2:6- 1-1:5");
}

static void without_a_usb_parent_the_hid_device_names_the_key(void **state)
{
	static const struct node nodes[] = {
		{ HIDRAW("0"), .fido = true, .syspath =
			"/sys/devices/virtual/misc/uhid/0003:1050:0407.0005/"
			"hidraw/hidraw0" },
		{ HIDRAW("1"), .fido = true, .syspath = "hidraw1" },
	};

	(void)state;
	update(nodes, 2);
	assert_plugs("0003:1050:0407.0005+ hidraw1+");
	plugs_unplugged(&plugs, "", 0);
	update(nodes + 1, 1);
	assert_plugs("0003:1050:0407.0005- hidraw1");
}

/* ---- lines ---- */

static json_t *item(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	assert_non_null(o);
	return o;
}

static void assert_text(const char *text, const char *want)
{
	json_t *o = item(text);
	char *line = watch_line_text("add", "NOW", o);

	assert_string_equal(line, want);
	free(line);
	json_decref(o);
}

static void a_line_in_json_has_the_items_members(void **state)
{
	json_t *o = item("{\"node\": \"/dev/hidraw1\", \"product\": "
			 "\"a\\nb\"}");
	json_t *whole = watch_line_json("add", "NOW", "1-1:5", o);
	char *line = json_dumps(whole, JSON_COMPACT);

	(void)state;
	assert_string_equal(line, "{\"version\":1,\"event\":\"add\",\"time\":"
		"\"NOW\",\"key\":\"1-1:5\",\"node\":\"/dev/hidraw1\","
		"\"product\":\"a\\nb\"}");
	free(line);
	json_decref(whole);
	json_decref(o);
}

static void a_line_in_words_says_whose_it_is_and_what_is_wrong(void **state)
{
	(void)state;
	assert_text("{\"product\": \"Solo\"}", "NOW  add      -  Solo");
	assert_text("{\"node\": \"/dev/hidraw1\", \"product\": \"YubiKey\", "
		"\"serial\": 7, \"firmware\": \"5.7.4\", \"registry\": "
		"{\"rows\": 1, \"label\": \"blue\", \"state\": "
		"\"assigned\", \"holder\": \"alice\"}}",
		"NOW  add      /dev/hidraw1  YubiKey, serial 7, "
		"firmware 5.7.4, 'blue' assigned, holder alice");
	assert_text("{\"product\": \"Y\", \"registry\": {\"rows\": 1, "
		"\"state\": \"stock\", \"label\": null, \"holder\": null}, "
		"\"problem\": \"why\"}",
		"NOW  add      -  Y, stock: why");
	assert_text("{\"product\": \"Y\", \"registry\": {\"rows\": 2}}",
		"NOW  add      -  Y, several rows in the registry");
	assert_text("{\"product\": \"Y\\u001b[2J\\n\", \"registry\": null}",
		"NOW  add      -  Y?[2J?");
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_of_one_usb_device_are_one_key),
		TEST(a_key_that_is_not_there_any_more_is_gone),
		TEST(a_keyboard_node_that_comes_and_goes_changes_nothing),
		TEST(another_fido_node_or_access_to_it_is_asked_anew),
		TEST(the_kernels_number_tells_one_plug_from_the_next),
		TEST(an_unplug_that_was_told_counts_though_the_key_is_back),
		TEST(without_a_usb_parent_the_hid_device_names_the_key),
		TEST(a_line_in_json_has_the_items_members),
		TEST(a_line_in_words_says_whose_it_is_and_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
