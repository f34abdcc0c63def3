"""Sizes and words: what a reader takes in at once, and what a finished file does not hold."""

import re

from tree import CODE_FOLDERS, code_only, line_of, without_directives

LINE_COLUMNS = 100
FUNCTION_LINES = 50
FILE_LINES = 500

LAID_OUT = {".cpp", ".hpp", ".py", ".sh", ".cmake"}


def is_code(path):
    return path.suffix in LAID_OUT or path.name in ("CMakeLists.txt", "Makefile")


def is_data(path):
    return path.parts[:2] == ("tests", "data") or path.suffix == ".patch"


def check_lines(tree):
    """Code keeps to 100 columns; no tabs; no space at a line's end; files end with a newline."""
    problems = []
    for path in tree.text_files():
        if is_data(path):
            continue
        text = tree.read(path)
        for number, line in enumerate(text.split("\n"), 1):
            if is_code(path) and len(line) > LINE_COLUMNS:
                problems.append(f"{path}:{number}: {len(line)} columns, of {LINE_COLUMNS}")
            if "\t" in line and path.name != "Makefile" and path.suffix != ".scn":
                problems.append(f"{path}:{number}: tab")
            if line != line.rstrip():
                problems.append(f"{path}:{number}: space at the end of the line")
        if text and not text.endswith("\n"):
            problems.append(f"{path}: no newline at the end")
    return problems


_CONTAINER = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")
_LABEL = re.compile(r"\s*(?:public|protected|private)\s*:")


def _is_container(head):
    """Whether what stands before a brace opens a namespace or a type, and no function."""
    outside_templates = re.sub(r"\btemplate\s*<[^{}]*?>\s*(?=[a-zA-Z\[])", "", head)
    match = _CONTAINER.search(outside_templates)
    return bool(match) and "(" not in re.sub(r"\b(?:alignas|__attribute__|requires)\s*\(.*?\)", "",
                                             outside_templates[:match.end()])\
        and not re.search(r"\)\s*(?:const|noexcept|override|final|->.*)?\s*$", outside_templates)


def _is_data(head):
    return bool(re.search(r"(?<![=!<>])=(?!=)", re.sub(r"\boperator\s*\S+|\([^()]*\)|<[^<>]*>", "",
                                                       head)))


def functions(text):
    """(first line, number of lines, head) of each outermost block that holds code."""
    code = without_directives(code_only(text))
    found = []
    depth_in_block = 0  # Braces open inside the outermost block of code, 0 between blocks.
    start = 0  # Where the head of the next block begins.
    for match in re.finditer(r"[{};]", code):
        position, sign = match.start(), match.group()
        if depth_in_block == 0:
            head = _LABEL.sub("", code[start:position])
            if sign == "{" and not _is_container(head):
                depth_in_block = 1
                begin = position - len(head.lstrip())
                continue
            start = match.end()
            continue
        depth_in_block += {"{": 1, "}": -1}.get(sign, 0)
        if depth_in_block == 0:
            start = match.end()
            head = code[begin:position].split("{")[0].strip()
            if not _is_data(head):
                first = line_of(code, begin)
                found.append((first, line_of(code, position) - first + 1, " ".join(head.split())))
    return found


def check_functions(tree):
    """No function of the product is longer than 50 lines."""
    return [f"{path}:{line}: {length} lines, of {FUNCTION_LINES}: {head[:60]}"
            for path in tree.cpp(*CODE_FOLDERS)
            for line, length, head in functions(tree.read(path)) if length > FUNCTION_LINES]


def check_files(tree):
    """No file of code is longer than 500 lines."""
    problems = []
    for path in tree.text_files():
        length = tree.read(path).count("\n")
        if is_code(path) and not is_data(path) and length > FILE_LINES:
            problems.append(f"{path}: {length} lines, of {FILE_LINES}")
    return problems


# Written in pieces, so that this file does not find itself.
WORDS = [
    (r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", "finish it, or write it down as an issue"),
    (r"(?<![\w.])/(?:wo" r"rk|ro" r"ot|ho" r"me)/\w", "a path of somebody's machine"),
    (r"(?i)\b(?:issue|pull request|pr) #[0-9]+", "say it here: numbers do not outlive the tracker"),
]


def check_words(tree):
    """Files hold no notes to self, no private paths and no issue numbers."""
    problems = []
    for path in tree.text_files():
        text = tree.read(path)
        for pattern, why in WORDS:
            for match in re.finditer(pattern, text):
                line = line_of(text, match.start())
                problems.append(f"{path}:{line}: {match.group()}: {why}")
    return problems
