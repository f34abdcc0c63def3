"""Which folder may include what, and what core and the simulator must not even name."""

import re

from tree import CODE_FOLDERS, code_only, includes, line_of

ARROWS = {
    "core": {"core"},
    "props": {"core", "props"},
    "traces": {"core", "props", "traces"},
    "sim": {"core", "props", "traces", "sim"},
    "net": {"core", "traces", "net"},
}

# What pure code needs of the standard library: no I/O, threads, clocks, chance, files, environment.
CORE_HEADERS = set("""
    algorithm array bit bitset charconv compare concepts cstddef cstdint cstring deque exception
    expected functional initializer_list iterator limits list map memory new numeric optional queue
    ranges set source_location span stack stdexcept string string_view tuple type_traits typeinfo
    utility variant vector version xxhash.h
""".split())


def own_header_problems(tree, path):
    """A header is known to compile alone because the source beside it begins with it."""
    if path.suffix == ".hpp":
        once = "#pragma once" in tree.read(path)
        return [] if once else [f"{path}: without #pragma once"]
    own = path.with_suffix(".hpp")
    first = [name for _, _, name in includes(tree.read(path))][:1]
    if not (tree.root / own).is_file() or first == [str(own)]:
        return []
    return [f"{path}: includes its own header \"{own}\" not first"]


def check_layers(tree):
    """Quoted includes go from the repository's root, exist, and follow the arrows; a source's own
    header comes first."""
    problems = []
    for path in tree.cpp():
        folder = path.parts[0]
        if folder in CODE_FOLDERS:
            problems += own_header_problems(tree, path)
        allowed = ARROWS.get(folder, set(CODE_FOLDERS) | {"tests"})
        for line, kind, name in includes(tree.read(path)):
            target = name.split("/")[0]
            if kind == "<" and target in CODE_FOLDERS and "/" in name:
                problems.append(f"{path}:{line}: write our own header in quotes: \"{name}\"")
            if kind != '"':
                continue
            if not (tree.root / name).is_file():
                problems.append(f"{path}:{line}: \"{name}\" is no path from the top folder")
            elif target not in allowed:
                problems.append(f"{path}:{line}: {folder}/ may not include {target}/ (\"{name}\")")
    return problems


# Rates and percentages for people; nothing that decides what happens next.
MAY_USE_FLOATING_POINT = {"sim/report.cpp", "sim/report.hpp", "sim/bench.cpp", "sim/bench.hpp"}

# (folders, pattern, why, files that are excused)
BANNED = [
    (("core", "props", "sim", "traces"), r"\bunordered_(?:multi)?(?:map|set)\b",
     "iterates in another order elsewhere: use std::map, std::set or a sorted vector", set()),
    (("core", "props", "sim", "traces"), r"\bstd::\w+_distribution\b|\bstd::(?:shuffle|sample)\b",
     "differs between standard libraries: use the project's own generator", set()),
    (("core", "props", "sim", "traces"), r"\brandom_device\b|\bmt19937(?:_64)?\b",
     "all chance comes from the choice stream", set()),
    (("core", "sim"), r"\b(?:float|double)\b",
     "integers only: rounding differs between machines", MAY_USE_FLOATING_POINT),
    (("core",), r"\bstd::function\b", "cannot be compared or printed: use a variant", set()),
    (("core",), r"\bthread_local\b|\bvolatile\b", "a node is a value, and alone", set()),
]


def check_purity(tree):
    """Core includes only pure headers; core and simulator avoid what differs between machines."""
    problems = []
    for path in tree.cpp("core"):
        for line, kind, name in includes(tree.read(path)):
            if kind == "<" and name not in CORE_HEADERS:
                problems.append(f"{path}:{line}: <{name}> is not for core: see CORE_HEADERS")
    for folders, pattern, why, excused in BANNED:
        for path in tree.cpp(*folders):
            if str(path) in excused:
                continue
            code = code_only(tree.read(path))
            for match in re.finditer(pattern, code):
                line = line_of(code, match.start())
                problems.append(f"{path}:{line}: {match.group()}: {why}")
    return problems
