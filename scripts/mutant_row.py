"""Prints how many runs a fuzz report (JSON, the argument) needed, and what it found."""
import json
import sys

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
except (OSError, ValueError):
    report = {}
failures = report.get("failures") or [{}]
print(f"{report.get('seeds', 0):>8}  {failures[0].get('property', '-'):<22}")
