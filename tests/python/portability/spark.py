"""A real Spark cluster for the tests, from the wheel alone, and one of the engines to compare."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pyspark
import yaml
from portability.engine import PROJECT, Engine
from pyhive import hive

HOST = "127.0.0.1"
WORKERS = 2
PATIENCE = 180
"""Seconds that a part of the cluster has to come up."""
HOME = Path(pyspark.__file__).parent
# For a small machine, small tables and thousands of short queries; nothing here changes a result.
SETTINGS = {
    "spark.driver.memory": "3g",
    "spark.executor.memory": "1g",
    "spark.default.parallelism": "2",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    # What a web interface would show is kept all the same, and a plan of many views is a long text.
    "spark.sql.maxPlanStringLength": "1000",
    "spark.sql.ui.retainedExecutions": "10",
}
# The clock is another one on purpose: what needs UTC has to be said in the profile, as by a user.
CLUSTER_TIME_ZONE = "America/New_York"
PROFILE = yaml.safe_load((PROJECT / "profiles.yml").read_text())["segmentation"]["outputs"]["spark"]
"""The target as users get it; its settings of a session are those of the tests."""


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """A cluster of its own: a master, two workers and a thrift server, without any tables."""
    with running_cluster(folder / "cluster") as port:

        def load(delivered: Path) -> None:
            with _connect(port) as connection, closing(connection.cursor()) as cursor:
                load_parquet(delivered, folder / "demo", "segmentation_demo", cursor)

        yield Engine(
            name="spark",
            folder=folder,
            profile={**PROFILE, "host": HOST, "port": port},
            connect=lambda: closing(_connect(port)),
            load=load,
        )


def load_parquet(delivered: Path, tables: Path, schema: str, cursor: Any) -> None:
    """Make each Parquet file of a folder a table of the same name, with its files in `tables`."""
    cursor.execute(f"create schema if not exists {schema}")
    for file in sorted(delivered.glob("*.parquet")):
        location = tables / file.stem
        location.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, location)
        cursor.execute(f"drop table if exists {schema}.{file.stem}")
        cursor.execute(f"create table {schema}.{file.stem} using parquet location '{location}'")


@contextmanager
def running_cluster(directory: Path) -> Iterator[int]:
    """Start a cluster with all its files below `directory`; yields the thrift server's port.

    It listens on loopback only, on free ports. Whatever happens, no process is left behind.
    """
    directory.mkdir(parents=True)
    master, thrift = _free_port(), _free_port()
    url = f"spark://{HOST}:{master}"
    settings = SETTINGS | {
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.local.dir": str(directory / "scratch"),
        "spark.sql.warehouse.dir": str(directory / "warehouse"),
        "spark.hadoop.hive.exec.scratchdir": str(directory / "scratch"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={directory / 'metastore'};create=true"
        ),
    }
    with ExitStack() as stack:

        def start(name: str, program: str, *arguments: str) -> subprocess.Popen[bytes]:
            return stack.enter_context(_process(directory, name, program, *arguments))

        process = start(
            "master",
            *("spark-class", "org.apache.spark.deploy.master.Master"),
            *("--host", HOST, "--port", str(master), "--webui-port", str(_free_port())),
        )
        _await_port(master, process, directory / "master.log")
        for number in range(WORKERS):
            start(
                f"worker{number}",
                *("spark-class", "org.apache.spark.deploy.worker.Worker"),
                *("--host", HOST, "--cores", "1", "--memory", "1g"),
                *("--webui-port", str(_free_port())),
                *("--work-dir", str(directory / f"worker{number}"), url),
            )
        process = start(
            "thrift",
            *("spark-submit", "--master", url),
            *(part for item in settings.items() for part in ("--conf", "=".join(item))),
            *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
            "spark-internal",
            *("--hiveconf", f"hive.server2.thrift.port={thrift}"),
            *("--hiveconf", f"hive.server2.thrift.bind.host={HOST}"),
        )
        _await_port(thrift, process, directory / "thrift.log")
        yield thrift


@contextmanager
def _process(
    directory: Path, name: str, program: str, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A part of the cluster, in a process group of its own, which ends with the block."""
    scratch = directory / "tmp"
    scratch.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_IP": HOST,
        "JAVA_TOOL_OPTIONS": " ".join(
            [
                f"-Djava.io.tmpdir={scratch}",
                f"-Duser.timezone={CLUSTER_TIME_ZONE}",
                "-XX:+UseParallelGC",
                "-XX:TieredStopAtLevel=1",  # no process lives long enough to be worth more
            ]
        ),
    }
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(HOME / "bin" / program), *arguments],
            cwd=directory,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # A worker's executors are in its group as well. Nothing in the folder is worth a farewell.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as knock:
            if knock.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"Spark did not start:\n{log.read_text()[-3000:]}")


def _connect(port: int) -> Any:
    # The driver gives dates as text; those who compare rows want to know them as dates.
    hive.TYPES_CONVERTER.setdefault("DATE_TYPE", dt.date.fromisoformat)
    return hive.connect(host=HOST, port=port, configuration=PROFILE["server_side_parameters"])
