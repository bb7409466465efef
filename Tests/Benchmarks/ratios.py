#!/usr/bin/env python3
"""Prints the ratios of a bench run beside their targets: ratios.py RESULTS.json OWN.json

A target holds where the median is within 3 % of it. Ends with 1 where one does not.
"""

import json
import math
import statistics
import sys

# What is measured, the row, ours, the peer, the target.
RATIOS = [
    ("hot token, ES384", "es384_hot", "gatehouse", "nginx-raw", 0.95),
    ("hot token, RS256", "rs256_hot", "gatehouse", "nginx-raw", 0.95),
    ("no token: 401", "missing", "gatehouse", "haproxy-jwt", 0.95),
    ("wrong role: 403", "forbidden", "gatehouse", "nginx-lua-cache", 0.80),
    ("100 KiB down", "body100k", "gatehouse", "nginx-raw", 0.95),
    ("1 MiB up", "upload1m", "gatehouse", "nginx-raw", 0.95),
    ("TLS, hot token", "tls_hot", "gatehouse-tls", "nginx-tls", 0.95),
    ("Connection: close", "close", "gatehouse", "nginx-raw", 1.10),
    ("two loops beside one", "two_loops", "gatehouse", "gatehouse-one", 1.10),
]
# What is measured, the row, the field, the target, how it is printed.
BOUNDS = [
    ("1,000 idle connections", "idle1000", "rss", 24.0, "{:.1f} MiB"),
    ("share of the fuller loop", "spread", "share", 0.60, "{:.1%}"),
]


def median(results, row, peer, field):
    values = [one[field] for one in results.get(row, {}).get(peer, []) if field in one]
    return statistics.median(values) if values else math.nan


def main():
    results = {}
    for path in sys.argv[1:]:
        with open(path) as file:
            results.update(json.load(file)["results"])
    missed = 0

    def line(what, value, target, beside, holds):
        nonlocal missed
        missed += not holds
        print(f"{what:26} {value:>10} {target:>10}  {'holds' if holds else 'MISSED':7} {beside}")

    print(f"\n{'':26} {'measured':>10} {'target':>10}")
    for what, row, ours, peer, target in RATIOS:
        if row not in results:
            continue
        own, other = median(results, row, ours, "cpu_us"), median(results, row, peer, "cpu_us")
        ratio = own / other
        line(what, "not run" if math.isnan(ratio) else f"{ratio:.2f}", f"<= {target:.2f}",
             f"{own:.2f} us, {peer} {other:.2f} us", ratio <= target * 1.03)
    for what, row, field, target, form in BOUNDS:
        if row not in results:
            continue
        value = median(results, row, "gatehouse", field)
        line(what, "not run" if math.isnan(value) else form.format(value), "<= " + form.format(target), "",
             value <= target * 1.03)
    return 1 if missed else 0


sys.exit(main())
