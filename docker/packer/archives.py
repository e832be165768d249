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
    with (
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, (content, is_program) in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), time
            entry.mode = 0o755 if is_program else 0o644
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
