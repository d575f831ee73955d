/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the file for other hosts. */
#include "bridge/login/host/hostfile.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/event/ssh-key.h"
#include "bridge/hash/chain.h"
#include "bridge/login/db.h"
#include "bridge/login/host/form.h"
#include "token/fido/proof.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 9
#define AAGUID_DIGITS 32
#define TOKEN_DIGITS (LOGIN_TOKEN_LEN - 1)
#define LINE_LEN 2048 /* of an ssh key */

struct piece {
	const char *p;
	size_t n;
};

/* Where the reader is; the last row, for the order. */
struct reader {
	const char *name, *begin, *at, *end;
	size_t line;         /* of `begin` of what is read now, from 1 */
	const char *row;     /* its first byte */
	struct piece fields[FIELDS_MAX];
	size_t fields_n;
	size_t of_user;      /* credentials in a row of one user */
};

/* One row. What the two kinds share comes first. */
struct row {
	bool is_key;
	char user[LOCAL_USER_LEN];
	char token[LOGIN_TOKEN_LEN];
	char aaguid[AAGUID_DIGITS + 1];
	uint32_t counter;
	bool verify_required;
	unsigned char id[LOGIN_BYTES_MAX], key[LOGIN_BYTES_MAX];
	size_t id_n, key_n;
	char rp[LOGIN_RP_LEN];
	char fingerprint[SSH_FINGERPRINT_LEN];
	char text[LINE_LEN];
};

static int row_malformed(const struct reader *r, const char *why,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"'%s', line %zu (from byte %zu): %s; nothing of it is used: "
		"copy it again, or publish it anew by `tokenbridge registry "
		"publish --output`", r->name, r->line,
		(size_t)(r->row - r->begin), why);
}

/* ---- lines ---- */

/* The next line into fields, divided by tabs. */
static int reader_next(struct reader *r, struct error *err)
{
	const char *newline, *p, *tab;

	r->line++;
	r->row = r->at;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	if (!newline)
		return row_malformed(r, "it ends in the middle", err);
	for (p = r->at, r->fields_n = 0; ; p = tab + 1) {
		tab = memchr(p, '\t', (size_t)(newline - p));
		if (r->fields_n == FIELDS_MAX)
			return row_malformed(r, "it has too many fields", err);
		r->fields[r->fields_n++] = (struct piece){ p,
			(size_t)((tab ? tab : newline) - p) };
		if (!tab)
			break;
	}
	r->at = newline + 1;
	return 0;
}

static bool piece_is(const struct piece *f, const char *word)
{
	return f->n == strlen(word) && memcmp(f->p, word, f->n) == 0;
}

/* As text of fewer than `size` bytes. */
static bool piece_text(const struct piece *f, char *ret, size_t size)
{
	if (f->n >= size || memchr(f->p, '\0', f->n))
		return false;
	memcpy(ret, f->p, f->n);
	ret[f->n] = '\0';
	return true;
}

/* Without zeros in front: there is one way to write it. */
static bool piece_number(const struct piece *f, uint64_t max, uint64_t *ret)
{
	return (f->n < 2 || f->p[0] != '0') &&
		text_parse_u64_n(f->p, f->n, max, ret) == 0;
}

static bool piece_digits(const struct piece *f, size_t n, char *ret)
{
	return f->n == n && piece_text(f, ret, n + 1) &&
		strspn(ret, "0123456789abcdef") == n;
}

static bool piece_bytes(const struct piece *f, unsigned char *ret,
	size_t *ret_n)
{
	ssize_t n = base64_decode(BASE64_URL, f->p, f->n, ret, LOGIN_BYTES_MAX);

	*ret_n = n < 0 ? 0 : (size_t)n;
	return n > 0;
}

static bool piece_hash(const struct piece *f, unsigned char ret[SHA256_LEN])
{
	char hex[HEX_LEN(SHA256_LEN)];

	return piece_digits(f, 2 * SHA256_LEN, hex) &&
		hex_decode(hex, 2 * SHA256_LEN, ret, SHA256_LEN) == SHA256_LEN;
}

/* ---- the head of the file ---- */

static int parse_title(struct reader *r, struct error *err)
{
	static const char title[] = HOSTFILE_TITLE;
	const size_t n = sizeof(title) - 1;
	struct piece version;
	uint64_t v;

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, title, n) != 0)
		return error_set(err, ERROR_MALFORMED,
			"'%s' is not what `tokenbridge registry publish "
			"--output` writes: it begins otherwise", r->name);
	if (reader_next(r, err) < 0)
		return -ERROR_MALFORMED;
	version = (struct piece){ r->fields[0].p + n, r->fields[0].n - n };
	if (r->fields_n != 1 || !piece_number(&version, UINT32_MAX, &v) ||
		v == 0)
		return row_malformed(r, "it does not say a version", err);
	if (v > HOSTFILE_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"'%s' has version %llu, this program knows %d: bring "
			"tokenbridge on this host up to date", r->name,
			(unsigned long long)v, HOSTFILE_VERSION);
	return 0;
}

