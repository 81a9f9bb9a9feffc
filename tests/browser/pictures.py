"""Takes the pictures of README.md from a demo of its own: invented people, invented tokens, no real names.

Run it with `make pictures`. It starts the demo in a folder that is thrown away, signs in as its owner of
tokens and writes WebP files into docs/images. A secret is in none of them: it stays masked.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from sandbox.children import free_port
from sandbox.testing import find_browser
from tests.browser.conftest import CHROMIUM_ARGUMENTS

_ROOT = Path(__file__).resolve().parents[2]
_IMAGES = _ROOT / "docs" / "images"
_OWNER, _PAT = "Mira Lindqvist", "Nuget restore on build agents"
_START_SECONDS, _QUALITY, _MOST_BYTES = 120, 82, 120_000


def main() -> None:
    """Take all pictures; end with a word for the shell where one is too heavy."""
    browser_path = find_browser(dict(os.environ))
    if not browser_path:
        sys.exit("No Chromium found: install one, or set CHROMIUM.")
    _IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _demo(Path(folder)) as (base_url, mailbox_url, environment),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
        _take(chromium, base_url, mailbox_url, environment)
        chromium.close()
    heavy = [path.name for path in _IMAGES.glob("*.webp") if path.stat().st_size >= _MOST_BYTES]
    if heavy:
        sys.exit(f"Too heavy: {heavy}")


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Run a demo; yield its address, that of its mailbox and the environment that reaches it."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DEMO_FOLDER": str(folder / "demo")}
    log = folder / "demo.log"
    command = [sys.executable, "-m", "sandbox.demo", "--tied"]
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not (found := re.search(r"Mails arrive at:\s+(\S+)", log.read_text("utf-8"))):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The demo does not start:\n{log.read_text('utf-8')}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", found[1], environment
    finally:
        process.terminate()
        process.wait(30)


def _take(chromium: Browser, base_url: str, mailbox_url: str, environment: dict[str, str]) -> None:
    page = chromium.new_page(reduced_motion="reduce", locale="en-GB")
    page.goto(base_url)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=_OWNER).click()
    _await_list(page)
    _keep(page, "list-wide-light", width=1280, height=860)
    _keep(page, "list-narrow-dark", width=390, height=844, scheme="dark")
    _size(page, width=1280, height=860)
    row = page.get_by_role("row").filter(has_text=_PAT)
    row.get_by_role("link", name=re.compile("^Rotate")).click()
    expect(page.get_by_role("heading", name=f"Rotate {_PAT}")).to_be_visible()
    _keep(page, "rotate-dialog", width=1280, height=860)
    page.goto(f"{base_url}/tokens/new?template=code-read")
    page.get_by_label("Name", exact=True).fill("Documentation build")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="Store the secret now")).to_be_visible()
    _keep(page, "secret-page", width=1000, height=760)
    remind = ["-m", "sandbox.demo", "run", "manage.py", "send_reminders", "--at-once"]
    subprocess.run([sys.executable, *remind], cwd=_ROOT, env=environment, check=True)
    _keep_mail(chromium.new_page(), mailbox_url)


def _await_list(page: Page) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while page.get_by_text("Asking Azure DevOps for changes").count() or not page.get_by_text(_PAT).count():
        if time.monotonic() > deadline:
            raise RuntimeError("The list does not fill.")
        page.wait_for_timeout(500)
        page.reload()
    for dismiss in page.locator("#messages button", has_text="Keep").all():
        dismiss.click()
    page.reload()


def _keep_mail(page: Page, mailbox_url: str) -> None:
    """Wait until the reminder has come, and keep what its reader sees."""
    deadline = time.monotonic() + _START_SECONDS
    mails = page.locator("a[href^='/mail/']")
    while time.monotonic() < deadline:
        page.goto(mailbox_url)
        if mails.count():
            break
        page.wait_for_timeout(500)
    mails.first.click()
    expect(page.get_by_role("heading", name="HTML", exact=True)).to_be_visible()
    _keep(page, "mail", width=760, height=900)


def _size(page: Page, *, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def _keep(
    page: Page, name: str, *, width: int, height: int, scheme: Literal["light", "dark"] = "light"
) -> None:
    _size(page, width=width, height=height)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(300)
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    (_IMAGES / f"{name}.webp").write_bytes(b64decode(shot["data"]))
    session.detach()


if __name__ == "__main__":
    main()
