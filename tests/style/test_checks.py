"""Shows of each check that it can fail, and that it passes what is right."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import docs
import layers
import symbols
import text
import tools
from tree import Tree, code_only

HERE = Path(__file__).resolve().parent
FORMAT_RULES = HERE.parent.parent / ".clang-format"
TIDY_RULES = HERE.parent.parent / ".clang-tidy"


class Checkout(unittest.TestCase):
    """A small checkout to plant mistakes in."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def put(self, path, content):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(content)

    def tree(self):
        return Tree(self.root, self.root / "build")

    def fails(self, check, *said):
        problems = check(self.tree())
        self.assertEqual(len(problems), len(said), problems)
        for problem, words in zip(problems, said):
            self.assertIn(words, problem)

    def passes(self, check):
        self.assertEqual(check(self.tree()), [])


class Layers(Checkout):
    def test_arrows(self):
        for folder in ("core", "props", "traces", "sim", "net", "tests"):
            self.put(f"{folder}/a.hpp", "#pragma once\n")
        self.put("sim/b.cpp", '#include "core/a.hpp"\n#include "traces/a.hpp"\n')
        self.put("tests/b.cpp", '#include "net/a.hpp"\n#include "sim/a.hpp"\n')
        self.passes(layers.check_layers)
        self.put("core/b.cpp", '#include "core/a.hpp"\n  # include "props/a.hpp"\n')
        self.put("net/b.cpp", '#include "sim/a.hpp"\n')
        self.put("props/b.cpp", '#include "a.hpp"\n#include <core/a.hpp>\n')
        self.fails(layers.check_layers, "core/b.cpp:2: core/ may not include props/",
                   "net/b.cpp:1: net/ may not include sim/", "props/b.cpp:1", "props/b.cpp:2")

    def test_own_header_comes_first(self):
        self.put("core/a.hpp", "#pragma once\n")
        self.put("core/b.hpp", "#pragma once\n")
        self.put("core/a.cpp", '#include "core/a.hpp"\n#include "core/b.hpp"\n')
        self.passes(layers.check_layers)
        self.put("core/a.cpp", '#include "core/b.hpp"\n#include "core/a.hpp"\n')
        self.put("core/b.hpp", "")
        self.fails(layers.check_layers, "includes its own header", "without #pragma once")

    def test_every_arrow_of_the_design_is_listed(self):
        self.assertEqual(layers.ARROWS["net"] & {"sim", "props"}, set())
        self.assertEqual(layers.ARROWS["core"], {"core"})


class Purity(Checkout):
    def test_headers_of_core(self):
        self.put("core/a.cpp", "#include <vector>\n#include <xxhash.h>\n")
        self.passes(layers.check_purity)
        for header in ("chrono", "ctime", "random", "thread", "mutex", "atomic", "iostream",
                       "fstream", "cstdio", "filesystem", "unistd.h",
                       "boost/asio.hpp", "fmt/format.h", "cstdlib"):
            self.put("core/a.cpp", f"#include <vector>\n#include <{header}>\n")
            self.fails(layers.check_purity, "core/a.cpp:2")

    def test_names_that_differ_between_machines(self):
        self.put("sim/a.cpp", "// double, std::shuffle\nint a;  /* unordered_map */\n")
        self.put("sim/report.cpp", "double rate;\n")
        self.passes(layers.check_purity)
        for code in ("std::unordered_map<int, int> m;", "std::shuffle(a, b, c);", "double d;",
                     "std::uniform_int_distribution<int> d;", "std::random_device r;"):
            self.put("sim/a.cpp", f"\n{code}\n")
            self.fails(layers.check_purity, "sim/a.cpp:2")
        self.put("sim/a.cpp", "")
        self.put("core/a.cpp", "std::function<void()> f;\nthread_local int i;\n")
        self.fails(layers.check_purity, "core/a.cpp:1", "core/a.cpp:2")


