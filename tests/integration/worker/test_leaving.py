"""Does a worker whose main thread hangs end all the same, its children first?"""

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.celery_programs import ROOT

HANGING = textwrap.dedent("""
    import os, pathlib, signal, threading
    from worker.leaving import leave

    def child(number):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        ready.release()
        signal.sigwait({signal.SIGTERM})
        threading.Event().wait(0.5)
        pathlib.Path(os.environ["FOLDER"], str(number)).write_text("an answer written in time")
        os._exit(0)

    import multiprocessing
    ready = multiprocessing.Semaphore(0)
    children = []
    for number in range(2):
        pid = os.fork()
        if pid == 0:
            child(number)
        children.append(pid)
        ready.acquire()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=leave, args=(lambda: children,), kwargs={"warm_seconds": SECONDS}).start()
    threading.Event().wait()
""")


def test_a_main_thread_that_hangs_keeps_neither_the_children_nor_the_process(tmp_path: Path) -> None:
    program = HANGING.replace("SECONDS", "2")
    ended = subprocess.run(
        [sys.executable, "-c", program], env={"FOLDER": str(tmp_path)}, cwd=ROOT, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == ["an answer written in time"] * 2


def test_a_process_that_hears_sigterm_ends_by_itself() -> None:
    program = HANGING.replace("SECONDS", "50").replace(
        "signal.SIG_IGN", "lambda *_: [os.kill(pid, 9) for pid in children] and os._exit(0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], env={"FOLDER": "/"}, cwd=ROOT, timeout=40, check=False)
    assert ended.returncode == 0
