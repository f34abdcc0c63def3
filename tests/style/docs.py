"""Documents: each folder has one, and what they point at is there."""

import os
import re
import subprocess

from tree import line_of

# The READMEs of these folders speak for what is in them, too.
SPOKEN_FOR = ("tests",)


def check_folders(tree):
    """Every folder that holds files says in a README.md what it is for."""
    folders = {path.parent for path in tree.files if len(path.parts) > 1}
    folders |= {parent for folder in folders for parent in folder.parents if parent.parts}
    problems = []
    for folder in sorted(folders):
        if any(parent.name in SPOKEN_FOR for parent in folder.parents) or folder.name == ".ci":
            continue
        if not (tree.root / folder / "README.md").is_file():
            problems.append(f"{folder}/README.md is missing")
    return problems


_LINK = re.compile(r"(?<!\\)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def anchors(text):
    """The names that headings of a Markdown text get as link targets."""
    headings = re.findall(r"^#+[ \t]+(.*?)[ \t]*#*$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def broken_link(tree, path, target):
    """Why the link in the document at `path` leads nowhere, or None."""
    if re.match(r"[a-z]+:", target):
        return None
    file_part, _, anchor = target.partition("#")
    goal = os.path.normpath(path.parent / file_part) if file_part else str(path)
    if goal.startswith(".."):
        return "leads out of the repository"
    if not (tree.root / goal).exists():
        return "no such file"
    if anchor and goal.endswith(".md") and anchor not in anchors(tree.read(goal)):
        return "no such heading"
    return None


def make_knows(tree, target):
    run = subprocess.run(["make", "-n", "-C", str(tree.root), target], capture_output=True,
                         env={**os.environ, "MAKEFLAGS": ""}, check=False)
    return run.returncode == 0


def check_links(tree):
    """Links in Markdown resolve, and `make X` in them names a target of the Makefile."""
    problems = []
    known = {}
    for path in (f for f in tree.files if f.suffix == ".md"):
        text = tree.read(path)
        prose = _FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        for match in _LINK.finditer(prose):
            why = broken_link(tree, path, match.group(1))
            if why:
                line = line_of(prose, match.start())
                problems.append(f"{path}:{line}: {match.group(1)}: {why}")
        commands = [m.group() for m in _FENCE.finditer(text)]
        commands += re.findall(r"`(make [^`\n]+)`", text)
        for command in commands:
            for target in re.findall(r"^[ \t]*(?:\$ )?make ([a-z][\w-]*)", command, re.MULTILINE):
                if target not in known:
                    known[target] = make_knows(tree, target)
                if not known[target]:
                    problems.append(f"{path}: make {target}: no such target")
    return problems


def check_mutants(tree):
    """Every planted bug of props/mutants/ can be planted: its patch applies to the sources."""
    problems = []
    for patch in sorted((tree.root / "props" / "mutants").rglob("*.patch")):
        run = subprocess.run(["patch", "-s", "-p1", "--dry-run", "-i", str(patch)], cwd=tree.root,
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            said = (run.stdout + run.stderr).strip().splitlines()
            problems.append(f"{patch.relative_to(tree.root)}: {said[0] if said else 'no patch'}")
    return problems
