/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetCredentialReport's JSON object, as a stream: a scanner for objects, alone,
 * behind each other or in an array, whose Content is decoded as it passes.
 * Members that it does not know, of whatever value, are passed over.
 */
#include "aws/report/wrap/json.h"

#include "aws/report/wrap/content.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_ROOM 64 /* bytes of a name or of a value that is not Content */
#define SECONDS_LEN 19 /* of a time that tells seconds */
#define DEPTH_MAX 32 /* of a value that is passed over */

enum state {
	BEFORE_OBJECT,
	BEFORE_FIRST_NAME, /* a name or } */
	BEFORE_NAME,       /* a name */
	IN_NAME,
	BEFORE_COLON,
	BEFORE_VALUE,
	IN_STRING,
	IN_NUMBER,
	IN_OTHER,          /* a value that nobody wants */
	BEFORE_COMMA,      /* a comma or } */
	AFTER_OBJECT,
	AFTER_ARRAY,
};

enum member { CONTENT, FORMAT, TIME, MEMBERS, OTHER = MEMBERS };

static const char *const member_names[MEMBERS] = {
	[CONTENT] = "Content",
	[FORMAT] = "ReportFormat",
	[TIME] = "GeneratedTime",
};

struct report_json {
	report_json_fn fn;
	void *data;
	enum state state;
	enum member member;
	unsigned seen;        /* a bit per member */
	bool escaped;         /* a backslash came before */
	bool odd;             /* the text is longer, or has escapes */
	bool other_string;    /* IN_OTHER: in a string of it */
	unsigned other_depth; /* IN_OTHER: brackets that are open */
	uint64_t byte;        /* offset of the piece */
	char text[TEXT_ROOM]; /* a name, or a value but Content's */
	size_t text_n;
	bool in_array;        /* of objects */
	struct report_content content;
	bool has_time;        /* of the present object */
	time_t time;
	unsigned objects;     /* that are complete */
	unsigned times;       /* of them */
	time_t oldest;
};

int report_json_new(struct report_json **ret, report_json_fn fn, void *data,
	struct error *err)
{
	struct report_json *j = calloc(1, sizeof(*j));

	if (!j)
		return error_memory(err);
	j->fn = fn;
	j->data = data;
	report_content_init(&j->content);
	*ret = j;
	return 0;
}

void report_json_free(struct report_json **j)
{
	if (j)
		free_p(j);
}

bool report_json_generated(const struct report_json *j, time_t *ret)
{
	if (j->times == 0 || j->times < j->objects)
		return false;
	*ret = j->oldest;
	return true;
}

static int json_malformed(const struct report_json *j, size_t at,
	const char *what, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the credential report's JSON, byte %llu: %s",
		(unsigned long long)(j->byte + at), what);
}

static int wrong_member(const struct report_json *j, size_t at,
	const char *how, struct error *err)
{
	char what[TEXT_ROOM + 64];

	snprintf(what, sizeof(what), "the member '%s' %s", j->text, how);
	return json_malformed(j, at, what, err);
}

static int end_name(struct report_json *j, size_t at, struct error *err)
{
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		/* some SDKs begin them with small letters */
		if (!j->odd && strcasecmp(member_names[i], j->text) == 0)
			break;
	if (i < MEMBERS && (j->seen >> i & 1))
		return wrong_member(j, at, "comes twice", err);
	if (i < MEMBERS)
		j->seen |= 1u << i;
	j->member = (enum member)i;
	j->state = BEFORE_COLON;
	return 0;
}

/* One that cannot be read: when the report was made is not known. */
static void end_time(struct report_json *j)
{
	uint64_t seconds;
	time_t last;
	size_t whole = strcspn(j->text, ".");

	if (j->odd)
		return;
	/* Python's text of a time has a blank in it */
	j->has_time = j->text_n >= SECONDS_LEN && text_parse_when(j->text,
		j->text_n, &j->time, &last) == 0;
	/* seconds since 1970, as the SDKs' raw form has it */
	if (!j->has_time && text_parse_u64_n(j->text, whole, UINT32_MAX,
				    &seconds) == 0) {
		j->time = (time_t)seconds;
		j->has_time = true;
	}
}

