"""Goal: the picture that the README shows is what the programs draw now, and every lesson is drawn.

Method: draw all lessons as Graphviz source, which does not depend on the machine. The lesson on the
front page equals tests/data/traces/03.dot, and the checked-in traces/gallery/03.svg holds the same
texts and arrows. `--renew` draws both anew.
"""

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["DECREE_SOURCE"])
BIN = Path(os.environ["DECREE_BIN"])
GALLERY = SOURCE / "traces" / "gallery"
DOT = SOURCE / "tests" / "data" / "traces" / "03.dot"
SVG = GALLERY / "03.svg"


def run(program, *arguments):
    return subprocess.run([BIN / program, *arguments], capture_output=True, text=True, check=False,
                          timeout=60)


def draw(scenario, kind, folder):
    """The picture of a lesson, or nothing; and what went wrong."""
    trace = Path(folder) / "run.trace"
    ran = run("decree-sim", "run", scenario, "--trace", trace)
    drawn = run("decree-trace", kind, trace)
    if drawn.returncode != 0:
        return "", [f"{scenario.name}: not drawn as {kind}: {ran.stderr}{drawn.stderr}"]
    return drawn.stdout, []


def texts_of_dot(dot):
    labels = re.findall(r'label="((?:[^"\\]|\\.)*)"', dot)
    lines = (line for label in labels for line in label.split("\\l"))
    return sorted(line.replace('\\"', '"').replace("\\\\", "\\") for line in lines if line)


def texts_of_svg(svg):
    return sorted(html.unescape(text).replace("\xa0", " ")
                  for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def problems_of_svg(dot, svg):
    problems = []
    if texts_of_dot(dot) != texts_of_svg(svg):
        other = set(texts_of_dot(dot)) ^ set(texts_of_svg(svg))
        problems.append(f"{SVG} holds other texts (--renew draws it anew): {sorted(other)[:5]}")
    if dot.count(" -> ") != svg.count('class="edge"'):
        problems.append(f"{SVG} holds {svg.count('class=')} edges, not {dot.count(' -> ')}")
    return problems


def main():
    renew = "--renew" in sys.argv
    problems = []
    lessons = sorted(GALLERY.glob("*.scn"))
    if len(lessons) < 13:
        problems.append(f"only {len(lessons)} lessons in {GALLERY}")
    with tempfile.TemporaryDirectory() as folder:
        for lesson in lessons:
            dot, wrong = draw(lesson, "dot", folder)
            problems += wrong
            if not lesson.name.startswith("03-"):
                continue
            if renew:
                DOT.write_text(dot)
                svg, wrong = draw(lesson, "svg", folder)
                problems += wrong
                SVG.write_text(svg)
            if not DOT.is_file() or dot != DOT.read_text():
                problems.append(f"lesson 3 is drawn otherwise than {DOT} (--renew draws it anew)")
            problems += problems_of_svg(dot, SVG.read_text() if SVG.is_file() else "")
            if shutil.which("neato"):
                svg, wrong = draw(lesson, "svg", folder)
                problems += wrong + problems_of_svg(dot, svg)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
