/* SPDX-License-Identifier: Apache-2.0 */
/* Rows out of a damaged registry file, page by page. */
#include "bridge/registry/sqlite/repair/salvage.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/registry/sqlite/file/store.h"

#include <string.h>

#define LEAF_TABLE 0x0d
#define LEAF_INDEX 0x0a
#define LEAF_HEADER 8
#define COLUMNS_MAX 8
/* a record is its header and at most one piece of evidence */
#define RECORD_MAX (REGISTRY_EVIDENCE_MAX + 1024)
#define LOCAL_MIN ((STORE_PAGE - 12) * 32 / 255 - 23)
#define LOCAL_MAX_TABLE (STORE_PAGE - 35)
#define LOCAL_MAX_INDEX ((STORE_PAGE - 12) * 64 / 255 - 23)

struct bytes {
	const unsigned char *p;
	size_t n;
};

struct column {
	enum { COLUMN_OTHER, COLUMN_NULL, COLUMN_INT, COLUMN_TEXT, COLUMN_BLOB }
		type;
	struct bytes data;
	int64_t i;
};

struct salvage {
	struct bytes file;
	const struct salvage_sink *sink;
	struct buf record;
};

static uint64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* Takes n bytes off the front; NULL where there are not so many. */
static const unsigned char *bytes_take(struct bytes *from, uint64_t n)
{
	const unsigned char *p = from->p;

	if (n > from->n)
		return NULL;
	from->p += n;
	from->n -= (size_t)n;
	return p;
}

static bool bytes_varint(struct bytes *from, uint64_t *ret)
{
	const unsigned char *p;
	uint64_t v = 0;

	for (int i = 0; i < 9; i++) {
		p = bytes_take(from, 1);
		if (!p)
			return false;
		if (i == 8) {
			*ret = v << 8 | *p;
			return true;
		}
		v = v << 7 | (*p & 0x7f);
		if (!(*p & 0x80))
			break;
	}
	*ret = v;
	return true;
}

/* ---- records ---- */

static int64_t sign_extended(const unsigned char *p, size_t n)
{
	uint64_t v = big_endian(p, n);

	if (n < 8 && p[0] & 0x80)
		v |= UINT64_MAX << (8 * n);
	return (int64_t)v;
}

static bool salvage_column(struct bytes *body, uint64_t serial,
	struct column *ret)
{
	static const unsigned char int_sizes[] = { 0, 1, 2, 3, 4, 6, 8 };
	uint64_t n = serial >= 12 ? (serial - 12) / 2 : 0;

	*ret = (struct column){ .type = COLUMN_OTHER };
	if (serial == 0)
		ret->type = COLUMN_NULL;
	else if (serial == 8 || serial == 9)
		*ret = (struct column){ .type = COLUMN_INT,
			.i = serial == 9 };
	else if (serial < ARRAY_LEN(int_sizes))
		ret->type = COLUMN_INT, n = int_sizes[serial];
	else if (serial >= 12)
		ret->type = serial & 1 ? COLUMN_TEXT : COLUMN_BLOB;
	else
		return false; /* we store no reals; 10 and 11 are reserved */
	ret->data = (struct bytes){ bytes_take(body, n), (size_t)n };
	if (!ret->data.p)
		return false;
	if (ret->type == COLUMN_INT && n > 0)
		ret->i = sign_extended(ret->data.p, (size_t)n);
	return true;
}

/* The number of columns, 0 where the record is none of ours. */
static size_t salvage_record(struct bytes record, struct column *ret)
{
	struct bytes header, body = record;
	uint64_t header_n, serial;
	size_t n = 0;

	header = record;
	if (!bytes_varint(&header, &header_n) || !bytes_take(&body, header_n) ||
		header_n < record.n - header.n)
		return 0;
	header.n = (size_t)header_n - (record.n - header.n);
	while (header.n > 0) {
		if (n == COLUMNS_MAX || !bytes_varint(&header, &serial) ||
			!salvage_column(&body, serial, &ret[n]))
			return 0;
		n++;
	}
	return n;
}

/* ---- rows, known by their shape ---- */

static bool column_is_id(const struct column *c, char ret[ID_LEN])
{
	if (c->type != COLUMN_TEXT || c->data.n != ID_LEN - 1)
		return false;
	memcpy(ret, c->data.p, c->data.n);
	ret[c->data.n] = '\0';
	return id_is_valid(ret);
}

static bool column_is_seq(const struct column *c)
{
	return c->type == COLUMN_INT && c->i >= 0 && c->i <= EVENT_SEQ_MAX;
}

static bool column_is_sha(const struct column *c)
{
	return c->type == COLUMN_BLOB && c->data.n == SHA256_LEN;
}

static bool column_is_string(const struct column *c, char *ret, size_t size)
{
	if (c->type != COLUMN_TEXT || c->data.n == 0 || c->data.n >= size ||
		!utf8_is_clean((const char *)c->data.p, c->data.n))
		return false;
	memcpy(ret, c->data.p, c->data.n);
	ret[c->data.n] = '\0';
	return true;
}

/* (pos, stream, seq, journal, step, hash, event) */
static int salvage_event(struct salvage *s, const struct column *c,
	struct error *err)
{
	struct salvage_event e;

	if (!s->sink->event || !column_is_id(&c[1], e.stream) ||
		!column_is_seq(&c[2]) || !column_is_sha(&c[5]) ||
		c[6].type != COLUMN_BLOB)
		return 0;
	e.seq = (uint64_t)c[2].i;
	e.hash = c[5].data.p;
	e.p = c[6].data.p;
	e.n = c[6].data.n;
	return s->sink->event(&e, s->sink->arg, err);
}

