# SPDX-License-Identifier: Apache-2.0
"""doctor login against libpam on auth lines as distributions have them, with
ours at each place where somebody may put it."""
import os
import pathlib
import random
import re
import shutil
import sys

import pytest

from conftest import RIG
from test_doctor_libpam import (RIG as BUILT, SEED, folder,  # noqa: F401
                                judgements, outcomes, wrongs)

sys.path.insert(0, str(RIG / "login"))
from stacks import SYSTEMS  # noqa: E402

ASKS = ("pam_unix.so", "pam_sss.so", "pam_fprintd.so", "pam_systemd_home.so")
# Modules that are not in libpam's own package: they want nothing of the person
HELPS = ("pam_gnome_keyring.so", "pam_kwallet.so", "pam_kwallet5.so",
         "pam_ecryptfs.so")
CASES = int(os.environ.get("TB_CASES", "60"))
CONTROLS = ("required", "requisite", "sufficient", "optional",
            "[success=1 default=ignore]", "[success=done default=die]",
            "[success=ok ignore=ignore default=bad]",
            "[success=2 default=ignore]")
INCLUDES = re.compile(r"^(-?auth\s+(?:include|substack)\s+|@include\s+)(\S+)",
                      re.M)
FRAGMENT = re.compile("common-|system-|password-auth|postlogin")


def modules(folder):  # noqa: F811
    """Stand-ins of what is not on this machine, and of what asks."""
    for name in (*ASKS, *HELPS):
        shutil.copy(BUILT / "standin.so", folder / "modules" / name)
    shutil.copy(next(pathlib.Path("/lib").glob("*/security/pam_sepermit.so")),
                folder / "modules/pam_selinux_permit.so")


def places(system, service):
    """(file, line) where ours may stand: the service's own, and those that it
    includes, one after the other."""
    files, todo = [], [service]
    while todo:
        name = todo.pop(0)
        if name not in files:
            files.append(name)
            todo += [found[1] for found in INCLUDES.findall(system[name])]
    return [(name, n) for name in files
            for n in range(system[name].count("\n") + 1)]


def written(folder, system, number, service, place, line):  # noqa: F811
    """The service's files, ours in one of them, under names of their own."""
    for name, text in system.items():
        lines = text.splitlines(keepends=True)
        if name == place[0]:
            lines.insert(place[1], line)
        text = INCLUDES.sub(lambda m: f"{m[1]}{folder}/{number}.{m[2]}",
                            "".join(lines))
        for module in (*ASKS, *HELPS, "pam_selinux_permit.so"):
            text = re.sub(rf"(?<=\s){module}", f"{folder}/modules/{module}",
                          text)
        if name == service:
            (folder / "pam.d" / f"s{number}").write_text(text)
        elif FRAGMENT.match(name) or name in ("login", "sudo"):
            (folder / f"{number}.{name}").write_text(text)
    return f"s{number}"


@pytest.mark.parametrize("name", SYSTEMS)
def test_on_a_distributions_lines_it_says_what_libpam_does(
        folder, name, capsys):  # noqa: F811
    modules(folder)
    system, chance = SYSTEMS[name], random.Random(SEED)
    names, what = [], {}
    every = [(service, place, control) for service in system
             if not FRAGMENT.match(service)
             for place in places(system, service) for control in CONTROLS]
    for service, place, control in chance.sample(every,
                                                 min(CASES, len(every))):
        line = (f"auth {control} {folder}/modules/pam_tokenbridge.so"
                f"{chance.choice(('', '', ' nouserok'))}\n")
        made = written(folder, system, len(names), service, place, line)
        names.append(made)
        what[made] = (service, place, line)
    ends, rows = outcomes(folder, names), judgements(folder, names)
    differ = [(what[made], wrong, [(row["status"], row["text"])
                                   for row in rows[made]])
              for made in names for wrong in wrongs(rows[made], ends[made])]
    worst = [max((row["status"] for row in rows[made]), default="none",
                 key=["ok", "warn", "unknown", "fail", "none"].index)
             for made in names]
    with capsys.disabled():
        print(f"\n{name}: {len(names)} services, " +
              ", ".join(f"{worst.count(word)} {word}" for word in
                        ("ok", "warn", "unknown", "fail", "none")))
    assert not differ, differ[:3]
    assert "none" not in worst
    # what is well is called so, but for what depends on more than the lines
    tight = {made for made in names if any(ends[made].values()) and not any(
        let_in for world, let_in in ends[made].items() if world[0] != "good")}
    called = {made for made, word in zip(names, worst) if word == "ok"}
    assert called <= tight and 2 * len(called) >= len(tight)
