"""The container image, as an archive that `docker load`, podman and skopeo read: docker's own
layout and that of the Open Container Initiative in one, as `docker save` has it.

No container engine takes part: docker/collect-root gathers the files, and the last stage of the
Dockerfile says how they are run.
"""

import hashlib
import io
import json
import re
import shlex
import string
import subprocess
import tempfile
import time as times
from pathlib import Path

from packer import archives

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
UNITS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9}
TYPE = "application/vnd.oci.image"


def make(program, root, folder, time):
    """Writes the archive and returns its path."""
    stream = io.BytesIO()
    # Packages of one source have the same licence.
    archives.tar_into(stream, gathered(program.path, root), time, links_same=True)
    files = stream.getvalue()
    layer = archives.gzipped(files)
    created = times.strftime("%Y-%m-%dT%H:%M:%SZ", times.gmtime(time))
    arguments = {"VERSION": program.version, "REVISION": program.commit or "unknown"}
    configuration = document({
        "architecture": ARCHITECTURES[program.machine],
        "os": "linux",
        "created": created,
        "config": settings((root / "docker/Dockerfile").read_text(), arguments),
        "rootfs": {"type": "layers", "diff_ids": [digest(files)]},
        "history": [{"created": created, "created_by": "docker/package"}],
    })  # fmt: skip
    manifest = document({
        "schemaVersion": 2,
        "mediaType": f"{TYPE}.manifest.v1+json",
        "config": described(configuration, "config.v1+json"),
        "layers": [described(layer, "layer.v1.tar+gzip")],
    })  # fmt: skip
    name = f"cloro-mock:{program.version}"
    named = {
        "io.containerd.image.name": f"docker.io/library/{name}",
        "org.opencontainers.image.ref.name": program.version,
    }
    index = described(manifest, "manifest.v1+json") | {"annotations": named}
    content = {
        "oci-layout": document({"imageLayoutVersion": "1.0.0"}),
        "index.json": document({
            "schemaVersion": 2, "mediaType": f"{TYPE}.index.v1+json", "manifests": [index],
        }),
        "manifest.json": document([{
            "Config": blob(configuration), "RepoTags": [name], "Layers": [blob(layer)],
        }]),
        **{blob(each): each for each in (configuration, layer, manifest)},
    }  # fmt: skip
    target = folder / f"cloro-mock-{program.version}-linux-{program.machine}.image.tar"
    with target.open("wb") as file:
        entries = [(name, 0o644, each) for name, each in sorted(content.items())]
        archives.tar_into(file, entries, time)
    return target


def gathered(program, root):
    """What docker/collect-root gathers: name, mode, and content, which folders have none of."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([root / "docker/collect-root", program, place], check=True)
        return [
            (
                str(each.relative_to(place)),
                each.stat().st_mode & 0o7777,
                each.read_bytes() if each.is_file() else None,
            )
            for each in sorted(Path(place).rglob("*"))
        ]


# MARK: The Dockerfile


def settings(dockerfile, arguments):
    """How the image is run, by the last stage of a Dockerfile.

    :param arguments: what stands for the variables that ARG declares.
    :raises SystemExit: at an instruction that isn't known here.
    """
    text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    [*_, stage] = re.split(r"^FROM .*$", text, flags=re.MULTILINE)
    found = {}
    for line in filter(None, map(str.strip, stage.splitlines())):
        instruction, rest = line.split(maxsplit=1)
        rest = string.Template(rest).substitute(arguments)
        if instruction in ("ARG", "COPY"):
            continue
        elif instruction == "LABEL":
            found["Labels"] = dict(word.split("=", 1) for word in shlex.split(rest))
        elif instruction == "ENV":
            found["Env"] = shlex.split(rest)
        elif instruction == "USER":
            found["User"] = rest
        elif instruction == "VOLUME":
            found["Volumes"] = {volume: {} for volume in json.loads(rest)}
        elif instruction == "EXPOSE":
            found["ExposedPorts"] = {f"{rest}/tcp": {}}
        elif instruction == "STOPSIGNAL":
            found["StopSignal"] = rest
        elif instruction == "ENTRYPOINT":
            found["Entrypoint"] = json.loads(rest)
        elif instruction == "HEALTHCHECK":
            found["Healthcheck"] = health(rest)
        else:
            raise SystemExit(f"the Dockerfile's last stage has {instruction}, unknown here")
    return found


def health(text):
    """A health check, with times in nanoseconds."""
    options, command = re.fullmatch(r"(.*?)\s*CMD (\[.*\])", text).groups()
    given = dict(re.findall(r"--([\w-]+)=(\S+)", options))
    found = {"Test": ["CMD", *json.loads(command)], "Retries": int(given.pop("retries"))}
    for name, value in given.items():
        number, unit = re.fullmatch(r"([\d.]+)(ms|s|m)", value).groups()
        member = "".join(part.capitalize() for part in name.split("-"))
        found[member] = round(float(number) * UNITS[unit])
    return found


# MARK: Blobs


def document(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def blob(content):
    return "blobs/" + digest(content).replace(":", "/")


def described(content, kind):
    return {"mediaType": f"{TYPE}.{kind}", "digest": digest(content), "size": len(content)}
