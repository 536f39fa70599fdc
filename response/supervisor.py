"""Keep a handful of programs running, and stop them together.

One thread, one loop: it waits for output, for a child's death, for a signal, for the next thing that is due.

    start ──▶ running ──dies──▶ waits (0.5 s, 1 s, … 15 s) ──▶ start
                 │
              Ctrl-C ──▶ TERM ──8 s──▶ KILL
"""

import http.client
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from response.console import Console, Stream
from response.guardian import GRACE, signal_group

FIRST_PAUSE = 0.5  # seconds, as all of these
LONGEST_PAUSE = 15.0
HEALTHY_AFTER = 30.0
PROBE_EVERY = 0.1
PROBE_TIMEOUT = 0.25
SLOW_START = 20.0

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """Something to keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    answers_at: str | None = None  # An address that answers 200 once the program is up.
    starts_last: bool = False  # It needs the others.
    stops_last: bool = False  # The others may still need it for their last words.
    speaks: bool = False  # What it says is for people, not only for who looks for a mistake.
    keeps_open: tuple[int, ...] = ()  # File descriptors it inherits.


@dataclass
class Backoff:
    """Decide how long to wait before the next start."""

    pause: float = 0.0

    def after(self, lifetime: float) -> float:
        """Return the seconds to wait after a life of so many seconds."""
        if lifetime >= HEALTHY_AFTER:
            self.pause = 0.0
        self.pause = min(max(self.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        return self.pause


@dataclass
class Part:
    """A program and its present life."""

    program: Program
    backoff: Backoff = field(default_factory=Backoff)
    process: subprocess.Popen[bytes] | None = None
    streams: list[Stream] = field(default_factory=list)
    born_at: float = 0.0
    last_end: str = ""  # How its life before ended,
    last_pid: int = 0  # and the number of that process.
    start_at: float | None = 0.0  # When to start it (again); None while it runs.
    probe_at: float | None = None  # When to ask again whether it is up; None once it is.
    told_to_stop_at: float | None = None


class Guardian:
    """The supervisor's end of the line to `guardian.py`."""

    def __init__(self, *, keeps_open: tuple[int, ...] = ()) -> None:
        self._keeps_open = keeps_open
        self._groups: set[int] = set()
        self._process = self._start()

    def watch(self, group: int) -> None:
        self._groups.add(group)
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def revive(self) -> None:
        """Start it again if somebody killed it."""
        if self._process.poll() is None:
            return
        self._process = self._start()
        for group in self._groups:
            self._tell(f"+{group}\n")

    def dismiss(self) -> None:
        pipe(self._process.stdin).close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py"))],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=self._keeps_open,
        )

    def _tell(self, line: str) -> None:
        try:
            pipe(self._process.stdin).write(line.encode())
        except BrokenPipeError:
            return  # It was killed; `revive` tells the next one everything.


