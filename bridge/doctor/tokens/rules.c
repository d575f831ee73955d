/* SPDX-License-Identifier: Apache-2.0 */
/* What the facts about tokens come to. */
#include "bridge/doctor/tokens/tokens.h"

#include <stdio.h>
#include <string.h>

#define CLASS_HID 3
/* What a hub without a supply of its own gives one port, USB 2.0 7.2.1.1 */
#define BUS_POWERED_MA 100

const char *const rule_names[RULES] = {
	[RULE_FIDO_ID] = "60-fido-id.rules",
	[RULE_UACCESS] = "70-uaccess.rules",
	[RULE_OURS] = "70-tokenbridge.rules",
};

/* ---- the machine ---- */

static void judge_kernel(const struct tokens_facts *t, struct findings *f)
{
	if (!t->hidraw)
		findings_add(f, FINDING_WARN, "kernel", "hidraw",
			"modprobe usbhid; in a container, /sys must be there",
			"the kernel shows no hidraw device at all, not even a "
			"keyboard's");
	if (!t->udevd)
		findings_add(f, FINDING_WARN, "udevd", "/run/udev/control",
			"start systemd-udevd; in a container, pass the nodes "
			"and their permissions in",
			"no udevd runs here: no rule gives anybody access to a "
			"token");
}

static const char *rule_purpose(enum rule r)
{
	static const char *const purposes[RULES] = {
		[RULE_FIDO_ID] = "marks FIDO interfaces",
		[RULE_UACCESS] = "gives them to whoever sits at the screen",
		[RULE_OURS] = ("gives them to the group " TOKENS_GROUP),
	};

	return purposes[r];
}

static void judge_rule(const struct tokens_facts *t, enum rule r,
	struct findings *f)
{
	static const char *const remedies[RULES] = {
		[RULE_FIDO_ID] = "install systemd's udev (package udev)",
		[RULE_UACCESS] = "install systemd's udev (package udev)",
		[RULE_OURS] = ("install tokenbridge's rule, then `udevadm "
			"control --reload` and plug the token in again"),
	};

	if (t->rules[r] == RULE_THERE)
		findings_add(f, FINDING_OK, "rules", rule_names[r], NULL,
			"it is there: it %s", rule_purpose(r));
	else if (t->rules[r] == RULE_MASKED)
		findings_add(f, FINDING_WARN, "rules", rule_names[r],
			"remove what hides it from /etc/udev/rules.d",
			"it is hidden by an empty file of the same name, and "
			"%s no more", rule_purpose(r));
	else
		findings_add(f, FINDING_WARN, "rules", rule_names[r],
			remedies[r], "udev has no such rule, which %s",
			rule_purpose(r));
}

static void judge_group(const struct tokens_facts *t, struct findings *f)
{
	if (t->root || t->group_in_force)
		return;
	if (!t->group_exists)
		findings_add(f, FINDING_WARN, "group", TOKENS_GROUP,
			"systemd-sysusers, then `udevadm control --reload`",
			"this machine has no such group: only root and whoever "
			"sits at the screen have access");
	else if (t->group_lists_user)
		findings_add(f, FINDING_WARN, "group", TOKENS_GROUP,
			"log in again",
			"%s is a member, but was not yet when this session "
			"began", t->user);
	else
		findings_add(f, FINDING_OK, "group", TOKENS_GROUP, NULL,
			"%s is no member, and needs the seat to have access",
			t->user);
}

static void judge_build(const struct tokens_facts *t, struct findings *f)
{
	static const char again[] = "build tokenbridge with it";

	if (!t->worker)
		findings_add(f, FINDING_FAIL, "build", "tokenbridge-worker",
			"install tokenbridge anew",
			"it is missing: neither smart card nor OTP interface "
			"can be asked");
	if (!t->built_pcsc)
		findings_add(f, FINDING_WARN, "build", "libpcsclite", again,
			"this build has no PC/SC: no OATH credentials, no `enroll "
			"--method totp`");
	if (!t->built_ykpers)
		findings_add(f, FINDING_WARN, "build", "libykpers", again,
			"this build cannot ask the OTP interface: `info` shows "
			"no OTP slots");
}

/* ---- the smart card ---- */

static bool has_card(const struct tokens_facts *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->tokens[i].token->node.has_ccid)
			return true;
	return t->any_card;
}

