"""Stems that no model's files may have: `<stem>.h` would hide another header from every file of the user's program.

Upper and lower case are one here, because many file systems do not tell them apart.
"""

from __future__ import annotations

import re

_C = """
assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbit
stdbool stdckdint stddef stdint stdio stdlib stdmchar stdnoreturn string tgmath threads time uchar wchar wctype
"""
_POSIX = """
aio cpio devctl dirent dlfcn endian fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen libintl monetary mqueue ndbm
netdb nl_types poll pthread pwd regex sched search semaphore spawn strings stropts syslog tar termios trace ulimit
unistd utime utmpx wait wordexp
"""
_LIBRARIES = """
aliases alloca ar argp argz ansi byteswap crypt devconf elf envlock envz err error execinfo fastmath features
fpu_control fstab fts gconv getopt gshadow ieee754 ieeefp ifaddrs lastlog link malloc mcheck memory mntent
newlib nss obstack paths picolibc printf proc_service pty re_comp reent regdef regexp resolv sgtty
shadow stab stdc stdio_ext sysexits syscall termio thread_db ttyent ucontext unctrl utmp values varargs
"""
_COMPILERS = """
acc_prof arm_acle backtrace cet cpuid float gcov intrinsics mm3dnow mm_malloc omp openacc quadmath quadmath_weak stdfix
syslimits tbm unwind unwindbase
"""
_DEVICES = """
arduino avr binary client cmsis_compiler cmsis_gcc cmsis_iccarm cmsis_armclang cmsis_version hardwareserial interrupt io
ipaddress pgmspace pins_arduino print printable server spi stream udp usbapi util wire wstring
"""
_WINDOWS = "aux con nul prn " + " ".join(f"{port}{k}" for port in ("com", "lpt") for k in range(10))
_KEYWORDS = """
alignas alignof and asm auto bool break case catch char class compl const constexpr continue decltype default delete do
double else enum explicit export extern false final for friend goto if import inline int long module mutable namespace
new noexcept not nullptr operator or override private protected public register requires restrict return short signed
sizeof static struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned
using virtual void volatile while xor main
"""
_BENCH = "adapter harness port semihosting probe_count"

GROUPS = {
    "a header of C": _C,
    "a header of POSIX": _POSIX,
    "a header of C libraries": _LIBRARIES,
    "a header of compilers": _COMPILERS,
    "a header of device libraries": _DEVICES,
    "a device of Windows": _WINDOWS,
    "a word of C or C++": _KEYWORDS,
    "a name of Lapel's test bench": _BENCH,
}
"""What a stem is -> stems. Sources: C23 clause 7, POSIX.1-2024 (Headers), glibc 2.36, newlib 4, avr-libc 2.1, GCC 12,
the Arduino core and CMSIS 6; the tests look at what is installed."""
PATTERNS = {
    "begins as headers of Arm's do": re.compile(r"(?:arm|cmsis|mpu_armv\d|pmu_armv\d)_\w+|core_[cs][acm]\d\w*"),
    "ends as headers of compilers do": re.compile(r"\w*intrin"),
}

_WHAT = {stem: what for what, stems in GROUPS.items() for stem in stems.split()}


def reserved(stem: str) -> str | None:
    """What a stem is that a model's files may not have; None if it is free."""
    if stem in _WHAT:
        return f"is {_WHAT[stem]}"
    return next((why for why, pattern in PATTERNS.items() if pattern.fullmatch(stem)), None)
