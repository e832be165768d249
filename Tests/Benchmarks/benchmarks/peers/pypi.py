"""Peers from PyPI, each in an environment of its own, as its users install it."""

import json
import subprocess
import sys

from ..double import KEY, PATH
from ..places import BUILD, HERE
from ..processes import Server, free_port


class _Package(Server):
    """A server whose packages are pinned in `Peers/<name>.txt`."""

    name = ""
    distribution = ""

    @classmethod
    def environment(cls):
        return BUILD / cls.name

    @classmethod
    def installed(cls):
        folder = cls.environment()
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if not (folder / "bin/python").exists():
            _run([sys.executable, "-m", "venv", folder])
        _run([folder / "bin/python", *install, "-r", HERE / "Peers" / f"{cls.name}.txt"])

    @classmethod
    def version(cls):
        """What is installed; none when it isn't."""
        code = f"from importlib.metadata import version; print(version('{cls.distribution}'))"
        try:
            command = [cls.environment() / "bin/python", "-c", code]
            shown = subprocess.run(command, capture_output=True, text=True)
        except OSError:
            return None
        return f"{cls.distribution} {shown.stdout.strip()}" if shown.returncode == 0 else None


class FastAPI(_Package):
    """A double as one writes it by hand: FastAPI, and a charge in SQLite for each request."""

    name = "fastapi_double"
    distribution = "fastapi"

    def __init__(self, folder, answer):
        port = free_port()
        (folder / "answer.json").write_text(
            json.dumps({"fields": dict(answer.fields()), "body": answer.body.decode()})
        )
        command = [
            self.environment() / "bin/uvicorn", "fastapi_double:application",
            "--app-dir", HERE / "Peers", "--port", port, "--workers", 1, "--no-access-log",
        ]  # fmt: skip
        super().__init__(command, port, {"ANSWER": str(folder / "answer.json"), "API_KEY": KEY})


class MockLimit(_Package):
    """PyPI's mocklimit, run as its README says, with a limit that refuses nothing."""

    name = "mocklimit"
    distribution = "mocklimit"

    def __init__(self, folder, answer):
        port = free_port()
        # Both are YAML, of which JSON is a part. It answers with a schema's first allowed value.
        specification, limits = folder / "openapi.yaml", folder / "limits.yaml"
        specification.write_text(json.dumps(_specification(json.loads(answer.body))))
        limits.write_text(json.dumps(LIMITS))
        command = [
            self.environment() / "bin/mocklimit", "serve", "--spec", specification,
            "--rate-config", limits, "--port", port,
        ]  # fmt: skip
        super().__init__(command, port)


def _specification(body):
    schema = {
        "type": "object",
        "properties": {name: {"enum": [value]} for name, value in body.items()},
    }
    answer = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "The double's answer", "version": "1"},
        "paths": {PATH: {"post": {"responses": {"200": answer}}}},
    }


_ONE = {"input": {"strategy": "fixed", "value": 1}, "output": {"strategy": "fixed", "value": 0}}
_HEADERS = {name: f"X-RateLimit-{name.capitalize()}" for name in ("limit", "remaining", "reset")}
_LIMIT = {"dimension": "requests", "limit": 10**9, "window_seconds": 60, "headers": _HEADERS}
LIMITS = {
    "policies": {"all": {"strategy": "fixed_window", "scope": "api_key", "limits": [_LIMIT]}},
    "endpoints": {PATH: {"methods": ["POST"], "policy": "all", "resources": {"requests": _ONE}}},
}


def _run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[1:3]}: {(done.stderr or done.stdout).strip()[-200:]}")