class Symbols(Checkout):
    def problems(self, code):
        self.put("a.cpp", code)
        subprocess.run([os.environ.get("CXX", "g++"), "-std=c++23", "-O2", "-c", "a.cpp"],
                       cwd=self.root, check=True)
        return symbols.problems_in(symbols.nm(self.root / "a.o"))

    def test_pure_code_passes(self):
        self.assertEqual([], self.problems("""
            #include <map>
            #include <memory>
            #include <optional>
            #include <stdexcept>
            #include <string>
            #include <variant>
            #include <vector>
            struct Base { virtual ~Base() = default; virtual int f() const = 0; };
            struct Own : Base { int f() const override { return 1; } };
            constexpr std::string_view names[] = {"a", "b"};
            std::unique_ptr<Base> make() { return std::make_unique<Own>(); }
            std::string_view name(int i) { return names[i]; }
            std::map<std::string, std::vector<int>> g(std::string s) {
                std::map<std::string, std::vector<int>> m;
                m[s + "x"].push_back(std::get<int>(std::variant<int, std::string>(7)));
                if (m.at(s).empty()) throw std::runtime_error("never " + std::to_string(3));
                return m;
            }
            auto shared() { return std::make_shared<std::string>("x"); }
        """))

    def test_each_way_out_is_seen(self):
        for code, symbol in [
                ("#include <cstdio>\nvoid f() { std::puts(\"a\"); }", "puts"),
                ("#include <unistd.h>\nvoid f() { if (write(1, \"\", 0)) f(); }", "write"),
                ("#include <ctime>\nlong f() { return std::time(nullptr); }", "time"),
                ("#include <chrono>\nauto f() { return std::chrono::system_clock::now(); }",
                 "std::chrono"),
                ("#include <random>\nauto f() { return std::random_device{}(); }", "random_device"),
                ("#include <cstdlib>\nauto f() { return std::rand(); }", "rand"),
                ("#include <cstdlib>\nauto f() { return std::getenv(\"A\"); }", "getenv"),
                ("#include <thread>\nvoid f() { std::thread([] {}).join(); }", "std::thread"),
                ("#include <mutex>\nvoid f(std::mutex& m) { m.lock(); }", "pthread_mutex"),
                ("#include <iostream>\nvoid f() { std::cout << 1; }", "std::cout"),
                ("#include <cassert>\nvoid f(int i) { assert(i); }", "__assert_fail"),
                ("void other(); void f() { other(); }", "other()")]:
            with self.subTest(code=code):
                self.assertTrue(any(symbol in p for p in self.problems(code)), code)

    def test_mutable_data_is_seen(self):
        for code in ("int counter;", "int counter = 3;", "thread_local int counter;",
                     "int f() { static int counter = 0; return ++counter; }",
                     "int* f() { static int counter[9]; return counter; }"):
            with self.subTest(code=code):
                self.assertTrue(any("mutable data" in p for p in self.problems(code)), code)

    def test_an_archive_without_symbols_is_no_proof(self):
        self.put("a.cpp", "")
        subprocess.run(["g++", "-c", "a.cpp"], cwd=self.root, check=True)
        tree = Tree(self.root, core_archive=self.root / "a.o")
        self.assertTrue(symbols.check_symbols(tree))


class Text(Checkout):
    def test_lines(self):
        self.put("core/a.cpp", "x" * 100 + "\n")
        self.put("README.md", "x" * 130 + "\n")
        self.passes(text.check_lines)
        self.put("core/a.cpp", "x" * 101 + "\n\ty\nz \nw")
        self.fails(text.check_lines, ":1: 101 columns", ":2: tab", ":3: space", "newline")

    def test_files(self):
        self.put("tests/unit/a.cpp", "\n" * 500)
        self.passes(text.check_files)
        self.put("tests/unit/a.cpp", "\n" * 501)
        self.fails(text.check_files, "501 lines")

    def test_words(self):
        self.put("a.sh", "mktemp -d XXXXXX\nsee ../work/a\n")
        self.passes(text.check_words)
        self.put("a.sh", "# TO" "DO: more\n/ro" "ot/x\n# see issue" " #12\n")
        self.fails(text.check_words, "a.sh:1", "a.sh:2", "a.sh:3")


