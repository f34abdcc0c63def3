#!/usr/bin/env python3
"""Style as an executable test: check.py NAME --root CHECKOUT --build FOLDER --core ARCHIVE.

Prints one line a problem and exits with 1 if there is any.
"""

import argparse
import sys

from docs import check_folders, check_links, check_mutants
from layers import check_layers, check_purity
from symbols import check_symbols
from text import check_files, check_functions, check_lines, check_words
from tools import check_format, check_tidy
from tree import Tree

CHECKS = {
    "layers": check_layers,
    "purity": check_purity,
    "symbols": check_symbols,
    "lines": check_lines,
    "functions": check_functions,
    "files": check_files,
    "words": check_words,
    "folders": check_folders,
    "links": check_links,
    "mutants": check_mutants,
    "format": check_format,
    "tidy": check_tidy,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("check", choices=sorted(CHECKS))
    parser.add_argument("--root", required=True)
    parser.add_argument("--build")
    parser.add_argument("--core")
    options = parser.parse_args()
    check = CHECKS[options.check]
    problems = check(Tree(options.root, options.build, options.core))
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems. The rule: {check.__doc__}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