static int end_value(struct report_json *j, size_t at, struct error *err)
{
	j->state = BEFORE_COMMA;
	if (j->member == TIME)
		end_time(j);
	if (j->member == FORMAT && strcmp(j->text, "text/csv") != 0)
		return json_malformed(j, at, "ReportFormat is not text/csv",
			err);
	if (j->member == CONTENT && !report_content_complete(&j->content))
		return json_malformed(j, at, "the base64 of Content is cut off",
			err);
	return 0;
}

/* What is too long is none of what is looked for. */
static int put_text(struct report_json *j, char c, size_t at,
	struct error *err)
{
	if ((unsigned char)c < 0x20)
		return json_malformed(j, at, "a control character", err);
	if (j->text_n + 1 >= TEXT_ROOM) {
		j->odd = true;
		return 0;
	}
	j->text[j->text_n++] = c;
	j->text[j->text_n] = '\0';
	return 0;
}

static void begin_text(struct report_json *j, enum state state)
{
	j->state = state;
	j->odd = false;
	j->text_n = 0;
	j->text[0] = '\0';
}

/* Of Content as much as can be had at once; *ret_n characters. */
static int take_content(struct report_json *j, const char *p, size_t n,
	size_t at, size_t *ret_n, struct error *err)
{
	unsigned char out[REPORT_CONTENT_ROOM];
	const char *why;
	size_t out_n;

	*ret_n = report_content_feed(&j->content, p, n, out, &out_n, &why);
	if (why)
		return json_malformed(j, at + *ret_n, why, err);
	return out_n > 0 ? j->fn(j->data, out, out_n, err) : 0;
}

/*
 * One character of a string; the only escape that can be needed is \/, and any
 * other one makes a name or a time that is none of ours.
 */
static int in_string(struct report_json *j, char c, size_t at,
	struct error *err)
{
	bool name = j->state == IN_NAME;

	if (j->escaped && c != '/') {
		if (!name && j->member != TIME)
			return json_malformed(j, at,
				"an escape that no credential report needs",
				err);
		j->odd = true;
	}
	if (!j->escaped && c == '"')
		return name ? end_name(j, at, err) : end_value(j, at, err);
	if (!j->escaped && c == '\\') {
		j->escaped = true;
		return 0;
	}
	j->escaped = false;
	return put_text(j, c, at, err);
}

static bool json_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int in_number(struct report_json *j, char c, size_t at,
	struct error *err)
{
	int r;

	if (strchr("0123456789.eE+-", c))
		return put_text(j, c, at, err);
	r = end_value(j, at, err);
	if (r < 0 || json_is_blank(c))
		return r;
	if (c != ',' && c != '}')
		return json_malformed(j, at, "a comma or } is missing", err);
	j->state = c == ',' ? BEFORE_NAME : AFTER_OBJECT;
	return 0;
}

static int end_other(struct report_json *j, char c, size_t at,
	struct error *err)
{
	j->state = BEFORE_COMMA;
	if (json_is_blank(c))
		return 0;
	if (c != ',' && c != '}')
		return json_malformed(j, at, "a comma or } is missing", err);
	j->state = c == ',' ? BEFORE_NAME : AFTER_OBJECT;
	return 0;
}

/* Inside a string only its end counts, outside only brackets and ends. */
static int in_other(struct report_json *j, char c, size_t at,
	struct error *err)
{
	bool escaped = j->escaped;

	j->escaped = false;
	if (j->other_string) {
		j->escaped = !escaped && c == '\\';
		j->other_string = escaped || c != '"';
	} else if (c == '"') {
		j->other_string = true;
	} else if (c == '{' || c == '[') {
		if (++j->other_depth > DEPTH_MAX)
			return json_malformed(j, at, "it is nested too deeply",
				err);
	} else if (j->other_depth == 0 && (strchr(",}]", c) ||
			json_is_blank(c))) {
		return end_other(j, c, at, err);
	} else if (c == '}' || c == ']') {
		j->other_depth--;
	}
	return 0;
}

