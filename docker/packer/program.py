"""The program: how it is built, and what it needs."""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# What every Linux with glibc has. libcurl, which webhooks to https need, and libssl, which https
# needs, are loaded when they are needed, and aren't among what the loader looks for.
SYSTEM = re.compile(r"(libc|libm|libdl|libpthread|librt)\.so\.\d+|ld-linux-[\w-]+\.so\.\d+")
# Static libraries, under the name by which the linker looks for each. It takes the first folder
# that has a library, whether static or shared.
STATIC = {
    "libsqlite3.a": "libsqlite3.a",
    "libstdc++.a": "libstdc++.a",
    "libgcc_s.a": "libgcc_eh.a",
}
# An eighth of the program would be tables by which a C++ exception finds its handler. Swift and C
# throw none, and what the libraries in C++ would throw nobody catches: it ends the process with or
# without them. Stacks can be walked by their frame pointers.
WITHOUT_TABLES = """
SECTIONS { /DISCARD/ : { *(.eh_frame .gcc_except_table .gcc_except_table.*) } } INSERT AFTER .text;
"""


def build(root, folder):
    """Builds the program with all but glibc linked statically, and with the versions of the
    packages that Package.swift names, so that the sources alone decide its bytes.

    :param folder: where it is built. It is kept: the next build there takes less time.
    :return: the program's path.
    """
    libraries = folder / "static"
    shutil.rmtree(libraries, ignore_errors=True)
    libraries.mkdir(parents=True)
    for name, library in STATIC.items():
        place = printed("gcc", f"-print-file-name={library}").strip()
        if "/" not in place:
            sys.exit(f"{library} isn't installed: libsqlite3-dev and g++ have what is needed")
        (libraries / name).symlink_to(place)
    # SwiftPM asks pkg-config for SQLite, and what that says comes before the folder given below.
    (libraries / "sqlite3.pc").write_text(
        "Name: SQLite\nDescription: linked statically\nVersion: 3\n"
        f"Libs: -L{libraries} -lsqlite3\n"
    )
    environment = {**os.environ, "PKG_CONFIG_PATH": str(libraries), "CLORO_MOCK_RELEASE": "1"}
    script = libraries / "without-tables.ld"
    script.write_text(WITHOUT_TABLES)
    # A plan or a manifest that is used again has the commit of the build before.
    build = ["swift", "build", "-c", "release", "--product", "cloro-mock"]
    build += ["--disable-build-manifest-caching", "--manifest-cache", "none"]
    # It has no libraries beside it to look for.
    build += ["--disable-local-rpath"]
    build += ["--scratch-path", str(folder), "-Xlinker", f"-L{libraries}", "-Xlinker", "-s"]
    # -O2 lets a text that another one ends with lie within it.
    for word in ("-O2", "--no-eh-frame-hdr", "-T", str(script)):
        build += ["-Xlinker", word]
    # The linker leaves out the functions that nothing calls, where each has a section of its own:
    # 0.9 MB.
    for word in ("-Xfrontend", "-function-sections"):
        build += ["-Xswiftc", word]
    for word in ("-ffunction-sections", "-fdata-sections"):
        build += ["-Xcc", word]
    # C's __FILE__ would say where it was built.
    build += ["-Xcc", f"-ffile-prefix-map={folder}=build"]
    subprocess.run(build, cwd=root, env=environment, check=True, stdout=sys.stderr)
    shown = printed(*build, "--show-bin-path", cwd=root, env=environment).strip()
    program = folder / "cloro-mock"
    program.unlink(missing_ok=True)  # it may be running
    program.write_bytes(without_places(Path(shown) / "cloro-mock"))
    program.chmod(0o755)
    return program


def without_places(path):
    """A program's bytes without those that depend on where it was built.

    Swift keeps hashes of the compiler's command lines, paths included, which nothing reads; and the
    linker's identifier of the build is a hash of everything. It becomes one of the rest.
    """
    content = bytearray(path.read_bytes())
    sections = {
        name: (int(offset, 16), int(size, 16))
        for name, offset, size in re.findall(
            r"\] (\.\S+) +\w+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) ",
            printed("readelf", "--wide", "--section-headers", path),
        )
    }
    for name, header in ((".swift_modhash", 0), (".note.gnu.build-id", 16)):
        if name in sections:
            offset, size = sections[name]
            content[offset + header : offset + size] = bytes(size - header)
    if ".note.gnu.build-id" in sections:
        offset, size = sections[".note.gnu.build-id"]
        place = slice(offset + 16, offset + size)
        content[place] = hashlib.sha256(content).digest()[: size - 16]
    return bytes(content)


def printed(*command, **options):
    return subprocess.run(
        command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    ).stdout


class Program:
    """A program that can be packed.

    Exits when it is none: of another version, or with libraries that not every system has.
    """

    def __init__(self, path, version):
        self.path, self.version = Path(path).resolve(), version
        said, _, rest = self.output("--version").strip().partition(" ")
        #: The commit that it was built from; empty when it doesn't know.
        self.commit = rest.strip("()")
        if said != version:
            sys.exit(f"{path} is version {said}, and VERSION says {version}")
        headers = printed("readelf", "--wide", "--file-header", "--dynamic", self.path)
        machine = re.search(r"Machine:\s+(.*)", headers)[1]
        #: The architecture, as Linux calls it.
        self.machine = {"AArch64": "aarch64"}.get(machine, "x86_64")
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", headers)
        others = [name for name in needed if not SYSTEM.fullmatch(name)]
        if others:
            sys.exit(f"{path} needs {', '.join(others)}, which not every system has")

    def output(self, *words):
        """What the program prints."""
        return printed(self.path, *words)

    @functools.cached_property
    def glibc(self):
        """The oldest glibc that has all that the program uses, such as (2, 35)."""
        symbols = printed("readelf", "--wide", "--version-info", self.path)
        found = re.findall(r"Name: GLIBC_(\d+)\.(\d+)", symbols)
        return max((int(major), int(minor)) for major, minor in found)

    @functools.cached_property
    def command(self):
        """Its command line, as it describes it itself."""
        return json.loads(self.output("--experimental-dump-help"))["command"]
