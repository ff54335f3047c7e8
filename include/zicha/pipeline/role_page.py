"""The page that lists every act with its roles and its doors, made from `roles.yaml` itself."""

from __future__ import annotations

from collections.abc import Iterator

from zicha.catalog.roles import RoleAct, RoleTable

ABOUT = {
    "organisation": "全单位 the organisation",
    "subject": "所涉系统 the systems meant",
    "each": "逐项 each thing",
}
HEAD = "| 操作 act | 角色 roles | 范围 over | 入口 doors |"


def role_page(table: RoleTable, made: str) -> str:
    """The page's text; `made` says that it is made."""
    return "\n".join(_lines(table, made)) + "\n"


def _lines(table: RoleTable, made: str) -> Iterator[str]:
    channels = ", ".join(table.authenticated)
    yield from ("# 操作、角色与入口 / Acts, roles and doors", "", made, "")
    yield (
        "每个命令、按钮、页面路由和请人决定的流程，各属于哪项操作、需要哪个角色。“两人”的操作只认经验证的"
        f"渠道（{channels}），且须由另一人作出。表中没有的入口对任何人关闭。"
    )
    yield ""
    yield (
        "To which act each command, button, route and asking DAG belongs, and which role it takes. "
        f"An act marked 两人 counts only over a channel that verifies who speaks ({channels}), and "
        "from another person. A door that is not listed is shut to everybody. "
        "How roles are given: [roles](how-to/roles.md)."
    )
    yield from ("", "| 角色 role | 名称 title |", "| --- | --- |")
    yield from (f"| `{role.id}` | {role.title.zh} / {role.title.en} |" for role in table.roles)
    yield from ("", "| 渠道 channel | 未列明者的角色 of whom no role names |", "| --- | --- |")
    yield from (f"| `{key}` | {', '.join(names)} |" for key, names in table.unlisted.items())
    yield from ("", HEAD, "| --- | --- | --- | --- |")
    yield from (_row(act) for act in table.acts)


def _row(act: RoleAct) -> str:
    takes = "任何人 anybody" if act.anybody else ", ".join(act.takes)
    two = "；两人 two people" if act.second_person else ""
    over = "–" if act.anybody else ABOUT[act.about]
    doors = [
        *(f"`zicha {words}`" for words in act.commands),
        *(f"按钮 button `{name}`" for name in act.buttons),
        *(f"`{route}`" for route in act.routes),
        *(f"流程 DAG `{name}`" for name in act.dags),
    ]
    title = f"{act.title.zh} / {act.title.en} (`{act.id}`)"
    return f"| {title} | {takes}{two} | {over} | {', '.join(doors)} |"