/* The next line, which is "WORD<tab>VALUE". */
static int reader_next_value(struct reader *r, const char *word,
	struct error *err)
{
	char why[64];
	int x = reader_next(r, err);

	if (x < 0)
		return x;
	if (r->fields_n == 2 && piece_is(&r->fields[0], word))
		return 0;
	snprintf(why, sizeof(why), "it should say '%s'", word);
	return row_malformed(r, why, err);
}

static int reader_next_number(struct reader *r, const char *word, uint64_t max,
	uint64_t *ret, struct error *err)
{
	int x = reader_next_value(r, word, err);

	if (x < 0)
		return x;
	return piece_number(&r->fields[1], max, ret) ? 0 :
		row_malformed(r, "its number makes no sense", err);
}

static int parse_info(struct reader *r, struct hostfile_info *i,
	struct error *err)
{
	uint64_t made = 0, rehearsal = 0;
	int x;

	x = reader_next_number(r, "made", INT64_MAX, &made, err);
	if (x == 0)
		x = reader_next_number(r, "generation", INT64_MAX, &i->generation,
			err);
	if (x == 0)
		x = reader_next_value(r, "registry", err);
	if (x == 0 && !piece_digits(&r->fields[1], ID_LEN - 1, i->station))
		x = row_malformed(r, "that is no registry's id", err);
	if (x == 0)
		x = reader_next_value(r, "head", err);
	if (x == 0 && !piece_hash(&r->fields[1], i->head))
		x = row_malformed(r, "that is no hash", err);
	if (x == 0)
		x = reader_next_number(r, "rehearsal", 1, &rehearsal, err);
	i->made_at = (time_t)made;
	i->rehearsal = rehearsal != 0;
	return x;
}

/* ---- rows ---- */

static bool piece_user(const struct piece *f, char ret[LOCAL_USER_LEN])
{
	return piece_text(f, ret, LOCAL_USER_LEN) &&
		text_check(ret, "local user", NULL) == 0;
}

static const char *take_fido(const struct piece *f, struct row *ret)
{
	uint64_t counter, verify;

	if (!piece_user(&f[1], ret->user))
		return "its user is no name";
	if (!piece_digits(&f[2], TOKEN_DIGITS, ret->token))
		return "its token is no eight digits";
	ret->aaguid[0] = '\0';
	if (f[3].n > 0 && !piece_digits(&f[3], AAGUID_DIGITS, ret->aaguid))
		return "its AAGUID is no 32 digits";
	if (!piece_number(&f[4], UINT32_MAX, &counter) ||
		!piece_number(&f[5], 1, &verify))
		return "a number of it makes no sense";
	if (!piece_bytes(&f[6], ret->id, &ret->id_n))
		return "its credential is no base64, or too long";
	if (!piece_bytes(&f[7], ret->key, &ret->key_n) ||
		proof_check_key(ret->key, ret->key_n, NULL) < 0)
		return "its key is none that a login is checked by";
	if (!piece_text(&f[8], ret->rp, LOGIN_RP_LEN) ||
		text_check(ret->rp, "relying party", NULL) < 0)
		return "its relying party is no name, or too long";
	ret->counter = (uint32_t)counter;
	ret->verify_required = verify != 0;
	return NULL;
}

/* The line is made anew out of the key, and must be that one. */
static const char *take_ssh_key(const struct piece *f, struct row *ret)
{
	CLEANUP(buf_done) struct buf line;
	struct ssh_key key;
	bool empty;

	buf_init(&line, LINE_LEN);
	ret->token[0] = '\0';
	if (!piece_user(&f[1], ret->user))
		return "its user is no name";
	if (f[2].n > 0 && !piece_digits(&f[2], TOKEN_DIGITS, ret->token))
		return "its token is no eight digits";
	if (!piece_text(&f[3], ret->text, sizeof(ret->text)) ||
		ssh_key_parse_line(f[3].p, f[3].n, &key, &empty, NULL) < 0 ||
		empty || ssh_key_line(key.blob, key.blob_n, key.verify_required,
			&line, NULL) < 0 ||
		strcmp(buf_str(&line), ret->text) != 0)
		return "it is no line of a security key, with verify-required "
			"or without options";
	return ssh_key_fingerprint(key.blob, key.blob_n, ret->fingerprint,
		NULL) < 0 ? "its fingerprint cannot be made" : NULL;
}

