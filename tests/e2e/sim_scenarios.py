"""Goal: every scenario of tests/scenario, traces/gallery and props/mutants says and exits with what
it must, and leaves a trace that replays bit for bit.

Method: run each. Beside NAME.scn of tests/scenario stands NAME.out: "exit N", then all that is
printed. `--renew` writes these anew: look at the difference. Lessons pass; so do, in a program
without bugs, the scenarios that show planted ones.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["DECREE_SOURCE"])
BIN = Path(os.environ["DECREE_BIN"])
HOSTILE = SOURCE / "tests" / "scenario"
GALLERY = SOURCE / "traces" / "gallery"
MUTANTS = SOURCE / "props" / "mutants"


def run(program, *arguments, folder=None):
    return subprocess.run([BIN / program, *arguments], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=60)


def problems_with_trace(name, scenario, ended_well):
    """What is wrong with the trace of a run that ended with status 0 or 1."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "run.trace"
        first = run("decree-sim", "run", scenario, "--trace", trace)
        if not trace.is_file():
            return [f"{name}: no trace"] if ended_well else []
        if not ended_well:
            return [f"{name}: a trace of a run that could not be"]
        checked = run("decree-trace", "check", trace)
        replayed = run("decree-sim", "replay", trace)
        told = run("decree-trace", "text", trace)
        bad = []
        if checked.returncode != 0 or replayed.returncode not in (0, first.returncode, 1):
            bad.append(f"{name}: {checked.stdout}{checked.stderr}{replayed.stderr}")
        timed = any(line.startswith("at ") for line in Path(scenario).read_text().splitlines())
        sign = "t=" if timed else "time stands still"
        if told.returncode != 0 or sign not in told.stdout:
            bad.append(f"{name}: its trace cannot be told: {told.stderr}")
        return bad


def check_hostile(scenario, renew):
    result = run("decree-sim", "run", scenario.name, folder=HOSTILE)
    said = f"exit {result.returncode}\n{result.stdout}{result.stderr}"
    expected = scenario.with_suffix(".out")
    if renew:
        expected.write_text(said)
    if not expected.is_file():
        return [f"{expected} is missing: --renew makes it"]
    problems = []
    if said != expected.read_text():
        problems.append(f"{scenario.name}: says\n{said}and should say\n{expected.read_text()}")
    return problems + problems_with_trace(scenario.name, scenario, result.returncode != 2)


def check_lesson(scenario):
    result = run("decree-sim", "run", scenario)
    if result.returncode != 0:
        return [f"{scenario.name}: exit {result.returncode}: {result.stdout}{result.stderr}"]
    return problems_with_trace(scenario.name, scenario, True)


def main():
    hostile = sorted(HOSTILE.glob("*.scn"))
    lessons = sorted(GALLERY.glob("*.scn"))
    problems = []
    if len(hostile) < 30 or len(lessons) < 13:
        problems.append(f"only {len(hostile)} scenarios and {len(lessons)} lessons were found")
    for scenario in hostile:
        problems += check_hostile(scenario, "--renew" in sys.argv)
    for out in HOSTILE.glob("*.out"):
        if not out.with_suffix(".scn").is_file():
            problems.append(f"{out.name} belongs to no scenario")
    for scenario in lessons:
        problems += check_lesson(scenario)
    for scenario in sorted(MUTANTS.glob("*.scn")):
        if not scenario.with_suffix(".patch").is_file():
            problems.append(f"{scenario.name} stands beside no patch")
        problems += check_lesson(scenario)
    for problem in problems:
        print("FAIL:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
