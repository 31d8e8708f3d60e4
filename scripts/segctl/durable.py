"""Files that are either the old or the new version after a crash, never something in between."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

PRIVATE = 0o600


def replace_files(finished: Mapping[Path, Path]) -> None:
    """Put temporary files in place of others in the same directory: durable when this returns."""
    for temporary, target in finished.items():
        # Whoever was allowed to read the file so far stays so; new files are the owner's alone.
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else PRIVATE)
        sync(temporary)
    for temporary, target in finished.items():
        temporary.replace(target)
    for directory in {target.parent for target in finished.values()}:
        sync(directory)


def write_text(target: Path, text: str, *, mode: int = PRIVATE) -> None:
    """Write a small file in one step."""
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    replace_files({temporary: target})


def remove_files(*targets: Path) -> None:
    """Delete files durably; it does not matter if they are gone already."""
    for target in targets:
        target.unlink(missing_ok=True)
    for directory in {target.parent for target in targets if target.parent.exists()}:
        sync(directory)


def sync(path: Path) -> None:
    """Force a file's or directory's content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """Digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
