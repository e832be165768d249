"""The packages for npm: the one that is installed, and the one of the platform, which carries the
program."""

import json

from packer import archives

# As `npm pack` has it, for the same reason as here.
TIME = 499_162_500
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}


def make(program, source, folder):
    """Writes both and returns their paths."""
    own = json.loads((source / "package.json").read_text())
    own["version"] = program.version
    # Exactly this version: program and package belong together.
    own["optionalDependencies"] = {name: program.version for name in own["optionalDependencies"]}
    name = f"{own['name']}-linux-{ARCHITECTURES[program.machine]}"
    if name not in own["optionalDependencies"]:
        raise SystemExit(f"package.json doesn't name {name}")
    files = {
        str(file.relative_to(source)): (file.read_bytes(), file.parent.name == "bin")
        for part in own["files"]
        for file in sorted((source / part).iterdir())
    }
    files["README.md"] = ((source / "README.md").read_bytes(), False)
    minimum = ".".join(map(str, program.glibc))
    platform = {
        "name": name,
        "version": program.version,
        "description": f"The program of {own['name']}, for Linux with glibc {minimum} or newer",
        "os": ["linux"],
        "cpu": [ARCHITECTURES[program.machine]],
        "libc": ["glibc"],
        "files": ["bin"],
        "preferUnplugged": True,
    }
    text = f"# {name}\n\nThe program of `{own['name']}` for this platform. Install that package.\n"
    carrier = {
        "bin/cloro-mock": (program.path.read_bytes(), True),
        "README.md": (text.encode(), False),
    }
    return [pack(own, files, folder), pack(platform, carrier, folder)]


def pack(manifest, files, folder):
    content = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    files = {**files, "package.json": (content.encode(), False)}
    target = folder / f"{manifest['name']}-{manifest['version']}.tgz"
    archives.write_tar(target, {f"package/{name}": file for name, file in files.items()}, TIME)
    return target
