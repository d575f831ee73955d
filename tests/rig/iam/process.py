"""A server as a child process: started, waited for, and gone with us."""

import json
import os
import select
import subprocess
import sys
import time
import urllib.error
import urllib.request

_RIG = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Child:
    """Runs `python -m MODULE ARGUMENTS` until the with block ends."""

    module = None

    def __init__(self, python=None, log=None):
        self.python, self.log = python or sys.executable, log
        self.process = self.url = None

    def arguments(self):
        return []

    def start(self, timeout=20):
        environment = {k: v for k, v in os.environ.items()
                       if k != 'LD_PRELOAD' and not k.startswith('AWS_')}
        environment['PYTHONPATH'] = os.pathsep.join(
            [_RIG, *filter(None, [environment.get('PYTHONPATH')])])
        self.process = subprocess.Popen(
            [self.python, '-m', self.module, '--parent-pid', str(os.getpid()),
             *self.arguments()], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, env=environment,
            cwd='/')
        line, end = b'', time.monotonic() + timeout
        while not line.endswith(b'\n'):
            left = max(0, end - time.monotonic())
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            more = os.read(self.process.stdout.fileno(), 4096) \
                if ready else b''
            if not more:
                self.stop()
                raise RuntimeError(f'{self.module} did not start: {line!r}')
            line += more
        self.url = line.split()[1].decode()
        return self

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def port(self):
        return int(self.url.rpartition(':')[2])


def post_json(url, value, context=None):
    """POSTs JSON past every proxy; gives the JSON of the answer."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(
        url, json.dumps(value).encode(), {'Content-Type': 'application/json'})
    try:
        with opener.open(request, timeout=60) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            raise ValueError(json.load(error).get('error')) from None
