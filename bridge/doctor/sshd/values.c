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

/* As strtonum takes it: with blanks and a plus before it. */
static bool is_number(const char *word)
{
	uint64_t number;

	word += strspn(word, " \t");
	word += *word == '+';
	return text_parse_u64(word, INT32_MAX, &number) == 0;
}

static bool is_method_list(const char *word)
{
	static const char *const names[] = { "publickey", "password",
		"keyboard-interactive", "hostbased", "gssapi-with-mic",
		"gssapi-keyex", "none" };
	char name[64];
	size_t n;

	for (;;) {
		n = strcspn(word, ",:");
		if (n == 0 || n >= sizeof(name))
			return false;
		memcpy(name, word, n);
		name[n] = '\0';
		if (!is_one_of(name, names, ARRAY_LEN(names)))
			return false;
		word += strcspn(word, ",");
		if (!*word)
			return true;
		word++;
	}
}

static bool are_methods(const struct sshd_words *w)
{
	size_t i;

	if (w->n == 1 && strcmp(w->word[0], "any") == 0)
		return true;
	for (i = 0; i < w->n; i++)
		if (!is_method_list(w->word[i]))
			return false;
	return w->n > 0;
}

static bool are_pubkey_options(const struct sshd_words *w)
{
	static const char *const names[] = { "none", "touch-required",
		"verify-required" };
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!is_one_of(w->word[i], names, ARRAY_LEN(names)))
			return false;
	return true;
}

static bool are_users(const struct sshd_words *w)
{
	const char *at;
	size_t i;

	for (i = 0; i < w->n; i++) {
		at = strchr(w->word[i], '@');
		if (at && !sshd_addresses_valid(at + 1))
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

const char *sshd_value_wrong(const struct sshd_keyword *keyword,
	const char *rest, const struct sshd_words *w)
{
	static const char *const flags[] = { "yes", "no" };
	static const char *const hashes[] = { "md5", "sha1", "sha256", "sha384",
		"sha512" };
	bool one = w->n == 1 && w->word[0][0];

	switch (keyword->kind) {
	case KIND_FLAG:
		return one && is_one_of(w->word[0], flags, ARRAY_LEN(flags)) ?
			NULL : "it is yes or no";
	case KIND_WORD:
	case KIND_NAMES:
		return one ? NULL : "it has one value";
	case KIND_CHOICE:
		return one && is_choice(w->word[0], keyword->choices) ?
			NULL : "it has no such value";
	case KIND_NUMBER:
		return one && is_number(w->word[0]) ? NULL : "it is a number";
	case KIND_FORM:
		return w->n && sshd_words_fit(w, keyword->choices) ? NULL :
			"its value has another form";
	case KIND_EACH:
		return sshd_words_full(w) && each_fits(w, keyword->choices) ?
			NULL : "one of its values has another form";
	case KIND_STARTUPS:
		return one && sshd_is_startups(w->word[0]) ? NULL :
			"it is a number, or BEGIN:RATE:FULL";
	case KIND_SUBSYSTEM:
		return w->n > 1 && sshd_words_full(w) ? NULL :
			"it has a name and a command";
	case KIND_TIME:
		return one && sshd_is_time(w->word[0]) ? NULL : "it is a time";
	case KIND_WORDS:
	case KIND_LIST:
		return sshd_words_full(w) ? NULL : "one of its values is empty";
	case KIND_USERS:
		return sshd_words_full(w) && are_users(w) ? NULL :
			"one of its values is no pattern of users";
	case KIND_ALGORITHMS:
		return one && sshd_algorithms_valid(w->word[0]) ? NULL :
			"it is one list of key types";
	case KIND_HASH:
		return one && is_one_of(w->word[0], hashes,
			ARRAY_LEN(hashes)) ? NULL : "there is no such hash";
	case KIND_PUBKEY_OPTIONS:
		return are_pubkey_options(w) ? NULL :
			"there is no such option";
	case KIND_METHODS:
		return are_methods(w) ? NULL : "there is no such method";
	case KIND_COMMAND:
		return rest[0] == '/' || strcasecmp(rest, "none") == 0 ?
			NULL : "a command begins with a slash, and takes no "
			"quotes";
	case KIND_ANY:
	case KIND_RAW:
	case KIND_INCLUDE:
	case KIND_MATCH:
		break;
	}
	return NULL;
}