class Functions(Checkout):
    LONG = "    f();\n" * 49

    def test_length_counts_from_signature_to_brace(self):
        opening, call = "namespace a {\nvoid f(\n    int i) {\n", "    f();\n"
        self.put("core/a.cpp", opening + call * 47 + "}\n}\n")
        self.passes(text.check_functions)
        self.put("core/a.cpp", opening + call * 48 + "}\n}\n")
        self.fails(text.check_functions, "core/a.cpp:2: 51 lines, of 50: void f(")

    def test_all_shapes_of_function_are_seen(self):
        for head in ("int f() const noexcept {", "auto A::f(int) -> std::map<int, int> {",
                     "A::A(int i) : a_{i}, b_(2) {", "template <class T>\nvoid f(T t) {",
                     "template <class T> requires (sizeof(T) > 1) void f() {",
                     "class A {\npublic:\n    void f(struct B b = {}) {",
                     "struct A final : B {\n    bool operator==(const A&) const {",
                     "enum class E { a, b };\nvoid f(E) {", "const auto f = [](int i) {",
                     'extern "C" int f() {', "struct A* f() {"):
            with self.subTest(head=head):
                closing = "};\n" if head.startswith(("class", "struct A final")) else ""
                self.put("core/a.cpp", f"{head}\n{self.LONG}}}\n{closing}")
                problems = text.check_functions(self.tree())
                self.assertEqual(len(problems), 0 if "const auto f =" in head else 1, head)

    def test_what_is_not_a_function_may_be_long(self):
        many = "    int a;\n" * 60
        for code in (f"struct A {{\n{many}}};\n", f"namespace a::b {{\n{many}}}\n",
                     "enum class E : int {\n" + "    a,\n" * 60 + "};\n",
                     "constexpr std::array<int, 60> a = {\n" + "    1,\n" * 60 + "};\n",
                     f"template <class T>\nclass A : B<T> {{\npublic:\n{many}}};\n",
                     "/*\n" + "{\n" * 60 + "*/ int i;\n",
                     "#define A \\\n    void f() { \\\n" + "    f(); \\\n" * 60 + "}\nint a;\n"):
            with self.subTest(code=code[:40]):
                self.put("core/a.cpp", code)
                self.passes(text.check_functions)

    def test_comments_and_strings_are_not_code(self):
        self.assertEqual(code_only('a("{\\"") // {\n\'{\' R"x({)x" 1\'000').strip(),
                         "a(     )     \n             1'000".strip())

    def test_tests_may_tell_long_stories(self):
        self.put("tests/a.cpp", f"void f() {{\n{self.LONG}{self.LONG}}}\n")
        self.passes(text.check_functions)


