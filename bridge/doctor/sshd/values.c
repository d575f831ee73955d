/* SPDX-License-Identifier: Apache-2.0 */
/* Whether sshd takes a value, by its keyword. */
#include "bridge/doctor/sshd/config.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcasecmp(word, list[i]) == 0)
			return true;
	return false;
}

static bool is_choice(const char *word, const char *choices)
{
	size_t n;

	for (; *choices; choices += n + (choices[n] == ' ')) {
		n = strcspn(choices, " ");
		if (strlen(word) == n && strncasecmp(word, choices, n) == 0)
			return true;
	}
	return false;
}

/* Their names are written in small letters. */
static bool is_method(const char *name, size_t n)
{
	static const char *const names[] = { "publickey", "password",
		"keyboard-interactive", "hostbased", "gssapi-with-mic",
		"gssapi-keyex", "none" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return true;
	return false;
}

static bool is_method_list(const char *word)
{
	for (;;) {
		if (!is_method(word, strcspn(word, ",:")))
			return false;
		word += strcspn(word, ",");
		if (!*word)
			return true;
		word++;
	}
}

static bool are_methods(const struct sshd_words *w, const char *choices)
{
	size_t i;

	(void)choices;
	if (w->n == 1 && strcmp(w->word[0], "any") == 0)
		return true;
	for (i = 0; i < w->n; i++)
		if (!is_method_list(w->word[i]))
			return false;
	return w->n > 0;
}

static bool are_pubkey_options(const struct sshd_words *w,
	const char *choices)
{
	static const char *const names[] = { "none", "touch-required",
		"verify-required" };
	size_t i;

	(void)choices;
	for (i = 0; i < w->n; i++)
		if (!is_one_of(w->word[i], names, ARRAY_LEN(names)))
			return false;
	return true;
}

static bool are_users(const struct sshd_words *w, const char *choices)
{
	const char *at;
	size_t i;

	(void)choices;
	if (!sshd_words_full(w))
		return false;
	for (i = 0; i < w->n; i++) {
		at = strchr(w->word[i], '@');
		if (at && (!at[1] || !sshd_addresses_valid(at + 1)))
			return false;
	}
	return true;
}

bool sshd_words_full(const struct sshd_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!w->word[i][0])
			return false;
	return true;
}

static bool each_fits(const struct sshd_words *w, const char *form)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!sshd_words_fit(&(struct sshd_words){ .word = &w->word[i],
				.n = 1 }, form))
			return false;
	return true;
}

static bool are_amount_and_time(const struct sshd_words *w,
	const char *choices)
{
	(void)choices;
	return w->n > 0 && w->n <= 2 && (strcmp(w->word[0], "default") == 0 ||
			sshd_is_amount(w->word[0])) &&
		(w->n == 1 || strcmp(w->word[1], "none") == 0 ||
			(w->word[1][0] && sshd_is_time(w->word[1])));
}

static bool are_qualities(const struct sshd_words *w, const char *names)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!is_choice(w->word[i], names) &&
			!sshd_is_quality(w->word[i]))
			return false;
	return w->n > 0 && w->n <= 2;
}

static bool are_verbose(const struct sshd_words *w, const char *choices)
{
	size_t i;

	(void)choices;
	for (i = 0; i < w->n; i++)
		if (w->n > 1 && strcasecmp(w->word[i], "none") == 0)
			return false;
	return sshd_words_full(w);
}

/* ---- one word, which is not empty ---- */

static bool is_flag_word(const char *word)
{
	static const char *const flags[] = { "yes", "no" };

	return is_one_of(word, flags, ARRAY_LEN(flags));
}

static bool is_hash_word(const char *word)
{
	static const char *const hashes[] = { "md5", "sha1", "sha256", "sha384",
		"sha512" };

	return is_one_of(word, hashes, ARRAY_LEN(hashes));
}

static bool is_any_word(const char *word)
{
	return word[0] != '\0';
}

/* Names, in which another sshd may have more. */
static bool is_names_word(const char *word)
{
	return !strchr("+^", word[0]) || word[1];
}

static bool is_number_word(const char *word, const char *choices)
{
	return sshd_is_number(word) || (choices && strcmp(word, choices) == 0);
}

