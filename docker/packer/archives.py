"""Archives whose bytes depend on their content alone: order, times, owners and modes are given."""

import io
import shutil
import subprocess
import sys
import tarfile
import time as times
import zipfile


def write_tar(target, files, time):
    """A compressed tar archive.

    :param files: by name, the content and whether it can be run.
    :param time: of all files, in seconds since the epoch.
    """
    stream = io.BytesIO()
    entries = [
        (name, 0o755 if is_program else 0o644, content)
        for name, (content, is_program) in sorted(files.items())
    ]
    tar_into(stream, entries, time)
    target.write_bytes(gzipped(stream.getvalue()))


def gzipped(content):
    """The content as gzip has it, without name and time; a twenty-fifth smaller than by zlib."""
    if shutil.which("libdeflate-gzip") is None:
        sys.exit("libdeflate-gzip isn't installed: libdeflate-tools has it")
    return subprocess.run(
        ["libdeflate-gzip", "-12", "-c"], input=content, stdout=subprocess.PIPE, check=True
    ).stdout


def tar_into(stream, entries, time, links_same=False):
    """A tar archive whose files are all root's.

    :param entries: in the order given, the name, the mode, and the content, or None for a folder.
    :param links_same: whether a file that was there before, by another name, becomes a hard link.
    """
    known = {}
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode, content in entries:
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.mode = time, mode
            if content is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            elif links_same and known.setdefault((mode, content), name) != name:
                entry.type, entry.linkname = tarfile.LNKTYPE, known[mode, content]
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