static void judge_pcscd(const struct tokens_facts *t, struct findings *f)
{
	if (t->pcscd > 0)
		findings_add(f, FINDING_OK, "smart-card", "pcscd", NULL,
			"it runs (pid %ld)", (long)t->pcscd);
	else if (t->pcscd_socket)
		findings_add(f, FINDING_OK, "smart-card", "pcscd", NULL,
			"it is started when it is asked");
	else
		findings_add(f, FINDING_WARN, "smart-card", "pcscd",
			"install pcscd, or `systemctl start pcscd.socket`",
			"it does not run: OATH credentials cannot be asked");
}

static void warn_of_polkit(const struct tokens_facts *t, struct findings *f)
{
	if (t->polkit_ours)
		findings_add(f, FINDING_WARN, "smart-card", "polkit",
			"sit at the screen, or `usermod -a -G " TOKENS_GROUP
			" USER`",
			"pcscd asks polkit, which lets in the active session at "
			"the screen, root, and group " TOKENS_GROUP);
	else
		findings_add(f, FINDING_WARN, "smart-card", "polkit",
			"by ssh or as a service: a rule in "
			"/etc/polkit-1/rules.d that allows "
			"org.debian.pcsc-lite.access_pcsc and access_card",
			"pcscd asks polkit, which lets in only the active "
			"session at the screen and root");
}

static void judge_polkit(const struct tokens_facts *t, struct findings *f)
{
	if (!t->pcscd_polkit || t->root)
		return;
	/* polkit looks at the group file, not at what a process has */
	if (t->polkit_ours && t->group_lists_user)
		findings_add(f, FINDING_OK, "smart-card", "polkit", NULL,
			"pcscd asks polkit, which lets group " TOKENS_GROUP
			" in");
	else if (t->polkit_rule)
		findings_add(f, FINDING_OK, "smart-card", "polkit", NULL,
			"pcscd asks polkit, and a rule of this machine speaks "
			"of it");
	else if (t->polkit_hidden)
		findings_add(f, FINDING_UNKNOWN, "smart-card", "polkit",
			"run this as root too",
			"pcscd asks polkit, whose rules %s may not read",
			t->user);
	else
		warn_of_polkit(t, f);
}

static void judge_card(const struct tokens_facts *t, struct findings *f)
{
	if (!t->built_pcsc || !has_card(t))
		return;
	judge_pcscd(t, f);
	judge_polkit(t, f);
	if (t->scdaemon > 0)
		findings_add(f, FINDING_WARN, "smart-card", "scdaemon",
			"`gpgconf --kill scdaemon`, or pcsc-shared in "
			"scdaemon.conf",
			"GnuPG's scdaemon runs (pid %ld), and may keep the "
			"reader to itself", (long)t->scdaemon);
}

/* ---- one token ---- */

static const char *subject_of(const struct token *t)
{
	return t->node.path[0] ? t->node.path : t->node.usb_path;
}

static const char *remedy_of(const struct tokens_facts *t,
	const struct token *token)
{
	const struct node *n = &token->node;

	if (token->problem == TOKEN_HELD)
		return "end that program, or wait for it";
	if (token->problem == TOKEN_BROKEN || token->problem == TOKEN_GONE)
		return "plug the token in again";
	if (token->problem != TOKEN_NO_PERMISSION)
		return NULL;
	if (strcmp(n->group, TOKENS_GROUP) != 0 || !(n->mode & 0060))
		return "see the rows about rules; then plug the token in again";
	return t->group_lists_user ? "log in again, so that the group holds" :
		"sit at the screen, or `usermod -a -G " TOKENS_GROUP
		" USER` and log in again";
}

static void judge_token(const struct tokens_facts *t,
	const struct token_facts *x, struct findings *f)
{
	const struct token *token = x->token;
	char product[160];

	token_product(token, product, sizeof(product));
	if (token->problem == TOKEN_USABLE)
		findings_add(f, FINDING_OK, "token", subject_of(token), NULL,
			"%s answers %s", product, t->user);
	else
		findings_add(f, FINDING_FAIL, "token", subject_of(token),
			remedy_of(t, token), "%s", token->problem_text);
}

static void judge_node(const struct token_facts *x, struct findings *f)
{
	const struct node *n = &x->token->node;

	if (!n->fido)
		return;
	findings_add_node(f, n, "");
}

