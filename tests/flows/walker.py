# SPDX-License-Identifier: Apache-2.0
"""Somebody at the console who does what the steps say, and nothing else.

Steps are what the program prints: numbered, over one or more lines. A step is
known by the labels that it quotes, as bridge/guide/steps.txt has them; one that
tells nothing to do is passed over.
"""
import re

STEP = re.compile(r"^ ?(\d+)\. (.*)$")


class Walker:
    """Reads a program's standard error, and walks through the console."""

    def __init__(self, process, iam):
        self.process, self.iam = process, iam
        self.heard = ""          # all that was said
        self.steps = []          # not yet walked
        self.pages = {"session": None}
        self.numbers = []

    # ---- listening ----

    def listen(self, *marks):
        """Until a line has one of the marks, or the end; gives the line."""
        for line in self.process.stderr:
            self.heard += line
            line = line.rstrip("\n")
            begun = STEP.match(line)
            if begun:
                self.numbers.append(int(begun[1]))
                self.steps.append(begun[2])
            elif line.startswith("    ") and self.steps:
                self.steps[-1] += " " + line.strip()
            if any(mark in line for mark in marks):
                return line
        return None

    def walk_until(self, *marks):
        """Listens until the program waits, and does what it said."""
        line = self.listen(*marks)
        assert line, self.heard
        steps, self.steps = self.steps, []
        for step in steps:
            self.do(step)
        return line

    def end(self):
        self.listen()
        out = self.process.stdout.read()
        return self.process.wait(), out, self.heard

    # ---- doing ----

    @staticmethod
    def says(step, *labels):
        return all(f'"{label}"' in step for label in labels)

    def do(self, step):
        todo = self.pages
        if self.says(step, "Sign out"):
            self.sign_out()
        elif self.says(step, "Root user"):
            self.sign_out()
            todo["ready"] = True
        elif step.startswith("When the console asks for the second factor"):
            todo["use"] = re.search(r"use ([^;]+);", step)[1]
            self.sign_in()
        elif step.startswith("Open the menu") or "asks for an MFA device by" \
                in step:
            self.sign_in()
        elif "Type the device's name:" in step or "type root" in step or \
                "asks for a name" in step:
            todo["name"] = step.split()[-1]
        elif "the serial number from the back" in step:
            todo["serial"] = step.split()[-1]
        elif step.startswith("Plug in the key"):
            todo["serial"] = todo["session"].add_fido(todo["name"])
        elif self.says(step, "MFA code 1", "MFA code 2"):
            self.type_codes()
        elif "mark the device" in step:
            todo["marked"] = step.split()[-1]
        elif self.says(step, "Remove"):
            todo["session"].remove(todo["marked"])

    def sign_out(self):
        if self.pages["session"]:
            self.pages["session"].sign_out()
            self.pages["session"] = None

    def device(self):
        """The serial of the device that is used to sign in."""
        named = self.pages.get("use")
        held = list(self.iam.devices("root"))
        for serial in held:
            if named and (named in serial or serial == named):
                return serial
        return held[0] if held else None

    def sign_in(self):
        if not self.pages["session"]:
            self.pages["session"] = self.iam.sign_in("root",
                                                     mfa=self.device())

    def type_codes(self):
        todo, session = self.pages, self.pages["session"]
        if todo.get("serial"):
            session.add_hardware(todo["serial"])
        else:
            session.add_virtual(todo["name"])