static int row_order(const struct row *a, const struct row *b)
{
	size_t least = a->id_n < b->id_n ? a->id_n : b->id_n;
	int by = a->is_key - b->is_key;

	if (by == 0)
		by = strcmp(a->user, b->user);
	if (by != 0)
		return by;
	if (a->is_key)
		return strcmp(a->fingerprint, b->fingerprint);
	by = memcmp(a->id, b->id, least);
	if (by == 0)
		by = (a->id_n > b->id_n) - (a->id_n < b->id_n);
	return by != 0 ? by : strcmp(a->rp, b->rp);
}

/* What a row may be behind the one before it; NULL: it may. */
static const char *row_fits(struct reader *r, const struct row *before,
	const struct row *now)
{
	int order = before->user[0] ? row_order(before, now) : -1;

	if (order == 0)
		return "the same is in the line before it";
	if (order > 0)
		return "it is not in its order";
	if (now->is_key)
		return NULL;
	r->of_user = strcmp(before->user, now->user) == 0 ? r->of_user + 1 : 1;
	return r->of_user > LOGIN_CREDENTIALS_MAX ?
		"the user has too many credentials" : NULL;
}

/* 1: a row; 0: the line is another's. */
static int parse_row(struct reader *r, struct row *ret, struct error *err)
{
	const char *why;

	if (piece_is(&r->fields[0], WORD_CREDENTIAL) && r->fields_n == 9) {
		ret->is_key = false;
		why = take_fido(r->fields, ret);
	} else if (piece_is(&r->fields[0], WORD_SSH_KEY) && r->fields_n == 4) {
		ret->is_key = true;
		why = take_ssh_key(r->fields, ret);
	} else {
		return 0;
	}
	return why ? row_malformed(r, why, err) : 1;
}

/* ---- all of it ---- */

static int parse_end(struct reader *r, struct error *err)
{
	unsigned char said[SHA256_LEN], found[SHA256_LEN];
	int x;

	if (r->fields_n != 2 || !piece_is(&r->fields[0], WORD_END) ||
		!piece_hash(&r->fields[1], said))
		return row_malformed(r, "it is no row and no end", err);
	x = chain_digest(r->begin, (size_t)(r->row - r->begin), found, err);
	if (x < 0)
		return x;
	if (!bytes_equal(said, found, SHA256_LEN))
		return row_malformed(r, "the bytes before it are not those that "
			"were published", err);
	if (r->at != r->end) {
		r->line++;
		r->row = r->at;
		return row_malformed(r, "it stands behind the end", err);
	}
	return 0;
}

static int parse_rows(struct reader *r, struct hostfile *f, struct error *err)
{
	struct row rows[2] = { { .user = "" }, { .user = "" } };
	struct row *before = &rows[0], *now = &rows[1], *swap;
	const char *why;
	int x;

	f->rows = r->at;
	f->line = r->line;
	for (;;) {
		x = reader_next(r, err);
		if (x == 0)
			x = parse_row(r, now, err);
		if (x <= 0)
			break;
		why = row_fits(r, before, now);
		if (why)
			return row_malformed(r, why, err);
		f->credentials += !now->is_key;
		f->ssh_keys += now->is_key;
		swap = before;
		before = now;
		now = swap;
	}
	f->rows_n = (size_t)(r->row - f->rows);
	return x;
}

int hostfile_parse(const char *p, size_t n, const char *name,
	struct hostfile *ret, struct error *err)
{
	struct reader r = { .name = name, .begin = p, .at = p, .end = p + n,
		.row = p };
	struct hostfile f = { .name = name };
	int x;

	x = parse_title(&r, err);
	if (x == 0)
		x = parse_info(&r, &f.info, err);
	if (x == 0)
		x = parse_rows(&r, &f, err);
	if (x == 0)
		x = parse_end(&r, err);
	if (x < 0)
		return x;
	*ret = f;
	return 0;
}

/* ---- rows of a file that was checked ---- */

static int row_write(const struct row *row, struct login_write *to,
	struct error *err)
{
	if (row->is_key)
		return login_write_ssh_key(to, &(struct login_write_ssh_key){
			.user = row->user,
			.fingerprint = row->fingerprint,
			.token = row->token,
			.line = row->text,
		}, err);
	return login_write_credential(to, &(struct login_write_credential){
		.user = row->user,
		.token = row->token,
		.aaguid = row->aaguid,
		.id = row->id,
		.id_n = row->id_n,
		.public_key = row->key,
		.public_key_n = row->key_n,
		.counter = row->counter,
		.verify_required = row->verify_required,
		.rp = row->rp,
	}, err);
}

int hostfile_rows(const struct hostfile *f, struct login_write *to,
	struct error *err)
{
	struct reader r = { .name = f->name, .begin = f->rows, .at = f->rows,
		.end = f->rows + f->rows_n, .line = f->line };
	struct row row = { .user = "" };
	int x = 0;

	while (x == 0 && r.at < r.end) {
		x = reader_next(&r, err);
		if (x == 0)
			x = parse_row(&r, &row, err);
		if (x > 0)
			x = row_write(&row, to, err);
	}
	return x;
}
