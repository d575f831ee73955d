/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: MFA devices. */
#include "aws/api/iam.h"

#include "aws/api/check.h"
#include "aws/query/field.h"
#include "aws/query/page.h"
#include "base/encode.h"

#include <stdio.h>
#include <string.h>

#define SEED_BASE32_LEN 64

#define READS(name)                                                            \
	{ .action = name, .service = AWS_IAM, .effect = CALL_READS }
#define CHANGES(name)                                                          \
	{ .action = name, .service = AWS_IAM, .effect = CALL_CHANGES }

static const struct operation list_mfa_devices = READS("ListMFADevices");
static const struct operation list_virtual_mfa_devices =
	READS("ListVirtualMFADevices");
static const struct operation get_mfa_device = READS("GetMFADevice");
static const struct operation create_virtual_mfa_device =
	CHANGES("CreateVirtualMFADevice");
static const struct operation delete_virtual_mfa_device =
	CHANGES("DeleteVirtualMFADevice");
static const struct operation enable_mfa_device = CHANGES("EnableMFADevice");
static const struct operation resync_mfa_device = CHANGES("ResyncMFADevice");
static const struct operation deactivate_mfa_device =
	CHANGES("DeactivateMFADevice");

struct each_device {
	const char *user; /* that was asked for; NULL: the caller */
	iam_device_fn fn;
	void *data;
};

static int give_device(void *data, const struct xml_node *member,
	struct error *err)
{
	const struct each_device *each = data;
	struct iam_device d;
	const struct field fields[] = {
		FIELD_STRING("UserName", d.user, false),
		FIELD_STRING("SerialNumber", d.serial, true),
		FIELD_TIME("EnableDate", &d.enabled),
	};
	int r;

	r = field_read(member, fields, ARRAY_LEN(fields), &list_mfa_devices,
		err);
	if (r >= 0)
		r = field_names(&list_mfa_devices, "user", d.user, each->user,
			err);
	if (r < 0)
		return r;
	d.kind = device_kind(d.serial);
	return each->fn(each->data, &d, err);
}

static int with_device_list(const struct asker *by, const char *user,
	iam_device_fn fn, void *data, struct error *err)
{
	const struct each_device each = { user, fn, data };
	const struct param params[] = { { "UserName", user },
		{ "Marker", NULL }, { NULL, NULL } };
	const struct ask ask = {
		.op = &list_mfa_devices,
		.params = params,
		.list = "MFADevices",
		.member = give_device,
		.room = &each,
		.room_n = sizeof(each),
	};
	int r = check_user(user, true, err);

	return r < 0 ? r : asker_ask(by, &ask, err);
}

int iam_list_mfa_devices(struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *err)
{
	const struct asker by = { .s = s };

	return with_device_list(&by, user, fn, data, err);
}

int iam_ask_mfa_devices(struct calls *c, const char *user, iam_device_fn fn,
	ask_done_fn done, void *data, struct error *err)
{
	const struct asker by = { .calls = c, .done = done, .data = data };

	return with_device_list(&by, user, fn, data, err);
}

struct each_virtual {
	iam_virtual_fn fn;
	void *data;
};

/* Root's item has a User with an Arn and no name. */
static int read_virtual_user(const struct xml_node *user,
	struct iam_virtual_device *d, struct error *err)
{
	const struct field fields[] = {
		FIELD_STRING("UserName", d->user, false),
		FIELD_STRING("UserId", d->user_id, false),
		FIELD_STRING("Arn", d->user_arn, true),
	};
	int r;

	r = field_read(user, fields, ARRAY_LEN(fields),
		&list_virtual_mfa_devices, err);
	if (r < 0)
		return r;
	d->of_root = arn_is_root(d->user_arn);
	if (d->of_root)
		d->user[0] = d->user_id[0] = '\0';
	else if (!d->user[0])
		return call_lacks(&list_virtual_mfa_devices, "UserName", err);
	d->assigned = true;
	return 0;
}

static int give_virtual(void *data, const struct xml_node *member,
	struct error *err)
{
	const struct each_virtual *each = data;
	const struct xml_node *user = xml_child(member, "User");
	struct iam_virtual_device d = { .assigned = false };
	const struct field fields[] = {
		FIELD_STRING("SerialNumber", d.serial, true),
		FIELD_TIME("EnableDate", &d.enabled),
	};
	int r;