/* (n, kind, id, made, value) */
static int salvage_name(struct salvage *s, const struct column *c,
	struct error *err)
{
	char kind[64], id[256], value[4096];
	struct salvage_name name = { kind, id, value };

	if (!s->sink->name || c[0].type != COLUMN_NULL ||
		c[3].type != COLUMN_INT ||
		!column_is_string(&c[1], kind, sizeof(kind)) ||
		!column_is_string(&c[2], id, sizeof(id)) ||
		!column_is_string(&c[4], value, sizeof(value)))
		return 0;
	return s->sink->name(&name, s->sink->arg, err);
}

/* (sha, bytes) */
static int salvage_evidence(struct salvage *s, const struct column *c,
	struct error *err)
{
	if (!s->sink->evidence || !column_is_sha(&c[0]) ||
		c[1].type != COLUMN_BLOB)
		return 0;
	return s->sink->evidence(c[0].data.p, c[1].data.p, c[1].data.n,
		s->sink->arg, err);
}

static int salvage_row(struct salvage *s, struct bytes record,
	struct error *err)
{
	struct column c[COLUMNS_MAX];

	switch (salvage_record(record, c)) {
	case 7:
		return salvage_event(s, c, err);
	case 5:
		return salvage_name(s, c, err);
	case 2:
		return salvage_evidence(s, c, err);
	default:
		return 0;
	}
}

/* (stream, seq, pos): the index that keeps event numbers apart */
static void salvage_number(struct salvage *s, struct bytes record)
{
	struct column c[COLUMNS_MAX];
	char stream[ID_LEN];

	if (!s->sink->number)
		return;
	if (salvage_record(record, c) == 3 && column_is_id(&c[0], stream) &&
		column_is_seq(&c[1]) && c[2].type == COLUMN_INT)
		s->sink->number(stream, (uint64_t)c[1].i, s->sink->arg);
}

/* ---- pages ---- */

/* Follows overflow pages until s->record has n bytes. */
static bool salvage_follow(struct salvage *s, uint64_t page, uint64_t n)
{
	const unsigned char *p;
	uint64_t left;

	while (s->record.n < n) {
		if (page < 2 || page > s->file.n / STORE_PAGE)
			return false;
		p = s->file.p + (page - 1) * STORE_PAGE;
		left = n - s->record.n;
		buf_put(&s->record, p + 4, left < STORE_PAGE - 4 ?
			(size_t)left : STORE_PAGE - 4);
		if (buf_failed(&s->record))
			return false;
		page = big_endian(p, 4);
	}
	return true;
}

/* The payload of n bytes that begins in the cell, in s->record. */
static bool salvage_payload(struct salvage *s, struct bytes cell, uint64_t n)
{
	uint64_t local = n;
	const unsigned char *p, *next;

	if (n > LOCAL_MAX_TABLE) {
		local = LOCAL_MIN + (n - LOCAL_MIN) % (STORE_PAGE - 4);
		if (local > LOCAL_MAX_TABLE)
			local = LOCAL_MIN;
	}
	buf_reset(&s->record);
	p = bytes_take(&cell, local);
	if (!p)
		return false;
	buf_put(&s->record, p, (size_t)local);
	if (local == n)
		return !buf_failed(&s->record);
	next = bytes_take(&cell, 4);
	return next && salvage_follow(s, big_endian(next, 4), n);
}

static int salvage_cell(struct salvage *s, struct bytes cell, bool table,
	struct error *err)
{
	uint64_t n, rowid;
	const unsigned char *p;

	if (!bytes_varint(&cell, &n) || n > RECORD_MAX)
		return 0;
	if (table) {
		if (!bytes_varint(&cell, &rowid) ||
			!salvage_payload(s, cell, n))
			return 0;
		return salvage_row(s,
			(struct bytes){ s->record.p, s->record.n }, err);
	}
	p = n <= LOCAL_MAX_INDEX ? bytes_take(&cell, n) : NULL;
	if (p)
		salvage_number(s, (struct bytes){ p, (size_t)n });
	return 0;
}

static int salvage_page(struct salvage *s, const unsigned char *page,
	struct error *err)
{
	size_t i, cells = (size_t)big_endian(page + 3, 2), at;
	int r = 0;

	if (page[0] != LEAF_TABLE && page[0] != LEAF_INDEX)
		return 0;
	if (cells > (STORE_PAGE - LEAF_HEADER) / 2)
		cells = (STORE_PAGE - LEAF_HEADER) / 2;
	for (i = 0; r >= 0 && i < cells; i++) {
		at = (size_t)big_endian(page + LEAF_HEADER + 2 * i, 2);
		if (at >= LEAF_HEADER && at < STORE_PAGE)
			r = salvage_cell(s, (struct bytes){ page + at,
				STORE_PAGE - at }, page[0] == LEAF_TABLE, err);
	}
	return r;
}

int salvage_file(const unsigned char *file, size_t n,
	const struct salvage_sink *sink, struct error *err)
{
	struct salvage s = { .file = { file, n }, .sink = sink };
	size_t i;
	int r = 0;

	buf_init(&s.record, RECORD_MAX);
	/* page 1 holds the schema only */
	for (i = 1; r >= 0 && i < n / STORE_PAGE; i++)
		r = salvage_page(&s, file + i * STORE_PAGE, err);
	buf_done(&s.record);
	return r < 0 ? r : 0;
}