class Docs(Checkout):
    def test_folders(self):
        self.put("core/README.md", "")
        self.put("core/a.hpp", "")
        self.put("tests/README.md", "")
        self.put("tests/unit/a.cpp", "")
        self.put(".ci/run", "")
        self.passes(docs.check_folders)
        self.put("core/paxos/a.hpp", "")
        self.put("sim/a.hpp", "")
        self.fails(docs.check_folders, "core/paxos/README.md", "sim/README.md")

    def test_links(self):
        self.put("core/README.md", "# What it is\n\n[up](../README.md) [w](https://x.org/a)\n")
        self.put("README.md", "[a](core/README.md#what-it-is)\n```\n[not](a link)\n```\n")
        self.passes(docs.check_links)
        self.put("README.md", "[a](core/none.md)\n[b](core/README.md#no)\n[c](../../etc/passwd)\n")
        self.fails(docs.check_links, "README.md:1", "README.md:2", "README.md:3")

    def test_mutants(self):
        self.put("core/a.cpp", "int a = 1;\n")
        self.put("props/mutants/a.patch",
                 "--- a/core/a.cpp\n+++ b/core/a.cpp\n@@ -1 +1 @@\n-int a = 1;\n+int a = 2;\n")
        self.passes(docs.check_mutants)
        self.put("core/a.cpp", "int b = 1;\n")
        self.fails(docs.check_mutants, "props/mutants/a.patch")

    def test_make_targets(self):
        self.put("Makefile", "test:\n\techo\n")
        self.put("README.md", "Do not make trouble: `make test`.\n\n```sh\nmake test\n```\n")
        self.passes(docs.check_links)
        self.put("README.md", "`make tea`\n\n```sh\n$ make coffee\n```\n")
        self.fails(docs.check_links, "make coffee", "make tea")


class Tools(Checkout):
    def test_format(self):
        shutil.copy(FORMAT_RULES, self.root)
        self.put("core/a.cpp", "int f(int& a) { return a; }\n")
        self.passes(tools.check_format)
        self.put("core/a.cpp", "int f(int &a) {return a;}\n")
        self.put("tests/unit/b.cpp", "int  b;\n")
        self.fails(tools.check_format, "core/a.cpp:1", "tests/unit/b.cpp:1")

    def put_commands(self):
        (self.root / "build").mkdir(exist_ok=True)
        file = self.root / "core/a.cpp"
        command = f"g++ -std=c++23 -Wduplicated-cond -I{self.root} -c {file}"
        (self.root / "build/compile_commands.json").write_text(
            f'[{{"directory": "{self.root}", "file": "{file}", "command": "{command}"}}]')

    def test_tidy(self):
        shutil.copy(TIDY_RULES, self.root)
        self.put_commands()
        self.put("core/a.hpp", "#pragma once\ninline int* f() { return nullptr; }\n")
        self.put("core/a.cpp", '#include "core/a.hpp"\n')
        self.passes(tools.check_tidy)
        self.put("core/a.hpp", "#pragma once\ninline int* f() { return 0; }\n")
        self.fails(tools.check_tidy, "modernize-use-nullptr")
        self.fails(tools.check_tidy, "modernize-use-nullptr")

    def test_tidy_looks_at_the_product_only(self):
        large = ["core/CMakeFiles/decree_core.dir/Unity/unity_0_cxx.cxx",
                 "tests/CMakeFiles/unit_tests.dir/Unity/unity_0_cxx.cxx"]
        files = [*("build/" + unit for unit in large), "net/a.cpp", "tests/unit/a.cpp",
                 "build/fmt.cpp"]
        self.put("build/compile_commands.json", json.dumps(
            [{"file": str(self.root / file), "command": "g++"} for file in files]))
        self.assertEqual({"build/" + large[0], "net/a.cpp"},
                         {str(path) for path in tools.compile_commands(self.tree())})

    def test_tidy_remembers_only_what_passed_unchanged(self):
        self.put(".clang-tidy", "Checks: '-*,misc-*'\n")
        self.put("core/a.hpp", "")
        self.put("core/a.cpp", '#include "core/a.hpp"\n')
        tree, source = self.tree(), Path("core/a.cpp")
        before = tools.fingerprint(tree, source, "g++")
        self.assertEqual(before, tools.fingerprint(tree, source, "g++"))
        self.assertNotEqual(before, tools.fingerprint(tree, source, "g++ -O2"))
        for path in ("core/a.hpp", "core/a.cpp", ".clang-tidy"):
            self.put(path, tree.read(path) + " ")
            now = tools.fingerprint(tree, source, "g++")
            self.assertNotEqual(before, now)
            before = now


if __name__ == "__main__":
    unittest.main()
