"""At which processes is an act aimed? At those that are there when it is done, on either host."""

from chaos.faults import Fault
from chaos.house import House
from chaos.plan import Act
from chaos.processes import belongs_to, children_of


def targets(house: House, act: Act) -> list[int]:
    """Return the pids that *act* signals; none while there are none to choose from."""
    match act.fault:
        case Fault.KILL_CHILD | Fault.STOP_CHILD:
            children = [child for worker in _workers(house) for child in children_of(worker)]
            return _one(sorted(children), act.draw)
        case Fault.KILL_WORKER | Fault.STOP_WORKER:
            return [pid for worker in _one(_workers(house), act.draw) for pid in (*children_of(worker), worker)]
        case Fault.KILL_SCHEDULER | Fault.STOP_SCHEDULER:
            return _one(_there(house, house.parts().get("scheduler"), house.scheduler.pid), act.draw)
        case Fault.KILL_API | Fault.STOP_API:
            return _one(_there(house, house.parts().get("api"), house.api.pid), act.draw)
        case Fault.KILL_SUPERVISOR | Fault.STOP_SUPERVISOR:
            return _there(house, house.up.pid)
    return []


def felled(house: House, act: Act, pids: list[int]) -> frozenset[int]:
    """Return the pids that *act* on *pids* ends or freezes: a supervisor takes its worker with it."""
    if act.fault is not Fault.KILL_SUPERVISOR:
        return frozenset(pids)
    workers = _there(house, house.parts().get("worker"))
    return frozenset((*pids, *workers, *(child for worker in workers for child in children_of(worker))))


def _workers(house: House) -> list[int]:
    return _there(house, house.parts().get("worker"), house.worker.pid)


def _there(house: House, *pids: int | None) -> list[int]:
    """Return those that run: a supervisor that was killed leaves the pids of its parts behind."""
    return [pid for pid in pids if pid is not None and belongs_to(pid, house.data_dir)]


def _one(pids: list[int], draw: float) -> list[int]:
    return [pids[int(draw * len(pids))]] if pids else []
