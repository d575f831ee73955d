# SPDX-License-Identifier: Apache-2.0
"""A copy of the tree in which one change at a time is built and asked about.

Unit programs are built so that they count lines, and changes are judged in
that very build: it is made once, compiles quickly, and tells which program
executes a line. What they do not notice they are asked about once more under
sanitizers, which see a byte too far and what is left behind. The programs
that flows run are built as tests/run builds them, when the first flow is
wanted.
"""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
# One unit program may take so many times as long as without a change, and
# these seconds more: beyond that it hangs
UNIT_FACTOR, UNIT_SECONDS = 10, 60
COUNT_SECONDS, FLOWS_SECONDS = 300, 1800
EVERY_LINE = range(1, 10000)
# These take minutes where lines are counted. They fail one call after the other,
# and look at little that comes of it.
LEFT_OUT = ("memory", "registry memory", "registry crash")


def quiet(command, **options):
    """Whether it succeeds."""
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **options).returncode == 0


def told_by(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **options).stdout


def digest_of(files):
    return hashlib.sha256(b"".join(path.read_bytes()
                                   for path in files)).hexdigest()


def stem_of(path):
    """How a source's object is named, without its ending."""
    return path.split("/", 1)[1].replace("/", "_")


def make(build, targets):
    """What is made compiles by itself: that it does not build is no word on
    the tests."""
    done = subprocess.run(["ninja", "-C", build, *targets],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode:
        sys.exit(f"{done.stdout[-3000:]}{done.stderr}\nmutate: what should "
                 "build does not")


class UnitBuild:
    """Unit programs of the copy, built in one way."""

    def __init__(self, folder, tree):
        self.folder, self.tree = folder, tree
        self.programs = {}      # name: how to run it
        self.made = {}          # a target's id: its files

    def set_up(self, *options, left_out=LEFT_OUT):
        begun = ["--reconfigure"] if (self.folder / "build.ninja").exists() \
            else []
        if not quiet(["meson", "setup", *begun, self.folder, self.tree,
                      *options, "-Dbuildtype=debug", "-Dlogin_user=nobody",
                      "-Dlogin_group=nogroup"]):
            sys.exit("mutate: meson setup fails")
        self.programs = {
            test["name"]: test for test in self.introspect("tests")
            if ("unit" in test["suite"][0] or len(test["suite"]) == 1)
            and test["name"] not in left_out}
        self.made = {one["id"]: [os.path.relpath(path, self.folder)
                                 for path in one["filename"]]
                     for one in self.introspect("targets")}

    def introspect(self, what):
        return json.loads(told_by(["meson", "introspect", f"--{what}",
                                   self.folder]))

    def make(self, names):
        """These programs, and what they start."""
        targets = {made for name in names
                   for one in self.programs[name]["depends"]
                   for made in self.made[one]}
        if targets:
            make(self.folder, targets)

    def run(self, name, seconds, **env):
        test = self.programs[name]
        return quiet(test["cmd"], cwd=test["workdir"] or self.folder,
                     timeout=seconds, env={**os.environ, **test["env"], **env,
                                           "TB_PYTHON": sys.executable})


class Workshop:
    def __init__(self, cache):
        self.cache = cache / "mutate"
        self.tree = self.cache / "tree"
        self.own = self.cache / "cache"         # of the copy's tests/run
        self.plain = self.own / "build-plain"
        self.root = self.own / "root-plain"
        self.covered = UnitBuild(self.cache / "covered", self.tree)
        self.watched = UnitBuild(self.cache / "watched", self.tree)
        self.flows_ready = False
        self.lines = {}                         # (program, file): lines
        self.sound = {}         # case or program: passes without a change
        self.usual = {}         # program: seconds that it takes
        self.copy()
        self.share(cache)

    def copy(self):
        """As it stands, committed or not; times of what did not change stay,
        so that little is built again."""
        listed = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], check=True, capture_output=True).stdout
        wanted = {name for name in listed.decode().split("\0") if name}
        # first: what was a file may be a folder by now
        for path in self.tree.rglob("*"):
            if path.is_file() and str(path.relative_to(self.tree)) \
                    not in wanted:
                path.unlink()
        for name in wanted:
            old, new = TOP / name, self.tree / name
            if not old.is_file():
                continue
            if new.exists() and new.read_bytes() == old.read_bytes():
                continue
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(old, new)
            shutil.copymode(old, new)

    def share(self, cache):
        """What the set-up fetched."""
        self.own.mkdir(parents=True, exist_ok=True)
        for name in ("venv", "venv.stamp", "npm", "npm.stamp", "judge",
                     "judge.stamp", "page", "page.stamp", "absent"):
            if (cache / name).exists() and not (self.own / name).exists():
                (self.own / name).symlink_to(cache / name)

    # ---- the unit programs ----

    def prepare(self, paths):
        """Builds; the unchanged unit programs must pass. Changes will be of
        these files."""
        print("Building, and running the unit programs once", flush=True)
        self.covered.set_up("-Db_coverage=true")
        self.covered.make(self.covered.programs)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            passed = list(pool.map(lambda name: self.count(name, paths),
                                   self.covered.programs))
        for name, well in zip(list(self.covered.programs), passed):
            if not well:
                print(f"{name} fails without a change, and is left out",
                      flush=True)
                del self.covered.programs[name]
        commands = json.loads((self.covered.folder / "compile_commands.json")
                              .read_text())
        self.objects = {}
        for one in commands:
            path = (self.covered.folder / one["file"]).resolve()
            self.objects.setdefault(path, []).append(one)

    def counted(self, program):
        return self.cache / "counts" / re.sub(r"\W+", "-", program)

    def is_counted(self, name, made, paths):
        """One that is as it was is not run again, nor one of which only
        other parts of the product changed."""
        folder = self.counted(name)
        if not (folder / "done").exists():
            return False
        was = tuple((folder / "done").read_text().split()[1:])
        return was == made or was[1:] == made[1:] and not any(
            next(folder.rglob(f"{stem_of(path)}.gcda"), None)
            for path in paths)

    def count(self, name, paths):
        """One program alone, its counts in a folder of their own; whether it
        passes."""
        folder = self.counted(name)
        done = folder / "done"
        files = [self.covered.folder / word
                 for word in self.covered.programs[name]["cmd"]]
        made = (digest_of(path for path in files if path.is_file()),
                digest_of(path for file in files for path in
                          sorted(pathlib.Path(f"{file}.p").glob("*.o"))))
        if not self.is_counted(name, made, paths):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            begun = time.monotonic()
            try:
                passed = self.covered.run(name, COUNT_SECONDS,
                                          GCOV_PREFIX=str(folder))
            except subprocess.TimeoutExpired:
                passed = False
            # which are of this very build, and counts of no other
            for data in folder.rglob("*.gcda"):
                notes = pathlib.Path("/", *data.relative_to(folder).parts)
                shutil.copyfile(notes.with_suffix(".gcno"),
                                data.with_suffix(".gcno"))
            took = time.monotonic() - begun if passed else -1
            done.write_text(f"{took:.1f} {' '.join(made)}")
        self.usual[name] = float(done.read_text().split()[0])
        return self.usual[name] >= 0

    def executed(self, program, path):
        """Lines of a source file that the program executes."""
        key = program, path
        if key in self.lines:
            return self.lines[key]
        lines, unknown = set(), False
        folder = self.counted(program)
        for data in folder.rglob(f"{stem_of(path)}.gcda"):
            told = subprocess.run(["gcov", "--json-format", "--stdout", data],
                                  capture_output=True, text=True)
            unknown |= told.returncode != 0
            for line in told.stdout.splitlines() if not unknown else []:
                for file in json.loads(line)["files"]:
                    if file["file"].endswith(path):
                        lines |= {x["line_number"] for x in file["lines"]
                                  if x["count"]}
        self.lines[key] = EVERY_LINE if unknown else lines
        return self.lines[key]

    def programs_for(self, mutant, text):
        """Those that execute a line of the statement; where none does, those
        that execute any of the file, since what a child did that ended by
        _exit is not counted. The quickest first."""
        first = max(text.rfind(mark, 0, mutant.start) for mark in ";{}") + 1
        first += len(text[first:]) - len(text[first:].lstrip())
        statement = set(range(
            text.count("\n", 0, min(first, mutant.start)) + 1,
            mutant.line + text.count("\n", mutant.start, mutant.end) + 1))
        for lines in (statement, set(EVERY_LINE)):
            found = [name for name in self.covered.programs if lines.intersection(
                self.executed(name, mutant.path))]
            if found:
                break
        return sorted(found, key=self.usual.get)

    def unit_passes(self, name):
        """One program as the tree stands now, all of its cases."""
        self.covered.make([name])
        with tempfile.TemporaryDirectory() as counts:
            try:
                return self.covered.run(name, COUNT_SECONDS,
                                        GCOV_PREFIX=counts)
            except subprocess.TimeoutExpired:
                return False

    # ---- one change ----

    @contextlib.contextmanager
    def changed(self, mutant):
        path = self.tree / mutant.path
        text = path.read_text()
        try:
            path.write_text(mutant.apply(text))
            yield
        finally:
            path.write_text(text)

    def ask_units(self, mutant):
        """("killed", by what), ("hangs", what), ("survived", what ran),
        ("same", "") where the compiler makes the same of it, or
        ("invalid", "")."""
        path = self.tree / mutant.path
        text = path.read_text()
        names = self.programs_for(mutant, text)
        before = self.code(path)
        with self.changed(mutant):
            after = self.code(path)
            if after is None:
                return "invalid", ""
            if after == before:
                return "same", ""
            verdict, by = self.units(self.covered, names)
            if not verdict:
                verdict, by = self.watch(path, text, mutant, names)
        if verdict:
            return verdict, by
        return "survived", ", ".join(names) or "nothing"

    def ask_flows(self, mutant, names):
        """As ask_units, of flows."""
        if not self.flows_ready:
            self.prepare_flows()
        with self.changed(mutant):
            verdict, by = self.flows(names)
        if verdict == "killed" and not self.passes(by):
            return "survived", f"{by}, which fails without a change too"
        if verdict:
            return verdict, by
        return "survived", ", ".join(names)

    def code(self, path):
        """What a compiler that takes pains makes of the file, or None."""
        made = b""
        for one in self.objects.get(path.resolve(), []):
            words = [word for word in shlex.split(one["command"])
                     if word not in ("--coverage", "-g", "-O0", "-MD")]
            for option in ("-MQ", "-MF", "-o"):
                if option in words:
                    at = words.index(option)
                    del words[at:at + 2]
            with tempfile.TemporaryDirectory() as folder:
                out = pathlib.Path(folder) / "out.s"
                if not quiet([*words, "-O2", "-S", "-w", "-o", out],
                             cwd=self.covered.folder):
                    return None
                made += out.read_bytes()
        return made

    def units(self, build, names):
        """What notices first: (verdict, which)."""
        build.make(names)
        with tempfile.TemporaryDirectory() as counts:
            for name in names:
                most = UNIT_SECONDS + UNIT_FACTOR * self.usual[name]
                try:
                    if not build.run(name, most, GCOV_PREFIX=counts,
                                     UBSAN_OPTIONS="halt_on_error=1"):
                        return "killed", name
                except subprocess.TimeoutExpired:
                    return "hangs", name
        return None, ""

    def watch(self, path, text, mutant, names):
        """The same under sanitizers, by what passes there without a change."""
        if not self.watched.programs:
            self.watched.set_up("-Db_sanitize=address,undefined",
                                "-Db_lundef=false")
        names = [name for name in names if self.sound.get(name, True)]
        verdict, by = self.units(self.watched, names)
        while verdict and by not in self.sound:
            path.write_text(text)
            self.sound[by] = self.units(self.watched, [by])[0] is None
            path.write_text(mutant.apply(text))
            if not self.sound[by]:
                names.remove(by)
                verdict, by = self.units(self.watched, names)
        return verdict, f"{by}, sanitized" if verdict else ""

    # ---- flows ----

    def prepare_flows(self):
        """Builds and installs as tests/run does."""
        done = subprocess.run(
            [self.tree / "tests/run", "--case", "unit: error"],
            env={**os.environ, "TOKENBRIDGE_CACHE": str(self.own)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"tests/run fails without a change:\n{done.stdout}"
                     f"{done.stderr}")
        installed = json.loads(told_by(["meson", "introspect", "--installed",
                                        self.plain]))
        self.installed = {}
        for made, place in installed.items():
            if made.startswith(f"{self.plain}/") and \
                    re.search(r"/(tokenbridge[\w-]*(\.so)?|pam_\w+\.so)$", made):
                place = pathlib.Path(place)
                if place.name == "tokenbridge-auth":    # setup_helper
                    place = place.with_name("tokenbridge-auth.real")
                self.installed[made] = place
        self.flows_ready = True

    def install(self):
        """What people run, as the change makes it."""
        make(self.plain, [os.path.relpath(made, self.plain)
                                for made in self.installed])
        for made, place in self.installed.items():
            if os.stat(made).st_mtime != os.stat(place).st_mtime:
                place.unlink()
                shutil.copy2(made, place)

    def flows(self, names):
        """Until a case fails; then that case alone once more. One case of
        each test first, and none of those that take long."""
        self.install()
        wanted = [f"tests/flows/{name}" for name in names]
        try:
            failed = self.shards(wanted, "--first", "-j", "8", "--kind",
                                 "quick") or \
                self.shards(wanted, "--first", "-j", "8")
            if failed:
                if self.shards([failed], "-j", "1"):
                    return "killed", failed
                # a busy machine
                failed = self.shards(wanted, "-j", "8")
        except subprocess.TimeoutExpired:
            return "hangs", "the flows"
        return ("killed", failed) if failed else (None, "")

    def passes(self, case):
        """Without a change; asked once."""
        if case not in self.sound:
            self.install()
            self.sound[case] = not self.shards([case], "-j", "1")
        return self.sound[case]

    def shards(self, cases, *options):
        """The case that failed first, or None."""
        results = self.own / "results"
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir(parents=True)
        env = {"TOKENBRIDGE_CACHE": str(self.own), "TB_PYTHON": sys.executable,
               "TOKENBRIDGE_BUILD": str(self.plain), "TOKENBRIDGE_RUN":
               "tests/run", "TOKENBRIDGE_TOP": str(self.tree),
               "TOKENBRIDGE_ROOT": str(self.root), "SOFTTOKEN":
               str(self.plain / "tests/rig/token/softtoken")}
        words = [word for case in cases for word in ("--case", case)]
        done = subprocess.run(
            [sys.executable, self.tree / "tests/shards.py", *options,
             *words, results, "flows"], env={**os.environ, **env},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=FLOWS_SECONDS)
        if done.returncode == 0:
            return None
        failed = re.search(r"^FAILED +(\S+)", done.stderr, re.M)
        return failed.group(1) if failed else "the flows"
