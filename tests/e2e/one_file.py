"""Goal: the program `decree` is one file that runs where nothing else is.

Method: in a root directory that holds the program only, a node is started, a file set and read.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from _decree import DECREE, PATIENCE, SKIPPED, free_port, sanitized


def main():
    if sanitized():
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as root:
        shutil.copy(DECREE, os.path.join(root, "decree"))
        inside = ["unshare", "--map-root-user", "--root", root, "/decree"]
        if subprocess.run([*inside, "--help"], capture_output=True, check=False).returncode != 0:
            if subprocess.run([DECREE, "--help"], capture_output=True, check=False).returncode != 0:
                sys.exit("it does not even run here")
            if subprocess.run(["unshare", "--map-root-user", "true"], check=False).returncode != 0:
                sys.exit(SKIPPED)  # Another root is not to be had.
            sys.exit("it does not run where nothing else is")
        client = f"127.0.0.1:{free_port()}"
        node = subprocess.Popen(
            [*inside, "serve", "--data", "/data", "--client", client,
             "--peer", f"127.0.0.1:{free_port()}"], stderr=subprocess.PIPE, text=True)
        uri = f"doozer:?ca={client}"
        end = time.monotonic() + PATIENCE
        while subprocess.run([*inside, "-a", uri, "set", "/a", "0", "one"], stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE, check=False).returncode != 0:
            if time.monotonic() > end:
                node.kill()
                sys.exit("no file is set: " + node.communicate()[1])
            time.sleep(0.1)
        said = subprocess.run([*inside, "-a", uri, "get", "/a"], capture_output=True, check=True)
        node.terminate()
        if b"one" not in said.stdout or node.wait(PATIENCE) != 0:
            sys.exit(f"said {said.stdout}; status {node.returncode}: {node.stderr.read()}")


if __name__ == "__main__":
    main()
