# SPDX-License-Identifier: Apache-2.0
"""The environment that the stand-in for the login helper (helper.c) puts
around it: emulated tokens, and a logind that says what a test wants."""
import pathlib
import shutil

# logind.c's lines: the process that asks is in a session at the seat
AT_SEAT = """unit session-c1.scope
owner 5
display c1
session c1 5 seat0 active local
"""


def write_lines(program, env):
    pathlib.Path(f"{program}.env").write_text(
        "".join(f"{name}={value}\n" for name, value in env.items()))


def write_env(helper, pamhost, told, env, seat=AT_SEAT):
    """helper: the stand-in's path; pamhost: a program of this folder's build;
    told: a file to be made; env: what the emulated world needs."""
    told = pathlib.Path(told)
    told.write_text(seat)
    library = pathlib.Path(pamhost).parent / "logind.so"
    before = env.get("LD_PRELOAD")
    lines = {**env, "LOGIND": told,
             "LD_PRELOAD": f"{before}:{library}" if before else library}
    write_lines(helper, lines)


def stand_in(folder, pamhost, env):
    """The path of a stand-in for the program itself: what is started by it has
    waited for one more program to start, as the helper behind ours has."""
    path = pathlib.Path(folder) / pathlib.Path(pamhost).name
    shutil.copy(pathlib.Path(pamhost).parent / "login-helper", path)
    pathlib.Path(f"{path}.real").symlink_to(pamhost)
    write_lines(path, env)
    return str(path)
