"""The compose file and the Caddyfile: what can be said of them without a container engine."""

import re
import shlex
import subprocess

import pytest
import yaml

from stand_in import FOLDER, HOST
from support import cli

COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
CADDYFILE = FOLDER / "Caddyfile"


def variables_of_the_double():
    options = re.findall(r"^  --([a-z-]+)", cli("serve", "--help").stdout, re.MULTILINE)
    return {f"CLORO_MOCK_{option.replace('-', '_').upper()}" for option in options}


def test_the_double_knows_each_variable():
    used = set(SERVICES["double"]["environment"])
    assert used and used <= variables_of_the_double()
    for name, value in SERVICES["double"]["environment"].items():
        # What another variable may replace, with a default that the double takes.
        assert re.fullmatch(r"\$\{" + name + r":-[^}]+\}", value)


def test_the_image_is_built_from_this_repository():
    build = SERVICES["double"]["build"]
    context = (FOLDER / build["context"]).resolve()
    assert (context / "Package.swift").is_file()
    assert (context / build["dockerfile"]).is_file()


def test_the_proxy_has_the_name_and_the_way_to_the_double():
    proxy = SERVICES[HOST]
    assert proxy["networks"]["default"]["aliases"] == [HOST]
    host, port = proxy["environment"]["CLORO_MOCK_UPSTREAM"].split(":")
    assert host in SERVICES
    assert f"EXPOSE {port}" in (FOLDER.parent / "Dockerfile").read_text().splitlines()
    mounted = dict(volume.split(":")[:2] for volume in proxy["volumes"])
    assert mounted["./Caddyfile"] == "/etc/caddy/Caddyfile"


def test_clients_find_the_authority_where_caddy_puts_it(running):
    mounts = dict(volume.split(":")[:2] for volume in SERVICES[HOST]["volumes"])
    assert mounts["authority"].startswith("/data/caddy/")
    # Caddy's image keeps its data in /data, the script in the state folder.
    assert str(running.authority.parent).endswith(mounts["authority"].removeprefix("/data"))
    example = SERVICES["example"]
    folder = dict(volume.split(":")[:2] for volume in example["volumes"])["authority"]
    assert example["environment"]["SSL_CERT_FILE"] == f"{folder}/{running.authority.name}"


def test_services_wait_for_services_that_report_health():
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            assert wait["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[name] or name == "double"
    assert "\nHEALTHCHECK " in (FOLDER.parent / "Dockerfile").read_text()


@pytest.mark.parametrize("environment", [{}, SERVICES[HOST]["environment"]])
def test_caddy_takes_the_caddyfile(environment, tmp_path):
    done = subprocess.run(
        ["caddy", "validate", "--config", CADDYFILE, "--adapter", "caddyfile"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment},
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr


def test_the_example_client_gets_an_answer(stand_in, monkeypatch, capsys):
    [shell] = SERVICES["example"]["command"][2:]
    _, program = shlex.split(shell.splitlines()[-1])[1:]
    monkeypatch.setenv("CLORO_API_KEY", SERVICES["example"]["environment"]["CLORO_API_KEY"])
    exec(compile(program, "compose.yaml", "exec"), {})
    assert '"success": true' in capsys.readouterr().out
