/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From device nodes to tokens. Nothing here uses libfido2, nor libcrypto: what
 * a program that lists tokens would load them for is their load time.
 */
#include "token/asking.h"

#include "base/text.h"
#include "token/fido/told.h"
#include "token/hid/holder.h"
#include "token/model/product.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a node is worth a row of its own when it joins no other. */
static bool is_token_node(const struct node *n)
{
	if (n->fido)
		return true;
	return n->vendor == USB_VENDOR_YUBICO;
}

static struct token *find_same_key(struct token *tokens, size_t n,
	const struct node *node)
{
	size_t i;

	if (!node->usb_path[0])
		return NULL;
	for (i = 0; i < n; i++)
		if (strcmp(tokens[i].node.usb_path, node->usb_path) == 0)
			return &tokens[i];
	return NULL;
}

static size_t group_nodes(const struct node *nodes, size_t n,
	struct token *tokens)
{
	struct token *t;
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (!is_token_node(&nodes[i]))
			continue;
		t = find_same_key(tokens, used, &nodes[i]);
		if (!t) {
			t = &tokens[used++];
			t->node = nodes[i];
		} else if (nodes[i].fido && !t->node.fido) {
			t->node = nodes[i];
		}
		t->nodes++;
	}
	return used;
}

static void explain_permission(struct token *t)
{
	const struct node *n = &t->node;

	t->problem = TOKEN_NO_PERMISSION;
	if (n->uaccess)
		snprintf(t->problem_text, sizeof(t->problem_text),
			"no permission to open '%s' (mode %04o, group %s): the "
			"rule uaccess gives it only to who sits at this "
			"machine's screen; run as root, or have an "
			"administrator give your group access by a udev rule",
			n->path, n->mode, n->group);
	else
		snprintf(t->problem_text, sizeof(t->problem_text),
			"no permission to open '%s' (mode %04o, group %s): no "
			"udev rule gives it to people; 60-fido-id.rules and "
			"70-uaccess.rules of systemd's udev are missing or "
			"did not run: install udev and plug the token in again",
			n->path, n->mode, n->group);
}

void asking_failed(struct token *t, const struct error *e)
{
	t->identified = false;
	if (e->code == ERROR_PERMISSION) {
		explain_permission(t);
		return;
	}
	t->problem = e->code == ERROR_BUSY ? TOKEN_HELD :
		e->code == ERROR_NO_TOKEN ? TOKEN_GONE : TOKEN_BROKEN;
	snprintf(t->problem_text, sizeof(t->problem_text), "%s", e->text);
}

/* ---- asking ---- */

void asking_done(struct asking *a)
{
	size_t i;

	for (i = 0; a->surveys && i < a->n; i++)
		survey_done(&a->surveys[i]);
	free(a->surveys);
	free(a->tokens);
	memset(a, 0, sizeof(*a));
}

static bool is_on_usb(const struct token *t)
{
	return t->node.fido && t->node.transport == NODE_USB;
}

/* One that cannot be opened is passed over by the survey. */
static void open_for_survey(const struct asking *a, size_t i, int cancel_fd)
{
	const struct node *node = &a->tokens[i].node;
	struct survey *s = &a->surveys[i];

	survey_init(s);
	s->config = node->vendor == USB_VENDOR_YUBICO;
	if (is_on_usb(&a->tokens[i]))
		(void)hid_open(&s->hid, node->path, cancel_fd, deadline_in(0),
			&s->error);
	else
		s->error.code = ERROR_UNSUPPORTED;
}

static int read_survey(const struct survey *s, struct fido_info *ret,
	struct error *err)
{
	struct error why;

	if (s->error.code)
		return error_copy(err, &s->error);
	if (told_read(&s->hid, &s->get_info, ret, &why) == 0)
		return 0;
	return error_set(err, ERROR_FAILED,
		"the token at '%s' does not answer as a FIDO token should: %s",
		s->hid.path, why.text);
}

