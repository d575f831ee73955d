# SPDX-License-Identifier: Apache-2.0
"""What hands, misfortune and other programs do in a rehearsal, a verb each."""
import json
import shlex
import textwrap
import time

from .page import COLUMNS

# {key} and {second} are in the box, {user} is one of the people
HELP = """Hands (at the prompt, or while a program waits: Ctrl-] and then a verb):
  box                  the keys: which are plugged in, which are lost
  users                the IAM users, and what each signs in with
  plug {key:16}  put a key in; unplug {key} takes it out
  touch {key:15}  touch it (with --hands wait)
  lose {key:16}  it is gone: it cannot be plugged in any more
  clone {key:15}  its next answer comes from a copy with an older counter
  fault enroll denied  AWS fails next time: enroll, revoke, audit or an action;
                       denied, throttled, lost (the reply) or slow; once,
                       or so often: fault enroll denied 3
  login games          a login of a local user by PAM; sudo games likewise
  help                 this; exit or Ctrl-D ends the rehearsal

Begin with one key, then give the others out by a plan:
  plug {key}
  tokenbridge list
  tokenbridge verify
  tokenbridge enroll {user} --label {key}
  unplug {key}
  tokenbridge rollout plan.csv     where it asks for a key: Ctrl-] plug {second}
  tokenbridge audit
A key's name is on its sticker, and known to tokenbridge by --label or a plan;
before that it goes by the serial number that `box` shows."""

# What a step of ours comes to at AWS
ACTIONS = {"enroll": "EnableMFADevice", "revoke": "DeactivateMFADevice",
           "audit": "ListMFADevices"}
FAULTS = {"denied": {"error": "AccessDenied"},
          "throttled": {"error": "Throttling"},
          "lost": {"drop": "after"},
          "slow": {"delay": 5}}


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
            return f"{error}\n"
        except TypeError:
            return f"{words[0]} wants other words: see `help`\n"
        except ValueError as error:
            return f"{error}\n"
        with open(self.world.folder / "log", "a", encoding="utf-8") as log:
            log.write(time.strftime("%H:%M:%S ", time.gmtime())
                      + f"{came} {shlex.join(words)}\n")
        return said

    def _key(self, name, plugged=None):
        if name not in self.world.keys:
            raise Mistake(f"there is no key {name}: "
                          f"{', '.join(self.world.keys)}")
        if name in self.world.lost:
            raise Mistake(f"{name} is lost")
        if plugged is not None and plugged != (name in self.world.plugged()):
            raise Mistake(f"{name} is {'not ' if plugged else ''}plugged in")
        return name

    def help(self):
        return self.words() + "\n"

    def words(self):
        """The help, with names that are there."""
        keys = list(self.world.keys)
        return HELP.format(key=keys[0], second=keys[1 % len(keys)],
                           user=self.world.first_user())

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

    def plug(self, name):
        self.world.plug(self._key(name, plugged=False))
        return f"{name} is plugged in\n"

    def unplug(self, name):
        self.world.unplug(self._key(name, plugged=True))
        return f"{name} is in the box\n"

    def touch(self, name):
        self.world.tokens.grant(self._key(name, plugged=True))
        return f"{name} was touched\n"

    def lose(self, name):
        if self._key(name) in self.world.plugged():
            self.world.unplug(name)
        self.world.lost.add(name)
        return (f"{name} is lost. Next: tokenbridge registry move {name} "
                "--state lost\n")

    def clone(self, name):
        # a login asks twice: whether it knows the user, and for the touch
        self.world.tokens.misbehave(self._key(name), "counter-back", count=2)
        return f"the next to answer for {name} is its copy\n"

    def fault(self, step, kind, times="1"):
        if kind not in FAULTS:
            raise Mistake(f"{kind} is no fault: {', '.join(FAULTS)}")
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
                elif "log" in line:
                    said.append(textwrap.fill(
                        f"log: {line['line']}", COLUMNS,
                        subsequent_indent="  ") + "\n")
        said.append(f"{user} is let in\n" if host.returncode == 0
                    else f"{user} is not let in\n")
        return "".join(said), host.returncode

    def sudo(self, user):
        return self.login(user, "sudo")
