"""Believable report facts, with the strings that a hostile resource name would carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from zicha.model.coverage import Conformity
from zicha.model.text import Text
from zicha.model.verdict import Reason, Severity
from zicha.reports import facts as f

HOSTILE = (
    "=1+1",
    "@SUM(A1:A9)",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}",
    '#read("/etc/passwd")',
    "$x^2$ *bold* _it_ // no comment",
    "pass\u202efdp.exe\u2066",
    "bell\x07\x00null",
    "http://evil.example/click",
    "&amp;<b>",
    "x" * 400,
)

CHAPTERS = (
    ("8.1.1", Text("安全物理环境", "Physical environment"), (0, 0, 0, 22, 0)),
    ("8.1.2", Text("安全通信网络", "Communication network"), (2, 1, 1, 4, 0)),
    ("8.1.3", Text("安全区域边界", "Area boundary"), (3, 2, 4, 11, 0)),
    ("8.1.4", Text("安全计算环境", "Computing environment"), (9, 5, 8, 12, 0)),
    ("8.1.5", Text("安全管理中心", "Management centre"), (1, 1, 0, 10, 0)),
    ("8.1.6", Text("安全管理制度", "Management rules"), (2, 0, 0, 5, 0)),
    ("8.1.7", Text("安全管理机构", "Management bodies"), (3, 0, 0, 11, 0)),
    ("8.1.8", Text("安全管理人员", "Personnel"), (2, 0, 1, 9, 0)),
    ("8.1.9", Text("安全建设管理", "Construction management"), (4, 0, 0, 28, 2)),
    ("8.1.10", Text("安全运维管理", "Operations management"), (5, 3, 2, 38, 0)),
    ("8.2", Text("云计算安全扩展要求", "Cloud extension"), (6, 3, 5, 30, 2)),
)

PROBLEMS = (
    (
        Severity.CRITICAL,
        Text("安全组向全网开放管理端口", "A security group opens an administration port to all"),
        Text(
            "管理端口暴露在互联网上会被持续爆破",
            "Exposed administration ports are attacked all day",
        ),
        Text("仅放行堡垒机地址段的 22 端口", "Allow port 22 from the bastion's range only"),
        "AWS::EC2::SecurityGroup",
        ("8.1.3.2.a", "8.1.3.2.b"),
    ),
    (
        Severity.WARNING,
        Text("对象存储桶未开启版本控制", "A bucket keeps no earlier versions"),
        Text("误删或篡改后无法恢复", "What is deleted or altered cannot be brought back"),
        Text("为该存储桶开启版本控制", "Turn versioning on for the bucket"),
        "AWS::S3::Bucket",
        ("8.1.4.9.a",),
    ),
    (
        Severity.INFO,
        Text("登录失败锁定次数偏大", "Guessing is locked out late"),
        Text("锁定次数越大，口令越容易被猜中", "The later the lock, the easier the guess"),
        Text("将失败次数上限设为 5 次", "Set the limit to five attempts"),
        "linux_host",
        ("8.1.4.1.b",),
    ),
)

AS_OF = datetime(2026, 11, 21, 2, 17, tzinfo=UTC)


def finding_id(n: int) -> str:
    """As the library names findings: a letter and twenty digits."""
    return f"f-{n:04d}7c1e55aa90b2c3d4"


def _finding(n: int, subject: str) -> f.FindingLine:
    severity, title, because, remedy, kind, items = PROBLEMS[n % len(PROBLEMS)]
    return f.FindingLine(
        id=finding_id(n),
        severity=severity,
        title=title,
        because=because,
        remedy=remedy,
        subject=subject,
        subject_type=kind,
        object=Text("计费存储", "Billing storage")
        if n % 2
        else Text("计费网络边界", "Billing edge"),
        source="demo-aws",
        account="111122223333",
        region="cn-north-1",
        observed="from_port=22, cidr=0.0.0.0/0" if n % 3 == 0 else "is_enabled=False",
        opened="2026-11-03",
        due=f"2026-12-{1 + n % 28:02d}",
        owner=Text("王晓明", "Wang Xiaoming") if n % 4 else Text("", ""),
        items=items,
        not_remeasured_since="2026-11-18" if n % 5 == 4 else "",
    )


def findings(count: int) -> tuple[f.FindingLine, ...]:
    """So many findings; the first ones carry the hostile names."""
    plain = (
        f"arn:aws-cn:ec2:cn-north-1:111122223333:security-group/sg-{n:017x}" for n in range(count)
    )
    return tuple(
        _finding(n, HOSTILE[n] if n < len(HOSTILE) else subject) for n, subject in enumerate(plain)
    )


def _chapters() -> tuple[f.ChapterLine, ...]:
    return tuple(f.ChapterLine(ref, title, *counts) for ref, title, counts in CHAPTERS)


def _undetermined() -> tuple[f.UndeterminedLine, ...]:
    return tuple(
        f.UndeterminedLine(
            ref=f"8.1.1.{n}.a",
            title=Text(f"机房物理防护要求之{n}", f"Physical protection of the machine room, {n}"),
            why=Text(
                "机房没有接入，也没有书面证明", "The room is not connected and no statement exists"
            ),
            objects=(Text("北京机房", "Beijing machine room"),),
            needs=Text("机房访问登记制度及近期记录", "Access rules of the room and recent records"),
        )
        for n in range(1, 11)
    )


def _items() -> tuple[f.ItemLine, ...]:
    return tuple(
        f.ItemLine(
            ref=f"8.1.4.{n}.a",
            chapter=Text("安全计算环境", "Computing environment"),
            title=Text(f"身份鉴别要求之{n}", f"Identification of users, {n}"),
            status=list(Conformity)[n % 4],
            objects=("billing-storage", "billing-hosts"),
            proved_by=("aws/iam_account:password-is-strong",),
            findings=(finding_id(n),) if n % 4 in {1, 2} else (),
            since="2026-11-03",
        )
        for n in range(1, 13)
    )


def _evidence() -> tuple[f.EvidenceLine, ...]:
    tables = ("s3_buckets", "iam_users", "iam_policies", "security_groups", "cloudtrail_trails")
    return tuple(
        f.EvidenceLine(
            source="demo-aws",
            table=f"aws/{table}",
            collected_at=AS_OF - timedelta(minutes=3 + n),
            digest=f"sha256:{n:02x}" + "9f86d081884c7d65" * 3 + "9f86d081884c7d",
            rows=7 + n,
            complete=n != 2,
        )
        for n, table in enumerate(tables)
    )


def report_facts(count: int = 24, *, demo: bool = True) -> f.ReportFacts:
    """One system's report, with so many findings."""
    return f.ReportFacts(
        organisation=Text("北方示例数据服务有限公司", "Northern Example Data Services Ltd."),
        entity=Text("北方示例数据服务有限公司北京分公司", "Northern Example Beijing Branch"),
        system=Text("计费与结算系统", "Billing and settlement system"),
        system_id="billing",
        level=3,
        filing_number="11010800000-26001",
        kinds=("billing", "app_and_backend"),
        on_cloud=True,
        framework=Text("网络安全等级保护基本要求（第三级）", "MLPS baseline, level 3"),
        catalogue_version="2026.11",
        run="20261121T021700Z-4f2a",
        day="2026-11-21",
        period_from="2026-11-01",
        period_to="2026-11-21",
        as_of=AS_OF,
        trigger="daily",
        tool_version="0.1.0",
        demo=demo,
        sources=(
            f.SourceLine(
                "demo-aws",
                Text("演示云账号", "Demo AWS account"),
                "aws",
                "partial",
                False,
                6,
                64,
                2,
                AS_OF,
            ),
            f.SourceLine(
                "recorded-host",
                Text("录制主机", "Recorded host"),
                "linux",
                "complete",
                True,
                5,
                41,
                0,
                AS_OF,
            ),
            f.SourceLine("db-01", Text("数据库主机", "Database host"), "linux", "unread", gaps=1),
        ),
        objects=(
            f.ObjectLine(
                "billing-storage", Text("计费存储", "Billing storage"), "data", ("demo-aws",), 4
            ),
            f.ObjectLine(
                "billing-hosts",
                Text("计费服务器", "Billing servers"),
                "server",
                ("recorded-host", "db-01"),
                2,
            ),
            f.ObjectLine("beijing-room", Text("北京机房", "Beijing machine room"), "machine_room"),
        ),
        absent=(
            f.AbsentLine(
                "terminal", Text("运维均经云控制台", "Operated through the cloud console only")
            ),
        ),
        sampling=(
            Text(
                "日志来源按小时检查覆盖情况，未抽样。",
                "Logs are checked hour by hour, without sampling.",
            ),
        ),
        outcomes=f.Outcomes(412, 58, 73, 19),
        chapters=_chapters(),
        rate=f.Rate(
            14.6,
            14.6,
            84.0,
            Text("暂不能得出结论", "Cannot be concluded yet"),
            Text(
                "未判定项较多，结论在取值区间内可能改变。",
                "Many items are undetermined; the conclusion could change within the range.",
            ),
        ),
        items=_items(),
        high_risks=(
            f.RiskLine(
                "HR-25",
                Text(
                    "管理端口对互联网开放且无访问限制",
                    "Administration open to the internet without limits",
                ),
                ("8.1.3.2.a",),
                (Text("计费网络边界", "Billing edge"),),
                (finding_id(0), finding_id(3)),
            ),
            f.RiskLine(
                "6.1.1.1",
                Text("机房出入口没有电子门禁", "The machine room has no access control"),
                ("8.1.1.2.a",),
                (Text("北京机房", "Beijing machine room"),),
                is_open=True,
            ),
        ),
        hazards=(
            f.RiskLine(
                "A-21",
                Text("存在不必要的服务与高危端口", "Needless services and high-risk ports"),
                ("8.1.4.4.b",),
                (Text("计费服务器", "Billing servers"),),
                (finding_id(0),),
            ),
        ),
        findings=findings(count),
        gaps=(
            f.GapLine(
                "demo-aws",
                Reason.REFUSED,
                "s3:GetBucketPolicyStatus",
                "2026-11-19",
                "demo-aws refused: grant s3:GetBucketPolicyStatus",
                5,
            ),
            f.GapLine(
                "db-01",
                Reason.UNREACHABLE,
                "",
                "2026-11-21",
                "db-01 did not answer within 10 s: check the route and the ssh port",
                31,
                escalated=True,
            ),
        ),
        undetermined=_undetermined(),
        unclaimed=(
            f.UnclaimedLine(
                "demo-aws", "AWS::S3::Bucket", "forgotten-exports", "111122223333", "cn-north-1"
            ),
            f.UnclaimedLine(
                "demo-aws", "AWS::S3::Bucket", HOSTILE[2], "111122223333", "cn-north-1"
            ),
        ),
        thresholds=(
            f.ThresholdLine(
                "log-days", Text("日志留存天数", "Days that logs are kept"), "90", "180", "180"
            ),
        ),
        evidence=_evidence(),
        limits=(
            Text(
                "录制主机为演示样本，不是真实主机。",
                "The recorded host is a sample, not a live machine.",
            ),
        ),
        since=f.Since("20261120T021702Z-19bd", "2026-11-20", 3, 5, 1, 2),
        prepared_by="李文静",
    )


def empty_facts() -> f.ReportFacts:
    """A report about nothing: no source, no item, no finding."""
    return f.ReportFacts(
        organisation=Text("空单位", "Empty unit"),
        run="r-1",
        day="2026-11-21",
        as_of=AS_OF,
        tool_version="0.1.0",
    )


def hostile_everywhere() -> f.ReportFacts:
    """The names of unit, system, owner and sources are hostile as well."""
    nasty = Text(HOSTILE[2], HOSTILE[3])
    return replace(
        report_facts(),
        organisation=nasty,
        system=Text(HOSTILE[5], HOSTILE[5]),
        entity=Text(HOSTILE[0], HOSTILE[0]),
        filing_number=HOSTILE[4],
        prepared_by=HOSTILE[7],
        objects=(f.ObjectLine(HOSTILE[0], nasty, HOSTILE[3], (HOSTILE[9],), 1),),
    )
