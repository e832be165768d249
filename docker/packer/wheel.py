"""The wheel: the module, the program inside it, and what pip wants to know."""

import base64
import hashlib
import tomllib

from packer import archives


def make(program, source, folder, time):
    """Writes the wheel and returns its path."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    name = f"{project['name'].replace('-', '_')}-{program.version}"
    # The tag is what the program's symbols say, not what is wished for.
    tag = "py3-none-manylinux_{}_{}_{}".format(*program.glibc, program.machine)
    module = source / "cloro_mock"
    files = {
        f"cloro_mock/{file.name}": (file.read_bytes(), False)
        for file in sorted(module.iterdir())
        if file.suffix == ".py" or file.name == "py.typed"
    }
    files["cloro_mock/bin/cloro-mock"] = (program.path.read_bytes(), True)
    readme = (source / project["readme"]).read_text()
    facts = {
        "METADATA": metadata(project, program.version, readme),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: docker/package\nRoot-Is-Purelib: false\n"
        f"Tag: {tag}\n",
        "entry_points.txt": entry_points(project),
    }
    information = f"{name}.dist-info"
    for each, text in facts.items():
        files[f"{information}/{each}"] = (text.encode(), False)
    record = f"{information}/RECORD"
    lines = [f"{each},{fingerprint(content)}" for each, (content, _) in files.items()]
    files[record] = ("\n".join([*lines, f"{record},,\n"]).encode(), False)
    target = folder / f"{name}-{tag}.whl"
    archives.write_zip(target, files, time)
    return target


def fingerprint(content):
    """A file's hash and length, as RECORD has them."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"


def metadata(project, version, readme):
    """The core metadata, version 2.1."""
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"Keywords: {','.join(project['keywords'])}",
        *(f"Classifier: {each}" for each in project["classifiers"]),
        f"Requires-Python: {project['requires-python']}",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + readme


def entry_points(project):
    """Scripts, and the plugin for pytest."""
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in entries.items())
        for group, entries in groups.items()
    )