static void identify_one(struct token *t, const struct survey *s)
{
	struct error e;

	if (!t->node.fido) {
		t->problem = TOKEN_NO_FIDO;
		snprintf(t->problem_text, sizeof(t->problem_text),
			"it shows no FIDO interface over USB: switch FIDO on "
			"(`ykman config usb --enable FIDO2`)");
		return;
	}
	if (!is_on_usb(t))
		return;
	if (read_survey(s, &t->fido, &e) < 0) {
		asking_failed(t, &e);
		return;
	}
	t->devinfo = s->devinfo;
	asking_identified(t);
}

void asking_identified(struct token *t)
{
	t->identified = true;
	devinfo_settle(&t->devinfo, t->node.product);
}

int asking_run(struct asking *ret, const struct node *nodes, size_t n,
	int cancel_fd, deadline_t until, struct error *err)
{
	size_t i;
	int r;

	ret->tokens = calloc(n + 1, sizeof(*ret->tokens));
	ret->surveys = calloc(n + 1, sizeof(*ret->surveys));
	if (!ret->tokens || !ret->surveys)
		return error_memory(err);
	ret->n = group_nodes(nodes, n, ret->tokens);
	for (i = 0; i < ret->n; i++)
		open_for_survey(ret, i, cancel_fd);
	r = survey_run(ret->surveys, ret->n, cancel_fd, until, err);
	for (i = 0; r == 0 && i < ret->n; i++)
		identify_one(&ret->tokens[i], &ret->surveys[i]);
	return r;
}

int token_list(const struct node *nodes, size_t n, int cancel_fd, int64_t ms,
	struct token **ret, size_t *ret_n, struct error *err)
{
	CLEANUP(asking_done) struct asking a = { NULL, NULL, 0 };
	int r = asking_run(&a, nodes, n, cancel_fd, deadline_in(ms), err);

	if (r < 0)
		return r;
	*ret_n = a.n;
	*ret = steal(&a.tokens);
	return 0;
}

pid_t token_holder(const char *node_path, char *name, size_t size)
{
	return hid_holder_of_path(node_path, name, size);
}

bool token_serial(const struct token *t, uint32_t *ret)
{
	if (!t->devinfo.has_serial)
		return false;
	*ret = t->devinfo.serial;
	return true;
}

void token_product(const struct token *t, char *ret, size_t size)
{
	const struct node *n = &t->node;
	bool named = n->manufacturer[0] &&
		strncmp(n->product_name, n->manufacturer,
			strlen(n->manufacturer)) != 0;

	if (!n->product_name[0])
		snprintf(ret, size, "%04x:%04x", n->vendor, n->product);
	else
		snprintf(ret, size, "%s%s%s", named ? n->manufacturer : "",
			named ? " " : "", n->product_name);
	utf8_sanitise(ret);
}

void token_firmware(const struct token *t, char ret[12])
{
	const uint8_t *v = NULL;
	uint8_t told[3];

	if (t->devinfo.has_version)
		v = t->devinfo.version;
	else if (t->identified && product_getinfo_firmware(t->node.vendor,
			t->fido.firmware, told))
		v = told;
	else if (t->identified)
		v = product_hid_firmware(t->node.vendor, t->fido.hid_version);
	ret[0] = '\0';
	if (v)
		snprintf(ret, 12, "%u.%u.%u", v[0], v[1], v[2]);
}

void token_applications(const struct token *t, char *ret, size_t size)
{
	const struct devinfo *d = &t->devinfo;
	char names[DEVINFO_NAMES_LEN];

	if (d->present) {
		devinfo_names(d->has_usb_enabled ? d->usb_enabled :
						   d->usb_supported, names);
		snprintf(ret, size, "%s", names);
	} else {
		snprintf(ret, size, "%s", !t->identified ? "" :
			!t->fido.ctap2 ? "U2F" :
			fido_speaks(&t->fido, "U2F_V2") ? "FIDO2 U2F" :
			"FIDO2");
	}
}
