/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets by a descriptor. */
#include "bridge/terminal/script.h"

#include "token/fido/care.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * One line, byte by byte: what is behind it is the next token's, perhaps in
 * another program. Returns its length without the end, which may be CR LF or
 * the end of the file; *ret_end where there was nothing at all.
 */
static int read_line(const struct script *s, char line[CARE_PIN_MAX + 2],
	bool *ret_end, struct error *err)
{
	size_t n = 0;
	ssize_t got;
	char c;

	for (;;) {
		got = read(s->fd, &c, 1);
		if (got < 0 && errno == EINTR)
			return error_set(err, ERROR_INTERRUPTED,
				"interrupted while '%s' was read", s->name);
		if (got < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot read '%s'", s->name);
		if (got == 0 || c == '\n')
			break;
		/* one that is too long stays too long */
		if (n < CARE_PIN_MAX + 2)
			line[n++] = c;
	}
	*ret_end = got == 0 && n == 0;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	return (int)n;
}

static int next_line(struct script *s, struct secret *ret, struct error *err)
{
	char line[CARE_PIN_MAX + 2];
	bool end = false;
	int r;

	r = read_line(s, line, &end, err);
	if (r >= 0 && end && s->n > 0)
		r = error_set(err, ERROR_PIN,
			"%s gives %zu %s%s and one more token wants its own: a "
			"line for each", s->name, s->n, s->of,
			s->n == 1 ? "" : "s");
	else if (r >= 0 && (r == 0 || r > CARE_PIN_MAX ||
			memchr(line, '\0', (size_t)r)))
		r = error_set(err, ERROR_PIN,
			"%s gives no %s of 1 to %d bytes", s->name, s->of,
			CARE_PIN_MAX);
	else if (r >= 0)
		r = secret_set(ret, line, (size_t)r, err);
	wipe(line, sizeof(line));
	return r < 0 ? r : 0;
}

int script_secret(struct script *s, const char *of, struct secret *ret,
	struct error *err)
{
	struct secret line = SECRET_INIT;
	size_t i, place = s->n % SCRIPT_MAX;
	int r;

	for (i = 0; i < s->n && i < SCRIPT_MAX; i++)
		if (s->lines[i].line.n > 0 && strcmp(s->lines[i].of, of) == 0)
			return secret_set(ret, s->lines[i].line.p,
				s->lines[i].line.n, err);
	r = next_line(s, &line, err);
	if (r < 0)
		return r;
	secret_done(&s->lines[place].line);
	secret_move(&s->lines[place].line, &line);
	snprintf(s->lines[place].of, sizeof(s->lines[place].of), "%s", of);
	s->n++;
	return secret_set(ret, s->lines[place].line.p, s->lines[place].line.n,
		err);
}

void script_forget(struct script *s)
{
	size_t i;

	for (i = 0; i < SCRIPT_MAX; i++) {
		secret_done(&s->lines[i].line);
		s->lines[i].of[0] = '\0';
	}
}