static void judge_openers(const struct token_facts *x, struct findings *f)
{
	size_t i;

	for (i = 0; i < x->openers_n; i++)
		if (x->openers[i].pid != x->locked_by)
			findings_add(f, FINDING_WARN, "opened",
				subject_of(x->token),
				"end that program when answers go astray",
				"%s (pid %ld) has it open without a lock",
				x->openers[i].name, (long)x->openers[i].pid);
}

static void judge_usb_node(const struct token_facts *x, struct findings *f)
{
	if (!x->usb_node[0] || !x->token->node.has_keyboard)
		return;
	if (x->usb_openable)
		findings_add(f, FINDING_OK, "usb-node", x->usb_node, NULL,
			"the OTP interface can be asked");
	else
		findings_add(f, FINDING_WARN, "usb-node", x->usb_node,
			"as for the token itself",
			"no permission to open it: `info` cannot ask the OTP "
			"interface");
}

static void judge_drivers(const struct tokens_facts *t,
	const struct token_facts *x, struct findings *f)
{
	const struct usb_interface *i = x->usb.interfaces;
	const char *subject = subject_of(x->token);
	size_t k;

	for (k = 0; k < x->usb.interfaces_n; k++, i++) {
		if (i->class != CLASS_HID || strcmp(i->driver, "usbhid") == 0)
			continue;
		if (!t->usbhid)
			findings_add(f, FINDING_FAIL, "usb-driver", subject,
				"modprobe usbhid",
				"the kernel's module usbhid is not loaded: "
				"interface %u has no driver", i->number);
		else
			findings_add(f, FINDING_FAIL, "usb-driver", subject,
				"end that program, then plug the token in "
				"again",
				"interface %u is not with the driver usbhid%s%s"
				": a program has taken it, or was killed while "
				"it had it", i->number, i->driver[0] ?
				" but with " : "", i->driver);
	}
}

static void judge_connection(const struct token_facts *x, struct findings *f)
{
	const char *subject = subject_of(x->token);
	const struct usb_state *u = &x->usb;

	if (u->authorized == 0)
		findings_add(f, FINDING_FAIL, "usb", subject,
			"allow it in USBGuard, or whatever sets `authorized`",
			"this machine does not let the USB device in");
	else if (u->configuration == 0)
		findings_add(f, FINDING_FAIL, "usb", subject,
			"plug it into another port, without a hub",
			"the USB device is not configured, as when a hub has "
			"too little power for it");
	if (strcmp(u->runtime, "error") == 0)
		findings_add(f, FINDING_FAIL, "usb-power", subject,
			"plug the token in again; if that helps, write `on` "
			"into its power/control",
			"it did not come back from power saving");
	if (u->over_current > 0)
		findings_add(f, FINDING_WARN, "usb-power", subject,
			"try another port",
			"its port was switched off for too much current, %d "
			"times since the start", u->over_current);
}

static void judge_power(const struct token_facts *x, struct findings *f)
{
	const char *subject = subject_of(x->token);
	const struct usb_state *u = &x->usb;

	if (u->hub_powered == 0 && u->milliamps > BUS_POWERED_MA)
		findings_add(f, FINDING_WARN, "usb-power", subject,
			"plug it in without the hub, or give the hub a supply",
			"it may draw %d mA, and its hub has no supply of its "
			"own: %d mA for one port", u->milliamps,
			BUS_POWERED_MA);
	else if (u->runtime[0] && strcmp(u->runtime, "error") != 0)
		findings_add(f, FINDING_OK, "usb-power", subject, NULL,
			"%s%s", u->runtime, strcmp(u->control, "auto") == 0 ?
			"; it may sleep and is woken when it is asked" : "");
}

static void judge_one(const struct tokens_facts *t,
	const struct token_facts *x, struct findings *f)
{
	judge_token(t, x, f);
	judge_node(x, f);
	judge_openers(x, f);
	judge_usb_node(x, f);
	if (!x->token->node.usb_path[0])
		return;
	judge_connection(x, f);
	judge_drivers(t, x, f);
	judge_power(x, f);
}

void tokens_judge(const struct tokens_facts *t, struct findings *f)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		judge_one(t, &t->tokens[i], f);
	if (t->n == 0)
		findings_add(f, FINDING_WARN, "token", "hidraw",
			"look at `lsusb`; in a virtual machine, hand the "
			"device in",
			"no token is plugged in (or its USB device does not "
			"reach this machine)");
	judge_kernel(t, f);
	for (i = 0; i < RULES; i++)
		judge_rule(t, (enum rule)i, f);
	judge_group(t, f);
	judge_card(t, f);
	judge_build(t, f);
}
