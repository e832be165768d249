"""What is inside the program, as CycloneDX has it: Swift's libraries, the packages that are built
in, and what Debian's archives give."""

import json
import os
import re
import subprocess
import time as times
import uuid

from packer.program import printed

# What of Debian is linked statically: the package that each library comes from.
DEBIAN = ["libsqlite3-dev", "libstdc++-12-dev", "libgcc-12-dev"]


def make(program, root, folder, time):
    """Writes the list and returns its path."""
    purl = f"pkg:generic/cloro-mock@{program.version}"
    seed = f"{purl}?commit={program.commit}&machine={program.machine}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {
            "timestamp": times.strftime("%Y-%m-%dT%H:%M:%SZ", times.gmtime(time)),
            "component": {
                "type": "application",
                "bom-ref": purl,
                "name": "cloro-mock",
                "version": program.version,
                "purl": purl,
            },
        },
        "components": components(root),
    }
    if program.commit:
        commit = [{"name": "commit", "value": program.commit}]
        document["metadata"]["component"]["properties"] = commit
    references = [each["bom-ref"] for each in document["components"]]
    document["dependencies"] = [{"ref": purl, "dependsOn": references}]
    target = folder / f"cloro-mock-{program.version}-linux-{program.machine}.cdx.json"
    target.write_text(json.dumps(document, indent=2) + "\n")
    return target


def components(root):
    environment = {**os.environ, "CLORO_MOCK_RELEASE": "1"}
    dumped = printed("swift", "package", "dump-package", cwd=root, env=environment)
    dependencies = [each["sourceControl"][0] for each in json.loads(dumped)["dependencies"]]
    found = [swift_package(each) for each in dependencies]
    version = re.search(r"Swift version (\S+)", printed("swift", "--version"))[1]
    purl = f"pkg:generic/swift@{version}"
    found.append(component("swift", version, purl))
    for package in DEBIAN:
        shown = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True
        )
        if shown.returncode == 0:
            found.append(
                component(package, shown.stdout, f"pkg:deb/debian/{package}@{shown.stdout}")
            )
    return found


def swift_package(dependency):
    [location], [version] = dependency["location"]["remote"], dependency["requirement"]["exact"]
    place = re.sub(r"^https?://|\.git$", "", location["urlString"])
    return component(dependency["identity"], version, f"pkg:swift/{place}@{version}")


def component(name, version, purl):
    return {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
    }  # fmt: skip
