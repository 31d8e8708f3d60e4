"""Where secrets come from: the environment, the system's keyring, or a file. Never YAML."""

from __future__ import annotations

import os
from pathlib import Path

from segctl.errors import SecretMissing


def resolve(reference: str) -> str:
    """The secret that env:NAME, keyring:SERVICE/USER or file:PATH points to."""
    scheme, _, rest = reference.partition(":")
    secret = {"env": _from_environment, "keyring": _from_keyring, "file": _from_file}[scheme](rest)
    if not secret:
        raise SecretMissing(f"The secret {reference} is empty.", "Put the key there.")
    return secret


def _from_environment(name: str) -> str:
    if name not in os.environ:
        raise SecretMissing(
            f"The environment variable {name} is not set.",
            f"Set it to the key that sync.yml looks for: export {name}=...",
        )
    return os.environ[name].strip()


def _from_keyring(entry: str) -> str:
    service, _, user = entry.partition("/")
    try:
        import keyring
    except ImportError:
        raise SecretMissing(
            "Secrets from the keyring need a package that is not installed.",
            "Install it: pip install 'segctl[keyring]'",
        ) from None
    try:
        found = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretMissing(f"The keyring cannot be read: {type(error).__name__}.") from None
    if found is None:
        raise SecretMissing(
            f"The keyring has no entry {entry}.", f"Make it: keyring set {service} {user}"
        )
    return found.strip()


def _from_file(path: str) -> str:
    file = Path(path).expanduser()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretMissing(
            f"The secret file {path} cannot be read: {error.strerror}.",
            "Does it exist, and may this user read it?",
        ) from None
