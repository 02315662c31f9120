#!/usr/bin/env python3
"""Set up this checkout: missing Debian packages and a .venv with Lapel. Needs nothing but python3.

    python3 scripts/setup.py [--extra NAME] [--package NAME ...]

Quick when everything is there. Without root or sudo it makes the .venv and says which packages are missing.
Written for any Python 3, so that an old one gets a message and not a syntax error.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LAPEL = os.path.join(VENV, "bin", "lapel")
OLDEST = (3, 11)

SUCCESSORS = {"qemu-system-misc": ["qemu-system-riscv", "qemu-system-avr"]}
"""Packages that newer releases took out of an older one: installed too where the release has them."""


class Failure(Exception):
    """One line for the user."""


def main():
    parser = argparse.ArgumentParser(description="set up this checkout")
    parser.add_argument("--extra", default="sklearn", help="extra of pyproject.toml to install")
    parser.add_argument("--package", action="append", default=[], help="Debian package, by its name")
    arguments = parser.parse_args()
    try:
        check_python()
        make_venv()
        install_lapel(arguments.extra)
        install_tools([name for name in arguments.package if not is_there(name)])
    except Failure as e:
        print(f"setup: error: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


def check_python():
    """Stop unless this Python is new enough."""
    if sys.version_info[:2] < OLDEST:
        raise Failure(
            "{} is Python {}.{}, Lapel needs {}.{} or newer: install it, then `make PYTHON=python3.11 …`".format(
                sys.executable, sys.version_info[0], sys.version_info[1], *OLDEST
            )
        )


def make_venv():
    """Make .venv unless a working one is there."""
    if runs([PYTHON, "-c", f"import pip, sys; sys.exit(sys.version_info[:2] < {OLDEST!r})"]):
        return
    try:
        import ensurepip  # noqa: F401  # Debian has it in a package of its own
        import venv  # noqa: F401
    except ImportError:
        if not apt_install(["python3-venv"]):
            raise Failure("python3-venv is missing; as root: " + apt_command(["python3-venv"])) from None
    if os.path.lexists(VENV) and not is_venv(VENV):
        raise Failure(f"{VENV} is no virtual environment: move it away")
    say("making .venv")
    call([sys.executable, "-m", "venv", "--clear", VENV], "the virtual environment could not be made")


def is_venv(folder):
    """Whether a folder is a virtual environment, or empty: both may be made anew."""
    if os.path.islink(folder) or not os.path.isdir(folder):
        return False
    return not os.listdir(folder) or os.path.isfile(os.path.join(folder, "pyvenv.cfg"))


def install_lapel(extra):
    """Install this checkout with an extra into .venv, unless pyproject.toml is as it was the last time."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        state = hashlib.sha256(file.read()).hexdigest() + " " + ROOT
    stamp = os.path.join(VENV, f"lapel-{extra}.stamp")
    if os.path.isfile(stamp) and os.path.isfile(LAPEL):
        with open(stamp, encoding="utf-8") as file:
            if file.read() == state:
                return
    say(f"installing lapel[{extra}] into .venv")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call([*pip, "--editable", f"{ROOT}[{extra}]"], f"pip could not install lapel[{extra}]")
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(state)


def install_tools(wanted):
    """Install the packages of the tools that `lapel doctor` misses, and `wanted`; say so where that is not possible."""
    missing = missing_tools() + wanted
    if not missing:
        return
    if apt_install(missing):
        missing = missing_tools()
        if missing:
            raise Failure("still missing after apt-get: {}; `{} doctor` says what".format(" ".join(missing), LAPEL))
        return
    say("not installed: {}".format(" ".join(missing)))
    say(f"as root, run: {apt_command(missing)}")
    say("until then some targets do not work; see: .venv/bin/lapel doctor")


def is_there(package):
    """Whether a Debian package is installed: a program has its name, or its documents are there."""
    return shutil.which(package) is not None or os.path.isdir(os.path.join("/usr/share/doc", package))


def missing_tools():
    """Debian packages of the missing compilers and emulators."""
    done = subprocess.run([LAPEL, "doctor", "--packages"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure(f"{LAPEL} doctor does not work: remove .venv and try again")
    return done.stdout.split()


def apt_install(packages):
    """Install Debian packages; False if this user or this system cannot."""
    prefix = root_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        return False
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    say("installing {} (apt-get)".format(" ".join(packages)))
    call([*prefix, *environment, "apt-get", "update", "-qq"], "apt-get update failed")
    for name in list(packages):
        packages = packages + [n for n in SUCCESSORS.get(name, []) if runs(["apt-cache", "show", n])]
    command = [*prefix, *environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    call(command, "apt-get install failed")
    return True


def root_prefix():
    """What to put before a command that needs root; None if there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    if sys.stdin.isatty():
        return ["sudo"]
    return ["sudo", "-n"] if runs(["sudo", "-n", "true"]) else None


def apt_command(packages):
    """The line that a person types to install packages."""
    return "apt-get install --no-install-recommends {}".format(" ".join(packages))


def runs(command):
    """Whether a command exists and succeeds."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def call(command, failed):
    """Run a command, its output shown; Failure with `failed` if it does not succeed."""
    status = subprocess.run(command).returncode
    if status != 0:
        raise Failure(f"{failed} (exit code {status}); the lines above say why")


def say(text):
    """Tell the user what happens."""
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
