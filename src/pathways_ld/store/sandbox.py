"""What a worker process gives up before it sees a query: the network, new programs, files, a life of its own.

Everything here is a second line behind the query guard. What a platform does not have is left out silently:
the worker must start on every POSIX system.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2

# Classic BPF (linux/filter.h): load a word, jump if equal, jump if greater or equal, return.
_LOAD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_GREATER_OR_EQUAL: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EACCES
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCHITECTURE: Final = 4
_X32_BIT: Final = 0x40000000

# socket, socketpair, bind, connect, accept, accept4, listen, sendto, sendmsg, sendmmsg; io_uring_setup, which
# could open sockets too; execve, execveat, ptrace.
_ARCHITECTURES: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (0xC000003E, (41, 53, 49, 42, 43, 288, 50, 44, 46, 307, 425, 59, 322, 101)),
    "aarch64": (0xC00000B7, (198, 199, 200, 203, 202, 242, 201, 206, 211, 269, 425, 221, 281, 117)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_program(machine: str) -> bytes | None:
    """Give the seccomp program for a machine as `platform.machine()` names it, or None if it has none."""
    if machine not in _ARCHITECTURES:
        return None
    architecture, denied = _ARCHITECTURES[machine]
    # A jump counts the instructions to skip; the last two are "allow" and "deny". A call made through
    # another architecture's table has other numbers, so it is denied.
    checks: list[tuple[int, int]] = [(_JUMP_EQUAL, number) for number in denied]
    if machine == "x86_64":
        checks.insert(0, (_JUMP_GREATER_OR_EQUAL, _X32_BIT))
    program = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 0, len(checks) + 2, architecture),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    program += [(code, len(checks) - index, 0, value) for index, (code, value) in enumerate(checks)]
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def die_with_parent(parent: int) -> None:  # pragma: no cover - runs in the worker only
    """End this process when the thread that started it ends; at once if its process is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def deny_network() -> bool:  # pragma: no cover - runs in the worker only
    """Take sockets and new programs from this thread and those it starts; False where that is impossible."""
    program = filter_program(platform.machine()) if sys.platform == "linux" else None
    if program is None:
        return False
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    filter_ = _Program(len(program) // 8, program)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(filter_), 0, 0) == 0)


def be_modest() -> None:  # pragma: no cover - runs in the worker only
    """Write no files, leave no core dump, yield the processor, be the first to go when memory is short."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def peak_memory() -> int:
    """Give the most bytes of memory this process has ever had.

    On Linux not from getrusage, whose figure a process inherits from the one that started it.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def address_space() -> int:  # pragma: no cover - runs in the worker only
    """Give the bytes of address space this process has now, 0 where that is not known."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(pages[0]) * resource.getpagesize()


def limit_memory(size: int) -> None:  # pragma: no cover - runs in the worker only
    """Let this process have `size` bytes of address space; an allocation beyond that fails."""
    resource.setrlimit(resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))


NICENESS: Final = 10
"""The priority of what may take long: a tenth of the processor beside what is quick, all of it where idle."""


def give_way() -> None:
    """Lower the priority of this thread below that of web processes and quick queries, for good."""
    with contextlib.suppress(OSError):  # elsewhere than on Linux a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
