/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IAM: the credential report. AWS makes it in the background and keeps it for
 * four hours: ask for it to be made, then for its content until it is there.
 */
#include "aws/api/iam.h"

#include "aws/report/wrap/base64-stream.h"
#include "aws/query/call.h"
#include "aws/query/field.h"

#include <string.h>

#define WAIT_FIRST_MS 500
#define WAIT_MAX_MS 10000
#define PIECE 65536 /* characters of base64 decoded at once */

static const struct operation generate_credential_report = {
	.action = "GenerateCredentialReport",
	.service = AWS_IAM,
	.effect = CALL_READS, /* asking twice makes one report */
	.limit_is_throttle = true,
};

static const struct operation get_credential_report = {
	.action = "GetCredentialReport",
	.service = AWS_IAM,
	.effect = CALL_READS,
	.large_reply = true,
};

/* What an answer to GetCredentialReport asks for. */
enum next { NEXT_FAIL, NEXT_WAIT, NEXT_GENERATE };

static enum next next_of(const struct error *e)
{
	static const struct {
		const char *code;
		enum next next;
	} codes[] = {
		{ "ReportInProgress", NEXT_WAIT },
		{ "ReportNotPresent", NEXT_GENERATE },
		{ "ReportExpired", NEXT_GENERATE },
		/* the names of the model, should they ever be sent */
		{ "CredentialReportNotReadyException", NEXT_WAIT },
		{ "CredentialReportNotPresentException", NEXT_GENERATE },
		{ "CredentialReportExpiredException", NEXT_GENERATE },
	};
	size_t i;

	for (i = 0; e->code == ERROR_REMOTE && i < ARRAY_LEN(codes); i++)
		if (strcmp(e->foreign, codes[i].code) == 0)
			return codes[i].next;
	return NEXT_FAIL;
}

/* *ret_begun is set where it began by this. */
static int report_generate(struct aws_session *s, time_t *ret_begun,
	struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const char *state;
	int r;

	r = call(s, &generate_credential_report, NULL, &reply, err);
	if (r < 0)
		return r;
	state = xml_text(reply.result, "State");
	if (!state)
		return call_lacks(&generate_credential_report, "the state",
			err);
	/* INPROGRESS: somebody else began it, and before that */
	if (strcmp(state, "STARTED") == 0 && aws_now(s) > 0)
		*ret_begun = aws_now(s);
	return 0;
}

int iam_begin_credential_report(struct aws_session *s, time_t *ret_begun,
	struct error *err)
{
	*ret_begun = 0;
	return report_generate(s, ret_begun, err);
}

static int give_content(const struct xml_node *content, iam_report_fn fn,
	void *data, struct error *err)
{
	unsigned char piece[BASE64_STREAM_ROOM(PIECE)];
	struct base64_stream stream;
	size_t at, n, out, bad;
	int r;

	base64_stream_init(&stream);
	for (at = 0; at < content->text_n; at += n) {
		n = content->text_n - at < PIECE ? content->text_n - at : PIECE;
		if (base64_stream_feed(&stream, content->text + at, n, piece,
			    &out, &bad) < 0)
			return error_set(err, ERROR_MALFORMED,
				"the credential report is no base64 at "
				"character %zu", at + bad);
		r = fn(data, piece, out, err);
		if (r < 0)
			return r;
	}
	if (!base64_stream_complete(&stream))
		return error_set(err, ERROR_MALFORMED,
			"the credential report is cut off after %zu "
			"characters of base64", content->text_n);
	return 0;
}

static int read_report(const struct xml_node *result, iam_report_fn fn,
	void *data, struct iam_report_info *info, struct error *err)
{
	char format[32];
	const struct field fields[] = {
		FIELD_STRING("ReportFormat", format, false),
	};
	const struct field age[] = {
		FIELD_TIME("GeneratedTime", &info->generated),
	};
	const struct xml_node *content = xml_child(result, "Content");
	int r;

	r = field_read(result, fields, ARRAY_LEN(fields),
		&get_credential_report, err);
	if (r < 0)
		return r;
	/* without it the age is not known, and all else is */
	(void)field_read(result, age, ARRAY_LEN(age), &get_credential_report,
		NULL);
	if (!content || content->text_n == 0)
		return call_lacks(&get_credential_report, "the report", err);
	if (format[0] && strcmp(format, "text/csv") != 0)
		return error_set(err, ERROR_MALFORMED,
			"the credential report is '%s', not text/csv", format);
	return give_content(content, fn, data, err);
}

static int report_get(struct aws_session *s, struct reply *ret,
	struct error *err)
{
	return call(s, &get_credential_report, NULL, ret, err);
}

/* Whether the last report made may serve where no new one can be asked for. */
static bool can_do_without(const struct error *e)
{
	return e->code == ERROR_REMOTE &&
		(strcmp(e->foreign, "AccessDenied") == 0 ||
			strcmp(e->foreign, "LimitExceeded") == 0 ||
			strcmp(e->foreign, "Throttling") == 0);
}

/* Until GetCredentialReport answers with a report. */
static int wait_for_report(struct aws_session *s, deadline_t until,
	struct reply *ret, struct iam_report_info *info, struct error *err)
{
	struct error refused = { .code = 0 }, e;
	time_t begun = 0, begun_later = 0;
	bool asked = false;
	int64_t pause = WAIT_FIRST_MS;
	enum next next = NEXT_GENERATE;
	int r;

	for (;;) {
		if (next == NEXT_GENERATE && !refused.code) {
			r = report_generate(s, asked ? &begun_later : &begun,
				&e);
			asked = true;
			if (r < 0 && !can_do_without(&e))
				return error_copy(err, &e);
			if (r < 0)
				refused = e;
		}
		r = report_get(s, ret, &e);
		if (r >= 0)
			break;
		next = next_of(&e);
		if (next == NEXT_GENERATE && refused.code)
			return error_copy(err, &refused);
		if (next == NEXT_FAIL)
			return error_copy(err, &e);
		r = call_wait(s, pause, until, err);
		if (r < 0)
			return r;
		pause = pause * 2 < WAIT_MAX_MS ? pause * 2 : WAIT_MAX_MS;
	}
	info->renewed = !refused.code;
	info->begun = begun;
	return 0;
}

int iam_get_credential_report(struct aws_session *s, deadline_t until,
	iam_report_fn fn, void *data, struct iam_report_info *ret,
	struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct iam_report_info info = { .generated = 0 };
	int r;

	r = wait_for_report(s, until, &reply, &info, err);
	if (r >= 0)
		r = read_report(reply.result, fn, data, &info, err);
	if (r < 0)
		return r;
	*ret = info;
	return 0;
}