class Supervisor:
    """Run programs until somebody asks to stop."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        console: Console,
        verbose: bool = False,
        keeps_open: tuple[int, ...] = (),
        when_up: Callable[[], None] = lambda: None,
        grace: float = GRACE,
    ) -> None:
        self.parts = [Part(program) for program in programs]
        self._console = console
        self._verbose = verbose
        self._when_up = when_up
        self._grace = grace
        self._is_announced = False
        self._slow_at = time.monotonic() + SLOW_START
        self._stops_asked = 0
        self._selector = selectors.DefaultSelector()
        self._guardian = Guardian(keeps_open=keeps_open)

    def run(self) -> None:
        with self._hearing_signals():
            try:
                while self._tend(time.monotonic()):
                    for key, _events in self._selector.select(self._pause(time.monotonic())):
                        key.data()
            finally:
                for part in self.parts:
                    if part.process is not None:
                        self._bury(part, part.process)
                self._guardian.dismiss()
                self._selector.close()

    # What happens in the loop

    def _tend(self, now: float) -> bool:
        """Do what is due. Say whether there is anything left to tend."""
        self._guardian.revive()
        for part in self.parts:
            if part.process is not None and part.process.poll() is not None:
                self._note_death(part, part.process, now)
        if self._stops_asked:
            return self._stop(now)
        for part in self.parts:
            if part.start_at is not None and part.start_at <= now and self._may_start(part):
                self._start(part, now)
            if part.probe_at is not None and part.probe_at <= now:
                part.probe_at = None if answers(part.program.answers_at) else now + PROBE_EVERY
        self._announce(now)
        return True

    def _pause(self, now: float) -> float | None:
        """Return how many seconds may pass until something is due, None when only an event can change anything."""
        if self._stops_asked:
            due = [part.told_to_stop_at + self._grace for part in self.parts if part.process and part.told_to_stop_at]
        else:
            waiting = [part.start_at for part in self.parts if self._may_start(part)]
            due = [at for at in (*waiting, *(part.probe_at for part in self.parts)) if at is not None]
            due += [] if self._is_announced else [self._slow_at]
        return max(0.0, min(due) - now) if due else None

    def _may_start(self, part: Part) -> bool:
        return not part.program.starts_last or not any(
            other.process is None or other.probe_at is not None for other in self.parts if not other.program.starts_last
        )

    def _announce(self, now: float) -> None:
        missing = [part.program.name for part in self.parts if part.process is None or part.probe_at is not None]
        if self._is_announced:
            return
        if not missing:
            self._is_announced = True
            self._when_up()
        elif now >= self._slow_at:
            self._slow_at = now + SLOW_START
            self._console.tell(f"Still waiting for {', '.join(missing)}.")

    def _start(self, part: Part, now: float) -> None:
        program = part.program
        try:
            process = launch(program, last_end=part.last_end, last_pid=part.last_pid)
        except OSError as error:  # No memory or no more processes, most likely: it may pass.
            self._plan_restart(part, f"did not start ({error.strerror})", now)
            return
        self._guardian.watch(process.pid)
        part.process = process
        part.born_at, part.start_at = now, None
        part.probe_at = now + PROBE_EVERY if program.answers_at else None
        part.streams = [
            self._follow(pipe(process.stdout), program.name, shown=self._verbose or program.speaks),
            self._follow(pipe(process.stderr), program.name, shown=True),
        ]

    def _follow(self, end: IO[bytes], name: str, *, shown: bool) -> Stream:
        def show(line: str) -> None:
            if shown:
                self._console.says(name, line)

        stream = Stream(end, show=show)

        def hear() -> None:
            if not stream.read():
                self._selector.unregister(end)

        self._selector.register(end, selectors.EVENT_READ, data=hear)
        return stream

    def _note_death(self, part: Part, process: subprocess.Popen[bytes], now: float) -> None:
        self._bury(part, process)
        part.last_pid = process.pid
        if not self._stops_asked:
            self._plan_restart(part, reason(process.returncode), now)

    def _plan_restart(self, part: Part, why: str, now: float) -> None:
        pause = part.backoff.after(now - part.born_at)
        part.start_at = now + pause
        part.last_end = f"Its process {why}."
        self._console.tell(f"{part.program.name} {why}; restarting in {pause:g} s.")

    def _bury(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        """Take what is left of it: its own children, its last words, its pipes."""
        signal_group(process.pid, signal.SIGKILL)
        process.wait()
        self._guardian.forget(process.pid)
        for stream in part.streams:
            if stream.pipe.fileno() in self._selector.get_map():
                self._selector.unregister(stream.pipe)
            stream.close()
        part.process, part.streams, part.probe_at = None, [], None

    # How it ends

    def _stop(self, now: float) -> bool:
        """Tell those whose turn it is to stop, and kill those who do not. Say whether anybody is left."""
        left = [part for part in self.parts if part.process is not None]
        turn = [part for part in left if not part.program.stops_last] or left
        for part in left if self._stops_asked > 1 else turn:
            if part.process is None:
                continue
            if self._stops_asked > 1 or (part.told_to_stop_at and now >= part.told_to_stop_at + self._grace):
                part.told_to_stop_at = now
                signal_group(part.process.pid, signal.SIGKILL)
            elif part.told_to_stop_at is None:
                part.told_to_stop_at = now
                part.process.terminate()  # it alone: Celery lets its children finish what is in their hands
        return bool(left)

    @contextmanager
    def _hearing_signals(self) -> Iterator[None]:
        """Let signals wake the loop: they arrive as bytes in a socket, so no code of ours runs inside a handler."""
        ear, mouth = socket.socketpair()
        ear.settimeout(0)
        mouth.settimeout(0)

        def hear() -> None:
            self._stops_asked += sum(number in STOP_SIGNALS for number in ear.recv(4096))

        self._selector.register(ear, selectors.EVENT_READ, data=hear)
        earlier_fd = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        earlier: dict[signal.Signals, Any] = {
            number: signal.signal(number, lambda *_: None) for number in (*STOP_SIGNALS, signal.SIGCHLD)
        }
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(earlier_fd)
            ear.close()
            mouth.close()


def launch(program: Program, *, last_end: str = "", last_pid: int = 0) -> subprocess.Popen[bytes]:
    """Start a program, and tell it how the process before it ended."""
    return subprocess.Popen(
        list(program.command),
        env={**program.environment, "RESPONSE_LAST_END": last_end, "RESPONSE_LAST_PID": str(last_pid)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches only us; and its whole group can be stopped at once.
        pass_fds=program.keeps_open,
    )


def pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise ValueError("The process was started without this pipe.")
    return end


def answers(url: str | None) -> bool:
    """Say whether a GET of this http:// address is answered with 200, right now."""
    where = urlsplit(url or "")
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PROBE_TIMEOUT)
    try:
        connection.request("GET", where.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reason(returncode: int) -> str:
    """Tell people how a process ended."""
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}" if returncode else "ended by itself"
