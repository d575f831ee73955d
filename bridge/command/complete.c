/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand where a word is being typed, from the rows. */
#include "bridge/account/role.h"
#include "bridge/command/complete.h"

#include "base/text.h"
#include "bridge/command/typed.h"
#include "bridge/command/verb.h"
#include "bridge/registry/registry.h"
#include "bridge/terminal/ui.h"
#include "token/token.h"
#include "udev/nodes.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MS 300

/* ---- what is offered ---- */

static void begin(const char *kind)
{
	ui_line("%s", kind);
}

static void offer(const struct typed *t, const char *word, const char *text)
{
	if (strncmp(word, t->last, strlen(t->last)) != 0)
		return;
	ui_put(UI_PLAIN, "%.*s%s", t->before_n, t->before, word);
	putchar('\t');
	ui_line("%s", text);
}

static void offer_words(const struct typed *t, const char *words)
{
	char word[64];

	while (words && *words) {
		int n = (int)strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", n, words);
		offer(t, word, "");
		words += n + (int)strspn(words + n, " ");
	}
}

static void offer_commands(const struct typed *t)
{
	size_t i;

	for (i = 0; verbs[i]; i++)
		if (!verbs[i]->name)
			offer(t, verbs[i]->command, verbs[i]->summary);
}

static void offer_verbs(const struct typed *t, const char *command)
{
	size_t i;

	for (i = 0; command && verbs[i]; i++)
		if (verbs[i]->name && strcmp(verbs[i]->command, command) == 0)
			offer(t, verbs[i]->name, verbs[i]->summary);
}

/* Those that are not given yet, and go with what is. */
static void offer_options(const struct typed *t)
{
	char word[40];
	int i;

	for (i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];
		bool has = t->verb ?
			verb_has_option(t->verb, (enum option_id)i) :
			row->scope == OPTION_EVERYWHERE;

		if (!row->name || !has || option_is_set(&t->options,
				(enum option_id)i))
			continue;
		if (t->verb && verb_excludes(t->verb, &t->options,
				(enum option_id)i))
			continue;
		snprintf(word, sizeof(word), "--%s", row->name);
		offer(t, word, row->help);
	}
}

/* ---- tokens, the registry, people ---- */

/* By serial number; by path where it has none, or a path is being typed. */
static void offer_attached(const struct typed *t)
{
	CLEANUP(free_p) struct token *tokens = NULL;
	CLEANUP(free_p) struct node *nodes = NULL;
	char product[160], digits[16];
	size_t i, n = 0, tokens_n = 0;
	uint32_t serial;

	if (nodes_enumerate(&nodes, &n, NULL) < 0 ||
		token_list(nodes, n, -1, ANSWER_MS, &tokens, &tokens_n, NULL) < 0)
		return;
	for (i = 0; i < tokens_n; i++) {
		token_product(&tokens[i], product, sizeof(product));
		if (t->last[0] != '/' && token_serial(&tokens[i], &serial)) {
			snprintf(digits, sizeof(digits), "%u", serial);
			offer(t, digits, product);
		} else {
			offer(t, tokens[i].node.path, product);
		}
	}
	fflush(stdout); /* opening the registry may take too long */
}

/* Only one that can be read as it is: undoing a cut write is not for here. */
static bool open_for_looking(struct typed *t, struct registry **ret)
{
	CLEANUP(free_p) char *cut = NULL;
	bool absent;

	if (options_load(&t->options, NULL) < 0)
		return false;
	cut = text_format("%s-journal", option(&t->options, OPTION_REGISTRY));
	return cut && access(cut, F_OK) < 0 &&
		registry_open(ret, option(&t->options, OPTION_REGISTRY),
			REGISTRY_READ, &absent, NULL) == 0 && *ret;
}

static void offer_row(const struct typed *t, const struct registry_token *row)
{
	const char *text = row->holder_name ? row->holder_name : "";
	size_t i;

	if (row->label)
		offer(t, row->label, text);
	for (i = 0; i < row->identifiers_n; i++)
		if (strcmp(row->identifiers[i].kind, REGISTRY_ID_SERIAL) == 0)
			offer(t, row->identifiers[i].value, text);
}

/* Labels alone where the attached ones gave their serial numbers. */
static void offer_registered(struct typed *t, enum value what)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	size_t i;

	if (!open_for_looking(t, &reg) ||
		registry_tokens_all(reg, &list, NULL) < 0)
		return;
	for (i = 0; i < list.n; i++) {
		const struct registry_token *row = &list.p[i];

		if (what == VALUE_REGISTERED)
			offer_row(t, row);
		else if (what == VALUE_TOKEN && row->label)
			offer(t, row->label, row->model ? row->model : "");
	}
}

