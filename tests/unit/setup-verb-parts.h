/* SPDX-License-Identifier: Apache-2.0 */
/* `setup` with the acts behind it doubled, and what it shows noted. */
#ifndef TESTS_SETUP_VERB_PARTS_H
#define TESTS_SETUP_VERB_PARTS_H

#include "tests/unit/asked.h"

#include "bridge/command/command.h"
#include "bridge/open/account.h"
#include "bridge/open/token.h"
#include "bridge/setup/setup.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#define MOMENT 1769904000

extern const struct verb verb_setup;

static struct app app;
static char *arguments[2];
static struct setup_request q; /* as setup() got it */
static struct setup_row rows[4];
static struct world {
	uid_t uid;
	size_t tokens;
	int terminal, closed; /* -1: there is none, none was */
	bool wants_key;
	size_t rows_n;
	const char *registry; /* that was asked */
	char next[4][300];   /* what setup_next got */
} x;
static char shown[2048]; /* pieces "<STYLE:TEXT>", lines "TEXT\n" */

static void show(const char *fmt, va_list ap)
{
	size_t n = strlen(shown);

	n += (size_t)vsnprintf(shown + n, sizeof(shown) - n, fmt, ap);
	assert_true(n < sizeof(shown));
}

void __wrap_ui_line(const char *fmt, ...) PRINTF(1, 2);
void __wrap_ui_put(enum ui_style style, const char *fmt, ...) PRINTF(2, 3);

void __wrap_ui_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	show(fmt, ap);
	va_end(ap);
	strcat(shown, "\n");
}

void __wrap_ui_put(enum ui_style style, const char *fmt, ...)
{
	static const char marks[] = "pbgwrd";
	size_t n = strlen(shown);
	va_list ap;

	snprintf(shown + n, sizeof(shown) - n, "<%c:", marks[style]);
	va_start(ap, fmt);
	show(fmt, ap);
	va_end(ap);
	strcat(shown, ">");
}

WRAP(void, ui_end, void)
{
	strcat(shown, "--\n");
}

WRAP(int, ui_json, json_t *object, struct error *e)
{
	char *text = json_dumps(object, JSON_COMPACT);

	assert_non_null(text);
	snprintf(shown, sizeof(shown), "%s", text);
	free(text);
	json_decref(object);
	return ask('j', e);
}

WRAP(int, ui_open_terminal, void)
{
	return x.terminal;
}

int __real_close(int fd);

/* What stands for the terminal stays open. */
WRAP(int, close, int fd)
{
	if (fd != x.terminal)
		return __real_close(fd);
	x.closed = fd;
	return 0;
}

WRAP(uid_t, geteuid, void)
{
	return x.uid;
}

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return MOMENT;
}

WRAP(int, attached_list, const struct run *run, const struct wanted *w,
	struct attached *ret, struct error *e)
{
	assert_ptr_equal(run, &app.run);
	assert_true(!w->name && !w->reg);
	ret->n = x.tokens;
	return ask('l', e);
}

WRAP(struct account_request, open_account_request, const struct run *run,
	const struct options *o, struct code_asker *codes)
{
	assert_true(run == &app.run && o == &app.options && codes);
	return (struct account_request){ .profile = "work" };
}

WRAP(int, setup, const struct run *run, const struct setup_request *request,
	struct setup_result *ret, struct error *e)
{
	assert_ptr_equal(run, &app.run);
	q = *request;
	ret->rows = malloc(sizeof(rows));
	assert_non_null(ret->rows);
	memcpy(ret->rows, rows, sizeof(rows));
	ret->n = x.rows_n;
	snprintf(ret->registry, sizeof(ret->registry), "%s", x.registry);
	return ask('s', e);
}

WRAP(void, setup_next, const struct setup_result *r, const char *again,
	const char *registry, const char *profile,
	char ret[SETUP_COMMAND_LEN])
{
	assert_int_equal(r->n, x.rows_n);
	snprintf(x.next[0], sizeof(x.next[0]), "%s", again);
	snprintf(x.next[1], sizeof(x.next[1]), "%s", registry);
	snprintf(x.next[2], sizeof(x.next[2]), "%s", profile);
	strcpy(ret, "the next command");
}

WRAP(bool, setup_wants_key, const struct setup_result *r)
{
	assert_int_equal(r->n, x.rows_n);
	return x.wants_key;
}

static UNUSED void give(enum option_id id, const char *value, unsigned from)
{
	free(app.options.value[id]);
	app.options.value[id] = value ? strdup(value) : NULL;
	app.options.from[id] = from;
}

static int begin(void **state)
{
	static char *words[] = { NULL };

	(void)state;
	memset(&failing, 0, sizeof(failing));
	memset(&rows, 0, sizeof(rows));
	x = (struct world){ .uid = 1000, .registry = "",
		.closed = -1 };
	arguments[0] = NULL;
	app.arguments = arguments;
	app.words = words;
	app.typed = words;
	app.typed_n = 0;
	app.json = false;
	app.options.argument_count = 0;
	return 0;
}

static int finish(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++)
		give((enum option_id)i, NULL, 0);
	return 0;
}

static int go(void)
{
	asked[0] = shown[0] = '\0';
	memset(&q, 0, sizeof(q));
	return verb_setup.run(&app, &err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

#endif