/* ---- several ---- */

static bool are_of_form(const struct sshd_words *w, const char *choices)
{
	return w->n && sshd_words_fit(w, choices);
}

static bool are_each_of_form(const struct sshd_words *w, const char *choices)
{
	return sshd_words_full(w) && each_fits(w, choices);
}

static bool are_full(const struct sshd_words *w, const char *choices)
{
	(void)choices;
	return sshd_words_full(w);
}

static bool are_subsystem(const struct sshd_words *w, const char *choices)
{
	return w->n > 1 && are_full(w, choices);
}

/* Whether sshd takes them: the only word, that by the keyword's choices, or all
 * words. None: it takes whatever stands there. */
static const struct {
	bool (*word)(const char *word);
	bool (*choice)(const char *word, const char *choices);
	bool (*words)(const struct sshd_words *w, const char *choices);
	const char *why; /* it does not */
} kinds[] = {
	[KIND_FLAG] = { .word = is_flag_word, .why = "it is yes or no" },
	[KIND_WORD] = { .word = is_any_word, .why = "it has one value" },
	[KIND_NAMES] = { .word = is_names_word, .why = "it is one list" },
	[KIND_BARE_NAMES] = { .word = is_any_word, .why = "it is one list" },
	[KIND_CHOICE] = { .choice = is_choice, .why = "it has no such value" },
	[KIND_NUMBER] = { .choice = is_number_word, .why = "it is a number" },
	[KIND_MASK] = { .word = sshd_is_mask, .why = "it is an octal number" },
	[KIND_BLOCK] = { .word = sshd_is_block,
		.why = "it is a number of bits, or two" },
	[KIND_TIME] = { .word = sshd_is_time, .why = "it is a time" },
	[KIND_STARTUPS] = { .word = sshd_is_startups,
		.why = "it is a number, or BEGIN:RATE:FULL" },
	[KIND_HASH] = { .word = is_hash_word, .why = "there is no such hash" },
	[KIND_ALGORITHMS] = { .word = sshd_algorithms_valid,
		.why = "it is one list of key types" },
	[KIND_REKEY] = { .words = are_amount_and_time,
		.why = "it is an amount, and a time" },
	[KIND_QUALITY] = { .words = are_qualities,
		.why = "there is no such quality of service" },
	[KIND_VERBOSE] = { .words = are_verbose,
		.why = "it is `none` alone, or patterns" },
	[KIND_ADDRESS] = { .words = are_of_form,
		.why = "its value has another form" },
	[KIND_FORM] = { .words = are_of_form,
		.why = "its value has another form" },
	[KIND_EACH] = { .words = are_each_of_form,
		.why = "one of its values has another form" },
	[KIND_SUBSYSTEM] = { .words = are_subsystem,
		.why = "it has a name and a command" },
	[KIND_WORDS] = { .words = are_full,
		.why = "one of its values is empty" },
	[KIND_LIST] = { .words = are_full,
		.why = "one of its values is empty" },
	[KIND_USERS] = { .words = are_users,
		.why = "one of its values is no pattern of users" },
	[KIND_PUBKEY_OPTIONS] = { .words = are_pubkey_options,
		.why = "there is no such option" },
	[KIND_METHODS] = { .words = are_methods,
		.why = "there is no such method" },
};

static bool value_fits(enum sshd_kind kind, const char *choices,
	const struct sshd_words *w)
{
	const char *word = w->n == 1 && w->word[0][0] ? w->word[0] : NULL;

	if (kinds[kind].word)
		return word && kinds[kind].word(word);
	if (kinds[kind].choice)
		return word && kinds[kind].choice(word, choices);
	return !kinds[kind].words || kinds[kind].words(w, choices);
}

const char *sshd_value_wrong(const struct sshd_keyword *keyword,
	const char *rest, const struct sshd_words *w)
{
	const enum sshd_kind kind = keyword->kind;

	if (kind == KIND_COMMAND)
		return rest[0] == '/' || strcasecmp(rest, "none") == 0 ? NULL :
			"a command begins with a slash, and takes no quotes";
	return kind >= ARRAY_LEN(kinds) ||
		value_fits(kind, keyword->choices, w) ? NULL : kinds[kind].why;
}