static void offer_holders(struct typed *t, enum registry_holder_kind kind)
{
	CLEANUP(registry_holders_done) struct registry_holders list = { NULL,
		0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	size_t i;

	if (!open_for_looking(t, &reg) ||
		registry_holders_all(reg, &list, NULL) < 0)
		return;
	for (i = 0; i < list.n; i++)
		if (list.p[i].kind == kind && list.p[i].name)
			offer(t, list.p[i].name, "");
}

/* This machine's own file: a directory elsewhere may take too long. */
static void offer_local_users(const struct typed *t)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *who;

	while (f && (who = fgetpwent(f)))
		offer(t, who->pw_name, who->pw_gecos ? who->pw_gecos : "");
	if (f)
		fclose(f);
}

/* ---- which of them ---- */

static void complete_value(struct typed *t, enum value value,
	const char *words)
{
	if (value == VALUE_FILE || value == VALUE_FOLDER) {
		begin(value == VALUE_FILE ? "files" : "folders");
		return;
	}
	begin("words");
	switch (value) {
	case VALUE_WORDS:
		offer_words(t, words);
		break;
	case VALUE_TOKEN:
		offer_attached(t);
		offer_registered(t, value);
		break;
	case VALUE_REGISTERED:
		offer_registered(t, value);
		break;
	case VALUE_PERSON:
		offer_holders(t, REGISTRY_PERSON);
		break;
	case VALUE_PLACE:
		offer_holders(t, REGISTRY_PLACE);
		break;
	case VALUE_LOCAL_USER:
		offer_local_users(t);
		break;
	case VALUE_ROLE:
		offer_words(t, role_words_of_people);
		break;
	case VALUE_ANY_ROLE:
		offer_words(t, role_words);
		break;
	case VALUE_COMMAND:
		offer_commands(t);
		offer(t, "options", "those that many commands have");
		break;
	case VALUE_VERB:
		offer_verbs(t, t->options.arguments[t->used]);
		break;
	default:
		break;
	}
}

/*
 * FORMAT=FILE: a format and its equal sign, then files. What stands before the
 * file is said on a line of its own, for shells that do not divide words there.
 */
static void complete_output(struct typed *t)
{
	const char *words = verb_takes(t->verb, OPTION_FORMAT).words;
	const char *file = strchr(t->last, '=');
	char word[64];

	if (file) {
		begin("files");
		ui_line("%.*s%.*s", t->before_n, t->before,
			(int)(file + 1 - t->last), t->last);
		return;
	}
	begin("words");
	while (words && *words) {
		int n = (int)strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s=", n, words);
		offer(t, word, "");
		words += n + (int)strspn(words + n, " ");
	}
}

static void complete_option_value(struct typed *t)
{
	struct value_taken taken = verb_takes(t->verb, t->pending);

	if (taken.id == OPTION_OUTPUT && t->verb && t->verb->many_outputs)
		complete_output(t);
	else
		complete_value(t, taken.value, taken.words);
}

static void complete_argument(struct typed *t)
{
	int i = 0, at = t->options.argument_count - t->used;
	const struct argument *a = t->verb->arguments;

	while (i < at && a[i].name)
		i++;
	if (a[i].name) {
		complete_value(t, a[i].value, NULL);
		return;
	}
	begin("words");
	if (!t->no_more_options)
		offer_options(t);
}

static void complete_line(struct typed *t)
{
	if (t->pending < OPTION_COUNT) {
		complete_option_value(t);
	} else if (!t->no_more_options && t->last[0] == '-') {
		begin("words");
		offer_options(t);
	} else if (!t->verb) {
		begin("words");
		offer_commands(t);
	} else if (verb_is_head(t->verb)) {
		begin("words");
		offer_verbs(t, t->verb->command);
	} else {
		complete_argument(t);
	}
}

/* What is printed so far is flushed where the rest may take long. */
static void on_alarm(int signo)
{
	(void)signo;
	_exit(0);
}

int complete_run(int n, char **words)
{
	const struct itimerval limit = { .it_value = { COMPLETE_MS / 1000,
		COMPLETE_MS % 1000 * 1000 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct typed t = { .last = NULL };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &limit, NULL);
	if (typed_read(&t, n, words))
		complete_line(&t);
	typed_done(&t);
	return 0;
}
