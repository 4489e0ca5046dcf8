"""Files that are never half written."""

import os
import shutil
import tempfile


def atomic_write(path: str, text: str, backup: bool = False) -> bool:
    """Replace the file in one step; whether it was there before."""
    existed = os.path.exists(path)
    if existed and backup:
        shutil.copyfile(path, path + ".bak")
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        os.remove(temporary)
        raise
    return existed