	r = field_read(member, fields, ARRAY_LEN(fields),
		&list_virtual_mfa_devices, err);
	if (r >= 0 && user && user->child)
		r = read_virtual_user(user, &d, err);
	if (r < 0)
		return r;
	/* whose it is decides about root: one that nobody has has no date */
	if (d.enabled > 0 && !d.assigned)
		return call_lacks(&list_virtual_mfa_devices, "User", err);
	return each->fn(each->data, &d, err);
}

int iam_list_virtual_mfa_devices(struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *err)
{
	static const char *const names[] = {
		[IAM_ANY] = "Any",
		[IAM_ASSIGNED] = "Assigned",
		[IAM_UNASSIGNED] = "Unassigned",
	};
	struct each_virtual each = { fn, data };
	struct param params[] = { { "AssignmentStatus", names[which] },
		{ "MaxItems", "1000" }, { "Marker", NULL }, { NULL, NULL } };

	return page_each(s, &list_virtual_mfa_devices, params,
		"VirtualMFADevices", give_virtual, &each, err);
}

/*
 * The wire carries base64 of the base32 text: two decodings, both inside
 * secrets.
 */
static int read_seed(const struct xml_node *device, struct secret *ret,
	struct error *err)
{
	const struct xml_node *node = xml_child(device, "Base32StringSeed");
	CLEANUP(secret_done) struct secret text = SECRET_INIT;
	CLEANUP(secret_done) struct secret seed = SECRET_INIT;
	ssize_t n = -1;
	int r;

	r = secret_new(&text, SEED_BASE32_LEN, err);
	if (r >= 0)
		r = secret_new(&seed, IAM_SEED_LEN, err);
	if (r < 0)
		return r;
	if (node && node->secret.n > 0)
		n = base64_decode(BASE64_STD, secret_str(&node->secret),
			node->secret.n, text.p, SEED_BASE32_LEN);
	if (n != SEED_BASE32_LEN ||
		base32_decode(secret_str(&text), SEED_BASE32_LEN, seed.p,
			IAM_SEED_LEN) != IAM_SEED_LEN)
		return error_set(err, ERROR_MALFORMED,
			"AWS made the device, and its answer holds no seed of "
			"%d base32 characters", SEED_BASE32_LEN);
	secret_move(ret, &seed);
	return 0;
}

/* The device of another name would be deleted in its place. */
static int check_made(const char *serial, const char *name, const char *path,
	struct error *err)
{
	const char *asked = path ? path : "/", *after = serial;
	size_t n = strlen(asked);
	struct arn a;

	if (arn_parse(serial, strlen(serial), &a) &&
		arn_part_begins(a.resource, "mfa"))
		after = a.resource.p + 3;
	if (strncmp(after, asked, n) == 0 && strcmp(after + n, name) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"the answer to 'iam:CreateVirtualMFADevice' names another "
		"device ('%.120s') than the one that was to be made, '%.80s'",
		serial, name);
}

int iam_create_virtual_mfa_device(struct aws_session *s, const char *name,
	const char *path, char serial[IAM_SERIAL_MAX + 1],
	struct secret *ret_seed, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const struct param params[] = { { "VirtualMFADeviceName", name },
		{ "Path", path }, { NULL, NULL } };
	const struct xml_node *device;
	char made[IAM_SERIAL_MAX + 1] = "";
	const struct field fields[] = {
		FIELD_STRING("SerialNumber", made, true),
	};
	int r;

	r = check_device_name(name, err);
	if (r >= 0)
		r = check_path(path, err);
	if (r >= 0)
		r = call(s, &create_virtual_mfa_device, params, &reply, err);
	if (r < 0)
		return r;
	device = xml_child(reply.result, "VirtualMFADevice");
	r = field_read(device, fields, ARRAY_LEN(fields),
		&create_virtual_mfa_device, err);
	if (r >= 0)
		r = check_made(made, name, path, err);
	if (r < 0)
		return r;
	/* whatever else the answer lacks, the device is there */
	memcpy(serial, made, sizeof(made));
	return read_seed(device, ret_seed, err);
}

/* An operation whose answer holds nothing. */
static int change_device(struct aws_session *s, const struct operation *op,
	const struct param *params, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };

	return call(s, op, params, &reply, err);
}

int iam_delete_virtual_mfa_device(struct aws_session *s, const char *serial,
	struct error *err)
{
	const struct param params[] = { { "SerialNumber", serial },
		{ NULL, NULL } };
	int r = check_serial(serial, err);

	return r < 0 ? r : change_device(s, &delete_virtual_mfa_device, params,
		err);
}

