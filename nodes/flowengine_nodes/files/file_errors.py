"""What the system says of a file, in the engine's words."""

from __future__ import annotations

import errno
from pathlib import Path

from flowengine import NodeError, Refused, Retryable

_AWAY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EIO: "the disk reports an error",
    errno.EAGAIN: "the file is busy",
    errno.EBUSY: "the file is busy",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ESTALE: "the network share is away",
    errno.ETIMEDOUT: "the network share is away",
    errno.EHOSTDOWN: "the network share is away",
}

_NO = {
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "there is no such folder or file",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EFBIG: "the file would become too large",
}


def node_error(error: OSError, what: str, path: Path) -> NodeError:
    """Return Retryable where waiting may help, else Refused; the text reads `cannot write x: no permission`."""
    number = error.errno or 0
    if number in _AWAY:
        return Retryable(f"cannot {what} {path}: {_AWAY[number]}")
    return Refused(f"cannot {what} {path}: {_NO.get(number, error.strerror or str(error))}")
