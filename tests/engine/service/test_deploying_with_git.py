"""Deploys in a folder that is a git repository: each is a commit by whoever deployed."""

from __future__ import annotations

from flowengine.service import Service
from tests.engine.service.conftest import OTTO, Plant, deploy, flow


def test_with_git_a_deploy_is_one_commit_by_the_user_and_can_be_gone_back_to(plant: Plant) -> None:
    plant.write(flow("a"), flow("b"))
    plant.become_repository()

    async def main(service: Service) -> None:
        done = await service.deploy(deploy(service, flow("a", step=2), flow("b", step=2), message="Faster"), OTTO)
        assert plant.git("log", "-1", "--format=%H %an %s") == f"{done.commit} Otto Faster"
        assert plant.git("status", "--short") == ""
        history = service.history("a")
        assert (history.git, [entry.message for entry in history.entries]) == (True, ["Faster", "begin"])
        old = service.old("a", history.entries[1].id)
        assert old.flow == flow("a")
        assert "options.step: 1 -> 2" in str(old.diff)
        assert old.flow is not None
        await service.deploy(deploy(service, dict(old.flow)), OTTO)
        assert service.history("a").entries[0].revision == history.entries[1].revision
        assert plant.git("log", "-1", "--format=%s") == "a: count step 2 -> 1"

    plant.with_service(main)


def test_a_deploy_that_cannot_be_committed_runs_is_written_and_says_so(plant: Plant) -> None:
    plant.write(flow("a"))
    plant.become_repository()
    (plant.folder / ".git" / "index.lock").touch()

    async def main(service: Service) -> None:
        done = await service.deploy(deploy(service, flow("a", step=2)), OTTO)
        assert "not committed to git" in done.warnings[0]
        assert '"step": 2' in plant.text("a")
        assert service.engine.flows["a"].plan.nodes["count"].options["step"] == 2
        assert service.history("a").entries[0].author == "Otto"

    plant.with_service(main)
