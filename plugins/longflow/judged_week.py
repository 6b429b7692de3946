"""A week as its judge left it in the workspace: the input of a load."""

from __future__ import annotations

from dataclasses import dataclass

from longflow.records import Judged, Landed, Staged
from longflow.settings import Settings
from longflow.week import Week
from longflow.workspace import Workspace, unfinished


@dataclass(frozen=True)
class JudgedWeek:
    """A run's week, with what fetch, stage and judge recorded of it."""

    settings: Settings
    week: Week
    workspace: Workspace
    landed: Landed
    staged: Staged
    judged: Judged

    @classmethod
    def read(cls, settings: Settings, week: Week, workspace: Workspace) -> JudgedWeek:
        """The contents of a workspace.

        Raises:
            LongflowError: the week has not been judged.
        """
        landed = workspace.read("landed", Landed)
        staged = workspace.read("staged", Staged)
        judged = workspace.read("judged", Judged)
        if landed is None or staged is None or judged is None:
            raise unfinished(week, "judged", workspace)
        return cls(settings, week, workspace, landed, staged, judged)
