"""A real OpenC2 consumer with iptables behind it: otupy (EUPL 1.2), started with the Python of the throw-away peers.

    python otupy_consumer.py HOST PORT CERTIFICATE KEY AUTHORITY FOLDER

It asks for a certificate of ours. otupy's packages import every actuator with the libraries of its cloud, and make a
certificate of their own at every start; neither is wanted here, so empty packages stand in for the first, and the
context is ours.
"""

from __future__ import annotations

import importlib.util
import os
import ssl
import sys
import types
from importlib import import_module
from pathlib import Path
from typing import Any

HOST, PORT, CERTIFICATE, KEY, AUTHORITY, FOLDER = sys.argv[1:]


def without_content(name: str, folder: str = "") -> None:
    """Have a package whose modules can be imported one by one."""
    package = types.ModuleType(name)
    found = importlib.util.find_spec("otupy")
    assert found is not None
    assert found.origin is not None
    package.__path__ = [str(Path(found.origin).parent / folder)] if folder else []
    sys.modules[name] = package


def consumer() -> Any:
    """The consumer, not yet listening."""
    os.environ["WERKZEUG_RUN_MAIN"] = "true"  # otupy's actuators do nothing in the parent of a reloading server
    sys.modules["mediatype"] = types.ModuleType("mediatype")
    for name in ("actuators", "actuators/slpf", "profiles"):
        without_content(f"otupy.{name.replace('/', '.')}", name)
    otupy = import_module("otupy")
    import_module("otupy.profiles.slpf")
    actuators = import_module("otupy.actuators.slpf.slpf_actuator_iptables")
    tables = {"path": FOLDER, "name": "rules.sqlite", "commands_table_name": "commands", "jobs_table_name": "jobs"}
    chains = {f"iptables_{each}_chain_name": f"OC2_{each}" for each in ("input", "output", "forward")}
    platform = {"iptables_cmd": "iptables", "ip6tables_cmd": "ip6tables", **chains}
    files = {"path": FOLDER, "iptables_rules_v4_filename": "rules.v4", "iptables_rules_v6_filename": "rules.v6"}
    actuator = actuators.SLPFActuatorIPTables(owner="fw", platform=platform, db=tables, file=files)
    actuator.asset_id = "fw"
    transfer = import_module("otupy.transfers.http.http_transfer").HTTPSTransfer(HOST, int(PORT))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.load_verify_locations(AUTHORITY)
    context.verify_mode = ssl.CERT_REQUIRED
    transfer.ssl_context = context
    return otupy.Consumer(
        "firewall", {("slpf", "fw"): actuator}, import_module("otupy.encoders.json").JSONEncoder(), transfer
    )


if __name__ == "__main__":
    served = import_module("flask").Flask
    run = served.run
    served.run = lambda self, **given: run(self, **{**given, "debug": False, "use_reloader": False})
    ready = consumer()
    del os.environ["WERKZEUG_RUN_MAIN"]
    ready.run()