static int end_object(struct report_json *j, size_t at, struct error *err)
{
	if (!(j->seen >> CONTENT & 1))
		return json_malformed(j, at, "it has no Content", err);
	if (j->has_time && (j->times == 0 || j->time < j->oldest))
		j->oldest = j->time;
	j->times += j->has_time;
	j->objects++;
	return 0;
}

/* As `>>` puts those of several accounts behind each other, or jq in an array. */
static int next_object(struct report_json *j, size_t at, struct error *err)
{
	int r = end_object(j, at, err);

	/* the last line of the report before has no end of its own */
	if (r >= 0)
		r = j->fn(j->data, (const unsigned char *)"\n", 1, err);
	j->state = j->in_array ? BEFORE_OBJECT : BEFORE_FIRST_NAME;
	j->seen = 0;
	j->has_time = false;
	report_content_init(&j->content);
	return r;
}

/* A character between names and values that is no blank. */
static int step_between(struct report_json *j, char c, size_t at,
	struct error *err)
{
	static const struct {
		enum state state;
		char c;
		enum state next;
	} steps[] = {
		{ BEFORE_OBJECT, '{', BEFORE_FIRST_NAME },
		{ BEFORE_FIRST_NAME, '"', IN_NAME },
		{ BEFORE_FIRST_NAME, '}', AFTER_OBJECT },
		{ BEFORE_NAME, '"', IN_NAME },
		{ BEFORE_COLON, ':', BEFORE_VALUE },
		{ BEFORE_VALUE, '"', IN_STRING },
		{ BEFORE_COMMA, ',', BEFORE_NAME },
		{ BEFORE_COMMA, '}', AFTER_OBJECT },
	};
	size_t i;

	if (j->state == AFTER_OBJECT && c == (j->in_array ? ',' : '{'))
		return next_object(j, at, err);
	if (j->state == BEFORE_OBJECT && c == '[' && !j->in_array) {
		j->in_array = true;
		return 0;
	}
	if (j->state == AFTER_OBJECT && c == ']' && j->in_array) {
		j->state = AFTER_ARRAY;
		return 0;
	}
	if (j->state == BEFORE_VALUE && j->member == TIME && c >= '0' &&
		c <= '9') {
		begin_text(j, IN_NUMBER);
		return put_text(j, c, at, err);
	}
	if (j->state == BEFORE_VALUE && (j->member == OTHER ||
			(j->member == TIME && c != '"'))) {
		begin_text(j, IN_OTHER);
		j->other_string = false;
		j->other_depth = 0;
		return in_other(j, c, at, err);
	}
	for (i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i].state == j->state && steps[i].c == c)
			break;
	if (i == ARRAY_LEN(steps))
		return json_malformed(j, at, "not the object that 'aws iam "
			"get-credential-report' prints", err);
	begin_text(j, steps[i].next);
	return 0;
}

static int step_byte(struct report_json *j, char c, size_t at,
	struct error *err)
{
	if (j->state == IN_NAME || j->state == IN_STRING)
		return in_string(j, c, at, err);
	if (j->state == IN_NUMBER)
		return in_number(j, c, at, err);
	if (j->state == IN_OTHER)
		return in_other(j, c, at, err);
	return json_is_blank(c) ? 0 : step_between(j, c, at, err);
}

int report_json_feed(struct report_json *j, const void *bytes, size_t n,
	struct error *err)
{
	const char *p = bytes;
	size_t i, run;
	int r = 0;

	for (i = 0; i < n && r >= 0; i += run) {
		run = 1;
		if (j->state == IN_STRING && j->member == CONTENT &&
			!report_content_ends(&j->content, p[i]))
			r = take_content(j, p + i, n - i, i, &run, err);
		else
			r = step_byte(j, p[i], i, err);
	}
	j->byte += n;
	return r;
}

int report_json_finish(struct report_json *j, struct error *err)
{
	if (j->state != (j->in_array ? AFTER_ARRAY : AFTER_OBJECT))
		return json_malformed(j, 0, "it is cut off", err);
	return end_object(j, 0, err);
}