static int with_codes(struct aws_session *s, const struct operation *op,
	const char *user, const char *serial, const char *code1,
	const char *code2, struct error *err)
{
	const struct param params[] = { { "UserName", user },
		{ "SerialNumber", serial }, { "AuthenticationCode1", code1 },
		{ "AuthenticationCode2", code2 }, { NULL, NULL } };
	int r;

	r = check_user(user, false, err);
	if (r >= 0)
		r = check_serial(serial, err);
	if (r >= 0)
		r = check_code(code1, err);
	if (r >= 0)
		r = check_code(code2, err);
	return r < 0 ? r : change_device(s, op, params, err);
}

int iam_enable_mfa_device(struct aws_session *s, const char *user,
	const char *serial, const char *code1, const char *code2,
	struct error *err)
{
	return with_codes(s, &enable_mfa_device, user, serial, code1, code2,
		err);
}

int iam_resync_mfa_device(struct aws_session *s, const char *user,
	const char *serial, const char *code1, const char *code2,
	struct error *err)
{
	return with_codes(s, &resync_mfa_device, user, serial, code1, code2,
		err);
}

int iam_deactivate_mfa_device(struct aws_session *s, const char *user,
	const char *serial, struct error *err)
{
	const struct param params[] = { { "UserName", user },
		{ "SerialNumber", serial }, { NULL, NULL } };
	int r;

	r = check_user(user, true, err);
	if (r >= 0)
		r = check_serial(serial, err);
	return r < 0 ? r : change_device(s, &deactivate_mfa_device, params,
		err);
}

static int read_certification(const struct xml_node *entry,
	struct iam_fido_device *d, struct error *err)
{
	struct iam_certification *c;

	if (d->count >= IAM_CERTIFICATIONS_MAX)
		return error_set(err, ERROR_MALFORMED,
			"the answer to 'iam:GetMFADevice' holds more than %d "
			"certifications", IAM_CERTIFICATIONS_MAX);
	c = &d->certifications[d->count++];
	const struct field fields[] = {
		FIELD_STRING("key", c->name, true),
		FIELD_STRING("value", c->level, false),
	};

	return field_read(entry, fields, ARRAY_LEN(fields), &get_mfa_device,
		err);
}

static int read_fido_device(const struct xml_node *result,
	struct iam_fido_device *d, struct error *err)
{
	const struct field fields[] = {
		FIELD_STRING("UserName", d->user, false),
		FIELD_STRING("SerialNumber", d->serial, true),
		FIELD_TIME("EnableDate", &d->enabled),
	};
	const struct xml_node *entry;
	int r;

	r = field_read(result, fields, ARRAY_LEN(fields), &get_mfa_device,
		err);
	entry = xml_child(xml_child(result, "Certifications"), "entry");
	for (; entry && r >= 0; entry = xml_again(entry))
		r = read_certification(entry, d, err);
	return r;
}

struct one_fido_device {
	const char *user, *serial; /* that were asked for */
	struct iam_fido_device *ret;
};

static int read_mfa_device(void *room, const struct reply *reply,
	const struct error *e, struct error *err)
{
	const struct one_fido_device *one = room;
	struct iam_fido_device d = { .count = 0 };
	int r;

	if (e)
		return error_copy(err, e);
	r = read_fido_device(reply->result, &d, err);
	if (r >= 0)
		r = field_names(&get_mfa_device, "serial number", d.serial,
			one->serial, err);
	if (r >= 0)
		r = field_names(&get_mfa_device, "user", d.user, one->user,
			err);
	if (r < 0)
		return r;
	*one->ret = d;
	return 0;
}

static int with_fido_device(const struct asker *by, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *err)
{
	const struct one_fido_device one = { user, serial, ret };
	const struct param params[] = { { "SerialNumber", serial },
		{ "UserName", user }, { NULL, NULL } };
	const struct ask ask = {
		.op = &get_mfa_device,
		.params = params,
		.read = read_mfa_device,
		.room = &one,
		.room_n = sizeof(one),
	};
	int r;

	r = check_serial(serial, err);
	if (r >= 0)
		r = check_user(user, true, err);
	return r < 0 ? r : asker_ask(by, &ask, err);
}

int iam_get_mfa_device(struct aws_session *s, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *err)
{
	const struct asker by = { .s = s };

	return with_fido_device(&by, user, serial, ret, err);
}

int iam_ask_mfa_device(struct calls *c, const char *user, const char *serial,
	struct iam_fido_device *ret, ask_done_fn done, void *data,
	struct error *err)
{
	const struct asker by = { .calls = c, .done = done, .data = data };

	return with_fido_device(&by, user, serial, ret, err);
}
