/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of a service. */
#include "aws/query/reply.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define EXCERPT 60 /* bytes of a strange body that an error shows */

static const char *first_text(const struct xml_node *node,
	const char *const *names)
{
	const char *text = NULL;

	for (; *names && !text; names++)
		text = xml_text(node, *names);
	return text;
}

static void copy_clean(char *ret, size_t size, const char *text)
{
	snprintf(ret, size, "%s", text ? text : "");
	utf8_sanitise(ret);
}

static const char *request_id(const struct xml_node *root)
{
	static const char *const names[] = { "RequestId", "RequestID", NULL };
	const char *text = first_text(root, names);

	if (!text)
		text = first_text(xml_child(root, "ResponseMetadata"), names);
	return text;
}

/* Whether the node is NAME with this ending ("ListUsers" "Response"). */
static bool is_named(const struct xml_node *node, const char *action,
	const char *ending)
{
	size_t n = strlen(action);

	return strncmp(node->name, action, n) == 0 &&
		strcmp(node->name + n, ending) == 0;
}

static const struct xml_node *find_result(const struct xml_node *root,
	const char *action)
{
	const struct xml_node *c = root->child;

	while (c && !is_named(c, action, "Result"))
		c = c->next;
	return c;
}

/* The Error element of an error document; NULL where there is none. */
static const struct xml_node *find_error(const struct xml_node *root)
{
	const struct xml_node *e;

	if (strcmp(root->name, "ErrorResponse") != 0 &&
		strcmp(root->name, "Response") != 0)
		return NULL;
	e = xml_child(root, "Error");
	return e ? e : xml_child(xml_child(root, "Errors"), "Error");
}

static bool read_refusal(const struct xml_node *root, struct refusal *ret)
{
	static const char *const messages[] = { "Message", "message", NULL };
	const struct xml_node *e = find_error(root);
	const char *code = xml_text(e, "Code");
	const char *id = request_id(root);

	if (!code || !*code)
		return false;
	if (!id)
		id = request_id(e);
	copy_clean(ret->code, sizeof(ret->code), code);
	copy_clean(ret->message, sizeof(ret->message),
		first_text(e, messages));
	copy_clean(ret->request_id, sizeof(ret->request_id), id);
	return true;
}

static const char other_xml[] = "other XML";

/* What a body that is no reply seems to be. */
static const char *reply_kind_of(const char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", *p) && *p)
		p++, n--;
	if (n == 0)
		return "nothing";
	if (*p == '{' || *p == '[')
		return "JSON";
	if ((n >= 5 && strncasecmp(p, "<html", 5) == 0) ||
		(n >= 9 && strncasecmp(p, "<!doctype", 9) == 0))
		return "HTML";
	return *p == '<' ? other_xml : "no XML";
}

static int reply_strange(const void *p, size_t n, const char *action,
	struct error *err)
{
	char excerpt[EXCERPT + 1];
	size_t len = n < EXCERPT ? n : EXCERPT;
	const char *kind = reply_kind_of(p, n);

	if (n > 0)
		memcpy(excerpt, p, len);
	excerpt[len] = '\0';
	utf8_sanitise(excerpt);
	return error_set(err, ERROR_MALFORMED,
		"the answer to %s is %s%s%s%s", action, kind,
		len > 0 ? ": '" : "", excerpt, len > 0 ? "'" : "");
}

/* XML that cannot be read, or none at all. */
static int reply_unreadable(const void *p, size_t n, const char *action,
	const struct error *why, struct error *err)
{
	if (strcmp(reply_kind_of(p, n), other_xml) != 0)
		return reply_strange(p, n, action, err);
	return error_set(err, ERROR_MALFORMED, "the answer to %s is %s",
		action, why->text);
}

int reply_read(const void *p, size_t n, const char *action, struct reply *ret,
	struct refusal *ret_refusal, struct error *err)
{
	CLEANUP(xml_free) struct xml *x = NULL;
	const struct xml_node *root;
	struct refusal refusal;
	struct error why;

	if (xml_parse(&x, p, n, &why) < 0)
		return reply_unreadable(p, n, action, &why, err);
	root = xml_root(x);
	if (is_named(root, action, "Response")) {
		copy_clean(ret->request_id, sizeof(ret->request_id),
			request_id(root));
		ret->json = NULL;
		ret->result = find_result(root, action);
		ret->xml = steal(&x);
		return 1;
	}
	if (!read_refusal(root, &refusal))
		return reply_strange(p, n, action, err);
	*ret_refusal = refusal;
	return 0;
}

/* ---- the JSON protocol ---- */

static void copy_member(char *ret, size_t size, const json_t *o,
	const char *const *names)
{
	const char *text = NULL;

	for (; *names && !text; names++)
		text = json_string_value(json_object_get(o, *names));
	snprintf(ret, size, "%s", text ? text : "");
	utf8_sanitise(ret);
}

/* "com.amazonaws.cloudtrail#AccessDeniedException" is the last word. */
static bool read_json_refusal(const json_t *o, struct refusal *ret)
{
	static const char *const types[] = { "__type", "code", NULL };
	static const char *const messages[] = { "message", "Message", NULL };
	char type[256];
	const char *name;

	copy_member(type, sizeof(type), o, types);
	copy_member(ret->message, sizeof(ret->message), o, messages);
	name = strrchr(type, '#');
	snprintf(ret->code, sizeof(ret->code), "%.63s", name ? name + 1 : type);
	ret->request_id[0] = '\0';
	return ret->code[0] != '\0';
}

int reply_read_json(const void *p, size_t n, bool good, struct reply *ret,
	struct refusal *ret_refusal, struct error *err)
{
	json_error_t why;
	json_t *o = json_loadb(p, n, JSON_REJECT_DUPLICATES, &why);
	struct refusal refusal;

	if (json_is_object(o) && good) {
		*ret = (struct reply){ .json = o };
		return 1;
	}
	if (json_is_object(o) && read_json_refusal(o, &refusal)) {
		*ret_refusal = refusal;
		json_decref(o);
		return 0;
	}
	json_decref(o);
	return error_set(err, ERROR_MALFORMED,
		"the answer is no JSON object of AWS");
}

void reply_done(struct reply *r)
{
	xml_free(&r->xml);
	r->result = NULL;
	json_decref(r->json);
	r->json = NULL;
}
