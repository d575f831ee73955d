/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: what root has, as root. */
#include "aws/api/iam-root.h"

#include "aws/query/field.h"
#include "aws/query/page.h"

#include <string.h>

#define READS(name)                                                            \
	{ .action = name, .service = AWS_IAM, .effect = CALL_READS }
/* Taking away twice is taking away. */
#define TAKES(name)                                                            \
	{ .action = name, .service = AWS_IAM, .effect = CALL_READS }

static const struct operation list_certificates =
	READS("ListSigningCertificates");
static const struct operation last_used = READS("GetAccessKeyLastUsed");
static const struct operation login_profile = READS("GetLoginProfile");
static const struct operation delete_key = TAKES("DeleteAccessKey");
static const struct operation delete_certificate =
	TAKES("DeleteSigningCertificate");
static const struct operation delete_password = TAKES("DeleteLoginProfile");

struct each_certificate {
	iam_certificate_fn fn;
	void *data;
};

static int give_certificate(void *data, const struct xml_node *member,
	struct error *err)
{
	const struct each_certificate *each = data;
	char id[IAM_CERTIFICATE_ID_MAX];
	const struct field fields[] = {
		FIELD_STRING("CertificateId", id, true),
	};
	int r;

	r = field_read(member, fields, ARRAY_LEN(fields), &list_certificates,
		err);
	return r < 0 ? r : each->fn(each->data, id, err);
}

int iam_root_list_certificates(struct aws_session *s, iam_certificate_fn fn,
	void *data, struct error *err)
{
	struct each_certificate each = { fn, data };
	struct param params[] = { { "Marker", NULL }, { NULL, NULL } };

	return page_each(s, &list_certificates, params, "Certificates",
		give_certificate, &each, err);
}

int iam_root_key_last_used(struct aws_session *s, const char *id,
	time_t *ret, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const struct param params[] = { { "AccessKeyId", id },
		{ NULL, NULL } };
	time_t when = 0;
	const struct field fields[] = { FIELD_TIME("LastUsedDate", &when) };
	int r;

	r = call(s, &last_used, params, &reply, err);
	if (r == 0)
		r = field_read(xml_child(reply.result, "AccessKeyLastUsed"),
			fields, ARRAY_LEN(fields), &last_used, err);
	if (r == 0)
		*ret = when;
	return r;
}

/* params NULL: none. *ret_there is false where AWS has no such thing. */
static int ask_whether(struct aws_session *s, const struct operation *op,
	const struct param *params, bool *ret_there, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct error e;
	int r = call(s, op, params, &reply, &e);

	if (r == -ERROR_REMOTE && strcmp(e.foreign, "NoSuchEntity") == 0) {
		*ret_there = false;
		return 0;
	}
	if (r < 0)
		return error_copy(err, &e);
	*ret_there = true;
	return 0;
}

int iam_root_has_password(struct aws_session *s, bool *ret, struct error *err)
{
	return ask_whether(s, &login_profile, NULL, ret, err);
}

int iam_root_delete_key(struct aws_session *s, const char *id,
	struct error *err)
{
	const struct param params[] = { { "AccessKeyId", id },
		{ NULL, NULL } };
	bool there;

	return ask_whether(s, &delete_key, params, &there, err);
}

int iam_root_delete_certificate(struct aws_session *s, const char *id,
	struct error *err)
{
	const struct param params[] = { { "CertificateId", id },
		{ NULL, NULL } };
	bool there;

	return ask_whether(s, &delete_certificate, params, &there, err);
}

int iam_root_delete_password(struct aws_session *s, struct error *err)
{
	bool there;

	return ask_whether(s, &delete_password, NULL, &there, err);
}

int iam_root_deactivate(struct aws_session *s, const char *serial,
	struct error *err)
{
	struct error e;
	int r = iam_deactivate_mfa_device(s, NULL, serial, &e);

	if (r == -ERROR_REMOTE && strcmp(e.foreign, "NoSuchEntity") == 0)
		return 0;
	return r < 0 ? error_copy(err, &e) : 0;
}
