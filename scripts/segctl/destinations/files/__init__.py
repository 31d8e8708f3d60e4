"""Files, on disk or in an object store."""

from segctl.destinations.files.destination import Files, FilesSettings

__all__ = ["Files", "FilesSettings"]
