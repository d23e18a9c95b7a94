#!/usr/bin/env python3
"""Starts metrics_exporter on a folder of its own, asks it for everything that one can ask for, rightly and wrongly, and reads
the answer with the parser of the Prometheus project's client library.

usage: scrape.py METRICS_EXPORTER LEAT

Ends with 77 when that library (Debian: python3-prometheus-client) is not there.
"""

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    print("skipped: there is no prometheus_client here (Debian: python3-prometheus-client)")
    sys.exit(77)

EXPORTER, LEAT = (os.path.abspath(program) for program in sys.argv[1:3])
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def leat(*words, text=""):
    subprocess.run([LEAT, *words], input=text.encode(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Exporter:
    def __init__(self, *flags):
        self.process = subprocess.Popen([EXPORTER, "--port", "0", *flags], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/metrics", line)
        check(found, f"the exporter says {line!r}")
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        check(self.process.wait() == 0, "the exporter did not end with 0")

    def ask(self, method, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def raw(self, request, end=True):
        """The status line of what `request`, bytes as they are, is answered with."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").readline().decode().strip()


def samples_of(text):
    """{(name, labels): value} of what the parser makes of it."""
    samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            check(key not in samples, f"{key} is there twice")
            samples[key] = sample.value
    return samples


def value(samples, name, **labels):
    key = (name, tuple(sorted(labels.items())))
    check(key in samples, f"there is no {key}")
    return samples[key]


def look_at_values(exporter):
    status, headers, text = exporter.ask("GET", "/metrics")
    check(status == 200, f"status {status}: {text}")
    check(headers["Content-Type"] == CONTENT_TYPE, headers)
    check(int(headers["Content-Length"]) == len(text.encode()), headers)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    check(len(families) >= 40, f"{len(families)} families")
    check(families["leat_partition_appended_bytes"].type == "counter", "type")
    check(families["leat_partition_appended_bytes"].unit == "bytes", "unit")
    check(families["leat_topic_append_seconds"].type == "histogram", "type")
    check(all(family.documentation for family in families.values()), "a family without help")
    samples = samples_of(text)
    check(value(samples, "leat_partition_appended_records_total", topic="events", partition="0") == 1000, "records")
    check(value(samples, "leat_partition_appended_records_total", topic="events", partition="1") == 0, "records")
    check(value(samples, "leat_partition_high_watermark", topic="events", partition="0") == 1000, "watermark")
    check(value(samples, "leat_partition_fetched_records_total", topic="events", partition="0") >= 400, "fetched")
    check(value(samples, "leat_group_committed_offset", group='a "group"\\', topic="events", partition="0") == 400,
          "committed")
    check(value(samples, "leat_group_lag", group='a "group"\\', topic="events", partition="0") == 600, "lag")
    check(value(samples, "leat_folder_topics") == 1, "topics")
    check(value(samples, "leat_topic_sync_wait_seconds_count", topic="events") >= 1, "syncs")
    buckets = [v for (name, _), v in samples.items() if name == "leat_topic_sync_wait_seconds_bucket"]
    check(buckets == sorted(buckets), "buckets that shrink")
    check(buckets[-1] == value(samples, "leat_topic_sync_wait_seconds_count", topic="events"), "the last bucket")
    return samples


def look_at_wrong_requests(exporter):
    check(exporter.ask("GET", "/")[0] == 404, "another path")
    check(exporter.ask("GET", "/metrics?name=x")[0] == 200, "a query")
    status, headers, _ = exporter.ask("POST", "/metrics")
    check(status == 405 and headers["Allow"] == "GET, HEAD", "POST")
    status, headers, text = exporter.ask("HEAD", "/metrics")
    check(status == 200 and not text and int(headers["Content-Length"]) > 1000, "HEAD")
    check(exporter.raw(b"nonsense\r\n\r\n") == "HTTP/1.1 400 Bad Request", "nonsense")
    check(exporter.raw(b"") == "HTTP/1.1 400 Bad Request", "nothing")
    check(exporter.raw(b"GET /metrics HTTP/1.1\r\n") == "HTTP/1.1 400 Bad Request", "half a request")
    check(exporter.raw(b"GET /metrics HTTP/1.1\r\nA: " + b"b" * 20000) == "HTTP/1.1 431 Request Header Fields Too Large",
          "a long request")
    # Who says nothing does not keep the others waiting for ever.
    check(exporter.raw(b"GET ", end=False) == "HTTP/1.1 408 Request Timeout", "a slow request")
    with socket.create_connection(("127.0.0.1", exporter.port), timeout=60) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")  # and goes without reading
    check(exporter.ask("GET", "/metrics")[0] == 200, "after all that")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        leat("topic", "create", "events", "--partitions", "2")
        leat("produce", "events", "-p", "0", "--durability", "disk", text="".join(f"{i}\n" for i in range(1000)))
        leat("consume", "events", "-p", "0", "-g", 'a "group"\\', "-o", "begin", "-n", "400")
        with Exporter("--dir", "data") as exporter:
            before = look_at_values(exporter)
            look_at_wrong_requests(exporter)
            leat("produce", "events", "-p", "1", text="x\ny\n")
            after = samples_of(exporter.ask("GET", "/metrics")[2])
            check(value(after, "leat_partition_appended_records_total", topic="events", partition="1") == 2, "two more")
            for (name, labels), was in before.items():
                check(not name.endswith("_total") or after[name, labels] >= was, f"{name} went back")
        with Exporter("--dir", "data", "--name", "a\nb") as exporter:
            samples = samples_of(exporter.ask("GET", "/metrics")[2])
            check(value(samples, "leat_folder_topics", folder="a\nb") == 1, "the folder's name")
        with Exporter("--dir", "nowhere") as exporter:
            status, _, text = exporter.ask("GET", "/metrics")
            check(status == 503 and "nowhere" in text, "no folder")


main()
