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

static bool is_rekey(const struct sshd_words *w)
{
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

static bool is_verbose(const struct sshd_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->n > 1 && strcasecmp(w->word[i], "none") == 0)
			return false;
	return sshd_words_full(w);
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
	case KIND_NAMES:
		if (one && strchr("+^", w->word[0][0]) && !w->word[0][1])
			return "its list is empty";
		/* fall through */
	case KIND_WORD:
	case KIND_BARE_NAMES:
		return one ? NULL : "it has one value";
	case KIND_CHOICE:
		return one && is_choice(w->word[0], keyword->choices) ?
			NULL : "it has no such value";
	case KIND_NUMBER:
		return one && (sshd_is_number(w->word[0]) || (keyword->choices
				&& strcmp(w->word[0], keyword->choices) == 0)) ?
			NULL : "it is a number";
	case KIND_MASK:
		return one && sshd_is_mask(w->word[0]) ? NULL :
			"it is an octal number";
	case KIND_BLOCK:
		return one && sshd_is_block(w->word[0]) ? NULL :
			"it is a number of bits, or two";
	case KIND_REKEY:
		return is_rekey(w) ? NULL : "it is an amount, and a time";
	case KIND_QUALITY:
		return are_qualities(w, keyword->choices) ? NULL :
			"there is no such quality of service";
	case KIND_VERBOSE:
		return is_verbose(w) ? NULL : "it is `none` alone, or patterns";
	case KIND_ADDRESS:
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
