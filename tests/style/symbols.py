"""What core's objects want from outside, and what they keep: the compiled proof of its purity."""

import os
import re
import subprocess

# Undefined symbols that pure code may leave, demangled. All else is refused, so a new way to reach
# the outside needs no new line here to be caught.
ALLOWED = re.compile("|".join(f"(?:{p})" for p in [
    r"mem(?:cpy|move|set|cmp|chr)|strlen|strcmp|bcmp|abort",
    r"operator (?:new|delete)(?:\[\])?\(.*\)",
    r"__cxa_(?:allocate_exception|free_exception|throw|rethrow|begin_catch|end_catch|bad_cast"
    r"|throw_bad_array_new_length|init_primary_exception|pure_virtual|call_unexpected)",
    r"__gxx_personality_v0|_Unwind_Resume|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__dynamic_cast",
    r"__libc_single_threaded|__pthread_key_create",  # shared_ptr asks whether to lock its count.
    r"(?:vtable|typeinfo|typeinfo name) for (?:__cxxabiv1::|std::(?!basic_[io]|thread)).*",
    r"std::__throw_\w+\(.*\)|std::terminate\(\)|std::uncaught_exceptions?\(\)",
    r"std::__(?:detail|cxx11)::_List_node_base::.*|std::_Rb_tree_\w+\(.*\)",
    r"(?:\S+ )?std::(?:__cxx11::)?basic_string(?:_view)?<char,.*",
    r"std::(?:exception|logic_error|runtime_error|out_of_range|length_error|invalid_argument"
    r"|domain_error|range_error|overflow_error|bad_\w+)::.*",
    r"std::__exception_ptr::.*|std::(?:current|rethrow)_exception\(.*",
    r"__u?(?:div|mod|divmod|mul)[dt]i[34]|__popcountdi2",  # 128-bit arithmetic, counting bits.
]))

KEPT_SECTIONS = re.compile(r"^(?:\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")


def nm(archive):
    """(name, class, section) of every symbol in the archive."""
    out = subprocess.run(["nm", "-C", "-f", "sysv", str(archive)], check=True,
                         capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    symbols = []
    for line in out.stdout.splitlines():
        # A demangled name may hold '|' (operator|), so split from the right.
        parts = [part.strip() for part in line.rsplit("|", 6)]
        if len(parts) == 7 and parts[0] != "Name":
            symbols.append((parts[0], parts[2], parts[6]))
    return symbols


def problems_in(symbols):
    defined = {name for name, kind, _ in symbols if kind not in "Uwv"}
    problems = set()
    for name, kind, section in symbols:
        if kind in "Uwv":
            if name not in defined and not ALLOWED.fullmatch(name):
                problems.add(f"core wants from outside: {name}")
        elif KEPT_SECTIONS.match(section) and not name.startswith("DW.ref."):
            problems.add(f"core keeps mutable data: {name} ({section})")
    return sorted(problems)


def check_symbols(tree):
    """Core's archive needs nothing that does I/O, tells time or draws chance; it keeps no state."""
    if tree.core_archive is None:
        return []
    symbols = nm(tree.core_archive)
    if not symbols:
        return [f"{tree.core_archive}: no symbols, so nothing was checked"]
    return problems_in(symbols)
