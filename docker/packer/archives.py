"""Archives whose bytes depend on their content alone: order, times, owners and modes are given."""

import gzip
import io
import tarfile
import time as times
import zipfile


def write_tar(target, files, time):
    """A compressed tar archive.

    :param files: by name, the content and whether it can be run.
    :param time: of all files, in seconds since the epoch.
    """
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as stream:
        entries = [
            (name, 0o755 if is_program else 0o644, content)
            for name, (content, is_program) in sorted(files.items())
        ]
        tar_into(stream, entries, time)


def tar_into(stream, entries, time):
    """A tar archive whose files are all root's.

    :param entries: in the order given, the name, the mode, and the content, or None for a folder.
    """
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode, content in entries:
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.mode = time, mode
            if content is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))


def write_zip(target, files, time):
    """A compressed zip archive; files in the order given."""
    date = times.gmtime(max(time, 315_532_800))[:6]  # a zip's time begins in 1980
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (content, is_program) in files.items():
            entry = zipfile.ZipInfo(name, date)
            entry.create_system = 3  # Unix, so that the modes count
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            archive.writestr(entry, content)
