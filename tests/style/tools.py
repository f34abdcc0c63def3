"""clang-format and clang-tidy over the sources; clang-tidy's good answers are remembered."""

import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tree import CODE_FOLDERS, includes

FORMAT = "clang-format-19"
TIDY = "clang-tidy-19"
# g++ knows warnings that clang does not; large units include sources on purpose.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--checks=-bugprone-suspicious-include"]


def check_format(tree):
    """Sources are laid out as .clang-format says (`make format` does it)."""
    sources = [str(path) for path in tree.cpp()]
    if not sources:
        return []
    run = subprocess.run([FORMAT, "--dry-run", "--ferror-limit=1", *sources], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    problems = [line for line in run.stderr.splitlines() if "[-Wclang-format-violations]" in line]
    if run.returncode != 0:
        problems.append(f"{FORMAT} failed: {run.stderr[-500:]}")
    return problems


def relative(tree, path):
    """The path from the top folder; itself if it is elsewhere."""
    path = Path(path)
    return path.relative_to(tree.root) if path.is_relative_to(tree.root) else path


def with_headers(tree, source):
    """The source and all of our files that it reaches."""
    seen, waiting = set(), [source]
    while waiting:
        path = relative(tree, waiting.pop())
        if path in seen or not (tree.root / path).is_file():
            continue
        seen.add(path)
        waiting += [name for _, kind, name in includes(tree.read(path)) if kind == '"']
    return sorted(seen)


def fingerprint(tree, source, command):
    """Equal as long as clang-tidy would see the same text and the same rules."""
    digest = hashlib.sha256(command.encode())
    for path in [".clang-tidy", *with_headers(tree, source)]:
        digest.update(f"\0{path}\0{tree.read(path)}".encode())
    return digest.hexdigest()


def compile_commands(tree):
    """Path -> compile command, for what the product is compiled from: sources, or units of many."""
    database = tree.build / "compile_commands.json"
    build = relative(tree, tree.build)
    entries = json.loads(database.read_text()) if database.exists() else []
    commands = {}
    for entry in entries:
        path = relative(tree, entry["file"])
        large = "Unity" in path.parts  # It lies in the build, as its sources lie in the checkout.
        if (path.relative_to(build) if large else path).parts[0] in CODE_FOLDERS:
            commands[path] = entry["command"]
    return commands


def tidy(tree, source):
    """clang-tidy's complaints about one source, '' when there are none."""
    run = subprocess.run(
        [TIDY, "-p", str(tree.build), "--quiet", *EXTRA, str(tree.root / source)],
        cwd=tree.root, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def check_tidy(tree):
    """clang-tidy finds nothing. A source that passed is not run again until it changes."""
    cache = tree.build / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    due = []
    for source, command in sorted(compile_commands(tree).items()):
        mark = cache / fingerprint(tree, source, command)
        if not mark.exists():
            due.append((source, mark))

    def run(job):
        source, mark = job
        complaints = tidy(tree, source)
        if not complaints:
            mark.touch()
        return complaints

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [complaints for complaints in pool.map(run, due) if complaints]
