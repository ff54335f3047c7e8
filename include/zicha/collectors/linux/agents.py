"""Names of programs that guard a host, and what is kept of the list of running programs."""

from __future__ import annotations

# Names of programs only: command lines and environments hold secrets, and are not asked for.
PROGRAMS = ("ps", "-e", "-o", "comm=")
COUNT = "programs "
# The kernel cuts a program's name after fifteen characters.
AGAINST_MALWARE = {
    "clamd": "clamav",
    "clamonacc": "clamav",
    "AliYunDun": "alibaba-security-center",
    "YDService": "tencent-cloud-workload-protection",
    "hostguard": "huawei-host-security",
    "titanagent": "qingteng",
    "qaxsafed": "qianxin",
    "eps_services": "sangfor",
    "edr_agent": "sangfor",
    "avserver": "rising",
    "kesl": "kaspersky",
    "ds_agent": "trend-micro",
    "falcon-sensor": "crowdstrike",
    "wdavdaemon": "microsoft-defender",
    "sophos-spl": "sophos",
}
WATCHING_FILES = {
    "wazuh-syscheckd": "wazuh",
    "ossec-syscheckd": "ossec",
    "samhain": "samhain",
    "osqueryd": "osquery",
    "auditbeat": "auditbeat",
    "AliYunDun": "alibaba-security-center",
    "titanagent": "qingteng",
    "hostguard": "huawei-host-security",
}


def only_agents(text: str) -> str:
    """How many programs run, and the names of those that are known here."""
    names = [line.strip() for line in text.splitlines() if line.strip()]
    if names and names[0].startswith(COUNT):
        return text
    known = dict.fromkeys(n for n in names if n in AGAINST_MALWARE or n in WATCHING_FILES)
    return "".join(f"{line}\n" for line in (f"{COUNT}{len(names)}", *known))
