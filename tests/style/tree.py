"""The files that style is checked on, and C++ text with comments and strings blanked out."""

import functools
import os
import re
from pathlib import Path

CODE_FOLDERS = ("core", "props", "traces", "sim", "net")
SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__"}
TEXT_SUFFIXES = {".cpp", ".hpp", ".md", ".py", ".sh", ".txt", ".cmake", ".json", ".scn", ".patch",
                 ".html", ".js", ".css", ""}


class Tree:
    """All files of a checkout, by path relative to its root."""

    def __init__(self, root, build=None, core_archive=None):
        self.root = Path(root)
        self.build = Path(build) if build else None
        self.core_archive = Path(core_archive) if core_archive else None

    @functools.cached_property
    def files(self):
        found = []
        for folder, subfolders, names in os.walk(self.root):
            subfolders[:] = sorted(s for s in subfolders if s not in SKIPPED_FOLDERS)
            for name in names:
                found.append((Path(folder) / name).relative_to(self.root))
        return sorted(found)

    def cpp(self, *folders):
        """C++ sources and headers, in the given top-level folders or in all."""
        return [f for f in self.files if f.suffix in (".cpp", ".hpp")
                and (not folders or f.parts[0] in folders)]

    def text_files(self):
        return [f for f in self.files if f.suffix in TEXT_SUFFIXES]

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return self.read(path).split("\n")


_TOKEN = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE)


def code_only(text):
    """The text with comments, string and character literals blanked; lines keep their numbers."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return _TOKEN.sub(blank, text)


_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)


def without_directives(code):
    """Blanks preprocessor lines too, with their continuations."""
    return _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), code)


_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(text):
    """(line number, '<' or '"', name) of each include directive."""
    return [(text.count("\n", 0, m.start()) + 1, m.group(1), m.group(2))
            for m in _INCLUDE.finditer(text)]


def line_of(text, position):
    return text.count("\n", 0, position) + 1
