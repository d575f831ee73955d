# SPDX-License-Identifier: Apache-2.0
"""What hands, misfortune and other programs do in a rehearsal, a verb each."""
import inspect
import json
import re
import shlex
import textwrap
import time

from .page import COLUMNS

# {key} and {second} are in the box, {user} is one of the people
HELP = """Hands (at the prompt, or while a program waits: Ctrl-] and then a verb):
  box                  the keys: which are plugged in, which are lost
  users                the IAM users, and what each signs in with
  plug {key:14}  put a key in; unplug {key} takes it out
  touch {key:13}  touch it (with --hands wait)
  lose {key:14}  it is gone: it cannot be plugged in any more
  clone {key:13}  its next answer comes from a copy with an older counter
  fault enroll denied  AWS fails next time: enroll, revoke, audit or an action;
                       denied, throttled, lost (the reply) or slow; once,
                       or so often: fault enroll denied 3
  login games          a login of a local user by PAM; sudo games likewise
  help                 this; `help begin` the first steps again
  exit                 ends the rehearsal (or Ctrl-D), with a page of it
"""
BEGIN = """Begin with one key, then give the others out by a plan:
  plug {key}
  tokenbridge list
  tokenbridge verify
  tokenbridge enroll {user} --label {key}
  unplug {key}
  tokenbridge rollout plan.csv     where it asks for a key: Ctrl-] plug {second}
  tokenbridge audit
Then let that key open the local account games, and lose another one:
  plug {key}
  tokenbridge pam-enroll games --holder {user} --token {key}
  login games
  lose {second}
Each tells what to do next. `help` has what hands can do, `box` the keys by
sticker and serial number, `tokenbridge help` its commands; `exit` ends."""

# What a step of ours comes to at AWS
ACTIONS = {"enroll": "EnableMFADevice", "revoke": "DeactivateMFADevice",
           "audit": "ListMFADevices"}
FAULTS = {"denied": {"error": "AccessDenied"},
          "throttled": {"error": "Throttling"},
          "lost": {"drop": "after"},
          "slow": {"delay": 5}}


# What libpam itself says of a folder with just the services of a rehearsal
LIBPAM = "PAM _pam_init_handlers"


class Mistake(Exception):
    """What was typed means nothing."""


class Verbs:
    def __init__(self, world):
        self.world = world
        self.table = {"box": self.box, "users": self.users,
                      "plug": self.plug,
                      "unplug": self.unplug, "touch": self.touch,
                      "lose": self.lose, "clone": self.clone,
                      "fault": self.fault, "login": self.login,
                      "sudo": self.sudo, "help": self.help}

    def do(self, line):
        """What the line comes to, as text."""
        try:
            words = shlex.split(line)
            if not words:
                return ""
            verb = self.table.get(words[0])
            if not verb:
                raise Mistake(f"{words[0]} is no verb of hands: "
                              f"{', '.join(self.table)}")
            said, came = verb(*words[1:]), "-"
            if isinstance(said, tuple):
                said, came = said
        except Mistake as error:
            return textwrap.fill(str(error), COLUMNS,
                                 subsequent_indent="  ") + "\n"
        except TypeError:
            return (f"{words[0]} wants other words: "
                    f"{self._usage(words[0])}\n")
        except ValueError as error:
            return f"{error}\n"
        with open(self.world.folder / "log", "a", encoding="utf-8") as log:
            log.write(time.strftime("%H:%M:%S ", time.gmtime())
                      + f"{came} {shlex.join(words)}\n")
        return said

    def _usage(self, verb):
        """Which words it takes, those in brackets if one likes."""
        takes = inspect.signature(self.table[verb]).parameters.values()
        return " ".join([verb, *(
            one.name.upper() if one.default is one.empty
            else f"[{one.name.upper()}]" for one in takes)])

    def _key(self, name, plugged=None):
        if name not in self.world.keys:
            raise Mistake(f"there is no key {name}; there are: "
                          f"{', '.join(self.world.keys)}")
        if name in self.world.lost:
            raise Mistake(f"{name} is lost; `box` shows the others")
        if plugged and name not in self.world.plugged():
            raise Mistake(f"{name} is not plugged in: `plug {name}`")
        if plugged is False and name in self.world.plugged():
            raise Mistake(f"{name} is plugged in already")
        return name

    def help(self, what=""):
        if what not in ("", "begin"):
            raise Mistake(f"there is no help about {what}: `help`, or `help "
                          "begin`")
        return self.words(BEGIN + "\n" if what else HELP)

    def words(self, text):
        """A help, with names that are there."""
        keys = list(self.world.keys)
        return text.format(key=keys[0], second=keys[1 % len(keys)],
                           user=self.world.first_user())

    def first_words(self):
        """What to begin with."""
        return self.words(BEGIN)

    def users(self):
        rows = []
        for user, password in self.world.people():
            devices = [serial.rpartition("/")[2]
                       for serial in self.world.iam.devices(user)]
            signs = "password" if password else "no password"
            rows.append(f"{user:16} {signs}, "
                        f"MFA: {', '.join(devices) or 'none'}\n")
        return "".join(rows)

    def box(self):
        plugged, rows = self.world.plugged(), []
        for name, serial in self.world.keys.items():
            where = "lost" if name in self.world.lost else \
                "plugged in" if name in plugged else "in the box"
            rows.append(f"{name:8} {serial}  {where}\n")
        return "".join(rows)

    def plug(self, key):
        self.world.plug(self._key(key, plugged=False))
        return f"{key} is plugged in\n"

    def unplug(self, key):
        self.world.unplug(self._key(key, plugged=True))
        return f"{key} is in the box\n"

    def touch(self, key):
        self.world.tokens.grant(self._key(key, plugged=True))
        return f"{key} was touched\n"

    def lose(self, key):
        if self._key(key) in self.world.plugged():
            self.world.unplug(key)
        self.world.lost.add(key)
        if self.world.run("registry", "show", key, quiet=True).returncode:
            return f"{key} is lost, and no record has it: nothing is to do\n"
        return (f"{key} is lost. Next: tokenbridge registry move {key} "
                "--state lost\n")

    def clone(self, key):
        # a login asks twice: whether it knows the user, and for the touch
        self.world.tokens.misbehave(self._key(key), "counter-back", count=2)
        return f"the next to answer for {key} is its copy\n"

    def fault(self, step, kind, times="1"):
        if kind not in FAULTS:
            raise Mistake(f"{kind} is no fault: {', '.join(FAULTS)}")
        if step not in ACTIONS and not re.fullmatch("[A-Z][A-Za-z]+", step):
            raise Mistake(f"{step} is no step: {', '.join(ACTIONS)}, or an "
                          "action of AWS such as ListUsers")
        if not times.isdigit():
            raise Mistake(f"{times} is no number of times")
        self.world.iam.order(ACTIONS.get(step, step), count=int(times),
                             **FAULTS[kind])
        return f"AWS will fail: {ACTIONS.get(step, step)}, {kind}\n"

    def login(self, user, service="login"):
        said = []
        with self.world.login(user, service) as host:
            for line in map(json.loads, host.stdout):
                if "text" in line:
                    said.append(line["text"] + "\n")
                elif "log" in line and LIBPAM not in line["line"]:
                    said.append(textwrap.fill(
                        f"log: {line['line']}", COLUMNS,
                        subsequent_indent="  ") + "\n")
        said.append(f"{user} is let in\n" if host.returncode == 0
                    else f"{user} is not let in\n")
        return "".join(said), host.returncode

    def sudo(self, user):
        return self.login(user, "sudo")
